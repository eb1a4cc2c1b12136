/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"

char *kernel_config_read(const char *sysroot, const char *kver)
{
	/* Debian, Fedora; Fedora, openSUSE; where the kernel's headers are installed. */
	static const char *const places[][2] = {
		{ "/boot/config-", "" },
		{ "/lib/modules/", "/config" },
		{ "/usr/lib/modules/", "/config" },
		{ "/lib/modules/", "/build/.config" },
		{ "/usr/lib/modules/", "/build/.config" },
	};
	char *path, *text = NULL;
	size_t i;

	for (i = 0; !text && i < sizeof(places) / sizeof(places[0]); i++) {
		if (asprintf(&path, "%s%s%s", places[i][0], kver, places[i][1]) < 0)
			return NULL;
		text = file_text(sysroot, path);
		free(path);
	}
	return text;
}

bool kernel_config_has(const char *config, const char *symbol)
{
	size_t len = strlen(symbol);
	const char *line, *at;

	for (line = config; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, "CONFIG_", strlen("CONFIG_")) != 0)
			continue;
		at = line + strlen("CONFIG_");
		if (strncmp(at, symbol, len) == 0 && at[len] == '=')
			return at[len + 1] == 'y' || at[len + 1] == 'm';
	}
	return false;
}
