/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rebuild_images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/proxmox/esp_refresh.h"
#include "../bootloader/proxmox/esps.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/sysroot_files.h"
#include "esp_images.h"
#include "foreign_generator.h"
#include "generator_writes.h"
#include "image_state.h"
#include "installed_image.h"
#include "kernel.h"
#include "vfio_modules.h"

struct rebuild {
	struct changes *changes;
	const struct image_causes *causes;
	struct string_set kernels;     /* whose images are rebuilt */
	struct string_set commands;    /* that rebuild them */
	struct string_set files;       /* that they may write */
	struct string_set directories; /* in which they may make others */
	size_t images;                 /* of kernels that support vfio, rebuilt or not */
	bool copied;                   /* by the commands to where the boot loader reads them */
};

struct string_set installed_kernels(const char *sysroot)
{
	struct string_set all = sysroot_list(sysroot, "/lib/modules"), kernels = { 0 };
	char *running = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");
	size_t i;

	if (running && string_set_have(&all, running))
		string_set_add(&kernels, running);
	/* A removed kernel may leave files made by depmod behind, but not modules.builtin. */
	for (i = 0; i < all.count; i++)
		if (all.name[i][0] != '-' && /* a tool would take it as an option */
		    sysroot_has(sysroot, "/lib/modules/%s/modules.builtin", all.name[i]))
			string_set_add(&kernels, all.name[i]);
	free(running);
	string_set_free(&all);
	return kernels;
}

/* Returns true if the kernel supports vfio, or false after printing an error. */
static bool is_fit(const char *sysroot, const char *kver)
{
	struct string_set modules = { 0 };
	struct kernel kernel;
	bool fit = kernel_open(&kernel, sysroot, kver) == 0 &&
		   vfio_modules_find(&kernel, &modules) == 0;

	string_set_free(&modules);
	kernel_close(&kernel);
	return fit;
}

static void say_unreadable(const struct installed_image *image, const char *kver,
			   const struct text *why)
{
	message_error("kernel %s: cannot read its image %s; %s", kver, image->name, why->data);
}

/* Prints why a kernel has no image. */
static void say_none(const struct installed_image *image, bool warning, const char *kver)
{
	char *why = installed_image_none(image);
	const char *what = why ? why : "it has no image";

	if (warning)
		message_warning("kernel %s: %s; it will claim nothing", kver, what);
	else
		message_error("kernel %s: %s; it will claim nothing", kver, what);
	free(why);
}

/* A step. Returns 0 if the kernel's image is as it should be, or -1 after printing an error. */
static int check_image(const char *sysroot, const char *kver)
{
	struct installed_image image;
	enum image_state state = IMAGE_UNKNOWN;
	struct text why;

	installed_image_find(&image, sysroot, kver);
	if (!image.path && image.entry)
		say_none(&image, false, kver);
	else if (!image.path)
		message_error("kernel %s: its image is gone", kver);
	else
		state = image_state_find(&image, sysroot, kver, &why);
	if (state == IMAGE_STALE)
		message_error("kernel %s: its new image %s", kver, why.data);
	else if (state == IMAGE_UNREADABLE)
		say_unreadable(&image, kver, &why);
	installed_image_free(&image);
	return state == IMAGE_CURRENT ? 0 : -1;
}

/* Adds the command for a kernel's image, unless it is for all kernels and already added. */
static void add_command(struct rebuild *rebuild, const char *kver)
{
	const char *sysroot = rebuild->changes->sysroot;
	struct image_command command = { 0 };
	struct installed_image image;
	char *line = NULL;

	installed_image_find(&image, sysroot, kver);
	if (image.path) {
		image_command_find(&command, &image, sysroot, kver);
		/* Its /etc/initramfs/post-update.d has proxmox-boot-sync. */
		rebuild->copied =
			installed_image_generator(&image, sysroot) == GENERATOR_UPDATE_INITRAMFS;
		line = tool_line(command.word);
	}
	if (line && !string_set_have(&rebuild->commands, line)) {
		string_set_add(&rebuild->commands, line);
		changes_run(rebuild->changes, command.word);
	}
	free(command.file);
	free(line);
	installed_image_free(&image);
}

/* Adds the steps that copy the images to where proxmox-boot-tool starts them, and check that. */
static void add_copies(struct rebuild *rebuild)
{
	if (!rebuild->kernels.count || !esps_in_charge(rebuild->changes->sysroot))
		return;
	if (!rebuild->copied)
		esp_refresh(rebuild->changes);
	changes_call(rebuild->changes, esp_images_check,
		     "check the images on the EFI system partitions", "");
}

/* Adds the steps: copies of all files, then the commands, then a check of each image. */
static void add_steps(struct rebuild *rebuild)
{
	struct changes *changes = rebuild->changes;
	size_t i;

	for (i = 0; i < rebuild->files.count; i++)
		changes_keep(changes, rebuild->files.name[i]);
	for (i = 0; i < rebuild->directories.count; i++)
		changes_keep_directory(changes, rebuild->directories.name[i]);
	for (i = 0; i < rebuild->kernels.count && !rebuild->causes->none; i++)
		add_command(rebuild, rebuild->kernels.name[i]);
	for (i = 0; i < rebuild->kernels.count; i++)
		changes_call(changes, check_image, "check the image of kernel",
			     rebuild->kernels.name[i]);
	add_copies(rebuild);
}

/* Notes that the image is to be rebuilt. Returns 0, or -1 after printing an error. */
static int note(struct rebuild *rebuild, const struct installed_image *image, const char *kver)
{
	const char *sysroot = rebuild->changes->sysroot;
	int err;

	if (installed_image_generator(image, sysroot) == GENERATOR_NONE) {
		message_error("kernel %s: its image %s cannot be rebuilt here; %s", kver,
			      image->name, installed_image_why_not(sysroot));
		return -1;
	}
	err = string_set_add(&rebuild->kernels, kver);

	if (!err)
		err = generator_writes(image, sysroot, kver, &rebuild->files,
				       &rebuild->directories);
	if (err)
		message_errno(err, "kernel %s", kver);
	return err ? -1 : 0;
}

/* Returns 0, or -1 after printing an error. */
static int look_at(struct rebuild *rebuild, const struct installed_image *image, const char *kver)
{
	const struct image_causes *causes = rebuild->causes;
	enum image_state state;
	struct text why;

	if (causes->none)
		return string_set_add(&rebuild->kernels, kver) ? -1 : 0;
	if (causes->conf || causes->settings || (causes->cmdline && image->unified))
		return note(rebuild, image, kver);
	if (!causes->stale)
		return 0;
	state = image_state_find(image, rebuild->changes->sysroot, kver, &why);
	if (state == IMAGE_STALE)
		return note(rebuild, image, kver);
	if (state == IMAGE_UNREADABLE)
		say_unreadable(image, kver, &why);
	return state == IMAGE_CURRENT ? 0 : -1;
}

/* Returns 0, or -1 after printing an error. */
static int look_for(struct rebuild *rebuild, const char *kver)
{
	struct installed_image image;
	int result = 0;

	installed_image_find(&image, rebuild->changes->sysroot, kver);
	if (!image.path) {
		say_none(&image, true, kver);
	} else if (is_fit(rebuild->changes->sysroot, kver)) {
		rebuild->images++;
		result = look_at(rebuild, &image, kver);
	}
	installed_image_free(&image);
	return result;
}

/* Returns 0, or -1 after printing that another generator makes the images. */
static int check_generator(const char *sysroot)
{
	const char *other = foreign_generator(sysroot);

	if (!other)
		return 0;
	message_error("%s makes the images of this system, and it cannot include vfio-claim: use "
		      "dracut, initramfs-tools or mkinitcpio instead",
		      other);
	return -1;
}

int rebuild_images(struct changes *changes, const struct image_causes *causes)
{
	struct rebuild rebuild = { .changes = changes, .causes = causes };
	struct string_set kernels = { 0 };
	int result = causes->stale ? check_generator(changes->sysroot) : 0;
	size_t i;

	if (result < 0)
		return -1;
	kernels = installed_kernels(changes->sysroot);
	for (i = 0; result == 0 && i < kernels.count; i++)
		result = look_for(&rebuild, kernels.name[i]);
	if (result == 0 && !rebuild.images) {
		message_error("there is no initramfs image of a kernel that can do vfio; are the "
			      "kernel and an initramfs generator installed?");
		result = -1;
	}
	if (result == 0 && rebuild.kernels.count)
		result = esp_refresh_prepare(changes);
	if (result == 0)
		add_steps(&rebuild);
	string_set_free(&rebuild.commands);
	string_set_free(&rebuild.kernels);
	string_set_free(&rebuild.directories);
	string_set_free(&rebuild.files);
	string_set_free(&kernels);
	return result;
}
