/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may have been meant by a text that is not a selector: slots as other tools write them
 * ("0000:01:00" of Proxmox, "pci_0000_01_00_0" of libvirt), "00:14:0", "[10de:1e07]". Pure.
 */
#ifndef VFIO_CLAIM_CORE_MEANT_H
#define VFIO_CLAIM_CORE_MEANT_H

#include "text.h"

/*
 * Appends to @line what to write instead of @text, an item that selector_parse() refuses: ";
 * 01:00.* is the whole card, 01:00.0 one function" or "; write 01:00.0". Appends nothing if that
 * cannot be guessed, or is what @text already says.
 */
void words_of_meant(struct text *line, const char *text);

#endif
