/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline_limit.h - the maximum length of a kernel command line */
#ifndef VFIO_CLAIM_BOOTLOADER_CMDLINE_LIMIT_H
#define VFIO_CLAIM_BOOTLOADER_CMDLINE_LIMIT_H

#include <stddef.h>

/*
 * Returns the maximum for this machine's kernels: COMMAND_LINE_SIZE in
 * arch/ARCH/include/(uapi/)asm/setup.h, less the NUL. The machine is that of uname(2),
 * also in a chroot. 0: not known.
 */
size_t cmdline_limit(void);

/*
 * Checks if the kernel would cut off the longest command line with @words in it. The lines are
 * those of normal entries of the boot menu, with what the boot loader prepends, and @running, the
 * line of this boot. A line that was too long before and does not grow is ignored. @sysroot: see
 * path_below().
 * Returns a sentence that says so, which the caller frees, or NULL if no line is cut off or out of
 * memory.
 */
char *cmdline_too_long(const char *sysroot, const char *running, const char *words);

#endif
