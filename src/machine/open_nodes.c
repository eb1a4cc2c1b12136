/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "open_nodes.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../core/array.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "disks/mounts.h"
#include "processes.h"

/* What one scan goes by. */
struct scan {
	struct open_nodes *open;
	const char *sysroot;
	bool live; /* /proc is the kernel's, and its links lead to the files themselves */
	struct string_set far; /* see mounts_find_far() */
};

static void add(const struct scan *scan, const char *pid, const char *target, const struct stat *st,
		bool mapped)
{
	struct open_node node = {
		.pid = strdup(pid),
		.target = strdup(target),
		.type = st->st_mode & S_IFMT,
		.number = st->st_rdev,
		.mapped = mapped,
	};

	if (!node.pid || !node.target ||
	    array_add(&scan->open->list, &scan->open->count, &node, sizeof(node)) < 0) {
		free(node.target);
		free(node.pid);
	}
}

static bool is_node(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* In a copied tree: the node is there, or nothing but its name is known. */
static void add_by_name(const struct scan *scan, const char *pid, const char *target, bool mapped)
{
	char *path = path_below(scan->sysroot, target);
	struct stat st;

	if (!path || stat(path, &st) < 0 || !is_node(&st))
		st = (struct stat){ 0 };
	free(path);
	add(scan, pid, target, &st, mapped);
}

/* --- open files --------------------------------------------------------------------------------
 */

/* Returns true if asking about the file can hang. */
static bool is_far(const struct scan *scan, const char *pid, const char *fd)
{
	static const char key[] = "mnt_id:";
	char *path, *line = NULL, *id;
	size_t size = 0;
	FILE *info;
	bool far = false;

	if (!scan->far.count)
		return false;
	if (asprintf(&path, "%s/proc/%s/fdinfo/%s", scan->sysroot, pid, fd) < 0)
		return true;
	info = fopen(path, "re");
	free(path);
	while (info && getline(&line, &size, info) >= 0) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		id = line + strlen(key) + strspn(line + strlen(key), " \t");
		id[strcspn(id, "\n")] = '\0';
		far = string_set_have(&scan->far, id);
	}
	free(line);
	if (info)
		fclose(info);
	return far;
}

static void look_at_fd(const struct scan *scan, const char *pid, int dir, const char *fd)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(dir, fd, target, sizeof(target) - 1);
	struct stat st;

	/* Sockets and the like have no path. */
	if (length <= 0 || target[0] != '/')
		return;
	target[length] = '\0';
	if (!scan->live)
		add_by_name(scan, pid, target, false);
	else if (!is_far(scan, pid, fd) && fstatat(dir, fd, &st, 0) == 0 && is_node(&st))
		add(scan, pid, target, &st, false);
}

static void look_at_files(const struct scan *scan, const char *pid)
{
	struct dirent *entry;
	char *path, *located;
	DIR *dir;

	if (asprintf(&path, "/proc/%s/fd", pid) < 0)
		return;
	located = path_below(scan->sysroot, path);
	free(path);
	dir = located ? opendir(located) : NULL;
	free(located);
	/* It has ended in the meantime. */
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at_fd(scan, pid, dirfd(dir), entry->d_name);
	closedir(dir);
}

/* --- mapped files ------------------------------------------------------------------------------
 */

/* One line of maps that names a file; cut up in place. */
struct mapping {
	unsigned long begin, end;
	char device[32]; /* of the file system, as in mountinfo */
	char *target;
};

/* Only what is shared counts: the memory of a device cannot be mapped otherwise. */
static bool read_mapping(char *line, struct mapping *mapping)
{
	unsigned int major, minor;
	int at = 0;
	char shared;

	if (sscanf(line, "%lx-%lx %*3c%c %*s %x:%x %*s %n", &mapping->begin, &mapping->end, &shared,
		   &major, &minor, &at) != 5 ||
	    shared != 's' || line[at] != '/')
		return false;
	snprintf(mapping->device, sizeof(mapping->device), "%u:%u", major, minor);
	mapping->target = line + at;
	mapping->target[strcspn(mapping->target, "\n")] = '\0';
	return true;
}

static void look_at_mapping(const struct scan *scan, const char *pid, const struct mapping *mapping)
{
	struct stat st;
	char *path;

	if (!scan->live) {
		add_by_name(scan, pid, mapping->target, true);
		return;
	}
	if (string_set_have(&scan->far, mapping->device) ||
	    asprintf(&path, "%s/proc/%s/map_files/%lx-%lx", scan->sysroot, pid, mapping->begin,
		     mapping->end) < 0)
		return;
	if (stat(path, &st) == 0 && is_node(&st))
		add(scan, pid, mapping->target, &st, true);
	free(path);
}

static void look_at_maps(const struct scan *scan, const char *pid)
{
	char *path, *located, *line = NULL;
	struct mapping mapping;
	size_t size = 0;
	FILE *maps;

	if (asprintf(&path, "/proc/%s/maps", pid) < 0)
		return;
	located = path_below(scan->sysroot, path);
	free(path);
	maps = located ? fopen(located, "re") : NULL;
	free(located);
	while (maps && getline(&line, &size, maps) >= 0)
		if (read_mapping(line, &mapping))
			look_at_mapping(scan, pid, &mapping);
	free(line);
	if (maps)
		fclose(maps);
}

/* --- all of them -------------------------------------------------------------------------------
 */

static bool is_live(const char *sysroot)
{
	char *path = path_below(sysroot, "/proc");
	struct statfs fs;
	bool live = path && statfs(path, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;

	free(path);
	return live;
}

void open_nodes_read(struct open_nodes *open, const char *sysroot)
{
	struct scan scan = { .open = open, .sysroot = sysroot, .live = is_live(sysroot) };
	struct string_set pids = processes_list(sysroot);
	size_t i;

	*open = (struct open_nodes){ 0 };
	if (scan.live)
		mounts_find_far(sysroot, &scan.far);
	for (i = 0; i < pids.count; i++) {
		if (scan.live && atol(pids.name[i]) == (long)getpid())
			continue;
		look_at_files(&scan, pids.name[i]);
		look_at_maps(&scan, pids.name[i]);
	}
	string_set_free(&scan.far);
	string_set_free(&pids);
}

void open_nodes_free(struct open_nodes *open)
{
	while (open->count) {
		free(open->list[--open->count].pid);
		free(open->list[open->count].target);
	}
	free(open->list);
	*open = (struct open_nodes){ 0 };
}

/* --- who has which -----------------------------------------------------------------------------
 */

static bool is_same(const struct open_node *open, const struct device_node *node)
{
	static const char dev[] = "/dev/";

	if (open->type)
		return S_ISBLK(open->type) == node->block && open->number == node->number;
	return strncmp(open->target, dev, strlen(dev)) == 0 &&
	       strcmp(open->target + strlen(dev), node->name) == 0;
}

bool open_nodes_has(const struct open_nodes *open, const struct device_node *node)
{
	size_t i;

	for (i = 0; i < open->count; i++)
		if (is_same(&open->list[i], node))
			return true;
	return false;
}

/* "process 812 (Xorg) has /dev/dri/card0, /dev/dri/renderD128 open" */
static void add_user(struct string_set *users, const char *sysroot, const char *pid,
		     const struct string_set *names, const char *how)
{
	char *process, *sentence = NULL;
	size_t len, i;
	FILE *text;

	if (!names->count)
		return;
	process = process_name(sysroot, pid);
	text = process ? open_memstream(&sentence, &len) : NULL;
	if (text) {
		fprintf(text, "process %s (%s) has ", pid, process);
		for (i = 0; i < names->count; i++)
			fprintf(text, "%s/dev/%s", i ? ", " : "", names->name[i]);
		fprintf(text, " %s", how);
		fclose(text);
	}
	if (sentence)
		string_set_add(users, sentence);
	free(sentence);
	free(process);
}

/* Adds the names of the nodes that an entry is: to @opened, or if it is only mapped to @mapped. */
static void sort_in(const struct open_node *open, const struct device_nodes *nodes,
		    struct string_set *opened, struct string_set *mapped)
{
	size_t i;

	for (i = 0; i < nodes->count; i++) {
		if (!is_same(open, &nodes->list[i]))
			continue;
		if (!open->mapped)
			string_set_add(opened, nodes->list[i].name);
		else if (!string_set_have(opened, nodes->list[i].name))
			string_set_add(mapped, nodes->list[i].name);
	}
}

void open_nodes_find_users(const struct open_nodes *open, const char *sysroot,
			   const struct device_nodes *nodes, struct string_set *users)
{
	struct string_set opened = { 0 }, mapped = { 0 };
	const char *pid;
	size_t i = 0;

	while (i < open->count) {
		pid = open->list[i].pid;
		for (; i < open->count && strcmp(open->list[i].pid, pid) == 0; i++)
			sort_in(&open->list[i], nodes, &opened, &mapped);
		add_user(users, sysroot, pid, &opened, "open");
		add_user(users, sysroot, pid, &mapped, "mapped");
		string_set_free(&opened);
		string_set_free(&mapped);
	}
}

void open_nodes_find_pids(const struct open_nodes *open, const struct device_nodes *nodes,
			  struct string_set *pids)
{
	size_t i, j;

	for (i = 0; i < open->count; i++)
		for (j = 0; j < nodes->count; j++)
			if (is_same(&open->list[i], &nodes->list[j]))
				string_set_add(pids, open->list[i].pid);
}
