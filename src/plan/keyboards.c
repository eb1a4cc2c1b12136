/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyboards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../machine/disks/crypttab.h"
#include "../machine/pci_parents.h"

#define INPUTS "/sys/class/input"
#define USB    "/sys/bus/usb/devices"
#define PORTS  "/sys/bus/serio/devices"

/* Keys 1 to 31 (linux/input-event-codes.h: KEY_ESC to KEY_S). */
#define ALL_KEYS 0xfffffffeUL

#define HID_CLASS      3
#define PROTOCOL_KEYS  1
#define PROTOCOL_MOUSE 2

/* Its tokens look like keyboards, but nobody types a passphrase on them. */
#define VENDOR_YUBICO "1050"

/* The strings are from malloc(3). */
struct keyboard {
	char *place; /* in sysfs, of the device that it is */
	char *name;  /* for a person; NULL when it has none */
	char *slot;  /* of the PCI function; NULL for one on no PCI bus */
};

/* All zero is the empty one. */
struct keyboards {
	struct keyboard *list;
	size_t count;
};

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

static void free_all(struct keyboards *keyboards)
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

/* The protocol of a HID interface that works before the system does; -1 for any other one. */
static long hid_protocol(const char *sysroot, const char *interface)
{
	if (read_hex(sysroot, interface, "bInterfaceClass") != HID_CLASS)
		return -1;
	return read_hex(sysroot, interface, "bInterfaceProtocol");
}

/* Whether the first HID interface of the USB device @device is a mouse's. */
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

/* Adds the USB device @device, which is taken over, unless it only looks like a keyboard. */
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

/* Of a bitmap, "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", the last word. */
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
 * The directory of the USB device on the way to @path: the one in which is the interface, whose
 * name alone has a ':' and a '.' behind it, and begins with a bus and a port ("1-2.4:1.0").
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

/* What counts as one device: the port of an old keyboard, or the input device itself. */
static char *place_of(const char *path)
{
	const char *port = strstr(path, "/serio");
	size_t len = strlen(path);

	if (port)
		len = (size_t)(port - path) + 1 + strcspn(port + 1, "/");
	return strndup(path, len);
}

/* @name: an entry of /sys/class/input, "input3" or "event3", which is below that. */
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

/* A port that is bound to the keyboard driver has one. */
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

static void find_all(struct keyboards *keyboards, const char *sysroot)
{
	*keyboards = (struct keyboards){ 0 };
	look_at_all(keyboards, sysroot, INPUTS, look_at_input);
	look_at_all(keyboards, sysroot, USB, look_at_interface);
	look_at_all(keyboards, sysroot, PORTS, look_at_port);
}

void keyboards_find(const char *sysroot, struct string_set *slots)
{
	struct keyboards keyboards;
	size_t i;

	find_all(&keyboards, sysroot);
	for (i = 0; i < keyboards.count; i++)
		string_set_add(slots, keyboards.list[i].slot ? keyboards.list[i].slot : "");
	free_all(&keyboards);
}

bool keyboard_controller_is(const char *sysroot, const char *slot)
{
	struct string_set slots = { 0 };
	bool is;

	keyboards_find(sysroot, &slots);
	is = slots.count == 1 && strcmp(slots.name[0], slot) == 0;
	string_set_free(&slots);
	return is;
}

/* --- warnings ----------------------------------------------------------------------------------
 */

/* How many of them are attached to the function @slot. */
static size_t count_on(const struct keyboards *keyboards, const char *slot)
{
	size_t i, count = 0;

	for (i = 0; i < keyboards->count; i++)
		count += keyboards->list[i].slot && strcmp(keyboards->list[i].slot, slot) == 0;
	return count;
}

const char *keyboards_asked_by(const char *sysroot, const char *cmdline)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	struct crypttab next, now;
	const char *asked_by;

	crypttab_read(&next, sysroot, cmdline);
	crypttab_read(&now, sysroot, running);
	asked_by = crypttab_asks(&next);
	if (!asked_by && !next.off)
		asked_by = crypttab_asks(&now);
	crypttab_free(&now);
	crypttab_free(&next);
	free(running);
	return asked_by;
}

/* The name of the first keyboard on @slot that has one, or NULL. */
static const char *name_on(const struct keyboards *keyboards, const char *slot)
{
	const struct keyboard *keyboard;
	size_t i;

	for (i = 0; i < keyboards->count; i++) {
		keyboard = &keyboards->list[i];
		if (keyboard->slot && keyboard->name && strcmp(keyboard->slot, slot) == 0)
			return keyboard->name;
	}
	return NULL;
}

/* @asked_by: see keyboards_asked_by(). */
static void warn_of(const struct keyboards *keyboards, const char *slot, const char *asked_by)
{
	bool only = count_on(keyboards, slot) == keyboards->count;
	const char *name = name_on(keyboards, slot);
	const char *which = only ? "the only keyboard" : "a keyboard";
	const char *others = only ? "" : ", and all others are claimed, too";

	if (!name)
		name = "of unknown name";
	if (asked_by)
		complain("warning: %s: %s (%s) is attached to it%s, but the boot asks for a "
			 "passphrase (%s), which nobody can then type; use a keyboard on another "
			 "controller, or a key that need not be typed",
			 slot, which, name, others, asked_by);
	else
		complain("warning: %s: %s (%s) is attached to it%s: the console will have no "
			 "keyboard; use one on another controller, a serial console or ssh",
			 slot, which, name, others);
}

/* How many of the keyboards go with the claims. */
static size_t count_claimed(const struct keyboards *keyboards, const struct plan *plan)
{
	size_t i, count = 0;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM)
			count += count_on(keyboards, plan->decisions[i].device->slot);
	return count;
}

static void warn_of_each(const struct keyboards *keyboards, const struct plan *plan,
			 const char *asked_by)
{
	const char *slot;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		slot = plan->decisions[i].device->slot;
		if (plan->decisions[i].verdict == VERDICT_CLAIM && count_on(keyboards, slot))
			warn_of(keyboards, slot, asked_by);
	}
}

void keyboards_warn(const struct next_boot *next, const char *sysroot, const char *cmdline)
{
	const struct plan *plan = &next->boot_plan.plan;
	struct keyboards keyboards;

	if (next->boot_plan.requests.off)
		return;
	find_all(&keyboards, sysroot);
	if (keyboards.count && count_claimed(&keyboards, plan) == keyboards.count)
		warn_of_each(&keyboards, plan, keyboards_asked_by(sysroot, cmdline));
	free_all(&keyboards);
}
