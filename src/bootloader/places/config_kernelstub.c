/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_kernelstub.c - Pop!_OS' kernelstub, which keeps the command line in its configuration and
 * writes it to an entry of systemd-boot
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../boot_menu.h"

#define FILE_NAME "/etc/kernelstub/configuration"

/* kernelstub is installed on systems without EFI, too, but there GRUB starts the system. */
static bool is_here(const char *sysroot)
{
	return has_program(sysroot, "kernelstub") && sysroot_has(sysroot, FILE_NAME) &&
	       sysroot_has(sysroot, "/boot/efi/loader/entries");
}

static void keep_files(struct changes *changes)
{
	struct string_set entries = boot_files_entries(changes->sysroot);
	size_t i;

	changes_keep(changes, FILE_NAME);
	for (i = 0; i < entries.count; i++)
		changes_keep(changes, entries.name[i]);
	string_set_free(&entries);
}

/* Adds the step that removes the words @gone and adds the words @fresh. */
static void add_command(struct changes *changes, const char *gone, const char *fresh)
{
	const char *argv[] = { "kernelstub", NULL, NULL, NULL, NULL, NULL };
	size_t count = 1;

	if (gone[0]) {
		argv[count++] = "--delete-options";
		argv[count++] = gone;
	}
	if (fresh[0]) {
		argv[count++] = "--add-options";
		argv[count] = fresh;
	}
	keep_files(changes);
	changes_run(changes, argv);
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *gone = cmdline_without(old, words), *fresh = cmdline_without(words, old);
	int result = gone && fresh ? boot_config_check_words(gone) : -1;

	if (!gone || !fresh)
		message_errno(ENOMEM, "kernelstub");
	else if (result == 0 && (gone[0] || fresh[0]))
		add_command(changes, gone, fresh);
	else if (result == 0 && !boot_menu_is_as(changes->sysroot, words))
		add_command(changes, "", words); /* one entry lacks words */
	free(fresh);
	free(gone);
	return result;
}

const struct boot_config config_kernelstub = {
	.what = "kernelstub",
	.is_here = is_here,
	.read = boot_config_read_menu,
	.set = set_words,
	.loader = "systemd-boot",
};
