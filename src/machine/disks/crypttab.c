/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypttab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"
#include "../../core/params.h"
#include "../../host/file_backup.h"

#define FILE_NAME "/etc/crypttab"

#define BLANKS " \t"

/* --- the table ---------------------------------------------------------------------------------
 */

static void volume_free(struct crypt_volume *volume)
{
	free(volume->device);
	free(volume->key);
	free(volume->options);
}

/* Adds a volume; NULL stands for "". Without memory it is left out. */
static void add(struct crypttab *table, const char *where, const char *device, const char *key,
		const char *options)
{
	struct crypt_volume volume = {
		.where = where,
		.device = strdup(device ? device : ""),
		.key = strdup(key ? key : ""),
		.options = strdup(options ? options : ""),
	};

	if (!volume.device || !volume.key || !volume.options ||
	    array_add(&table->list, &table->count, &volume, sizeof(volume)) < 0)
		volume_free(&volume);
}

/* name, device, key file, options; cut up in place. */
static void read_line(struct crypttab *table, char *line)
{
	char *rest, *name = strtok_r(line, BLANKS, &rest), *device, *key, *options;

	if (!name || name[0] == '#')
		return;
	device = strtok_r(NULL, BLANKS, &rest);
	key = device ? strtok_r(NULL, BLANKS, &rest) : NULL;
	options = key ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (device)
		add(table, FILE_NAME, device, key, options);
}

static void read_file(struct crypttab *table, const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME), *rest, *line;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		read_line(table, line);
	free(text);
}

/* --- the command line --------------------------------------------------------------------------
 */

/* Returns true if @param is "rd.luks.NAME" or "luks.NAME". */
static bool is_luks(const struct param *param, const char *name)
{
	char *full;
	bool is;

	if (!param->value || asprintf(&full, "rd.luks.%s", name) < 0)
		return false;
	is = param_named(param, full) || param_named(param, full + strlen("rd."));
	free(full);
	return is;
}

/* The volume of a UUID, with or without "luks-" in front of it; it is added if need be. */
static struct crypt_volume *by_uuid(struct crypttab *table, const char *where, const char *uuid)
{
	char *device;
	size_t i;

	if (strncmp(uuid, "luks-", strlen("luks-")) == 0)
		uuid += strlen("luks-");
	for (i = 0; i < table->count; i++)
		if (strncmp(table->list[i].device, "UUID=", strlen("UUID=")) == 0 &&
		    strcasecmp(table->list[i].device + strlen("UUID="), uuid) == 0)
			return &table->list[i];
	if (asprintf(&device, "UUID=%s", uuid) < 0)
		return NULL;
	add(table, where, device, NULL, NULL);
	free(device);
	return table->count > i ? &table->list[i] : NULL;
}

static void add_options(struct crypt_volume *volume, const char *options)
{
	char *both;

	if (asprintf(&both, "%s%s%s", volume->options, volume->options[0] ? "," : "", options) < 0)
		return;
	free(volume->options);
	volume->options = both;
}

/* "UUID=VALUE": cuts @value and returns what follows the UUID; NULL if it begins with none. */
static char *after_uuid(char *value)
{
	size_t len = strspn(value, "0123456789abcdefABCDEF-");

	if (strncmp(value, "luks-", strlen("luks-")) == 0)
		len = strlen("luks-") + strspn(value + strlen("luks-"), "0123456789abcdefABCDEF-");
	if (len < strlen("luks-") || value[len] != '=')
		return NULL;
	value[len] = '\0';
	return value + len + 1;
}

/* Options for one volume, or for all that the command line names (from @first on). */
static void read_options(struct crypttab *table, size_t first, char *value)
{
	char *options = after_uuid(value);
	struct crypt_volume *volume = options ? by_uuid(table, "rd.luks.options", value) : NULL;

	if (volume)
		add_options(volume, options);
	for (; !options && first < table->count; first++)
		add_options(&table->list[first], value);
}

static void read_key(struct crypttab *table, size_t first, char *value)
{
	char *key = after_uuid(value);
	struct crypt_volume *volume = key ? by_uuid(table, "rd.luks.key", value) : NULL;

	for (; !key && first < table->count; first++)
		volume = &table->list[first];
	if (!volume)
		return;
	free(volume->key);
	volume->key = strdup(key ? key : value);
}

/* "DEVICE:NAME[:OPTIONS]" */
static void read_cryptdevice(struct crypttab *table, char *value)
{
	value[strcspn(value, ":")] = '\0';
	add(table, "cryptdevice", value, NULL, NULL);
}

/* "target=NAME,source=DEVICE,key=FILE" */
static void read_cryptopts(struct crypttab *table, const char *value)
{
	const struct crypt_volume all = { .options = (char *)value };
	char *device = crypt_option(&all, "source"), *key = crypt_option(&all, "key");

	if (device)
		add(table, "cryptopts", device, key, value);
	free(key);
	free(device);
}

static void read_partition(struct crypttab *table, const char *uuid)
{
	char *device;

	if (asprintf(&device, "PARTUUID=%s", uuid) < 0)
		return;
	add(table, "rd.luks.partuuid", device, NULL, NULL);
	free(device);
}

/* "0" or "no". */
static bool is_off(const struct param *param)
{
	return param->value && (param_named(param, "rd.luks") || param_named(param, "luks")) &&
	       (strcmp(param->value, "0") == 0 || strcmp(param->value, "no") == 0);
}

/* Reads the parameters that name volumes. */
static void read_volume(struct crypttab *table, const struct param *param)
{
	if (is_luks(param, "uuid")) {
		by_uuid(table, "rd.luks.uuid", param->value);
	} else if (is_luks(param, "name")) {
		after_uuid(param->value);
		by_uuid(table, "rd.luks.name", param->value);
	} else if (is_luks(param, "partuuid")) {
		read_partition(table, param->value);
	} else if (param->value && param_named(param, "cryptdevice")) {
		read_cryptdevice(table, param->value);
	} else if (param->value && param_named(param, "cryptopts")) {
		read_cryptopts(table, param->value);
	}
}

/* Reads the command line twice: options of volumes may precede their names. */
static void read_cmdline(struct crypttab *table, const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	size_t first = table->count;
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		read_volume(table, &param);
		table->off |= is_off(&param);
	}
	free(copy);
	copy = cursor = strdup(cmdline);
	while (copy && param_next(&cursor, &param)) {
		if (is_luks(&param, "options"))
			read_options(table, first, param.value);
		else if (is_luks(&param, "key"))
			read_key(table, first, param.value);
	}
	free(copy);
}

void crypttab_read(struct crypttab *table, const char *sysroot, const char *cmdline)
{
	*table = (struct crypttab){ 0 };
	read_file(table, sysroot);
	if (cmdline)
		read_cmdline(table, cmdline);
}

void crypttab_free(struct crypttab *table)
{
	while (table->count)
		volume_free(&table->list[--table->count]);
	free(table->list);
	table->list = NULL;
}

/* --- what it means -----------------------------------------------------------------------------
 */

char *crypt_option(const struct crypt_volume *volume, const char *name)
{
	const char *at = volume->options;
	size_t len = strlen(name), item;

	for (; *at; at += item + (at[item] == ',')) {
		item = strcspn(at, ",");
		if (item >= len && strncmp(at, name, len) == 0) {
			if (item == len)
				return strdup("");
			if (at[len] == '=')
				return strndup(at + len + 1, item - len - 1);
		}
	}
	return NULL;
}

static bool has_option(const struct crypt_volume *volume, const char *name)
{
	char *value = crypt_option(volume, name);
	bool has = value;

	free(value);
	return has;
}

static bool asks(const struct crypt_volume *volume)
{
	const char *key = volume->key;
	bool no_key = !key || !key[0] || strcmp(key, "none") == 0 || strcmp(key, "-") == 0;

	/* With keyscript= (Debian) the key is whatever that script takes: often a passphrase. */
	return (no_key || has_option(volume, "keyscript")) && !has_option(volume, "noauto") &&
	       !has_option(volume, "headless");
}

const char *crypttab_asks(const struct crypttab *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (asks(&table->list[i]) &&
		    !(table->off && strcmp(table->list[i].where, FILE_NAME) != 0))
			return table->list[i].where;
	return NULL;
}
