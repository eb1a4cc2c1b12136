/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.h - the commands: one struct for each, which drives its arguments, help and completion
 */
#ifndef VFIO_CLAIM_COMMANDS_COMMAND_H
#define VFIO_CLAIM_COMMANDS_COMMAND_H

#include "../host/options.h"

/* The groups of `vfio-claim --help`. */
#define GROUP_LOOK      "Look"
#define GROUP_NEXT_BOOT "Set up the next boot"
#define GROUP_RUNNING   "Change the running system"
#define GROUP_OTHERS    "For other programs"
#define GROUP_HELP      "Help"

/* One line of a list in the help: a term, and what it means (folded when it is printed). */
struct help_item {
	const char *term, *text;
};

/* Text or a list under a title; a table ends with a section without a title. */
struct help_section {
	const char *title;
	const char *text;              /* one paragraph; or NULL */
	const struct help_item *items; /* ends with an item without a term; or NULL */
};

/* The end of a table of exit statuses in which 2 is only "wrong usage". */
#define STATUS_USAGE                                                                               \
	{ "2", "wrong usage" },                                                                    \
	{                                                                                          \
		.term = NULL                                                                       \
	}

struct command {
	const char *name;
	const char *group;    /* of `vfio-claim --help`; NULL: it is hidden */
	const char *purpose;  /* one line of `vfio-claim --help` */
	const char *synopsis; /* what follows the name; one line for each way to call it */
	const char *help;     /* paragraphs, a line each; folded when they are printed */
	const struct option_def *options;
	struct operand_def operand;
	const char *sysroot_help; /* what --sysroot does here, if that is special; or NULL */
	const struct help_section *sections; /* further sections of the help, or NULL */
	const struct help_item *statuses;
	int failed_status; /* instead of EXIT_FAILED and EXIT_USAGE where it could not begin or
			      could not write its output; 0: those */

	/*
	 * Runs the command. The options have been read into their places in the table; operands
	 * that the table does not take are in @args. @sysroot: see sysroot_find().
	 * Returns an exit status; unless it is EXIT_OK, after printing an error.
	 */
	int (*run)(const char *sysroot, const struct arguments *args);
};

extern const struct command check_command, claim_command, complete_command, disable_command,
	enable_command, export_command, help_command, image_command, list_command, migrate_command,
	own_command, plan_command, release_command, report_command, status_command, try_command,
	vfs_command;

/* All of them in the order of `vfio-claim --help`; ends with NULL. */
extern const struct command *const commands[];

/* The options before the command, and what --version sets. */
extern const struct option_def global_options[];
extern bool version_is_wanted;

/* Returns the command called @name, or NULL. */
const struct command *command_find(const char *name);

/* Reads the arguments that follow the command's name, @args being at it, and runs the command.
 * Returns its exit status. */
int command_run(const struct command *command, struct arguments *args);

/* Returns the command's exit status for @status, EXIT_FAILED or EXIT_USAGE, where it could not
 * begin or could not write its output. */
int command_failed(const struct command *command, int status);

/* Prints what `vfio-claim --help` shows; with @command, what `vfio-claim COMMAND --help` does. */
void help_print(const struct command *command);

#endif
