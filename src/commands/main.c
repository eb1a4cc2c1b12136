/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - vfio-claim, the administrator's command: global options and the table of commands
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/signals.h"
#include "cmd.h"

enum {
	OPT_VERSION = OPT_COMMAND_FIRST,
};

static const struct option_def global_options[] = {
	{ "help", false, OPT_HELP },
	{ "sysroot", true, OPT_SYSROOT },
	{ "version", false, OPT_VERSION },
	{ NULL, false, 0 },
};

static const struct {
	const char *name;
	const char *summary;
	command_fn *run;
} commands[] = {
	{ "check", "say whether this machine is fit, and what to do about it", check_command },
	{ "claim", "give devices to vfio-pci now, on the running system", claim_command },
	{ "disable", "have the next boots claim nothing", disable_command },
	{ "enable", "have the next boots claim devices", enable_command },
	{ "export", "write devices down for libvirt, QEMU or OpenStack's nova", export_command },
	{ "image", "put the boot program into an initramfs and name the modules it needs",
	  image_command },
	{ "list", "show the PCI devices, their IOMMU groups and drivers", list_command },
	{ "plan", "show what the next boot would do", plan_command },
	{ "release", "give devices back to their own drivers now", release_command },
	{ "report", "write down all that a bug report needs, secrets masked", report_command },
	{ "status", "show what became of what was asked for at boot", status_command },
	{ "try", "have the next boot claim devices, and no boot after it", try_command },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	size_t i;

	printf("Usage: vfio-claim [--sysroot DIR] COMMAND [OPTIONS]\n\n"
	       "Gets PCI devices to vfio-pci at early boot.\n\n"
	       "Commands:\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\n"
	       "Options:\n"
	       "  --sysroot DIR  read and write below DIR instead of /\n"
	       "  --help         show this, or with a command the help of that command\n"
	       "  --version      show the version\n\n"
	       "Exit status: 0 done, 1 could not be done, 2 wrong usage; check has its own.\n");
	return EXIT_OK;
}

static int run_command(struct settings *settings, struct arguments *args)
{
	const char *name;
	size_t i;

	if (args->at >= args->count)
		return usage_error(args, "no command was given");
	name = args->word[args->at++];
	for (i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		args->command = commands[i].name;
		return commands[i].run(settings, args);
	}
	return usage_error(args, "unknown command '%s'", name);
}

static int run(struct arguments *args)
{
	struct settings settings = { .sysroot = "" };
	int option, status;

	while ((option = next_option(args, global_options)) != OPT_END) {
		switch (option) {
		case OPT_HELP:
			return print_help();
		case OPT_VERSION:
			printf("vfio-claim %s\n", VERSION);
			return EXIT_OK;
		case OPT_SYSROOT:
			status = set_sysroot(&settings, args);
			if (status != EXIT_OK)
				return status;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	return run_command(&settings, args);
}

int main(int argc, char **argv)
{
	struct arguments args = { .count = argc, .word = argv, .at = 1 };
	int status = run(&args);

	/* A module list cut short by a full disk would make an image that cannot claim. */
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == EXIT_OK) {
		complain_errno(errno ? errno : EIO, "cannot write to standard output");
		status = EXIT_FAILED;
	}
	signals_deliver();
	return status;
}
