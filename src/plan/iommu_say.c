/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iommu_say.c - describes the result of iommu_judge() */
#include "../core/words.h"
#include "../host/messages.h"
#include "iommu_judge.h"

#define THEN_GROUPS "what shares an IOMMU group with a claimed device is known only then"

/* Returns the IOMMU's name in the firmware setup. */
static const char *setting(const struct iommu_judgement *judgement)
{
	switch (judgement->here.kind) {
	case IOMMU_INTEL:
		return "VT-d";
	case IOMMU_AMD:
		return "AMD-Vi (IOMMU)";
	default:
		return "VT-d or AMD-Vi (IOMMU)";
	}
}

/* Appends the kernel's name. */
static void add_kernel(struct text *line, const struct iommu_judgement *judgement)
{
	if (judgement->kver)
		text_add(line, "kernel %s", judgement->kver);
	else
		text_add(line, "this kernel");
}

/* --- none: why ---------------------------------------------------------------------------------
 */

static void add_firmware(struct text *line, const struct iommu_judgement *judgement)
{
	bool other = judgement->here.kind == IOMMU_OTHER;

	if (judgement->words.intel_on && judgement->here.kind != IOMMU_AMD)
		text_add(line,
			 ", although the command line asks for it (intel_iommu=on): turn on %s in "
			 "the "
			 "firmware setup",
			 setting(judgement));
	else if (other)
		text_add(line, ": turn on VT-d or AMD-Vi in the firmware setup, and add "
			       "intel_iommu=on");
	else
		text_add(line, "; turn on %s in the firmware setup%s", setting(judgement),
			 iommu_needs_word(judgement)
				 ? ", and add intel_iommu=on to the kernel command line"
				 : "");
}

static void add_failure(struct text *line, const struct iommu_judgement *judgement)
{
	switch (judgement->here.kind) {
	case IOMMU_ARM:
		text_add(line, "; the firmware describes no SMMU, or the kernel has no driver for "
			       "it");
		break;
	case IOMMU_VIRTIO:
		if (judgement->here.unloaded) {
			text_add(line, ", although this machine has a virtio-iommu: its driver, "
				       "the module virtio_iommu, is not loaded");
			return;
		}
		text_add(line, ", although this machine has a virtio-iommu");
		break;
	default:
		text_add(line, ", although the firmware has %s on%s",
			 judgement->here.kind == IOMMU_AMD ? "AMD-Vi" : "VT-d",
			 judgement->words.intel_on && judgement->here.kind == IOMMU_INTEL
				 ? " and the command line asks for it (intel_iommu=on)"
				 : "");
	}
	text_add(line, "; the kernel's log says why");
}

void iommu_add_cause(struct text *line, const struct iommu_judgement *judgement)
{
	switch (judgement->cause) {
	case IOMMU_BY_WORD:
		text_add(line, ": the kernel command line has %s", judgement->stops);
		break;
	case IOMMU_BY_DEFAULT:
	case IOMMU_BY_CONFIG:
		text_add(line, "%s; the kernel needs intel_iommu=on",
			 judgement->here.table == IOMMU_TABLE_PRESENT
				 ? ", but the firmware has VT-d on"
				 : "");
		break;
	case IOMMU_BY_FIRMWARE:
		add_firmware(line, judgement);
		break;
	case IOMMU_BY_HOST:
		text_add(line, ": this is a virtual machine, and its host gives it none%s",
			 iommu_needs_word(judgement)
				 ? "; an emulated Intel IOMMU also needs intel_iommu=on here"
				 : "");
		break;
	case IOMMU_BY_KERNEL:
		text_add(line, ": ");
		add_kernel(line, judgement);
		text_add(line, " is built without a driver for it");
		break;
	default:
		add_failure(line, judgement);
	}
}

/* Returns what shows why the driver has failed. */
static const char *advice_on_failure(const struct iommu_here *here)
{
	switch (here->kind) {
	case IOMMU_ARM:
		return "dmesg | grep -i -e SMMU -e IORT -e IOMMU";
	case IOMMU_VIRTIO:
		return here->unloaded ? "modprobe virtio_iommu"
				      : "dmesg | grep -i -e virtio -e VIOT -e IOMMU";
	default:
		return "dmesg | grep -i -e DMAR -e AMD-Vi -e IVRS -e IOMMU";
	}
}

const char *iommu_advice(const struct iommu_judgement *judgement)
{
	if (judgement->cause == IOMMU_BY_FAILURE)
		return advice_on_failure(&judgement->here);
	if (judgement->cause != IOMMU_BY_HOST)
		return NULL;
	return judgement->here.cpu.arm
		       ? "have the host add a virtual IOMMU (QEMU: -M virt,iommu=smmuv3 or -device "
			 "virtio-iommu-pci)"
		       : "have the host add a virtual IOMMU (QEMU: -device "
			 "intel-iommu,intremap=on or -device virtio-iommu-pci)";
}

void iommu_words_of_verdict(struct text *line, const struct decision *decision,
			    const struct iommu_judgement *judgement)
{
	if (decision->verdict != VERDICT_NO_IOMMU || judgement->verdict == IOMMU_ON) {
		words_of_verdict(line, decision);
		return;
	}
	text_add(line, "no IOMMU is active");
	iommu_add_cause(line, judgement);
}

/* --- not known ---------------------------------------------------------------------------------
 */

static void warn_of_first(const struct iommu_judgement *judgement)
{
	const struct iommu_here *here = &judgement->here;
	bool amd = here->kind == IOMMU_AMD;
	bool sure = here->table == IOMMU_TABLE_PRESENT;
	const char *how = judgement->words.intel_on && !amd ? "intel_iommu=on turns it on"
							    : "the next boot turns it on";

	if (here->cpu.guest && !sure)
		message_warning("no IOMMU is active now; %s if the host gives this virtual "
				"machine one, and " THEN_GROUPS,
				how);
	else if (here->kind == IOMMU_ARM || here->kind == IOMMU_VIRTIO)
		message_warning("no IOMMU is active now; the next boot's kernel may have a "
				"driver for it, and " THEN_GROUPS);
	else
		message_warning("no IOMMU is active now; %s%s the firmware has %s on, "
				"and " THEN_GROUPS,
				how, sure ? ", since" : " if", amd ? "AMD-Vi" : "VT-d");
}

#define NOT_KNOWN                                                                                  \
	"it is not known whether the next boot will have an IOMMU, without which "                 \
	"nothing is claimed: the kernel command line has no intel_iommu=on, and "

static void warn_of_default(const struct iommu_judgement *judgement, const char *kver)
{
	if (judgement->here.opt_in)
		message_warning(NOT_KNOWN
				"without it the kernel turns the IOMMU on only where there are "
				"Thunderbolt ports");
	else
		message_warning(NOT_KNOWN "the default of kernel %s is not known: there is no "
					  "/boot/config-%s",
				kver, kver);
}

void iommu_warn(const struct iommu_judgement *judgement)
{
	const char *kver = judgement->kver ? judgement->kver : "";

	switch (judgement->cause) {
	case IOMMU_BY_FIRST:
		warn_of_first(judgement);
		break;
	case IOMMU_BY_CONFIG:
		warn_of_default(judgement, kver);
		break;
	default:
		message_warning("no IOMMU is active now; it is not known whether the next boot, "
				"with kernel %s, will have one",
				kver);
	}
}
