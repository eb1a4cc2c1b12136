/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/act.h"
#include "../core/drivers.h"
#include "../core/step_words.h"
#include "../core/sysfs.h"
#include "../core/text.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/signals.h"
#include "../host/sysroot_files.h"
#include "../image/kernel.h"
#include "../image/vfio_modules.h"
#include "../machine/in_use.h"
#include "../plan/next_boot.h"
#include "../plan/selection.h"
#include "load_modules.h"

#define DRIVERS "/sys/bus/pci/drivers"

/* --- modules -----------------------------------------------------------------------------------
 */

/* For a child. Returns the errno of vfio-pci itself, without which the others are useless. */
static int load_job(void *what, int say)
{
	const struct targets *targets = what;
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;
	int err;

	(void)say;
	targets_quiet();
	err = load_module("vfio_pci", "ids=");
	if (err)
		return err;
	/* Most kernels have loaded it by a softdep; some have another one instead. */
	if (load_module("vfio_iommu_type1", NULL) == ENOENT)
		load_module("vfio_iommu_spapr_tce", NULL);
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM && plan->decisions[i].module)
			load_module(plan->decisions[i].module, NULL);
	return 0;
}

/* Prints why a module was not loaded, and what helps. */
static void complain_of_load(const struct targets *targets, int err)
{
	char *kver = sysroot_read(targets->sysroot, "/proc/sys/kernel/osrelease");
	struct string_set modules = { 0 };
	struct kernel kernel = { 0 };
	bool said = false;

	if (kver && err == ENOENT)
		said = kernel_open(&kernel, targets->sysroot, kver) < 0 ||
		       vfio_modules_find(&kernel, &modules) < 0;
	kernel_close(&kernel);
	string_set_free(&modules);
	free(kver);
	if (said)
		return;
	if (err == EPERM || err == EKEYREJECTED)
		message_error("vfio-pci cannot be loaded: the kernel refused it (its signature, "
			      "lockdown, or modules_disabled); see 'dmesg'");
	else
		message_error("vfio-pci cannot be loaded: %s; see 'dmesg'",
			      err ? strerror(err) : "it registered no driver");
}

static bool is_registered(const struct targets *targets, const char *driver)
{
	return sysroot_has(targets->sysroot, DRIVERS "/%s", driver);
}

/* Loads them in a child. Returns true if it has ended, with an errno in @err. */
static bool load(const struct targets *targets, int *err)
{
	unsigned int budget = targets->timeout * 1000;
	struct child child;

	*err = ENOENT;
	if (targets->sysroot[0])
		return true;
	fflush(stdout);
	child_start(&child, load_job, (void *)targets);
	if (!child_wait(&child, budget, &budget)) {
		child_abandon(&child);
		return false;
	}
	*err = child.error;
	return true;
}

bool bind_prepare(const struct targets *targets)
{
	int err;
	bool ended = load(targets, &err);

	if (is_registered(targets, VFIO_DRIVER))
		return true;
	if (ended)
		complain_of_load(targets, err);
	else
		message_error("vfio-pci cannot be loaded: not finished within %u s",
			      targets->timeout);
	return false;
}

/* --- claims ------------------------------------------------------------------------------------
 */

/* What can only be found out before a claim is carried out. */
struct before {
	char *outputs; /* see in_use_outputs() */
	char *inputs;  /* see in_use_inputs() */
};

static void settle_target(const struct targets *targets, struct claim *claim)
{
	char *driver = claim->decision->module ? next_boot_driver(targets->sysroot, claim->decision)
					       : NULL;

	/* One that cannot be loaded does not count. */
	name_copy(claim->target, driver && is_registered(targets, driver) ? driver : VFIO_DRIVER);
	free(driver);
}

static void reverse(struct claims *claims)
{
	struct claim claim;
	size_t i;

	for (i = 0; i < claims->count / 2; i++) {
		claim = claims->item[i];
		claims->item[i] = claims->item[claims->count - 1 - i];
		claims->item[claims->count - 1 - i] = claim;
	}
}

static void settle(const struct targets *targets, struct claim *claim, struct before *before)
{
	settle_target(targets, claim);
	claim_look(claim);
	if (is_vfio_driver(claim->driver)) {
		claim->state = STATE_SETTLED;
		return;
	}
	before->outputs = in_use_outputs(targets->sysroot, claim->decision->device->slot);
	before->inputs = in_use_inputs(targets->sysroot, claim->decision->device);
}

static const char *words_of_failure(const struct claim *claim)
{
	const char *words = words_of_error(claim->error);

	if (claim->error == ECANCELED)
		return "interrupted by a signal";
	if (claim->error == EEXIST)
		return "another program has set it; --force overrides";
	return words ? words : strerror(claim->error);
}

static void complain_of_claim(const struct claims *claims, const struct claim *claim)
{
	struct text why;

	if (claim->error == ETIMEDOUT)
		text_set(&why, "not finished within %u s", claims->timeout);
	else
		text_set(&why, "%s", words_of_failure(claim));
	if (claim->state == STATE_GIVEN_BACK)
		text_add(&why, "; given back");
	/* The link is removed first (__device_release_driver() in drivers/base/dd.c). */
	if (claim->state == STATE_STUCK && claim->step == STEP_UNBIND)
		text_add(&why, "; its driver is stuck, and the device is not safe to use before "
			       "the next boot");
	else if (claim->driver[0])
		text_add(&why, "; its driver is %s", claim->driver);
	else
		text_add(&why, "; it has no driver");
	message_error("%s: not claimed: %s%s", claim->decision->device->slot,
		      words_of_step(claim->step), why.data);
}

static void tell(const struct claims *claims, const struct claim *claim,
		 const struct before *before)
{
	const char *slot = claim->decision->device->slot;

	if (claim->state == STATE_SETTLED) {
		print_line("%s: already with %s", slot, claim->driver);
		return;
	}
	if (claim->state != STATE_CLAIMED) {
		complain_of_claim(claims, claim);
		return;
	}
	print_line("%s: claimed by %s", slot, claim->driver);
	if (before->outputs)
		message_warning("%s: %s goes dark", slot, before->outputs);
	if (before->inputs)
		message_warning("%s: a keyboard, a mouse or the like goes with it: %s", slot,
				before->inputs);
	if (claim->holder[0])
		message_warning(
			"%s: %s holds part of its memory, so it cannot be passed "
			"through: add initcall_blacklist=sysfb_init to the kernel command line",
			slot, claim->holder);
}

/* Returns true if all of them are claimed. */
static bool carry_out(const struct targets *targets, struct claims *claims, struct before *before)
{
	bool done = true;
	size_t i;

	reverse(claims);
	for (i = 0; i < claims->count; i++)
		settle(targets, &claims->item[i], &before[i]);
	fflush(stdout);
	claims->stop = signals_caught;
	act_reserve(claims);
	if (signals_caught())
		act_give_back(claims, STEP_OVERRIDE, ECANCELED);
	act_bind(claims, false);
	/* Whatever a signal has kept from being bound. */
	act_give_back(claims, STEP_NONE, ECANCELED);
	act_free_displays(claims, targets->root);
	for (i = claims->count; i > 0; i--) {
		const struct claim *claim = &claims->item[i - 1];

		tell(claims, claim, &before[i - 1]);
		done &= claim->state == STATE_CLAIMED || claim->state == STATE_SETTLED;
		free(before[i - 1].outputs);
		free(before[i - 1].inputs);
	}
	return done;
}

bool bind_claims(const struct targets *targets)
{
	struct claims claims = { .sys = targets->sys };
	struct before *before = NULL;
	bool done = false;

	if (claims_make(&claims, &targets->boot_plan.plan, &targets->boot_plan.requests) == 0)
		before = calloc(claims.count + 1, sizeof(*before));
	if (before)
		done = carry_out(targets, &claims, before);
	else
		message_errno(ENOMEM, "nothing was changed");
	free(before);
	claims_free(&claims);
	return done;
}
