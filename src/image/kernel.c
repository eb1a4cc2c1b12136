/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "../core/array.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "module_files.h"

/* Returns true if DIRECTORY/NAME is a regular file; @st describes it then. */
static bool has_file(const char *directory, const char *name, struct stat *st)
{
	char *path;
	bool has;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return false;
	has = stat(path, st) == 0 && S_ISREG(st->st_mode);
	free(path);
	return has;
}

/*
 * Finds the module directory of the kernel: /lib/modules/KVER, or in /usr/lib if /lib is missing or
 * not a link. Returns a new string, or NULL after printing an error.
 */
static char *find_directory(const struct kernel *kernel)
{
	static const char *const parents[] = { "/lib/modules", "/usr/lib/modules" };
	char *path, *directory;
	size_t i;

	for (i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		if (asprintf(&path, "%s/%s", parents[i], kernel->kver) < 0)
			return NULL;
		directory = path_below(kernel->sysroot, path);
		free(path);
		if (directory && is_directory(directory))
			return directory;
		free(directory);
	}
	message_error(
		"kernel %s has no module directory: neither %s%s/%s nor %s%s/%s exists; install "
		"this kernel's modules and run '%s'",
		kernel->kver, kernel->sysroot, parents[0], kernel->kver, kernel->sysroot,
		parents[1], kernel->kver, kernel->depmod);
	return NULL;
}

/*
 * Looks for both indexes before libkmod does: it reads the .bin one, and treats a missing one
 * as empty; busybox and klibc's tools read the plain modules.dep. @index: gets the stat(2) of the
 * .bin one. Returns 0, or -1 after printing an error.
 */
static int check_indexes(const struct kernel *kernel, const char *directory, struct stat *index)
{
	static const char *const indexes[] = { "modules.dep", "modules.dep.bin" };
	size_t i;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		if (has_file(directory, indexes[i], index))
			continue;
		message_error("%s/%s is not there; create it with '%s'", directory, indexes[i],
			      kernel->depmod);
		return -1;
	}
	return 0;
}

/* A kernel opened in this run, valid as long as its indexes are the same file. */
struct kept {
	struct stat index;
	struct kmod_ctx *kmod;
};

static struct kept *kept_list;
static size_t kept_count;

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Returns its context from the list, or NULL. @index: of its modules.dep.bin. */
static struct kmod_ctx *find_kept(const struct stat *index)
{
	size_t i;

	for (i = 0; i < kept_count; i++)
		if (is_same_file(&kept_list[i].index, index))
			return kmod_ref(kept_list[i].kmod);
	return NULL;
}

static void keep(const struct stat *index, struct kmod_ctx *kmod)
{
	const struct kept kept = { *index, kmod };

	if (array_add(&kept_list, &kept_count, &kept, sizeof(kept)) == 0)
		kmod_ref(kmod);
}

/* Loads the indexes. Returns a libkmod context, or NULL after printing an error. */
static struct kmod_ctx *load_kmod(const struct kernel *kernel)
{
	/* No modprobe.d: blacklists and aliases do not change which modules exist. */
	static const char *const no_config[] = { NULL };
	const char *directory = kernel->directory;
	struct kmod_ctx *kmod = kmod_new(directory, no_config);
	int err;

	if (!kmod) {
		message_errno(ENOMEM, "libkmod cannot open %s", directory);
		return NULL;
	}
	/* Its own messages ("ctx=0x... path=...") are not helpful. */
	kmod_set_log_priority(kmod, LOG_CRIT);
	err = kmod_load_resources(kmod);
	if (err < 0) {
		message_errno(err, "the indexes in %s cannot be read; rebuild them with '%s'",
			      directory, kernel->depmod);
		kmod = kmod_unref(kmod);
	}
	return kmod;
}

/* Returns a libkmod context for the kernel, or NULL after printing an error. */
static struct kmod_ctx *open_kmod(struct kernel *kernel)
{
	const char *directory = kernel->directory = find_directory(kernel);
	struct kmod_ctx *kmod;
	struct stat index;

	if (!directory || check_indexes(kernel, directory, &index) < 0)
		return NULL;
	kmod = find_kept(&index);
	if (kmod)
		return kmod;
	kmod = load_kmod(kernel);
	if (kmod)
		keep(&index, kmod);
	return kmod;
}

int kernel_open(struct kernel *kernel, const char *sysroot, const char *kver)
{
	*kernel = (struct kernel){ .sysroot = sysroot, .kver = kver };
	if (asprintf(&kernel->depmod, "depmod%s%s %s", sysroot[0] ? " -b " : "", sysroot, kver) <
	    0) {
		kernel->depmod = NULL;
		message_errno(ENOMEM, "kernel %s", kver);
		return -1;
	}
	kernel->kmod = open_kmod(kernel);
	return kernel->kmod ? 0 : -1;
}

void kernel_close(struct kernel *kernel)
{
	kmod_unref(kernel->kmod);
	free(kernel->directory);
	free(kernel->depmod);
}

/*
 * Returns the name of a module's file up to its first dot, "vfio-pci" for ".../vfio-pci.ko.xz",
 * where libkmod's name would be "vfio_pci": a new string, or NULL.
 */
static char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strndup(name, strcspn(name, "."));
}

/* Looks for the file of a module at @path, and for those that it needs. */
static enum presence check_loadable(const struct kernel *kernel, const char *path, char **text)
{
	int err = module_files_check(kernel->directory, path, text);

	if (!err && *text)
		return FILE_MISSING;
	if (!err) {
		*text = file_name(path);
		err = *text ? 0 : -ENOMEM;
	}
	if (!err)
		return LOADABLE;
	message_errno(err, "cannot determine what %s needs", path);
	return PRESENCE_ERROR;
}

enum presence kernel_find_module(const struct kernel *kernel, const char *name, char **text)
{
	struct kmod_module *module;
	enum presence presence = ABSENT;
	int err = kmod_module_new_from_name(kernel->kmod, name, &module);

	*text = NULL;
	if (err < 0) {
		message_errno(err, "libkmod cannot look up %s", name);
		return PRESENCE_ERROR;
	}
	/*
	 * The path first: if a module is not built in, get_initstate() uses /sys/module, which
	 * belongs to the running kernel, not to this one.
	 */
	if (kmod_module_get_path(module))
		presence = check_loadable(kernel, kmod_module_get_path(module), text);
	else if (kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN)
		presence = BUILT_IN;
	kmod_module_unref(module);
	return presence;
}

char *kernel_module_signer(const struct kernel *kernel, const char *name)
{
	struct kmod_module *module;
	struct kmod_list *info = NULL, *item;
	char *signer = NULL;

	if (kmod_module_new_from_name(kernel->kmod, name, &module) < 0)
		return NULL;
	if (kmod_module_get_info(module, &info) < 0)
		info = NULL;
	kmod_list_foreach(item, info)
	{
		/* The signer's name may be empty; all that matters is that there is a signature. */
		if (!signer && strcmp(kmod_module_info_get_key(item), "signer") == 0)
			signer = strdup(kmod_module_info_get_value(item));
	}
	kmod_module_info_free_list(info);
	kmod_module_unref(module);
	return signer;
}
