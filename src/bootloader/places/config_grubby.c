/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_grubby.c - grubby(8), which changes everything: entries of the Boot Loader Specification,
 * GRUB's environment (CentOS 8), and for future kernels /etc/kernel/cmdline and /etc/default/grub
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/requests.h"
#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../bls_entry.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../kernel_cmdline.h"

static bool is_here(const char *sysroot)
{
	struct string_set entries = boot_files_entries(sysroot);
	bool here = entries.count && has_program(sysroot, "grubby");

	string_set_free(&entries);
	return here;
}

/* Backs up all files that grubby may change. */
static void keep_files(struct changes *changes)
{
	static const char *const others[] = { "/boot/grub2/grubenv", KERNEL_CMDLINE_FILE,
					      "/etc/default/grub" };
	struct string_set entries = boot_files_entries(changes->sysroot);
	size_t i;

	for (i = 0; i < entries.count; i++)
		changes_keep(changes, entries.name[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		changes_keep(changes, others[i]);
	string_set_free(&entries);
}

/*
 * Adds the step in which grubby does @what with @words. grubby treats words to remove as regular
 * expressions, so pass only their names: a word that ends in ".*" would match the rest of the line.
 * An added word replaces words of the same name. Returns 0, or -1 after printing an error.
 */
static int add_command(struct changes *changes, const char *what, const char *words)
{
	char *option;

	if (!words[0])
		return 0;
	if (boot_config_check_words(words) < 0)
		return -1;
	if (asprintf(&option, "--%s=%s", what, words) < 0) {
		message_errno(ENOMEM, "grubby");
		return -1;
	}
	changes_run(changes,
		    (const char *const[]){ "grubby", "--update-kernel=ALL", option, NULL });
	free(option);
	return 0;
}

/*
 * Refuses rd.vfio=0 on the command line: grubby would remove it from the entries without claims,
 * too. Returns 0, or -1 after printing an error.
 */
static int check_off(const char *old)
{
	char *off = cmdline_value(old, "rd.vfio");
	bool is_off = off && requests_switch(off) == 0;

	if (is_off)
		message_error(
			"rd.vfio=%s on the kernel command line turns all claims off: remove it "
			"with 'grubby --update-kernel=DEFAULT --remove-args=rd.vfio=%s', then try "
			"again",
			off, off);
	free(off);
	return is_off ? -1 : 0;
}

/* Returns true if a recovery entry would make the same claims as the others. */
static bool is_to_be_spared(const struct menu_entry *entry)
{
	return entry->kind == MENU_RECOVERY && entry->source == MENU_BLS &&
	       !cmdline_has(entry->cmdline, "rd.vfio=0");
}

/*
 * grubby cannot exclude the rescue kernel, and only ALL also applies to future kernels. So the
 * rescue kernel's entry first gets rd.vfio=0, which overrides every claim, as with
 * kernel-install/95-vfio-claim.install. It stays when the claims are removed. Returns 0, or -1
 * after printing an error.
 */
static int spare_rescue(struct changes *changes)
{
	struct boot_menu menu;
	char *text, *fresh;
	int result = 0;
	size_t i;

	boot_menu_read(&menu, changes->sysroot);
	for (i = 0; i < menu.count && result == 0; i++) {
		if (!is_to_be_spared(&menu.entry[i]))
			continue;
		text = config_text(changes->sysroot, menu.entry[i].file);
		fresh = text ? bls_with_words(text, "rd.vfio=0") : NULL;
		if (fresh)
			changes_file(changes, menu.entry[i].file, fresh);
		else
			message_error("cannot change %s: %s", menu.entry[i].file,
				      config_error(errno));
		result = fresh ? 0 : -1;
		free(fresh);
		free(text);
	}
	boot_menu_free(&menu);
	return result;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *gone;
	int result;

	if (check_off(old) < 0)
		return -1;
	if (words[0] && spare_rescue(changes) < 0)
		return -1;
	if (boot_menu_is_as(changes->sysroot, words))
		return 0;
	gone = cmdline_names_without(old, words);
	if (!gone) {
		message_errno(ENOMEM, "grubby");
		return -1;
	}
	keep_files(changes);
	result = add_command(changes, "remove-args", gone);
	/* All words, not only new ones: an entry may lack some. */
	if (result == 0)
		result = add_command(changes, "args", words);
	free(gone);
	return result;
}

const struct boot_config config_grubby = {
	.what = "grubby",
	.is_here = is_here,
	.read = boot_config_read_menu,
	.set = set_words,
	.loader = "GRUB",
};
