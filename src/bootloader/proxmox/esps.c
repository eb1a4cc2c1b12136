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
#include "../../machine/disks/block_devices.h"
#include "../../machine/disks/visit_file_system.h"
#include "../efi_loader.h"
#include "esp_copies.h"

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

/* Notes why the partition cannot be read, and whether proxmox-boot-tool skips it for this, too. */
static void say_unread(struct esp *esp, int err)
{
	if (err == EPERM || err == EACCES)
		set_why(esp, false, "only root can read it%s", "");
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
	int err = esp_copies_make(sysroot, esp->uuid, esp->node, &esp->root);

	if (err)
		say_unread(esp, err);
}

static bool has(const char *sysroot, const struct esp *esp, const char *name)
{
	return sysroot_has(sysroot, "%s/%s", esp->root, name);
}

/*
 * Decides as the tool does, except that the tool also treats every partition after one with GRUB's
 * EFI program as one with GRUB.
 */
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
			"it is missing; if its disk was replaced, run 'proxmox-boot-tool init' "
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
