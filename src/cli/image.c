/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - vfio-claim image: what an initramfs generator's hook calls while it builds an image
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "conf.h"
#include "image_files.h"
#include "kernel.h"
#include "messages.h"
#include "modprobe_conf.h"
#include "names.h"
#include "paths.h"
#include "protected.h"
#include "variants.h"
#include "vfio_modules.h"

#define BOOT_PROGRAM    "vfio-claim-boot"
#define RULE            "10-vfio-claim.rules"
#define IMAGE_DIRECTORY "/usr/lib/vfio-claim" /* fixed: the glue in the image calls it there */
#define PROTECTED       IMAGE_DIRECTORY "/protected"
#define VARIANTS        IMAGE_DIRECTORY "/variants"

enum {
	OPT_KERNEL = OPT_COMMAND_FIRST,
	OPT_OUTPUT,
	OPT_HOSTONLY,
};

struct image_options {
	const char *kver;
	const char *output;
	bool hostonly;
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
	"                 the devices behind /, /usr, /boot, the EFI partition, swap and\n"
	"                 the default route; only with --hostonly\n"
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
static int check_options(const struct arguments *args, const struct image_options *options)
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

/*
 * Copies into the image, as @to, what was installed with this program as @from. Gives 0 or -1 after
 * a message.
 */
static int bake_installed(const char *sysroot, const char *output, const char *from, const char *to,
			  mode_t mode)
{
	char *path = path_below(sysroot, from);
	int result = -1;

	if (!path)
		complain_errno(errno, "cannot find the way from %s to %s", sysroot, from);
	else if (!is_file(path))
		complain("%s is not there; install vfio-claim again", path);
	else
		result = image_copy(output, to, path, mode);
	free(path);
	return result;
}

/* Lays out the boot program. Gives 0 or -1 after a message. */
static int bake_program(const char *sysroot, const char *output)
{
	return bake_installed(sysroot, output, PKGLIBDIR "/" BOOT_PROGRAM,
			      IMAGE_DIRECTORY "/" BOOT_PROGRAM, 0755);
}

/*
 * Before Linux 4.13 udev cannot tell a device that appears from one that "udevadm trigger" makes
 * appear again. A release that is not a version is that of a newer kernel.
 */
static bool tells_triggered(const char *kver)
{
	unsigned int version, patchlevel;

	return sscanf(kver, "%u.%u", &version, &patchlevel) != 2 || version > 4 ||
	       (version == 4 && patchlevel >= 13);
}

/* Lays out the rule by which udev claims what appears later. Gives 0 or -1 after a message. */
static int bake_rule(const char *sysroot, const struct image_options *options)
{
	static const char rule[] = "/usr/lib/udev/rules.d/" RULE;

	if (!tells_triggered(options->kver))
		return image_remove(options->output, rule);
	return bake_installed(sysroot, options->output, UDEVRULESDIR "/" RULE, rule, 0644);
}

/*
 * Lists what must never be claimed, if the image is for this machine only: another has other
 * devices. *@list gets the text, the caller's to free, or NULL. Gives 0 or -1 after a message.
 */
static int bake_protected(const char *sysroot, const struct image_options *options, char **list)
{
	*list = NULL;
	if (!options->hostonly)
		return image_remove(options->output, PROTECTED);
	*list = protected_find(sysroot);
	if (!*list)
		return -1;
	return image_write(options->output, PROTECTED, *list, strlen(*list));
}

/* Puts in what the boot cannot find out by itself. Gives 0 or -1 after a message. */
static int bake_settings(const char *sysroot, const struct image_options *options)
{
	char *protected;
	int result = bake_protected(sysroot, options, &protected);

	if (result == 0)
		result = conf_bake(sysroot, options->output, protected);
	free(protected);
	return result;
}

/* Lists the variant drivers and adds their names to @modules. Gives 0 or -1 after a message. */
static int bake_variants(const struct kernel *kernel, const struct image_options *options,
			 struct names *modules)
{
	char *text = NULL;
	size_t len = 0;
	FILE *table = open_memstream(&text, &len);
	int result = -1;

	if (table)
		variants_find(kernel, options->hostonly, table, modules);
	if (table && fclose(table) == 0)
		result = image_write(options->output, VARIANTS, text, len);
	else
		complain_errno(errno, VARIANTS);
	free(text);
	return result;
}

/* Prints the modules that the image must have. Gives 0 or -1 after a message. */
static int bake_modules(const char *sysroot, const struct image_options *options)
{
	struct kernel kernel;
	struct names modules = { 0 };
	size_t i;
	int result = kernel_open(&kernel, sysroot, options->kver);

	if (result == 0)
		result = vfio_modules_find(&kernel, &modules);
	/* What is built in has no options from modprobe.d. */
	if (result == 0 && names_have(&modules, "vfio-pci"))
		warn_of_module_ids(sysroot);
	if (result == 0)
		result = bake_variants(&kernel, options, &modules);
	/* All or nothing: half a list looks like a whole one to a hook. */
	for (i = 0; result == 0 && i < modules.count; i++)
		puts(modules.name[i]);
	names_free(&modules);
	kernel_close(&kernel);
	return result;
}

static int make_image(const char *sysroot, const struct image_options *options)
{
	if (!is_directory(options->output)) {
		complain("--output %s: there is no such directory", options->output);
		return EXIT_FAILED;
	}
	/* First of all the program: without it the boot could not even say what is wrong. */
	if (bake_program(sysroot, options->output) < 0 || bake_rule(sysroot, options) < 0 ||
	    bake_settings(sysroot, options) < 0 || bake_modules(sysroot, options) < 0)
		return EXIT_FAILED;
	return EXIT_OK;
}

int image_command(struct settings *settings, struct arguments *args)
{
	struct image_options options = { 0 };
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
