/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware_framebuffer.h"

#include <errno.h>
#include <string.h>

#include "../core/text.h"
#include "../host/sysroot_files.h"
#include "timed_write.h"

#define DRIVERS "/sys/bus/platform/drivers"
#define DEVICES "/sys/bus/platform/devices"

/* Its parts: "DRIVER DEVICE". */
struct names {
	struct text driver;
	const char *device;
};

static struct names split(const char *framebuffer)
{
	const char *blank = strchr(framebuffer, ' ');
	struct names names;

	text_set(&names.driver, "%s", framebuffer);
	names.device = blank ? blank + 1 : "";
	if (blank && (size_t)(blank - framebuffer) < names.driver.length)
		names.driver.data[blank - framebuffer] = '\0';
	return names;
}

/* Adds those of one driver. */
static void add_bound(const struct targets *targets, const char *driver, struct string_set *bound)
{
	struct string_set entries = sysroot_list(targets->sysroot, DRIVERS "/%s", driver);
	struct text line;
	size_t i;

	/* A device is "efi-framebuffer.0"; the other entries have no dot. */
	for (i = 0; i < entries.count; i++) {
		text_set(&line, "%s %s", driver, entries.name[i]);
		if (strchr(entries.name[i], '.'))
			string_set_add(bound, line.data);
	}
	string_set_free(&entries);
}

struct string_set framebuffers_bound(const struct targets *targets)
{
	/* The platform drivers of efidrm, vesadrm and simpledrm have the same names. */
	static const char *const drivers[] = { "efi-framebuffer", "vesa-framebuffer",
					       "simple-framebuffer", NULL };
	struct string_set bound = { 0 };
	int i;

	for (i = 0; drivers[i]; i++)
		add_bound(targets, drivers[i], &bound);
	return bound;
}

static bool is_bound(const struct targets *targets, const struct names *names)
{
	return sysroot_has(targets->sysroot, DRIVERS "/%s/%s", names->driver.data, names->device);
}

static int set_bound(const struct targets *targets, const struct names *names, bool bind)
{
	struct text path, what;
	int error;

	text_set(&what, "framebuffer %s", names->device);
	text_set(&path, DRIVERS "/%s/%s", names->driver.data, bind ? "bind" : "unbind");
	error = timed_write(targets, path.data, names->device);
	if (!error && is_bound(targets, names) != bind)
		error = EBUSY;
	return timed_write_tell(targets, what.data, bind ? "bound" : "unbound", error);
}

int framebuffer_unbind(const struct targets *targets, const char *framebuffer)
{
	const struct names names = split(framebuffer);

	return set_bound(targets, &names, false);
}

int framebuffer_bind(const struct targets *targets, const char *framebuffer)
{
	const struct names names = split(framebuffer);

	if (is_bound(targets, &names) ||
	    !sysroot_has(targets->sysroot, DEVICES "/%s", names.device))
		return 0;
	return set_bound(targets, &names, true);
}
