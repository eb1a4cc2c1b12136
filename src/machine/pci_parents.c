/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pci_parents.h"

#include <stdlib.h>
#include <string.h>

#include "../core/selector.h"

/* The shortest that sysfs writes: "0000:00:14.0". */
#define SHORTEST strlen("0000:00:00.0")

char *pci_parent(const char *path)
{
	struct pci_address address;
	char *slot = NULL, *name;
	size_t len;

	for (path += strspn(path, "/"); *path; path += len, path += strspn(path, "/")) {
		len = strcspn(path, "/");
		name = len < SHORTEST ? NULL : strndup(path, len);
		if (name && address_parse(name, &address)) {
			free(slot);
			slot = name;
		} else {
			free(name);
		}
	}
	return slot;
}
