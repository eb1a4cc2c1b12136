/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card_sound.h"

#include <string.h>

#define BASE_CLASS_DISPLAY 0x03
#define CLASS_AUDIO        0x0403
#define CLASS_BRIDGE_PCI   0x0604

/* Cuts the last part off @path. Returns what is left of it, empty at its beginning. */
static char *step_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	else
		path[0] = '\0';
	return path;
}

/* The function whose path this is, or NULL for a root bus. */
static const struct device *function_at(const struct bus *bus, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct pci_address address;

	if (!slash || !address_parse(slash + 1, &address))
		return NULL;
	return bus_at(bus, &address);
}

static bool is_behind(const struct device *device, const char *bridge)
{
	size_t len = strlen(bridge);

	return strncmp(device->path, bridge, len) == 0 && device->path[len] == '/';
}

static bool same_slot(const struct device *a, const struct device *b)
{
	return a->address.domain == b->address.domain && a->address.bus == b->address.bus &&
	       a->address.device == b->address.device;
}

/* Returns true if it is a sound function by the maker of @display. */
static bool is_its_sound(const struct device *device, const struct device *display)
{
	return device->id.class >> 8 == CLASS_AUDIO && device->id.vendor == display->id.vendor;
}

const struct device *card_sound(const struct bus *bus, const struct device *display)
{
	const struct device *upstream, *sound = NULL;
	char path[PATH_SIZE];
	size_t i;

	if (display->id.class >> 16 != BASE_CLASS_DISPLAY)
		return NULL;
	/* Past the downstream port. */
	strcpy(path, display->path);
	upstream = function_at(bus, step_up(step_up(path)));
	if (!upstream || upstream->id.class >> 8 != CLASS_BRIDGE_PCI ||
	    upstream->id.vendor != display->id.vendor)
		return NULL;
	for (i = 0; i < bus->count; i++) {
		if (!is_its_sound(&bus->list[i], display))
			continue;
		if (same_slot(&bus->list[i], display))
			return NULL;
		if (!sound && is_behind(&bus->list[i], path))
			sound = &bus->list[i];
	}
	return sound;
}
