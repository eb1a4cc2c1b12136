/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_menu.h - the boot loader's menu, with the kernel command lines that the next boot may have,
 * read from type 1 entries of the Boot Loader Specification, unified kernel images, a grub.cfg, a
 * limine.conf, an extlinux.conf, or what rEFInd finds by itself.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_MENU_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "../host/string_set.h"

enum menu_kind {
	MENU_NORMAL,
	MENU_RECOVERY, /* for repairs: GRUB's recovery mode, rescue kernels, fallback images */
	MENU_OTHER,    /* another system: another root file system, or no options */
	MENU_OFF,      /* a copy without claims (grub.d/42_vfio-claim, kernel-install/) */
	MENU_NAMED,    /* a copy with claims of its own, likewise: named/named_entries.h */
	MENU_TRY,      /* vfio-claim try's */
};

/* What the entry was read from. */
enum menu_source {
	MENU_BLS, /* a file of the Boot Loader Specification, type 1 */
	MENU_UKI, /* a unified kernel image that the boot loader finds by itself */
	MENU_GRUB,
	MENU_LIMINE,
	MENU_REFIND, /* a kernel, and a line of refind_linux.conf */
	MENU_UBOOT,  /* an extlinux.conf */
};

struct menu_entry {
	enum menu_kind kind;
	enum menu_source source;
	char *file;    /* it is in this file */
	char *cmdline; /* complete; empty for an unreadable unified kernel image */
	char *name;    /* of a MENU_NAMED entry; otherwise NULL */
	char *title;   /* of a MENU_NAMED or MENU_OFF entry, if it has one; otherwise NULL */
	bool image;    /* starts a unified kernel image, at @kernel */
	char *kver;    /* the version of its kernel, as 'uname -r' prints it; NULL: not known */
	char *kernel;  /* the kernel's path as the boot loader sees it; NULL: not known */
	struct string_set initrds; /* the initramfs images' paths, likewise */
	size_t at; /* in a grub.cfg: the offset after its word "menuentry"; in a limine.conf: of its
		      line */
};

/* All zero means empty. */
struct boot_menu {
	struct menu_entry *entry;
	size_t count;
	struct string_set unread; /* "FILE: REASON", for files that cannot be read */
};

/* The end of the file names that vfio-claim try uses. */
#define MENU_TRY_END "vfiotry.conf"

/* Reads the menu; missing files are skipped. @sysroot: see path_below(). */
void boot_menu_read(struct boot_menu *menu, const char *sysroot);

/*
 * Reads another menu of the same system: that of proxmox-boot-tool's partition number @index, after
 * boot_menu_read() has looked at all. Empty if the partition cannot be used. Returns false if there
 * are no more. The caller frees @menu in any case.
 */
bool boot_menu_read_other(struct boot_menu *menu, const char *sysroot, size_t index);

void boot_menu_free(struct boot_menu *menu);

/*
 * Prints an error for each unreadable file of the menu and, if there is no normal entry, for a boot
 * partition that is not mounted. Returns 0, or -1 after printing one.
 */
int boot_menu_check(const struct boot_menu *menu, const char *sysroot);

/*
 * Returns the first normal entry that lacks one of @words, or has others that begin with rd.vfio;
 * NULL if all are as wanted. @words: "" for none.
 */
const struct menu_entry *boot_menu_first_other(const struct boot_menu *menu, const char *words);

/* Returns true if every normal entry of the menu, and of others, is as wanted. */
bool boot_menu_is_as(const char *sysroot, const char *words);

/* Returns true if there is a normal entry. */
bool boot_menu_is_known(const struct boot_menu *menu);

#endif
