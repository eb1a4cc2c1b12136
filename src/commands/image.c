/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - vfio-claim image: called by the hook of an initramfs generator
 */
#include <stdio.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../image/image_layout.h"
#include "command.h"

static struct image_layout layout;

/* A release is the name of one directory below /lib/modules. */
static bool is_release(const char *kver)
{
	return kver[0] && !strchr(kver, '/') && strcmp(kver, ".") != 0 && strcmp(kver, "..") != 0;
}

/* Checks --kernel and --output. Returns EXIT_OK, or EXIT_USAGE after printing an error. */
static int check_options(const struct arguments *args)
{
	if (!layout.kver)
		return usage_error(args, "--kernel KVER is missing");
	if (!is_release(layout.kver))
		return usage_error(args, "'%s' is not a kernel release as 'uname -r' prints it",
				   layout.kver);
	if (!layout.output)
		return usage_error(args, "--output DIR is missing");
	if (!layout.output[0])
		return usage_error(args, "option --output needs the name of a directory");
	return EXIT_OK;
}

static int run(const char *sysroot, const struct arguments *args)
{
	int status = check_options(args);

	if (status != EXIT_OK)
		return status;
	if (!is_directory(layout.output)) {
		message_error("--output %s: there is no such directory", layout.output);
		return EXIT_FAILED;
	}
	return image_lay_out(sysroot, &layout, stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static const struct option_def options[] = {
	{ .name = "kernel",
	  .value = "KVER",
	  .text = &layout.kver,
	  .help = "the kernel of the image, as 'uname -r' prints it" },
	{ .name = "output",
	  .value = "DIR",
	  .text = &layout.output,
	  .help = "the image's root directory; --sysroot does not apply to it" },
	{ .name = "hostonly",
	  .flag = &layout.hostonly,
	  .help = "the image is for this machine: protect what it runs from" },
	{ .name = NULL },
};

static const struct help_item files[] = {
	{ "/usr/lib/vfio-claim/vfio-claim-boot", "the boot program" },
	{ "/usr/lib/udev/rules.d/10-vfio-claim.rules",
	  "claims devices that appear later; only with Linux 4.13 and later" },
	{ "/usr/lib/vfio-claim/variants", "drivers that replace vfio-pci for certain devices" },
	{ "/usr/lib/vfio-claim/protected",
	  "the devices behind /, /usr, /boot, the EFI partition, swap, the hibernation image and "
	  "the default route; only with --hostonly" },
	{ "/etc/vfio-claim.conf", "a copy of the system's file; malformed lines cause warnings" },
	{ .term = NULL },
};

static const struct help_section sections[] = {
	{ .title = "Files in the image", .items = files },
	{ .title = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "success" },
	{ "1",
	  "failure, or the kernel does not support vfio; the boot program is written anyway, so "
	  "that it can report this at boot" },
	STATUS_USAGE,
};

const struct command image_command = {
	.name = "image",
	.group = GROUP_OTHERS,
	.purpose = "add the boot program to an initramfs and name the modules it needs",
	.synopsis = "--kernel KVER --output DIR [--hostonly] [--sysroot DIR]",
	.help = "For the hook of an initramfs generator. Checks that the kernel supports vfio, "
		"writes the boot program and its data into the image, and prints the modules that "
		"the image needs, one per line, except those that are built into the kernel.",
	.options = options,
	.sysroot_help = "read everything about the system below DIR",
	.sections = sections,
	.statuses = statuses,
	.run = run,
};
