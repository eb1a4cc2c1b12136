/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interfaces.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"
#include "routes.h"
#include "sysfs_walk.h"

struct search {
	const char *sysroot;
	struct string_set *users;
};

/* Not by its attribute carrier: reading that waits where a driver is stuck with the network's lock
 * (net/core/net-sysfs.c). */
static bool has_carrier(const char *sysroot, const char *path)
{
	char *state = sysroot_read(sysroot, "%s/operstate", path);
	bool has = state && (strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0);

	free(state);
	return has;
}

static bool is_up(const char *sysroot, const char *path)
{
	char *flags = sysroot_read(sysroot, "%s/flags", path);
	bool up = flags && strtoul(flags, NULL, 16) & IFF_UP;

	free(flags);
	return up;
}

/* The name of what it is a part of: a new string, or NULL. */
static char *master_of(const char *sysroot, const char *path)
{
	char *master = sysroot_real(sysroot, "%s/master", path);
	char *name = master ? strdup(strrchr(master, '/') + 1) : NULL;

	free(master);
	return name;
}

static void look_at(void *to, const char *path, const char *subsystem)
{
	const struct search *search = to;
	const char *sysroot = search->sysroot, *name = strrchr(path, '/') + 1;
	char *master = master_of(sysroot, path), *sentence = NULL;
	int len = 0;

	(void)subsystem;
	if (master)
		len = asprintf(&sentence, "the network interface %s is a part of %s", name, master);
	else if (is_up(sysroot, path) && has_carrier(sysroot, path))
		len = asprintf(&sentence, "the network interface %s is up", name);
	else if (is_up(sysroot, path) && routes_over(sysroot, name))
		len = asprintf(&sentence, "the network interface %s is up and has a route", name);
	if (len > 0) {
		string_set_add(search->users, sentence);
		free(sentence);
	}
	free(master);
}

void interfaces_find_users(const char *sysroot, const char *slot, struct string_set *users)
{
	struct search search = { sysroot, users };

	walk_below(sysroot, slot, "net", look_at, &search);
}
