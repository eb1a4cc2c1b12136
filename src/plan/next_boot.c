/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_boot.h"

#include <errno.h>
#include <stdio.h>
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
#include "../image/takers.h"
#include "../image/variants.h"
#include "../image/vfio_modules.h"
#include "../machine/absent.h"
#include "../machine/override.h"
#include "../machine/protected_list.h"
#include "keyboards.h"
#include "naming.h"

#define DEVICES "/sys/bus/pci/devices"
#define INTEL   0x8086

/* --- what the image will hold ------------------------------------------------------------------
 */

/* Asks the kernel of the next boot. One that cannot be looked at may be fit all the same. */
static void ask_kernel(struct next_boot *next, const char *sysroot, const char *kver)
{
	struct string_set modules = { 0 };
	struct kernel kernel;

	if (kernel_open(&kernel, sysroot, kver) < 0) {
		complain("warning: it is not known whether kernel %s can do vfio", kver);
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
	complain_errno(ENOMEM, "vfio-claim.conf");
	return -1;
}

static int read_texts(struct next_boot *next, const char *sysroot, const char *cmdline,
		      const char *kver, const char *conf)
{
	struct request_texts *texts = &next->boot_plan.texts;

	if (read_conf(texts, sysroot, conf) < 0)
		return -1;
	texts->cmdline = strdup(cmdline);
	if (!texts->cmdline) {
		complain_errno(ENOMEM, "the command line");
		return -1;
	}
	texts->protected = protected_find(sysroot);
	if (!texts->protected)
		return -1;
	ask_kernel(next, sysroot, kver);
	return 0;
}

/* --- what of the machine will be otherwise -----------------------------------------------------
 */

/* Whether it is there only since a driver has made it. */
static bool is_virtual(const char *sysroot, const struct device *device)
{
	return sysroot_has(sysroot, DEVICES "/%s/physfn", device->slot);
}

/*
 * The boot begins with no driver bound; in the end each device will have the one that it has now,
 * but for those that this boot has claimed.
 */
static void forget_driver(struct next_boot *next, struct device *device)
{
	if (!device->driver[0])
		string_set_add(&next->idle, device->slot);
	if (is_vfio_driver(device->driver))
		device->driver[0] = '\0';
	device->has_vfs = false;
}

/* Goes through the machine as it is and makes it as it will be. Gives 0 or -1 after a message. */
static int look_ahead(struct next_boot *next, const char *sysroot)
{
	struct snapshot *snapshot = &next->boot_plan.snapshot;
	struct device *device;
	size_t i, count = 0;

	for (i = 0; i < snapshot->count; i++) {
		device = &snapshot->devices[i];
		if (is_virtual(sysroot, device)) {
			if (array_add(&next->late, &next->late_count, device, sizeof(*device)) <
			    0) {
				complain_errno(ENOMEM, "the virtual functions");
				return -1;
			}
			continue;
		}
		forget_driver(next, device);
		snapshot->devices[count++] = *device;
	}
	snapshot->count = count;
	return 0;
}

/* --- the neighbours of claimed devices ---------------------------------------------------------
 */

/* Whether it has no driver now, and is in the way only if one takes it. */
static bool is_idle(const struct next_boot *next, const struct decision *decision)
{
	return decision->in_the_way && string_set_have(&next->idle, decision->device->slot);
}

static void pass_idle(struct next_boot *next, const struct kernel *kernel)
{
	struct plan *plan = &next->boot_plan.plan;
	struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (!is_idle(next, decision) || kernel_has_taker(kernel, decision->device->alias))
			continue;
		decision->in_the_way = false;
		if (decision->verdict == VERDICT_NEIGHBOUR)
			decision->verdict = VERDICT_PASSED;
	}
}

/* A device that no driver takes blocks no group; if that is not known, it counts as in the way. */
static void judge_idle(struct next_boot *next, const char *sysroot, const char *kver)
{
	const struct plan *plan = &next->boot_plan.plan;
	struct kernel kernel;
	bool any = false;
	size_t i;

	for (i = 0; i < plan->count; i++)
		any |= is_idle(next, &plan->decisions[i]);
	if (!any)
		return;
	/* There has been a warning about a kernel that cannot be examined. */
	messages_mute(true);
	if (kernel_open(&kernel, sysroot, kver) == 0)
		pass_idle(next, &kernel);
	kernel_close(&kernel);
	messages_mute(false);
}

/*
 * Whether a device is behind one that is claimed: a VMD controller, without whose driver nothing is
 * there. The groups do not show this while no IOMMU is active.
 */
static bool goes_with_claim(const struct plan *plan, const char *sysroot,
			    const struct device *device)
{
	char *path = sysroot_real(sysroot, DEVICES "/%s", device->slot);
	const struct device *other;
	const char *at;
	bool goes = false;
	size_t i;

	for (i = 0; path && i < plan->count && !goes; i++) {
		other = plan->decisions[i].device;
		at = strstr(path, other->slot);
		goes = plan->decisions[i].verdict == VERDICT_CLAIM && at &&
		       at[strlen(other->slot)] == '/';
	}
	free(path);
	return goes;
}

/* Drops what the boot will not have. Returns whether there is anything of the kind. */
static bool drop_behind_vmd(struct boot_plan *boot_plan, const char *sysroot)
{
	struct snapshot *snapshot = &boot_plan->snapshot;
	size_t i, count = 0;

	for (i = 0; i < snapshot->count; i++) {
		if (goes_with_claim(&boot_plan->plan, sysroot, &snapshot->devices[i]))
			complain("warning: %s is behind a VMD controller that is claimed, and "
				 "disappears from the host with it",
				 snapshot->devices[i].slot);
		else
			snapshot->devices[count++] = snapshot->devices[i];
	}
	if (count == snapshot->count)
		return false;
	snapshot->count = count;
	return true;
}

/* Returns 0, or -1 after printing an error. */
static int decide_next(struct next_boot *next, const char *sysroot, const char *kver)
{
	struct boot_plan *boot_plan = &next->boot_plan;

	if (boot_plan_decide(boot_plan) < 0)
		return -1;
	if (drop_behind_vmd(boot_plan, sysroot)) {
		plan_free(&boot_plan->plan);
		if (boot_plan_decide(boot_plan) < 0)
			return -1;
	}
	judge_idle(next, sysroot, kver);
	return 0;
}

/* --- its IOMMU ---------------------------------------------------------------------------------
 */

/* The boot will find what the judge says; what is active now stays. */
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

/* Whether it is a display of Intel's, of which intel_iommu=igfx_off speaks. */
static bool is_intel_display(const struct device *device)
{
	return device->id.vendor == INTEL && strstr(device->alias, "bc03");
}

/* Whether the next boot's options for such displays are the same as this boot's. */
static bool says_the_same(const struct iommu_judgement *next, const char *sysroot)
{
	struct iommu_judgement now;

	iommu_judge_running(&now, sysroot);
	return now.words.no_gfx == next->words.no_gfx && now.told == next->told &&
	       strcmp(now.words.intel, next->words.intel) == 0;
}

/*
 * Lists what has no group now and will have none. Intel's and AMD's IOMMUs group what they cover as
 * it is found, the others when a driver comes: with one, a device has a group or never will.
 */
static int list_ungrouped(struct next_boot *next, const char *sysroot)
{
	const struct snapshot *snapshot = &next->boot_plan.snapshot;
	bool early = next->iommu.here.kind == IOMMU_INTEL || next->iommu.here.kind == IOMMU_AMD;
	const struct device *device;
	size_t i;

	for (i = 0; next->iommu.here.active && i < snapshot->count; i++) {
		device = &snapshot->devices[i];
		if (device->group[0] || !(early || device->driver[0]) ||
		    (is_intel_display(device) && !says_the_same(&next->iommu, sysroot)))
			continue;
		if (string_set_add(&next->ungrouped, device->slot) < 0) {
			complain_errno(ENOMEM, "the devices without an IOMMU group");
			return -1;
		}
	}
	return 0;
}

bool next_boot_is_ungrouped(const struct next_boot *next, const struct device *device)
{
	return string_set_have(&next->ungrouped, device->slot);
}

/* The integrated one, which has an IOMMU to itself, and is in a group now. */
static void warn_of_igfx_off(const struct next_boot *next, const char *sysroot,
			     const struct device *device)
{
	const struct iommu_judgement *iommu = &next->iommu;
	const struct pci_address *at = &device->address;

	if (iommu->here.kind == IOMMU_INTEL && iommu->words.no_gfx && is_intel_display(device) &&
	    device->group[0] && !at->bus && !says_the_same(iommu, sysroot))
		complain("warning: %s: with intel_iommu=igfx_off Intel's integrated display is in "
			 "no IOMMU group, and vfio-pci refuses such a device",
			 device->slot);
}

static void warn_of_no_group(const struct next_boot *next, const char *sysroot,
			     const struct device *device)
{
	const struct iommu_judgement *iommu = &next->iommu;
	const char *why = "";

	if (iommu->verdict != IOMMU_OFF)
		warn_of_igfx_off(next, sysroot, device);
	if (!next_boot_is_ungrouped(next, device) || iommu->verdict == IOMMU_OFF)
		return;
	if (iommu->here.kind == IOMMU_ARM)
		why = " (the firmware gives it no stream ID)";
	else if (is_intel_display(device) && iommu->words.no_gfx)
		why = " (intel_iommu=igfx_off)";
	else if (is_intel_display(device) && !iommu->words.intel_on)
		why = " (by default Debian's kernels leave an integrated display out)";
	complain("%s: it is in no IOMMU group although an IOMMU is active%s, and vfio-pci refuses "
		 "such a device",
		 device->slot, why);
}

/* --- what this machine knows and the boot will not ---------------------------------------------
 */

/* Who sets an override now will do so again, when the boot is over. */
static void warn_of_override(const char *sysroot, const struct decision *decision)
{
	const char *slot = decision->device->slot;
	char *override = override_read(sysroot, slot);

	/* One that this boot has set itself names vfio-pci or a variant of it. */
	if (override && override[0] && !strstr(override, "vfio"))
		complain(
			"warning: %s: its driver_override is '%s' now; what has set it (driverctl, "
			"a rule of udev's) may take it from vfio-pci after the boot",
			slot, override);
	free(override);
}

static void warn_of_functions(const char *sysroot, const struct decision *decision)
{
	const char *slot = decision->device->slot;
	char *number = sysroot_read(sysroot, DEVICES "/%s/sriov_numvfs", slot);

	if (number && strtoul(number, NULL, 10) > 0)
		complain("warning: %s has virtual functions enabled now; with vfio-pci they will "
			 "not be there, and where they are enabled before it is claimed, it is "
			 "refused",
			 slot);
	free(number);
}

static void warn_of_decision(const struct next_boot *next, const char *sysroot,
			     const struct decision *decision)
{
	const char *slot = decision->device->slot;

	if (decision->verdict == VERDICT_PROTECTED)
		complain(
			"warning: %s is refused by an image that is made for this machine; one for "
			"any machine (dracut without hostonly) has no list of what this system "
			"runs from and may claim it",
			slot);
	if (decision->verdict != VERDICT_CLAIM)
		return;
	if (decision->against)
		complain("warning: %s is claimed by force, although this system needs it for %s",
			 slot, decision->against->param);
	warn_of_no_group(next, sysroot, decision->device);
	warn_of_override(sysroot, decision);
	warn_of_functions(sysroot, decision);
}

static void warn_of_late(const struct next_boot *next)
{
	const struct requests *requests = &next->boot_plan.requests;
	const struct device *device;
	size_t i;

	for (i = 0; i < next->late_count; i++) {
		device = &next->late[i];
		if (device_first(&requests->claims, device, device_matches))
			complain("warning: %s is a virtual function: the boot will not find it, "
				 "but it "
				 "is claimed as soon as it is made",
				 device->slot);
	}
}

static void warn(const struct next_boot *next, const char *sysroot)
{
	const struct plan *plan = &next->boot_plan.plan;
	size_t i;

	if (next->boot_plan.requests.off)
		return;
	for (i = 0; i < plan->count; i++)
		warn_of_decision(next, sysroot, &plan->decisions[i]);
	warn_of_late(next);
	warn_of_naming(next, sysroot);
}

int next_boot_find(struct next_boot *next, const char *sysroot, const char *cmdline,
		   const char *kver)
{
	return next_boot_find_with(next, sysroot, cmdline, kver, NULL);
}

int next_boot_find_with(struct next_boot *next, const char *sysroot, const char *cmdline,
			const char *kver, const char *conf)
{
	*next = (struct next_boot){ .sysroot = sysroot };
	iommu_judge(&next->iommu, sysroot, cmdline, kver);
	if (read_texts(next, sysroot, cmdline, kver, conf) < 0 ||
	    boot_plan_look(&next->boot_plan, sysroot) < 0 || list_ungrouped(next, sysroot) < 0 ||
	    look_ahead(next, sysroot) < 0)
		return -1;
	expect_iommu(next);
	if (decide_next(next, sysroot, kver) < 0)
		return -1;
	warn(next, sysroot);
	keyboards_warn(next, sysroot, cmdline);
	return 0;
}

void next_boot_free(struct next_boot *next)
{
	boot_plan_free(&next->boot_plan);
	string_set_free(&next->idle);
	string_set_free(&next->ungrouped);
	free(next->late);
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
