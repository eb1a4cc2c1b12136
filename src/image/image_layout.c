/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/string_set.h"
#include "../host/sysroot.h"
#include "../machine/protected_list.h"
#include "bake_conf.h"
#include "kernel.h"
#include "modprobe_conf.h"
#include "variants.h"
#include "vfio_modules.h"
#include "write_in_image.h"

#define BOOT_PROGRAM "vfio-claim-boot"
#define RULE         "10-vfio-claim.rules"

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
static int bake_rule(const char *sysroot, const struct image_layout *layout)
{
	static const char rule[] = "/usr/lib/udev/rules.d/" RULE;

	if (!tells_triggered(layout->kver))
		return image_remove(layout->output, rule);
	return bake_installed(sysroot, layout->output, UDEVRULESDIR "/" RULE, rule, 0644);
}

/*
 * Lists what must never be claimed, if the image is for this machine only: another has other
 * devices. *@list gets the text, the caller's to free, or NULL. Gives 0 or -1 after a message.
 */
static int bake_protected(const char *sysroot, const struct image_layout *layout, char **list)
{
	*list = NULL;
	if (!layout->hostonly)
		return image_remove(layout->output, IMAGE_PROTECTED);
	*list = protected_find(sysroot);
	if (!*list)
		return -1;
	return image_write(layout->output, IMAGE_PROTECTED, *list, strlen(*list));
}

/* Puts in what the boot cannot find out by itself. Gives 0 or -1 after a message. */
static int bake_settings(const char *sysroot, const struct image_layout *layout)
{
	char *protected;
	int result = bake_protected(sysroot, layout, &protected);

	if (result == 0)
		result = bake_conf(sysroot, layout->output, protected);
	free(protected);
	return result;
}

/* Lists the variant drivers and adds their names to @modules. Gives 0 or -1 after a message. */
static int bake_variants(const struct kernel *kernel, const struct image_layout *layout,
			 struct string_set *modules)
{
	char *text = NULL;
	size_t len = 0;
	FILE *table = open_memstream(&text, &len);
	int result = -1;

	if (table)
		variants_find(kernel, layout->hostonly, table, modules);
	if (table && fclose(table) == 0)
		result = image_write(layout->output, IMAGE_VARIANTS, text, len);
	else
		complain_errno(errno, IMAGE_VARIANTS);
	free(text);
	return result;
}

/* Lists the modules that the image must have. Gives 0 or -1 after a message. */
static int bake_modules(const char *sysroot, const struct image_layout *layout, FILE *list)
{
	struct kernel kernel;
	struct string_set modules = { 0 };
	size_t i;
	int result = kernel_open(&kernel, sysroot, layout->kver);

	if (result == 0)
		result = vfio_modules_find(&kernel, &modules);
	if (result == 0)
		warn_of_modprobe_conf(sysroot, &modules);
	if (result == 0)
		result = bake_variants(&kernel, layout, &modules);
	/* All or nothing: half a list looks like a whole one to a hook. */
	for (i = 0; result == 0 && i < modules.count; i++)
		fprintf(list, "%s\n", modules.name[i]);
	string_set_free(&modules);
	kernel_close(&kernel);
	return result;
}

int image_lay_out(const char *sysroot, const struct image_layout *layout, FILE *modules)
{
	/* First of all the program: without it the boot could not even say what is wrong. */
	if (bake_program(sysroot, layout->output) < 0 || bake_rule(sysroot, layout) < 0 ||
	    bake_settings(sysroot, layout) < 0 || bake_modules(sysroot, layout, modules) < 0)
		return -1;
	return 0;
}
