/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "../../host/printable.h"
#include "export.h"

#define ID_SIZE sizeof("0000")

#define ALIAS_SIZE_MAX sizeof("pci-0000-0000")

/* A JSON object under construction; null once memory has run out. */
static void add(struct json_object **object, const char *key, const char *value)
{
	struct json_object *string = *object ? json_object_new_string(value) : NULL;

	if (string) {
		/* Before json-c 0.13 it returned nothing. */
		json_object_object_add(*object, key, string);
		if (json_object_object_get_ex(*object, key, NULL))
			return;
	}
	json_object_put(string);
	json_object_put(*object);
	*object = NULL;
}

static void add_id(struct json_object **object, const struct pci_id *id)
{
	char text[ID_SIZE];

	snprintf(text, sizeof(text), "%04x", id->vendor & 0xffff);
	add(object, "vendor_id", text);
	snprintf(text, sizeof(text), "%04x", id->device & 0xffff);
	add(object, "product_id", text);
}

/* Prints "NAME = {...}" and frees the object. Returns 0 or -ENOMEM. */
static int print(const char *name, struct json_object *object)
{
	const char *text =
		object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_SPACED) : NULL;

	if (text)
		printf("%s = %s\n", name, text);
	json_object_put(object);
	return text ? 0 : -ENOMEM;
}

/* Nova's device types, and the prefixes of their aliases. */
static const char *const device_types[][2] = {
	{ "type-PCI", "pci" },
	{ "type-PF", "pf" },
	{ "type-VF", "vf" },
};

static const char *const *device_type(const struct export_function *function)
{
	if (function->virtual)
		return device_types[2];
	return device_types[function->physical];
}

static bool is_alike(const struct export_function *a, const struct export_function *b)
{
	return a->device->id.vendor == b->device->id.vendor &&
	       a->device->id.device == b->device->id.device && a->virtual == b->virtual &&
	       a->physical == b->physical;
}

/* Returns how many of the first @count that nova can have are of this kind. */
static size_t count_alike(const struct exports *exports, size_t count,
			  const struct export_function *function)
{
	size_t i, alike = 0;

	for (i = 0; i < count; i++)
		alike += !export_is_beyond(&exports->list[i]) &&
			 is_alike(&exports->list[i], function);
	return alike;
}

/* Returns true if an earlier one is of the same kind. */
static bool is_repeated(const struct exports *exports, size_t at)
{
	return count_alike(exports, at, &exports->list[at]) > 0;
}

/*
 * With address and ID, nova does not hand out another device that moves into that slot. Without
 * "managed", nova has libvirt take what is not on vfio-pci from its driver, and give it back
 * (nova/virt/libvirt/driver.py, _get_guest_pci_device()). Before 2025.1, nova ignores it, as it
 * does every tag that no request has (nova/pci/stats.py).
 */
static int print_spec(const struct exports *exports, const struct export_function *function)
{
	struct json_object *spec = json_object_new_object();

	if (!exports->by_id)
		add(&spec, "address", function->device->slot);
	add_id(&spec, &function->device->id);
	if (!exports->managed)
		add(&spec, "managed", "no");
	return print("device_spec", spec);
}

/* Writes the name by which flavors ask for such a device. */
static void name_alias(char name[ALIAS_SIZE_MAX], const struct export_function *function)
{
	snprintf(name, ALIAS_SIZE_MAX, "%s-%04x-%04x", device_type(function)[1],
		 function->device->id.vendor & 0xffff, function->device->id.device & 0xffff);
}

static int print_alias(const struct export_function *function)
{
	struct json_object *alias = json_object_new_object();
	char name[ALIAS_SIZE_MAX];

	name_alias(name, function);
	add(&alias, "name", name);
	add_id(&alias, &function->device->id);
	add(&alias, "device_type", device_type(function)[0]);
	return print("alias", alias);
}

/* Prints an alias for each kind of device. Returns 0 or -ENOMEM. */
static int print_aliases(const struct exports *exports)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < exports->count; i++)
		if (!export_is_beyond(&exports->list[i]) && !is_repeated(exports, i))
			err = print_alias(&exports->list[i]);
	return err;
}

/* Several aliases make one request: "ALIAS:NUMBER,..." (nova/pci/request.py). */
static void print_flavor(const struct exports *exports)
{
	const struct export_function *function;
	const char *before = "# A flavor for all of them; the numbers are those of the devices:\n"
			     "# openstack flavor set FLAVOR --property pci_passthrough:alias=";
	char name[ALIAS_SIZE_MAX];
	size_t i;

	for (i = 0; i < exports->count; i++) {
		function = &exports->list[i];
		if (export_is_beyond(function) || is_repeated(exports, i))
			continue;
		name_alias(name, function);
		printf("%s%s:%zu", before, name, count_alike(exports, exports->count, function));
		before = ",";
	}
	if (strcmp(before, ",") == 0)
		putchar('\n');
}

static int print_specs(const struct exports *exports)
{
	const struct export_function *function;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < exports->count; i++) {
		function = &exports->list[i];
		if (export_is_beyond(function) || (exports->by_id && is_repeated(exports, i)))
			continue;
		print_line("# %s %s: %s", function->device->slot, function->class_name,
			   function->name);
		err = print_spec(exports, function);
	}
	return err;
}

int export_nova(const struct exports *exports)
{
	int err;

	printf("# nova.conf of nova-compute on this host. Up to Yoga (2022.1) device_spec was "
	       "called\n"
	       "# passthrough_whitelist. The aliases belong in that of nova-api as well.\n");
	if (!exports->managed)
		puts("# With \"managed\": \"no\", libvirt leaves the drivers of the devices alone, "
		     "since Epoxy\n"
		     "# (2025.1); older releases ignore it.");
	puts("[pci]");
	err = print_specs(exports);
	if (!err)
		err = print_aliases(exports);
	if (!err)
		print_flavor(exports);
	return err;
}
