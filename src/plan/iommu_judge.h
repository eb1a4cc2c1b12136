/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iommu_judge.h - judges whether a boot has an IOMMU, and why, for every command */
#ifndef VFIO_CLAIM_PLAN_IOMMU_JUDGE_H
#define VFIO_CLAIM_PLAN_IOMMU_JUDGE_H

#include <stdbool.h>

#include "../core/decide.h"
#include "../core/text.h"
#include "../machine/iommu.h"
#include "iommu_words.h"

enum iommu_verdict {
	IOMMU_UNKNOWN, /* it may or may not have one */
	IOMMU_ON,
	IOMMU_OFF,
};

enum iommu_cause {
	IOMMU_BY_NOW,      /* ON: it is on now, or the command line asks for it */
	IOMMU_BY_WORD,     /* OFF: a word turns it off */
	IOMMU_BY_DEFAULT,  /* OFF: Intel's is off unless the command line asks for it */
	IOMMU_BY_FIRMWARE, /* OFF: it seems to be off in the firmware */
	IOMMU_BY_HOST,     /* OFF: this is a virtual machine, and its host gives it none */
	IOMMU_BY_KERNEL,   /* OFF: that kernel has no driver for it */
	IOMMU_BY_FAILURE,  /* OFF, UNKNOWN: nothing seems to be missing, but there is none now */
	IOMMU_BY_FIRST,    /* UNKNOWN: none now, but that boot is the first to ask for it */
	IOMMU_BY_CONFIG,   /* UNKNOWN: that kernel's default decides, and is not known */
};

struct iommu_judgement {
	enum iommu_verdict verdict;
	enum iommu_cause cause;
	struct iommu_here here;
	struct iommu_words words; /* of the command line that was judged */
	bool told;                /* a word or the kernel's default turns it on */
	const char *stops;        /* IOMMU_BY_WORD: the word; points into @words */
	const char *kver;         /* the caller's; NULL for the running one */
};

/*
 * Judges the boot of the kernel @kver with the command line @cmdline on this machine, by its
 * present state, by the running command line, and by how both kernels are configured. For the
 * running command line and kernel, it tells why there is or is not an IOMMU now. @sysroot: see
 * path_below(). @judgement: filled in; not to be copied. @kver must outlive it.
 */
void iommu_judge(struct iommu_judgement *judgement, const char *sysroot, const char *cmdline,
		 const char *kver);

/* The same for the running system; without /proc the verdict is IOMMU_UNKNOWN. */
void iommu_judge_running(struct iommu_judgement *judgement, const char *sysroot);

/* Returns true if the command line must have intel_iommu=on for an IOMMU to be active. */
bool iommu_needs_word(const struct iommu_judgement *judgement);

/* For IOMMU_OFF: appends the cause to a sentence such as "no IOMMU is active". */
void iommu_add_cause(struct text *line, const struct iommu_judgement *judgement);

/*
 * For IOMMU_BY_HOST and IOMMU_BY_FAILURE: returns what to do on this kind of machine, a constant;
 * otherwise NULL.
 */
const char *iommu_advice(const struct iommu_judgement *judgement);

/* For IOMMU_UNKNOWN: prints a warning (messages.h). */
void iommu_warn(const struct iommu_judgement *judgement);

/* Like words_of_verdict(), but for a missing IOMMU also appends the cause on this machine. */
void iommu_words_of_verdict(struct text *line, const struct decision *decision,
			    const struct iommu_judgement *judgement);

#endif
