/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp_refresh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../host/printable.h"
#include "../../host/run_tool.h"
#include "../boot_menu.h"
#include "esp_copies.h"
#include "esps.h"

static const char *const refresh[] = { "proxmox-boot-tool", "refresh", NULL };

/* Prints the entries of one partition, each on a line with its file. */
static void print_entries(FILE *out, const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		fprintf(out, "%s: %s\n", esp_copies_name(menu->entry[i].file),
			menu->entry[i].cmdline);
}

/* Returns the entries of all partitions: a new string, or NULL if out of memory. */
static char *read_all(const char *sysroot)
{
	struct boot_menu menu;
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	boot_menu_read(&menu, sysroot);
	boot_menu_free(&menu);
	for (i = 0; boot_menu_read_other(&menu, sysroot, i); i++) {
		print_entries(out, &menu);
		boot_menu_free(&menu);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Undoes what the tool has written, by running it again. @before: from read_all(). */
static int refresh_back(const char *sysroot, const char *before)
{
	const struct tool tool = { .sysroot = sysroot, .argv = refresh };
	char *now;
	int result;

	print_line("undo: %s refresh", refresh[0]);
	fflush(stdout);
	if (tool_run(&tool, NULL, NULL) < 0) {
		message_error("the EFI system partitions may still have the new settings: run "
			      "'proxmox-boot-tool refresh'");
		return -1;
	}
	now = read_all(sysroot);
	result = now && strcmp(now, before) == 0 ? 0 : -1;
	if (result < 0)
		message_error(
			"the EFI system partitions' boot menus are not as they were before, "
			"although 'proxmox-boot-tool refresh' was run: see 'vfio-claim check'");
	free(now);
	return result;
}

int esp_refresh_prepare(struct changes *changes)
{
	char *before;

	if (!esps_in_charge(changes->sysroot) || changes_has_undo_call(changes, refresh_back))
		return 0;
	before = read_all(changes->sysroot);
	if (before)
		changes_undo_call(changes, refresh_back, before);
	else
		message_errno(ENOMEM, "the boot menu");
	free(before);
	return before ? 0 : -1;
}

void esp_refresh(struct changes *changes)
{
	changes_run(changes, refresh);
}
