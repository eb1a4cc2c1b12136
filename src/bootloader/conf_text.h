/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_text.h - the text of a vfio-claim.conf(5) with other wishes. Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CONF_TEXT_H
#define VFIO_CLAIM_BOOTLOADER_CONF_TEXT_H

/*
 * Returns @text with the wishes of @words, of a kernel command line, behind everything else and in
 * place of its own; unchanged when it has them, in whatever order. A new string, which the caller
 * frees, or NULL without memory.
 */
char *conf_text_with(const char *text, const char *words);

#endif
