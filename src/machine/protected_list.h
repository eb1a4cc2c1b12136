/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protected_list.h - what this machine runs from and must therefore never be claimed
 */
#ifndef VFIO_CLAIM_MACHINE_PROTECTED_LIST_H
#define VFIO_CLAIM_MACHINE_PROTECTED_LIST_H

/*
 * Finds the PCI functions behind the file systems, swap areas, the hibernation image and network
 * interfaces that this machine cannot do without, as they are now. Warns, in
 * a line each, of what cannot be found out.
 * @sysroot: see path_below().
 * Returns the text that the boot program reads, a new string for the caller to free: a line for
 * each function, sorted, "PATH@VENDOR:DEVICE PURPOSE[,PURPOSE...]", where PATH is the function's
 * device path, "0000:00:1d.0/00.0", and a purpose is a mount point, "swap", "network (default
 * route)", "hibernation", "root over the network" or the like; the empty string when there is none.
 * Returns NULL after printing an error if memory runs out.
 */
char *protected_find(const char *sysroot);

#endif
