/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_modules.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "messages.h"
#include "module_files.h"
#include "paths.h"

/* How a kernel has a module; negative values are errors about which a message is out. */
enum presence {
	PRESENCE_ERROR = -1,
	ABSENT,
	BUILT_IN,
	LOADABLE,
};

/* One search: the kernel it is about and what it has found. */
struct search {
	const char *sysroot;
	const char *kver;
	char *depmod; /* the command that makes the indexes anew, for messages */
	struct kmod_ctx *kmod;
	struct vfio_modules *found;
};

/*
 * The backends through which vfio reaches an IOMMU, best first: type1 for most machines, spapr
 * for POWER, iommufd alone for kernels built without the old container (CONFIG_VFIO_CONTAINER=n).
 */
static const char *const backends[] = { "vfio_iommu_type1", "vfio_iommu_spapr_tce", "iommufd" };

#define BACKEND_COUNT (sizeof(backends) / sizeof(backends[0]))

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
static char *find_directory(const struct search *search)
{
	static const char *const parents[] = { "/lib/modules", "/usr/lib/modules" };
	char *path, *directory;
	size_t i;

	for (i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		if (asprintf(&path, "%s/%s", parents[i], search->kver) < 0)
			return NULL;
		directory = path_below(search->sysroot, path);
		free(path);
		if (directory && is_directory(directory))
			return directory;
		free(directory);
	}
	complain("kernel %s has no module directory: neither %s%s/%s nor %s%s/%s is there; install "
		 "this kernel's modules and run '%s'",
		 search->kver, search->sysroot, parents[0], search->kver, search->sysroot,
		 parents[1], search->kver, search->depmod);
	return NULL;
}

/*
 * libkmod reads the .bin indexes and takes a missing one for an empty one; the plain modules.dep
 * is what busybox and klibc tools read. So both are looked for before libkmod is asked.
 */
static int check_indexes(const struct search *search, const char *directory)
{
	static const char *const indexes[] = { "modules.dep", "modules.dep.bin" };
	size_t i;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		if (has_file(directory, indexes[i]))
			continue;
		complain("%s/%s is not there; make it with '%s'", directory, indexes[i],
			 search->depmod);
		return -1;
	}
	return 0;
}

/* Gives a libkmod context for the search's kernel, or NULL after a message. */
static struct kmod_ctx *open_kmod(const struct search *search)
{
	/* No modprobe.d: what is blacklisted or aliased there does not change what is there. */
	static const char *const no_config[] = { NULL };
	struct kmod_ctx *kmod = NULL;
	char *directory = find_directory(search);
	int err;

	if (!directory || check_indexes(search, directory) < 0)
		goto out;
	kmod = kmod_new(directory, no_config);
	if (!kmod) {
		complain_errno(ENOMEM, "libkmod cannot open %s", directory);
		goto out;
	}
	/* Its own words ("ctx=0x... path=...") help nobody; what matters is said here. */
	kmod_set_log_priority(kmod, LOG_CRIT);
	err = kmod_load_resources(kmod);
	if (err < 0) {
		complain_errno(err, "the indexes in %s cannot be read; make them again with '%s'",
			       directory, search->depmod);
		kmod = kmod_unref(kmod);
	}
out:
	free(directory);
	return kmod;
}

/* Complains when a file of @module, or of one that it needs, is not there. Gives 0 or -1. */
static int check_files(const struct search *search, const struct kmod_module *module)
{
	const char *path = kmod_module_get_path(module);
	char *missing;
	int err = module_files_check(kmod_get_dirname(search->kmod), path, &missing);

	if (err) {
		complain_errno(err, "cannot find out what %s needs", path);
		return -1;
	}
	if (!missing)
		return 0;
	complain("%s is listed in modules.dep but is not there; install the modules of kernel %s "
		 "again, or run '%s' if it was removed on purpose",
		 missing, search->kver, search->depmod);
	free(missing);
	return -1;
}

/*
 * Adds the name of a module's file to what was found: "vfio-pci" from ".../vfio-pci.ko.xz", where
 * libkmod's own name would be "vfio_pci". Gives 0 or -1 after a message.
 */
static int add_name(struct search *search, const struct kmod_module *module)
{
	const char *path = kmod_module_get_path(module);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *copy = strndup(name, strcspn(name, "."));

	if (!copy) {
		complain_errno(ENOMEM, "%s", path);
		return -1;
	}
	search->found->name[search->found->count++] = copy;
	return 0;
}

/* A loadable module that is needed: its files must be there, and it is added to the list. */
static enum presence take_loadable(struct search *search, const struct kmod_module *module)
{
	if (check_files(search, module) < 0 || add_name(search, module) < 0)
		return PRESENCE_ERROR;
	return LOADABLE;
}

/* Looks a module up (@name with underscores) and lists it if it is to be loaded. */
static enum presence need(struct search *search, const char *name)
{
	struct kmod_module *module;
	enum presence presence = ABSENT;
	int err = kmod_module_new_from_name(search->kmod, name, &module);

	if (err < 0) {
		complain_errno(err, "libkmod cannot look up %s", name);
		return PRESENCE_ERROR;
	}
	/*
	 * The path first: get_initstate() goes on to the running kernel's /sys/module for whatever
	 * is not built in, and this is about another kernel.
	 */
	if (kmod_module_get_path(module))
		presence = take_loadable(search, module);
	else if (kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN)
		presence = BUILT_IN;
	kmod_module_unref(module);
	return presence;
}

/* The first backend that the kernel has. */
static enum presence need_backend(struct search *search)
{
	enum presence presence = ABSENT;
	size_t i;

	for (i = 0; i < BACKEND_COUNT && presence == ABSENT; i++)
		presence = need(search, backends[i]);
	return presence;
}

/* Says that the kernel has not got @what. Gives -1. */
static int cannot(const struct search *search, const char *what, const char *config)
{
	complain(
		"kernel %s cannot do vfio: it has no %s, neither as a module nor built in; install "
		"the rest of its modules (linux-modules-extra-%s, kernel-modules or the like) or a "
		"kernel with %s",
		search->kver, what, search->kver, config);
	return -1;
}

static int collect(struct search *search)
{
	enum presence presence = need(search, "vfio_pci");

	if (presence == ABSENT)
		return cannot(search, "vfio-pci", "CONFIG_VFIO_PCI");
	if (presence == PRESENCE_ERROR)
		return -1;
	presence = need_backend(search);
	if (presence == ABSENT)
		return cannot(search, "vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1");
	if (presence == PRESENCE_ERROR)
		return -1;
	/* A module of its own in 4.1 to 6.1, part of vfio.ko before and after. */
	return need(search, "vfio_virqfd") == PRESENCE_ERROR ? -1 : 0;
}

int vfio_modules_find(const char *sysroot, const char *kver, struct vfio_modules *modules)
{
	struct search search = { .sysroot = sysroot, .kver = kver, .found = modules };
	int result = -1;

	*modules = (struct vfio_modules){ 0 };
	if (asprintf(&search.depmod, "depmod%s%s %s", sysroot[0] ? " -b " : "", sysroot, kver) <
	    0) {
		complain_errno(ENOMEM, "kernel %s", kver);
		return -1;
	}
	search.kmod = open_kmod(&search);
	if (search.kmod)
		result = collect(&search);
	kmod_unref(search.kmod);
	free(search.depmod);
	return result;
}

void vfio_modules_free(struct vfio_modules *modules)
{
	while (modules->count)
		free(modules->name[--modules->count]);
}
