// SPDX-License-Identifier: GPL-2.0-or-later
#include "deeds.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/core/act.h"
#include "fuzz.h"
#include "memory_kernel.h"

/* What happens in a boot besides what is asked for. */
struct circumstances {
	bool built_in; /* vfio-pci is there from the beginning */
	bool coldplug; /* between reserve and bind, other drivers come */
	bool decline;  /* the variants do not want what they are for */
	bool modules;  /* vfio-pci can be loaded */
	const struct function
		*intruded;            /* vfio-pci is given an ID of it behind our back, or NULL */
	const struct function *stuck; /* its bind ends only after everything else, or NULL */
	bool *lost; /* for each function: reserve has overwritten its override by force */
};

/* The bits of a choice; those above are the function that is stuck. */
enum {
	CHOICE_COLDPLUG = 1,
	CHOICE_DECLINE = 2,
	CHOICE_NO_MODULES = 4 | 8,   /* both */
	CHOICE_BUILT_IN = 16 | 32,   /* both */
	CHOICE_STUCK = 64 | 128,     /* both */
	CHOICE_INTRUDED = 256 | 512, /* both */
	CHOICES = 1024,
};

static bool is_chosen(size_t choice, size_t bits)
{
	return (choice & bits) == bits;
}

static void choose(struct circumstances *circumstances, const struct test_case *test, size_t choice)
{
	circumstances->coldplug = is_chosen(choice, CHOICE_COLDPLUG);
	circumstances->decline = is_chosen(choice, CHOICE_DECLINE);
	circumstances->built_in = is_chosen(choice, CHOICE_BUILT_IN);
	circumstances->modules = circumstances->built_in || !is_chosen(choice, CHOICE_NO_MODULES) ||
				 is_chosen(choice, CHOICE_INTRUDED);
	circumstances->intruded = NULL;
	if (is_chosen(choice, CHOICE_INTRUDED))
		circumstances->intruded = &test->functions[choice / CHOICES % test->count];
	circumstances->stuck = NULL;
	if (is_chosen(choice, CHOICE_STUCK))
		circumstances->stuck = &test->functions[choice / CHOICES % test->count];
}

/* --- the two verbs, as src/boot/verbs.c has them
 * -------------------------------------------------- */

static void plan(struct outcome *outcome, struct claims *claims, const struct test_case *test,
		 enum depth depth)
{
	const struct view view = { .depth = depth };
	size_t i;

	outcome_make(outcome, test, &view);
	expect(outcome->decided, "there is a plan for whatever is asked");
	/* Reserve does not read the variants. */
	for (i = 0; depth == DEPTH_RESERVE && i < outcome->plan.count; i++)
		outcome->plan.decisions[i].module = NULL;
	memset(claims, 0, sizeof(*claims));
	expect(!claims_make(claims, &outcome->plan, &outcome->requests), "it can be done");
}

/* What the report says after reserve: @claims are kept for bind, which then frees them. */
static void reserve(struct outcome *outcome, const struct test_case *test, struct claims *claims)
{
	plan(outcome, claims, test, DEPTH_RESERVE);
	claims->calm = true;
	act_reserve(claims);
}

/* What report_settled() does with it. */
static void resume(struct claims *claims, const struct claims *earlier)
{
	const char *slot;
	size_t i, j;

	for (i = 0; i < earlier->count; i++) {
		if (earlier->item[i].state != STATE_RESERVED)
			continue;
		slot = earlier->item[i].decision->device->slot;
		for (j = 0; j < claims->count; j++)
			if (!strcmp(claims->item[j].decision->device->slot, slot))
				break;
		if (j == claims->count)
			act_release_slot(claims, slot, strlen(slot));
		else if (!claims->item[j].decision->module)
			claims->item[j].state = STATE_RESERVED;
	}
}

/* What release_held() there does. */
static void rescue(const struct test_case *test, struct claims *claims)
{
	const struct view view = { .depth = DEPTH_ALL, .held = true };
	struct outcome outcome;

	outcome_make(&outcome, test, &view);
	act_release(claims, &outcome.plan);
	outcome_free(&outcome);
}

static void bind(struct outcome *outcome, const struct test_case *test,
		 const struct circumstances *circumstances, const struct claims *earlier)
{
	struct claims claims;
	bool any;

	plan(outcome, &claims, test, DEPTH_ALL);
	resume(&claims, earlier);
	if (outcome->plan.hide_ids)
		act_forget_ids(&claims, &outcome->requests);
	act_release(&claims, &outcome->plan);
	act_reserve(&claims);
	any = claims_any(&claims, STATE_RESERVED);
	if (any && circumstances->modules)
		kernel_load_vfio(&outcome->requests, outcome->plan.hide_ids,
				 circumstances->decline);
	rescue(test, &claims);
	if (circumstances->stuck)
		kernel_stick(circumstances->stuck);
	if (!any || circumstances->modules)
		act_bind(&claims, false);
	else
		act_give_back(&claims, STEP_MODULES, 0);
	act_free_displays(&claims, 0);
	claims_free(&claims);
	kernel_unstick();
}

/* --- what must be true afterwards
 * ----------------------------------------------------------------- */

static bool same(const char *is, const char *was)
{
	return !strcmp(is, was ? was : "");
}

static const char *first_override(const struct function *function)
{
	return function->override && strcmp(function->override, "(null)") ? function->override : "";
}

static bool is_ours(const char *driver, const struct decision *decision)
{
	return same(driver, VFIO_DRIVER) ||
	       (decision && decision->module && same(driver, decision->module));
}

/* Whether it was vfio-pci's before anybody asked: then nothing is known about who wants it. */
static bool was_ours(const struct function *function, const struct requests *requests)
{
	const char *driver = function->driver ? function->driver : "";
	const char *override = first_override(function);
	size_t i;

	for (i = 0; i < requests->variant_count; i++)
		if (same(driver, requests->variants[i].module) ||
		    same(override, requests->variants[i].module))
			return true;
	return same(driver, VFIO_DRIVER) || same(override, VFIO_DRIVER);
}

/* The driver that it has by itself: the one that it had, or the one that coldplug brought. */
static bool has_native_driver(const struct function *function,
			      const struct circumstances *circumstances)
{
	const char *driver = kernel_driver(function);
	const char *override = first_override(function);

	if (function->driver)
		return same(driver, function->driver);
	if (*override)
		return !*driver || same(driver, override);
	return same(driver, circumstances->coldplug ? DRIVER_NATIVE : "");
}

static void check_untouched(const struct function *function, bool lost,
			    const struct circumstances *circumstances)
{
	if (lost && !*kernel_override(function))
		return;
	expect(same(kernel_override(function), first_override(function)),
	       "the override of what is not claimed is as it was");
	expect(has_native_driver(function, circumstances),
	       "what is not claimed has its own driver");
}

static void check_claimed(const struct function *function, const struct decision *decision)
{
	const char *driver = kernel_driver(function);

	expect(is_ours(driver, decision), "what is to be claimed is, where vfio-pci takes it");
	expect(same(kernel_override(function), driver), "what is claimed stays so");
}

static void check_given_back(const struct function *function,
			     const struct circumstances *circumstances)
{
	expect(!*kernel_override(function), "what could not be claimed may have any driver");
	if (*first_override(function))
		return; /* taken by force: what it was set to is lost */
	expect(has_native_driver(function, circumstances),
	       "what could not be claimed has its own driver again");
}

static void check_claim(const struct function *function, const struct decision *decision,
			const struct outcome *outcome, const struct circumstances *circumstances)
{
	const char *override = first_override(function);

	if (*override && !decision->forced)
		check_untouched(function, false, circumstances);
	else if (circumstances->modules && kernel_accepts(function))
		check_claimed(function, decision);
	else if (!outcome->requests.strict)
		check_given_back(function, circumstances);
}

static const struct decision *decision_of(const struct plan *plan, const struct function *function)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (!strcmp(plan->decisions[i].device->slot, function->slot))
			return &plan->decisions[i];
	return NULL;
}

static void check_reserved(const struct test_case *test, const struct outcome *outcome,
			   const struct circumstances *circumstances)
{
	const struct function *function;
	const struct decision *decision;
	size_t i;

	for (i = 0; i < test->count; i++) {
		function = &test->functions[i];
		decision = decision_of(&outcome->plan, function);
		circumstances->lost[i] = decision && decision->forced && *first_override(function);
		if (decision && decision->verdict == VERDICT_CLAIM &&
		    (!*first_override(function) || decision->forced))
			expect(same(kernel_override(function), VFIO_DRIVER),
			       "what is to be claimed is reserved");
		else
			expect(same(kernel_override(function), first_override(function)),
			       "reserve writes no other override");
		expect(same(kernel_driver(function), function->driver) ||
			       (circumstances->built_in &&
				same(kernel_driver(function), VFIO_DRIVER)),
		       "reserve leaves drivers alone");
	}
}

/* Behind a controller that is claimed, nothing is there any more (VMD). */
static bool goes_with_claim(const struct plan *plan, const struct function *function)
{
	const char *slot, *at;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		slot = plan->decisions[i].device->slot;
		at = strstr(function->path, slot);
		if (plan->decisions[i].verdict == VERDICT_CLAIM && at && at[strlen(slot)] == '/')
			return true;
	}
	return false;
}

static void check_bound(const struct test_case *test, const struct outcome *outcome,
			const struct circumstances *circumstances)
{
	const struct requests *requests = &outcome->requests;
	const struct function *function;
	const struct decision *decision;
	size_t i;

	for (i = 0; i < test->count; i++) {
		function = &test->functions[i];
		decision = decision_of(&outcome->plan, function);
		if (was_ours(function, requests))
			continue;
		if (goes_with_claim(&outcome->plan, function))
			continue;
		/* With nothing asked for, an old guide has its way with what the system can spare.
		 */
		if (circumstances->intruded && !requests->claims.count &&
		    same(kernel_driver(function), VFIO_DRIVER))
			continue;
		if (decision && decision->verdict == VERDICT_CLAIM)
			check_claim(function, decision, outcome, circumstances);
		else
			check_untouched(function, circumstances->lost[i], circumstances);
	}
}

/* Nobody makes modules with names that this program could not write into a log. */
static bool has_odd_modules(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->variant_count; i++)
		if (!is_driver_name(requests->variants[i].module))
			return true;
	return false;
}

/* Nor with longer names than modules can have (MODULE_NAME_LEN), a newline behind them. */
static bool has_long_overrides(const struct test_case *test)
{
	size_t i;

	for (i = 0; i < test->count; i++)
		if (strlen(first_override(&test->functions[i])) + 1 >= NAME_SIZE)
			return true;
	return false;
}

void check_deeds(const struct test_case *test, const struct requests *requests, size_t choice)
{
	struct circumstances circumstances;
	struct outcome before, outcome;
	struct claims earlier;

	if (!test->count || has_odd_modules(requests) || has_long_overrides(test))
		return;
	choose(&circumstances, test, choice);
	case_build(test, false);
	kernel_start(test);
	if (circumstances.built_in)
		kernel_build_vfio_in(requests);
	reserve(&before, test, &earlier);
	circumstances.lost = calloc(test->count, sizeof(bool));
	expect(circumstances.lost, "memory for what is lost");
	check_reserved(test, &before, &circumstances);
	if (circumstances.intruded)
		kernel_intrude(circumstances.intruded, choice / 16 % 3);
	if (circumstances.coldplug)
		kernel_coldplug();
	bind(&outcome, test, &circumstances, &earlier);
	check_bound(test, &outcome, &circumstances);
	outcome_free(&outcome);
	claims_free(&earlier);
	outcome_free(&before);
	free(circumstances.lost);
}
