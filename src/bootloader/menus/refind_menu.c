/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refind_menu.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../../core/array.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../boot_files.h"
#include "refind_conf.h"

#define FILE_NAME "refind_linux.conf"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool begins(const char *name, const char *const *words)
{
	for (; *words; words++)
		if (strncasecmp(name, *words, strlen(*words)) == 0)
			return true;
	return false;
}

/* --- files -------------------------------------------------------------------------------------
 */

/* Adds the file in @root or in a directory below it; links are followed. */
static void add_file(struct string_set *files, const char *sysroot, const char *root,
		     const char *directory)
{
	char *file = sysroot_real(sysroot, "%s%s/" FILE_NAME, root, directory);

	if (file)
		string_set_add(files, file);
	free(file);
}

struct string_set refind_menu_files(const char *sysroot)
{
	static const char *const roots[] = { BOOT_FILES_ROOTS };
	struct string_set files = { 0 }, names;
	char *directory;
	size_t i, j;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		add_file(&files, sysroot, roots[i], "");
		names = sysroot_list(sysroot, "%s/EFI", roots[i]);
		for (j = 0; j < names.count; j++) {
			if (asprintf(&directory, "/EFI/%s", names.name[j]) < 0)
				continue;
			add_file(&files, sysroot, roots[i], directory);
			free(directory);
		}
		string_set_free(&names);
	}
	return files;
}

struct kernel_file {
	char *path;
	time_t made;
};

static int compare_kernels(const void *a, const void *b)
{
	const struct kernel_file *one = a, *other = b;

	if (one->made != other->made)
		return one->made < other->made ? 1 : -1;
	return strcmp(other->path, one->path);
}

/* Returns true if rEFInd takes the file for a kernel. */
static bool is_kernel(const char *sysroot, const char *directory, const char *name)
{
	static const char *const beginnings[] = { "vmlinuz", "bzImage", "kernel", NULL };

	/* Ubuntu once had both files. */
	return begins(name, beginnings) &&
	       !sysroot_has(sysroot, "%s/%s.efi.signed", directory, name);
}

static void add_kernel(struct kernel_file **list, size_t *count, const char *sysroot, char *path)
{
	char *file = path_below(sysroot, path);
	struct kernel_file kernel = { .path = path };
	struct stat st;

	if (file && stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
		kernel.made = st.st_mtime;
		if (array_add(list, count, &kernel, sizeof(kernel)) == 0)
			path = NULL;
	}
	free(path);
	free(file);
}

struct string_set refind_menu_kernels(const char *sysroot, const char *file)
{
	char *directory = strndup(file, (size_t)(base_of(file) - file) - 1), *path;
	struct string_set names = { 0 }, kernels = { 0 };
	struct kernel_file *list = NULL;
	size_t i, count = 0;

	if (directory)
		names = sysroot_list(sysroot, "%s", directory);
	for (i = 0; i < names.count; i++)
		if (is_kernel(sysroot, directory, names.name[i]) &&
		    asprintf(&path, "%s/%s", directory, names.name[i]) >= 0)
			add_kernel(&list, &count, sysroot, path);
	if (count)
		qsort(list, count, sizeof(*list), compare_kernels);
	for (i = 0; i < count; i++) {
		string_set_add(&kernels, list[i].path);
		free(list[i].path);
	}
	free(list);
	string_set_free(&names);
	free(directory);
	return kernels;
}

/* --- versions ----------------------------------------------------------------------------------
 */

/* Returns the part of a file's name that rEFInd compares: from its first digit to its last. */
static const char *version_of(const char *path, size_t *len)
{
	const char *name = base_of(path), *begin = name + strcspn(name, "0123456789"), *end = begin;
	const char *c;

	for (c = begin; *c; c++)
		if (isdigit((unsigned char)*c))
			end = c + 1;
	*len = (size_t)(end - begin);
	return begin;
}

/* --- refind_linux.conf -------------------------------------------------------------------------
 */

/* Returns @options, which it frees, with @version for "%v". */
static char *with_version(char *options, const char *version, size_t len)
{
	char *at = options ? strstr(options, "%v") : NULL, *fresh;

	if (!at)
		return options;
	if (asprintf(&fresh, "%.*s%.*s%s", (int)(at - options), options, (int)len, version,
		     at + 2) < 0)
		fresh = NULL;
	free(options);
	return fresh;
}

char *refind_menu_options(const char *text, size_t index, const char *kernel)
{
	size_t len;
	const char *version = version_of(kernel, &len);

	return with_version(refind_conf_options(text, index), version, len);
}

/* --- images ------------------------------------------------------------------------------------
 */

/* Adds the value of each "initrd=" in @options. */
static void add_named(struct string_set *images, const char *options)
{
	static const char name[] = "initrd=";
	char *copy = strdup(options), *word, *rest;

	for (word = copy ? strtok_r(copy, " \t", &rest) : NULL; word;
	     word = strtok_r(NULL, " \t", &rest))
		if (strncmp(word, name, strlen(name)) == 0)
			string_set_add(images, word + strlen(name));
	free(copy);
}

/* Returns what distinguishes a name without a version: "-linux" in "vmlinuz-linux". */
static const char *flavor_of(const char *path)
{
	const char *dash = strchr(base_of(path), '-');

	return dash ? dash : "";
}

/* Returns how many characters the names have in common from the version on; -1: another version. */
static long common(const char *kernel, const char *image)
{
	size_t kernel_len, image_len;
	const char *a = version_of(kernel, &kernel_len), *b = version_of(image, &image_len);
	long count = 0;

	if (kernel_len != image_len || strncmp(a, b, kernel_len) != 0)
		return -1;
	if (!kernel_len) {
		a = flavor_of(kernel);
		b = flavor_of(image);
	}
	while (a[count] && a[count] == b[count])
		count++;
	return count;
}

/* Adds the image beside the kernel that fits best: of two that do, the one with the shorter name.
 */
static void add_best(struct string_set *images, const char *sysroot, const char *kernel)
{
	static const char *const beginnings[] = { "init", "booster", NULL };
	size_t len = (size_t)(base_of(kernel) - kernel), i;
	char *directory = strndup(kernel, len), *path = NULL;
	struct string_set names = sysroot_list(sysroot, "%s", directory ? directory : "/");
	const char *best = NULL;
	long most = -1, fits;

	for (i = 0; i < names.count; i++) {
		fits = begins(names.name[i], beginnings) ? common(kernel, names.name[i]) : -1;
		if (fits < 0 || fits < most ||
		    (fits == most && strlen(names.name[i]) >= strlen(best)))
			continue;
		best = names.name[i];
		most = fits;
	}
	if (best && directory && asprintf(&path, "%s%s", directory, best) >= 0)
		string_set_add(images, path);
	free(path);
	string_set_free(&names);
	free(directory);
}

struct string_set refind_menu_images(const char *sysroot, const char *kernel, const char *options)
{
	struct string_set images = { 0 };

	add_named(&images, options);
	if (!images.count)
		add_best(&images, sysroot, kernel);
	return images;
}
