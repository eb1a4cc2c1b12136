/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fallback.h"

#include <stdlib.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "fallback_loader.h"

#define WANTS "/etc/systemd/system/multi-user.target.wants"

/* --- what is set up ----------------------------------------------------------------------------
 */

/*
 * Returns true if the unit that puts the count back is enabled. "systemctl mask" leaves the link
 * that starts it.
 */
static bool unit_is_enabled(const char *sysroot)
{
	struct string_set units = sysroot_list(sysroot, WANTS);
	bool enabled = string_set_have(&units, FALLBACK_UNIT);

	string_set_free(&units);
	return enabled && !fallback_is_masked(sysroot, FALLBACK_UNIT);
}

static const struct fallback_loader *loader_of(const char *sysroot)
{
	if (fallback_systemd_boot.is_here(sysroot))
		return &fallback_systemd_boot;
	if (fallback_blscfg.is_here(sysroot))
		return &fallback_blscfg;
	return &fallback_grub;
}

static const char *find_trouble(const struct fallback_loader *loader,
				const struct fallback *fallback, const char *sysroot)
{
	const char *trouble = loader->find_trouble(fallback, sysroot);

	if (!trouble && fallback->tries && !unit_is_enabled(sysroot))
		return FALLBACK_UNIT " is not enabled, or is masked, and nothing else notes that a "
				     "boot succeeded";
	return trouble;
}

struct fallback fallback_read(const char *sysroot)
{
	int tries = fallback_take_digit(config_text(sysroot, FALLBACK_FILE));
	struct fallback fallback = { .tries = tries > 0 ? (unsigned int)tries : 0 };
	const struct fallback_loader *loader = loader_of(sysroot);

	fallback.failed = loader->failed ? loader->failed : "did not get as far as " FALLBACK_UNIT;
	/* Also if nothing is set up: a count that is left over would be used. */
	if (loader->read(&fallback, sysroot))
		fallback.trouble = find_trouble(loader, &fallback, sysroot);
	return fallback;
}

const char *fallback_cure(const struct fallback *fallback, const char *sysroot)
{
	const struct fallback_loader *loader = loader_of(sysroot);
	const char *cure = NULL;

	if (!fallback->tries)
		return "vfio-claim disable, or vfio-claim enable";
	if (loader->find_cure)
		cure = loader->find_cure(fallback);
	if (!cure && !unit_is_enabled(sysroot))
		cure = "systemctl unmask " FALLBACK_UNIT " && systemctl enable " FALLBACK_UNIT;
	return cure ? cure : "vfio-claim enable";
}

/* --- setting it up -----------------------------------------------------------------------------
 */

/* Returns 0, or -1 after printing an error. */
static int check_possible(const char *sysroot, const struct fallback_loader *loader,
			  const struct boot_config *config)
{
	if (!config || !loader->fits(sysroot, config)) {
		message_error("--fallback needs a menu of GRUB that grub-mkconfig makes, with "
			      "/etc/grub.d/42_vfio-claim, or whose entries grubby changes, or one "
			      "of systemd-boot whose entries kernel-install makes; the claims of "
			      "this one are set in %s",
			      config ? config->what : "a place that is not known");
		return -1;
	}
	if (unit_is_enabled(sysroot))
		return 0;
	message_error(FALLBACK_UNIT " is not enabled, or is masked, and nothing else notes that a "
				    "boot succeeded; first: systemctl unmask " FALLBACK_UNIT
				    " && systemctl enable " FALLBACK_UNIT);
	return -1;
}

int fallback_set(struct changes *changes, unsigned int tries)
{
	const struct boot_config *config = boot_config_look(changes->sysroot);
	const struct fallback_loader *loader = loader_of(changes->sysroot);
	char text[] = { (char)('0' + tries), '\n', '\0' };

	if (check_possible(changes->sysroot, loader, config) < 0)
		return -1;
	changes_file(changes, FALLBACK_FILE, text);
	text[1] = '\0';
	return loader->set(changes, config, text);
}

int fallback_clear(struct changes *changes)
{
	/* Whether it was set up or not: the package may have been removed in between. */
	if (fallback_grub.clear(changes) < 0 || fallback_blscfg.clear(changes) < 0)
		return -1;
	changes_file(changes, FALLBACK_FILE, NULL);
	return fallback_systemd_boot.clear(changes);
}

int fallback_reached(const char *sysroot, bool claims)
{
	struct fallback fallback = fallback_read(sysroot);

	if (!fallback.tries)
		return 0;
	return loader_of(sysroot)->reached(sysroot, &fallback, claims);
}
