/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "addons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"
#include "efi_loader.h"
#include "uki.h"

#define FOLDER "/EFI/Linux/"

/*
 * Which add-ons count, and in which order: see systemd's src/boot/stub.c, load_all_addons() and
 * load_addons(). The stub looks for them on the partition of the image.
 */

char *addons_directory(const char *image)
{
	const char *folder = strstr(image, FOLDER);
	char *path;

	if (!folder || asprintf(&path, "%.*s/loader/addons", (int)(folder - image), image) < 0)
		return NULL;
	return path;
}

/*
 * Returns the directory of an image's own add-ons: "x.efi.extra.d", also for "x+2-1.efi", whose
 * name counts attempts to boot. NULL if out of memory.
 */
static char *own_directory(const char *image)
{
	const char *slash = strrchr(image, '/'), *plus = slash ? strchr(slash, '+') : NULL;
	size_t count = plus ? 1 + strspn(plus + 1, "0123456789-") : 0;
	int before = (int)(count > 1 && plus[count] == '.' ? plus - image : 0);
	char *path;

	if (asprintf(&path, "%.*s%s.extra.d", before, image, before ? plus + count : image) < 0)
		return NULL;
	return path;
}

static bool is_addon(const char *name)
{
	static const char end[] = ".addon.efi";
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcasecmp(name + len - end_len, end) == 0;
}

/* Returns true if the stub uses the add-on for a kernel of version @kver (NULL: not known). */
static bool is_taken(const char *sysroot, const char *file, const char *kver)
{
	char *only = uki_kernel(sysroot, file);
	bool taken = (!only || !kver || strcmp(only, kver) == 0) &&
		     !uki_has_section(sysroot, file, ".linux") &&
		     (uki_is_signed(sysroot, file) || !efi_secure_boot(sysroot));

	free(only);
	return taken;
}

/* Replaces control characters with blanks and drops blanks at both ends, as the stub does. */
static void tidy(char *text)
{
	char *from = text, *to = text, *end = text;

	while (*from && ((unsigned char)*from <= ' ' || *from == 0x7f))
		from++;
	for (; *from; from++) {
		*to++ = (unsigned char)*from <= ' ' || *from == 0x7f ? ' ' : *from;
		if (to[-1] != ' ')
			end = to;
	}
	*end = '\0';
}

/* Returns @cmdline, which it frees, with @more, or NULL. */
static char *append(char *cmdline, const char *more)
{
	char *both;

	if (!cmdline || !more[0])
		return cmdline;
	if (asprintf(&both, "%s%s%s", cmdline, cmdline[0] ? " " : "", more) < 0)
		both = NULL;
	free(cmdline);
	return both;
}

/* Adds the add-ons in @directory that the stub uses. */
static void add_taken(struct string_set *files, const char *sysroot, const char *directory,
		      const char *kver)
{
	struct string_set names = sysroot_list(sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < names.count; i++) {
		if (!is_addon(names.name[i]) ||
		    asprintf(&file, "%s/%s", directory, names.name[i]) < 0)
			continue;
		if (is_taken(sysroot, file, kver))
			string_set_add(files, file);
		free(file);
	}
	string_set_free(&names);
}

/* Returns the add-ons that the stub uses for an image: those for all images, then its own. */
static struct string_set find_taken(const char *sysroot, const char *image)
{
	char *kver = uki_kernel(sysroot, image), *all = addons_directory(image);
	char *own = own_directory(image);
	struct string_set files = { 0 };

	if (all)
		add_taken(&files, sysroot, all, kver);
	if (own)
		add_taken(&files, sysroot, own, kver);
	free(own);
	free(all);
	free(kver);
	return files;
}

bool addons_are_read(const char *sysroot, const char *image)
{
	return uki_stub_version(sysroot, image) >= ADDONS_STUB;
}

struct string_set addons_with_initrd(const char *sysroot, const char *image)
{
	struct string_set taken = { 0 }, files = { 0 };
	size_t i;

	if (uki_stub_version(sysroot, image) >= ADDONS_STUB_INITRD)
		taken = find_taken(sysroot, image);
	for (i = 0; i < taken.count; i++)
		if (uki_has_section(sysroot, taken.name[i], ".initrd"))
			string_set_add(&files, taken.name[i]);
	string_set_free(&taken);
	return files;
}

char *addons_append(char *cmdline, const char *sysroot, const char *image)
{
	struct string_set files = { 0 };
	char *more;
	size_t i;

	if (addons_are_read(sysroot, image))
		files = find_taken(sysroot, image);
	for (i = 0; i < files.count; i++) {
		more = uki_section(sysroot, files.name[i], ".cmdline");
		if (more) {
			tidy(more);
			cmdline = append(cmdline, more);
		}
		free(more);
	}
	string_set_free(&files);
	return cmdline;
}
