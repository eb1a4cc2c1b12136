/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h - what main.c and the commands know of each other
 */
#ifndef VFIO_CLAIM_COMMANDS_CMD_H
#define VFIO_CLAIM_COMMANDS_CMD_H

#include "../host/options.h"

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

#endif
