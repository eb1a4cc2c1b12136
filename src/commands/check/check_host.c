/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_host.c - the capabilities of the machine and the running kernel
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/sysroot_files.h"
#include "../../machine/cpu.h"
#include "../../plan/boot_plan.h"
#include "../../plan/iommu_judge.h"
#include "check.h"

/* Returns a whole file, or NULL. */
static char *read_file(const char *sysroot, const char *path)
{
	char *text;

	return boot_plan_read_text(sysroot, path, &text) == 0 ? text : NULL;
}

static void no_virtualisation(struct check *check, const struct cpu *cpu)
{
	finding_add(
		&check->findings, LEVEL_PROBLEM, "cpu",
		"processor: neither VT-x (vmx) nor AMD-V (svm), so it cannot run virtual machines; "
		"turn on %s in the firmware setup",
		cpu->amd ? "SVM" : "VT-x");
	fix_in_firmware(check);
}

static void check_cpu(struct check *check, const struct cpu *cpu)
{
	struct findings *findings = &check->findings;

	if (cpu->vmx || cpu->svm)
		finding_add(findings, LEVEL_OK, "cpu", "processor: it has %s",
			    cpu->vmx ? "VT-x (vmx)" : "AMD-V (svm)");
	else if (cpu->guest)
		finding_add(
			findings, LEVEL_PROBLEM, "cpu",
			"processor: neither VT-x (vmx) nor AMD-V (svm); this is a virtual machine "
			"itself, and its host has to allow it virtual machines of its own "
			"(nested)");
	else if (cpu->known)
		no_virtualisation(check, cpu);
	else
		finding_add(
			findings, LEVEL_OK, "cpu",
			"processor: this kind does not show whether it can run virtual machines; "
			"see /dev/kvm");
}

static void check_kvm(struct check *check, const struct cpu *cpu)
{
	if (sysroot_has(check->sysroot, "/dev/kvm")) {
		finding_add(&check->findings, LEVEL_OK, "kvm", "/dev/kvm: it is there");
		return;
	}
	finding_add(&check->findings, LEVEL_PROBLEM, "kvm",
		    "/dev/kvm: it is not there; the module is not loaded, or the firmware has "
		    "locked %s",
		    cpu->svm || cpu->amd ? "SVM" : "virtualisation");
	if (cpu->vmx || cpu->svm)
		finding_fix(&check->findings, "modprobe %s", cpu->vmx ? "kvm_intel" : "kvm_amd");
}

/* --- the IOMMU ---------------------------------------------------------------------------------
 */

/* Sets the fix for the cause. */
static void help_iommu(struct check *check, const struct iommu_judgement *iommu)
{
	switch (iommu->cause) {
	case IOMMU_BY_WORD:
		fix_off_cmdline(check, iommu->stops);
		break;
	case IOMMU_BY_DEFAULT:
	case IOMMU_BY_CONFIG:
		fix_on_cmdline(check, "intel_iommu=on");
		break;
	case IOMMU_BY_FIRMWARE:
		fix_in_firmware(check);
		break;
	default:
		if (iommu_advice(iommu))
			finding_fix(&check->findings, "%s", iommu_advice(iommu));
	}
}

static void no_iommu(struct check *check)
{
	struct iommu_judgement iommu;
	struct text line;

	iommu_judge_running(&iommu, check->sysroot);
	text_set(&line, "IOMMU: none is active");
	iommu_add_cause(&line, &iommu);
	finding_add(&check->findings, LEVEL_PROBLEM, "iommu", "%s", line.data);
	help_iommu(check, &iommu);
}

/* Returns true if an IOMMU is active. */
static bool check_iommu(struct check *check)
{
	struct string_set iommus = sysroot_list(check->sysroot, "/sys/class/iommu");
	struct string_set groups = sysroot_list(check->sysroot, "/sys/kernel/iommu_groups");
	bool active = iommu_is_active(check->sysroot);

	if (iommus.count)
		finding_add(&check->findings, LEVEL_OK, "iommu", "IOMMU: %s is active, %zu group%s",
			    iommu_kind_name(check->sysroot, iommus.name[0]), groups.count,
			    groups.count == 1 ? "" : "s");
	else if (active)
		finding_add(&check->findings, LEVEL_OK, "iommu",
			    "IOMMU: one is active, its kind is not known, %zu groups",
			    groups.count);
	else
		no_iommu(check);
	string_set_free(&groups);
	string_set_free(&iommus);
	return active;
}

/* sysfs does not show it and the kernel log may be gone, but it is in the names of interrupts. */
static void check_remapping(struct check *check)
{
	static const char unsafe[] = "/sys/module/vfio_iommu_type1/parameters/"
				     "allow_unsafe_interrupts";
	struct findings *findings = &check->findings;
	char *interrupts = read_file(check->sysroot, "/proc/interrupts");
	char *allowed = sysroot_read(check->sysroot, "%s", unsafe);
	bool is_allowed = allowed && allowed[0] == 'Y';

	if (is_allowed)
		finding_add(findings, LEVEL_WARNING, "interrupts",
			    "interrupt remapping: vfio is allowed to work without it "
			    "(allow_unsafe_interrupts); a virtual machine can then forge "
			    "interrupts of the host");
	if (interrupts && (strstr(interrupts, "IR-") || strstr(interrupts, "ITS-"))) {
		finding_add(findings, LEVEL_OK, "interrupts", "interrupt remapping: it is on");
	} else if (interrupts && (strstr(interrupts, "IO-APIC") || strstr(interrupts, "PCI-MSI"))) {
		finding_add(findings, is_allowed ? LEVEL_WARNING : LEVEL_PROBLEM, "interrupts",
			    "interrupt remapping: it is off, and vfio refuses to start a virtual "
			    "machine "
			    "without it; turn on VT-d or AMD-Vi with x2APIC in the firmware setup, "
			    "or, for "
			    "guests that you trust, let vfio work without it");
		finding_fix(findings, "echo 'options vfio_iommu_type1 allow_unsafe_interrupts=1' "
				      ">/etc/modprobe.d/vfio-unsafe.conf");
	} else {
		finding_add(findings, LEVEL_WARNING, "interrupts",
			    "interrupt remapping: unknown: /proc/interrupts does not show it");
		finding_fix(findings, "dmesg | grep -i -e remapping -e DMAR-IR");
	}
	free(allowed);
	free(interrupts);
}

/* --- the running kernel ------------------------------------------------------------------------
 */

/* Returns the mode in brackets, "none [integrity] confidentiality": a new string, or NULL. */
static char *read_lockdown(const char *sysroot)
{
	char *modes = sysroot_read(sysroot, "/sys/kernel/security/lockdown");
	char *mode = modes ? strchr(modes, '[') : NULL;

	mode = mode ? strndup(mode + 1, strcspn(mode + 1, "]")) : NULL;
	free(modes);
	return mode;
}

bool signatures_are_enforced(const char *sysroot)
{
	char *lockdown = read_lockdown(sysroot);
	char *enforce = sysroot_read(sysroot, "/sys/module/module/parameters/sig_enforce");
	bool enforced =
		(lockdown && strcmp(lockdown, "none") != 0) || (enforce && enforce[0] == 'Y');

	free(enforce);
	free(lockdown);
	return enforced;
}

static void check_lockdown(struct check *check)
{
	char *mode = read_lockdown(check->sysroot);

	if (!mode || strcmp(mode, "none") == 0)
		finding_add(&check->findings, LEVEL_OK, "lockdown", "kernel lockdown: %s",
			    mode ? "none" : "this kernel has none, or does not show it");
	else
		finding_add(&check->findings, LEVEL_OK, "lockdown",
			    "kernel lockdown: %s; vfio works with it, but every module needs a "
			    "signature",
			    mode);
	if (!signatures_are_enforced(check->sysroot))
		finding_add(&check->findings, LEVEL_OK, "signatures",
			    "module signatures: unsigned modules are accepted");
	free(mode);
}

void check_host(struct check *check)
{
	struct cpu cpu = cpu_look(check->sysroot);

	check_cpu(check, &cpu);
	check_kvm(check, &cpu);
	if (check_iommu(check))
		check_remapping(check);
	check_lockdown(check);
}
