/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_words.h - what is wanted of the next boots, as words of the kernel command line
 * (vfio-claim(7)), and such words on a command line that has others, too. Words are split as by the
 * kernel (lib/cmdline.c: next_arg()) and kept as they are, with their quotes. Every string returned
 * is new, and the caller frees it; NULL: out of memory.
 */
#ifndef VFIO_CLAIM_HOST_CLAIM_WORDS_H
#define VFIO_CLAIM_HOST_CLAIM_WORDS_H

#include <stdbool.h>

/* All zero: nothing is wanted. The strings are from malloc(3). */
struct wishes {
	char *claims; /* "SEL,SEL" */
	char *keeps;  /* likewise */
	char *force;  /* likewise: what is claimed even if a guard refuses */
	char *others; /* more words, "rd.vfio.timeout=20" */
	bool group;
	bool strict;
};

/* Adds those selectors of the list @more that *@list lacks. Returns 0 or -ENOMEM. */
int wishes_add(char **list, const char *more);

/*
 * Adds what the command line @cmdline asks for; "rd.vfio=0" and what is not ours is ignored.
 * Returns 0 or -ENOMEM.
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
 * Returns @cmdline with @words instead of all that begins with rd.vfio, in front of a bare "--",
 * after which all is for init. Other words of @words are added if it lacks them. A @cmdline that
 * has them all, and nothing else of ours, stays as it is.
 */
char *cmdline_with(const char *cmdline, const char *words);

/* Returns @cmdline without the words in @words. */
char *cmdline_without(const char *cmdline, const char *words);

/* Returns the names of words of @cmdline that no word of @words has, "rd.vfio.keep rd.vfio.group".
 */
char *cmdline_names_without(const char *cmdline, const char *words);

/* Returns the words of @cmdline that begin with rd.vfio. */
char *cmdline_ours(const char *cmdline);

/* Returns those and what is set along with them for the IOMMU: intel_iommu= and iommu=. */
char *cmdline_tried(const char *cmdline);

/* Returns true if each of @words is on @cmdline. */
bool cmdline_has(const char *cmdline, const char *words);

/*
 * Returns the last value of the parameter @name on @cmdline: a new string, or NULL if there is
 * none, or without memory.
 */
char *cmdline_value(const char *cmdline, const char *name);

#endif
