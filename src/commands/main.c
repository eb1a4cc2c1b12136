/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - vfio-claim, the administrator's command
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/signals.h"
#include "command.h"

static int say_unknown(const struct arguments *args, const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (commands[i]->group && is_mistyped(name, strlen(name), commands[i]->name))
			return usage_error(args, "unknown command '%s'; did you mean '%s'?", name,
					   commands[i]->name);
	return usage_error(args, "unknown command '%s'", name);
}

/*
 * If a standard stream is closed, the next file that is opened would take its place. Opens
 * /dev/null instead, for reading, so that writing to the stream still fails.
 */
static void hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Reads the options before the command, and finds it. *@command: NULL if none is to be run. */
static int read_beginning(struct arguments *args, const struct command **command)
{
	int status = options_read(args, global_options);

	if (status != EXIT_OK)
		return status;
	if (args->help) {
		help_print(NULL);
		return EXIT_OK;
	}
	if (version_is_wanted) {
		printf("vfio-claim %s\n", VERSION);
		return EXIT_OK;
	}
	if (args->at >= args->count)
		return usage_error(args, "no command was given");
	*command = command_find(args->word[args->at]);
	return *command ? EXIT_OK : say_unknown(args, args->word[args->at]);
}

/* A module list cut short by a full disk would make an image that cannot claim. */
static bool is_all_written(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	message_errno(errno ? errno : EIO, "cannot write to standard output");
	return false;
}

int main(int argc, char **argv)
{
	struct arguments args = { .count = argc, .word = argv, .at = 1 };
	const struct command *command = NULL;
	int status;

	hold_standard_streams();
	status = read_beginning(&args, &command);
	if (command)
		status = command_run(command, &args);
	if (!is_all_written())
		status = command ? command_failed(command, EXIT_FAILED) : EXIT_FAILED;
	signals_deliver();
	return status;
}
