/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disable.c - vfio-claim disable: no claims from the next boot on
 */
#include <stdbool.h>
#include <stdio.h>

#include "cmd.h"
#include "persistent.h"

enum {
	OPT_DRY_RUN = OPT_COMMAND_FIRST,
};

static const struct option_def disable_options[] = {
	{ "help", false, OPT_HELP },
	{ "sysroot", true, OPT_SYSROOT },
	{ "dry-run", false, OPT_DRY_RUN },
	{ NULL, false, 0 },
};

static const char disable_help[] =
	"Usage: vfio-claim disable [--dry-run] [--sysroot DIR]\n\n"
	"Has the next boots claim nothing: takes back what 'vfio-claim enable' and\n"
	"'vfio-claim try' have set, on the kernel command line and in\n"
	"/etc/vfio-claim.conf. What turns the IOMMU on stays on the command line where\n"
	"others may need it. What is claimed now stays so until the next boot;\n"
	"'vfio-claim release' gives it back at once.\n\n"
	"Options:\n"
	"  --dry-run      show what would be changed, and change nothing\n"
	"  --sysroot DIR  the system below DIR, by its own tools (chroot)\n"
	"  --help         show this\n\n"
	"Exit status:\n"
	"  0  no claim is set any more, or none was\n"
	"  1  it could not be done; all is as it was before\n"
	"  2  wrong usage\n";

int disable_command(struct settings *settings, struct arguments *args)
{
	bool dry_run = false;
	int option, status = EXIT_OK;

	while (status == EXIT_OK && (option = next_option(args, disable_options)) != OPT_END) {
		switch (option) {
		case OPT_HELP:
			fputs(disable_help, stdout);
			return EXIT_OK;
		case OPT_SYSROOT:
			status = set_sysroot(settings, args);
			break;
		case OPT_DRY_RUN:
			dry_run = true;
			break;
		default:
			status = EXIT_USAGE;
		}
	}
	if (status == EXIT_OK && args->at < args->count)
		return usage_error(args, "it takes no device: 'vfio-claim enable' with those that "
					 "are to stay sets the others aside");
	if (status != EXIT_OK || persistent_begin(settings->sysroot, dry_run) < 0)
		return status != EXIT_OK ? status : EXIT_FAILED;
	return persistent_clear(settings->sysroot, dry_run);
}
