/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_script.h - the language of a grub.cfg, as far as words, commands and blocks go (GRUB's
 * manual, "Writing full configuration files directly", "Quoting"). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_SCRIPT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum grub_token {
	GRUB_END,   /* of the text, or NUL */
	GRUB_WORD,  /* quotes and all */
	GRUB_BREAK, /* of commands: a newline, ';', '&', '|' */
	GRUB_OPEN,  /* '{' */
	GRUB_CLOSE, /* '}' */
};

/* A place in a text, and the token just in front of it. Begin with @at alone. */
struct grub_cursor {
	const char *at;
	const char *begin; /* of the token; it ends at @at */
};

/* Takes the next token; blanks and comments are passed over. */
enum grub_token grub_next(struct grub_cursor *cursor);

/* Whether the word that was just taken is @word, without quotes. */
bool grub_word_is(const struct grub_cursor *cursor, const char *word);

/* What the word stands for, variables as they are written: a new string, or NULL without memory. */
char *grub_word(const struct grub_cursor *cursor);

/*
 * Goes on behind the '}' that belongs to the '{' just taken. False when the text ends before that.
 */
bool grub_skip_block(struct grub_cursor *cursor);

#endif
