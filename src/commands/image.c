/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - vfio-claim image: what an initramfs generator's hook calls while it builds an image
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../image/image_layout.h"
#include "cmd.h"

enum {
	OPT_KERNEL = OPT_COMMAND_FIRST,
	OPT_OUTPUT,
	OPT_HOSTONLY,
};

static const struct option_def image_options[] = {
	{ "help", false, OPT_HELP },         { "sysroot", true, OPT_SYSROOT },
	{ "kernel", true, OPT_KERNEL },      { "output", true, OPT_OUTPUT },
	{ "hostonly", false, OPT_HOSTONLY }, { NULL, false, 0 },
};

static const char image_help[] =
	"Usage: vfio-claim image --kernel KVER --output DIR [--hostonly] [--sysroot DIR]\n\n"
	"For the hook of an initramfs generator. Checks that the kernel can do vfio, lays\n"
	"the boot program and what it has to know out in the image, and prints the\n"
	"modules that the image must have, one per line; nothing is printed for what is\n"
	"built into the kernel.\n\n"
	"Options:\n"
	"  --kernel KVER  the kernel of the image, as 'uname -r' prints it\n"
	"  --output DIR   the image's root directory, not looked for below the sysroot\n"
	"  --hostonly     the image is for this machine: never claim what it runs from\n"
	"  --sysroot DIR  read everything about the system below DIR\n"
	"  --help         show this\n\n"
	"Files in the image:\n"
	"  /usr/lib/vfio-claim/vfio-claim-boot\n"
	"                 the boot program\n"
	"  /usr/lib/udev/rules.d/10-vfio-claim.rules\n"
	"                 claims devices that appear later; not before Linux 4.13\n"
	"  /usr/lib/vfio-claim/variants\n"
	"                 drivers that stand in for vfio-pci with certain devices\n"
	"  /usr/lib/vfio-claim/protected\n"
	"                 the devices behind /, /usr, /boot, the EFI partition, swap, the\n"
	"                 hibernation image and the default route; only with --hostonly\n"
	"  /etc/vfio-claim.conf\n"
	"                 a copy of the system's; lines in error are warned of\n\n"
	"A kernel that cannot do vfio gives status 1; the boot program is laid out\n"
	"nevertheless, so that the boot can say what is wrong.\n";

/* A release is the name of one directory: anything else would look where no kernel is. */
static bool is_release(const char *kver)
{
	return kver[0] && !strchr(kver, '/') && strcmp(kver, ".") != 0 && strcmp(kver, "..") != 0;
}

/* Looks at what was given for --kernel and --output. Gives EXIT_OK or EXIT_USAGE. */
static int check_options(const struct arguments *args, const struct image_layout *options)
{
	if (!options->kver)
		return usage_error(args, "--kernel KVER is missing");
	if (!is_release(options->kver))
		return usage_error(args, "'%s' is not a kernel release as 'uname -r' prints it",
				   options->kver);
	if (!options->output)
		return usage_error(args, "--output DIR is missing");
	if (!options->output[0])
		return usage_error(args, "option --output needs the name of a directory");
	return EXIT_OK;
}

static int make_image(const char *sysroot, const struct image_layout *options)
{
	if (!is_directory(options->output)) {
		complain("--output %s: there is no such directory", options->output);
		return EXIT_FAILED;
	}
	return image_lay_out(sysroot, options, stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

int image_command(struct settings *settings, struct arguments *args)
{
	struct image_layout options = { 0 };
	int option, status = EXIT_OK;

	while ((option = next_option(args, image_options)) != OPT_END) {
		switch (option) {
		case OPT_HELP:
			fputs(image_help, stdout);
			return EXIT_OK;
		case OPT_SYSROOT:
			status = set_sysroot(settings, args);
			break;
		case OPT_KERNEL:
			options.kver = args->value;
			break;
		case OPT_OUTPUT:
			options.output = args->value;
			break;
		case OPT_HOSTONLY:
			options.hostonly = true;
			break;
		default:
			return EXIT_USAGE;
		}
		if (status != EXIT_OK)
			return status;
	}
	status = refuse_operands(args);
	if (status == EXIT_OK)
		status = check_options(args, &options);
	if (status != EXIT_OK)
		return status;
	return make_image(settings->sysroot, &options);
}
