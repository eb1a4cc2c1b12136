/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_script.h - tokenizer for a grub.cfg: words, commands and blocks (GRUB's manual, "Writing
 * full configuration files directly", "Quoting"). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_SCRIPT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum grub_token {
	GRUB_END,   /* end of the text */
	GRUB_WORD,  /* including quotes */
	GRUB_BREAK, /* between commands: a newline, ';', '&', '|' */
	GRUB_OPEN,  /* '{' */
	GRUB_CLOSE, /* '}' */
};

/* A position in a text, and the token just before it. Initialize only @at. */
struct grub_cursor {
	const char *at;
	const char *begin; /* the token's; it ends at @at */
	bool first;        /* the token is the first word of a command */
	bool inside;       /* inside a command */
};

/* Takes the next token; blanks and comments are skipped. */
enum grub_token grub_next(struct grub_cursor *cursor);

/* Returns true if the word just taken is @word, written without quotes. */
bool grub_word_is(const struct grub_cursor *cursor, const char *word);

/* Returns the word without its quotes, variables unexpanded: a new string, or NULL. */
char *grub_word(const struct grub_cursor *cursor);

/* Takes the remaining words of the command. Returns them as written, or NULL if out of memory. */
char *grub_rest(struct grub_cursor *cursor);

/* Moves past the '}' that closes the '{' just taken. Returns false if there is none. */
bool grub_skip_block(struct grub_cursor *cursor);

/*
 * Returns true if @text contains the command @command, with a first argument that contains @piece
 * unless that is NULL.
 */
bool grub_has_command(const char *text, const char *command, const char *piece);

#endif
