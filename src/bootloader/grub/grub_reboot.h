/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_reboot.h - chooses an entry of GRUB's menu for one boot, through its environment block
 * (GRUB's manual, "Invoking grub-reboot")
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_REBOOT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_REBOOT_H

#include <stdbool.h>

#include "../../host/changes.h"

struct grub_reboot {
	const char *directory; /* "/boot/grub"; a constant */
	char *file;            /* the block, links followed; it may not exist */
	char *text;            /* its text, "" if it does not exist */
	bool second;           /* its programs are named grub2-reboot etc. */
};

/*
 * Finds the block. @sysroot: see path_below(). Returns 0, or -1 after printing an error:
 * grub-reboot is not installed, or the block cannot be read. The caller frees @reboot in any case.
 */
int grub_reboot_find(struct grub_reboot *reboot, const char *sysroot);

void grub_reboot_free(struct grub_reboot *reboot);

/* The consequence for an entry that is chosen for one boot, and what to do instead. */
#define GRUB_REBOOT_CONSEQUENCE                                                                    \
	"an entry chosen for one boot would be started at every boot; use 'vfio-claim enable' "    \
	"instead; if that boot hangs, press e in GRUB's menu and add rd.vfio=0"

/*
 * Checks that GRUB can write to the block at boot, as to clear the choice: not through LVM or RAID,
 * and only on some file systems. @consequence: the rest of the message if it cannot. Returns 0, or
 * -1 after printing an error.
 */
int grub_reboot_check(const struct grub_reboot *reboot, const char *sysroot,
		      const char *consequence);

/*
 * Adds the steps that choose the entry @id for one boot; none if it is chosen. Returns 0, or -1
 * after printing an error: the name cannot be passed to GRUB's tools.
 */
int grub_reboot_choose(const struct grub_reboot *reboot, struct changes *changes, const char *id);

/* Adds the step that clears the choice of @id on this system; none if it is not chosen. */
void grub_reboot_forget(struct changes *changes, const char *id);

#endif
