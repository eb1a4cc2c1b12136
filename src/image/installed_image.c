/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installed_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_files.h"
#include "../host/run_tool.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/write_file.h"

/* One tool may stumble over the image of another generator; the next one does not. */
static const char list_command[] =
	"for tool in lsinitramfs lsinitrd lsinitcpio; do\n"
	"	list=$(\"$tool\" \"$IMAGE\" 2>/dev/null) && [ \"$list\" ] || continue\n"
	"	printf '%s\\n' \"$list\"\n"
	"	exit 0\n"
	"done 2>/dev/null\n"
	"exit 1\n";

/*
 * Whole images are unpacked in what is removed again; of an image with several archives each has a
 * directory of its own (main, main2). Only lsinitrd can take out a single file. The status of none
 * of them tells whether a file has come out.
 */
static const char take_out_command[] =
	"image=$(realpath -- \"$IMAGE\") && mkdir \"$TO/all\" && cd \"$TO/all\" || exit\n"
	"exec 2>/dev/null\n"
	"collect() {\n"
	"	for base in . main*; do\n"
	"		cp -R \"$base/usr/lib/vfio-claim\" \"$TO/usr/lib/\"\n"
	"		cp \"$base/etc/vfio-claim.conf\" \"$TO/etc/\"\n"
	"	done\n"
	"}\n"
	"single() {\n"
	"	lsinitrd -f \"$1\" \"$image\" >file && [ -s file ] || return\n"
	"	mkdir -p \"$TO/${1%/*}\" && mv file \"$TO/$1\"\n"
	"}\n"
	"any() { [ -e \"$TO/usr/lib/vfio-claim\" ] || [ -e \"$TO/etc/vfio-claim.conf\" ]; }\n"
	"mkdir -p \"$TO/usr/lib\" \"$TO/etc\"\n"
	"for file in vfio-claim-boot protected variants; do\n"
	"	single \"usr/lib/vfio-claim/$file\"\n"
	"done\n"
	"single etc/vfio-claim.conf\n"
	"any || { unmkinitramfs \"$image\" . && false; collect; }\n"
	"any || { lsinitcpio -x \"$image\" && false; collect; }\n"
	"rm -rf \"$TO/all\"\n"
	"any\n";

/* Gives whether there is an image at @name, which it takes over. */
static bool take(struct installed_image *image, const char *sysroot, char *name)
{
	image->name = name;
	image->path = name ? path_below(sysroot, name) : NULL;
	if (image->path && is_file(image->path))
		return true;
	installed_image_free(image);
	return false;
}

/* What stands in the name of an image of mkinitcpio's: that of the kernel's package, "linux". */
static char *package_of(const char *sysroot, const char *kver)
{
	char *package = sysroot_read(sysroot, "/usr/lib/modules/%s/pkgbase", kver);

	return package ? package : strdup("");
}

/* Whether a file's name is "...-NAME.efi", or "...-NAME+3.efi", where it is counted how often it
 * may fail. */
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

/* One that kernel-install has made is called after its kernel; mkinitcpio's after its package. */
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

/* Runs a command on an image. A path may have any character; the command takes it from here. */
static FILE *run(const struct installed_image *image, const char *command)
{
	return setenv("IMAGE", image->path, 1) == 0 ? popen(command, "re") : NULL;
}

int installed_image_list(const struct installed_image *image, image_line_fn *take_line, void *to)
{
	FILE *list = run(image, list_command);
	char *line = NULL;
	size_t size = 0;

	if (!list)
		return -1;
	while (getline(&line, &size, list) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(to, line);
	}
	free(line);
	return pclose(list) == 0 ? 0 : -1;
}

char *installed_image_take_out(const struct installed_image *image)
{
	char *directory = make_scratch_directory();
	FILE *tool = NULL;

	if (!directory)
		return NULL;
	if (setenv("TO", directory, 1) == 0)
		tool = run(image, take_out_command);
	if (tool && pclose(tool) == 0)
		return directory;
	remove_directory(directory);
	free(directory);
	return NULL;
}

/* Where kernel-install takes the kernel itself from. */
static char *kernel_file(const char *sysroot, const char *kver)
{
	char *file = sysroot_real(sysroot, "/lib/modules/%s/vmlinuz", kver);

	return file ? file : sysroot_real(sysroot, "/boot/vmlinuz-%s", kver);
}

/* kernel-install lays an image out in a directory of its kernel, or as a unified one. */
static bool is_kernel_installs(const struct installed_image *image, const char *sysroot)
{
	const char *end = strrchr(image->name, '/');

	return has_program(sysroot, "kernel-install") &&
	       (image->unified || strcmp(end, "/initrd") == 0);
}

char *installed_image_command(const struct installed_image *image, const char *sysroot,
			      const char *kver)
{
	char *command = NULL, *file = NULL;
	int len;

	if (has_program(sysroot, "update-initramfs") && !image->unified) {
		len = asprintf(&command, "update-initramfs -u -k %s", kver);
	} else if (has_program(sysroot, "mkinitcpio")) {
		len = asprintf(&command, "mkinitcpio -P");
	} else if (is_kernel_installs(image, sysroot)) {
		file = kernel_file(sysroot, kver);
		len = asprintf(&command, "kernel-install add %s %s", kver, file ? file : "VMLINUZ");
	} else {
		len = asprintf(&command, "dracut --force %s %s", image->name, kver);
	}
	free(file);
	return len < 0 ? NULL : command;
}
