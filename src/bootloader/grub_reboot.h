/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_reboot.h - an entry of GRUB's menu chosen for one boot, through its environment block
 * (GRUB's manual, "Invoking grub-reboot")
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_REBOOT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_REBOOT_H

#include <stdbool.h>

#include "../host/changes.h"

struct grub_reboot {
	const char *directory; /* "/boot/grub"; a constant */
	char *file;            /* the block, links followed; it need not be there */
	char *text;            /* what is in it, "" if it is not there */
	bool second;           /* its programs are called grub2-reboot and the like */
};

/*
 * Finds the block. @sysroot: see path_below(). Returns 0, or -1 after printing an error: there is
 * no grub-reboot, or the block cannot be read. @reboot is to be freed in any case.
 */
int grub_reboot_find(struct grub_reboot *reboot, const char *sysroot);

void grub_reboot_free(struct grub_reboot *reboot);

/*
 * Checks that GRUB can write to the block as it starts, and so forget what was chosen once: not
 * through LVM or a RAID, and only to some file systems. Returns 0, or -1 after printing an error.
 */
int grub_reboot_check(const struct grub_reboot *reboot, const char *sysroot);

/*
 * Adds the steps that have the entry @id started once; none when it will be. Returns 0, or -1 after
 * printing an error: the name is none that GRUB's tools can be given.
 */
int grub_reboot_choose(const struct grub_reboot *reboot, struct changes *changes, const char *id);

/* Adds the step that takes the choice of @id back for this system; none when it is not chosen. */
void grub_reboot_forget(struct changes *changes, const char *id);

#endif
