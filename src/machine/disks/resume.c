/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "block_devices.h"
#include "file_systems.h"

#define SETTINGS "/etc/initramfs-tools"

/* Adds a device that a setting names. */
static void add(struct string_set *sources, char *source)
{
	/* What initramfs-tools also knows: nothing, and the largest swap area in use. */
	if (source && source[0] && strcmp(source, "none") != 0 && strcmp(source, "auto") != 0)
		string_set_add(sources, source);
	free(source);
}

static void add_setting(struct string_set *sources, const char *sysroot, const char *file)
{
	char *text = file_text(sysroot, file);

	if (text)
		add(sources, shell_value(text, "RESUME"));
	free(text);
}

/* All that is named anywhere; the precedence of the files does not matter. */
static struct string_set find_sources(const char *sysroot)
{
	char *cmdline = sysroot_read(sysroot, "/proc/cmdline"), *file;
	struct string_set files = sysroot_list(sysroot, SETTINGS "/conf.d"), sources = { 0 };
	size_t i;

	if (cmdline)
		add(&sources, cmdline_value(cmdline, "resume"));
	add_setting(&sources, sysroot, SETTINGS "/initramfs.conf");
	for (i = 0; i < files.count; i++) {
		if (asprintf(&file, SETTINGS "/conf.d/%s", files.name[i]) < 0)
			continue;
		add_setting(&sources, sysroot, file);
		free(file);
	}
	string_set_free(&files);
	free(cmdline);
	return sources;
}

/* The directory of a device in sysfs: a new string, or NULL. The kernel also takes "8:3". */
static char *find_device(const char *sysroot, const char *source)
{
	unsigned int major, minor;
	int end = 0;

	if (sscanf(source, "%u:%u%n", &major, &minor, &end) == 2 && !source[end])
		return block_by_number(sysroot, makedev(major, minor));
	return block_by_source(sysroot, source);
}

void resume_protect(struct protection *protection)
{
	struct string_set sources = find_sources(protection->sysroot);
	size_t i;

	for (i = 0; i < sources.count; i++) {
		char *path = find_device(protection->sysroot, sources.name[i]);

		if (!path)
			continue;
		protection_begin(protection, "hibernation");
		protection_add_block(protection, path);
		file_systems_follow(protection);
		protection_end(protection, "the system resumes from (%s)", sources.name[i]);
		free(path);
	}
	string_set_free(&sources);
}
