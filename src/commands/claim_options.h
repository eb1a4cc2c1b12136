/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_options.h - the options of the commands that set claims for later boots, and the checks
 * of such claims before anything is changed
 */
#ifndef VFIO_CLAIM_COMMANDS_CLAIM_OPTIONS_H
#define VFIO_CLAIM_COMMANDS_CLAIM_OPTIONS_H

#include <stdbool.h>

#include "../plan/next_line.h"
#include "../plan/outcome.h"
#include "../plan/selector_args.h"
#include "../plan/vfs_requests.h"
#include "command.h"

/* All zero at the beginning. The strings are from malloc(3). */
struct claim_options {
	char *claims; /* "SEL,SEL" or NULL */
	char *keeps;  /* likewise */
	char *vfs;    /* "SLOT:N,SLOT:N" or NULL */
	bool group, strict, force, stable, iommu, pt, dry_run;
	bool was_asked; /* the person was asked about stable selectors */
	bool sealed;    /* the kernel command line stays as it is */
};

/* The rows for a table of options; @options: a struct claim_options that lasts. */
#define CLAIM_OPTIONS(options)                                                                     \
	{ .name = "keep",                                                                          \
	  .value = "SEL",                                                                          \
	  .take = selector_args_add_keep,                                                          \
	  .to = &(options).keeps,                                                                  \
	  .help = "never claim these; boot-vga is the firmware's display" },                       \
		{ .name = "vfs",                                                                   \
		  .value = "SLOT:N",                                                               \
		  .take = vfs_requests_take,                                                       \
		  .to = &(options).vfs,                                                            \
		  .help = "also create N virtual functions of the device at SLOT, which keeps "    \
			  "its driver, and claim them, before another driver can have them; may "  \
			  "be repeated" },                                                         \
		{ .name = "group",                                                                 \
		  .flag = &(options).group,                                                        \
		  .help = "also claim everything that shares an IOMMU group with them" },          \
		{ .name = "strict",                                                                \
		  .flag = &(options).strict,                                                       \
		  .help = "leave a device that cannot be claimed without a driver" },              \
		{ .name = "force",                                                                 \
		  .flag = &(options).force,                                                        \
		  .help = "claim them even if a guard refuses, for example what this "             \
			  "system runs from" },                                                    \
		{ .name = "stable",                                                                \
		  .flag = &(options).stable,                                                       \
		  .help = "name them by path and ID, which never name another device, even if a "  \
			  "card is added" },                                                       \
		{ .name = "iommu",                                                                 \
		  .flag = &(options).iommu,                                                        \
		  .help = "turn the IOMMU on by the command line, even if it is on now" },         \
		{ .name = "pt",                                                                    \
		  .flag = &(options).pt,                                                           \
		  .help = "iommu=pt: devices of the host bypass the IOMMU" },                      \
	{                                                                                          \
		.name = "dry-run", .flag = &(options).dry_run,                                     \
		.help = "show what would be changed, and change nothing"                           \
	}

#define CLAIM_SYSROOT_HELP "change the system below DIR with its own tools (chroot)"

/*
 * Makes slots stable if --stable was given or, with @ask, if the person at the terminal agrees. A
 * dry run does not ask. Returns 0, or -1 after printing an error.
 */
int claim_options_settle(struct claim_options *options, const char *sysroot, bool ask);

/* Prints how slots that were set could be made stable. */
void claim_options_offer(const struct claim_options *options, const char *sysroot);

void claim_options_free(struct claim_options *options);

/* Returns true if they say what to claim. */
bool claim_options_any(const struct claim_options *options);

/*
 * Returns the words for the options: a new string, or NULL after printing an error. @old: words to
 * which they are added, or NULL. Includes intel_iommu=on if Intel's IOMMU needs it (iommu_judge.h).
 * @line: the next boot's, without these words.
 */
char *claim_options_words(const struct claim_options *options, const char *sysroot, const char *old,
			  const struct next_line *line);

/*
 * Prints, as `plan` does, what the next boot will do if @words replace our words on @line: on
 * standard output or, if a claim would be refused, on standard error. All claims are refused if
 * this system itself leaves that boot without an IOMMU, by a parameter or by a kernel without a
 * driver. Warns of an old vfio-pci.ids= that claims devices which were not named. @line: the kernel
 * command line and the kernel of the boot menu's default entry. @conf: the text of a
 * vfio-claim.conf that has the words, while the line stays as it is; or NULL. @outcome: unless
 * NULL, see outcome_foresee(); the caller frees it. *@doubt: unless NULL, see outcome_doubt().
 * Returns 0, or -1 if it is refused and not forced.
 */
int wishes_check(const char *sysroot, const struct next_line *line, const char *words,
		 const char *conf, bool force, struct outcome *outcome, const char **doubt);

#endif
