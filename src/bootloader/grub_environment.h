/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_environment.h - GRUB's environment block, grubenv, through which an entry of its menu is
 * chosen for one boot (GRUB's manual, "The GRUB environment block", "Invoking grub-reboot")
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_ENVIRONMENT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_ENVIRONMENT_H

#include "../host/changes.h"

struct grub_environment {
	const char *directory; /* "/boot/grub"; a constant */
	char *file;            /* the block itself, links followed; it need not be there */
	char *text;            /* what is in it, "" if it is not there */
	bool second;           /* its programs are called grub2-reboot and the like */
};

/*
 * Finds it. @sysroot: see path_below(). @environment: to be released whatever is given back. Gives
 * 0, or -1 when this system has no grub-reboot or there is no memory; nothing is said.
 */
int grub_environment_find(struct grub_environment *environment, const char *sysroot);

void grub_environment_free(struct grub_environment *environment);

/*
 * The text of the block that GRUB reads with the grub.cfg @file: of the one beside it, or else in
 * /boot/grub2 or /boot/grub. A new string, or NULL. @sysroot: see path_below().
 */
char *grub_environment_text(const char *sysroot, const char *file);

/*
 * Whether GRUB can write to the block as it starts, and so forget what was chosen once: not through
 * LVM or a RAID, and only to some file systems. Gives 0, or -1 after a message.
 */
int grub_environment_check(const struct grub_environment *environment, const char *sysroot);

/* Adds the steps that have the entry @id started once; none when it will be. */
void grub_environment_choose(const struct grub_environment *environment, struct changes *changes,
			     const char *id);

/* Adds the step that takes such a choice back; none when it is not @id that is chosen. */
void grub_environment_forget(const struct grub_environment *environment, struct changes *changes,
			     const char *id);

#endif
