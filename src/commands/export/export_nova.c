/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "../../host/messages.h"
#include "../../host/printable.h"
#include "export.h"

/* Nova ignores devices in higher domains. */
#define DOMAIN_MAX 0xffff

#define ID_SIZE sizeof("0000")

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

/* Returns true if an earlier one is of the same kind. */
static bool is_repeated(const struct exports *exports, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (is_alike(&exports->list[i], &exports->list[at]))
			return true;
	return false;
}

/* With address and ID, nova does not hand out another device that moves into that slot. */
static int print_spec(const struct exports *exports, const struct export_function *function)
{
	struct json_object *spec = json_object_new_object();

	if (!exports->by_id)
		add(&spec, "address", function->device->slot);
	add_id(&spec, &function->device->id);
	return print("device_spec", spec);
}

static int print_alias(const struct export_function *function)
{
	struct json_object *alias = json_object_new_object();
	char name[sizeof("pci-0000-0000")];

	snprintf(name, sizeof(name), "%s-%04x-%04x", device_type(function)[1],
		 function->device->id.vendor & 0xffff, function->device->id.device & 0xffff);
	add(&alias, "name", name);
	add_id(&alias, &function->device->id);
	add(&alias, "device_type", device_type(function)[0]);
	return print("alias", alias);
}

static bool is_beyond(const struct export_function *function)
{
	if (function->device->address.domain <= DOMAIN_MAX)
		return false;
	message_warning("%s is left out: nova takes no device in a domain beyond ffff",
			function->device->slot);
	return true;
}

int export_nova(const struct exports *exports)
{
	size_t i;
	int err = 0;

	printf("# nova.conf of nova-compute on this host. Up to Yoga (2022.1) device_spec was "
	       "called\n"
	       "# passthrough_whitelist. The aliases belong in that of nova-api as well.\n"
	       "[pci]\n");
	for (i = 0; !err && i < exports->count; i++) {
		const struct export_function *function = &exports->list[i];

		if (is_beyond(function) || (exports->by_id && is_repeated(exports, i)))
			continue;
		print_line("# %s %s: %s", function->device->slot, function->class_name,
			   function->name);
		err = print_spec(exports, function);
	}
	for (i = 0; !err && i < exports->count; i++)
		if (exports->list[i].device->address.domain <= DOMAIN_MAX &&
		    !is_repeated(exports, i))
			err = print_alias(&exports->list[i]);
	return err;
}
