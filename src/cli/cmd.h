/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h - what main.c and the commands know of each other
 */
#ifndef VFIO_CLAIM_CLI_CMD_H
#define VFIO_CLAIM_CLI_CMD_H

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
 * A command. @args stands behind the command's name.
 * Gives EXIT_OK, EXIT_FAILED or EXIT_USAGE, having said on standard error why.
 */
typedef int command_fn(struct settings *settings, struct arguments *args);

/* Says whether this machine is fit; see check_help in check.c, also for its exit statuses. */
command_fn check_command;

/* Gives devices to vfio-pci on the running system; see claim_help in claim.c. */
command_fn claim_command;

/* Has the next boots claim nothing; see disable_help in disable.c. */
command_fn disable_command;

/* Has the next boots claim devices; see enable_help in enable.c. */
command_fn enable_command;

/* Writes devices down for a virtual machine; see export_help in export.c. */
command_fn export_command;

/* Puts vfio into an image under construction; see image_help in image.c. */
command_fn image_command;

/* Shows the PCI functions of this machine; see list_help in list.c. */
command_fn list_command;

/* Shows what the next boot would do; see plan_help in plan.c. */
command_fn plan_command;

/* Gives devices back to their own drivers; see release_help in release.c. */
command_fn release_command;

/* Shows what became of what was asked for at boot; see status_help in status.c. */
command_fn status_command;

/* Writes down what a bug report needs; see report_help in report.c. */
command_fn report_command;

/* Has the next boot, and it alone, claim devices; see try_help in try.c. */
command_fn try_command;

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
