/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/file_backup.h"
#include "../host/messages.h"
#include "../host/string_set.h"
#include "../host/sysroot_files.h"
#include "../host/write_file.h"
#include "../machine/protected_list.h"
#include "image_layout.h"

/* What is compared. */
struct comparison {
	const struct installed_image *image;
	const char *sysroot, *kver;
	char *is;     /* a directory with what is vfio-claim's of the image; NULL for nothing */
	char *should; /* one with what it would get now */
	struct string_set modules; /* that it has to have */
	struct string_set there;   /* those of them that it has */
	bool program;              /* it has the boot program */
};

/* --- what is listed ----------------------------------------------------------------------------
 */

/* Whether the file that a line of a list names, at its end, is @path, without its first slash. */
static bool is_file_line(const char *line, const char *path)
{
	size_t len = strlen(line), path_len = strlen(path);

	return len >= path_len && strcmp(line + len - path_len, path) == 0 &&
	       (len == path_len || strchr(" /", line[len - path_len - 1]));
}

/* Whether a line names the file of a module, compressed or not. */
static bool is_module_line(const char *line, const char *module)
{
	const char *name = strrchr(line, '/');
	size_t len = strlen(module);

	return name && strncmp(name + 1, module, len) == 0 &&
	       strncmp(name + 1 + len, ".ko", strlen(".ko")) == 0;
}

static void note_line(void *to, const char *line)
{
	struct comparison *comparison = to;
	size_t i;

	comparison->program |= is_file_line(line, &IMAGE_PROGRAM[1]);
	for (i = 0; i < comparison->modules.count; i++)
		if (is_module_line(line, comparison->modules.name[i]))
			string_set_add(&comparison->there, comparison->modules.name[i]);
}

/* The first of the modules that is not there, or NULL. */
static const char *first_missing(const struct comparison *comparison)
{
	size_t i;

	for (i = 0; i < comparison->modules.count; i++)
		if (!string_set_have(&comparison->there, comparison->modules.name[i]))
			return comparison->modules.name[i];
	return NULL;
}

/* --- what should be there ----------------------------------------------------------------------
 */

static void split_lines(struct string_set *names, char *text)
{
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		string_set_add(names, line);
}

/*
 * Lays it out as the hook of a generator does. Its warnings have been given, or will be, when the
 * image is made. Gives 0 or -1 after a message.
 */
static int lay_out(struct comparison *comparison)
{
	const struct image_layout layout = {
		.kver = comparison->kver,
		.output = comparison->should,
		.hostonly = comparison->is && sysroot_has(comparison->is, IMAGE_PROTECTED),
	};
	char *list = NULL;
	size_t len, i;
	FILE *modules = open_memstream(&list, &len);
	struct string_set messages = { 0 }, *before = messages_collect(&messages);
	int result = -1;

	if (modules)
		result = image_lay_out(comparison->sysroot, &layout, modules);
	messages_collect(before);
	for (i = 0; result < 0 && i < messages.count; i++)
		complain("%s", messages.name[i]);
	if (modules && fclose(modules) == 0)
		split_lines(&comparison->modules, list);
	free(list);
	string_set_free(&messages);
	return result;
}

/* --- comparing ---------------------------------------------------------------------------------
 */

/* Whether a file is the same in both directories, or in neither. */
static bool is_same(const struct comparison *comparison, const char *path)
{
	char *is = file_text(comparison->is, path), *should = file_text(comparison->should, path);
	bool same = is && should ? strcmp(is, should) == 0 : !is && !should;

	free(should);
	free(is);
	return same;
}

/* What of the settings is wrong, as the end of "its image", or NULL. */
static const char *compare_conf(const struct comparison *comparison)
{
	if (is_same(comparison, IMAGE_CONF))
		return NULL;
	if (!sysroot_has(comparison->should, IMAGE_CONF))
		return "still has an " IMAGE_CONF ", which is gone here";
	if (!sysroot_has(comparison->is, IMAGE_CONF))
		return "does not have " IMAGE_CONF;
	return "has another " IMAGE_CONF " than there is now";
}

/* The same for all the files that the program reads. */
static const char *compare_files(const struct comparison *comparison)
{
	if (!is_same(comparison, IMAGE_PROTECTED))
		return "has another list of what this system runs from than would be made now";
	if (!is_same(comparison, IMAGE_VARIANTS))
		return "has another list of drivers that stand in for vfio-pci";
	return compare_conf(comparison);
}

static enum image_state cannot_look(const struct comparison *comparison, const char *tools,
				    struct text *why)
{
	bool may = access(comparison->image->path, R_OK) == 0;

	text_set(why, "%s%s", may ? "that takes " : "try again as root", may ? tools : "");
	return IMAGE_UNREADABLE;
}

static enum image_state compare(struct comparison *comparison, struct text *why)
{
	const char *what, *missing;

	if (installed_image_list(comparison->image, note_line, comparison) < 0)
		return cannot_look(comparison, "lsinitramfs, lsinitrd or lsinitcpio", why);
	if (comparison->program && !comparison->is)
		return cannot_look(comparison, "unmkinitramfs, lsinitrd or lsinitcpio", why);
	what = comparison->program ? compare_files(comparison) : "does not contain vfio-claim";
	missing = first_missing(comparison);
	if (what)
		text_set(why, "%s", what);
	else if (missing)
		text_set(why, "does not contain the module %s", missing);
	return what || missing ? IMAGE_STALE : IMAGE_CURRENT;
}

/* Whether a list of what is protected would have something in it here. Its warnings have been
 * given. */
static bool has_to_protect(const char *sysroot)
{
	struct string_set messages = { 0 }, *before = messages_collect(&messages);
	char *list = protected_find(sysroot);
	bool has = list && list[0];

	messages_collect(before);
	string_set_free(&messages);
	free(list);
	return has;
}

/* Says so if this is an image for any machine, which has no such list. */
static void look_for_list(const struct comparison *comparison, struct text *why)
{
	if (!sysroot_has(comparison->is, IMAGE_PROTECTED) && has_to_protect(comparison->sysroot))
		text_set(why,
			 "it protects nothing, because it was made for any machine: a claim by ID "
			 "may take the disk that the system starts from");
}

enum image_state image_state_find(const struct installed_image *image, const char *sysroot,
				  const char *kver, struct text *why)
{
	char *should = make_scratch_directory();
	struct comparison comparison = {
		.image = image,
		.sysroot = sysroot,
		.kver = kver,
		.should = should,
	};
	enum image_state state = IMAGE_UNKNOWN;

	if (!should) {
		complain_errno(
			errno,
			"cannot make a directory in $TMPDIR, or in /var/tmp if that is not set");
		return state;
	}
	text_set(why, "%s", "");
	comparison.is = installed_image_take_out(image);
	if (lay_out(&comparison) == 0)
		state = compare(&comparison, why);
	if (state == IMAGE_CURRENT)
		look_for_list(&comparison, why);
	if (comparison.is)
		remove_directory(comparison.is);
	remove_directory(should);
	free(should);
	free(comparison.is);
	string_set_free(&comparison.modules);
	string_set_free(&comparison.there);
	return state;
}
