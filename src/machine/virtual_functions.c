/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "virtual_functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"
#define LINK    "virtfn"

/* Returns the last component of @path, which it frees: a new string, or NULL. */
static char *last_of(char *path)
{
	char *slash = path ? strrchr(path, '/') : NULL;
	char *last = slash ? strdup(slash + 1) : NULL;

	free(path);
	return last;
}

/* Returns the entries "virtfnN" of the function, which need not lead anywhere. */
static struct string_set list_links(const char *sysroot, const char *slot)
{
	struct string_set all = sysroot_list(sysroot, DEVICES "/%s", slot), links = { 0 };
	size_t i;

	for (i = 0; i < all.count; i++)
		if (strncmp(all.name[i], LINK, strlen(LINK)) == 0)
			string_set_add(&links, all.name[i]);
	string_set_free(&all);
	return links;
}

void virtual_functions_read(struct virtual_functions *functions, const char *sysroot,
			    const char *slot)
{
	char *total = sysroot_read(sysroot, DEVICES "/%s/sriov_totalvfs", slot), *virtual;
	struct string_set links = { 0 };
	char name[sizeof(LINK "4294967295")];
	unsigned int i;

	*functions = (struct virtual_functions){ 0 };
	if (total) {
		functions->total = (unsigned int)strtoul(total, NULL, 10);
		links = list_links(sysroot, slot);
	}
	free(total);
	/* Whoever removes one by its file "remove" leaves its link behind. */
	for (i = 0; functions->slots.count < links.count && i < functions->total; i++) {
		snprintf(name, sizeof(name), LINK "%u", i);
		if (!string_set_have(&links, name))
			continue;
		virtual = last_of(sysroot_real(sysroot, DEVICES "/%s/%s", slot, name));
		if (virtual)
			string_set_append(&functions->slots, virtual);
		free(virtual);
	}
	string_set_free(&links);
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
