/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_words.h - what the next boots should claim, as words of the kernel command line
 * (vfio-claim(7)), and how to change these words on a command line. Words are split like in the
 * kernel (lib/cmdline.c: next_arg()) and otherwise unchanged, quotes included. The caller frees
 * returned strings; NULL means no memory.
 */
#ifndef VFIO_CLAIM_HOST_CLAIM_WORDS_H
#define VFIO_CLAIM_HOST_CLAIM_WORDS_H

#include <stdbool.h>

/* All zero means no wishes. The strings are from malloc(3). */
struct wishes {
	char *claims; /* "SEL,SEL" */
	char *keeps;  /* likewise */
	char *force;  /* likewise: claimed even if a guard refuses */
	char *vfs;    /* "SLOT:N,SLOT:N": virtual functions to be created */
	char *others; /* more words, "rd.vfio.timeout=20" */
	bool group;
	bool strict;
};

/* Adds the selectors of the list @more that *@list lacks. Returns 0 or -ENOMEM. */
int wishes_add(char **list, const char *more);

/* Likewise adds "SLOT:N,SLOT:N"; those of the same SLOT in *@list are replaced. */
int wishes_add_vfs(char **list, const char *more);

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

/* Likewise returns the lines of a vfio-claim.conf(5), "claim = SEL,SEL\n". */
char *wishes_conf(const struct wishes *wishes);

/*
 * Returns @cmdline with everything that begins with rd.vfio or is adopted replaced by @words,
 * before a bare "--" (what follows is for init). Other words in @words are added only if it lacks
 * them. Nothing else changes, not even blanks; nothing at all if it has the words in any order. If
 * there was no word of ours before, cmdline_with(…, "") reverts the change. Returns NULL with errno
 * if that cannot be done: EBADMSG if a quote on @cmdline is not closed, because a new word would be
 * part of another.
 */
char *cmdline_with(const char *cmdline, const char *words);

/*
 * Returns the same for one of several lines that make up a command line: a quote that is open at
 * its end is always refused. Sets *@ended if the lines after it are for init.
 */
char *cmdline_line_with(const char *line, const char *words, bool *ended);

/*
 * Returns the first of @words with a character not in SHELL_PLAIN, which must not be written where
 * a shell or a boot loader reads it; NULL if there is none.
 */
char *cmdline_unsafe_word(const char *words);

/* Returns @cmdline without the words in @words. */
char *cmdline_without(const char *cmdline, const char *words);

/* Returns @cmdline without the parameters of these names, whatever their values. */
char *cmdline_without_names(const char *cmdline, const char *names);

/* Returns the names of the words of @cmdline that @words lacks: "rd.vfio.keep rd.vfio.group". */
char *cmdline_names_without(const char *cmdline, const char *words);

/* Returns those words of @cmdline that begin with rd.vfio, or that are adopted. */
char *cmdline_ours(const char *cmdline);

/* Returns those of @words that are module options, "MODULE.PARAMETER=VALUE"; ours are not. */
char *cmdline_module_options(const char *words);

/*
 * Adopts the module options among @words: during this run, such a word counts as ours, so that it
 * is found, replaced and removed with the claims. For what 'vfio-claim enable --option' has set;
 * the same word set by hand in another place is not told apart. Returns 0 or -ENOMEM.
 */
int cmdline_adopt(const char *words);

/* The same for all @words. */
int cmdline_adopt_all(const char *words);

/* Returns those words of @cmdline that are adopted. */
char *cmdline_adopted(const char *cmdline);

/* Returns these and the words set with them for the IOMMU: intel_iommu= and iommu=. */
char *cmdline_tried(const char *cmdline);

/* Returns true if each of @words is on @cmdline, before a bare "--". */
bool cmdline_has(const char *cmdline, const char *words);

/*
 * Returns the last value of the parameter @name on @cmdline; NULL if it is missing or has none, or
 * if out of memory.
 */
char *cmdline_value(const char *cmdline, const char *name);

/* Returns true if @cmdline requests devices, with a value: rd.vfio.claim= or rd.vfio.vfs=. */
bool cmdline_requests(const char *cmdline);

/*
 * Returns the name of such a parameter that @cmdline and @words both have; NULL if there is none.
 * On the kernel command line it replaces the one of a vfio-claim.conf(5).
 */
const char *cmdline_same_request(const char *cmdline, const char *words);

#endif
