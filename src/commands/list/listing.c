/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/sysroot_files.h"
#include "../../machine/device_kinds.h"
#include "../../machine/stable.h"
#include "../json.h"
#include "../print_entries.h"
#include "list_details.h"

bool listing_means(const struct listing *listing, size_t number)
{
	return !listing->kinds ||
	       kind_has(listing->kinds, listing->functions.list[number].class_id);
}

int listing_take(struct listing *listing)
{
	size_t i;

	listing->order = calloc(listing->functions.count + 1, sizeof(*listing->order));
	if (!listing->order)
		return -ENOMEM;
	for (i = 0; i < listing->functions.count; i++)
		if (listing_means(listing, i))
			listing->order[listing->count++] = i;
	return 0;
}

const char *listing_ids(const struct pci_function *function)
{
	const char *ids = strrchr(function->name, '[');

	return ids ? ids : function->name + strlen(function->name);
}

char *listing_path(const struct listing *listing, size_t number)
{
	const char *path = listing->functions.list[number].path;

	return path ? path_selector(path) : NULL;
}

static void remark(FILE *out, const char *what, const char *of)
{
	fprintf(out, "%s%s%s", ftell(out) > 0 ? ", " : "", what, of);
}

/* Most functions have none, and need no memory. */
char *listing_remarks(const struct listing *listing, size_t number)
{
	const struct mark *mark = &listing->marks.list[number];
	bool display = listing->functions.list[number].boot_vga;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (!mark->asked && !mark->in_the_way && !display && !mark->needed_for && !mark->sound &&
	    !mark->physical)
		return NULL;
	out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	if (mark->asked)
		remark(out, mark->claimed ? "claimed" : "asked for, but not claimed", "");
	if (mark->in_the_way)
		remark(out, "keeps a claimed device from being passed through", "");
	if (display)
		remark(out, "boot display", "");
	if (mark->needed_for)
		remark(out, "this system needs it for ", mark->needed_for);
	if (mark->sound)
		remark(out, "its sound is ", slot_short(mark->sound));
	if (mark->physical)
		remark(out, "virtual function of ", slot_short(mark->physical));
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

enum colour listing_colour(const struct listing *listing, size_t number)
{
	const struct mark *mark = &listing->marks.list[number];

	if (mark->asked)
		return mark->claimed ? COLOUR_GOOD : COLOUR_BAD;
	return mark->needed_for ? COLOUR_CARE : COLOUR_NONE;
}

static struct json_object *json_hex(unsigned int value, int count)
{
	char digits[9];

	snprintf(digits, sizeof(digits), "%0*x", count, value);
	return json_object_new_string(digits);
}

/* Returns an attribute that is "0x3842" as "3842", or null. */
static struct json_object *json_id(const struct listing *listing, const char *slot,
				   const char *attribute)
{
	char *value = sysroot_read(listing->sysroot, "/sys/bus/pci/devices/%s/%s", slot, attribute);
	struct json_object *id = NULL;

	if (value)
		id = json_hex((unsigned int)strtoul(value, NULL, 16) & 0xffff, 4);
	free(value);
	return id;
}

/* Returns a name without the numbers at its end, "[10de:1e07]", which have keys of their own. */
static struct json_object *json_name(const char *name)
{
	const char *numbers = strrchr(name, '[');
	size_t len = numbers ? (size_t)(numbers - name) : strlen(name);
	struct json_object *text;
	char *copy;

	while (len && name[len - 1] == ' ')
		len--;
	copy = strndup(name, len);
	text = json_text(copy);
	free(copy);
	return text;
}

static struct json_object *json_path(const struct listing *listing, size_t number)
{
	char *path = listing_path(listing, number);
	struct json_object *text = json_text(path);

	free(path);
	return text;
}

static void add_marks(struct json_object *object, const struct mark *mark)
{
	json_object_object_add(object, "asked", json_object_new_boolean(mark->asked));
	json_object_object_add(object, "claimed", json_object_new_boolean(mark->claimed));
	json_object_object_add(object, "needed_for", json_text(mark->needed_for));
	json_object_object_add(object, "in_the_way", json_object_new_boolean(mark->in_the_way));
	json_object_object_add(object, "sound", json_text(mark->sound));
	json_object_object_add(object, "physical_function", json_text(mark->physical));
}

static struct json_object *describe(const struct listing *listing, size_t number)
{
	const struct pci_function *function = &listing->functions.list[number];
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "slot", json_text(function->slot));
	json_object_object_add(object, "path", json_path(listing, number));
	json_object_object_add(object, "group", json_text(function->group));
	json_object_object_add(object, "driver", json_text(function->driver));
	json_object_object_add(
		object, "class",
		json_hex((unsigned int)function->class_id << 8 | function->interface, 6));
	json_object_object_add(object, "vendor", json_hex(function->vendor_id, 4));
	json_object_object_add(object, "device", json_hex(function->device_id, 4));
	json_object_object_add(object, "subvendor",
			       json_id(listing, function->slot, "subsystem_vendor"));
	json_object_object_add(object, "subdevice",
			       json_id(listing, function->slot, "subsystem_device"));
	json_object_object_add(object, "class_name", json_name(function->class_name));
	json_object_object_add(object, "name", json_name(function->name));
	json_object_object_add(object, "same_ids", json_object_new_boolean(function->twin));
	json_object_object_add(object, "bridge", json_object_new_boolean(function->bridge));
	json_object_object_add(object, "boot_vga", json_object_new_boolean(function->boot_vga));
	add_marks(object, &listing->marks.list[number]);
	details_add(object, listing->sysroot, function, listing->verbose);
	return object;
}

int listing_print_json(const struct listing *listing)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < listing->count; i++)
		json_append(list, describe(listing, listing->order[i]));
	json_object_object_add(document, "iommu", json_object_new_boolean(listing->iommu));
	json_object_object_add(document, "devices", list);
	json_object_object_add(document, "entries", json_entries(listing->sysroot));
	return json_print(document);
}
