/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "module_files.h"

/* DIRECTORY/NAME is a file. */
static bool has_file(const char *directory, const char *name)
{
	char *path;
	bool has;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return false;
	has = is_file(path);
	free(path);
	return has;
}

/*
 * The module directory of the kernel: usually /lib/modules/KVER, /usr/lib on systems where /lib is
 * gone or is not a link. Gives a new string; NULL after a message.
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
	complain("kernel %s has no module directory: neither %s%s/%s nor %s%s/%s is there; install "
		 "this kernel's modules and run '%s'",
		 kernel->kver, kernel->sysroot, parents[0], kernel->kver, kernel->sysroot,
		 parents[1], kernel->kver, kernel->depmod);
	return NULL;
}

/*
 * libkmod reads the .bin indexes and takes a missing one for an empty one; the plain modules.dep
 * is what busybox and klibc tools read. So both are looked for before libkmod is asked.
 */
static int check_indexes(const struct kernel *kernel, const char *directory)
{
	static const char *const indexes[] = { "modules.dep", "modules.dep.bin" };
	size_t i;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		if (has_file(directory, indexes[i]))
			continue;
		complain("%s/%s is not there; make it with '%s'", directory, indexes[i],
			 kernel->depmod);
		return -1;
	}
	return 0;
}

/* Gives a libkmod context for the kernel, or NULL after a message. */
static struct kmod_ctx *open_kmod(struct kernel *kernel)
{
	/* No modprobe.d: what is blacklisted or aliased there does not change what is there. */
	static const char *const no_config[] = { NULL };
	struct kmod_ctx *kmod = NULL;
	const char *directory = kernel->directory = find_directory(kernel);
	int err;

	if (!directory || check_indexes(kernel, directory) < 0)
		return NULL;
	kmod = kmod_new(directory, no_config);
	if (!kmod) {
		complain_errno(ENOMEM, "libkmod cannot open %s", directory);
		return NULL;
	}
	/* Its own words ("ctx=0x... path=...") help nobody; what matters is said here. */
	kmod_set_log_priority(kmod, LOG_CRIT);
	err = kmod_load_resources(kmod);
	if (err < 0) {
		complain_errno(err, "the indexes in %s cannot be read; make them again with '%s'",
			       directory, kernel->depmod);
		kmod = kmod_unref(kmod);
	}
	return kmod;
}

int kernel_open(struct kernel *kernel, const char *sysroot, const char *kver)
{
	*kernel = (struct kernel){ .sysroot = sysroot, .kver = kver };
	if (asprintf(&kernel->depmod, "depmod%s%s %s", sysroot[0] ? " -b " : "", sysroot, kver) <
	    0) {
		kernel->depmod = NULL;
		complain_errno(ENOMEM, "kernel %s", kver);
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
 * What a module's file is called before its first dot: "vfio-pci" for ".../vfio-pci.ko.xz", where
 * libkmod's own name would be "vfio_pci". Gives a new string or NULL.
 */
static char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strndup(name, strcspn(name, "."));
}

/* How a module is there that has a file at @path, or should have. */
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
	complain_errno(err, "cannot find out what %s needs", path);
	return PRESENCE_ERROR;
}

enum presence kernel_find_module(const struct kernel *kernel, const char *name, char **text)
{
	struct kmod_module *module;
	enum presence presence = ABSENT;
	int err = kmod_module_new_from_name(kernel->kmod, name, &module);

	*text = NULL;
	if (err < 0) {
		complain_errno(err, "libkmod cannot look up %s", name);
		return PRESENCE_ERROR;
	}
	/*
	 * The path first: get_initstate() goes on to the running kernel's /sys/module for whatever
	 * is not built in, and this is about another kernel.
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
		/* The signer's name may be empty; that there is a signature counts. */
		if (!signer && strcmp(kmod_module_info_get_key(item), "signer") == 0)
			signer = strdup(kmod_module_info_get_value(item));
	}
	kmod_module_info_free_list(info);
	kmod_module_unref(module);
	return signer;
}
