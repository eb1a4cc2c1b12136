/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight.h"

#include <stdlib.h>
#include <string.h>

#include "../bootloader/cmdline_limit.h"
#include "../host/disk_space.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "tpm_seals.h"

/* --- the TPM -----------------------------------------------------------------------------------
 */

static void warn_of_seal(void *to, const char *what, const char *when, const char *fix)
{
	(void)to;
	message_warning("%s%s%s%s%s", what, when ? "; " : "", when ? when : "", fix ? ": " : "",
			fix ? fix : "");
}

static void warn_of_seals(const struct preflight *preflight, const char *running)
{
	const struct changes *changes = preflight->changes;
	struct boot_change change = { .cmdline = preflight->words, .addon = preflight->addon };
	struct step step;
	size_t i;

	for (i = 0; changes_step(changes, i, &step); i++)
		change.image |= step.kept && disk_space_is_image(step.kept);
	tpm_seals_tell(changes->sysroot, running, &change, warn_of_seal, NULL);
}

/* --- what cannot be done -----------------------------------------------------------------------
 */

static int check_length(const struct preflight *preflight, const char *running)
{
	char *what = preflight->words ? cmdline_too_long(preflight->changes->sysroot, running,
							 preflight->words)
				      : NULL;
	int result = what ? -1 : 0;

	if (what)
		message_error("%s", what);
	free(what);
	return result;
}

/* Returns the command that will rewrite the file backed up at step @index. */
static const char *command_behind(const struct changes *changes, size_t index)
{
	struct step step;

	for (; changes_step(changes, index, &step); index++)
		if (step.command)
			return step.command;
	return "";
}

static void note_steps(struct disk_space *room, const struct changes *changes)
{
	struct step step;
	size_t i;

	for (i = 0; changes_step(changes, i, &step); i++) {
		if (step.file && step.text)
			disk_space_write(room, step.file, strlen(step.text));
		if (step.kept)
			disk_space_remake(room, step.kept, command_behind(changes, i));
		if (step.file || step.kept)
			disk_space_keep_copy(room, step.file ? step.file : step.kept);
	}
}

static int check_room(const struct changes *changes)
{
	struct disk_space room = { .sysroot = changes->sysroot };
	int result = 0;
	size_t i;
	char *what;

	note_steps(&room, changes);
	for (i = 0; i < room.count; i++) {
		what = disk_space_missing(&room, i);
		if (!what)
			continue;
		message_error("%s", what);
		free(what);
		result = -1;
	}
	disk_space_free(&room);
	return result;
}

int preflight_check(const struct preflight *preflight)
{
	const struct changes *changes = preflight->changes;
	char *running;
	int result;

	if (!changes_any(changes))
		return 0;
	running = sysroot_read(changes->sysroot, "/proc/cmdline");
	warn_of_seals(preflight, running);
	result = check_length(preflight, running ? running : "");
	result |= check_room(changes);
	if (result < 0)
		message_error("nothing was changed");
	free(running);
	return result;
}
