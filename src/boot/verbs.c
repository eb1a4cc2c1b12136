/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verbs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/compat.h"

#include "../core/act.h"
#include "baked.h"
#include "lock.h"
#include "modules.h"
#include "report.h"

/* How long bind waits for another bind beyond the deadline of its steps, in milliseconds. */
#define BIND_GRACE 3000

/* How often watch looks, and for how long: dracut gives up the root file system after 180 s. */
#define WATCH_SLICE 100
#define WATCH_LOOKS 2000

/* Where it exists, the udev rule watches for devices that join the group of a claimed one. */
#define JOINED_FILE RUN_DIR "/joined"

/* Milliseconds allowed for giving devices back. */
#define RELEASE_BUDGET 3000

/* Everything that one run knows. */
struct run {
	const char *slot;
	int root;
	unsigned int held; /* what vfio-pci held at the last look, as a sum of the names */
	enum verb verb;
	enum depth depth;
	bool again; /* the verb is to be run again, for what it has learned */
	struct request_texts texts;
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
	struct claims claims;
	struct report report;
};

static void run_begin(struct run *run, int root)
{
	memset(run, 0, sizeof(*run));
	run->root = root;
	run->claims.sys = openat(root, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	report_begin(&run->report, root);
}

static void run_free(struct run *run)
{
	report_drop(&run->report);
	claims_free(&run->claims);
	plan_free(&run->plan);
	snapshot_free(&run->snapshot);
	requests_free(&run->requests);
	baked_free(&run->texts);
}

static int read_requests(struct run *run)
{
	int error = baked_read(&run->texts, run->root, run->depth == DEPTH_ALL);

	return error ? error : requests_read(&run->requests, &run->texts);
}

static bool anything_asked(const struct requests *requests)
{
	return requests->claims.count || requests->complaint_count || requests->vfs;
}

/* Returns true if there are devices that vfio-pci must not take. */
static bool anything_to_watch(const struct requests *requests)
{
	return !requests->off && (requests->claims.count || requests->protected.count);
}

static bool has_virtio_iommu(int sys)
{
	struct selector id = { .kind = SELECTOR_ID,
			       .id = { .vendor = 0x1af4,
				       .device = 0x1057,
				       .subvendor = PCI_ANY,
				       .subdevice = PCI_ANY } };
	const struct requests any = { .claims = { &id, 1 } };
	struct snapshot snapshot;
	bool has;

	snapshot_take(&snapshot, sys, &any, DEPTH_RESERVE, NULL);
	has = snapshot.count;
	snapshot_free(&snapshot);
	return has;
}

static int look(struct run *run)
{
	return snapshot_take(&run->snapshot, run->claims.sys, &run->requests, run->depth,
			     run->slot);
}

/*
 * Looks at the machine. The driver of a virtio-iommu may be a module, which nobody loads before
 * reserve does: then the machine is looked at again.
 */
static int look_with_iommu(struct run *run)
{
	unsigned int budget = run->requests.timeout * 1000;
	int error = look(run);

	if (error || run->snapshot.iommu || run->verb != VERB_RESERVE ||
	    !has_virtio_iommu(run->claims.sys))
		return error;
	modules_load_iommu(run->root, &budget);
	snapshot_free(&run->snapshot);
	return look(run);
}

/* snapshot, decide */
static bool make_plan(struct run *run)
{
	int error = look_with_iommu(run);

	if (!error)
		error = decide(&run->plan, &run->requests, &run->snapshot);
	if (!error)
		error = claims_make(&run->claims, &run->plan, &run->requests);
	if (error)
		report_trouble(&run->report,
			       "nothing is claimed: cannot list /sys/bus/pci/devices");
	return !error;
}

/* The same, and reports malformed requests and refused devices. */
static bool plan_boot(struct run *run)
{
	bool planned;

	if (run->requests.off) {
		report_off(&run->report);
		return false;
	}
	planned = make_plan(run);
	if (planned) {
		report_complaints(&run->report, &run->requests);
		report_unmatched(&run->report, &run->plan);
		report_refusals(&run->report, &run->plan);
	}
	return planned;
}

static void reserve(struct run *run)
{
	if (plan_boot(run)) {
		run->claims.calm = run->report.before == STAGE_NONE;
		act_reserve(&run->claims);
		report_claims(&run->report, &run->claims, "");
	}
	report_end(&run->report, STAGE_RESERVED);
}

/*
 * The driver lists a device a moment before the device has its driver (driver_sysfs_add() in
 * drivers/base/dd.c).
 */
static bool is_held(int sys, const char *name)
{
	struct pci_address address;
	char driver[NAME_SIZE] = "";

	if (address_parse(name, &address))
		pci_link(sys, name, "driver", driver);
	return !strcmp(driver, VFIO_DRIVER);
}

/*
 * Returns a checksum of the names of devices that vfio-pci has and this run does not claim; 0 for
 * none.
 */
static unsigned int sum_held(const struct run *run)
{
	DIR *dir = sysfs_open_dir(run->claims.sys, "bus/pci/drivers/" VFIO_DRIVER);
	unsigned int sum = 0, hash;
	const char *name;

	if (!dir)
		return 0;
	while ((name = sysfs_next_entry(dir))) {
		if (claims_find(&run->claims, name) || !is_held(run->claims.sys, name))
			continue;
		for (hash = 5381; *name; name++)
			hash = hash * 33 + (unsigned char)*name;
		sum += hash | 1;
	}
	closedir(dir);
	return sum;
}

/* Gives back what vfio-pci holds and @plan leaves alone. */
static void release(struct run *run, const struct plan *plan)
{
	struct claims claims = { .sys = run->claims.sys, .budget = RELEASE_BUDGET };

	if (act_release(&claims, plan))
		report_released(&run->report, claims.sys, plan);
}

/* Decides again, about all devices that vfio-pci has now. */
static void release_held(struct run *run)
{
	int sys = run->claims.sys;
	struct snapshot snapshot;
	struct plan plan;

	if (snapshot_take(&snapshot, sys, &run->requests, DEPTH_ALL, NULL))
		return;
	/* Reading driver_override waits for the device's lock, and the boot waits for bind. */
	if (!snapshot_add_held(&snapshot, sys, &run->requests, run->verb != VERB_BIND) &&
	    !decide(&plan, &run->requests, &snapshot)) {
		release(run, &plan);
		plan_free(&plan);
	}
	snapshot_free(&snapshot);
}

/* Gives devices back as soon as vfio-pci is registered: the boot may be waiting for one of them. */
static void rescue(struct run *run)
{
	unsigned int held = run->requests.off ? 0 : sum_held(run);

	if (held && held != run->held)
		release_held(run);
	run->held = held;
}

static bool load_modules(struct run *run, struct child *modprobe)
{
	struct claims *claims = &run->claims;
	struct claim *claim;
	size_t i;

	if (!modules_load(run->root, run->plan.hide_ids, modprobe, &claims->budget))
		return false;
	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state == STATE_RESERVED && claim->decision->module)
			modules_load_variant(run->root, claim->decision->module, claim->target,
					     &claims->budget);
	}
	return true;
}

static void complete_claims(struct run *run, bool early)
{
	struct claims *claims = &run->claims;
	struct child modprobe = { .error = 0 };
	bool loaded;

	act_reserve(claims);
	loaded = !claims_any(claims, STATE_RESERVED) || load_modules(run, &modprobe);
	if (run->verb < VERB_LATE)
		rescue(run);
	if (loaded)
		act_bind(claims, early);
	else
		act_give_back(claims, STEP_MODULES, modprobe.error);
	act_free_displays(claims, run->root);
	report_claims(&run->report, claims, modprobe.said);
}

/*
 * Returns true if a device is claimed whose group was not known when this was decided: on Arm and
 * with a virtio-iommu, it joins that when a driver probes it, and only then are the other members
 * known.
 */
static bool any_joined(const struct claims *claims)
{
	const struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state == STATE_CLAIMED && !claim->decision->device->group[0])
			return true;
	}
	return false;
}

static void bind(struct run *run)
{
	plan_boot(run);
	baked_keep(run->root);
	report_settled(&run->report, &run->claims);
	if (run->plan.hide_ids)
		act_forget_ids(&run->claims, &run->requests);
	release(run, &run->plan);
	complete_claims(run, run->verb == VERB_BIND_EARLY);
	run->again = any_joined(&run->claims);
	if (run->again && run->requests.group)
		file_put(run->root, JOINED_FILE, "", 0);
	report_end(&run->report, run->again || claims_any(&run->claims, STATE_RESERVED)
					 ? STAGE_RESERVED
					 : STAGE_BOUND);
}

static bool is_named(const struct run *run)
{
	const struct device *device;
	size_t i;

	for (i = 0; i < run->snapshot.count; i++) {
		device = &run->snapshot.devices[i];
		if (!strcmp(device->slot, run->slot))
			return device_first(&run->requests.claims, device, device_is_meant);
	}
	return false;
}

/*
 * Returns true if the device shares its group with a claimed one that vfio-pci has: then it is
 * taken, too. The others are left as they are.
 */
static bool joins_claimed(struct run *run)
{
	struct claim *claim;
	bool joins = false;
	size_t i;

	for (i = 0; i < run->claims.count; i++) {
		claim = &run->claims.item[i];
		joins |= claim_look(claim);
		if (strcmp(claim->decision->device->slot, run->slot))
			claim->state = STATE_SETTLED;
	}
	return joins;
}

/* Most devices that appear later are not claimed, which is not worth a report. */
static void late(struct run *run)
{
	bool join = run->verb == VERB_JOIN;

	/* A device that a claim names and that has its own driver again was given back. */
	if (run->requests.off || !make_plan(run) || is_named(run) == join ||
	    (join && !joins_claimed(run)))
		return;
	report_refusals(&run->report, &run->plan);
	complete_claims(run, false);
	report_add(&run->report);
}

/* /proc is gone after the switch to the real root. */
static bool is_in_initramfs(const struct run *run)
{
	return sysfs_exists(run->root, "proc/cmdline");
}

/* In the real root, libvirt may have put a device on vfio-pci. */
static void watch(struct run *run)
{
	int look;

	for (look = 0; look < WATCH_LOOKS && is_in_initramfs(run); look++) {
		rescue(run);
		if (run->report.length) {
			run_dir_make(run->root);
			report_add(&run->report);
		}
		report_drop(&run->report);
		poll(NULL, 0, WATCH_SLICE);
	}
}

const char VERB_NAMES[VERB_NONE][VERB_SIZE] = { "reserve", "bind-early", "watch", "start",
						"bind",    "late",       "join" };

static bool is_bind(enum verb verb)
{
	return verb == VERB_BIND_EARLY || verb == VERB_BIND;
}

static void carry_out(struct run *run)
{
	if (run->verb >= VERB_LATE)
		late(run);
	else if (run->report.before == STAGE_BOUND)
		return;
	else if (run->verb == VERB_RESERVE)
		reserve(run);
	else
		bind(run);
}

/* Runs the verb if devices are requested. */
static void prepare(struct run *run)
{
	enum verb verb = run->verb;
	bool fresh = run_dir_make(run->root);

	if (is_bind(verb) && !lock_take(run->root, run->requests.timeout * 1000 + BIND_GRACE)) {
		report_trouble(&run->report, "another vfio-claim-boot is still running");
		return;
	}
	/* Without the directory there is no earlier report, unless another program had the lock. */
	if (is_bind(verb) || (!fresh && verb == VERB_RESERVE))
		report_resume(&run->report);
	carry_out(run);
}

/* Runs any verb but start. */
static int run_verb(enum verb verb, int root, const char *slot)
{
	struct run run;
	bool unread;

	run_begin(&run, root);
	run.slot = slot;
	run.verb = verb;
	run.depth = verb == VERB_RESERVE ? DEPTH_RESERVE : DEPTH_ALL;
	unread = read_requests(&run);
	if (run.requests.debug)
		sysfs_debug_root = root;
	if (unread)
		report_trouble(&run.report, "nothing is claimed: cannot read what to claim");
	if (verb == VERB_WATCH) {
		if (!unread && anything_to_watch(&run.requests))
			watch(&run);
	} else if (unread || anything_asked(&run.requests)) {
		/*
		 * Even unread requests get here: devices reserved by an earlier run may have to be
		 * given back.
		 */
		prepare(&run);
	}
	run_free(&run);
	/* Its report is the earlier one of the next run. */
	if (run.again && verb == VERB_BIND)
		return run_verb(verb, root, slot);
	return run.report.failed ? EXIT_NOT_DONE : EXIT_DONE;
}

/*
 * bind-early has a process of its own, because its lock is held until that ends. If there is none,
 * bind does everything later.
 */
static int start(int root)
{
	int status = run_verb(VERB_RESERVE, root, NULL);

	if (!fork())
		run_verb(fork() ? VERB_WATCH : VERB_BIND_EARLY, root, NULL);
	return status;
}

int verb_run(enum verb verb, int root, const char *slot)
{
	/*
	 * In a crash kernel the command line belongs to another system, and the dump may need any
	 * disk.
	 */
	if (sysfs_exists(root, "proc/vmcore"))
		return EXIT_DONE;
	return verb == VERB_START ? start(root) : run_verb(verb, root, slot);
}
