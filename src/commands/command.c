/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <string.h>

const struct command *const commands[] = {
	&list_command,   &check_command,   &plan_command,
	&status_command, &report_command,  &enable_command,
	&try_command,    &disable_command, &migrate_command,
	&claim_command,  &release_command, &export_command,
	&image_command,  &help_command,    &complete_command,
	&own_command,    &vfs_command,     NULL,
};

bool version_is_wanted;

const struct option_def global_options[] = {
	{ .name = "version", .flag = &version_is_wanted, .help = "show the version" },
	{ .name = NULL },
};

const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int command_failed(const struct command *command, int status)
{
	return command->failed_status ? command->failed_status : status;
}

int command_run(const struct command *command, struct arguments *args)
{
	const char *sysroot;
	int status;

	args->command = args->word[args->at++];
	status = arguments_read(args, command->options, &command->operand);
	if (status == EXIT_OK && args->help) {
		help_print(command);
		return EXIT_OK;
	}
	if (status == EXIT_OK)
		status = sysroot_find(args, &sysroot);
	return status == EXIT_OK ? command->run(sysroot, args) : command_failed(command, status);
}
