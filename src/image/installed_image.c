/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installed_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_files.h"
#include "../host/run_tool.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

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

void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver)
{
	char *machine = sysroot_read(sysroot, "/etc/machine-id");
	char *package = package_of(sysroot, kver);
	const char *const places[][4] = {
		{ "/boot/initrd.img-", kver, "", "" }, /* initramfs-tools */
		{ "/boot/initramfs-", kver, ".img", "" },
		{ "/boot/initrd-", kver, "", "" },
		{ "/boot/", machine ? machine : "-", kver, "/initrd" }, /* kernel-install */
		{ "/efi/", machine ? machine : "-", kver, "/initrd" },
		{ "/boot/efi/", machine ? machine : "-", kver, "/initrd" },
		{ "/boot/initramfs-", package ? package : "", ".img", "" },
	};
	bool found;
	size_t i;

	*image = (struct installed_image){ 0 };
	found = package && find_unified(image, sysroot, kver, package);
	for (i = 0; !found && i < sizeof(places) / sizeof(places[0]); i++)
		found = take(image, sysroot,
			     sysroot_real(sysroot, "%s%s%s%s%s", places[i][0], places[i][1],
					  places[i][2] == kver ? "/" : "", places[i][2],
					  places[i][3]));
	free(package);
	free(machine);
}

void installed_image_free(struct installed_image *image)
{
	free(image->name);
	free(image->path);
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

/* Returns true if the image is in /boot itself, where presets of mkinitcpio and dracut have it. */
static bool is_in_boot(const struct installed_image *image)
{
	return strncmp(image->name, "/boot/", 6) == 0 && !strchr(image->name + 6, '/');
}

enum generator installed_image_generator(const struct installed_image *image, const char *sysroot)
{
	const char *end = strrchr(image->name, '/');

	if (has_program(sysroot, "update-initramfs") && !image->unified)
		return GENERATOR_UPDATE_INITRAMFS;
	if (!is_in_boot(image) && has_program(sysroot, "limine-mkinitcpio"))
		return GENERATOR_LIMINE_MKINITCPIO;
	if (!is_in_boot(image) && has_program(sysroot, "limine-dracut"))
		return GENERATOR_LIMINE_DRACUT;
	if (has_program(sysroot, "mkinitcpio"))
		return GENERATOR_MKINITCPIO;
	/* It puts an image into a directory for its kernel, or into a unified one. */
	if (has_program(sysroot, "kernel-install") &&
	    (image->unified || strcmp(end, "/initrd") == 0))
		return GENERATOR_KERNEL_INSTALL;
	return GENERATOR_DRACUT;
}

void image_command_find(struct image_command *command, const struct installed_image *image,
			const char *sysroot, const char *kver)
{
	const struct image_command commands[] = {
		[GENERATOR_UPDATE_INITRAMFS] = { { "update-initramfs", "-u", "-k", kver }, NULL },
		[GENERATOR_LIMINE_MKINITCPIO] = { { "limine-mkinitcpio" }, NULL },
		[GENERATOR_LIMINE_DRACUT] = { { "limine-dracut" }, NULL },
		[GENERATOR_MKINITCPIO] = { { "mkinitcpio", "-P" }, NULL },
		[GENERATOR_KERNEL_INSTALL] = { { "kernel-install", "add", kver }, NULL },
		[GENERATOR_DRACUT] = { { "dracut", "--force", image->name, kver }, NULL },
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
	line = tool_line(command.word);
	free(command.file);
	return line;
}
