/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyboards.h"

#include <stdlib.h>
#include <string.h>

#include "../params.h"
#include "../selector.h"
#include "outlook.h"
#include "tree.h"

#define INPUTS     "/sys/class/input"
#define INTERFACES "/sys/bus/usb/devices"
#define VIRTUAL    "/sys/devices/virtual/"

/* Escape and all up to S, the keys 1 to 31, as udev's input_id wants them. */
#define KEYS 0xfffffffeUL

/* --- where they are ----------------------------------------------------------------------------
 */

/* Adds the last function on the way to a device. */
static void add_function(struct names *slots, char *path)
{
	char *rest, *part = strtok_r(path, "/", &rest);
	const char *slot = "";
	struct pci_address address;

	for (; part; part = strtok_r(NULL, "/", &rest))
		if (address_parse(part, &address))
			slot = part;
	names_add(slots, slot);
}

static void add_device(const char *sysroot, const char *directory, const char *name,
		       struct names *slots)
{
	char *path = tree_real(sysroot, "%s/%s", directory, name);

	if (path && strncmp(path, VIRTUAL, strlen(VIRTUAL)) != 0)
		add_function(slots, path);
	free(path);
}

/* Words of a machine's width, the lowest last. */
static bool has_keys(const char *sysroot, const char *name)
{
	char *keys = tree_read(sysroot, INPUTS "/%s/capabilities/key", name);
	const char *last = keys ? strrchr(keys, ' ') : NULL;
	bool has = keys && (strtoull(last ? last : keys, NULL, 16) & KEYS) == KEYS;

	free(keys);
	return has;
}

static bool is_interface(const char *sysroot, const char *name)
{
	char *class = tree_read(sysroot, INTERFACES "/%s/bInterfaceClass", name);
	char *protocol = tree_read(sysroot, INTERFACES "/%s/bInterfaceProtocol", name);
	bool is = class && protocol && strcmp(class, "03") == 0 && strcmp(protocol, "01") == 0;

	free(protocol);
	free(class);
	return is;
}

static void add_those(const char *sysroot, const char *directory,
		      bool (*is_keyboard)(const char *sysroot, const char *name),
		      struct names *slots)
{
	struct names entries = tree_list(sysroot, "%s", directory);
	size_t i;

	for (i = 0; i < entries.count; i++)
		if (is_keyboard(sysroot, entries.name[i]))
			add_device(sysroot, directory, entries.name[i], slots);
	names_free(&entries);
}

void keyboards_find(const char *sysroot, struct names *slots)
{
	add_those(sysroot, INPUTS, has_keys, slots);
	add_those(sysroot, INTERFACES, is_interface, slots);
}

/* --- who needs them ----------------------------------------------------------------------------
 */

/* NAME DEVICE [KEY [OPTIONS]]: without a key file somebody is asked. */
static bool asks(char *line)
{
	char *rest, *name = strtok_r(line, " \t", &rest), *key;

	if (!name || name[0] == '#' || !strtok_r(NULL, " \t", &rest))
		return false;
	key = strtok_r(NULL, " \t", &rest);
	return !key || strcmp(key, "none") == 0 || strcmp(key, "-") == 0;
}

static bool crypttab_asks(const char *sysroot)
{
	char *text = NULL, *line, *rest;
	bool any = false;

	if (outlook_read_text(sysroot, "/etc/crypttab", &text) < 0 || !text)
		return false;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		any |= asks(line);
	free(text);
	return any;
}

/* The name as a constant when the parameter names a volume, or turns them all on; else NULL. */
static const char *names_volume(const struct param *param)
{
	static const char *const names[] = { "rd.luks.uuid",     "rd.luks.name", "rd.luks",
					     "rd.luks.partuuid", "luks.uuid",    "luks.name",
					     "cryptdevice" };
	const char *value = param->value ? param->value : "";
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (param_named(param, names[i]) && value[0] && strcmp(value, "0") != 0 &&
		    strcmp(value, "no") != 0)
			return names[i];
	return NULL;
}

const char *keyboards_asked_by(const char *sysroot, const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	const char *asked = NULL;
	struct param param;

	while (copy && !asked && param_next(&cursor, &param))
		asked = names_volume(&param);
	free(copy);
	return asked ? asked : crypttab_asks(sysroot) ? "/etc/crypttab" : NULL;
}
