/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_grub.c - GRUB with entries in its grub.cfg: adds a copy to the custom.cfg next to it
 */
#include <errno.h>
#include <stdlib.h>

#include "../host/config_lines.h"
#include "../host/messages.h"
#include "boot_files.h"
#include "grub/grub_copy.h"
#include "grub/grub_custom.h"
#include "grub/grub_menu.h"
#include "grub/grub_reboot.h"
#include "try_entry.h"

#define MAKER "try"

static bool is_here(const char *sysroot, const struct boot_menu *menu)
{
	struct string_set menus = boot_files_grub(sysroot);
	bool here = menus.count;

	(void)menu;
	string_set_free(&menus);
	return here;
}

/* Checks that the menu can start an entry once. Returns 0, or -1 after printing an error. */
static int check_menu(const struct grub_reboot *reboot, const char *menu, const char *text)
{
	const char *tool = reboot->second ? "grub2-mkconfig" : "grub-mkconfig";

	if (!grub_menu_reads_custom(text)) {
		message_error(
			"%s does not read custom.cfg: make sure that /etc/grub.d/41_custom is "
			"there and executable, then run: %s -o %s",
			menu, tool, menu);
		return -1;
	}
	if (!grub_menu_knows_next(text)) {
		message_error("%s has no one-time entries (next_entry): make sure that "
			      "/etc/grub.d/00_header is there and executable, then run: %s -o %s",
			      menu, tool, menu);
		return -1;
	}
	return 0;
}

/* Adds the steps for one grub.cfg. Returns 0, or -1 after printing an error. */
static int add_to(struct changes *changes, const struct grub_reboot *reboot, const char *menu,
		  const char *words)
{
	char *text = config_text(changes->sysroot, menu), *entry = NULL;
	const char *why = NULL;
	int result = -1;

	if (!text)
		message_error("cannot read %s: %s", menu, config_error(errno));
	else if (check_menu(reboot, menu, text) == 0)
		entry = grub_copy_make(text, reboot->text, words, &why);
	if (entry)
		result = grub_custom_set(changes, menu, MAKER, entry);
	else if (why)
		message_error("%s: %s", menu, why);
	free(entry);
	free(text);
	return result;
}

static int add(struct changes *changes, const struct boot_menu *menu, const char *words)
{
	struct string_set menus = boot_files_grub(changes->sysroot);
	struct grub_reboot reboot;
	int result;
	size_t i;

	(void)menu;
	result = grub_reboot_find(&reboot, changes->sysroot);
	if (result == 0)
		result = grub_reboot_check(&reboot, changes->sysroot, GRUB_REBOOT_CONSEQUENCE);
	for (i = 0; result == 0 && i < menus.count; i++)
		result = add_to(changes, &reboot, menus.name[i], words);
	if (result == 0)
		result = grub_reboot_choose(&reboot, changes, GRUB_COPY_ID);
	grub_reboot_free(&reboot);
	string_set_free(&menus);
	return result;
}

static int remove_all(struct changes *changes, const struct boot_menu *menu)
{
	struct string_set menus = boot_files_grub(changes->sysroot);
	int result = 0;
	size_t i;

	(void)menu;
	grub_reboot_forget(changes, GRUB_COPY_ID);
	for (i = 0; result == 0 && i < menus.count; i++)
		result = grub_custom_set(changes, menus.name[i], MAKER, NULL);
	string_set_free(&menus);
	return result;
}

const struct try_loader try_grub = {
	.is_here = is_here,
	.add = add,
	.remove = remove_all,
};
