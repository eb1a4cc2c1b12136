/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_loader.h - how one boot loader counts boots, for fallback.c. @sysroot: see path_below().
 */
#ifndef VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_LOADER_H
#define VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_LOADER_H

#include <stdbool.h>

#include "../../host/changes.h"
#include "../boot_config.h"
#include "fallback_state.h"

/* The number of boots that was set: a digit and a newline. */
#define FALLBACK_FILE "/var/lib/vfio-claim/fallback"

/* What notes that a boot has got to the real root. */
#define FALLBACK_UNIT "vfio-claim-status.service"

struct fallback_loader {
	/* See struct fallback; NULL: they did not get as far as FALLBACK_UNIT. */
	const char *failed;

	/* Returns true if it starts this system. */
	bool (*is_here)(const char *sysroot);

	/*
	 * Fills all but @fallback->tries, which is set, ->failed and ->trouble. Returns false if
	 * this user may not read it.
	 */
	bool (*read)(struct fallback *fallback, const char *sysroot);

	/*
	 * Returns what keeps @fallback, which was read, from working, FALLBACK_UNIT apart; see
	 * struct fallback.
	 */
	const char *(*find_trouble)(const struct fallback *fallback, const char *sysroot);

	/*
	 * Returns what ends @fallback->trouble, for fallback_cure(); NULL if 'vfio-claim enable'
	 * does. May be NULL: always.
	 */
	const char *(*find_cure)(const struct fallback *fallback);

	/* Returns true if it can count the boots of a menu that is made from @config. */
	bool (*fits)(const char *sysroot, const struct boot_config *config);

	/* As fallback_set(), FALLBACK_FILE apart. @digit: @tries as text. */
	int (*set)(struct changes *changes, const struct boot_config *config, const char *digit);

	/* As fallback_clear(), FALLBACK_FILE apart. It may still be there, or be gone. */
	int (*clear)(struct changes *changes);

	/* As fallback_reached(). @fallback: was read. */
	int (*reached)(const char *sysroot, const struct fallback *fallback, bool claims);
};

extern const struct fallback_loader fallback_grub;
extern const struct fallback_loader fallback_blscfg;
extern const struct fallback_loader fallback_systemd_boot;

/*
 * Returns true if systemd does not start @unit: "systemctl mask" makes it a link to /dev/null, or
 * an empty file (systemd.unit(5)).
 */
bool fallback_is_masked(const char *sysroot, const char *unit);

/* Returns the number that is all of @text but its newline, 0 to 9, or -1. Frees @text. */
int fallback_take_digit(char *text);

#endif
