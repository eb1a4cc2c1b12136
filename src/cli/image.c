/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - vfio-claim image: what an initramfs generator's hook calls while it builds an image
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "files.h"
#include "kernel_modules.h"
#include "messages.h"
#include "modprobe_conf.h"
#include "paths.h"

#define BOOT_PROGRAM    "vfio-claim-boot"
#define IMAGE_DIRECTORY "/usr/lib/vfio-claim" /* fixed: the glue in the image calls it there */

enum {
	OPT_KERNEL = OPT_COMMAND_FIRST,
	OPT_OUTPUT,
};

struct image_options {
	const char *kver;
	const char *output;
};

static const struct option_def image_options[] = {
	{ "help", false, OPT_HELP },
	{ "sysroot", true, OPT_SYSROOT },
	{ "kernel", true, OPT_KERNEL },
	{ "output", true, OPT_OUTPUT },
	{ NULL, false, 0 },
};

static const char image_help[] =
	"Usage: vfio-claim image --kernel KVER --output DIR [--sysroot DIR]\n\n"
	"For the hook of an initramfs generator. Checks that the kernel can do vfio, lays\n"
	"the boot program out in the image and prints the modules that the image must\n"
	"have, one per line; nothing is printed for what is built into the kernel.\n\n"
	"Options:\n"
	"  --kernel KVER  the kernel of the image, as 'uname -r' prints it\n"
	"  --output DIR   the image's root directory, not looked for below the sysroot\n"
	"  --sysroot DIR  read modules, modprobe.d and the boot program below DIR\n"
	"  --help         show this\n\n"
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
 * Copies @program to @directory, below the image's root. Gives 0 or -1 after a message.
 */
static int install_program(const char *program, char *directory)
{
	char *target = NULL;
	int err = make_directories(directory);

	if (err) {
		complain_errno(err, "cannot make the directory %s", directory);
		return -1;
	}
	if (asprintf(&target, "%s/" BOOT_PROGRAM, directory) < 0) {
		complain_errno(ENOMEM, "%s", directory);
		return -1;
	}
	err = copy_file(program, target, 0755);
	if (err)
		complain_errno(err, "cannot copy %s to %s", program, target);
	free(target);
	return err ? -1 : 0;
}

/* Lays the boot program out in the image. Gives 0 or -1 after a message. */
static int lay_out(const char *sysroot, const char *output)
{
	int result = -1;
	char *program = path_below(sysroot, PKGLIBDIR "/" BOOT_PROGRAM);
	char *directory = path_below(output, IMAGE_DIRECTORY);

	if (!program || !directory) {
		complain_errno(errno, "cannot find the way from %s to %s",
			       program ? output : sysroot,
			       program ? IMAGE_DIRECTORY : PKGLIBDIR "/" BOOT_PROGRAM);
		goto out;
	}
	if (!is_file(program)) {
		complain("the boot program %s is not there; install vfio-claim again", program);
		goto out;
	}
	result = install_program(program, directory);
out:
	free(directory);
	free(program);
	return result;
}

/* Prints the modules that the image must have. Gives 0 or -1 after a message. */
static int print_modules(const char *sysroot, const char *kver)
{
	struct vfio_modules modules;
	size_t i;
	int result = vfio_modules_find(sysroot, kver, &modules);

	/* All or nothing: half a list looks like a whole one to a hook. */
	for (i = 0; result == 0 && i < modules.count; i++)
		puts(modules.name[i]);
	vfio_modules_free(&modules);
	return result;
}

static int make_image(const char *sysroot, const struct image_options *options)
{
	if (!is_directory(options->output)) {
		complain("--output %s: there is no such directory", options->output);
		return EXIT_FAILED;
	}
	warn_of_module_ids(sysroot);
	/* First of all the program: without it the boot could not even say what is wrong. */
	if (lay_out(sysroot, options->output) < 0)
		return EXIT_FAILED;
	if (print_modules(sysroot, options->kver) < 0)
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
