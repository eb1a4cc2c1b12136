/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_kernelstub.c - Pop!_OS' kernelstub, which keeps the command line in its configuration and
 * writes it into an entry of systemd-boot's
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
#include "../boot_menu.h"

#define FILE_NAME "/etc/kernelstub/configuration"

/* Where the firmware is no EFI, it is installed but GRUB starts the system. */
static bool is_here(const char *sysroot)
{
	return has_program(sysroot, "kernelstub") && sysroot_has(sysroot, FILE_NAME) &&
	       sysroot_has(sysroot, "/boot/efi/loader/entries");
}

static void keep_files(struct changes *changes)
{
	struct string_set entries = boot_menu_entry_files(changes->sysroot);
	size_t i;

	changes_keep(changes, FILE_NAME);
	for (i = 0; i < entries.count; i++)
		changes_keep(changes, entries.name[i]);
	string_set_free(&entries);
}

/* The command that takes words off and puts others on; one of them there is. */
static char *make_command(const char *gone, const char *fresh)
{
	char *command;
	int len;

	if (!gone[0])
		len = asprintf(&command, "kernelstub --add-options '%s'", fresh);
	else if (!fresh[0])
		len = asprintf(&command, "kernelstub --delete-options '%s'", gone);
	else
		len = asprintf(&command, "kernelstub --delete-options '%s' --add-options '%s'",
			       gone, fresh);
	return len < 0 ? NULL : command;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *gone = cmdline_without(old, words), *fresh = cmdline_without(words, old);
	char *command = NULL;
	int result = -1;

	if (gone && fresh && (gone[0] || fresh[0]))
		command = make_command(gone, fresh);
	else if (gone && fresh && boot_menu_is_as(changes->sysroot, words))
		result = 0;
	else if (gone && fresh) /* one entry has lost what another has */
		command = make_command("", words);
	if (command) {
		keep_files(changes);
		changes_command(changes, command);
		result = 0;
	}
	if (result < 0)
		complain_errno(ENOMEM, "kernelstub");
	free(command);
	free(fresh);
	free(gone);
	return result;
}

const struct boot_config config_kernelstub = {
	.what = "kernelstub",
	.is_here = is_here,
	.read = boot_config_read_menu,
	.set = set_words,
};
