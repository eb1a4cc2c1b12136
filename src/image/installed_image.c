/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installed_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/addons.h"
#include "../bootloader/boot_files.h"
#include "../bootloader/menus/menu_images.h"
#include "../bootloader/places/limine_tool.h"
#include "../bootloader/proxmox/esps.h"
#include "../host/run_tool.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "foreign_generator.h"

/* Takes ownership of @name. Returns true if there is an image of that name. */
static bool take(struct installed_image *image, const char *sysroot, char *name)
{
	image->name = name;
	image->path = name ? path_below(sysroot, name) : NULL;
	if (image->path && is_file(image->path))
		return true;
	installed_image_free(image);
	return false;
}

/* Returns the name of the kernel's package, "linux", which mkinitcpio uses in image names. */
static char *package_of(const char *sysroot, const char *kver)
{
	char *package = sysroot_read(sysroot, "/usr/lib/modules/%s/pkgbase", kver);

	return package ? package : strdup("");
}

/*
 * Returns true if a file's name is "...-NAME.efi", or "...-NAME+3.efi" with a count of boot
 * attempts.
 */
static bool is_named(const char *file, const char *name)
{
	const char *at = strrchr(file, '/');
	size_t len = strlen(name);

	while (len && (at = strchr(at + 1, '-')))
		if (strncmp(at + 1, name, len) == 0 &&
		    (at[1 + len] == '+' || strcmp(at + 1 + len, ".efi") == 0))
			return true;
	return false;
}

/* Notes the add-ons that add an initramfs. */
static void find_addons(struct installed_image *image, const char *sysroot)
{
	struct string_set files = addons_with_initrd(sysroot, image->name);
	char *path;
	size_t i;

	for (i = 0; i < files.count; i++) {
		path = path_below(sysroot, files.name[i]);
		if (path)
			string_set_add(&image->addons, path);
		free(path);
	}
	string_set_free(&files);
}

/* kernel-install names a unified image after its kernel, mkinitcpio after the kernel's package. */
static bool find_unified(struct installed_image *image, const char *sysroot, const char *kver,
			 const char *package)
{
	struct string_set files = boot_files_images(sysroot);
	size_t i;

	for (i = 0; !image->path && i < files.count; i++)
		if (is_named(files.name[i], kver) || is_named(files.name[i], package))
			image->unified = take(image, sysroot, strdup(files.name[i]));
	string_set_free(&files);
	return image->path;
}

/* Where generators put the image of a kernel. */
static bool guess(struct installed_image *image, const char *sysroot, const char *kver)
{
	char *token = sysroot_read(sysroot, "/etc/kernel/entry-token");
	char *machine = sysroot_read(sysroot, "/etc/machine-id");
	char *package = package_of(sysroot, kver);
	const char *const names[] = { token ? token : "-", machine ? machine : "-" };
	const char *const places[][4] = {
		{ "/boot/initrd.img-", kver, "", "" }, /* initramfs-tools */
		{ "/boot/initramfs-", kver, ".img", "" },
		{ "/boot/initrd-", kver, "", "" },
		{ "/boot/", names[0], kver, "/initrd" }, /* kernel-install */
		{ "/efi/", names[0], kver, "/initrd" },
		{ "/boot/efi/", names[0], kver, "/initrd" },
		{ "/boot/", names[1], kver, "/initrd" },
		{ "/efi/", names[1], kver, "/initrd" },
		{ "/boot/efi/", names[1], kver, "/initrd" },
		{ "/boot/initramfs-", package ? package : "", ".img", "" },
		{ "/usr/lib/modules/", kver, "/initramfs.img", "" }, /* ostree, in its build */
	};
	bool found = package && find_unified(image, sysroot, kver, package);
	size_t i;

	for (i = 0; !found && i < sizeof(places) / sizeof(places[0]); i++)
		found = take(image, sysroot,
			     sysroot_real(sysroot, "%s%s%s%s%s", places[i][0], places[i][1],
					  places[i][2] == kver ? "/" : "", places[i][2],
					  places[i][3]));
	free(package);
	free(machine);
	free(token);
	return found;
}

/* Takes over what the menu says. */
static void take_menus(struct installed_image *image, const char *sysroot,
		       struct menu_images *found)
{
	char *path;
	size_t i;

	if (found->image)
		take(image, sysroot, found->image);
	image->unified = found->unified;
	image->entry = found->entry;
	image->missing = found->missing;
	found->image = found->entry = found->missing = NULL;
	for (i = 0; i < found->files.count; i++) {
		path = path_below(sysroot, found->files.name[i]);
		if (path)
			string_set_add(&image->paths, path);
		free(path);
	}
}

void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver)
{
	struct menu_images found = { 0 };

	*image = (struct installed_image){ 0 };
	/* The images that proxmox-boot-tool's menus load are copies of those in /boot. */
	if (!esps_in_charge(sysroot) && menu_images_find(&found, sysroot, kver))
		take_menus(image, sysroot, &found);
	else
		guess(image, sysroot, kver);
	menu_images_free(&found);
	if (image->unified)
		find_addons(image, sysroot);
}

char *installed_image_none(const struct installed_image *image)
{
	char *why;

	if (!image->entry)
		return strdup("no image found for it in /boot");
	if (asprintf(&why, "its entry in %s loads the image %s, which is not here", image->entry,
		     image->missing) < 0)
		return NULL;
	return why;
}

void installed_image_free(struct installed_image *image)
{
	free(image->name);
	free(image->path);
	free(image->entry);
	free(image->missing);
	string_set_free(&image->paths);
	string_set_free(&image->addons);
	*image = (struct installed_image){ 0 };
}

/* --- the command that rebuilds it --------------------------------------------------------------
 */

/* Returns the file from which kernel-install takes the kernel itself. */
static char *kernel_file(const char *sysroot, const char *kver)
{
	char *file = sysroot_real(sysroot, "/lib/modules/%s/vmlinuz", kver);

	return file ? file : sysroot_real(sysroot, "/boot/vmlinuz-%s", kver);
}

/* Returns the name of an image's file. */
static const char *base_of(const struct installed_image *image)
{
	const char *slash = strrchr(image->name, '/');

	return slash ? slash + 1 : image->name;
}

/* Returns true if sdbootutil made the image: "initrd-SHA1". */
static bool is_sdbootutils(const char *base)
{
	static const char begin[] = "initrd-";

	return strncmp(base, begin, strlen(begin)) == 0 &&
	       strspn(base + strlen(begin), "0123456789abcdef") == 40 && !base[strlen(begin) + 40];
}

static bool is_limines(const struct installed_image *image)
{
	static const char name[] = "limine.conf";
	size_t len = image->entry ? strlen(image->entry) : 0;

	return len > strlen(name) && strcmp(image->entry + len - strlen(name), name) == 0;
}

enum generator installed_image_generator(const struct installed_image *image, const char *sysroot)
{
	const char *base = base_of(image);

	if (sysroot_has(sysroot, "/run/ostree-booted") || foreign_generator_made(base))
		return GENERATOR_NONE;
	if (has_program(sysroot, "update-initramfs") && !image->unified)
		return GENERATOR_UPDATE_INITRAMFS;
	if (is_sdbootutils(base) && has_program(sysroot, "sdbootutil"))
		return GENERATOR_SDBOOTUTIL;
	if (is_limines(image) && limine_tool(sysroot))
		return GENERATOR_LIMINE;
	if (has_program(sysroot, "mkinitcpio"))
		return GENERATOR_MKINITCPIO;
	/* kernel-install puts an image into a directory for its kernel, or into a unified image. */
	if (has_program(sysroot, "kernel-install") &&
	    (image->unified || strcmp(base, "initrd") == 0))
		return GENERATOR_KERNEL_INSTALL;
	return GENERATOR_DRACUT;
}

const char *installed_image_why_not(const char *sysroot)
{
	if (sysroot_has(sysroot, "/run/ostree-booted"))
		return "it comes with the system (ostree): build an image of the system that has "
		       "vfio-claim";
	return "booster takes nothing from other programs into its images: use mkinitcpio or "
	       "dracut";
}

void image_command_find(struct image_command *command, const struct installed_image *image,
			const char *sysroot, const char *kver)
{
	const struct image_command commands[] = {
		[GENERATOR_UPDATE_INITRAMFS] = { { "update-initramfs", "-u", "-k", kver }, NULL },
		[GENERATOR_MKINITCPIO] = { { "mkinitcpio", "-P" }, NULL },
		[GENERATOR_KERNEL_INSTALL] = { { "kernel-install", "add", kver }, NULL },
		[GENERATOR_DRACUT] = { { "dracut", "--force", image->name, kver }, NULL },
		[GENERATOR_SDBOOTUTIL] = { { "sdbootutil", "mkinitrd" }, NULL },
		[GENERATOR_LIMINE] = { { limine_tool(sysroot) }, NULL },
		[GENERATOR_NONE] = { { NULL }, NULL },
	};
	enum generator generator = installed_image_generator(image, sysroot);

	*command = commands[generator];
	if (generator != GENERATOR_KERNEL_INSTALL)
		return;
	command->file = kernel_file(sysroot, kver);
	command->word[3] = command->file ? command->file : "VMLINUZ";
}

char *installed_image_command(const struct installed_image *image, const char *sysroot,
			      const char *kver)
{
	struct image_command command;
	char *line;

	image_command_find(&command, image, sysroot, kver);
	line = command.word[0] ? tool_line(command.word) : NULL;
	free(command.file);
	return line;
}
