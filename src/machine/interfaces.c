/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interfaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/child.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "processes.h"
#include "routes.h"
#include "sysfs_walk.h"

struct search {
	const char *sysroot;
	struct string_set *users;
};

/* Not by the attribute carrier: reading it waits for the network's lock, which a stuck driver may
 * hold (net/core/net-sysfs.c). */
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

/* The name of the interface it is part of: a new string, or NULL. */
static char *master_of(const char *sysroot, const char *path)
{
	char *master = sysroot_real(sysroot, "%s/master", path);
	char *name = master ? strdup(strrchr(master, '/') + 1) : NULL;

	free(master);
	return name;
}

/* Who uses the interface at @path: a new string, or NULL for nobody. */
static char *describe(const char *sysroot, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char *master = master_of(sysroot, path), *sentence = NULL;
	int len = 0;

	if (master)
		len = asprintf(&sentence, "the network interface %s is a part of %s", name, master);
	else if (is_up(sysroot, path) && has_carrier(sysroot, path))
		len = asprintf(&sentence, "the network interface %s is up", name);
	else if (is_up(sysroot, path) && routes_over(sysroot, name))
		len = asprintf(&sentence, "the network interface %s is up and has a route", name);
	free(master);
	return len > 0 ? sentence : NULL;
}

static void look_at(void *to, const char *path, const char *subsystem)
{
	const struct search *search = to;
	char *sentence = describe(search->sysroot, path);

	(void)subsystem;
	if (sentence)
		string_set_add(search->users, sentence);
	free(sentence);
}

void interfaces_find_users(const char *sysroot, const char *slot, struct string_set *users)
{
	struct search search = { sysroot, users };

	walk_below(sysroot, slot, "net", look_at, &search);
}

/* --- other network namespaces ------------------------------------------------------------------
 */

/* How long a child may take for all of them, in milliseconds. */
#define PATIENCE 5000

struct visit {
	const char *sysroot;
	const char *sys; /* where sysfs is mounted */
	FILE *out;       /* a line for each interface: path, tab, sentence */
};

/* Makes /sys show the network namespace of the process @pid. Returns false if it cannot. */
static bool enter(const struct visit *visit, const char *pid)
{
	char *path;
	int fd;
	bool entered;

	if (asprintf(&path, "%s/proc/%s/ns/net", visit->sysroot, pid) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	entered = setns(fd, CLONE_NEWNET) == 0 &&
		  mount("sysfs", visit->sys, "sysfs", MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL) == 0;
	close(fd);
	return entered;
}

static void list_used(const struct visit *visit, const char *pid)
{
	struct string_set names = sysroot_list(visit->sysroot, "/sys/class/net");
	char *process = process_name(visit->sysroot, pid), *path, *sentence;
	size_t i;

	for (i = 0; i < names.count; i++) {
		path = sysroot_real(visit->sysroot, "/sys/class/net/%s", names.name[i]);
		sentence = path ? describe(visit->sysroot, path) : NULL;
		if (sentence)
			fprintf(visit->out, "%s\t%s, in the network namespace of process %s (%s)\n",
				path, sentence, pid, process ? process : "?");
		free(sentence);
		free(path);
	}
	free(process);
	string_set_free(&names);
}

/* For a child, whose mounts and network are its own from then on. */
static int visit_job(void *what, int say)
{
	struct visit *visit = what;
	struct string_set pids;
	size_t i;

	/* This process must keep its namespaces. */
	if (say < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return EPERM;
	pids = processes_of_namespaces(visit->sysroot, "net");
	for (i = 0; i < pids.count; i++) {
		if (!enter(visit, pids.name[i]))
			continue;
		list_used(visit, pids.name[i]);
		umount2(visit->sys, MNT_DETACH);
	}
	string_set_free(&pids);
	return fflush(visit->out) == 0 ? 0 : EIO;
}

/* "PATH TAB SENTENCE" */
static void add_far(struct far_interfaces *far, const char *line)
{
	const char *tab = strchr(line, '\t');
	struct far_interface one;

	if (!tab)
		return;
	one.path = strndup(line, (size_t)(tab - line));
	one.sentence = strndup(tab + 1, strcspn(tab + 1, "\n"));
	if (!one.path || !one.sentence ||
	    array_add(&far->list, &far->count, &one, sizeof(one)) < 0) {
		free(one.sentence);
		free(one.path);
	}
}

void interfaces_find_far(struct far_interfaces *far, const char *sysroot)
{
	unsigned int budget = PATIENCE;
	struct visit visit = { .sysroot = sysroot, .out = tmpfile() };
	char *sys = path_below(sysroot, "/sys"), *line = NULL;
	struct child child;
	size_t size = 0;

	*far = (struct far_interfaces){ 0 };
	visit.sys = sys;
	if (visit.out && sys) {
		fflush(stdout);
		child_start(&child, visit_job, &visit);
		if (!child_wait(&child, PATIENCE, &budget))
			child_abandon(&child);
		rewind(visit.out);
		while (getline(&line, &size, visit.out) >= 0)
			add_far(far, line);
	}
	if (visit.out)
		fclose(visit.out);
	free(line);
	free(sys);
}

void interfaces_add_far(const struct far_interfaces *far, const char *sysroot, const char *slot,
			struct string_set *users)
{
	char *function = sysroot_real(sysroot, "/sys/bus/pci/devices/%s", slot);
	size_t i, len = function ? strlen(function) : 0;

	for (i = 0; function && i < far->count; i++)
		if (strncmp(far->list[i].path, function, len) == 0 && far->list[i].path[len] == '/')
			string_set_add(users, far->list[i].sentence);
	free(function);
}

void interfaces_free_far(struct far_interfaces *far)
{
	while (far->count) {
		free(far->list[--far->count].path);
		free(far->list[far->count].sentence);
	}
	free(far->list);
	*far = (struct far_interfaces){ 0 };
}
