/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_count.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../grub/grub_reboot.h"
#include "../grub/grubenv.h"
#include "fallback_loader.h"

#define LEFT "vfio_claim_left"
#define FELL "vfio_claim_fell"

/* --- reading -----------------------------------------------------------------------------------
 */

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

bool grub_count_read(struct fallback *fallback, const char *sysroot)
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

const char *grub_count_trouble(const struct fallback *fallback)
{
	if (fallback->tries && !fallback->counted)
		return "GRUB's environment block does not have the count of boots";
	if (!fallback->tries && fallback->counted)
		return "GRUB's environment block has a count of boots that 'vfio-claim enable "
		       "--fallback' has not set, and nothing puts it back";
	return NULL;
}

int grub_count_check(const char *sysroot, const char *digit)
{
	struct fallback fallback = { 0 };

	grub_count_read(&fallback, sysroot);
	if (fallback.counted && !fallback.fell && fallback.left == (unsigned int)(*digit - '0'))
		return 0;
	message_error(LEFT "=%s was not written to GRUB's environment block", digit);
	return -1;
}

/* --- setting -----------------------------------------------------------------------------------
 */

int grub_count_possible(const char *sysroot)
{
	struct grub_reboot reboot = { 0 };
	int result = grub_reboot_find(&reboot, sysroot);

	if (result == 0)
		result = grub_reboot_check(&reboot, sysroot,
					   "it cannot count boots, and --fallback is not possible");
	grub_reboot_free(&reboot);
	return result;
}

/* Adds the step that has the tool of GRUB do @what, "set" or "unset", with @word. */
static void edit(struct changes *changes, const struct grub_reboot *reboot, const char *what,
		 const char *word)
{
	const char *tool = reboot->second ? "grub2-editenv" : "grub-editenv";

	changes_keep(changes, reboot->file);
	changes_run(changes, (const char *const[]){ tool, reboot->file, what, word, NULL });
}

int grub_count_set(struct changes *changes, const char *digit)
{
	char word[] = LEFT "=0";
	struct fallback fallback = { 0 };
	struct grub_reboot reboot = { 0 };
	int result = grub_reboot_find(&reboot, changes->sysroot);

	if (result == 0) {
		read_count(&fallback, reboot.text);
		word[strlen(word) - 1] = *digit;
		if (!fallback.counted || fallback.left != (unsigned int)(*digit - '0'))
			edit(changes, &reboot, "set", word);
		if (fallback.fell)
			edit(changes, &reboot, "unset", FELL);
	}
	grub_reboot_free(&reboot);
	return result;
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

int grub_count_clear(struct changes *changes)
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
	return 0;
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

int grub_count_put_back(const char *sysroot, const struct fallback *fallback, bool claims)
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
