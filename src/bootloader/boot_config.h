/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_config.h - where this system keeps the kernel command line of its next boots, and how claims
 * come onto it. One back-end for each way of doing that, found by what is there, not by the name of
 * a distribution.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_CONFIG_H

#include <stdbool.h>

#include "../host/changes.h"

/* A way of keeping it. @sysroot: see path_below(). Strings are new and the caller's to free. */
struct boot_config {
	const char *what; /* for a person: "/etc/default/grub.d" */

	/* Whether this system has it. */
	bool (*is_here)(const char *sysroot);

	/* The words that it sets now: ours, and what was set along with them; NULL after a message.
	 */
	char *(*read)(const char *sysroot);

	/*
	 * Adds the steps that make them @words, wishes and others; none when that is so already.
	 * @old: what read() has given. Gives 0, or -1 after a message.
	 */
	int (*set)(struct changes *changes, const char *words, const char *old);
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

/* /etc/vfio-claim.conf, for command lines that are sealed: only when it is asked for. */
extern const struct boot_config config_conf;

/*
 * The text of /etc/vfio-claim.conf once config_conf has set @words: a new string, or NULL after
 * printing an error.
 */
char *config_conf_text(const char *sysroot, const char *words);

/* The back-end of this system, or NULL. */
const struct boot_config *boot_config_look(const char *sysroot);

/* Says that there is none, and what to do by hand. */
void boot_config_say_none(const char *sysroot);

/*
 * The words of ours that the normal entries of the boot menu have, each once, as an entry may lack
 * what others have. A new string, or NULL after printing an error.
 */
char *boot_config_read_menu(const char *sysroot);

#endif
