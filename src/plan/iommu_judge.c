/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu_judge.h"

#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/sysroot_files.h"
#include "../machine/kernel_config.h"

/* --- what the command line and the configuration ask for ---------------------------------------
 */

/* A kernel and its command line. */
struct boot {
	const struct iommu_words *words;
	const char *kver;
	char *config; /* NULL if it is not known */
};

/* What a boot asks for; the outcome, if the firmware has an IOMMU. */
enum telling {
	TOLD_OFF,
	TOLD_NOTHING,    /* and its default is off */
	DEFAULT_UNKNOWN, /* told nothing, and its default is not known */
	TOLD_ON,         /* or its default is on */
	NO_DRIVER,
};

/*
 * Returns true if the words for @kind, Intel's or AMD's, count. While an IOMMU is active its kind
 * is certain; otherwise both are possible if tables and processor contradict each other, as in some
 * guests.
 */
static bool may_be(const struct iommu_here *here, enum iommu_kind kind)
{
	bool cpu = kind == IOMMU_INTEL ? here->cpu.intel : here->cpu.amd;
	bool either = here->kind == IOMMU_INTEL || here->kind == IOMMU_AMD;

	return here->kind == kind || here->kind == IOMMU_OTHER || (!here->active && either && cpu);
}

/* Returns the word that turns it off, or NULL. On Arm and for virtio-iommu there is none. */
static const char *find_stop(const struct iommu_here *here, const struct iommu_words *words)
{
	bool intel = may_be(here, IOMMU_INTEL), amd = may_be(here, IOMMU_AMD);
	bool forced = here->kind == IOMMU_INTEL && here->tboot && !words->no_force;

	if (!intel && !amd)
		return NULL;
	if (words->acpi_off[0])
		return words->acpi_off;
	if (forced)
		return NULL;
	if (words->all_off[0])
		return words->all_off;
	if (amd && words->amd_off[0])
		return words->amd_off;
	return intel && words->intel[0] && !words->intel_on ? words->intel : NULL;
}

/* Returns true if a kernel has a driver for this kind. */
static bool has_driver(const char *config, enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_INTEL:
		return kernel_config_has(config, "INTEL_IOMMU");
	case IOMMU_AMD:
		return kernel_config_has(config, "AMD_IOMMU");
	case IOMMU_ARM:
		return kernel_config_has(config, "ARM_SMMU") ||
		       kernel_config_has(config, "ARM_SMMU_V3");
	case IOMMU_VIRTIO:
		return kernel_config_has(config, "VIRTIO_IOMMU");
	case IOMMU_OTHER:
		break;
	}
	return true;
}

/* Debian's kernels have a third default: on, except for an integrated display. */
static enum telling default_of(const struct boot *boot)
{
	if (!boot->config)
		return DEFAULT_UNKNOWN;
	if (kernel_config_has(boot->config, "INTEL_IOMMU_DEFAULT_ON") ||
	    kernel_config_has(boot->config, "INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF"))
		return TOLD_ON;
	return TOLD_NOTHING;
}

static enum telling find_telling(const struct iommu_here *here, const struct boot *boot)
{
	if (find_stop(here, boot->words))
		return TOLD_OFF;
	if (boot->config && !has_driver(boot->config, here->kind))
		return NO_DRIVER;
	if (here->kind != IOMMU_INTEL && here->kind != IOMMU_OTHER)
		return TOLD_ON;
	if (boot->words->intel_on || (here->kind == IOMMU_INTEL && here->tboot))
		return TOLD_ON;
	return here->kind == IOMMU_INTEL ? default_of(boot) : DEFAULT_UNKNOWN;
}

/* --- the judge ---------------------------------------------------------------------------------
 */

struct trial {
	struct iommu_judgement *judgement;
	struct boot now, then;
	enum telling told_now, told_then;
};

static void decide_by(struct iommu_judgement *judgement, enum iommu_verdict verdict,
		      enum iommu_cause cause)
{
	judgement->verdict = verdict;
	judgement->cause = cause;
}

static bool same_kernel(const struct trial *trial)
{
	return strcmp(trial->now.kver, trial->then.kver) == 0;
}

/* Returns true if that boot asks for the same as this one: then the outcome is the same. */
static bool is_as_now(const struct trial *trial)
{
	const struct iommu_here *here = &trial->judgement->here;

	if (trial->told_now != trial->told_then)
		return false;
	if (trial->told_then == TOLD_OFF)
		return strcmp(find_stop(here, trial->now.words),
			      find_stop(here, trial->then.words)) == 0;
	return trial->told_then != DEFAULT_UNKNOWN || same_kernel(trial);
}

/* There is no word, and the default is off. The firmware may ask for it (platform opt-in). */
static void judge_untold(struct iommu_judgement *judgement)
{
	if (judgement->here.opt_in)
		decide_by(judgement, IOMMU_UNKNOWN, IOMMU_BY_CONFIG);
	else
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_DEFAULT);
}

static void judge_missing(struct iommu_judgement *judgement)
{
	decide_by(judgement, IOMMU_OFF,
		  judgement->here.cpu.guest ? IOMMU_BY_HOST : IOMMU_BY_FIRMWARE);
}

/* One is active, so only the command line can turn it off. */
static void judge_active(struct trial *trial)
{
	struct iommu_judgement *judgement = trial->judgement;
	bool known = judgement->here.kind != IOMMU_OTHER;

	if (trial->told_then == TOLD_ON || is_as_now(trial) ||
	    (trial->told_then == DEFAULT_UNKNOWN && !known))
		decide_by(judgement, IOMMU_ON, IOMMU_BY_NOW);
	else if (trial->told_then == TOLD_OFF)
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_WORD);
	else if (trial->told_then == NO_DRIVER)
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_KERNEL);
	else if (trial->told_then == TOLD_NOTHING)
		judge_untold(judgement);
	else
		decide_by(judgement, IOMMU_UNKNOWN, IOMMU_BY_CONFIG);
}

/* Neither boot turns the IOMMU off, and yet there is none. */
static void judge_failure(struct trial *trial)
{
	struct iommu_judgement *judgement = trial->judgement;
	bool seen = judgement->here.table == IOMMU_TABLE_PRESENT ||
		    (judgement->here.kind == IOMMU_ARM && !judgement->here.cpu.guest);

	if (!seen)
		judge_missing(judgement);
	else
		decide_by(judgement, same_kernel(trial) ? IOMMU_OFF : IOMMU_UNKNOWN,
			  IOMMU_BY_FAILURE);
}

/* None is active. Explicit settings count first, then the firmware's tables. */
static void judge_idle(struct trial *trial)
{
	struct iommu_judgement *judgement = trial->judgement;

	if (trial->told_then == TOLD_OFF)
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_WORD);
	else if (trial->told_then == NO_DRIVER)
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_KERNEL);
	else if (judgement->here.table == IOMMU_TABLE_ABSENT)
		judge_missing(judgement);
	else if (trial->told_then == TOLD_NOTHING)
		judge_untold(judgement);
	else if (trial->told_now == TOLD_ON)
		judge_failure(trial);
	else if (trial->told_then == TOLD_ON)
		decide_by(judgement, IOMMU_UNKNOWN, IOMMU_BY_FIRST);
	else if (!is_as_now(trial))
		decide_by(judgement, IOMMU_UNKNOWN, IOMMU_BY_CONFIG);
	else if (judgement->here.table == IOMMU_TABLE_PRESENT)
		decide_by(judgement, IOMMU_OFF, IOMMU_BY_DEFAULT);
	else
		judge_missing(judgement);
}

void iommu_judge(struct iommu_judgement *judgement, const char *sysroot, const char *cmdline,
		 const char *kver)
{
	char *running = file_text(sysroot, "/proc/cmdline");
	char *release = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");
	struct iommu_words words = iommu_words_read(running ? running : "");
	struct trial trial = { .judgement = judgement };

	*judgement = (struct iommu_judgement){ .here = iommu_look(sysroot),
					       .words = iommu_words_read(cmdline),
					       .kver = kver };
	trial.now = (struct boot){ &words, release ? release : kver, NULL };
	trial.then = (struct boot){ &judgement->words, kver, kernel_config_read(sysroot, kver) };
	trial.now.config = kernel_config_read(sysroot, trial.now.kver);
	trial.told_now = find_telling(&judgement->here, &trial.now);
	trial.told_then = find_telling(&judgement->here, &trial.then);
	judgement->told = trial.told_then == TOLD_ON;
	judgement->stops = find_stop(&judgement->here, &judgement->words);
	if (judgement->here.active)
		judge_active(&trial);
	else
		judge_idle(&trial);
	free(trial.now.config);
	free(trial.then.config);
	free(release);
	free(running);
}

void iommu_judge_running(struct iommu_judgement *judgement, const char *sysroot)
{
	char *running = file_text(sysroot, "/proc/cmdline");
	char *release = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");

	iommu_judge(judgement, sysroot, running ? running : "", release ? release : "");
	judgement->kver = NULL;
	free(release);
	free(running);
}

bool iommu_needs_word(const struct iommu_judgement *judgement)
{
	if (judgement->here.kind != IOMMU_INTEL || judgement->told)
		return false;
	switch (judgement->cause) {
	case IOMMU_BY_DEFAULT:
	case IOMMU_BY_FIRMWARE:
	case IOMMU_BY_HOST:
	case IOMMU_BY_CONFIG:
		return true;
	default:
		return false;
	}
}
