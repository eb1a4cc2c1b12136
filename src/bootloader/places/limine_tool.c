/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limine_tool.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../host/run_tool.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../boot_files.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const roots[] = { BOOT_FILES_ROOTS };

const char *limine_tool(const char *sysroot)
{
	static const char *const names[] = { "limine-mkinitcpio", "limine-dracut",
					     "limine-update" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (has_program(sysroot, names[i]))
			return names[i];
	return NULL;
}

/* Adds a directory if it exists. */
static void add_directory(struct string_set *directories, const char *sysroot, const char *path)
{
	/* /boot/efi and /efi may be the same. */
	char *real = sysroot_real(sysroot, "%s", path);
	char *below = real ? path_below(sysroot, real) : NULL;

	if (below && is_directory(below))
		string_set_add(directories, real);
	free(below);
	free(real);
}

struct string_set limine_tool_directories(const char *sysroot)
{
	struct string_set directories = { 0 }, kernels = { 0 };
	char *machine = sysroot_read(sysroot, "/etc/machine-id"), *path;
	size_t i, j;

	for (i = 0; i < COUNT(roots); i++) {
		if (asprintf(&path, "%s/EFI/Linux", roots[i]) >= 0) {
			add_directory(&directories, sysroot, path);
			free(path);
		}
		if (machine && machine[0])
			kernels = sysroot_list(sysroot, "%s/%s", roots[i], machine);
		for (j = 0; j < kernels.count; j++) {
			if (asprintf(&path, "%s/%s/%s", roots[i], machine, kernels.name[j]) < 0)
				continue;
			add_directory(&directories, sysroot, path);
			free(path);
		}
		string_set_free(&kernels);
	}
	free(machine);
	return directories;
}
