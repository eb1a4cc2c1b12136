/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the words of the command line: options and operands, and the exit statuses
 */
#ifndef VFIO_CLAIM_HOST_OPTIONS_H
#define VFIO_CLAIM_HOST_OPTIONS_H

#include <stdbool.h>

/* Exit statuses, the same for every command but check. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* it could not be done */
	EXIT_USAGE = 2,  /* it was asked for wrongly */
};

/* What next_option() and next_word() give besides the numbers in a table of options. */
enum {
	OPT_END,
	OPT_BAD,
	OPT_HELP,
	OPT_SYSROOT,
	OPT_OPERAND,
	OPT_COMMAND_FIRST, /* a table numbers its own options from here */
};

/*
 * One long option. A table of them has the rows help and sysroot, which every command takes, and
 * ends with a row whose name is NULL.
 */
struct option_def {
	const char *name; /* without the dashes */
	bool takes_value;
	int number;
};

/* The arguments and how far they have been read. Nothing here is owned: all points into argv. */
struct arguments {
	int count;
	char **word;
	int at;              /* the next word to be read */
	const char *command; /* for messages; NULL while no command is known */
	const char *value;   /* of the option that came last, if it takes one; or the operand */
	bool only_operands;  /* next_word() has seen a "--" */
};

/* What holds for every command. */
struct settings {
	const char *sysroot; /* "" for the real root; else absolute, and lasts as long as argv */
};

/*
 * Reads the next option, "--name VALUE" or "--name=VALUE". Not getopt_long(3): that takes
 * abbreviations, which would turn every new option into a change of the old ones, and does not
 * tell reliably which word it stumbled over.
 * Gives the option's number, OPT_END at the first word that is no option (a "--" is skipped), or
 * OPT_BAD after a message.
 */
int next_option(struct arguments *args, const struct option_def *table);

/*
 * The same for commands whose operands may stand before and between the options: gives OPT_OPERAND
 * for one, which is args->value then, and OPT_END at the end only.
 */
int next_word(struct arguments *args, const struct option_def *table);

/*
 * Takes args->value as the value of --sysroot.
 * Gives EXIT_OK, or after a message EXIT_USAGE (empty) or EXIT_FAILED (no directory).
 */
int set_sysroot(struct settings *settings, const struct arguments *args);

/*
 * Complains about the first word that is left, for commands that take options only.
 * Gives EXIT_OK or EXIT_USAGE.
 */
int refuse_operands(const struct arguments *args);

/*
 * Complains about wrong usage in one line: the command, the problem, and where help is to be had.
 * @problem: printf(3) format without full stop and newline.
 * Gives EXIT_USAGE.
 */
int usage_error(const struct arguments *args, const char *problem, ...)
	__attribute__((format(printf, 2, 3)));

#endif
