/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_words.h - reads the words of lists in files that a shell reads, such as dracut.conf(5) and
 * mkinitcpio.conf(5): NAME+=" word word ", NAME=(word word), possibly over several lines. Variables
 * are not expanded. Pure.
 */
#ifndef VFIO_CLAIM_HOST_SHELL_WORDS_H
#define VFIO_CLAIM_HOST_SHELL_WORDS_H

struct shell_word {
	const char *name;    /* of the variable */
	const char *word;    /* without quotes */
	unsigned int number; /* of its line */
};

typedef void shell_word_fn(void *to, const struct shell_word *word);

/* Calls @take for each word that @text assigns to a variable, except comments. Modifies @text. */
void shell_words(char *text, shell_word_fn *take, void *to);

#endif
