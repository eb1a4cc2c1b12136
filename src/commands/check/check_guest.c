/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_guest.c - vfio-claim check --guest: whether a virtual machine with the devices starts
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/text.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../machine/device_nodes.h"
#include "../../machine/reset.h"
#include "check.h"

#define DEVICES "/sys/bus/pci/devices"

/* PCI_BASE_CLASS_DISPLAY of include/linux/pci_ids.h, in a class of 24 bits. */
#define BASE_CLASS(class) ((class) >> 16)
#define DISPLAY           0x03

/* --- what this user may open -------------------------------------------------------------------
 */

/* Returns true if it is there, and this user may not open it for reading and writing. */
static bool is_closed(const char *sysroot, const char *path)
{
	char *located = path_below(sysroot, path);
	bool closed = located && faccessat(AT_FDCWD, located, R_OK | W_OK, AT_EACCESS) < 0 &&
		      errno == EACCES;

	free(located);
	return closed;
}

/* A node that several devices share is told once: findings are. */
static void check_node(struct check *check, const char *path)
{
	if (!is_closed(check->sysroot, path))
		return;
	finding_add(&check->findings, LEVEL_WARNING, "node",
		    "%s: this user may not open it: a guest that this user starts ends with "
		    "\"Permission denied\", unless root's libvirt starts it; reboot after the "
		    "change",
		    path);
	finding_fix(&check->findings, "vfio-claim enable --add --owner USER");
}

static void check_nodes(struct check *check, const struct device *device)
{
	struct device_nodes nodes = { 0 };
	char *path;
	size_t i;

	device_nodes_add_vfio(&nodes, check->sysroot, device);
	for (i = 0; i < nodes.count; i++) {
		if (asprintf(&path, "/dev/%s", nodes.list[i].name) < 0)
			continue;
		check_node(check, path);
		free(path);
	}
	device_nodes_free(&nodes);
}

static void check_kvm_access(struct check *check)
{
	if (!is_closed(check->sysroot, "/dev/kvm"))
		return;
	finding_add(&check->findings, LEVEL_WARNING, "kvm",
		    "/dev/kvm: this user may not open it: a guest that this user starts cannot use "
		    "KVM, unless root's libvirt starts it; log in again after the change");
	finding_fix(&check->findings, "usermod -aG kvm USER");
}

/* --- KVM ---------------------------------------------------------------------------------------
 */

static void check_msrs(struct check *check)
{
	char *ignored = sysroot_read(check->sysroot, "/sys/module/kvm/parameters/ignore_msrs");

	if (ignored && ignored[0] == 'Y')
		finding_add(&check->findings, LEVEL_OK, "msrs",
			    "KVM: it ignores accesses to MSRs that it does not have "
			    "(ignore_msrs=Y), as some guides ask for macOS and Windows");
	else if (ignored)
		finding_add(&check->findings, LEVEL_OK, "msrs",
			    "KVM: it refuses accesses to MSRs that it does not have "
			    "(ignore_msrs=N), and most guests accept that; if one stops (macOS, "
			    "Windows) and the kernel's log has an unhandled rdmsr or wrmsr, write "
			    "Y to /sys/module/kvm/parameters/ignore_msrs");
	free(ignored);
}

void check_guest(struct check *check)
{
	if (!check->guest)
		return;
	check_guest_memory(check);
	check_kvm_access(check);
	check_msrs(check);
}

/* --- one device --------------------------------------------------------------------------------
 */

static void check_driver(struct check *check, const struct next_boot *next,
			 const struct device *device)
{
	if (vfio_has_it(next, device)) {
		finding_add_device(&check->findings, LEVEL_OK, "driver", device->slot,
				   "vfio has it: a virtual machine can have it now");
		check_nodes(check, device);
		return;
	}
	finding_add_device(&check->findings, LEVEL_WARNING, "driver", device->slot,
			   "%s has it now: a virtual machine can have it only after the claim",
			   device->driver[0] ? device->driver : "no driver");
	finding_fix(&check->findings, "vfio-claim claim '%s'", device->slot);
}

/* Writes the members of @slots that @plan does not claim to @text, "A, B". */
static void list_unclaimed(struct text *text, const struct string_set *slots,
			   const struct plan *plan)
{
	size_t i;

	text_set(text, "%s", "");
	for (i = 0; i < slots->count; i++)
		if (!boot_plan_claims(plan, slots->name[i]))
			text_add(text, "%s%s", text->length ? ", " : "", slots->name[i]);
}

static void tell_together(struct check *check, const struct plan *plan, const char *slot,
			  const struct reset *reset)
{
	struct text unclaimed;

	list_unclaimed(&unclaimed, &reset->others, plan);
	if (unclaimed.length)
		finding_add_device(&check->findings, LEVEL_WARNING, "reset", slot,
				   "it cannot be reset alone, and together with its bus only if "
				   "the guest also has %s; otherwise the guest may start only "
				   "once, until the host is rebooted",
				   unclaimed.data);
	else
		finding_add_device(&check->findings, LEVEL_OK, "reset", slot,
				   "it cannot be reset alone; its bus is reset if the guest has "
				   "everything on it, so give it all functions of the card");
}

static void tell_reset(struct check *check, const char *slot, const struct reset *reset)
{
	struct findings *findings = &check->findings;

	switch (reset->kind) {
	case RESET_OWN:
		finding_add_device(findings, LEVEL_OK, "reset", slot,
				   "it can be reset between guests (%s)", reset->methods);
		break;
	case RESET_BUS:
		finding_add_device(findings, LEVEL_OK, "reset", slot,
				   "it can be reset only with its bus, where it is alone (%s)",
				   reset->methods);
		break;
	case RESET_POWER:
		finding_add_device(findings, LEVEL_WARNING, "reset", slot,
				   "it can be reset only through its power state (%s), which some "
				   "devices survive unchanged: the second guest may find it as the "
				   "first one left it",
				   reset->methods);
		break;
	case RESET_UNNAMED:
		finding_add_device(findings, LEVEL_OK, "reset", slot,
				   "it can be reset between guests; this kernel does not say how");
		break;
	default:
		finding_add_device(
			findings, LEVEL_WARNING, "reset", slot,
			"nothing can reset it: a guest may start with it only once, until "
			"the host is rebooted; for some AMD cards there is the module "
			"vendor-reset");
	}
}

static void check_reset(struct check *check, const struct plan *plan, const char *slot)
{
	struct reset reset;

	reset_find(&reset, check->sysroot, slot);
	if (reset.kind == RESET_TOGETHER)
		tell_together(check, plan, slot, &reset);
	else
		tell_reset(check, slot, &reset);
	reset_free(&reset);
}

/* The parameter exists only with CONFIG_VFIO_PCI_VGA (drivers/vfio/pci/vfio_pci.c). */
static void check_vga(struct check *check, const char *slot)
{
	static const char module[] = "/sys/module/vfio_pci";
	struct findings *findings = &check->findings;
	char *off = sysroot_read(check->sysroot, "%s/parameters/disable_vga", module);

	if (off && off[0] == 'Y')
		finding_add_device(
			findings, LEVEL_OK, "vga", slot,
			"vfio-pci leaves its VGA ranges to the host (disable_vga=Y): fine "
			"for a guest with UEFI, but one with a BIOS cannot use it as its "
			"first display");
	else if (off)
		finding_add_device(
			findings, LEVEL_OK, "vga", slot,
			"vfio-pci gives its VGA ranges to the guest (disable_vga=N), which "
			"one with a BIOS needs; for one with UEFI, disable_vga=1 keeps the "
			"card out of the VGA arbitration of the host's displays");
	else if (sysroot_has(check->sysroot, "%s", module))
		finding_add_device(
			findings, LEVEL_OK, "vga", slot,
			"this kernel cannot give its VGA ranges to a guest: fine for one "
			"with UEFI, but one with a BIOS cannot use it as its first display");
	free(off);
}

/* What the kernel shows as the ROM of the boot display is its shadow, at 0xc0000. */
static void check_rom(struct check *check, const char *slot)
{
	finding_add_device(&check->findings, LEVEL_WARNING, "rom", slot,
			   "it is this boot's display: its ROM can be read only as the firmware "
			   "has left it, and a guest may show nothing with that; give the guest a "
			   "file with the ROM (libvirt: <rom file=...>, QEMU: romfile=), read "
			   "while another card is the boot display");
	finding_fix(&check->findings,
		    "cd " DEVICES "/%s && echo 1 >rom && cat rom >/root/card.rom; echo 0 >rom",
		    slot);
}

void check_guest_device(struct check *check, const struct next_boot *next,
			const struct device *device)
{
	char *boot_vga;

	if (!check->guest)
		return;
	check_driver(check, next, device);
	check_reset(check, &next->boot_plan.plan, device->slot);
	if (BASE_CLASS(device->id.class) != DISPLAY)
		return;
	check_vga(check, device->slot);
	boot_vga = sysroot_read(check->sysroot, DEVICES "/%s/boot_vga", device->slot);
	if (boot_vga && boot_vga[0] == '1')
		check_rom(check, device->slot);
	free(boot_vga);
}
