/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "framebuffer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "sysfs.h"
#include "text.h"

/*
 * Returns the name in the line below one of @slot's that is nested in it, or NULL. Nested lines are
 * indented (kernel/resource.c: r_show()): "  c0000000-cfffffff : 0000:01:00.0".
 */
static const char *find_within(char *line, const char *slot)
{
	size_t depth, within = 0;
	char *next, *name;

	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		for (depth = 0; line[depth] == ' '; depth++)
			;
		name = strrchr(line, ' ');
		if (depth < within)
			within = 0;
		if (!name)
			continue;
		if (within)
			return name + 1;
		if (!strcmp(name + 1, slot))
			within = depth + 1;
	}
	return NULL;
}

static bool find(int root, const char *slot, char *holder)
{
	char *iomem = sysfs_read_all(root, "proc/iomem");
	const char *name = find_within(iomem, slot);

	name_copy(holder, name ? name : "");
	free(iomem);
	return name;
}

/* The platform devices of the firmware's framebuffer, by kind. */
static int release_job(void *root, int say)
{
	static const char *const kinds[] = { "efi", "vesa", "simple" };
	struct text path, device;
	size_t i;

	(void)say;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		text_set(&path, "sys/bus/platform/drivers/%s-framebuffer/unbind", kinds[i]);
		text_set(&device, "%s-framebuffer.0", kinds[i]);
		sysfs_write(*(int *)root, path.data, device.data);
	}
	return 0;
}

void framebuffer_release(int root, const char *slot, unsigned int *budget, char *holder)
{
	struct child child;

	if (!find(root, slot, holder))
		return;
	child_start(&child, release_job, &root);
	child_wait(&child, *budget, budget);
	find(root, slot, holder);
}
