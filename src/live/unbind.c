/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unbind.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/claim.h"
#include "../core/drivers.h"
#include "../core/sysfs.h"
#include "../core/text.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/signals.h"
#include "../machine/override.h"
#include "../plan/selection.h"
#include "load_modules.h"

/* How long, in milliseconds, the next device waits for one that may be stuck. */
#define PATIENCE 1000

/* The most entries of one ID that are removed; each write removes one. */
#define IDS_MAX 64

/* What a child reports besides its steps. */
#define SAYS_FORGOTTEN 'i' /* vfio-pci had been told the ID */
#define SAYS_DRIVER    'd' /* this system has a driver for it */

/* One device on its way back. */
struct giving {
	const struct targets *targets;
	struct claim claim;
	bool native;    /* it has its own driver already */
	bool unread;    /* it has a driver, of which nobody knows whether it is its own */
	bool ended;     /* its child has */
	bool forgotten; /* the ID */
	bool known;     /* there is a driver for it */
	int error;
};

/* A lost report costs a word in a message. */
static void speak(int say, char letter)
{
	if (say >= 0 && write(say, &letter, 1) < 0)
		return;
}

static const struct device *device_of(const struct giving *giving)
{
	return giving->claim.decision->device;
}

static void forget_id(const struct giving *giving, int say)
{
	const char *driver = giving->claim.driver[0] ? giving->claim.driver : VFIO_DRIVER;
	const struct device *device = device_of(giving);
	struct text path, id;
	int count = 0;

	text_set(&path, "bus/pci/drivers/%s/remove_id", driver);
	text_set(&id, "%04x %04x", device->id.vendor, device->id.device);
	while (count < IDS_MAX && !sysfs_write(giving->targets->sys, path.data, id.data))
		count++;
	if (count)
		speak(say, SAYS_FORGOTTEN);
}

/* Loads the drivers that match the device, then has the bus probe it. */
static void find_driver(struct giving *giving, int say)
{
	if (giving->targets->sysroot[0] || load_modules_for(device_of(giving)->alias) <= 0)
		return;
	speak(say, SAYS_DRIVER);
	claim_look(&giving->claim);
	if (!giving->claim.driver[0])
		sysfs_write(giving->targets->sys, "bus/pci/drivers_probe", device_of(giving)->slot);
}

/* For a child. */
static int give_back_job(void *what, int say)
{
	struct giving *giving = what;
	int error;

	targets_quiet();
	forget_id(giving, say);
	error = claim_give_back(&giving->claim, say);
	claim_look(&giving->claim);
	if (!error && !giving->claim.driver[0])
		find_driver(giving, say);
	return error;
}

/* Finds out what has the device. Returns false if there is nothing to do. */
static bool prepare(struct giving *giving)
{
	struct claim *claim = &giving->claim;
	char *override;

	claim_look(claim);
	name_copy(claim->target, claim->driver[0] ? claim->driver : VFIO_DRIVER);
	if (is_vfio_driver(claim->driver))
		return true;
	override = override_read(giving->targets->sysroot, device_of(giving)->slot);
	giving->native = claim->driver[0] && override && !is_vfio_driver(override);
	giving->unread = claim->driver[0] && !override;
	if (override && is_vfio_driver(override))
		name_copy(claim->target, override);
	free(override);
	return !giving->native && !giving->unread;
}

static void collect(struct giving *giving)
{
	const struct child *child = &giving->claim.child;

	giving->error = child->error;
	giving->forgotten = memchr(child->said, SAYS_FORGOTTEN, child->length);
	giving->known = memchr(child->said, SAYS_DRIVER, child->length);
}

static bool is_back(struct giving *giving)
{
	claim_look(&giving->claim);
	return giving->claim.driver[0] && !is_vfio_driver(giving->claim.driver);
}

/* Some drivers probe asynchronously (PROBE_PREFER_ASYNCHRONOUS). */
static void wait_for_driver(struct giving *giving, unsigned int *budget)
{
	while (!is_back(giving) && giving->known && giving->ended && *budget) {
		poll(NULL, 0, 10);
		*budget -= *budget < 10 ? *budget : 10;
	}
}

/* Prints what became of it. Returns true if it was released. */
static bool tell(const struct giving *giving)
{
	const struct device *device = device_of(giving);
	const char *driver = giving->claim.driver, *slot = device->slot;

	if (giving->native) {
		print_line("%s: already with %s", slot, driver);
		return true;
	}
	if (giving->unread) {
		message_error("%s: not released from %s: its driver_override cannot be read", slot,
			      driver);
		return false;
	}
	if (!giving->ended && is_vfio_driver(driver)) {
		message_error("%s: not released: not finished within %u s; %s is stuck", slot,
			      giving->targets->timeout, driver);
		return false;
	}
	if (!giving->ended) {
		message_error("%s: released, but its own driver did not finish within %u s", slot,
			      giving->targets->timeout);
		return false;
	}
	if (giving->error) {
		message_error("%s: not released: clearing its driver_override: %s", slot,
			      strerror(giving->error));
		return false;
	}
	if (is_vfio_driver(driver)) {
		message_error("%s: not released: its driver is %s again", slot, driver);
		return false;
	}
	if (!driver[0] && giving->known) {
		message_error("%s: released, but its own driver has not taken it; see 'dmesg'",
			      slot);
		return false;
	}
	if (driver[0])
		print_line("%s: released to %s", slot, driver);
	else
		print_line("%s: released; this system has no driver for it", slot);
	return true;
}

static void start(struct giving *giving, unsigned int *budget)
{
	giving->ended = true;
	if (!prepare(giving))
		return;
	child_start(&giving->claim.child, give_back_job, giving);
	giving->ended =
		child_wait(&giving->claim.child, *budget < PATIENCE ? *budget : PATIENCE, budget);
}

static bool finish(struct giving *giving, unsigned int *budget)
{
	struct child *child = &giving->claim.child;

	if (!giving->ended)
		giving->ended = child_wait(child, *budget, budget);
	collect(giving);
	wait_for_driver(giving, budget);
	if (giving->forgotten)
		message_error(
			"note: vfio-pci no longer takes %04x:%04x by itself before the next boot",
			device_of(giving)->id.vendor, device_of(giving)->id.device);
	return tell(giving);
}

bool unbind_all(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct giving *list = calloc(plan->claim_count + 1, sizeof(*list));
	unsigned int budget = targets->timeout * 1000;
	size_t i, count = 0;
	bool done = true;

	if (!list) {
		message_errno(ENOMEM, "nothing was changed");
		return false;
	}
	fflush(stdout);
	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		if (signals_caught() && !targets->rolling_back) {
			message_error("%s: not released: interrupted by a signal",
				      plan->decisions[i].device->slot);
			done = false;
			continue;
		}
		list[count].targets = targets;
		list[count].claim.sys = targets->sys;
		list[count].claim.decision = &plan->decisions[i];
		start(&list[count++], &budget);
	}
	for (i = 0; i < count; i++)
		done &= finish(&list[i], &budget);
	free(list);
	return done;
}
