/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../core/drivers.h"
#include "../core/text.h"
#include "../host/messages.h"
#include "../host/string_set.h"
#include "../host/sysroot_files.h"
#include "../image/kernel.h"
#include "../image/modprobe_conf.h"
#include "../image/variants.h"
#include "../image/vfio_modules.h"
#include "../machine/absent.h"
#include "../machine/protected_list.h"
#include "behind_claims.h"
#include "claim_warnings.h"
#include "idle_neighbours.h"
#include "keyboard_warnings.h"
#include "naming.h"
#include "no_group.h"

/* --- what the image will hold ------------------------------------------------------------------
 */

/* A kernel that cannot be examined may still be fit. */
static void examine_kernel(struct next_boot *next, const char *sysroot, const char *kver)
{
	struct string_set modules = { 0 };
	struct kernel kernel;

	if (kernel_open(&kernel, sysroot, kver) < 0) {
		message_warning("it is not known whether kernel %s can do vfio", kver);
		next->unknown = true;
	} else {
		next->unfit = vfio_modules_find(&kernel, &modules) < 0;
		next->boot_plan.texts.variants = variants_text(&kernel);
		warn_of_modprobe_conf(sysroot, &modules);
	}
	string_set_free(&modules);
	kernel_close(&kernel);
}

/* Returns 0, or -1 after printing an error. */
static int read_conf(struct request_texts *texts, const char *sysroot, const char *conf)
{
	if (!conf)
		return boot_plan_read_text(sysroot, "/etc/vfio-claim.conf", &texts->conf);
	texts->conf = strdup(conf);
	if (texts->conf)
		return 0;
	message_errno(ENOMEM, "vfio-claim.conf");
	return -1;
}

/* Returns 0, or -1 after printing an error. */
static int read_texts(struct next_boot *next, const char *cmdline, const char *kver,
		      const char *conf)
{
	const char *sysroot = next->sysroot;
	struct request_texts *texts = &next->boot_plan.texts;

	if (read_conf(texts, sysroot, conf) < 0)
		return -1;
	texts->cmdline = strdup(cmdline);
	if (!texts->cmdline) {
		message_errno(ENOMEM, "the command line");
		return -1;
	}
	texts->protected = protected_find(sysroot);
	if (!texts->protected)
		return -1;
	examine_kernel(next, sysroot, kver);
	return vfs_requests_read(&next->vfs, sysroot, cmdline, texts->conf);
}

/* --- how the machine will differ ---------------------------------------------------------------
 */

/* Returns true if it exists only because a driver created it. */
static bool is_virtual(const struct device *device, const char *sysroot)
{
	return sysroot_has(sysroot, "/sys/bus/pci/devices/%s/physfn", device->slot);
}

/*
 * At boot no driver is bound; later each device will have its present driver, except those that
 * this boot claimed.
 */
static int forget_driver(struct next_boot *next, struct device *device)
{
	int err = device->driver[0] ? 0 : string_set_add(&next->idle, device->slot);

	if (is_vfio_driver(device->driver))
		device->driver[0] = '\0';
	device->has_vfs = false;
	return err;
}

/*
 * Changes the snapshot into the machine as the next boot finds it. Returns 0, or -1 after printing
 * an error.
 */
static int look_ahead(struct next_boot *next, const char *sysroot)
{
	struct snapshot *snapshot = &next->boot_plan.snapshot;
	struct device *device;
	size_t i, count = 0;
	bool late;
	int err = 0;

	for (i = 0; !err && i < snapshot->count; i++) {
		device = &snapshot->devices[i];
		late = is_virtual(device, sysroot);
		err = late ? array_add(&next->late, &next->late_count, device, sizeof(*device))
			   : forget_driver(next, device);
		if (!err && !late)
			snapshot->devices[count++] = *device;
	}
	snapshot->count = count;
	if (err)
		message_errno(err, "the PCI devices");
	return err ? -1 : 0;
}

/* The boot will find what was judged; an active IOMMU stays. */
static void expect_iommu(struct next_boot *next)
{
	bool asks = boot_plan_asks(&next->boot_plan) && !next->boot_plan.requests.off;

	if (next->iommu.verdict == IOMMU_OFF)
		next->boot_plan.snapshot.iommu = false;
	else if (!next->iommu.here.active)
		next->boot_plan.snapshot.iommu = true;
	if (next->iommu.verdict == IOMMU_UNKNOWN && asks)
		iommu_warn(&next->iommu);
}

/* Returns 0, or -1 after printing an error. */
static int decide_next(struct next_boot *next, const char *kver)
{
	struct boot_plan *boot_plan = &next->boot_plan;
	int dropped;

	if (boot_plan_decide(boot_plan) < 0)
		return -1;
	dropped = behind_claims_drop(boot_plan, next->sysroot);
	if (dropped < 0)
		return -1;
	if (dropped) {
		plan_free(&boot_plan->plan);
		if (boot_plan_decide(boot_plan) < 0)
			return -1;
	}
	idle_neighbours_pass(&boot_plan->plan, &next->idle, next->sysroot, kver);
	return 0;
}

/* --- warnings ----------------------------------------------------------------------------------
 */

static void warn_of_late(const struct next_boot *next)
{
	const struct selectors *claims = &next->boot_plan.requests.claims;
	size_t i;

	for (i = 0; i < next->late_count; i++)
		if (device_first(claims, &next->late[i], device_matches))
			message_warning("%s is a virtual function: the boot will not find it, "
					"but it is claimed as soon as it is created",
					next->late[i].slot);
}

static void warn(const struct next_boot *next, const char *cmdline)
{
	const struct boot_plan *boot_plan = &next->boot_plan;
	const struct decision *decision;
	size_t i;

	if (boot_plan->requests.off)
		return;
	claim_warnings_print(&boot_plan->plan, next->sysroot);
	for (i = 0; i < boot_plan->plan.count; i++) {
		decision = &boot_plan->plan.decisions[i];
		if (decision->verdict == VERDICT_CLAIM)
			no_group_warn(&next->ungrouped, decision->device, &next->iommu,
				      next->sysroot);
	}
	warn_of_late(next);
	naming_warn(boot_plan, next->sysroot);
	keyboard_warnings_print(boot_plan, next->sysroot, cmdline);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

int next_boot_find(struct next_boot *next, const char *sysroot, const char *cmdline,
		   const char *kver)
{
	return next_boot_find_with(next, sysroot, cmdline, kver, NULL);
}

int next_boot_find_with(struct next_boot *next, const char *sysroot, const char *cmdline,
			const char *kver, const char *conf)
{
	struct boot_plan *boot_plan = &next->boot_plan;

	*next = (struct next_boot){ .sysroot = sysroot };
	iommu_judge(&next->iommu, sysroot, cmdline, kver);
	if (read_texts(next, cmdline, kver, conf) < 0 || boot_plan_look(boot_plan, sysroot) < 0 ||
	    no_group_list(&next->ungrouped, &boot_plan->snapshot, &next->iommu, sysroot) < 0 ||
	    look_ahead(next, sysroot) < 0)
		return -1;
	expect_iommu(next);
	if (decide_next(next, kver) < 0)
		return -1;
	warn(next, cmdline);
	return 0;
}

void next_boot_free(struct next_boot *next)
{
	boot_plan_free(&next->boot_plan);
	vfs_requests_free(&next->vfs);
	string_set_free(&next->idle);
	string_set_free(&next->ungrouped);
	free(next->late);
}

bool next_boot_is_ungrouped(const struct next_boot *next, const struct device *device)
{
	return string_set_have(&next->ungrouped, device->slot);
}

bool next_boot_claims(const struct next_boot *next, const struct decision *decision)
{
	return decision->verdict == VERDICT_CLAIM && !next->unfit && !next->boot_plan.requests.off;
}

bool next_boot_is_late(const struct next_boot *next, const struct selector *claim)
{
	struct text how = { 0 };
	size_t i;

	for (i = 0; i < next->late_count; i++)
		if (device_matches(claim, &next->late[i]))
			return true;
	return words_of_appearance(&how, next->sysroot, claim);
}

bool next_boot_refuses_vfs(struct text *why, const struct next_boot *next,
			   const struct vfs_request *request)
{
	if (vfs_request_refused(why, request, next->sysroot))
		return true;
	if (!boot_plan_claims(&next->boot_plan.plan, request->slot))
		return false;
	text_set(why, "%s is claimed itself, and must keep its own driver, which creates them",
		 request->slot);
	return true;
}

bool next_boot_lacks_vfs(struct text *why, const struct next_boot *next,
			 const struct vfs_request *request)
{
	if (next_boot_refuses_vfs(why, next, request))
		return true;
	if (next->iommu.verdict == IOMMU_OFF) {
		text_set(why, "no IOMMU is active");
		iommu_add_cause(why, &next->iommu);
	} else if (next->unfit) {
		text_set(why, "the kernel cannot load vfio-pci");
	}
	return next->iommu.verdict == IOMMU_OFF || next->unfit;
}

char *next_boot_driver(const char *sysroot, const struct decision *decision)
{
	struct string_set drivers;
	const char *name = decision->module, *entry;
	char *driver;
	size_t i;

	if (!name)
		return strdup("vfio-pci");
	drivers = sysroot_list(sysroot, "/sys/module/%s/drivers", name);
	for (i = 0; i < drivers.count; i++) {
		entry = drivers.name[i];
		if (text_skip(&entry, "pci:"))
			name = entry;
	}
	driver = strdup(name);
	string_set_free(&drivers);
	return driver;
}
