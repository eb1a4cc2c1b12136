/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "processes.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/config_lines.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

struct string_set processes_list(const char *sysroot)
{
	struct string_set entries = sysroot_list(sysroot, "/proc"), pids = { 0 };
	size_t i;

	for (i = 0; i < entries.count; i++)
		if (isdigit((unsigned char)entries.name[i][0]))
			string_set_add(&pids, entries.name[i]);
	string_set_free(&entries);
	return pids;
}

char *process_name(const char *sysroot, const char *pid)
{
	char *name = sysroot_read(sysroot, "/proc/%s/comm", pid);

	return name ? name : strdup("?");
}

char *process_manager_user(const char *sysroot, const char *pid)
{
	static const char unit[] = "/user@", end[] = ".service";
	char *path, *text = NULL, *user = NULL, *at;
	size_t len;

	if (asprintf(&path, "/proc/%s/cgroup", pid) >= 0) {
		text = config_text(sysroot, path);
		free(path);
	}
	at = text ? strstr(text, unit) : NULL;
	if (at) {
		at += strlen(unit);
		len = strspn(at, "0123456789");
		if (len && strncmp(at + len, end, strlen(end)) == 0)
			user = strndup(at, len);
	}
	free(text);
	return user;
}

/* The text of the link /proc/PID/DIRECTORY/NAME: a new string, or NULL. */
static char *read_link(const char *sysroot, const char *pid, const char *directory,
		       const char *name)
{
	char *path, *located, *link, target[PATH_MAX];
	ssize_t length = -1;

	if (asprintf(&path, "/proc/%s%s", pid, directory) < 0)
		return NULL;
	/* In a tree, links are followed up to the directory alone. */
	located = path_below(sysroot, path);
	free(path);
	if (located && asprintf(&link, "%s/%s", located, name) >= 0) {
		length = readlink(link, target, sizeof(target));
		free(link);
	}
	free(located);
	return length > 0 ? strndup(target, (size_t)length) : NULL;
}

/* What tells the namespace of a process from others: a new string, or NULL. */
static char *identify(const char *sysroot, const char *pid, const char *kind)
{
	char *id = read_link(sysroot, pid, "/ns", kind), *root, *both = NULL;

	if (!id || strcmp(kind, "mnt") != 0)
		return id;
	root = read_link(sysroot, pid, "", "root");
	if (asprintf(&both, "%s %s", id, root ? root : "/") < 0)
		both = NULL;
	free(root);
	free(id);
	return both;
}

struct string_set processes_of_namespaces(const char *sysroot, const char *kind)
{
	struct string_set all = processes_list(sysroot), seen = { 0 }, pids = { 0 };
	char *id = identify(sysroot, "self", kind);
	size_t i;

	if (id)
		string_set_add(&seen, id);
	free(id);
	for (i = 0; i < all.count; i++) {
		id = identify(sysroot, all.name[i], kind);
		if (id && !string_set_have(&seen, id) && string_set_add(&seen, id) == 0)
			string_set_add(&pids, all.name[i]);
		free(id);
	}
	string_set_free(&seen);
	string_set_free(&all);
	return pids;
}
