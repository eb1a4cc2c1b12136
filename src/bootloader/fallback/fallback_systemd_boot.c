/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_systemd_boot.c - systemd-boot: it counts in the names of the entries' files, as
 * "NAME+LEFT-DONE.conf" (UAPI.1, "Boot counting"), and prefers other entries to one that has no
 * tries left. systemd-bless-boot.service removes the count once a boot is good; our drop-in makes
 * that wait for our unit, and the entry then gets its tries again.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../bls_entry.h"
#include "../boot_menu.h"
#include "../efi_loader.h"
#include "../entry_copies.h"
#include "../loader_order.h"
#include "../menu_default.h"
#include "../proxmox/esps.h"
#include "fallback_loader.h"

#define BLESS   "systemd-bless-boot.service"
#define DROP_IN "/etc/systemd/system/" BLESS ".d/vfio-claim.conf"

/* The second run is after the entry was marked as good; what it prints is in the log already. */
static const char drop_in[] =
	"# Written by 'vfio-claim enable --fallback'\n"
	"[Unit]\n"
	"After=" FALLBACK_UNIT "\n"
	"\n"
	"[Service]\n"
	"ExecStartPost=-/bin/sh -c 'exec vfio-claim status --quiet --reached > /dev/null'\n";

/* Troubles that 'vfio-claim enable' does not end. */
static const char chosen[] =
	"a default entry is chosen, in loader.conf or by bootctl set-default, and systemd-boot "
	"starts that one whatever its count is";
static const char no_menu[] = "no entry of systemd-boot's menu can be read";
static const char unblessed[] = BLESS ", which marks boots as good, is masked or not installed";
static const char unsorted[] = "systemd-boot's default entry has no line 'sort-key'";
static const char not_ours[] =
	"systemd-boot's default entry is not one that kernel-install made for this system";

/* --- the menu ----------------------------------------------------------------------------------
 */

struct situation {
	struct boot_menu menu;
	/* That kernel-install made for the default's kernel; NULL: there is none. */
	const struct menu_entry *plain;
	bool off;    /* the default is the copy of @plain without claims */
	bool next;   /* or would be, if @plain had no tries left */
	bool narrow; /* see loader_order_after() */
};

static bool is_same_kernel(const struct menu_entry *a, const struct menu_entry *b)
{
	return a->kver && b->kver && strcmp(a->kver, b->kver) == 0;
}

/* Returns the entry of which @off is the copy, or NULL. */
static const struct menu_entry *find_plain(const struct boot_menu *menu, const char *sysroot,
					   const struct menu_entry *off)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (is_same_kernel(&menu->entry[i], off) &&
		    entry_copies_end(&menu->entry[i], sysroot))
			return &menu->entry[i];
	return NULL;
}

/* Fills all of @now, whose menu the caller frees. */
static void look(struct situation *now, const char *sysroot)
{
	const struct menu_entry *after;
	struct menu_default found;

	*now = (struct situation){ .plain = NULL };
	boot_menu_read(&now->menu, sysroot);
	found = menu_default_lasting(&now->menu, sysroot);
	if (!found.entry || found.unknown)
		return;
	if (found.entry->kind == MENU_OFF)
		now->plain = find_plain(&now->menu, sysroot, found.entry);
	else if (entry_copies_end(found.entry, sysroot))
		now->plain = found.entry;
	now->off = now->plain && now->plain != found.entry;
	if (!now->plain)
		return;
	after = loader_order_after(&now->menu, sysroot, now->plain, &now->narrow);
	now->next = after && after->kind == MENU_OFF && is_same_kernel(after, now->plain);
}

/* Returns true if the running boot is one of the tries of @plain. */
static bool is_running(const char *sysroot, const struct menu_entry *plain)
{
	char *path = efi_loader_variable(sysroot, "BootCountPath");
	const char *slash = path ? strrchr(path, '\\') : NULL;
	char *running = slash ? bls_name(slash + 1) : NULL, *name = bls_name(plain->file);
	bool is = running && name && strcmp(running, name) == 0;

	free(name);
	free(running);
	free(path);
	return is;
}

/* --- what is set up ----------------------------------------------------------------------------
 */

static bool is_here(const char *sysroot)
{
	return efi_loader_is_systemd_boot(sysroot) && !esps_in_charge(sysroot);
}

static bool has_drop_in(const char *sysroot)
{
	char *text = config_text(sysroot, DROP_IN);
	bool has = text && strcmp(text, drop_in) == 0;

	free(text);
	return has;
}

static bool read_tries(struct fallback *fallback, const char *sysroot)
{
	struct situation now;
	bool known;
	int left;

	if (!fallback->tries)
		return true;
	look(&now, sysroot);
	/* The partition may be for root's eyes only. */
	known = now.menu.count || geteuid() == 0;
	left = now.plain ? bls_tries(now.plain->file) : -1;
	fallback->counted = left >= 0;
	fallback->left = left >= 0 ? (unsigned int)left : 0;
	fallback->fell = left == 0 && now.off && !is_running(sysroot, now.plain);
	boot_menu_free(&now.menu);
	return known;
}

/* Without it, systemd-boot may start other copies next, which are not counted. */
static bool has_sort_key(const char *sysroot, const struct menu_entry *entry)
{
	char *text = config_text(sysroot, entry->file);
	bool has = text && bls_has(text, "sort-key");

	free(text);
	return has;
}

/* Returns true if systemd marks boots as good. */
static bool can_bless(const char *sysroot)
{
	return (sysroot_has(sysroot, "/usr/lib/systemd/system/" BLESS) ||
		sysroot_has(sysroot, "/lib/systemd/system/" BLESS)) &&
	       !fallback_is_masked(sysroot, BLESS);
}

/* Returns why the menu does not count, or does not fall back; or NULL. */
static const char *find_menus_trouble(const struct fallback *fallback, const char *sysroot)
{
	const char *trouble = NULL;
	struct situation now;

	look(&now, sysroot);
	if (!now.menu.count)
		trouble = no_menu;
	else if (now.narrow)
		trouble = chosen;
	else if (!now.plain)
		trouble = not_ours;
	else if (!fallback->counted)
		trouble = "systemd-boot's default entry does not have the count of boots";
	else if (!has_sort_key(sysroot, now.plain))
		trouble = unsorted;
	else if (!now.next)
		trouble = "the entry without claims is not the one that systemd-boot would start "
			  "when the default entry has no tries left";
	boot_menu_free(&now.menu);
	return trouble;
}

static const char *find_trouble(const struct fallback *fallback, const char *sysroot)
{
	if (!fallback->tries)
		return sysroot_has(sysroot, DROP_IN) ? DROP_IN
			       " is left over from 'vfio-claim enable --fallback', which "
			       "is not set up"
						     : NULL;
	if (!has_drop_in(sysroot))
		return DROP_IN ", which puts the count back, is missing or was changed";
	if (!can_bless(sysroot))
		return unblessed;
	return find_menus_trouble(fallback, sysroot);
}

/* Returns NULL for what 'vfio-claim enable' ends. */
static const char *find_cure(const struct fallback *fallback)
{
	if (fallback->trouble == chosen)
		return "bootctl set-default '', and remove 'default' from loader.conf";
	if (fallback->trouble == no_menu)
		return "mount the partition that has loader/entries, then: vfio-claim check";
	if (fallback->trouble == not_ours)
		return "vfio-claim disable, or remove the entry that comes first in 'bootctl list'";
	if (fallback->trouble == unsorted)
		return "kernel-install add, for each kernel, then: vfio-claim enable";
	if (fallback->trouble == unblessed)
		return "systemctl unmask " BLESS
		       "; if it is not installed: apt install systemd-boot";
	return NULL;
}

/* --- setting it up -----------------------------------------------------------------------------
 */

static bool fits(const char *sysroot, const struct boot_config *config)
{
	(void)sysroot;
	return config == &config_kernel_install;
}

/* Returns what makes it impossible, a sentence without its end; or NULL. */
static const char *find_obstacle(const char *sysroot, const struct situation *now)
{
	if (!efi_loader_can(sysroot, EFI_LOADER_COUNTS | EFI_LOADER_SORT_KEYS))
		return "this systemd-boot does not count boots, or does not sort entries by their "
		       "sort-key: version 251 or later does both; update it with 'bootctl update' "
		       "and boot it once";
	if (!now->plain)
		return "the default entry of systemd-boot's menu is not one that kernel-install "
		       "made: unified kernel images and other entries have no copy without claims "
		       "that could be started instead";
	if (!has_sort_key(sysroot, now->plain))
		return "the default entry of systemd-boot's menu has no line 'sort-key', which "
		       "keeps other copies from being started instead: kernel-install of systemd "
		       "251 or later writes one, with 'kernel-install add'";
	if (now->narrow)
		return "a default entry is chosen, which systemd-boot starts whatever its count "
		       "is: remove 'default' from loader.conf, or run 'bootctl set-default \"\"'";
	if (!can_bless(sysroot))
		return BLESS ", which marks boots as good, is masked or not installed: in Debian "
			     "it is in the package systemd-boot";
	return NULL;
}

/* Returns true if each entry that the plugin gives tries has so many; -1: none has a count. */
static bool all_have(const struct boot_menu *menu, const char *sysroot, int tries)
{
	const char *end;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		end = entry_copies_end(&menu->entry[i], sysroot);
		if (end && bls_tries(end) != tries)
			return false;
	}
	return true;
}

/* A step: checks all of it. @digit: how many tries are left. */
static int check_all(const char *sysroot, const char *digit)
{
	struct fallback fallback = { .tries = (unsigned int)(*digit - '0') };
	const char *trouble;

	read_tries(&fallback, sysroot);
	trouble = find_trouble(&fallback, sysroot);
	if (!trouble && fallback.left != fallback.tries)
		trouble = "the default entry did not get its tries";
	if (!trouble)
		return 0;
	message_error("boots are not counted: %s", trouble);
	return -1;
}

/* A step: checks that there is no count any more. */
static int check_none(const char *sysroot, const char *subject)
{
	struct boot_menu menu;
	bool none;

	(void)subject;
	boot_menu_read(&menu, sysroot);
	none = all_have(&menu, sysroot, -1);
	boot_menu_free(&menu);
	if (!none)
		message_error("an entry of systemd-boot's menu still has a count in its name");
	return none ? 0 : -1;
}

static int set_tries(struct changes *changes, const struct boot_config *config, const char *digit)
{
	const char *obstacle;
	struct situation now;
	int result = 0;

	(void)config;
	look(&now, changes->sysroot);
	obstacle = find_obstacle(changes->sysroot, &now);
	if (obstacle) {
		message_error("--fallback is not possible: %s", obstacle);
		result = -1;
	} else {
		changes_file(changes, DROP_IN, drop_in);
		if (!now.next || !all_have(&now.menu, changes->sysroot, *digit - '0'))
			result = entry_copies_make(changes, &now.menu, "recount");
		changes_call(changes, check_all, "check the count of boots, which is", digit);
	}
	boot_menu_free(&now.menu);
	return result;
}

/* Without our drop-in, what is counted is none of our business. */
static int clear_tries(struct changes *changes)
{
	struct boot_menu menu;
	int result;

	if (!sysroot_has(changes->sysroot, DROP_IN))
		return 0;
	changes_file(changes, DROP_IN, NULL);
	if (!sysroot_has(changes->sysroot, ENTRY_COPIES_PLUGIN))
		return 0;
	boot_menu_read(&menu, changes->sysroot);
	result = entry_copies_make(changes, &menu, "recount");
	boot_menu_free(&menu);
	changes_call(changes, check_none, "check", "that boots are not counted");
	return result;
}

/* --- the running boot --------------------------------------------------------------------------
 */

/*
 * Runs the plugin for each kernel whose entry's name has this end. *@any: set if there is one.
 * Returns 0, or -1 after printing an error.
 */
static int run_for(const char *sysroot, const char *command, const char *end, bool *any)
{
	const char *argv[] = { ENTRY_COPIES_PLUGIN, command, NULL, NULL }, *its;
	struct boot_menu menu;
	int result = 0;
	size_t i;

	boot_menu_read(&menu, sysroot);
	for (i = 0; i < menu.count; i++) {
		its = entry_copies_end(&menu.entry[i], sysroot);
		if (!its || strcmp(its, end) != 0)
			continue;
		argv[2] = menu.entry[i].kver;
		*any = true;
		if (tool_run(&(struct tool){ .sysroot = sysroot, .argv = argv }, NULL, NULL) < 0)
			result = -1;
	}
	boot_menu_free(&menu);
	return result;
}

/*
 * Gives tries to entries that have none: the one that was marked as good, and new ones. Before it
 * is marked it has its count, which stays. A kernel that came when none were left has got none: it
 * gets them when a boot with the claims was good.
 */
static int put_back(const char *sysroot, const struct fallback *fallback, bool claims)
{
	bool any = false;
	int result;

	(void)fallback;
	result = run_for(sysroot, "count", ".conf", &any);
	if (any && claims && run_for(sysroot, "recount", "+0.conf", &any) < 0)
		result = -1;
	/* The file system is mostly FAT, and a boot that follows may lose power. */
	if (any)
		sync();
	return result;
}

/* Our unit may have been reached: boot-complete.target has others to wait for. */
const struct fallback_loader fallback_systemd_boot = {
	.failed = "were not marked as good (see 'systemctl status " BLESS " boot-complete.target')",
	.is_here = is_here,
	.read = read_tries,
	.find_trouble = find_trouble,
	.find_cure = find_cure,
	.fits = fits,
	.set = set_tries,
	.clear = clear_tries,
	.reached = put_back,
};
