/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"
#include "text.h"

/* How often to look at the driver link after a bind that may complete later, 10 ms apart. */
#define LOOKS 50

static const char *slot_of(const struct claim *claim)
{
	return claim->decision->device->slot;
}

static bool is_ours(const struct claim *claim, const char *driver)
{
	return !strcmp(driver, VFIO_DRIVER) || !strcmp(driver, claim->target);
}

bool claim_look(struct claim *claim)
{
	pci_link(claim->sys, slot_of(claim), "driver", claim->driver);
	return is_ours(claim, claim->driver);
}

static void say_step(int say, enum step step)
{
	char letter = (char)step;

	if (say < 0)
		return;
	/* If this message is lost, the report only lacks a word. */
	if (write(say, &letter, 1) < 0)
		return;
}

/* The kernel prints an override that is not set as "(null)". */
static bool is_unset(const char *override)
{
	return !override[0] || !strcmp(override, "(null)");
}

/* Another program that has set it had a reason. */
static int may_set(const void *what, const char *override)
{
	const struct claim *claim = what;

	if (!strcmp(override, claim->target))
		return EALREADY;
	if (is_unset(override) || is_ours(claim, override) || claim->decision->forced)
		return 0;
	return EEXIST;
}

/* Clears an override that is ours. A newline clears it; an empty write has no effect. */
static int set_override(const struct claim *claim, const char *driver)
{
	struct text line;

	text_set(&line, "%s\n", driver);
	return pci_write(claim->sys, slot_of(claim), "driver_override", line.data);
}

int claim_reserve(const struct claim *claim, int say)
{
	struct text line;
	int error;

	say_step(say, STEP_OVERRIDE);
	text_set(&line, "%s\n", claim->target);
	error = pci_update(claim->sys, slot_of(claim), "driver_override", may_set, claim,
			   line.data);
	return error == EALREADY ? 0 : error;
}

/* Writes the device's name to a control file of @driver. */
static int write_slot(const struct claim *claim, const char *driver, const char *file)
{
	struct text path;

	text_set(&path, "bus/pci/drivers/%s/%s", driver, file);
	return -sysfs_write(claim->sys, path.data, slot_of(claim));
}

static int unbind(const struct claim *claim)
{
	int error = write_slot(claim, claim->driver, "unbind");

	/* ENODEV: the driver has released it in the meantime. */
	return error == ENODEV ? 0 : error;
}

static int probe(const struct claim *claim)
{
	return -sysfs_write(claim->sys, "bus/pci/drivers_probe", slot_of(claim));
}

/* The kernel may probe in another thread; the link then appears soon. */
static bool soon_claimed(struct claim *claim)
{
	int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		if (claim_look(claim))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* The override must name the driver already. */
static int bind(struct claim *claim, const char *driver)
{
	int error = write_slot(claim, driver, "bind");

	if (claim_look(claim))
		return 0;
	/* A refusal is final; EAGAIN and EBUSY are not. */
	if (error && error != EAGAIN && error != EBUSY)
		return error;
	probe(claim);
	if (soon_claimed(claim))
		return 0;
	return error ? error : ENODEV;
}

static int take(struct claim *claim, int say)
{
	int error;

	claim_look(claim);
	if (!strcmp(claim->driver, claim->target))
		return 0;
	if (claim->driver[0]) {
		say_step(say, STEP_UNBIND);
		error = unbind(claim);
		if (error)
			return error;
	}
	say_step(say, STEP_BIND);
	if (claim->decision->module) {
		set_override(claim, claim->target);
		if (!bind(claim, claim->target))
			return 0;
		/* vfio-pci itself takes whatever its variants decline. */
		set_override(claim, VFIO_DRIVER);
	}
	return bind(claim, VFIO_DRIVER);
}

static int give_back(struct claim *claim)
{
	char override[NAME_SIZE];
	int error =
		pci_read(claim->sys, slot_of(claim), "driver_override", override, sizeof(override));

	if (error > 0 && is_ours(claim, override))
		error = set_override(claim, "");
	if (claim_look(claim))
		unbind(claim);
	claim_look(claim);
	if (!claim->driver[0])
		probe(claim);
	return error < 0 ? -error : 0;
}

int claim_take(struct claim *claim, int say)
{
	int error = take(claim, say);

	if (error && !claim->strict)
		give_back(claim);
	return error;
}

int claim_give_back(struct claim *claim, int say)
{
	say_step(say, STEP_OVERRIDE);
	return give_back(claim);
}
