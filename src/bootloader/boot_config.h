/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_config.h - where this system keeps the kernel command line of its next boots, and how claims
 * come onto it. There is one struct for each such place, in places/, chosen by what is installed,
 * not by the name of a distribution. @sysroot: see path_below(). Returned strings are new and the
 * caller's to free.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H

#include <stdbool.h>

#include "../host/changes.h"

struct boot_config {
	const char *what; /* for a person: "/etc/default/grub.d" */

	/* Whether this system has it. */
	bool (*is_here)(const char *sysroot);

	/*
	 * Returns the words that it has now: ours, and what was set along with them. NULL after
	 * printing an error.
	 */
	char *(*read)(const char *sysroot);

	/*
	 * Adds the steps that make it have @words; none when it has. @old: from read(). Returns 0,
	 * or -1 after printing an error.
	 */
	int (*set)(struct changes *changes, const char *words, const char *old);

	/*
	 * Adds the steps that make the boot menu again from it. Returns as set(). NULL: set() is
	 * enough.
	 */
	int (*apply)(struct changes *changes);

	/* What is set comes into images, not onto the boot menu. */
	bool in_images;
};

/* The drop-in of vfio-claim's own where grub-mkconfig reads /etc/default/grub.d. */
extern const struct boot_config config_grub_d;

/* /etc/default/grub and grub-mkconfig. */
extern const struct boot_config config_default_grub;

/* grubby, for entries of the Boot Loader Specification. */
extern const struct boot_config config_grubby;

/* Pop!_OS' kernelstub. */
extern const struct boot_config config_kernelstub;

/* /etc/kernel/cmdline, entries of systemd-boot and unified kernel images. */
extern const struct boot_config config_kernel_install;

/* /etc/vfio-claim.conf, for sealed command lines: only on request. */
extern const struct boot_config config_conf;

/*
 * Returns the text of /etc/vfio-claim.conf once config_conf has set @words; NULL after printing an
 * error.
 */
char *config_conf_text(const char *sysroot, const char *words);

/* Returns the place of this system, or NULL. */
const struct boot_config *boot_config_look(const char *sysroot);

/* Prints that there is none, and what to do by hand. */
void boot_config_say_none(const char *sysroot);

/*
 * Adds the steps that make @config have @words, and the boot menu too; none when both have them.
 * Returns 0, or -1 after printing an error: words that must not be written, or files that cannot be
 * read or followed.
 */
int boot_config_set(struct changes *changes, const struct boot_config *config, const char *words);

/*
 * Checks that all @words can be written where a shell or a boot loader reads them. Returns 0, or -1
 * after printing an error.
 */
int boot_config_check_words(const char *words);

/*
 * Prints that the variable @name in @file, whose text is @text, cannot be changed, and why. Returns
 * -1.
 */
int boot_config_say_trouble(const char *file, const char *text, const char *name);

/*
 * Returns the words of ours that the normal entries of the boot menu have, each once, as an entry
 * may lack what others have. NULL after printing an error.
 */
char *boot_config_read_menu(const char *sysroot);

#endif
