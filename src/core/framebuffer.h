/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framebuffer that the firmware has left to the kernel. While it holds part of a display's
 * memory, vfio-pci binds, but no virtual machine can have that memory ("BAR 0: can't reserve" in
 * drivers/pci/pci.c). vfio-pci itself removes it from VGA devices only, and not before Linux 6.0.
 */
#ifndef VFIO_CLAIM_CORE_FRAMEBUFFER_H
#define VFIO_CLAIM_CORE_FRAMEBUFFER_H

/*
 * Finds in /proc/iomem, below @root, what holds memory of the PCI function @slot, which must be
 * bound to vfio-pci, as that holds none yet; and takes it from the drivers that boot framebuffers
 * have, in a child, as that may block, for *@budget milliseconds at most, which are taken off it.
 * Stores the name of what is still there then in @holder, of NAME_SIZE bytes; the empty string
 * if nothing is.
 */
void framebuffer_release(int root, const char *slot, unsigned int *budget, char *holder);

#endif
