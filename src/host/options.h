/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the words of the command line: options and operands, and the exit statuses
 */
#ifndef VFIO_CLAIM_HOST_OPTIONS_H
#define VFIO_CLAIM_HOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, the same for every command but check. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* the operation failed */
	EXIT_USAGE = 2,  /* wrong usage */
};

/* The arguments and how far they have been read. Nothing here is owned: all points into argv. */
struct arguments {
	int count;
	char **word;
	int at;              /* index of the next word */
	const char *command; /* for messages; NULL until a command is known */
	const char *value;   /* of the option or operand that is being taken */
	const char *sysroot; /* the value of --sysroot, or NULL */
	bool help;           /* --help or -h was given: nothing after it was read */
};

/*
 * Checks and stores args->value. @to: as in the table.
 * Returns EXIT_OK, or another exit status after printing an error.
 */
typedef int take_fn(const struct arguments *args, void *to);

/*
 * One long option. A table ends with a row without a name. Every command also takes the rows of
 * common_options, which are not in other tables.
 */
struct option_def {
	const char *name;  /* without the dashes */
	const char *value; /* the name of its value, which decides how it is completed (see
			      complete.c); NULL for a flag */
	const char *help;  /* what it does; any length, folded when it is printed */
	bool *flag;        /* set by a flag */
	const char **text; /* set to a value that needs no check; points into argv */
	take_fn *take;     /* otherwise takes the value, */
	void *to;          /* and its argument */
};

/* The operands allowed besides options. All zero: none. */
struct operand_def {
	const char *name; /* like an option's value */
	take_fn *take;    /* NULL: operands are left in args->word, from args->at on */
	void *to;
};

/* --sysroot, which is the first, and --help. */
extern const struct option_def common_options[];

/* Returns the row of @table or of common_options named @name (@len bytes), or NULL. */
const struct option_def *option_find(const struct option_def *table, const char *name, size_t len);

/*
 * Reads options, "--name VALUE" or "--name=VALUE", up to the first word that is not an option; a
 * "--" is skipped. Returns EXIT_OK, or another exit status after printing an error. Not
 * getopt_long(3):
 * it takes abbreviations, which would turn every new option into a change of the old ones, and
 * does not tell reliably which word is wrong.
 */
int options_read(struct arguments *args, const struct option_def *table);

/*
 * Reads everything left: options, and operands before, between and after them; what follows a "--"
 * is an operand. Returns as options_read().
 */
int arguments_read(struct arguments *args, const struct option_def *table,
		   const struct operand_def *operand);

/*
 * Makes *@sysroot the directory of --sysroot: "" for the real root, else an absolute path that
 * lasts as long as argv. Returns EXIT_OK, or another exit status after printing an error.
 */
int sysroot_find(const struct arguments *args, const char **sysroot);

/*
 * Returns true if @word (@len bytes) is @meant with one letter missing, added, wrong, or swapped
 * with the next one.
 */
bool is_mistyped(const char *word, size_t len, const char *meant);

/*
 * Prints one line about wrong usage: the command, the problem, and how to get help.
 * @problem: printf(3) format without a full stop and newline.
 * Returns EXIT_USAGE.
 */
int usage_error(const struct arguments *args, const char *problem, ...)
	__attribute__((format(printf, 2, 3)));

#endif
