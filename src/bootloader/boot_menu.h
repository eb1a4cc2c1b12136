/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_menu.h - what the boot loader's menu offers, as far as files tell: the kernel command lines
 * that the next boot may have. Entries of the Boot Loader Specification (type 1), CentOS 8's with
 * their options in GRUB's environment, unified kernel images, and a grub.cfg where there are none.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_MENU_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "../host/string_set.h"

enum menu_kind {
	MENU_NORMAL,
	MENU_RECOVERY, /* for repairs: GRUB's recovery mode, rescue kernels, fallback images */
	MENU_OTHER,    /* another system's: of entries that name a root file system, not ours */
	MENU_OFF,      /* a copy without claims (kernel-install/95-vfio-claim.install) */
	MENU_TRY,      /* vfio-claim try's */
};

struct menu_entry {
	enum menu_kind kind;
	char *file;    /* that it stands in */
	char *cmdline; /* all of it; of a unified kernel image too, where it can be read */
	bool image;    /* it is a unified kernel image */
	char *kver;    /* the version of its kernel, as 'uname -r' prints it; NULL: not known */
	char *kernel;  /* the kernel's path as the boot loader sees it; NULL: not known */
	struct string_set initrds; /* the initramfs images', likewise */
	size_t at;                 /* in a grub.cfg: its offset, see grub_menu_place() */
};

/* All zero is the empty one. */
struct boot_menu {
	struct menu_entry *entry;
	size_t count;
};

/* What the entry of vfio-claim try is called, and what the names of such files end with. */
#define MENU_TRY_ID  "vfio-claim-try"
#define MENU_TRY_END "vfiotry.conf"

/* Reads it all; what is not there or cannot be read is left out. @sysroot: see path_below(). */
void boot_menu_read(struct boot_menu *menu, const char *sysroot);

void boot_menu_free(struct boot_menu *menu);

/*
 * The first normal entry that does not have all of @words, or has others that begin with rd.vfio,
 * or NULL when each is as wanted. @words: "" for none.
 */
const struct menu_entry *boot_menu_first_other(const struct boot_menu *menu, const char *words);

/* Whether every normal entry of the menu is so. */
bool boot_menu_is_as(const char *sysroot, const char *words);

/* Whether there is a normal entry at all. */
bool boot_menu_is_known(const struct boot_menu *menu);

/*
 * The text of a grub.cfg, with that of the custom.cfg beside it, if it reads that: a new string, or
 * NULL with errno. @file: the grub.cfg.
 */
char *boot_menu_grub_text(const char *sysroot, const char *file);

/* The files of the type 1 entries, links followed; whether they are this system's is not asked. */
struct string_set boot_menu_entry_files(const char *sysroot);

/* The grub.cfg files that have a menu in them. */
struct string_set boot_menu_grub_files(const char *sysroot);

/* The unified kernel images. */
struct string_set boot_menu_images(const char *sysroot);

#endif
