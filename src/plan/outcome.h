/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outcome.h - what the boots to come will do, read back from the boot menu after a change
 */
#ifndef VFIO_CLAIM_PLAN_OUTCOME_H
#define VFIO_CLAIM_PLAN_OUTCOME_H

#include "next_boot.h"
#include "next_line.h"

/*
 * Returns the slots of what a next boot claims, "0000:01:00.0 0000:02:00.0", or "" for nothing: a
 * new string, or NULL after printing an error.
 */
char *outcome_slots(const struct next_boot *next);

/*
 * Returns the first claim, other than a list of vfio-pci.ids=, that a next boot ignores because all
 * that it names is kept (decide.h); it belongs to @next. NULL when there is none.
 */
const struct selector *outcome_kept(const struct next_boot *next);

/*
 * Returns a sentence (a constant) about what may keep a next boot from making all its claims: its
 * IOMMU, a device in no IOMMU group, or a kernel that cannot be looked at; or NULL when nothing
 * may.
 */
const char *outcome_doubt(const struct next_boot *next);

/*
 * For changes_call(): reads the boot menu's default entry, and fails when it would claim a device
 * that is not among @slots, which is as above. Without a readable menu, nothing is compared.
 */
int outcome_check(const char *sysroot, const char *slots);

/*
 * Says what will be true from the next boot on, now that all is set. @words: those that were set on
 * the kernel command line, or "" when they are in vfio-claim.conf alone.
 */
void outcome_say_set(const char *sysroot, const char *words);

/*
 * The same once nothing is set any more; what still claims devices is named. @changed: something
 * was set.
 */
void outcome_say_cleared(const char *sysroot, bool changed);

/*
 * Warns of an old vfio-pci.ids= on @line that claims devices which nothing else names, and says how
 * to remove it.
 */
void outcome_warn_of_ids(const char *sysroot, const struct next_line *line,
			 const struct next_boot *next);

#endif
