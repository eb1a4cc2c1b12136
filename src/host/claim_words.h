/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_words.h - what the next boots are to claim, as words of the kernel command line (README.md,
 * "Parameters"), and such words among others on a command line. Words end where they end for the
 * kernel (lib/cmdline.c: next_arg()) and otherwise stay as they are, quotes included. Returned
 * strings are new and the caller's to free; NULL means no memory.
 */
#ifndef VFIO_CLAIM_HOST_CLAIM_WORDS_H
#define VFIO_CLAIM_HOST_CLAIM_WORDS_H

#include <stdbool.h>

/* All zero: nothing is wished. The strings are from malloc(3). */
struct wishes {
	char *claims; /* "SEL,SEL" */
	char *keeps;  /* likewise */
	char *force;  /* likewise: what is claimed even if a guard refuses */
	char *others; /* more words, "rd.vfio.timeout=20" */
	bool group;
	bool strict;
};

/* Adds the selectors of the list @more that *@list lacks. Returns 0 or -ENOMEM. */
int wishes_add(char **list, const char *more);

/*
 * Adds the wishes on @cmdline, any command line: words that are not ours are ignored, and so is
 * "rd.vfio=0". Returns 0 or -ENOMEM.
 */
int wishes_read(struct wishes *wishes, const char *cmdline);

/* The same for the text of a vfio-claim.conf(5). */
int wishes_read_conf(struct wishes *wishes, const char *conf);

void wishes_free(struct wishes *wishes);

/* Returns "rd.vfio.claim=SEL,SEL rd.vfio.group=1"; "" for no wishes. */
char *wishes_words(const struct wishes *wishes);

/* Returns the same as the lines of a vfio-claim.conf(5), "claim = SEL,SEL\n". */
char *wishes_conf(const struct wishes *wishes);

/*
 * Returns @cmdline with @words in place of everything that begins with rd.vfio, in front of a bare
 * "--", after which all is for init. Of the other words in @words only those are added that it
 * lacks. Nothing else changes, not even blanks; nor does anything when all is so already, in
 * whatever order. Without a word of ours before, cmdline_with(…, "") takes the change back.
 */
char *cmdline_with(const char *cmdline, const char *words);

/* Whether a quote on @cmdline is not closed: a word that is added would be part of another one. */
bool cmdline_is_open(const char *cmdline);

/*
 * Returns the first of @words that has a character which is not in SHELL_PLAIN, and so must not be
 * written to where a shell or a boot loader reads it; NULL when there is none.
 */
char *cmdline_unsafe_word(const char *words);

/* Returns @cmdline without the words in @words. */
char *cmdline_without(const char *cmdline, const char *words);

/* Returns the names of the words of @cmdline that @words lacks: "rd.vfio.keep rd.vfio.group". */
char *cmdline_names_without(const char *cmdline, const char *words);

/* Returns those words of @cmdline that begin with rd.vfio. */
char *cmdline_ours(const char *cmdline);

/* Returns these and what was set along with them for the IOMMU: intel_iommu= and iommu=. */
char *cmdline_tried(const char *cmdline);

/* Whether each of @words is on @cmdline, in front of a bare "--". */
bool cmdline_has(const char *cmdline, const char *words);

/*
 * Returns the last value of the parameter @name on @cmdline; NULL when it is not there, has none,
 * or without memory.
 */
char *cmdline_value(const char *cmdline, const char *name);

#endif
