/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../array.h"
#include "../params.h"
#include "../text.h"
#include "kernel.h"
#include "keyboards.h"
#include "messages.h"
#include "modprobe_conf.h"
#include "names.h"
#include "override.h"
#include "protected.h"
#include "tree.h"
#include "variants.h"
#include "vfio_modules.h"

#define DEVICES "/sys/bus/pci/devices"

/* --- what the image will hold ------------------------------------------------------------------
 */

/* Asks the kernel of the next boot. One that cannot be looked at may be fit all the same. */
static void ask_kernel(struct next_boot *next, const char *sysroot, const char *kver)
{
	struct names modules = { 0 };
	struct kernel kernel;

	if (kernel_open(&kernel, sysroot, kver) < 0) {
		complain("warning: it is not known whether kernel %s can do vfio", kver);
	} else {
		next->unfit = vfio_modules_find(&kernel, &modules) < 0;
		next->outlook.texts.variants = variants_text(&kernel);
		if (names_have(&modules, "vfio-pci"))
			warn_of_module_ids(sysroot);
	}
	names_free(&modules);
	kernel_close(&kernel);
}

static int read_texts(struct next_boot *next, const char *sysroot, const char *cmdline,
		      const char *kver)
{
	struct request_texts *texts = &next->outlook.texts;

	if (outlook_read_text(sysroot, "/etc/vfio-claim.conf", &texts->conf) < 0)
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
	return tree_has(sysroot, DEVICES "/%s/physfn", device->slot);
}

/* The boot begins with no driver bound; what has pci-stub now will have it by pci-stub.ids=. */
static void forget_driver(struct device *device)
{
	if (strcmp(device->driver, "pci-stub") != 0)
		device->driver[0] = '\0';
	device->has_vfs = false;
}

/* Goes through the machine as it is and makes it as it will be. Gives 0 or -1 after a message. */
static int look_ahead(struct next_boot *next, const char *sysroot)
{
	struct snapshot *snapshot = &next->outlook.snapshot;
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
		forget_driver(device);
		snapshot->devices[count++] = *device;
	}
	snapshot->count = count;
	return 0;
}

/* Whether @cmdline switches an Intel IOMMU on. */
static bool turns_iommu_on(const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	struct param param;
	bool on = false;

	while (copy && param_next(&cursor, &param))
		if (param_named(&param, "intel_iommu") && param.value)
			on = strncmp(param.value, "on", 2) == 0;
	free(copy);
	return on;
}

/* With a command line that turns it on, a machine without an IOMMU may have one at next boot. */
static void expect_iommu(struct next_boot *next, const char *sysroot, const char *cmdline)
{
	char *running = tree_read(sysroot, "/proc/cmdline");

	if (!next->outlook.snapshot.iommu && turns_iommu_on(cmdline) &&
	    !(running && turns_iommu_on(running))) {
		next->outlook.snapshot.iommu = true;
		complain("warning: no IOMMU is active now; intel_iommu=on turns it on if the "
			 "firmware has VT-d on, and only then it is known what shares its group "
			 "with a claimed device");
	}
	free(running);
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
	char *number = tree_read(sysroot, DEVICES "/%s/sriov_numvfs", slot);

	if (number && strtoul(number, NULL, 10) > 0)
		complain("warning: %s has virtual functions enabled now; with vfio-pci they will "
			 "not be there, and where they are enabled before it is claimed, it is "
			 "refused",
			 slot);
	free(number);
}

static void warn_of_decision(const char *sysroot, const struct decision *decision)
{
	const char *slot = decision->device->slot;

	if (decision->verdict == VERDICT_PROTECTED)
		complain(
			"warning: %s is refused by an image that is made for this machine; one for "
			"any machine (dracut without hostonly) has no list of what this system "
			"runs from and claims it",
			slot);
	if (decision->verdict != VERDICT_CLAIM)
		return;
	if (decision->against)
		complain("warning: %s is claimed by force, although this system needs it for %s",
			 slot, decision->against->param);
	warn_of_override(sysroot, decision);
	warn_of_functions(sysroot, decision);
}

static void warn_of_late(const struct next_boot *next)
{
	const struct requests *requests = &next->outlook.requests;
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
	const struct plan *plan = &next->outlook.plan;
	size_t i;

	if (next->outlook.requests.off)
		return;
	for (i = 0; i < plan->count; i++)
		warn_of_decision(sysroot, &plan->decisions[i]);
	warn_of_late(next);
}

int next_boot_find(struct next_boot *next, const char *sysroot, const char *cmdline,
		   const char *kver)
{
	*next = (struct next_boot){ 0 };
	if (read_texts(next, sysroot, cmdline, kver) < 0 ||
	    outlook_look(&next->outlook, sysroot) < 0 || look_ahead(next, sysroot) < 0)
		return -1;
	expect_iommu(next, sysroot, cmdline);
	if (outlook_decide(&next->outlook) < 0)
		return -1;
	warn(next, sysroot);
	keyboards_warn(next, sysroot, cmdline);
	return 0;
}

void next_boot_free(struct next_boot *next)
{
	outlook_free(&next->outlook);
	free(next->late);
}

bool next_boot_is_late(const struct next_boot *next, const struct selector *claim)
{
	size_t i;

	for (i = 0; i < next->late_count; i++)
		if (device_matches(claim, &next->late[i]))
			return true;
	return false;
}

char *next_boot_driver(const char *sysroot, const struct decision *decision)
{
	struct names drivers;
	const char *name = decision->module, *entry;
	char *driver;
	size_t i;

	if (!name)
		return strdup("vfio-pci");
	drivers = tree_list(sysroot, "/sys/module/%s/drivers", name);
	for (i = 0; i < drivers.count; i++) {
		entry = drivers.name[i];
		if (text_skip(&entry, "pci:"))
			name = entry;
	}
	driver = strdup(name);
	names_free(&drivers);
	return driver;
}
