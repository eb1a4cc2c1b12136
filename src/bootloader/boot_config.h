/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_config.h - where this system keeps the kernel command line, and how claims are added to it.
 * Each such place has a struct in places/, and a line in places/places.c. The place is chosen by
 * what is installed, not by the distribution's name. @sysroot: see path_below(). The caller frees
 * returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H

#include <stdbool.h>

#include "../host/changes.h"
#include "../host/string_set.h"

struct boot_config {
	const char *what;  /* for messages: "/etc/default/grub.d" */
	const char *place; /* how it is remembered, see remembered.h; NULL: "cmdline" */

	/* Returns true if this system has this place. */
	bool (*is_here)(const char *sysroot);

	/*
	 * Returns the current words of the place: ours, and those set along with them. NULL after
	 * printing an error.
	 */
	char *(*read)(const char *sysroot);

	/*
	 * Adds the steps that set @words; none if they are set already. @old: from read(). Returns
	 * 0, or -1 after printing an error.
	 */
	int (*set)(struct changes *changes, const char *words, const char *old);

	/*
	 * Adds the steps that regenerate the boot menu from the place. Returns as set(). NULL:
	 * set() is enough.
	 */
	int (*apply)(struct changes *changes);

	/* The words go into images, not into the boot menu. */
	bool in_images;

	/*
	 * Checks, after all steps, that the next boot has @words and no other claims: a step for
	 * changes_call(). NULL: verify_menu(), which is right wherever boot_menu_read() reads what
	 * the boot loader makes of this place.
	 */
	int (*verify)(const char *sysroot, const char *words);

	/*
	 * The boot loader that the place is for, as its name begins in the EFI variable LoaderInfo:
	 * "GRUB", "Limine". If another boot loader started the running system, this place counts
	 * only if there is no better one. NULL: any.
	 */
	const char *loader;

	/*
	 * Adds the steps that must come before set() and all others, and that change nothing by
	 * themselves. Returns as set(). NULL: there are none.
	 */
	int (*prepare)(struct changes *changes);

	/*
	 * Returns the words of others in the settings from which the tool makes entries, which
	 * entries made before may lack, for config_line.h. The caller frees the set. NULL: there
	 * are no such settings, or config_line.c reads them.
	 */
	struct string_set (*words)(const char *sysroot);

	/*
	 * For advice: the variable in the settings that has words of others, and the command that
	 * makes the menu from the settings. NULL: none.
	 */
	const char *setting, *tool;
};

/* All places but config_conf, in the order in which they are looked for; NULL-terminated. */
extern const struct boot_config *const boot_config_places[];

/* vfio-claim's own drop-in, if grub-mkconfig reads /etc/default/grub.d. */
extern const struct boot_config config_grub_d;

/* /etc/default/grub and grub-mkconfig. */
extern const struct boot_config config_default_grub;

/* grubby, for entries of the Boot Loader Specification. */
extern const struct boot_config config_grubby;

/* openSUSE's sdbootutil. */
extern const struct boot_config config_sdbootutil;

/* Pop!_OS' kernelstub. */
extern const struct boot_config config_kernelstub;

/* sdboot-manage's LINUX_OPTIONS. */
extern const struct boot_config config_sdboot_manage;

/* Settings of limine-entry-tool. */
extern const struct boot_config config_limine;

/* rEFInd's refind_linux.conf. */
extern const struct boot_config config_refind;

/* u-boot-menu, for U-Boot. */
extern const struct boot_config config_uboot;

/* mkinitcpio's /etc/cmdline.d, for unified kernel images. */
extern const struct boot_config config_cmdline_d;

/* /etc/kernel/cmdline, for entries of systemd-boot and unified kernel images. */
extern const struct boot_config config_kernel_install;

/* rpm-ostree or bootc, for systems that ostree deploys. */
extern const struct boot_config config_ostree;

/* Proxmox, if proxmox-boot-tool is in charge: /etc/kernel/cmdline and vfio-claim's own drop-in. */
extern const struct boot_config config_proxmox;

/* /etc/vfio-claim.conf, for sealed command lines: only on request. */
extern const struct boot_config config_conf;

/* An add-on for unified kernel images with a sealed command line: only on request. */
extern const struct boot_config config_addon;

/*
 * Makes config_addon put an initramfs into the add-on. @write: the step that writes the initramfs
 * to the file that it gets as its subject; NULL: none. @stale: build the add-on even if it has the
 * words.
 */
void config_addon_carry(change_fn *write, bool stale);

/*
 * Returns the text of /etc/vfio-claim.conf once config_conf has set @words; NULL after printing an
 * error.
 */
char *config_conf_text(const char *sysroot, const char *words);

/* Returns the place that this system uses, or NULL. */
const struct boot_config *boot_config_look(const char *sysroot);

/*
 * Prints that this system has no place, and what to do instead (no_place.c). @claims: "SEL,SEL",
 * for words that are to be added by hand; NULL: not known.
 */
void boot_config_say_none(const char *sysroot, const char *claims);

/*
 * Adds the steps that set @words in @config and in the boot menu; none if both have them. Returns
 * 0, or -1 after printing an error: the words must not be written, or files cannot be read or
 * parsed.
 */
int boot_config_set(struct changes *changes, const struct boot_config *config, const char *words);

/*
 * Checks that all @words can be written for a shell or a boot loader to read. Returns 0, or -1
 * after printing an error.
 */
int boot_config_check_words(const char *words);

/* Prints why the variable @name in @file, whose text is @text, cannot be changed. Returns -1. */
int boot_config_say_trouble(const char *file, const char *text, const char *name);

/*
 * Returns @words, which it frees, plus our words on @cmdline that it lacks; NULL if @words is NULL
 * or out of memory.
 */
char *boot_config_join(char *words, const char *cmdline);

/*
 * Returns all our words on normal entries of the boot menu, each once; an entry may lack some. NULL
 * after printing an error.
 */
char *boot_config_read_menu(const char *sysroot);

#endif
