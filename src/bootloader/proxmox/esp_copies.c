/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp_copies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../host/string_set.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../host/write_file.h"
#include "../../machine/disks/visit_file_system.h"

/* Followed by the number of this process, and the UUID. */
#define COPIES   "/run/vfio-claim.esp-"
#define FILE_MAX (1024 * 1024)

/* The files that the readers of menus need; directories end with a slash. */
static const char *const copied[] = {
	"EFI/",         "EFI/proxmox/",    "EFI/proxmox/grubx64.efi",
	"loader/",      "loader/entries/", "loader/loader.conf",
	"grub/",        "grub/grub.cfg",   "grub/custom.cfg",
	"grub/grubenv",
};

/* Copies a file; for the loader itself, makes an empty file. Returns 0 or an errno. */
static int copy_one(int from, int to, const char *name)
{
	bool text = !strstr(name, ".efi");
	int in = openat(from, name, O_RDONLY | O_CLOEXEC), out, err = 0;
	struct stat st;

	if (in < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || fstat(in, &st) < 0)
		err = errno;
	else if (text && st.st_size > FILE_MAX)
		err = EFBIG;
	else if (text)
		err = -copy_all(in, out);
	if (out >= 0)
		close(out);
	close(in);
	return err;
}

/* Returns 0 or an errno. */
static int copy_directory(int from, int to, const char *name)
{
	struct stat st;

	if (fstatat(from, name, &st, 0) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
	return mkdirat(to, name, 0700) < 0 ? errno : 0;
}

/* Copies the entries of systemd-boot. Returns 0 or an errno. */
static int copy_entries(int from, int to)
{
	static const char directory[] = "loader/entries";
	char proc[sizeof("/proc/self/fd/") + 3 * sizeof(int)], *name;
	struct string_set names;
	int err = 0;
	size_t i;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", from);
	names = sysroot_list("", "%s/%s", proc, directory);
	for (i = 0; !err && i < names.count; i++) {
		if (asprintf(&name, "%s/%s", directory, names.name[i]) < 0)
			name = NULL;
		err = name ? copy_one(from, to, name) : ENOMEM;
		free(name);
	}
	string_set_free(&names);
	return err;
}

/* A visit. @what: a descriptor of the directory for the copies. */
static int copy_menu(int from, void *what)
{
	int to = *(int *)what, err = 0;
	size_t i;

	for (i = 0; !err && i < sizeof(copied) / sizeof(copied[0]); i++) {
		const char *name = copied[i];

		err = name[strlen(name) - 1] == '/' ? copy_directory(from, to, name)
						    : copy_one(from, to, name);
	}
	return err ? err : copy_entries(from, to);
}

/* Removes the copy of a menu below the open directory @at. */
static void remove_copy(int at)
{
	char proc[sizeof("/proc/self/fd/") + 3 * sizeof(int) + sizeof("/loader/entries")], *name;
	struct string_set names;
	size_t i;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d/loader/entries", at);
	names = sysroot_list("", "%s", proc);
	for (i = 0; i < names.count; i++) {
		if (asprintf(&name, "loader/entries/%s", names.name[i]) < 0)
			continue;
		unlinkat(at, name, 0);
		free(name);
	}
	string_set_free(&names);
	for (i = sizeof(copied) / sizeof(copied[0]); i-- > 0;)
		unlinkat(at, copied[i], copied[i][strlen(copied[i]) - 1] == '/' ? AT_REMOVEDIR : 0);
}

/* Opens an empty directory, inside the sysroot, for copies. Returns a descriptor, or -errno. */
static int open_copies(const char *sysroot, const char *directory)
{
	char *path = path_below(sysroot, directory);
	int at, err;

	if (!path)
		return -errno;
	err = make_directories(path);
	at = err ? err : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!err && at < 0)
		at = -errno;
	if (at >= 0)
		remove_copy(at);
	free(path);
	return at;
}

/* Returns the directory of this process's copies, or of one partition's: a new string, or NULL. */
static char *copies_directory(const char *uuid)
{
	char *directory;

	if (asprintf(&directory, COPIES "%d%s%s", getpid(), uuid[0] ? "/" : "", uuid) < 0)
		return NULL;
	return directory;
}

static void remove_directory(const char *sysroot, const char *directory)
{
	char *path = path_below(sysroot, directory);

	if (path)
		rmdir(path);
	free(path);
}

static void remove_copies(const char *sysroot)
{
	char *all = copies_directory(""), *directory;
	struct string_set names = { 0 };
	size_t i;
	int at;

	if (all)
		names = sysroot_list(sysroot, "%s", all);
	for (i = 0; i < names.count; i++) {
		directory = copies_directory(names.name[i]);
		at = directory ? open_copies(sysroot, directory) : -1;
		if (at >= 0)
			close(at);
		if (directory)
			remove_directory(sysroot, directory);
		free(directory);
	}
	string_set_free(&names);
	if (all)
		remove_directory(sysroot, all);
	free(all);
}

static const char *copies_of;

/* The copies are for this run only. */
static void forget_copies(void)
{
	remove_copies(copies_of);
}

int esp_copies_make(const char *sysroot, const char *uuid, const char *node, char **directory)
{
	char *fresh = copies_directory(uuid);
	int at, err;

	if (!fresh)
		return ENOMEM;
	if (!copies_of && atexit(forget_copies) == 0)
		copies_of = sysroot;
	at = open_copies(sysroot, fresh);
	err = at < 0 ? -at : visit_unmounted(sysroot, node, copy_menu, &at);
	if (at >= 0)
		close(at);
	if (err)
		free(fresh);
	else
		*directory = fresh;
	return err;
}

const char *esp_copies_name(const char *file)
{
	size_t len = strlen(COPIES);

	if (strncmp(file, COPIES, len) != 0)
		return file;
	len += strspn(file + len, "0123456789");
	return file + len + (file[len] == '/');
}
