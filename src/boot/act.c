/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"
#include "../text.h"

/* How long, in milliseconds, the next device waits for one that may be stuck. */
#define PATIENCE 1000

/* How often the driver link is looked at after a bind that may be finishing elsewhere, 10 ms apart.
 */
#define LOOKS 50

int claims_make(struct claims *claims, int root, const struct plan *plan,
		const struct requests *requests)
{
	struct claim *claim;
	size_t i;

	memset(claims, 0, sizeof(*claims));
	claims->timeout = requests->timeout * 1000;
	claims->budget = claims->timeout;
	claims->item = calloc(plan->claim_count + 1, sizeof(*claims->item));
	if (!claims->item)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		claim = &claims->item[claims->count++];
		claim->root = root;
		claim->decision = &plan->decisions[i];
	}
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

/* Reads which driver the device has now. */
static void look(struct claim *claim)
{
	pci_link(claim->root, slot_of(claim), "driver", claim->driver, sizeof(claim->driver));
}

static bool is_claimed(struct claim *claim)
{
	look(claim);
	return !strcmp(claim->driver, VFIO_DRIVER);
}

static void say_step(int say, enum step step)
{
	char letter = (char)step;

	/* A message that is lost costs a word in the report. */
	if (write(say, &letter, 1) < 0)
		return;
}

/* Takes over from a child that has ended, or that has not, what it did last and how that went. */
static void settle(struct claim *claim)
{
	const struct child *child = &claim->child;

	claim->error = child->error;
	if (claim->error && child->length)
		claim->step = (enum step)child->said[child->length - 1];
	look(claim);
}

static int read_override(const struct claim *claim, char *value, size_t size)
{
	int length = pci_read(claim->root, slot_of(claim), "driver_override", value, size);

	/* An override that is not set is printed as a null pointer is. */
	if (length > 0 && !strcmp(value, "(null)"))
		value[0] = '\0';
	return length < 0 ? -length : 0;
}

static int reserve_job(void *what, int say)
{
	const struct claim *claim = what;
	char override[DRIVER_SIZE];
	int error;

	say_step(say, STEP_OVERRIDE);
	error = read_override(claim, override, sizeof(override));
	if (error)
		return error;
	if (!strcmp(override, VFIO_DRIVER))
		return 0;
	if (override[0])
		return EEXIST;
	return -pci_write(claim->root, slot_of(claim), "driver_override", VFIO_DRIVER "\n");
}

void act_reserve(struct claims *claims)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++)
		child_start(&claims->item[i].child, reserve_job, &claims->item[i]);
	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (!child_wait(&claim->child, claims->budget, &claims->budget))
			claim->state = STATE_STUCK;
		settle(claim);
		child_abandon(&claim->child);
		if (!claim->error)
			claim->state = STATE_RESERVED;
	}
}

/* Writes the device's name to a control file of the PCI bus or of a driver. */
static int write_slot(const struct claim *claim, const char *path, const char *driver,
		      const char *file)
{
	struct text name;

	text_clear(&name);
	text_add(&name, "sys/bus/pci/", path, driver, file, NULL);
	return -sysfs_write(claim->root, name.data, slot_of(claim));
}

static int probe(const struct claim *claim)
{
	return write_slot(claim, "drivers_probe", "", "");
}

/* The probe may be going on in another thread of the kernel: then the link appears soon. */
static bool soon_claimed(struct claim *claim)
{
	int look;

	for (look = 0; look < LOOKS; look++) {
		if (is_claimed(claim))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static int bind_job(void *what, int say)
{
	struct claim *claim = what;
	int error;

	if (is_claimed(claim))
		return 0;
	if (claim->driver[0]) {
		say_step(say, STEP_UNBIND);
		error = write_slot(claim, "drivers/", claim->driver, "/unbind");
		/* ENODEV: it has let go by itself in the meantime. */
		if (error && error != ENODEV)
			return error;
	}
	say_step(say, STEP_BIND);
	error = write_slot(claim, "drivers/", VFIO_DRIVER, "/bind");
	if (is_claimed(claim))
		return 0;
	probe(claim);
	/* Its refusal is final; silence and "later" are not. */
	if (error && error != EAGAIN && error != EBUSY)
		return is_claimed(claim) ? 0 : error;
	if (soon_claimed(claim))
		return 0;
	return error ? error : ENODEV;
}

void act_bind(struct claims *claims)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state != STATE_RESERVED)
			continue;
		child_start(&claim->child, bind_job, claim);
		child_wait(&claim->child, PATIENCE, &claims->budget);
	}
	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state != STATE_RESERVED)
			continue;
		if (!child_wait(&claim->child, claims->budget, &claims->budget))
			claim->state = STATE_STUCK;
		settle(claim);
		/* Not killed: a slow unbind that ends after all goes on to bind. */
		if (!strcmp(claim->driver, VFIO_DRIVER)) {
			claim->state = STATE_CLAIMED;
		} else if (!claim->error) {
			claim->step = STEP_BIND;
			claim->error = ENODEV;
		}
	}
}

static int give_back_job(void *what, int say)
{
	struct claim *claim = what;
	char override[DRIVER_SIZE];
	int error;

	say_step(say, STEP_OVERRIDE);
	error = read_override(claim, override, sizeof(override));
	if (error)
		return error;
	/* A bare newline clears it; writing nothing at all would never reach the kernel. */
	if (!strcmp(override, VFIO_DRIVER))
		error = -pci_write(claim->root, slot_of(claim), "driver_override", "\n");
	look(claim);
	if (!claim->driver[0])
		probe(claim);
	return error;
}

static void give_back(struct claims *claims, struct claim *claim)
{
	child_start(&claim->child, give_back_job, claim);
	if (child_wait(&claim->child, PATIENCE, &claims->budget) && !claim->child.error)
		claim->state = STATE_GIVEN_BACK;
	else
		claim->state = STATE_STUCK;
	look(claim);
}

void act_give_back(struct claims *claims, enum step step, int error)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state != STATE_RESERVED)
			continue;
		if (!claim->error) {
			claim->step = step;
			claim->error = error;
		}
		give_back(claims, claim);
	}
}
