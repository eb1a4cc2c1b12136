/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_grub.c - GRUB with entries in its grub.cfg: the commands that count boots
 * (grub_count.h) are written there by grub.d/42_vfio-claim, whether there is a count or not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "fallback_loader.h"
#include "grub_count.h"

#define SCRIPT "/etc/grub.d/42_vfio-claim"

/* --- what is set up ----------------------------------------------------------------------------
 */

/* If no other boot loader is known to, it starts this system. */
static bool is_here(const char *sysroot)
{
	(void)sysroot;
	return true;
}

/* Returns true if every grub.cfg counts, and has an entry without claims to fall back to. */
static bool menu_counts(const char *sysroot)
{
	struct string_set menus = boot_files_grub(sysroot);
	bool counts = menus.count > 0;
	char *text;
	size_t i;

	for (i = 0; counts && i < menus.count; i++) {
		text = config_text(sysroot, menus.name[i]);
		if (text || errno != EACCES)
			counts = text && strstr(text, "save_env vfio_claim_left") &&
				 strstr(text, "~novfio'");
		free(text);
	}
	string_set_free(&menus);
	return counts;
}

static const char *find_trouble(const struct fallback *fallback, const char *sysroot)
{
	const char *trouble = grub_count_trouble(fallback);

	if (!trouble && fallback->tries && !menu_counts(sysroot))
		return "the boot menu does not count boots, or has no entry without claims to "
		       "start: " SCRIPT " must be executable";
	return trouble;
}

/* --- setting it up -----------------------------------------------------------------------------
 */

/* A step: checks all of it. @digit: see grub_count_check(). */
static int check_all(const char *sysroot, const char *digit)
{
	if (!menu_counts(sysroot)) {
		message_error("the boot menu has no entry without claims to fall back to: the "
			      "other entries must have claims, and " SCRIPT " must be executable");
		return -1;
	}
	return grub_count_check(sysroot, digit);
}

/* grub-mkconfig must make this system's menu. */
static bool fits(const char *sysroot, const struct boot_config *config)
{
	struct boot_menu menu;
	bool possible;

	boot_menu_read(&menu, sysroot);
	possible = menu.count && menu.entry[0].source == MENU_GRUB &&
		   (config == &config_grub_d || config == &config_default_grub) &&
		   sysroot_has(sysroot, SCRIPT);
	boot_menu_free(&menu);
	return possible;
}

/* Returns true if the steps make the menu. */
static bool makes_menu(const struct changes *changes)
{
	struct step step;
	size_t i;

	for (i = 0; changes_step(changes, i, &step); i++)
		if (step.command && (strstr(step.command, "update-grub") == step.command ||
				     strstr(step.command, "-mkconfig ")))
			return true;
	return false;
}

static int set_count(struct changes *changes, const struct boot_config *config, const char *digit)
{
	if (grub_count_possible(changes->sysroot) < 0)
		return -1;
	if (!menu_counts(changes->sysroot) && !makes_menu(changes) && config->apply(changes) < 0)
		return -1;
	if (grub_count_set(changes, digit) < 0)
		return -1;
	changes_call(changes, check_all, "check the count of boots, which is", digit);
	return 0;
}

const struct fallback_loader fallback_grub = {
	.is_here = is_here,
	.read = grub_count_read,
	.find_trouble = find_trouble,
	.fits = fits,
	.set = set_count,
	.clear = grub_count_clear,
	.reached = grub_count_put_back,
};
