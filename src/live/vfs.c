/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/drivers.h"
#include "../core/text.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/sysroot_files.h"
#include "../machine/in_use.h"
#include "../machine/iommu.h"
#include "../machine/virtual_functions.h"
#include "../plan/iommu_judge.h"
#include "bind.h"
#include "timed_write.h"

#define NUMVFS    "sriov_numvfs"
#define AUTOPROBE "sriov_drivers_autoprobe"

#define ATTRIBUTE_SIZE 128

/* --- attributes of the physical function -------------------------------------------------------
 */

static void path_of(char *path, const char *slot, const char *attribute)
{
	snprintf(path, ATTRIBUTE_SIZE, "/sys/bus/pci/devices/%s/%s", slot, attribute);
}

/* Returns 0 or an errno. */
static int put(const struct targets *targets, const char *slot, const char *attribute,
	       const char *value)
{
	char path[ATTRIBUTE_SIZE];

	path_of(path, slot, attribute);
	return timed_write(targets, path, value);
}

/* Returns 0, with the number in *@value, or an errno. */
static int get(const struct targets *targets, const char *slot, const char *attribute,
	       unsigned int *value)
{
	char path[ATTRIBUTE_SIZE], text[16];
	int err;

	path_of(path, slot, attribute);
	err = timed_read(targets, path, text, sizeof(text));
	*value = (unsigned int)strtoul(text, NULL, 10);
	return err;
}

/* @driver: of NAME_SIZE bytes; "" for none. */
static void find_driver(const struct targets *targets, const char *slot, char *driver)
{
	pci_link(targets->sys, slot, "driver", driver);
}

/* --- reasons to refuse -------------------------------------------------------------------------
 */

static bool lacks_driver(struct text *why, const struct targets *targets, const char *slot)
{
	char driver[NAME_SIZE];

	find_driver(targets, slot, driver);
	if (!driver[0])
		text_set(why, "it has no driver, which would create them");
	else if (is_vfio_driver(driver))
		text_set(why, "%s has it, and its own driver would create them", driver);
	return !driver[0] || is_vfio_driver(driver);
}

/* Returns true if it has virtual functions, but not as many. */
static bool has_others(struct text *why, const struct targets *targets,
		       const struct vfs_request *request)
{
	unsigned int now;
	int err = get(targets, request->slot, NUMVFS, &now);

	if (err == ETIMEDOUT)
		text_set(why, "its driver is stuck: its " NUMVFS " cannot be read");
	else if (err)
		text_set(why, "its " NUMVFS " cannot be read: %s", strerror(err));
	else if (now && now != request->count)
		text_set(why,
			 "it has %u already, and the kernel cannot change the number; "
			 "'vfio-claim release --vfs %s' removes them",
			 now, request->slot);
	return err || (now && now != request->count);
}

static bool lacks_iommu(struct text *why, const struct targets *targets)
{
	struct iommu_judgement iommu;

	if (iommu_is_active(targets->sysroot))
		return false;
	iommu_judge_running(&iommu, targets->sysroot);
	text_set(why, "no IOMMU is active");
	iommu_add_cause(why, &iommu);
	return true;
}

bool vfs_refused(const struct targets *targets, const struct vfs_request *request)
{
	struct text why;
	bool refused = vfs_request_refused(&why, request, targets->sysroot) ||
		       lacks_driver(&why, targets, request->slot) ||
		       has_others(&why, targets, request) || lacks_iommu(&why, targets);

	if (refused)
		message_error("%s=%s: no virtual functions are created: %s", request->param,
			      request->text, why.data);
	return refused;
}

/* --- creation ----------------------------------------------------------------------------------
 */

/* Prints why the kernel did not create them (sriov_numvfs_store() in drivers/pci/iov.c). */
static void complain(const struct targets *targets, const struct vfs_request *request, int err)
{
	char driver[NAME_SIZE];
	struct text why;

	find_driver(targets, request->slot, driver);
	switch (err) {
	case 0:
	case EINVAL:
		text_set(&why,
			 "%s created none; some drivers need the network interface to be up: "
			 "then use 'vfio-claim claim --vfs %s'; see also 'dmesg'",
			 driver, request->text);
		break;
	case ETIMEDOUT:
		text_set(&why, "%s did not finish within %u s", driver, targets->timeout);
		break;
	case ENOENT:
		text_set(&why, "its driver, %s, cannot create any", driver);
		break;
	case EBUSY:
		text_set(&why, "another program has just created some");
		break;
	case ENOMEM:
		text_set(&why, "the firmware has left no room for them: turn on SR-IOV in the "
			       "firmware setup, or add pci=realloc to the kernel command line");
		break;
	default:
		text_set(&why, "%s; see 'dmesg'", strerror(err));
	}
	message_error("%s: no virtual functions were created: %s", request->slot, why.data);
}

/* Prints how many there are now. Returns 0, or an errno if there are none. */
static int write_number(const struct targets *targets, const struct vfs_request *request)
{
	unsigned int now = 0;
	char number[16];
	int err;

	snprintf(number, sizeof(number), "%u", request->count);
	err = put(targets, request->slot, NUMVFS, number);
	if (!err)
		err = get(targets, request->slot, NUMVFS, &now);
	if (err || !now) {
		complain(targets, request, err);
		return err ? err : ENODEV;
	}
	if (now == request->count)
		print_line("%s: %u virtual function%s created", request->slot, now,
			   now == 1 ? "" : "s");
	else
		message_error("%s: only %u of %u virtual functions were created; see 'dmesg'",
			      request->slot, now, request->count);
	return 0;
}

/* Keeps drivers away from virtual functions that will be created. Returns true if it can. */
static bool hold_drivers(const struct targets *targets, const char *slot)
{
	unsigned int on = 1;
	int err = put(targets, slot, AUTOPROBE, "0");

	if (!err)
		err = get(targets, slot, AUTOPROBE, &on);
	if (!err && !on)
		return true;
	message_error("%s: no virtual functions were created: drivers cannot be kept from taking "
		      "them (" AUTOPROBE ": %s)",
		      slot, err ? strerror(err) : "it is still 1");
	return false;
}

/* --- claims ------------------------------------------------------------------------------------
 */

/* Makes the virtual functions of @slot the selectors of @targets. Returns their number. */
static size_t select_all(struct targets *targets, const char *slot)
{
	struct virtual_functions functions;
	size_t count, i, len;
	FILE *out;

	targets_clear(targets);
	virtual_functions_read(&functions, targets->sysroot, slot);
	count = functions.slots.count;
	out = open_memstream(&targets->selectors, &len);
	for (i = 0; out && i < count; i++)
		fprintf(out, "%s%s", i ? "," : "", functions.slots.name[i]);
	if (!out || fclose(out) != 0) {
		message_errno(ENOMEM, "%s", slot);
		count = 0;
	}
	virtual_functions_free(&functions);
	return count;
}

/* Prints who uses a virtual function. Returns true if anybody does. */
static bool is_used(const struct targets *targets, const struct in_use *in_use,
		    const struct decision *decision, const char *done)
{
	const struct device *device = decision->device;
	struct string_set users = { 0 };
	bool used;
	size_t i;

	if (is_vfio_driver(device->driver))
		in_use_by_guest(in_use, device, &users);
	else if (device->driver[0])
		in_use_by_host(in_use, device, &users);
	used = users.count;
	for (i = 0; i < users.count; i++)
		targets_say_user(targets, device->slot, users.name[i], done);
	string_set_free(&users);
	return used;
}

static void say_left(const struct targets *targets, const struct decision *decision)
{
	struct iommu_judgement iommu;
	struct text line;

	iommu_judge_running(&iommu, targets->sysroot);
	text_set(&line, "%s: left alone: ", decision->device->slot);
	iommu_words_of_verdict(&line, decision, &iommu);
	if (decision->verdict == VERDICT_KEEP)
		print_line("%s", line.data);
	else
		message_error("%s", line.data);
}

/* Returns true if the virtual function may be claimed, or else is kept. */
static bool settle(const struct targets *targets, const struct in_use *in_use,
		   struct decision *decision)
{
	if (!decision->because || decision->verdict == VERDICT_PASSED)
		return true;
	if (decision->verdict != VERDICT_CLAIM) {
		say_left(targets, decision);
		return decision->verdict == VERDICT_KEEP;
	}
	if (is_vfio_driver(decision->device->driver) ||
	    !is_used(targets, in_use, decision, "taken") || targets->force)
		return true;
	decision->verdict = VERDICT_PASSED;
	return false;
}

/* Runs in a child. */
static int look(void *what, int say)
{
	struct targets targets = *(struct targets *)what;

	(void)say;
	targets_quiet();
	targets_decide_claim(&targets);
	return 0;
}

/* Returns true if all of them are claimed, except those that are kept. */
static bool claim_all(struct targets *targets, const char *slot)
{
	struct plan *plan = &targets->boot_plan.plan;
	struct in_use in_use;
	bool done = true;
	size_t i;

	if (!select_all(targets, slot) || !targets_rehearse(targets, look) ||
	    targets_decide_claim(targets) < 0)
		return false;
	in_use_begin(&in_use, targets->sysroot, targets->sys);
	for (i = 0; i < plan->count; i++)
		done &= settle(targets, &in_use, &plan->decisions[i]);
	in_use_end(&in_use);
	/* Their variant driver, which was not known before. */
	return bind_prepare(targets) && bind_claims(targets) && done;
}

/* Lets drivers take the virtual functions that are kept. */
static void probe_kept(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_KEEP &&
		    !plan->decisions[i].device->driver[0])
			timed_write(targets, "/sys/bus/pci/drivers_probe",
				    plan->decisions[i].device->slot);
}

/* Creates and claims them. */
static bool create(struct targets *targets, const struct vfs_request *request)
{
	unsigned int before;
	char old[16];
	bool done = false;
	int err = get(targets, request->slot, AUTOPROBE, &before);

	if (err) {
		message_error("%s: no virtual functions were created: its " AUTOPROBE
			      " cannot be read: %s",
			      request->slot, strerror(err));
		return false;
	}
	snprintf(old, sizeof(old), "%u", before);
	if (hold_drivers(targets, request->slot)) {
		err = write_number(targets, request);
		done = !err && claim_all(targets, request->slot);
	}
	/* A claimed one keeps its override, and one that is released finds its own driver. But a
	   driver that is stuck may still create them. */
	if (err != ETIMEDOUT)
		put(targets, request->slot, AUTOPROBE, old);
	probe_kept(targets);
	return done;
}

/* Returns true if @slot has that many, or else prints nothing. */
static bool has_all(const struct targets *targets, const struct vfs_request *request)
{
	struct virtual_functions functions;
	size_t count;

	virtual_functions_read(&functions, targets->sysroot, request->slot);
	count = functions.slots.count;
	virtual_functions_free(&functions);
	return count == request->count;
}

bool vfs_create(struct targets *targets, const struct vfs_request *request)
{
	const unsigned int timeout = targets->timeout;
	unsigned int now;
	bool done;

	/* Some drivers take a large part of a second for each. */
	targets->timeout += request->count;
	if (!bind_prepare(targets) || get(targets, request->slot, NUMVFS, &now)) {
		message_error("%s: no virtual functions were created", request->slot);
		targets->timeout = timeout;
		return false;
	}
	done = now ? claim_all(targets, request->slot) : create(targets, request);
	done = has_all(targets, request) && done;
	targets_clear(targets);
	targets->timeout = timeout;
	return done;
}

/* --- removal -----------------------------------------------------------------------------------
 */

/* Runs in a child. */
static int look_back(void *what, int say)
{
	struct targets targets = *(struct targets *)what;

	(void)say;
	targets_quiet();
	targets_decide_release(&targets);
	return 0;
}

/* Returns the number of them that are in use, after printing who uses them. */
static size_t count_used(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct in_use in_use;
	size_t i, count = 0;

	in_use_begin(&in_use, targets->sysroot, targets->sys);
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].because)
			count += is_used(targets, &in_use, &plan->decisions[i], "removed");
	in_use_end(&in_use);
	return count;
}

bool vfs_busy(struct targets *targets, const char *slot)
{
	bool busy = false;

	if (!pci_exists(targets->sys, slot, "sriov_totalvfs")) {
		message_error("%s: it cannot have virtual functions", slot);
		return true;
	}
	if (select_all(targets, slot))
		busy = !targets_rehearse(targets, look_back) ||
		       targets_decide_release(targets) < 0 ||
		       (count_used(targets) && !targets->force);
	targets_clear(targets);
	return busy;
}

/* Returns 0 or an errno. */
static int remove_all(const struct targets *targets, const char *slot, unsigned int *left)
{
	int err = put(targets, slot, NUMVFS, "0");

	return err ? err : get(targets, slot, NUMVFS, left);
}

bool vfs_remove(struct targets *targets, const char *slot)
{
	const unsigned int timeout = targets->timeout;
	unsigned int before, left = 0;
	int err = get(targets, slot, NUMVFS, &before);

	if (!err && !before) {
		print_line("%s: it has no virtual functions", slot);
		return true;
	}
	/* As for creating them. */
	targets->timeout += err ? 0 : before;
	if (!err)
		err = remove_all(targets, slot, &left);
	if (err == ETIMEDOUT)
		message_error("%s: its virtual functions were not removed within %u s", slot,
			      targets->timeout);
	else if (err)
		message_error("%s: its virtual functions were not removed: %s; see 'dmesg'", slot,
			      strerror(err));
	else if (left)
		message_error("%s: %u virtual functions are left", slot, left);
	targets->timeout = timeout;
	if (err || left)
		return false;
	put(targets, slot, AUTOPROBE, "1");
	print_line("%s: %u virtual function%s removed", slot, before, before == 1 ? "" : "s");
	return true;
}
