/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/string_set.h"
#include "../host/sysroot.h"
#include "../machine/iommu.h"
#include "../machine/protected_list.h"
#include "bake_conf.h"
#include "image_paths.h"
#include "kernel.h"
#include "modprobe_conf.h"
#include "variants.h"
#include "vfio_modules.h"
#include "write_in_image.h"

#define BOOT_PROGRAM "vfio-claim-boot"
#define RULE         "10-vfio-claim.rules"

/* Returns where a file of vfio-claim is installed; NULL after printing an error. */
static char *find_installed(const char *sysroot, const char *file)
{
	char *path = path_below(sysroot, file);

	if (!path)
		message_errno(errno, "cannot resolve %s below %s", file, sysroot);
	else if (is_file(path))
		return path;
	else
		message_error("%s is not there; install vfio-claim again", path);
	free(path);
	return NULL;
}

char *image_program(const char *sysroot)
{
	return find_installed(sysroot, PKGLIBDIR "/" BOOT_PROGRAM);
}

/* Copies an installed file into the image. Returns 0, or -1 after printing an error. */
static int bake_installed(const char *sysroot, const char *output, const char *from, const char *to,
			  mode_t mode)
{
	char *path = find_installed(sysroot, from);
	int result = path ? image_copy(output, to, path, mode) : -1;

	free(path);
	return result;
}

/*
 * Installs the boot program, which the udev rule and the first line of initramfs-tools' script call
 * where it is installed in this system. Returns 0, or -1 after printing an error.
 */
static int bake_program(const char *sysroot, const char *output)
{
	static const char here[] = PKGLIBDIR "/" BOOT_PROGRAM;

	if (bake_installed(sysroot, output, here, IMAGE_PROGRAM, 0755) < 0)
		return -1;
	return strcmp(here, IMAGE_PROGRAM) ? image_link(output, here, IMAGE_PROGRAM) : 0;
}

/*
 * Returns true if udev can distinguish a new device from one reported again by "udevadm trigger":
 * since Linux 4.13. A release that is not a version counts as newer.
 */
static bool tells_triggered(const char *kver)
{
	unsigned int version, patchlevel;

	return sscanf(kver, "%u.%u", &version, &patchlevel) != 2 || version > 4 ||
	       (version == 4 && patchlevel >= 13);
}

/*
 * Installs the udev rule that claims devices which appear later. Returns 0, or -1 after printing an
 * error.
 */
static int bake_rule(const char *sysroot, const struct image_layout *layout)
{
	static const char rule[] = "/usr/lib/udev/rules.d/" RULE;

	if (!tells_triggered(layout->kver))
		return image_remove(layout->output, rule);
	return bake_installed(sysroot, layout->output, UDEVRULESDIR "/" RULE, rule, 0644);
}

/* --- what is found out -------------------------------------------------------------------------
 */

/*
 * Lists what must never be claimed, if the image is for this machine only. Returns 0, or -1 after
 * printing an error.
 */
static int find_protected(struct image_wanted *wanted, const char *sysroot, bool hostonly)
{
	if (!hostonly)
		return 0;
	wanted->protected = protected_find(sysroot);
	return wanted->protected ? 0 : -1;
}

/* Lists the variant drivers and adds those for the image to the modules. Returns as above. */
static int find_variants(struct image_wanted *wanted, const struct kernel *kernel, bool hostonly)
{
	size_t len = 0;
	FILE *table = open_memstream(&wanted->variants, &len);

	if (table)
		variants_find(kernel, hostonly, table, &wanted->modules);
	if (table && fclose(table) == 0)
		return 0;
	message_errno(errno, IMAGE_VARIANTS);
	return -1;
}

/* Finds out what depends on the kernel. Returns as above. */
static int find_modules(struct image_wanted *wanted, const char *sysroot,
			const struct image_layout *layout)
{
	struct kernel kernel;
	int result = kernel_open(&kernel, sysroot, layout->kver);

	if (result == 0)
		result = vfio_modules_find(&kernel, &wanted->modules);
	if (result == 0 && (!layout->hostonly || iommu_has_virtio(sysroot)))
		result = iommu_modules_find(&kernel, &wanted->modules);
	if (result == 0)
		warn_of_modprobe_conf(sysroot, &wanted->modules);
	if (result == 0)
		result = find_variants(wanted, &kernel, layout->hostonly);
	kernel_close(&kernel);
	return result;
}

int image_wanted_find(struct image_wanted *wanted, const char *sysroot,
		      const struct image_layout *layout)
{
	char *program = image_program(sysroot);

	free(program);
	*wanted = (struct image_wanted){ 0 };
	if (!program || find_protected(wanted, sysroot, layout->hostonly) < 0 ||
	    conf_find(sysroot, wanted->protected, &wanted->conf) < 0)
		return -1;
	return find_modules(wanted, sysroot, layout);
}

void image_wanted_free(struct image_wanted *wanted)
{
	free(wanted->protected);
	free(wanted->variants);
	free(wanted->conf);
	string_set_free(&wanted->modules);
}

/* --- what is laid out --------------------------------------------------------------------------
 */

/* Writes a text, or removes the leftover of an earlier run if it is NULL. Returns as above. */
static int bake_text(const char *output, const char *path, const char *text)
{
	return text ? image_write(output, path, text, strlen(text)) : image_remove(output, path);
}

/* Installs what does not depend on the kernel. Returns as above. */
static int bake_settings(struct image_wanted *wanted, const char *sysroot,
			 const struct image_layout *layout)
{
	if (find_protected(wanted, sysroot, layout->hostonly) < 0 ||
	    bake_text(layout->output, IMAGE_PROTECTED, wanted->protected) < 0)
		return -1;
	return conf_bake(sysroot, layout->output, wanted->protected);
}

/* Installs the rest, and lists the modules: all or none of them. Returns as above. */
static int bake_modules(struct image_wanted *wanted, const char *sysroot,
			const struct image_layout *layout, FILE *list)
{
	size_t i;

	if (find_modules(wanted, sysroot, layout) < 0 ||
	    bake_text(layout->output, IMAGE_VARIANTS, wanted->variants) < 0)
		return -1;
	for (i = 0; i < wanted->modules.count; i++)
		fprintf(list, "%s\n", wanted->modules.name[i]);
	return 0;
}

int image_lay_out(const char *sysroot, const struct image_layout *layout, FILE *modules)
{
	struct image_wanted wanted = { 0 };
	int result = -1;

	/* The program first: without it the boot could not even report what is wrong. */
	if (bake_program(sysroot, layout->output) == 0 && bake_rule(sysroot, layout) == 0 &&
	    bake_settings(&wanted, sysroot, layout) == 0)
		result = bake_modules(&wanted, sysroot, layout, modules);
	image_wanted_free(&wanted);
	return result;
}
