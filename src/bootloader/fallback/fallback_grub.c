/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_grub.c - GRUB: the count, vfio_claim_left, is in its environment block; the commands
 * that use it are written to grub.cfg by grub.d/42_vfio-claim, whether there is a count or not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../grub/grub_reboot.h"
#include "../grub/grubenv.h"
#include "fallback_loader.h"

#define LEFT   "vfio_claim_left"
#define FELL   "vfio_claim_fell"
#define SCRIPT "/etc/grub.d/42_vfio-claim"

/* --- what is set up ----------------------------------------------------------------------------
 */

/* If no other boot loader is known to, it starts this system. */
static bool is_here(const char *sysroot)
{
	(void)sysroot;
	return true;
}

/* Reads the count from the text of the block. */
static void read_count(struct fallback *fallback, const char *text)
{
	int left = fallback_take_digit(grubenv_value(text, LEFT));

	fallback->counted = left >= 0;
	fallback->left = left >= 0 ? (unsigned int)left : 0;
	fallback->fell = left == 0 && fallback_take_digit(grubenv_value(text, FELL)) == 1;
}

/* Finds the block without a message. Returns false if there is none. */
static bool find_block(struct grub_reboot *reboot, const char *sysroot)
{
	struct messages messages = { 0 }, *before = messages_collect(&messages);
	bool found = grub_reboot_find(reboot, sysroot) == 0;

	messages_collect(before);
	messages_free(&messages);
	return found;
}

/* Returns true if this user may not read @file, so that nothing is known about it. */
static bool is_hidden(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file);
	bool hidden = !text && errno == EACCES;

	free(text);
	return hidden;
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
			counts = text && strstr(text, "save_env " LEFT) && strstr(text, "~novfio'");
		free(text);
	}
	string_set_free(&menus);
	return counts;
}

static const char *find_trouble(const struct fallback *fallback, const char *sysroot)
{
	if (!fallback->tries)
		return fallback->counted
			       ? "GRUB's environment block has a count of boots that "
				 "'vfio-claim enable --fallback' has not set, and nothing "
				 "puts it back"
			       : NULL;
	if (!fallback->counted)
		return "GRUB's environment block does not have the count of boots";
	if (!menu_counts(sysroot))
		return "the boot menu does not count boots, or has no entry without claims to "
		       "start: " SCRIPT " must be executable";
	return NULL;
}

static bool read_block(struct fallback *fallback, const char *sysroot)
{
	struct grub_reboot reboot = { 0 };
	bool known = true;

	if (find_block(&reboot, sysroot))
		read_count(fallback, reboot.text);
	else
		known = !reboot.file || !is_hidden(sysroot, reboot.file);
	grub_reboot_free(&reboot);
	return known;
}

/* --- setting it up -----------------------------------------------------------------------------
 */

/* A step: checks all of it. @tries: a digit. */
static int check_all(const char *sysroot, const char *tries)
{
	struct fallback fallback = { 0 };

	read_block(&fallback, sysroot);
	if (!menu_counts(sysroot)) {
		message_error("the boot menu has no entry without claims to fall back to: the "
			      "other entries must have claims, and " SCRIPT " must be executable");
		return -1;
	}
	if (fallback.counted && !fallback.fell && fallback.left == (unsigned int)(*tries - '0'))
		return 0;
	message_error(LEFT "=%s was not written to GRUB's environment block", tries);
	return -1;
}

/* A step: checks that there is no count any more. */
static int check_none(const char *sysroot, const char *subject)
{
	struct grub_reboot reboot = { 0 };
	char *left = NULL;

	(void)subject;
	if (find_block(&reboot, sysroot))
		left = grubenv_value(reboot.text, LEFT);
	grub_reboot_free(&reboot);
	if (!left)
		return 0;
	free(left);
	message_error(LEFT " was not removed from GRUB's environment block");
	return -1;
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

/* Returns 0, or -1 after printing an error. */
static int check_possible(const char *sysroot, struct grub_reboot *reboot)
{
	if (grub_reboot_find(reboot, sysroot) < 0)
		return -1;
	return grub_reboot_check(reboot, sysroot,
				 "it cannot count boots, and --fallback is not possible");
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

/* Adds the step that has the tool of GRUB do @what, "set" or "unset", with @word. */
static void edit(struct changes *changes, const struct grub_reboot *reboot, const char *what,
		 const char *word)
{
	const char *tool = reboot->second ? "grub2-editenv" : "grub-editenv";

	changes_keep(changes, reboot->file);
	changes_run(changes, (const char *const[]){ tool, reboot->file, what, word, NULL });
}

static int set_count(struct changes *changes, const struct boot_config *config, const char *digit)
{
	char word[] = LEFT "=0";
	struct fallback fallback = { 0 };
	struct grub_reboot reboot = { 0 };
	int result = check_possible(changes->sysroot, &reboot);

	if (result == 0) {
		read_block(&fallback, changes->sysroot);
		word[strlen(word) - 1] = *digit;
		if (!menu_counts(changes->sysroot) && !makes_menu(changes))
			result = config->apply(changes);
		if (!fallback.counted || fallback.left != (unsigned int)(*digit - '0'))
			edit(changes, &reboot, "set", word);
		if (fallback.fell)
			edit(changes, &reboot, "unset", FELL);
		changes_call(changes, check_all, "check the count of boots, which is", digit);
	}
	grub_reboot_free(&reboot);
	return result;
}

static void clear_count(struct changes *changes)
{
	static const char *const names[] = { LEFT, FELL };
	struct grub_reboot reboot = { 0 };
	bool found = find_block(&reboot, changes->sysroot);
	char *value;
	size_t i;

	for (i = 0; found && i < sizeof(names) / sizeof(names[0]); i++) {
		value = grubenv_value(reboot.text, names[i]);
		if (!value)
			continue;
		edit(changes, &reboot, "unset", names[i]);
		if (i == 0)
			changes_call(changes, check_none, "check", "that boots are not counted");
		free(value);
	}
	grub_reboot_free(&reboot);
}

/* --- the running boot --------------------------------------------------------------------------
 */

/* Has the tool of GRUB change the block. Returns 0, or -1 after printing an error. */
static int run(const char *sysroot, const struct grub_reboot *reboot, const char *what,
	       const char *word)
{
	const char *const argv[] = { reboot->second ? "grub2-editenv" : "grub-editenv",
				     reboot->file, what, word, NULL };

	return tool_run(&(struct tool){ .sysroot = sysroot, .argv = argv }, NULL, NULL);
}

/* A boot with claims puts the whole count back, another one what it was counted for. */
static int put_back(const char *sysroot, const struct fallback *fallback, bool claims)
{
	struct grub_reboot reboot = { 0 };
	unsigned int left = fallback->tries;
	char word[] = LEFT "=0";
	int result = 0;

	if (!fallback->counted || (fallback->fell && !claims))
		return 0;
	if (!claims && fallback->left + 1 < left)
		left = fallback->left + 1;
	if (left == fallback->left)
		return 0;
	word[strlen(word) - 1] = (char)('0' + left);
	result = grub_reboot_find(&reboot, sysroot);
	if (result == 0)
		result = run(sysroot, &reboot, "set", word);
	if (result == 0 && fallback->fell)
		result = run(sysroot, &reboot, "unset", FELL);
	grub_reboot_free(&reboot);
	return result;
}

const struct fallback_loader fallback_grub = {
	.is_here = is_here,
	.read = read_block,
	.find_trouble = find_trouble,
	.fits = fits,
	.set = set_count,
	.clear = clear_count,
	.reached = put_back,
};
