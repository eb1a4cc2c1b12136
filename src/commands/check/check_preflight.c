/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_preflight.c - what a change of the boot would break, and whether there is room for it
 */
#include <stdlib.h>

#include "../../bootloader/cmdline_limit.h"
#include "../../host/claim_words.h"
#include "../../host/disk_space.h"
#include "../../image/installed_image.h"
#include "../../image/rebuild_images.h"
#include "../../plan/tpm_seals.h"
#include "check.h"

/* Returns true if this boot already requested the devices, so that nothing needs to change. */
static bool is_set(const struct check *check)
{
	return !devices_are_named(check) && cmdline_requests(check->running);
}

static void found_seal(void *to, const char *what, const char *when, const char *fix)
{
	struct check *check = to;

	finding_add(&check->findings, is_set(check) ? LEVEL_OK : LEVEL_WARNING, "tpm", "%s%s%s",
		    what, when ? "; " : "", when ? when : "");
	if (fix)
		finding_fix(&check->findings, "%s", fix);
}

static void check_length(struct check *check)
{
	char *ours = cmdline_ours(check->asked);
	char *what = ours ? cmdline_too_long(check->sysroot, check->running, ours) : NULL;

	if (what)
		finding_add(&check->findings, LEVEL_PROBLEM, "cmdline", "%s", what);
	free(what);
	free(ours);
}

/* Adds the room that rebuilding the image of a kernel takes. */
static void note_image(struct disk_space *room, const char *sysroot, const char *kver)
{
	struct installed_image image;
	char *command;

	installed_image_find(&image, sysroot, kver);
	command = image.path ? installed_image_command(&image, sysroot, kver) : NULL;
	if (command)
		disk_space_remake(room, image.name, command);
	free(command);
	installed_image_free(&image);
}

static void check_room(struct check *check)
{
	struct string_set kernels = installed_kernels(check->sysroot);
	struct disk_space room = { .sysroot = check->sysroot };
	char *what;
	size_t i;

	for (i = 0; i < kernels.count; i++)
		note_image(&room, check->sysroot, kernels.name[i]);
	for (i = 0; i < room.count; i++) {
		what = disk_space_missing(&room, i);
		if (what)
			finding_add(&check->findings, LEVEL_WARNING, "room",
				    "%s; until then no image can be rebuilt", what);
		free(what);
	}
	disk_space_free(&room);
	string_set_free(&kernels);
}

void check_preflight(struct check *check)
{
	const struct boot_change all = { .cmdline = true, .image = true };

	tpm_seals_tell(check->sysroot, check->running, &all, found_seal, check);
	check_length(check);
	check_room(check);
}
