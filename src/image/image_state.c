/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_state.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/string_set.h"
#include "../machine/protected_list.h"
#include "image_contents.h"
#include "image_layout.h"
#include "image_paths.h"

/*
 * Determines what the image needs. Warnings are dropped: they are printed when it is built. Returns
 * 0, or -1 after printing an error.
 */
static int find_wanted(struct image_wanted *wanted, const char *sysroot,
		       const struct image_layout *layout)
{
	struct messages messages = { 0 }, *before = messages_collect(&messages);
	int result = image_wanted_find(wanted, sysroot, layout);

	messages_collect(before);
	string_set_free(&messages.warnings);
	if (result < 0)
		messages_print(&messages);
	messages_free(&messages);
	return result;
}

/* Returns true if the image's file has this text. An empty file counts as none. */
static bool is_same(const struct image_content *content, const char *text)
{
	const char *is = content->text ? content->text : "";

	return !content->too_long && strcmp(is, text ? text : "") == 0;
}

/* Returns what is wrong with the settings, as the end of "its image", or NULL. */
static const char *compare_conf(const struct image_content *content, const char *text)
{
	if (is_same(content, text) && content->there == (text != NULL))
		return NULL;
	if (!text)
		return "still has an " IMAGE_CONF ", which this system no longer has";
	if (!content->there)
		return "does not have " IMAGE_CONF;
	return "has an outdated " IMAGE_CONF;
}

/* Returns what is wrong with the files, in the same way. */
static const char *compare_files(const struct image_contents *contents,
				 const struct image_wanted *wanted)
{
	const struct image_content *file = contents->file;

	if (!file[IMAGE_FILE_PROGRAM].there)
		return "does not contain vfio-claim";
	if (!is_same(&file[IMAGE_FILE_PROTECTED], wanted->protected))
		return "has an outdated list of what this system runs from";
	if (!is_same(&file[IMAGE_FILE_VARIANTS], wanted->variants))
		return "has an outdated list of drivers that stand in for vfio-pci";
	return compare_conf(&file[IMAGE_FILE_CONF], wanted->conf);
}

/* Returns the first module that the image lacks, or NULL. */
static const char *first_missing(const struct image_contents *contents,
				 const struct string_set *modules)
{
	size_t i;

	for (i = 0; i < modules->count; i++)
		if (!image_contents_have_module(contents, modules->name[i]))
			return modules->name[i];
	return NULL;
}

static enum image_state compare(const struct image_contents *contents,
				const struct image_wanted *wanted, struct text *why)
{
	const char *what, *missing = NULL;

	if (contents->trouble) {
		text_set(why, "%s", contents->trouble);
		return contents->damaged ? IMAGE_STALE : IMAGE_UNREADABLE;
	}
	what = compare_files(contents, wanted);
	/* An add-on leaves the modules to the real root. */
	if (!contents->file[IMAGE_FILE_LATER].there)
		missing = first_missing(contents, &wanted->modules);
	if (what)
		text_set(why, "%s", what);
	else if (missing)
		text_set(why, "does not contain the module %s", missing);
	return what || missing ? IMAGE_STALE : IMAGE_CURRENT;
}

/* Returns true if this machine has something to protect. Warnings have been printed before. */
static bool has_to_protect(const char *sysroot)
{
	struct messages messages = { 0 }, *before = messages_collect(&messages);
	char *list = protected_find(sysroot);
	bool has = list && list[0];

	messages_collect(before);
	messages_free(&messages);
	free(list);
	return has;
}

enum image_state image_state_find(const struct installed_image *image, const char *sysroot,
				  const char *kver, struct text *why)
{
	struct image_contents *contents = image_contents_read(image);
	struct image_layout layout = { .kver = kver };
	enum image_state state = IMAGE_UNKNOWN;
	struct image_wanted wanted;

	text_set(why, "%s", "");
	if (!contents)
		return state;
	layout.hostonly = contents->file[IMAGE_FILE_PROTECTED].there;
	if (find_wanted(&wanted, sysroot, &layout) == 0)
		state = compare(contents, &wanted, why);
	image_wanted_free(&wanted);
	image_contents_free(contents);
	if (state == IMAGE_CURRENT && !layout.hostonly && has_to_protect(sysroot))
		text_set(why,
			 "it protects nothing, because it was built for any machine: a claim by ID "
			 "may take the disk that the system starts from");
	return state;
}
