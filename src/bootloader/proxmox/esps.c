/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esps.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/array.h"
#include "../../host/config_lines.h"
#include "../../host/string_set.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../host/write_file.h"
#include "../../machine/disks/block_devices.h"
#include "../../machine/disks/visit_file_system.h"
#include "../efi_loader.h"

/* Followed by the number of this process, and the UUID. */
#define COPIES   "/run/vfio-claim.esp-"
#define FILE_MAX (1024 * 1024)

static struct {
	struct esp *list;
	size_t count;
	const struct esp *chosen;
	const struct esp *first; /* the one that the next boot starts from */
	bool looked;
} esps;

/* --- the list ----------------------------------------------------------------------------------
 */

static void add_line(void *to, struct config_line *line)
{
	if (line->text[0])
		string_set_add(to, line->text);
}

static struct string_set read_list(const char *sysroot)
{
	struct string_set uuids = { 0 };

	config_lines(sysroot, ESPS_FILE, false, add_line, &uuids);
	return uuids;
}

bool esps_in_charge(const char *sysroot)
{
	struct string_set uuids = read_list(sysroot);
	bool any = uuids.count;

	string_set_free(&uuids);
	return any;
}

/* Returns true for the UUID of a FAT file system, "1234-ABCD"; only that is safe in a path. */
static bool is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < 9; i++)
		if (i == 4 ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return !text[9];
}

/* --- copies of a menu --------------------------------------------------------------------------
 */

/* What the readers of menus read; directories end with a slash. */
static const char *const copied[] = {
	"EFI/",         "EFI/proxmox/",    "EFI/proxmox/grubx64.efi",
	"loader/",      "loader/entries/", "loader/loader.conf",
	"grub/",        "grub/grub.cfg",   "grub/custom.cfg",
	"grub/grubenv",
};

/* Copies a file; of the loader itself only that it is there. Returns 0 or an errno. */
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

/* They are for this run only. */
static void forget_copies(void)
{
	remove_copies(copies_of);
}

/* --- one partition -----------------------------------------------------------------------------
 */

static void esp_free(struct esp *esp)
{
	free(esp->uuid);
	free(esp->node);
	free(esp->root);
	free(esp->why);
}

static void set_why(struct esp *esp, bool skipped, const char *format, const char *what)
{
	esp->skipped = skipped;
	if (asprintf(&esp->why, format, what) < 0)
		esp->why = NULL;
}

/* Only what the user may change makes a difference to the tool: it skips what cannot be mounted. */
static void say_unread(struct esp *esp, int err)
{
	if (err == EPERM || err == EACCES)
		set_why(esp, false, "only root can look into it%s", "");
	else if (err == EBUSY)
		set_why(esp, false,
			"another program has mounted it in a namespace of its own; try again%s",
			"");
	else
		set_why(esp, true, "it cannot be read: %s", config_error(err));
}

/* Copies its menu, and sets its root. */
static void copy(struct esp *esp, const char *sysroot)
{
	char *directory = copies_directory(esp->uuid);
	int at, err;

	if (!directory)
		return;
	if (!copies_of && atexit(forget_copies) == 0)
		copies_of = sysroot;
	at = open_copies(sysroot, directory);
	err = at < 0 ? -at : visit_unmounted(sysroot, esp->node, copy_menu, &at);
	if (at >= 0)
		close(at);
	if (err) {
		say_unread(esp, err);
		free(directory);
	} else {
		esp->root = directory;
	}
}

static bool has(const char *sysroot, const struct esp *esp, const char *name)
{
	return sysroot_has(sysroot, "%s/%s", esp->root, name);
}

/* As the tool decides; but it takes all that follow one with GRUB's EFI program for such, too. */
static void find_loader(struct esp *esp, const char *sysroot)
{
	bool grub = has(sysroot, esp, "EFI/proxmox/grubx64.efi");

	if (grub || !sysroot_has(sysroot, "/sys/firmware/efi"))
		esp->loader = has(sysroot, esp, "grub") ? ESP_GRUB : ESP_NONE;
	else if (has(sysroot, esp, "loader/loader.conf") && has(sysroot, esp, "EFI/proxmox"))
		esp->loader = ESP_SYSTEMD_BOOT;
	if (!esp->loader)
		set_why(esp, true,
			"it has neither systemd-boot nor GRUB: run 'proxmox-boot-tool init %s'",
			esp->node);
}

static void look_at(struct esp *esp, const char *sysroot)
{
	char *tag = NULL;

	if (!is_uuid(esp->uuid)) {
		set_why(esp, true, "this is not the UUID of a FAT file system%s", "");
		return;
	}
	if (asprintf(&tag, "UUID=%s", esp->uuid) >= 0)
		esp->node = block_node(sysroot, tag);
	free(tag);
	if (!esp->node) {
		set_why(esp, true,
			"it is not there; if its disk was replaced, run 'proxmox-boot-tool init' "
			"for the new one and 'proxmox-boot-tool clean'%s",
			"");
		return;
	}
	esp->root = file_system_mounted(sysroot, esp->node);
	if (!esp->root)
		copy(esp, sysroot);
	if (esp->root)
		find_loader(esp, sysroot);
}

/* --- all of them -------------------------------------------------------------------------------
 */

/* Returns the node of the partition from which systemd-boot was started, or NULL. */
static char *started_from(const char *sysroot)
{
	char *uuid = efi_loader_variable(sysroot, "DevicePartUUID"), *c, *node = NULL;

	for (c = uuid; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (uuid)
		node = sysroot_real(sysroot, "/dev/disk/by-partuuid/%s", uuid);
	free(uuid);
	return node;
}

static const struct esp *find_first(const char *sysroot)
{
	char *node = started_from(sysroot);
	const struct esp *first = NULL, *esp;
	size_t i;

	for (i = 0; i < esps.count; i++) {
		esp = &esps.list[i];
		if (esp->loader && (!first || (node && strcmp(esp->node, node) == 0)))
			first = esp;
	}
	free(node);
	return first;
}

static void forget(void)
{
	while (esps.count)
		esp_free(&esps.list[--esps.count]);
	free(esps.list);
	esps.list = NULL;
	esps.chosen = esps.first = NULL;
}

void esps_look(const char *sysroot)
{
	struct string_set uuids = read_list(sysroot);
	struct esp esp;
	size_t i;

	forget();
	esps.looked = true;
	for (i = 0; i < uuids.count; i++) {
		esp = (struct esp){ .uuid = strdup(uuids.name[i]) };
		if (esp.uuid)
			look_at(&esp, sysroot);
		if (!esp.uuid || array_add(&esps.list, &esps.count, &esp, sizeof(esp)) < 0)
			esp_free(&esp);
	}
	string_set_free(&uuids);
	esps.chosen = esps.first = find_first(sysroot);
}

const struct esp *esps_at(size_t index)
{
	return index < esps.count ? &esps.list[index] : NULL;
}

const struct esp *esps_chosen(const char *sysroot)
{
	if (!esps.looked)
		esps_look(sysroot);
	return esps.chosen;
}

void esps_choose(const struct esp *esp)
{
	esps.chosen = esp ? esp : esps.first;
}

bool esps_have(const char *sysroot, enum esp_loader loader)
{
	size_t i;

	if (!esps.looked)
		esps_look(sysroot);
	for (i = 0; i < esps.count; i++)
		if (esps.list[i].loader == loader)
			return true;
	return false;
}

const char *esps_file_name(const char *file)
{
	size_t len = strlen(COPIES);

	if (strncmp(file, COPIES, len) != 0)
		return file;
	len += strspn(file + len, "0123456789");
	return file + len + (file[len] == '/');
}

/* --- other files -------------------------------------------------------------------------------
 */

struct comparison {
	const char *name;
	int fd;
};

/* Returns 0, ESTALE, or another errno. */
static int compare_open(int a, int b)
{
	static char first[65536], second[65536];
	off_t at = 0;
	ssize_t len, other;

	do {
		len = pread(a, first, sizeof(first), at);
		other = len < 0 ? -1 : pread(b, second, sizeof(second), at);
		if (other < 0)
			return errno;
		if (len != other || memcmp(first, second, (size_t)len) != 0)
			return ESTALE;
		at += len;
	} while (len);
	return 0;
}

/* A visit. */
static int compare_file(int root, void *what)
{
	const struct comparison *comparison = what;
	const char *name = comparison->name + strspn(comparison->name, "/");
	int fd = openat(root, name, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = compare_open(fd, comparison->fd);
	close(fd);
	return err;
}

int esps_compare(const char *sysroot, const struct esp *esp, const char *name, int fd)
{
	struct comparison comparison = { name, fd };
	char *mounted = file_system_mounted(sysroot, esp->node), *path;
	int root, err;

	if (!mounted)
		return visit_unmounted(sysroot, esp->node, compare_file, &comparison);
	path = path_below(sysroot, mounted);
	root = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	err = root < 0 ? errno : compare_file(root, &comparison);
	if (root >= 0)
		close(root);
	free(path);
	free(mounted);
	return err;
}
