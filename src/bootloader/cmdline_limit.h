/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline_limit.h - how long a kernel command line may be
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CMDLINE_LIMIT_H
#define VFIO_CLAIM_BOOTLOADER_CMDLINE_LIMIT_H

#include <stddef.h>

/*
 * How many characters the kernels of this machine take: COMMAND_LINE_SIZE in
 * arch/ARCH/include/(uapi/)asm/setup.h, less the NUL. The machine is the one that runs this
 * program (uname(2)), in a chroot, too. 0 when it is not known.
 */
size_t cmdline_limit(void);

/*
 * Whether the kernel would cut off the longest command line of the next boots with @words in it.
 * The lines are those of the normal entries of the boot menu, with what the boot loader puts in
 * front of them, and @running, the line of this boot. A line that was too long before and does not
 * grow is ignored. @sysroot: see path_below().
 * Returns a sentence that says so, which the caller frees, or NULL when no line is cut off (or for
 * lack of memory).
 */
char *cmdline_too_long(const char *sysroot, const char *running, const char *words);

#endif
