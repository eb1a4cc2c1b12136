/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf_text.h - changes the wishes in the text of a vfio-claim.conf(5). Pure. */
#ifndef VFIO_CLAIM_BOOTLOADER_CONF_TEXT_H
#define VFIO_CLAIM_BOOTLOADER_CONF_TEXT_H

/*
 * Returns @text with its wishes replaced by those of @words (of a kernel command line), at the end;
 * unchanged if it has them, in any order. The caller frees the string; NULL if out of memory.
 */
char *conf_text_with(const char *text, const char *words);

#endif
