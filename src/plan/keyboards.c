/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyboards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/sysroot_files.h"
#include "../machine/pci_parents.h"

#define INPUTS "/sys/class/input"
#define USB    "/sys/bus/usb/devices"
#define PORTS  "/sys/bus/serio/devices"

/* Keys 1 to 31 (linux/input-event-codes.h: KEY_ESC to KEY_S). */
#define ALL_KEYS 0xfffffffeUL

#define HID_CLASS      3
#define PROTOCOL_KEYS  1
#define PROTOCOL_MOUSE 2

/* Its tokens look like keyboards, but cannot be typed on. */
#define VENDOR_YUBICO "1050"

/* --- the list ----------------------------------------------------------------------------------
 */

static bool is_known(const struct keyboards *keyboards, const char *place)
{
	size_t i;

	for (i = 0; i < keyboards->count; i++)
		if (strcmp(keyboards->list[i].place, place) == 0)
			return true;
	return false;
}

/* Takes ownership of @place and @name. */
static void add(struct keyboards *keyboards, char *place, char *name)
{
	struct keyboard keyboard = { .place = place, .name = name };

	if (place && !is_known(keyboards, place)) {
		keyboard.slot = pci_parent(place);
		if (array_add(&keyboards->list, &keyboards->count, &keyboard, sizeof(keyboard)) ==
		    0)
			return;
	}
	free(keyboard.slot);
	free(name);
	free(place);
}

void keyboards_free(struct keyboards *keyboards)
{
	while (keyboards->count) {
		struct keyboard *keyboard = &keyboards->list[--keyboards->count];

		free(keyboard->place);
		free(keyboard->name);
		free(keyboard->slot);
	}
	free(keyboards->list);
	keyboards->list = NULL;
}

/* --- USB ---------------------------------------------------------------------------------------
 */

static long read_hex(const char *sysroot, const char *directory, const char *attribute)
{
	char *text = sysroot_read(sysroot, "%s/%s", directory, attribute);
	long number = text ? strtol(text, NULL, 16) : -1;

	free(text);
	return number;
}

/*
 * Returns the boot protocol of a HID interface (a keyboard's or a mouse's); -1 for any other
 * interface.
 */
static long hid_protocol(const char *sysroot, const char *interface)
{
	if (read_hex(sysroot, interface, "bInterfaceClass") != HID_CLASS)
		return -1;
	return read_hex(sysroot, interface, "bInterfaceProtocol");
}

/* Returns true if the first HID interface of the USB device @device is a mouse's. */
static bool is_mouse(const char *sysroot, const char *device)
{
	struct string_set entries = sysroot_list(sysroot, "%s", device);
	long protocol = -1;
	char *interface;
	size_t i;

	for (i = 0; protocol < 0 && i < entries.count; i++) {
		if (!strchr(entries.name[i], ':') ||
		    asprintf(&interface, "%s/%s", device, entries.name[i]) < 0)
			continue;
		protocol = hid_protocol(sysroot, interface);
		free(interface);
	}
	string_set_free(&entries);
	return protocol == PROTOCOL_MOUSE;
}

static bool is_token(const char *sysroot, const char *device)
{
	char *vendor = sysroot_read(sysroot, "%s/idVendor", device);
	bool is = vendor && strcmp(vendor, VENDOR_YUBICO) == 0;

	free(vendor);
	return is;
}

/* Adds the USB device @device, taking ownership, unless it only looks like a keyboard. */
static void add_usb(struct keyboards *keyboards, const char *sysroot, char *device)
{
	if (!device || is_mouse(sysroot, device) || is_token(sysroot, device))
		free(device);
	else
		add(keyboards, device, sysroot_read(sysroot, "%s/product", device));
}

/* An interface is named "1-2:1.0", and is in the directory of its device. */
static void look_at_interface(struct keyboards *keyboards, const char *sysroot, const char *name)
{
	char *path = strchr(name, ':') ? sysroot_real(sysroot, USB "/%s", name) : NULL;
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash || hid_protocol(sysroot, path) != PROTOCOL_KEYS) {
		free(path);
		return;
	}
	*slash = '\0';
	add_usb(keyboards, sysroot, path);
}

/* --- input devices -----------------------------------------------------------------------------
 */

/* Keys 1 to 31 are in the last word of a bitmap, "10000 7 ff9f207ac14057ff fffffffffffffffe". */
static bool has_all_keys(const char *sysroot, const char *input)
{
	char *keys = sysroot_read(sysroot, "%s/capabilities/key", input), *last;
	bool all;

	if (!keys)
		return false;
	last = strrchr(keys, ' ');
	all = (strtoull(last ? last : keys, NULL, 16) & ALL_KEYS) == ALL_KEYS;
	free(keys);
	return all;
}

/*
 * Returns the directory of the USB device above @path. It contains the interface, the only
 * directory whose name is a bus and port followed by a ':' ("1-2.4:1.0").
 */
static char *usb_device_of(const char *path)
{
	const char *at = path, *end, *colon, *usb = NULL;

	for (at = path; *at == '/'; at = end) {
		end = at + 1 + strcspn(at + 1, "/");
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon && strspn(at + 1, "0123456789-.") == (size_t)(colon - at - 1) &&
		    memchr(at, '-', (size_t)(colon - at)))
			usb = at;
	}
	return usb ? strndup(path, (size_t)(usb - path)) : NULL;
}

/* Returns what identifies the keyboard: the port of an old one, or the input device itself. */
static char *place_of(const char *path)
{
	const char *port = strstr(path, "/serio");
	size_t len = strlen(path);

	if (port)
		len = (size_t)(port - path) + 1 + strcspn(port + 1, "/");
	return strndup(path, len);
}

/* @name: an entry of /sys/class/input, "input3", or "event3" below that. */
static void look_at_input(struct keyboards *keyboards, const char *sysroot, const char *name)
{
	char *path = strncmp(name, "input", strlen("input")) == 0
			     ? sysroot_real(sysroot, INPUTS "/%s", name)
			     : sysroot_real(sysroot, INPUTS "/%s/device", name);
	char *usb = path ? usb_device_of(path) : NULL;

	if (!path || strstr(path, "/virtual/") || !has_all_keys(sysroot, path))
		free(usb);
	else if (usb)
		add_usb(keyboards, sysroot, usb);
	else
		add(keyboards, place_of(path), sysroot_read(sysroot, "%s/name", path));
	free(path);
}

/* A port that is bound to the keyboard driver has a keyboard. */
static void look_at_port(struct keyboards *keyboards, const char *sysroot, const char *name)
{
	char *driver = sysroot_real(sysroot, PORTS "/%s/driver", name);
	const char *slash = driver ? strrchr(driver, '/') : NULL;

	if (slash && strcmp(slash + 1, "atkbd") == 0)
		add(keyboards, sysroot_real(sysroot, PORTS "/%s", name), NULL);
	free(driver);
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void look_at_all(struct keyboards *keyboards, const char *sysroot, const char *directory,
			void (*look)(struct keyboards *keyboards, const char *sysroot,
				     const char *name))
{
	struct string_set entries = sysroot_list(sysroot, "%s", directory);
	size_t i;

	for (i = 0; i < entries.count; i++)
		look(keyboards, sysroot, entries.name[i]);
	string_set_free(&entries);
}

void keyboards_find(struct keyboards *keyboards, const char *sysroot)
{
	*keyboards = (struct keyboards){ 0 };
	look_at_all(keyboards, sysroot, INPUTS, look_at_input);
	look_at_all(keyboards, sysroot, USB, look_at_interface);
	look_at_all(keyboards, sysroot, PORTS, look_at_port);
}

size_t keyboards_count_on(const struct keyboards *keyboards, const char *slot)
{
	size_t i, count = 0;

	for (i = 0; i < keyboards->count; i++)
		count += keyboards->list[i].slot && strcmp(keyboards->list[i].slot, slot) == 0;
	return count;
}
