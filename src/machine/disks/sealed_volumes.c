/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sealed_volumes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "block_devices.h"
#include "crypttab.h"
#include "luks_read.h"

#define DM_CRYPT "CRYPT-LUKS"

/* --- the list ----------------------------------------------------------------------------------
 */

static struct sealed_volume *find(struct sealed_volumes *volumes, const char *node)
{
	size_t i;

	for (i = 0; i < volumes->count; i++)
		if (strcmp(volumes->list[i].node, node) == 0)
			return &volumes->list[i];
	return NULL;
}

/* Reads the header at @header_at (the machine's own path). Returns 0 or a negative errno value. */
static int read_header(struct luks_header *header, const char *sysroot, const char *header_at)
{
	char *path = path_below(sysroot, header_at);
	int err = path ? luks_read(header, path) : -errno;

	free(path);
	return err;
}

static void volume_free(struct sealed_volume *volume)
{
	luks_header_free(&volume->header);
	free(volume->node);
	free(volume->device);
}

/* @device with all links followed, or as it stands when it is not there: a new string, or NULL. */
static char *follow(const char *sysroot, const char *device)
{
	char *node = sysroot_real(sysroot, "%s", device);

	return node ? node : strdup(device);
}

/*
 * Adds the volume @device, unless it is there already or is no LUKS volume. @expected: it is known
 * to be encrypted. Returns it, or NULL.
 */
static struct sealed_volume *add(struct sealed_volumes *volumes, const char *sysroot,
				 const char *device, bool expected)
{
	struct sealed_volume volume = { .expected = expected }, *known = NULL;

	volume.device = device ? strdup(device) : NULL;
	volume.node = volume.device ? follow(sysroot, device) : NULL;
	if (volume.node)
		known = find(volumes, volume.node);
	if (known)
		known->expected |= expected;
	if (volume.node && !known) {
		volume.err = read_header(&volume.header, sysroot, device);
		if ((expected || volume.header.version) &&
		    array_add(&volumes->list, &volumes->count, &volume, sizeof(volume)) == 0)
			return &volumes->list[volumes->count - 1];
	}
	volume_free(&volume);
	return known;
}

void sealed_volumes_free(struct sealed_volumes *volumes)
{
	while (volumes->count)
		volume_free(&volumes->list[--volumes->count]);
	free(volumes->list);
	volumes->list = NULL;
}

/* --- those that are open -----------------------------------------------------------------------
 */

/* The node of a block device by its name in sysfs: a new string, or NULL. */
static char *node_of(const char *sysroot, const char *name)
{
	char *mapped = sysroot_read(sysroot, "/sys/class/block/%s/dm/name", name), *node = NULL;

	/* Which number a volume of device-mapper's has differs from boot to boot. */
	if (mapped && sysroot_has(sysroot, "/dev/mapper/%s", mapped) &&
	    asprintf(&node, "/dev/mapper/%s", mapped) < 0)
		node = NULL;
	free(mapped);
	return node ? node : block_node_of_name(name);
}

/* Adds the devices below the one at @path, in sysfs. */
static void add_slaves(struct sealed_volumes *volumes, const char *sysroot, const char *path)
{
	struct string_set slaves = sysroot_list(sysroot, "%s/slaves", path);
	char *kind = slaves.count ? sysroot_read(sysroot, "%s/dm/uuid", path) : NULL, *node;
	bool encrypted = kind && strncmp(kind, DM_CRYPT, strlen(DM_CRYPT)) == 0;
	size_t i;

	for (i = 0; i < slaves.count; i++) {
		node = node_of(sysroot, slaves.name[i]);
		add(volumes, sysroot, node, encrypted);
		free(node);
	}
	free(kind);
	string_set_free(&slaves);
}

static void add_open(struct sealed_volumes *volumes, const char *sysroot, const char *directory)
{
	struct string_set entries = sysroot_list(sysroot, "%s", directory);
	char *path;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		path = sysroot_real(sysroot, "%s/%s", directory, entries.name[i]);
		if (path)
			add_slaves(volumes, sysroot, path);
		free(path);
	}
	string_set_free(&entries);
}

/* --- those that a boot opens -------------------------------------------------------------------
 */

/* The volume whose header has this UUID, or NULL. */
static struct sealed_volume *by_uuid(struct sealed_volumes *volumes, const char *uuid)
{
	size_t i;

	for (i = 0; i < volumes->count; i++)
		if (strcasecmp(volumes->list[i].header.uuid, uuid) == 0)
			return &volumes->list[i];
	return NULL;
}

/* The node that a line of crypttab names, or what stands there if that is nothing here. */
static char *resolve(const char *sysroot, const char *device)
{
	char *node = block_node(sysroot, device);

	return node ? node : strdup(device);
}

/* "4+7+11", each of which may be a name and have a value: "kernel-boot:sha256=..." */
static uint32_t pcrs_of(const char *list)
{
	static const struct {
		const char *name;
		int number;
	} names[] = { { "boot-loader-code", 4 },
		      { "kernel-initrd", 9 },
		      { "kernel-boot", 11 },
		      { "kernel-config", 12 } };
	uint32_t pcrs = 0;
	size_t len, i;
	char *end;
	long number;

	for (; *list; list += len + (list[len] != '\0')) {
		len = strcspn(list, "+");
		number = strtol(list, &end, 10);
		if (end > list && number >= 0 && number < 24)
			pcrs |= UINT32_C(1) << number;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(list, names[i].name, strlen(names[i].name)) == 0)
				pcrs |= UINT32_C(1) << names[i].number;
	}
	return pcrs;
}

/*
 * crypttab(5): tpm2-pcrs= counts only where the header does not say it, for a key that is kept
 * elsewhere, sealed.
 */
static void take_options(struct sealed_volume *volume, const struct crypt_volume *line)
{
	char *device = crypt_option(line, "tpm2-device"), *pcrs = crypt_option(line, "tpm2-pcrs");
	struct tpm_key key = { .tool = TPM_BY_SYSTEMD, .slot = -1 };

	if (device && pcrs && !volume->header.count) {
		key.pcrs = pcrs_of(pcrs);
		volume->blob = array_add(&volume->header.list, &volume->header.count, &key,
					 sizeof(key)) == 0;
	}
	free(pcrs);
	free(device);
}

/* Returns true if the line names a key file: then the TPM is not needed. */
static bool has_file(const struct crypt_volume *line)
{
	char *device = crypt_option(line, "tpm2-device");
	bool has = !device && line->key && line->key[0] == '/';

	free(device);
	return has;
}

static void add_line(struct sealed_volumes *volumes, const char *sysroot,
		     const struct crypt_volume *line)
{
	static const char uuid[] = "UUID=";
	char *header = crypt_option(line, "header");
	char *node = resolve(sysroot, line->device);
	struct sealed_volume *volume = NULL;

	if (strncmp(line->device, uuid, strlen(uuid)) == 0)
		volume = by_uuid(volumes, line->device + strlen(uuid));
	if (!volume)
		volume = add(volumes, sysroot, node, true);
	if (volume) {
		/* Only crypttab says where a header is that is not on the volume itself. */
		if (header && header[0] == '/' && !volume->header.version)
			volume->err = read_header(&volume->header, sysroot, header);
		volume->has_file |= has_file(line);
		take_options(volume, line);
	}
	free(node);
	free(header);
}

void sealed_volumes_find(struct sealed_volumes *volumes, const char *sysroot, const char *cmdline)
{
	struct crypttab table;
	size_t i;

	*volumes = (struct sealed_volumes){ 0 };
	add_open(volumes, sysroot, "/sys/class/block");
	/* A copied tree may have one without the other. */
	add_open(volumes, sysroot, "/sys/dev/block");
	crypttab_read(&table, sysroot, cmdline);
	for (i = 0; i < table.count; i++)
		add_line(volumes, sysroot, &table.list[i]);
	crypttab_free(&table);
}
