/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outcome.h - what future boots will do, read back from the boot menu after a change */
#ifndef VFIO_CLAIM_PLAN_OUTCOME_H
#define VFIO_CLAIM_PLAN_OUTCOME_H

#include "next_boot.h"
#include "next_line.h"

/*
 * Returns the slots of the devices that a next boot claims, "0000:01:00.0 0000:02:00.0", or "" for
 * nothing: a new string, or NULL after printing an error.
 */
char *outcome_slots(const struct next_boot *next);

/*
 * Returns the first claim, other than a list of vfio-pci.ids=, that a next boot ignores because all
 * its devices are kept (decide.h); it belongs to @next. NULL if there is none.
 */
const struct selector *outcome_kept(const struct next_boot *next);

/*
 * Returns a sentence (a constant) about what may prevent claims: the IOMMU, a device in no IOMMU
 * group, or a kernel that cannot be examined; or NULL.
 */
const char *outcome_doubt(const struct next_boot *next);

/*
 * For changes_call(): reads the boot menu's default entry, and fails if it would claim a device
 * that is not in @slots, from outcome_slots(). Without a readable menu, nothing is compared.
 */
int outcome_check(const char *sysroot, const char *slots);

/* What later boots will do. Initialize all but @wants_reboot to zero; see outcome_free(). */
struct outcome {
	bool wants_reboot;    /* compare it with the running system, too */
	char *sentence;       /* says it, in one or more lines; or NULL */
	char *slots;          /* of what is claimed, see outcome_slots(); NULL: not known */
	bool sure;            /* that is all that was asked for, and nothing is in doubt */
	bool reboot_is_known; /* whether a reboot is due, see reboot_due(): */
	char *reboot;         /* why it is; NULL: it is not */
};

/* Fills @outcome with what @next will do, which is not set yet; without a sentence. */
void outcome_foresee(struct outcome *outcome, const struct next_boot *next);

/*
 * Reads back what will happen from the next boot on, after everything was set. @words: those set on
 * the kernel command line, or "" if they are only in vfio-claim.conf.
 */
void outcome_find_set(struct outcome *outcome, const char *sysroot, const char *words);

/*
 * The same after everything was removed; also warns of an old vfio-pci.ids= that still claims
 * devices. @changed: something was set.
 */
void outcome_find_cleared(struct outcome *outcome, const char *sysroot, bool changed);

/* Prints the sentence. */
void outcome_print(const struct outcome *outcome);

void outcome_free(struct outcome *outcome);

/*
 * Warns of an old vfio-pci.ids= on @line that claims devices that nothing else names, and prints
 * how to remove it.
 */
void outcome_warn_of_ids(const char *sysroot, const struct next_line *line,
			 const struct next_boot *next);

#endif
