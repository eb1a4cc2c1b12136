// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer's target for the whole way from texts and a machine to a plan. The input is a case
 * (plan.c says what its lines are); what is wrong in it is passed over. What a plan must keep to
 * (design: kernel command line, rules of a claim) is asked of the case itself, not of the snapshot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "deeds.h"
#include "fuzz.h"
#include "memory_sysfs.h"

#define CLASS_BRIDGE  0x0604
#define CLASS_CARDBUS 0x0607
#define CLASS_HOST    0x0600
#define CLASS_RAID    0x0104

/* A case and its functions as the core should see them at one depth. */
struct truth {
	const struct test_case *test;
	struct device *devices; /* in the order of the case */
	size_t count;
	bool group_anywhere;
};

void broken(const char *what)
{
	fprintf(stderr, "BROKEN PROMISE: %s\n", what);
	abort();
}

/* --- the truth
 * ------------------------------------------------------------------------------------ */

static bool group_is_direct(const struct test_case *test, const char *group)
{
	size_t i;

	for (i = 0; group && i < test->count; i++)
		if (test->functions[i].direct && test->functions[i].group &&
		    !strcmp(test->functions[i].group, group))
			return true;
	return false;
}

/* The ID of function 0 of the same slot, by which a guard knows a card; zeroes without it. */
static struct pci_id find_slot_id(const struct test_case *test, const struct function *function)
{
	struct pci_address address = function->address;
	size_t i;

	address.function = 0;
	for (i = 0; i < test->count; i++)
		if (!address_compare(&test->functions[i].address, &address) &&
		    test->functions[i].id_known)
			return test->functions[i].id;
	return (struct pci_id){ 0 };
}

/*
 * A function with another header is a bridge, if its class is not one that no bridge has; so is one
 * of a bridge's class, whose header old kernels do not show.
 */
static bool is_bridge(const struct function *function)
{
	uint32_t class = function->id_known ? function->id.class : 0;

	return class >> 8 == CLASS_BRIDGE || class >> 8 == CLASS_CARDBUS ||
	       (function->bridge && (class >> 16 == 0x06 || class >> 16 == 0x00));
}

static void fill_device(struct device *device, const struct test_case *test,
			const struct function *function)
{
	device->address = function->address;
	device->id_known = function->id_known;
	if (function->id_known)
		device->id = function->id;
	device->slot_id = find_slot_id(test, function);
	snprintf(device->slot, sizeof(device->slot), "%s", function->slot);
	snprintf(device->path, sizeof(device->path), "%s", function->path);
	if (function->group)
		snprintf(device->group, sizeof(device->group), "%s", function->group);
	if (function->driver)
		snprintf(device->driver, sizeof(device->driver), "%s", function->driver);
	device->bridge = is_bridge(function);
	device->boot_vga = function->boot_vga && *function->boot_vga == '1';
	device->has_vfs = function->vfs && strcmp(function->vfs, "0");
	device->direct = group_is_direct(test, function->group);
}

static void truth_find(struct truth *truth, const struct test_case *test,
		       const struct requests *requests, enum depth depth)
{
	size_t i;

	memset(truth, 0, sizeof(*truth));
	truth->test = test;
	truth->count = test->count;
	truth->devices = calloc(test->count + 1, sizeof(*truth->devices));
	expect(truth->devices, "memory for the truth");
	for (i = 0; i < test->count; i++) {
		fill_device(&truth->devices[i], test, &test->functions[i]);
		truth->group_anywhere |= test->functions[i].group != NULL;
		if (depth == DEPTH_ALL)
			continue;
		/* What reserve, for which the boot waits, does not look at. */
		truth->devices[i].has_vfs = truth->devices[i].direct = false;
		if (!requests->group)
			truth->devices[i].group[0] = '\0';
	}
}

static void truth_free(struct truth *truth)
{
	free(truth->devices);
}

static const struct device *truth_of(const struct truth *truth, const struct device *device)
{
	size_t i;

	for (i = 0; i < truth->count; i++)
		if (!address_compare(&truth->devices[i].address, &device->address))
			return &truth->devices[i];
	broken("every decision is about a function of the machine");
}

/* --- what selectors say of it
 * --------------------------------------------------------------------- */

static const struct selector *naming(const struct selectors *selectors, const struct device *device)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		if (device_matches(&selectors->item[i], device))
			return &selectors->item[i];
	return NULL;
}

static bool any_means(const struct selectors *selectors, const struct device *device)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		if (device_is_meant(&selectors->item[i], device))
			return true;
	return false;
}

static bool is_among(const struct selectors *selectors, const struct selector *selector)
{
	return selectors->count && selector >= selectors->item &&
	       selector < selectors->item + selectors->count;
}

/*
 * Whether @selector protects @device: by its place and ID; or by its ID alone where nothing is in
 * its place any more.
 */
static bool protects(const struct selector *selector, const struct truth *truth,
		     const struct device *device)
{
	size_t i;

	if (device_matches(selector, device))
		return true;
	if (selector->kind != SELECTOR_ADDRESS || !selector->guarded || !device->id_known ||
	    device_is_meant(selector, device) || !selector_guard_holds(selector, &device->id))
		return false;
	for (i = 0; i < truth->count; i++)
		if (device_matches(selector, &truth->devices[i]))
			return false;
	return true;
}

static bool is_protected(const struct requests *requests, const struct truth *truth,
			 const struct device *device)
{
	size_t i;

	for (i = 0; i < requests->protected.count; i++)
		if (protects(&requests->protected.item[i], truth, device))
			return true;
	return false;
}

static bool named_by_kernel(const struct requests *requests, const struct device *device)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->param == PARAM_KERNEL_IDS && device_matches(claim, device))
			return true;
	}
	return false;
}

static const struct decision *decision_of(const struct plan *plan, const struct device *device)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (!address_compare(&plan->decisions[i].device->address, &device->address))
			return &plan->decisions[i];
	return NULL;
}

/* Whether a claimed device of @device's group was brought in by @because itself. */
static bool claimed_in_group(const struct truth *truth, const struct plan *plan,
			     const struct device *device, const struct selector *because)
{
	const struct device *other;
	size_t i;

	for (i = 0; device->group[0] && i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		other = truth_of(truth, plan->decisions[i].device);
		if (!strcmp(other->group, device->group) &&
		    (!because || device_matches(because, other)))
			return true;
	}
	return false;
}

/* --- groups
 * -------------------------------------------------------------------------------------- */

/* With such a driver a function keeps no group from a virtual machine. */
static bool is_harmless(const char *driver)
{
	return strstr(driver, "vfio") || !strcmp(driver, "pci-stub") || !strcmp(driver, "pcieport");
}

static bool is_idle_host_bridge(const struct device *device)
{
	return device->id.class >> 8 == CLASS_HOST &&
	       (!device->driver[0] || is_harmless(device->driver));
}

static bool is_claimed(const struct plan *plan, const struct device *device)
{
	const struct decision *decision = decision_of(plan, device);

	return decision && decision->verdict == VERDICT_CLAIM;
}

/*
 * The VMD controller that @device is behind, by the group that it shares with it, or NULL. Where
 * groups are not looked at, any that is claimed.
 */
static const struct device *vmd_above(const struct truth *truth, const struct plan *plan,
				      const struct device *device)
{
	const struct device *other, *first = NULL;
	size_t i;

	/* Of two in one group, which no machine has, the program takes that of the lower address.
	 */
	for (i = 0; device->address.domain > 0xffff && i < truth->count; i++) {
		other = &truth->devices[i];
		if (other->id.vendor == 0x8086 && other->id.class >> 8 == CLASS_RAID &&
		    other->address.domain <= 0xffff && !strcmp(other->group, device->group) &&
		    (device->group[0] || is_claimed(plan, other)) &&
		    (!first || address_compare(&other->address, &first->address) < 0))
			first = other;
	}
	return first;
}

/* Whether it has gone with the VMD controller that it was behind. */
static bool goes_with_vmd(const struct truth *truth, const struct plan *plan,
			  const struct device *device)
{
	const struct device *vmd = vmd_above(truth, plan, device);

	return vmd && is_claimed(plan, vmd);
}

/* Whether a claim of @group is for nothing, whatever else would be claimed. */
static bool is_spoilt(const struct truth *truth, const struct requests *requests,
		      const struct plan *plan, const char *group)
{
	const struct device *device;
	size_t i;

	for (i = 0; i < truth->count; i++) {
		device = &truth->devices[i];
		if (strcmp(device->group, group))
			continue;
		if (!is_claimed(plan, device) && !device->bridge &&
		    !naming(&requests->force, device) && is_protected(requests, truth, device))
			return true;
		if (is_claimed(plan, device) && vmd_above(truth, plan, device))
			return true;
	}
	return false;
}

/* --- what must hold for one decision
 * -------------------------------------------------------------- */

/* Everything that the checks of one decision look at. */
struct check {
	const struct truth *truth;
	const struct requests *requests;
	const struct plan *plan;
	const struct decision *decision;
	const struct device *device; /* the truth about it */
	const struct selector *named;
};

/*
 * The number of asterisks in a variant's alias when it is for @alias, or -1. Asterisks stand for
 * anything, and nothing else does. @reached[i]: the pattern so far fits the first i characters.
 */
static int fit(const struct variant *variant, const char *alias)
{
	const char *pattern = variant->alias + strlen("vfio_");
	bool reached[ALIAS_SIZE + 1] = { true };
	size_t length = strlen(alias), i;
	int stars = 0;

	if (strncmp(variant->alias, "vfio_", strlen("vfio_")))
		return -1;
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			for (i = 1; i <= length; i++)
				reached[i] |= reached[i - 1];
			stars++;
			continue;
		}
		for (i = length; i; i--)
			reached[i] = reached[i - 1] && alias[i - 1] == *pattern;
		reached[0] = false;
	}
	return reached[length] ? stars : -1;
}

static void check_module(const struct check *check)
{
	const struct requests *requests = check->requests;
	const char *alias = check->decision->device->alias;
	const char *module = check->decision->module;
	int best = -1, own = -1, now;
	size_t i;

	for (i = 0; i < requests->variant_count; i++) {
		now = fit(&requests->variants[i], alias);
		if (now < 0)
			continue;
		best = best < 0 || now < best ? now : best;
		if (module == requests->variants[i].module)
			own = now;
	}
	expect(own == best, "the variant with the fewest wildcards is chosen, if there is one");
}

static void check_because(const struct check *check)
{
	const struct selector *because = check->decision->because;

	expect(because && is_among(&check->requests->claims, because), "a claim is the reason");
	if (check->named) {
		expect(because == check->named, "the first claim that names it is the reason");
		return;
	}
	if (check->decision->verdict == VERDICT_OTHER_ID) {
		expect(device_is_meant(because, check->device), "the reason means it");
		return;
	}
	expect(claimed_in_group(check->truth, check->plan, check->device, because),
	       "what nobody names shares the group of a device that is claimed for this reason");
}

/* Whether a claim by ID, and none by place, names it. */
static bool only_at_large(const struct requests *requests, const struct device *device)
{
	bool any = false;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		if (!device_matches(&requests->claims.item[i], device))
			continue;
		if (requests->claims.item[i].kind != SELECTOR_ID &&
		    !selector_is_below(&requests->claims.item[i]))
			return false;
		any = true;
	}
	return any;
}

static bool is_of_class(const struct device *device, const uint32_t *classes, size_t count)
{
	size_t i;

	for (i = 0; device->id_known && i < count; i++)
		if (device->id.class >> 8 == classes[i])
			return true;
	return false;
}

static bool is_controller(const struct device *device)
{
	static const uint32_t fibre_channel = 0x0c04;

	return (device->id_known && device->id.class >> 16 == 0x01) ||
	       is_of_class(device, &fibre_channel, 1);
}

/* Whether the root file system, of which nothing is known, may be on something that stays. */
static bool any_stays(const struct requests *requests, const struct truth *truth)
{
	static const uint32_t others[] = { 0x0c00, 0x0c03, 0x0805, 0x0880, 0x0502 };
	const struct device *device;
	size_t i;

	for (i = 0; i < truth->count; i++) {
		device = &truth->devices[i];
		if (!is_controller(device) && !is_of_class(device, others, 5) &&
		    !(device->id_known && device->id.class >> 16 == 0x00))
			continue;
		if (device->address.domain < 0x10000 &&
		    (naming(&requests->keeps, device) || !naming(&requests->claims, device)))
			return true;
	}
	return false;
}

static bool is_last_storage(const struct check *check)
{
	return !check->requests->listed && check->requests->local_root &&
	       is_controller(check->device) && only_at_large(check->requests, check->device) &&
	       !any_stays(check->requests, check->truth);
}

static void check_claim(const struct check *check)
{
	const struct device *device = check->device;
	const struct requests *requests = check->requests;
	const struct decision *decision = check->decision;
	bool guarded = is_protected(requests, check->truth, device) || device->has_vfs ||
		       device->direct || is_last_storage(check);

	expect(!device->bridge, "no bridge is claimed");
	expect(!naming(&requests->keeps, device), "nothing that is to be kept is claimed");
	expect(device->id_known, "nothing is claimed whose ID is unknown");
	expect(check->truth->test->iommu || check->truth->group_anywhere,
	       "nothing is claimed without an IOMMU");
	expect(decision->forced == !!naming(&requests->force, device),
	       "forced is what rd.vfio.force names");
	expect(decision->forced || !guarded, "what a guard refuses is claimed only by force");
	expect(check->named || requests->group, "only named devices, or their groups, are claimed");
	expect(check->named || !is_idle_host_bridge(device), "no group brings in a host bridge");
	expect(check->named || !is_spoilt(check->truth, requests, check->plan, device->group),
	       "a group that no virtual machine can have brings nothing in");
	expect(!goes_with_vmd(check->truth, check->plan, device),
	       "nothing is claimed that goes with its VMD controller");
	check_module(check);
}

static void check_refusal(const struct check *check)
{
	const struct device *device = check->device;
	const struct requests *requests = check->requests;
	const struct selector *against = check->decision->against;
	bool forced = naming(&requests->force, device);

	switch (check->decision->verdict) {
	case VERDICT_KEEP:
		expect(is_among(&requests->keeps, against) && device_matches(against, device),
		       "kept is what a keep names");
		break;
	case VERDICT_BRIDGE:
		expect(device->bridge && check->named, "a bridge is what is named and is one");
		break;
	case VERDICT_UNREADABLE:
		expect(!device->id_known, "unreadable is what has no ID");
		break;
	case VERDICT_OTHER_ID:
		expect(!check->named && any_means(&requests->claims, device),
		       "another ID is where no guard holds");
		break;
	case VERDICT_PROTECTED:
		expect(!forced && is_among(&requests->protected, against) &&
			       protects(against, check->truth, device),
		       "protected is what the image says and nobody forces");
		break;
	case VERDICT_LAST_STORAGE:
		expect(!forced && is_last_storage(check),
		       "the last storage is what no slot names, and nobody forces");
		break;
	case VERDICT_HAS_VFS:
		expect(!forced && device->has_vfs, "has VFs and is not forced");
		break;
	case VERDICT_DIRECT:
		expect(!forced && device->direct, "has a direct region and is not forced");
		break;
	case VERDICT_NO_IOMMU:
		expect(!check->truth->test->iommu && !device->group[0], "there is no IOMMU");
		break;
	default:
		broken("a decision is one of the verdicts");
	}
}

/* Left without a word: bridges that are not meant themselves, and members of groups left alone. */
static void check_passed(const struct check *check)
{
	if (check->device->bridge || goes_with_vmd(check->truth, check->plan, check->device))
		return;
	expect(!check->named, "only bridges are passed over when named");
	expect(!any_means(&check->requests->claims, check->device),
	       "only bridges are passed over when meant");
	expect(is_idle_host_bridge(check->device) ||
		       !claimed_in_group(check->truth, check->plan, check->device, NULL),
	       "of a claimed group only bridges are passed over");
}

static void check_neighbour(const struct check *check)
{
	expect(!check->requests->group ||
		       is_spoilt(check->truth, check->requests, check->plan, check->device->group),
	       "with rd.vfio.group=1 neighbours are only in groups that are spoilt");
	expect(!check->named && !check->device->bridge, "a neighbour is not named and no bridge");
	expect(!is_idle_host_bridge(check->device), "no host bridge without a driver is named");
	expect(!goes_with_vmd(check->truth, check->plan, check->device),
	       "what goes with its VMD controller is no neighbour");
	check_because(check);
}

/* What is left in the group of a claimed device is in the way by its driver alone. */
static void check_in_the_way(const struct check *check)
{
	const char *driver = check->device->driver;
	bool harmless = *driver && is_harmless(driver);
	bool stays = check->decision->verdict != VERDICT_CLAIM && !check->device->bridge &&
		     !is_idle_host_bridge(check->device) &&
		     !goes_with_vmd(check->truth, check->plan, check->device) &&
		     claimed_in_group(check->truth, check->plan, check->device, NULL);

	expect(check->decision->in_the_way == (stays && !harmless),
	       "in the way is what stays with a driver that keeps the group, or without one yet");
}

static void check_decision(const struct check *check)
{
	check_in_the_way(check);
	switch (check->decision->verdict) {
	case VERDICT_CLAIM:
		check_because(check);
		check_claim(check);
		break;
	case VERDICT_PASSED:
		check_passed(check);
		break;
	case VERDICT_NEIGHBOUR:
		check_neighbour(check);
		break;
	default:
		check_because(check);
		check_refusal(check);
		break;
	}
}

/* --- what must hold for a plan
 * -------------------------------------------------------------------- */

static void check_order(const struct plan *plan, const struct snapshot *snapshot)
{
	size_t i;

	expect(plan->count == snapshot->count, "there is a decision for every device");
	for (i = 0; i < plan->count; i++)
		expect(plan->decisions[i].device == &snapshot->devices[i],
		       "decisions are in the order of the devices");
	for (i = 1; i < snapshot->count; i++)
		expect(address_compare(&snapshot->devices[i - 1].address,
				       &snapshot->devices[i].address) < 0,
		       "every device is decided once, in the order of the slots");
}

/* Nothing that somebody means, or whose group is claimed, is forgotten. */
static void check_complete(const struct truth *truth, const struct requests *requests,
			   const struct plan *plan, enum depth depth)
{
	const struct device *device;
	size_t i;

	for (i = 0; i < truth->count; i++) {
		device = &truth->devices[i];
		if (decision_of(plan, device))
			continue;
		expect(!any_means(&requests->claims, device), "whatever is meant is decided");
		if (depth == DEPTH_ALL || requests->group)
			expect(!claimed_in_group(truth, plan, device, NULL),
			       "the whole group of what is claimed is decided");
	}
}

static void check_unmatched(const struct truth *truth, const struct requests *requests,
			    const struct plan *plan)
{
	const struct selector *claim;
	size_t i, j, next = 0;
	bool meant;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		meant = false;
		for (j = 0; j < truth->count; j++)
			meant |= device_is_meant(claim, &truth->devices[j]);
		if (next < plan->unmatched_count && plan->unmatched[next] == claim) {
			next++;
			expect(!meant, "an unmatched claim means nothing in the machine");
		} else {
			expect(meant, "a claim that means nothing in the machine is unmatched");
		}
	}
	expect(next == plan->unmatched_count, "the unmatched are claims, in their order");
}

/* On loading, the module takes what its ids= match; none of that may be left to the system. */
static void check_hidden_ids(const struct check *check)
{
	if (check->decision->verdict == VERDICT_CLAIM || check->device->bridge ||
	    !named_by_kernel(check->requests, check->device))
		return;
	expect(check->plan->hide_ids, "the module does not see the IDs of what is left alone");
}

static void check_settings(const struct requests *requests, const struct plan *plan)
{
	bool from_file = false, from_cmdline = false, from_kernel = false;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		from_file |= !strcmp(requests->claims.item[i].param, "claim");
		from_cmdline |= !strcmp(requests->claims.item[i].param, "rd.vfio.claim");
		from_kernel |= requests->claims.item[i].param == PARAM_KERNEL_IDS;
	}
	expect(!from_file || !from_cmdline, "a claim on the command line replaces the file's");
	expect(!from_kernel || !requests->keeps.count || plan->hide_ids,
	       "the module does not see IDs that what is kept may have when it comes");
	expect(from_kernel || plan->hide_ids, "the module does not see the IDs of modprobe.d");
	expect(requests->timeout >= 1 && requests->timeout <= 60, "a deadline is 1 to 60 s");
}

static void check_plan(const struct outcome *outcome, const struct test_case *test,
		       enum depth depth)
{
	struct truth truth;
	struct check check = { &truth, &outcome->requests, &outcome->plan, NULL, NULL, NULL };
	size_t i, claims = 0;

	truth_find(&truth, test, &outcome->requests, depth);
	check_settings(&outcome->requests, &outcome->plan);
	check_order(&outcome->plan, &outcome->snapshot);
	check_complete(&truth, &outcome->requests, &outcome->plan, depth);
	check_unmatched(&truth, &outcome->requests, &outcome->plan);
	for (i = 0; i < outcome->plan.count; i++) {
		check.decision = &outcome->plan.decisions[i];
		check.device = truth_of(&truth, check.decision->device);
		check.named = naming(&outcome->requests.claims, check.device);
		claims += check.decision->verdict == VERDICT_CLAIM;
		check_decision(&check);
		check_hidden_ids(&check);
	}
	expect(claims == outcome->plan.claim_count, "the claims are counted");
	truth_free(&truth);
}

/* --- what must hold between two plans for the same machine
 * ---------------------------------------- */

static void run(struct outcome *outcome, const struct test_case *test, const struct view *view)
{
	outcome_make(outcome, test, view);
	expect(!tree_open_dirs(), "every directory that is opened is closed");
}

/* The same plan again, from directories that list the other way round. */
static void check_repeatable(const struct outcome *outcome, const struct test_case *test)
{
	const struct view view = { .depth = test->depth };
	struct outcome again;
	char *one = outcome_print(outcome), *other;

	case_build(test, true);
	run(&again, test, &view);
	other = outcome_print(&again);
	expect(!strcmp(one, other), "the same input gives the same plan, in whatever order");
	free(one);
	free(other);
	outcome_free(&again);
}

/*
 * A VMD controller and what is behind it are claimed one instead of the other: there, more claims
 * of one can be fewer of the other.
 */
static bool any_behind_vmd(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].device->address.domain > 0xffff)
			return true;
	return false;
}

/* Bind claims what reserve has reserved; what of it is not claimed, deeds.c looks for. */
static void check_two_steps(const struct plan *reserve, const struct plan *bind)
{
	size_t i;

	for (i = 0; !any_behind_vmd(bind) && i < bind->count; i++)
		if (bind->decisions[i].verdict == VERDICT_CLAIM)
			expect(is_claimed(reserve, bind->decisions[i].device),
			       "whatever bind claims has been reserved");
	for (i = 0; i < reserve->count; i++)
		if (reserve->decisions[i].verdict == VERDICT_CLAIM)
			expect(decision_of(bind, reserve->decisions[i].device),
			       "whatever is reserved is decided by bind");
}

static void check_other_depth(const struct outcome *outcome, const struct test_case *test)
{
	enum depth depth = test->depth == DEPTH_ALL ? DEPTH_RESERVE : DEPTH_ALL;
	const struct view view = { .depth = depth };
	struct outcome other;

	run(&other, test, &view);
	check_plan(&other, test, depth);
	if (depth == DEPTH_RESERVE)
		check_two_steps(&other.plan, &outcome->plan);
	else
		check_two_steps(&outcome->plan, &other.plan);
	outcome_free(&other);
}

/* A device that comes later is looked at alone: it is judged as it would have been at boot. */
static void check_late(const struct outcome *outcome, const struct test_case *test,
		       const struct device *device)
{
	const struct view view = { .depth = test->depth, .only = device->slot };
	const struct decision *then = decision_of(&outcome->plan, device), *now;
	struct outcome late;

	if (!naming(&outcome->requests.claims, device) || (!test->iommu && !device->group[0]) ||
	    device->address.domain > 0xffff)
		return;
	run(&late, test, &view);
	now = decision_of(&late.plan, device);
	expect(now && now->verdict == then->verdict && !now->module == !then->module,
	       "a late device is judged as at boot");
	outcome_free(&late);
}

static bool has_last_storage(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_LAST_STORAGE)
			return true;
	return false;
}

/* With a parameter that only takes away, or only adds, the claims are fewer, or more. */
static void check_compared(const struct plan *fewer, const struct plan *more, const char *what)
{
	size_t i;

	/* Storage may be claimed when other storage is kept, and its group with it. */
	if (has_last_storage(more) || any_behind_vmd(fewer) || any_behind_vmd(more))
		return;
	for (i = 0; i < fewer->count; i++)
		if (fewer->decisions[i].verdict == VERDICT_CLAIM)
			expect(is_claimed(more, fewer->decisions[i].device), what);
}

static void check_with(const struct outcome *outcome, const struct test_case *test,
		       const char *param, const struct device *device)
{
	char first[64];
	const struct view view = { .depth = test->depth, .first = first };
	struct outcome with;

	snprintf(first, sizeof(first), "rd.vfio.%s=%s", param, device->slot);
	run(&with, test, &view);
	expect(with.decided, "one parameter more can be read");
	if (!strcmp(param, "keep")) {
		expect(!is_claimed(&with.plan, device), "what is kept is not claimed");
		check_compared(&with.plan, &outcome->plan, "a keep adds no claim");
	} else if (!strcmp(param, "force")) {
		check_compared(&outcome->plan, &with.plan, "a force takes no claim away");
	}
	outcome_free(&with);
}

/* A typo is named, and costs nothing else in its list or beside it. */
static void check_typo(const struct test_case *test, const struct device *device)
{
	char list[64], first[64];
	const struct view without = { .depth = test->depth, .first = first };
	const struct view with = { .depth = test->depth, .first = list };
	struct outcome good, bad;

	snprintf(first, sizeof(first), "rd.vfio.keep=%s", device->slot);
	snprintf(list, sizeof(list), "rd.vfio.keep=0l:00.0,%s", device->slot);
	run(&good, test, &without);
	run(&bad, test, &with);
	expect(bad.requests.complaint_count == good.requests.complaint_count + 1,
	       "a typo is named");
	expect(bad.requests.claims.count == good.requests.claims.count &&
		       bad.requests.keeps.count == good.requests.keeps.count &&
		       bad.requests.force.count == good.requests.force.count,
	       "a typo costs no other selector");
	check_compared(&good.plan, &bad.plan, "a typo costs no claim");
	check_compared(&bad.plan, &good.plan, "a typo claims nothing");
	outcome_free(&good);
	outcome_free(&bad);
}

/* --- one input
 * ------------------------------------------------------------------------------------ */

static void check_relations(const struct outcome *outcome, const struct test_case *test,
			    size_t choice)
{
	struct truth truth;
	const struct device *device;

	check_other_depth(outcome, test);
	if (!test->count)
		return;
	truth_find(&truth, test, &outcome->requests, test->depth);
	device = &truth.devices[choice / 4 % truth.count];
	switch (choice % 4) {
	case 0:
		check_with(outcome, test, "keep", device);
		break;
	case 1:
		check_with(outcome, test, "force", device);
		break;
	case 2:
		check_late(outcome, test, device);
		break;
	case 3:
		check_typo(test, device);
		break;
	}
	truth_free(&truth);
}

static void check_case(const struct test_case *test, size_t choice)
{
	const struct view view = { .depth = test->depth };
	struct outcome outcome;

	case_build(test, false);
	run(&outcome, test, &view);
	/* Where something odd has been put into /sys, the case is not the truth. */
	if (outcome.decided && !test->memory && !test->oddity_count) {
		check_plan(&outcome, test, test->depth);
		check_relations(&outcome, test, choice);
		check_deeds(test, &outcome.requests, test->boot ? test->boot : choice);
	}
	if (!test->memory)
		check_repeatable(&outcome, test);
	outcome_free(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct test_case test;
	char *text = malloc(size + 1), *rest = text, *line;
	size_t choice = size;

	expect(text, "memory for the input");
	memcpy(text, data, size);
	text[size] = '\0';
	case_begin(&test);
	while ((line = strsep(&rest, "\n"))) {
		choice = choice * 31 + strlen(line);
		case_line(&test, line);
	}
	check_case(&test, choice);
	case_free(&test);
	free(text);
	return 0;
}
