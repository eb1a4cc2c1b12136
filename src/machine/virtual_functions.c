/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "virtual_functions.h"

#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"

/* Returns the last component of @path, which it frees: a new string, or NULL. */
static char *last_of(char *path)
{
	char *slash = path ? strrchr(path, '/') : NULL;
	char *last = slash ? strdup(slash + 1) : NULL;

	free(path);
	return last;
}

void virtual_functions_read(struct virtual_functions *functions, const char *sysroot,
			    const char *slot)
{
	char *total = sysroot_read(sysroot, DEVICES "/%s/sriov_totalvfs", slot), *virtual;
	unsigned int i;
	bool more = true;

	*functions = (struct virtual_functions){ 0 };
	if (total)
		functions->total = (unsigned int)strtoul(total, NULL, 10);
	free(total);
	for (i = 0; more && i < functions->total; i++) {
		virtual = last_of(sysroot_real(sysroot, DEVICES "/%s/virtfn%u", slot, i));
		more = virtual && string_set_append(&functions->slots, virtual) == 0;
		free(virtual);
	}
}

void virtual_functions_free(struct virtual_functions *functions)
{
	string_set_free(&functions->slots);
	*functions = (struct virtual_functions){ 0 };
}

char *physical_function(const char *sysroot, const char *slot)
{
	return last_of(sysroot_real(sysroot, DEVICES "/%s/physfn", slot));
}
