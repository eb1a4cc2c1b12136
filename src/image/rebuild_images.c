/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rebuild_images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "image_state.h"
#include "installed_image.h"
#include "kernel.h"
#include "vfio_modules.h"

/* The work on one after the other. */
struct renewal {
	struct changes *changes;
	const struct image_causes *causes;
	struct string_set kernels;  /* whose images are to be made anew */
	struct string_set commands; /* that do so; one may be for all kernels */
	size_t images;              /* that are there */
};

struct string_set installed_kernels(const char *sysroot)
{
	struct string_set all = sysroot_list(sysroot, "/lib/modules"), kernels = { 0 };
	char *running = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");
	size_t i;

	if (running && string_set_have(&all, running))
		string_set_add(&kernels, running);
	/* Of a kernel that has been removed, what depmod has made may be left, but not this. */
	for (i = 0; i < all.count; i++)
		if (sysroot_has(sysroot, "/lib/modules/%s/modules.builtin", all.name[i]))
			string_set_add(&kernels, all.name[i]);
	free(running);
	string_set_free(&all);
	return kernels;
}

/* Whether the kernel can do vfio; says so if not. */
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

/* A step: gives 0 when the kernel's image is as it should be, or -1 after a message. */
static int check_image(const char *sysroot, const char *kver)
{
	struct installed_image image;
	enum image_state state = IMAGE_UNKNOWN;
	struct text why;

	installed_image_find(&image, sysroot, kver);
	if (!image.path)
		complain("kernel %s: its image is gone", kver);
	else
		state = image_state_find(&image, sysroot, kver, &why);
	if (state == IMAGE_STALE)
		complain("kernel %s: its new image %s", kver, why.data);
	else if (state == IMAGE_UNREADABLE)
		complain("kernel %s: cannot look into its image %s; %s", kver, image.name,
			 why.data);
	installed_image_free(&image);
	return state == IMAGE_CURRENT ? 0 : -1;
}

/* Adds the commands for all of them, and then a look into each. */
static void add_steps(struct renewal *renewal)
{
	struct changes *changes = renewal->changes;
	size_t i;

	for (i = 0; i < renewal->commands.count; i++)
		changes_command(changes, renewal->commands.name[i]);
	for (i = 0; i < renewal->kernels.count; i++)
		changes_call(changes, check_image, "look into the image of kernel",
			     renewal->kernels.name[i]);
}

/* Notes that the image is to be made anew. Gives 0 or -1 after a message. */
static int note(struct renewal *renewal, const struct installed_image *image, const char *kver)
{
	char *command = installed_image_command(image, renewal->changes->sysroot, kver);
	int err = command ? string_set_add(&renewal->commands, command) : -ENOMEM;

	free(command);
	if (!err)
		err = string_set_add(&renewal->kernels, kver);
	if (err)
		complain_errno(err, "kernel %s", kver);
	else
		changes_keep(renewal->changes, image->name);
	return err ? -1 : 0;
}

/* Gives 0 or -1 after a message. */
static int look_at(struct renewal *renewal, const struct installed_image *image, const char *kver)
{
	const struct image_causes *causes = renewal->causes;
	enum image_state state;
	struct text why;

	if (causes->conf || (causes->cmdline && image->unified))
		return note(renewal, image, kver);
	if (!causes->stale)
		return 0;
	state = image_state_find(image, renewal->changes->sysroot, kver, &why);
	if (state == IMAGE_STALE)
		return note(renewal, image, kver);
	if (state == IMAGE_UNREADABLE)
		complain("kernel %s: cannot look into its image %s; %s", kver, image->name,
			 why.data);
	return state == IMAGE_CURRENT ? 0 : -1;
}

/* Gives 0 or -1 after a message. */
static int look_for(struct renewal *renewal, const char *kver)
{
	struct installed_image image;
	int result = 0;

	installed_image_find(&image, renewal->changes->sysroot, kver);
	if (!image.path) {
		complain("warning: kernel %s: no image of it is found in /boot; it will claim "
			 "nothing",
			 kver);
	} else if (is_fit(renewal->changes->sysroot, kver)) {
		renewal->images++;
		result = look_at(renewal, &image, kver);
	}
	installed_image_free(&image);
	return result;
}

int rebuild_images(struct changes *changes, const struct image_causes *causes)
{
	struct renewal renewal = { .changes = changes, .causes = causes };
	struct string_set kernels = installed_kernels(changes->sysroot);
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < kernels.count; i++)
		result = look_for(&renewal, kernels.name[i]);
	if (result == 0 && !renewal.images) {
		complain("there is no image of any kernel that could claim a device; is the "
			 "kernel, and what makes its initramfs, installed?");
		result = -1;
	}
	if (result == 0)
		add_steps(&renewal);
	string_set_free(&renewal.commands);
	string_set_free(&renewal.kernels);
	string_set_free(&kernels);
	return result;
}
