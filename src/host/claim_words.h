/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_words.h - what a person wants of the next boots, as words of the kernel command line
 * (README.md, "Parameters"), and such words on a command line that has others, too. Words are taken
 * apart as the kernel does (lib/cmdline.c: next_arg()) and otherwise stay as they stand, quotes and
 * all. Every string that is given back is new and the caller's to free; NULL is lack of memory.
 */
#ifndef VFIO_CLAIM_HOST_CLAIM_WORDS_H
#define VFIO_CLAIM_HOST_CLAIM_WORDS_H

#include <stdbool.h>

/* All zero is nothing at all. The strings are from malloc(3). */
struct wishes {
	char *claims; /* "SEL,SEL" */
	char *keeps;  /* likewise */
	char *force;  /* likewise: what is claimed even if a guard refuses */
	char *others; /* more words, "rd.vfio.timeout=20" */
	bool group;
	bool strict;
};

/* Adds the selectors of the list @more to *@list, those that it has excepted. Gives 0 or -ENOMEM.
 */
int wishes_add(char **list, const char *more);

/*
 * Adds what @cmdline wishes, which may be any command line: what is not ours is passed over, as is
 * "rd.vfio=0". Gives 0 or -ENOMEM.
 */
int wishes_read(struct wishes *wishes, const char *cmdline);

/* The same for the text of a vfio-claim.conf(5). */
int wishes_read_conf(struct wishes *wishes, const char *conf);

void wishes_free(struct wishes *wishes);

/* "rd.vfio.claim=SEL,SEL rd.vfio.group=1"; the empty string for none. */
char *wishes_words(const struct wishes *wishes);

/* The same as the lines of a vfio-claim.conf(5), "claim = SEL,SEL\n". */
char *wishes_conf(const struct wishes *wishes);

/*
 * @cmdline with @words instead of all that begins with rd.vfio; in front of a bare "--", behind
 * which all is for init. Of the other words in @words only those are added that it has not got.
 */
char *cmdline_with(const char *cmdline, const char *words);

/* @cmdline without the words in @words. */
char *cmdline_without(const char *cmdline, const char *words);

/* The names of the words of @cmdline that none of @words has, "rd.vfio.keep rd.vfio.group". */
char *cmdline_names_without(const char *cmdline, const char *words);

/* What of @cmdline is ours, as it stands there: all that begins with rd.vfio. */
char *cmdline_ours(const char *cmdline);

/* That, and what was set along with it for the IOMMU: intel_iommu= and iommu=. */
char *cmdline_tried(const char *cmdline);

/* Whether each of @words is on @cmdline. */
bool cmdline_has(const char *cmdline, const char *words);

/*
 * The value of the parameter @name that comes last on @cmdline, a new string, or NULL when it is
 * not there, has none or there is no memory.
 */
char *cmdline_value(const char *cmdline, const char *name);

#endif
