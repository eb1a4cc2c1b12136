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
	bool first;        /* the token is the first word of a command */
	bool inside;       /* of a command */
};

/* Takes the next token; blanks and comments are skipped. */
enum grub_token grub_next(struct grub_cursor *cursor);

/* Whether the word just taken is @word, written without quotes. */
bool grub_word_is(const struct grub_cursor *cursor, const char *word);

/* Returns the word without its quotes, variables as written: a new string, or NULL. */
char *grub_word(const struct grub_cursor *cursor);

/* Takes the other words of the command. Returns them as written, or NULL without memory. */
char *grub_rest(struct grub_cursor *cursor);

/* Moves behind the '}' that closes the '{' just taken. Returns false if there is none. */
bool grub_skip_block(struct grub_cursor *cursor);

/*
 * Returns whether @text has the command @command anywhere, with a first argument that contains
 * @piece unless that is NULL.
 */
bool grub_has_command(const char *text, const char *command, const char *piece);

#endif
