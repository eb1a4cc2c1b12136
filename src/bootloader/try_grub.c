/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_grub.c - GRUB, which reads a custom.cfg beside its grub.cfg (41_custom): that is ours to
 * write to, and not made anew with each kernel. All else that is in it stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "grub_environment.h"
#include "grub_menu.h"
#include "try_entry.h"

static bool is_here(const char *sysroot, const struct boot_menu *menu)
{
	struct string_set menus = boot_menu_grub_files(sysroot);
	bool here = menus.count;

	(void)menu;
	string_set_free(&menus);
	return here;
}

/* The custom.cfg beside @menu: a new string, or NULL without memory. */
static char *custom_of(const char *menu)
{
	const char *slash = strrchr(menu, '/');
	char *custom;

	if (asprintf(&custom, "%.*s/custom.cfg", (int)(slash - menu), menu) < 0)
		return NULL;
	return custom;
}

/* Has custom.cfg hold @entry, or no entry of ours if that is NULL. Gives 0 or -1 after a message.
 */
static int set_custom(struct changes *changes, const char *menu, const char *entry)
{
	char *custom = custom_of(menu), *old = custom ? file_text(changes->sysroot, custom) : NULL;
	char *fresh = custom ? grub_custom_with(old, entry) : NULL;
	int result = fresh ? 0 : -1;

	if (!fresh && custom && errno == EINVAL)
		complain("%s: the line '### END vfio-claim try ###' is missing; remove what "
			 "'vfio-claim "
			 "try' has put there yourself",
			 custom);
	else if (!fresh)
		complain_errno(ENOMEM, "%s", menu);
	else if (old || entry)
		changes_file(changes, custom, fresh[0] ? fresh : NULL);
	free(fresh);
	free(old);
	free(custom);
	return result;
}

static const char *mkconfig(const struct grub_environment *environment)
{
	return environment->second ? "grub2-mkconfig" : "grub-mkconfig";
}

/* Whether the menu can do it at all. Gives 0, or -1 after a message. */
static int check_menu(const struct grub_environment *environment, const char *menu,
		      const char *text)
{
	if (!grub_menu_reads_custom(text)) {
		complain("%s does not read custom.cfg: see that /etc/grub.d/41_custom is there and "
			 "executable, then: %s -o %s",
			 menu, mkconfig(environment), menu);
		return -1;
	}
	if (!grub_menu_knows_next(text)) {
		complain("%s knows nothing of entries that are started once (next_entry): see that "
			 "/etc/grub.d/00_header is there and executable, then: %s -o %s",
			 menu, mkconfig(environment), menu);
		return -1;
	}
	return 0;
}

/* Gives 0, or -1 after a message. */
static int add_to(struct changes *changes, const struct grub_environment *environment,
		  const char *menu, const char *words)
{
	char *text = file_text(changes->sysroot, menu), *entry = NULL;
	const char *why = NULL;
	int result = -1;

	if (!text)
		complain_errno(errno, "cannot read %s", menu);
	else if (check_menu(environment, menu, text) == 0)
		entry = grub_menu_try(text, environment->text, words, &why);
	if (entry)
		result = set_custom(changes, menu, entry);
	else if (why)
		complain("%s: %s", menu, why);
	free(entry);
	free(text);
	return result;
}

static int no_environment(void)
{
	complain("there is no grub-reboot here, which chooses what is started once; install it "
		 "(Debian: grub2-common, CentOS and Fedora: grub2-tools-minimal)");
	return -1;
}

static int add(struct changes *changes, const struct boot_menu *menu, const char *words)
{
	struct string_set menus = boot_menu_grub_files(changes->sysroot);
	struct grub_environment environment;
	int result;
	size_t i;

	(void)menu;
	result = grub_environment_find(&environment, changes->sysroot);
	if (result < 0)
		no_environment();
	else
		result = grub_environment_check(&environment, changes->sysroot);
	for (i = 0; result == 0 && i < menus.count; i++)
		result = add_to(changes, &environment, menus.name[i], words);
	if (result == 0)
		grub_environment_choose(&environment, changes, MENU_TRY_ID);
	grub_environment_free(&environment);
	string_set_free(&menus);
	return result;
}

static int remove_all(struct changes *changes, const struct boot_menu *menu)
{
	struct string_set menus = boot_menu_grub_files(changes->sysroot);
	struct grub_environment environment;
	int result = 0;
	size_t i;

	(void)menu;
	if (grub_environment_find(&environment, changes->sysroot) == 0)
		grub_environment_forget(&environment, changes, MENU_TRY_ID);
	grub_environment_free(&environment);
	for (i = 0; result == 0 && i < menus.count; i++)
		result = set_custom(changes, menus.name[i], NULL);
	string_set_free(&menus);
	return result;
}

const struct try_loader try_grub = {
	.is_here = is_here,
	.add = add,
	.remove = remove_all,
};
