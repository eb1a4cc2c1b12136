/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sdbootutil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "../efi_loader.h"
#include "../grub/grubenv.h"

#define SETTINGS "/etc/sysconfig/bootloader"
#define VENDORS  "/boot/efi/EFI"

static bool is_its(const struct menu_entry *entry)
{
	static const char begin[] = "linux-";
	const char *slash = entry->kernel ? strrchr(entry->kernel, '/') : NULL;

	return entry->source == MENU_BLS && slash &&
	       strncmp(slash + 1, begin, strlen(begin)) == 0 &&
	       strspn(slash + 1 + strlen(begin), "0123456789abcdef") == 40;
}

bool sdbootutil_is_here(const char *sysroot, const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (is_its(&menu->entry[i]))
			return has_program(sysroot, "sdbootutil");
	return false;
}

bool sdbootutil_uses_grub(const char *sysroot)
{
	char *loader = efi_loader_variable(sysroot, "Info");
	char *text = loader ? NULL : config_text(sysroot, SETTINGS);
	char *type = text ? shell_value(text, "LOADER_TYPE") : NULL;
	bool is = loader ? strncmp(loader, "GRUB", 4) == 0
			 : !type || strcmp(type, "systemd-boot") != 0;

	free(type);
	free(text);
	free(loader);
	return is;
}

/* Returns the variable "default" of an environment block beside GRUB's program, or NULL. */
static char *saved_choice(const char *sysroot)
{
	struct string_set vendors = sysroot_list(sysroot, VENDORS);
	char *choice = NULL, *text, *path;
	size_t i;

	for (i = 0; !choice && i < vendors.count; i++) {
		if (asprintf(&path, VENDORS "/%s/grubenv", vendors.name[i]) < 0)
			continue;
		text = config_text(sysroot, path);
		choice = text ? grubenv_value(text, "default") : NULL;
		free(text);
		free(path);
	}
	string_set_free(&vendors);
	return choice;
}

char *sdbootutil_grub_choice(const char *sysroot, bool once)
{
	char *choice = once ? efi_loader_variable(sysroot, "EntryOneShot") : NULL, *end;

	if (!choice)
		choice = efi_loader_variable(sysroot, "EntryDefault");
	if (!choice)
		choice = saved_choice(sysroot);
	end = choice ? strrchr(choice, '.') : NULL;
	if (end && strcmp(end, ".conf") == 0)
		*end = '\0';
	return choice;
}
