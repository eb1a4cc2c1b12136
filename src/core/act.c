/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "framebuffer.h"
#include "text.h"

/*
 * Returns how long to wait for a device that may be stuck, in milliseconds; less if less budget is
 * left.
 */
#define PATIENCE     1000
#define PATIENCE_MIN 50

#define BASE_CLASS_DISPLAY 0x03

/* More IDs than vfio-pci ever has for one device, to bound the loop. */
#define IDS_MOST 128

/* How many devices are reserved in parallel; each needs a process and a descriptor. */
#define BATCH 16

static void make_claim(struct claim *claim, int sys, const struct decision *decision)
{
	const char *target = decision->module ? decision->module : VFIO_DRIVER;

	memset(claim, 0, sizeof(*claim));
	claim->sys = sys;
	claim->decision = decision;
	name_copy(claim->target, target);
}

int claims_make(struct claims *claims, const struct plan *plan, const struct requests *requests)
{
	struct claim *claim;
	size_t i;

	claims->timeout = requests->timeout;
	claims->budget = requests->timeout * 1000;
	claims->item = calloc(plan->claim_count + 1, sizeof(*claims->item));
	if (!claims->item)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		claim = &claims->item[claims->count++];
		make_claim(claim, claims->sys, &plan->decisions[i]);
		claim->strict = requests->strict;
	}
	return 0;
}

void claims_free(struct claims *claims)
{
	free(claims->item);
}

bool claims_any(const struct claims *claims, enum state state)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].state == state)
			return true;
	return false;
}

struct claim *claims_find(const struct claims *claims, const char *text)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (text_skip(&(const char *){ text }, claims->item[i].decision->device->slot))
			return &claims->item[i];
	return NULL;
}

static unsigned int patience(const struct claims *claims)
{
	if (claims->budget > PATIENCE)
		return PATIENCE;
	return claims->budget < PATIENCE_MIN ? PATIENCE_MIN : claims->budget;
}

/*
 * Takes over the last step of a child and its result, whether the child has ended or not. Returns
 * true if the device has its target driver.
 */
static bool settle(struct claim *claim)
{
	const struct child *child = &claim->child;

	claim->error = child->error;
	if (claim->error && child->length)
		claim->step = (enum step)child->said[child->length - 1];
	return claim_look(claim);
}

static int reserve_job(void *what, int say)
{
	return claim_reserve(what, say);
}

static int take_job(void *what, int say)
{
	return claim_take(what, say);
}

static int give_back_job(void *what, int say)
{
	return claim_give_back(what, say);
}

/*
 * The write blocks only while a driver probes or releases the device (device_lock). Before any
 * module is loaded, no driver does that to a device without a driver, so no child is needed.
 */
static bool reserve_calmly(const struct claims *claims, struct claim *claim)
{
	if (claim->state != STATE_LEFT)
		return true;
	if (!claims->calm || claim->decision->device->driver[0])
		return false;
	claim->error = claim_reserve(claim, -1);
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
	ended = child_wait(&claim->child, patience(claims), &claims->budget);
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

static void give_back(struct claims *claims, struct claim *claim)
{
	claim->state = STATE_HELD;
	if (claim->strict)
		return;
	claim->state = STATE_STUCK;
	child_start(&claim->child, give_back_job, claim);
	/* Its own driver may need time to probe, even if the budget is used up. */
	if (child_wait(&claim->child, PATIENCE, &claims->budget) && !claim->child.error)
		claim->state = STATE_GIVEN_BACK;
	claim_look(claim);
}

static void finish_bind(struct claims *claims, struct claim *claim)
{
	bool ended = child_wait(&claim->child, claims->budget, &claims->budget);

	if (settle(claim))
		claim->state = STATE_CLAIMED;
	else if (!ended)
		claim->state = STATE_STUCK;
	else
		/* The child has given it back already, unless it was killed. */
		give_back(claims, claim);
}

/* Returns true if it is now to be bound; with @early, not what must be taken from another driver.
 */
static bool is_due(struct claim *claim, bool early)
{
	if (claim->state != STATE_RESERVED)
		return false;
	return claim_look(claim) || !claim->driver[0] || !early;
}

void act_bind(struct claims *claims, bool early)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claims->stop && claims->stop())
			break;
		if (!is_due(claim, early))
			continue;
		claim->state = STATE_BINDING;
		child_start(&claim->child, take_job, claim);
		child_wait(&claim->child, patience(claims), &claims->budget);
	}
	for (i = 0; i < claims->count; i++)
		if (claims->item[i].state == STATE_BINDING)
			finish_bind(claims, &claims->item[i]);
}

void act_free_displays(struct claims *claims, int root)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state == STATE_CLAIMED &&
		    claim->decision->device->id.class >> 16 == BASE_CLASS_DISPLAY)
			framebuffer_release(root, claim->decision->device->slot, &claims->budget,
					    claim->holder);
	}
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
		give_back(claims, claim);
	}
}

bool act_must_release(const struct decision *decision)
{
	const unsigned int unwanted = 1 << VERDICT_KEEP | 1 << VERDICT_UNREADABLE |
				      1 << VERDICT_PROTECTED | 1 << VERDICT_LAST_STORAGE |
				      1 << VERDICT_OTHER_ID | 1 << VERDICT_DIRECT |
				      1 << VERDICT_STRAY;

	return (unwanted >> decision->verdict & 1) &&
	       !strcmp(decision->device->driver, VFIO_DRIVER);
}

static void release(struct claims *claims, const struct decision *decision)
{
	struct claim claim;

	make_claim(&claim, claims->sys, decision);
	child_start(&claim.child, give_back_job, &claim);
	child_wait(&claim.child, patience(claims), &claims->budget);
}

/* Each write removes one of the IDs that begin like this; returns false when none is left. */
static bool forget_id(const struct claims *claims, uint32_t vendor, uint32_t device)
{
	struct text id;

	text_set(&id, "%04x %04x", vendor, device);
	return !sysfs_write(claims->sys, "bus/pci/drivers/" VFIO_DRIVER "/remove_id", id.data);
}

void act_forget_ids(const struct claims *claims, const struct requests *requests)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->param == PARAM_KERNEL_IDS)
			forget_id(claims, claim->id.vendor, claim->id.device);
	}
}

/* Removes all IDs by which vfio-pci can have taken a device, whoever added them. */
static void forget_ids_of(const struct claims *claims, const struct device *device)
{
	const uint32_t vendors[] = { device->id.vendor, PCI_ANY };
	const uint32_t devices[] = { device->id.device, PCI_ANY };
	size_t i;
	int times;

	for (i = 0; device->id_known && i < 4; i++)
		for (times = 0; times < IDS_MOST; times++)
			if (!forget_id(claims, vendors[i / 2], devices[i % 2]))
				break;
}

bool act_release(struct claims *claims, const struct plan *plan)
{
	bool any = false;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!act_must_release(&plan->decisions[i]))
			continue;
		forget_ids_of(claims, plan->decisions[i].device);
		release(claims, &plan->decisions[i]);
		any = true;
	}
	return any;
}

void act_release_slot(struct claims *claims, const char *slot, size_t length)
{
	struct device device;
	const struct decision decision = { .device = &device };

	if (length >= sizeof(device.slot))
		return;
	memcpy(device.slot, slot, length);
	device.slot[length] = '\0';
	release(claims, &decision);
}
