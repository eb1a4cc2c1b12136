/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"
#include "../text.h"

/* How long, in milliseconds, the next device waits for one that may be stuck; the less, the less is
 * left. */
#define PATIENCE     1000
#define PATIENCE_MIN 100

/* How many reserve side by side: each has a process and a descriptor. */
#define BATCH 16

/* How often the driver link is looked at after a bind that may end elsewhere, 10 ms apart. */
#define LOOKS 50

static void add_claim(struct claims *claims, int sys, const struct decision *decision)
{
	struct claim *claim = &claims->item[claims->count++];

	claim->sys = sys;
	claim->decision = decision;
}

int claims_make(struct claims *claims, int sys, const struct plan *plan,
		const struct requests *requests)
{
	size_t i;

	memset(claims, 0, sizeof(*claims));
	claims->timeout = requests->timeout;
	claims->budget = requests->timeout * 1000;
	claims->item = calloc(plan->claim_count + 1, sizeof(*claims->item));
	if (!claims->item)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM)
			add_claim(claims, sys, &plan->decisions[i]);
	return 0;
}

void claims_free(struct claims *claims)
{
	free(claims->item);
	memset(claims, 0, sizeof(*claims));
}

static const char *slot_of(const struct claim *claim)
{
	return claim->decision->device->slot;
}

static unsigned int patience(const struct claims *claims)
{
	if (claims->budget > PATIENCE)
		return PATIENCE;
	return claims->budget < PATIENCE_MIN ? PATIENCE_MIN : claims->budget;
}

/* Reads which driver the device has now. */
static void look(struct claim *claim)
{
	pci_link(claim->sys, slot_of(claim), "driver", claim->driver, sizeof(claim->driver));
}

static bool is_claimed(struct claim *claim)
{
	look(claim);
	return !strcmp(claim->driver, VFIO_DRIVER);
}

static void say_step(int say, enum step step)
{
	char letter = (char)step;

	if (say < 0)
		return;
	/* A message that is lost costs a word in the report. */
	if (write(say, &letter, 1) < 0)
		return;
}

/* Takes over from a child, whether it has ended or not, what it did last and how that went. */
static void settle(struct claim *claim)
{
	const struct child *child = &claim->child;

	claim->error = child->error;
	if (claim->error && child->length)
		claim->step = (enum step)child->said[child->length - 1];
	look(claim);
}

/* An override that is not set is printed as a null pointer is. */
static bool is_unset(const char *override)
{
	return !override[0] || !strcmp(override, "(null)");
}

/* Whoever else has set it had a reason. */
static int may_set(const char *override)
{
	if (!strcmp(override, VFIO_DRIVER))
		return EALREADY;
	return is_unset(override) ? 0 : EEXIST;
}

static int reserve_job(void *what, int say)
{
	const struct claim *claim = what;
	int error;

	say_step(say, STEP_OVERRIDE);
	error = pci_update(claim->sys, slot_of(claim), "driver_override", may_set,
			   VFIO_DRIVER "\n");
	return error == EALREADY ? 0 : error;
}

/*
 * The write blocks only while a driver probes the device or lets go of it (device_lock). Before
 * anything has been loaded, one without a driver is in nobody's hands, and a process more is not
 * worth its price.
 */
static bool reserve_calmly(const struct claims *claims, struct claim *claim)
{
	if (claim->state == STATE_SETTLED)
		return true;
	if (!claims->calm || claim->decision->device->driver[0])
		return false;
	claim->error = reserve_job(claim, -1);
	claim->step = claim->error ? STEP_OVERRIDE : STEP_NONE;
	claim->state = claim->error ? STATE_LEFT : STATE_RESERVED;
	return true;
}

static void start_reserve(const struct claims *claims, struct claim *claim)
{
	if (!reserve_calmly(claims, claim))
		child_start(&claim->child, reserve_job, claim);
}

static void finish_reserve(struct claims *claims, struct claim *claim)
{
	bool ended;

	if (claim->state != STATE_LEFT || claim->error)
		return;
	ended = child_wait(&claim->child, claims->budget, &claims->budget);
	settle(claim);
	child_abandon(&claim->child);
	if (!ended)
		claim->state = STATE_STUCK;
	else if (!claim->error)
		claim->state = STATE_RESERVED;
}

void act_reserve(struct claims *claims)
{
	size_t begin, i;

	for (begin = 0; begin < claims->count; begin += BATCH) {
		for (i = begin; i < claims->count && i < begin + BATCH; i++)
			start_reserve(claims, &claims->item[i]);
		for (i = begin; i < claims->count && i < begin + BATCH; i++)
			finish_reserve(claims, &claims->item[i]);
	}
}

bool claims_any(const struct claims *claims, enum state state)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].state == state)
			return true;
	return false;
}

/* Writes the device's name to a control file of the PCI bus or of a driver. */
static int write_slot(const struct claim *claim, const char *path, const char *driver,
		      const char *file)
{
	struct text name;

	text_clear(&name);
	text_add(&name, "bus/pci/", path, driver, file, NULL);
	return -sysfs_write(claim->sys, name.data, slot_of(claim));
}

static int unbind(const struct claim *claim)
{
	int error = write_slot(claim, "drivers/", claim->driver, "/unbind");

	/* ENODEV: it has let go by itself in the meantime. */
	return error == ENODEV ? 0 : error;
}

static int probe(const struct claim *claim)
{
	return write_slot(claim, "drivers_probe", "", "");
}

/* The probe may be going on in another thread of the kernel: then the link appears soon. */
static bool soon_claimed(struct claim *claim)
{
	int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		if (is_claimed(claim))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static int take(struct claim *claim, int say)
{
	int error;

	if (is_claimed(claim))
		return 0;
	if (claim->driver[0]) {
		say_step(say, STEP_UNBIND);
		error = unbind(claim);
		if (error)
			return error;
	}
	say_step(say, STEP_BIND);
	error = write_slot(claim, "drivers/", VFIO_DRIVER, "/bind");
	if (is_claimed(claim))
		return 0;
	/* Its refusal is final; silence and "later" are not. */
	if (error && error != EAGAIN && error != EBUSY)
		return error;
	probe(claim);
	if (soon_claimed(claim))
		return 0;
	return error ? error : ENODEV;
}

/* As if we had never been here: no override of ours, and a driver that wants it may have it. */
static int give_back(struct claim *claim)
{
	const char *slot = slot_of(claim);
	char override[DRIVER_SIZE];
	int error = pci_read(claim->sys, slot, "driver_override", override, sizeof(override));

	/* A bare newline clears it; writing nothing at all would never reach the kernel. */
	if (error > 0 && !strcmp(override, VFIO_DRIVER))
		error = pci_write(claim->sys, slot, "driver_override", "\n");
	if (is_claimed(claim))
		unbind(claim);
	look(claim);
	if (!claim->driver[0])
		probe(claim);
	return error < 0 ? -error : 0;
}

/*
 * A child that was stuck may end its step long after everybody has gone on: so it gives back by
 * itself what it cannot bind. The error stays that of the bind.
 */
static int bind_job(void *what, int say)
{
	struct claim *claim = what;
	int error = take(claim, say);

	if (error)
		give_back(claim);
	return error;
}

static int give_back_job(void *what, int say)
{
	say_step(say, STEP_OVERRIDE);
	return give_back(what);
}

static void finish_bind(struct claims *claims, struct claim *claim)
{
	bool ended = child_wait(&claim->child, claims->budget, &claims->budget);

	settle(claim);
	if (!strcmp(claim->driver, VFIO_DRIVER))
		claim->state = STATE_CLAIMED;
	else
		claim->state = ended ? STATE_GIVEN_BACK : STATE_STUCK;
}

/* Whether it is now to be bound; with @early, not what must be taken from another driver. */
static bool is_due(struct claim *claim, bool early)
{
	if (claim->state != STATE_RESERVED)
		return false;
	return is_claimed(claim) || !claim->driver[0] || !early;
}

void act_bind(struct claims *claims, bool early)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (!is_due(claim, early))
			continue;
		claim->state = STATE_BINDING;
		child_start(&claim->child, bind_job, claim);
		child_wait(&claim->child, patience(claims), &claims->budget);
	}
	for (i = 0; i < claims->count; i++)
		if (claims->item[i].state == STATE_BINDING)
			finish_bind(claims, &claims->item[i]);
}

void act_give_back(struct claims *claims, enum step step, int error)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state != STATE_RESERVED)
			continue;
		claim->step = step;
		claim->error = error;
		claim->state = STATE_STUCK;
		child_start(&claim->child, give_back_job, claim);
		if (child_wait(&claim->child, patience(claims), &claims->budget))
			claim->state = STATE_GIVEN_BACK;
		look(claim);
	}
}

/*
 * What reserve has reserved and cannot be read any more; or what is to be kept, and a vfio-pci that
 * is built in has taken it by vfio-pci.ids=.
 */
static bool is_unwanted(const struct decision *decision)
{
	return decision->verdict == VERDICT_UNREADABLE ||
	       (decision->verdict == VERDICT_KEEP &&
		!strcmp(decision->device->driver, VFIO_DRIVER));
}

void act_release(int sys, const struct plan *plan, unsigned int *budget)
{
	struct claim claim;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!is_unwanted(&plan->decisions[i]))
			continue;
		memset(&claim, 0, sizeof(claim));
		claim.sys = sys;
		claim.decision = &plan->decisions[i];
		child_start(&claim.child, give_back_job, &claim);
		child_wait(&claim.child, PATIENCE, budget);
	}
}
