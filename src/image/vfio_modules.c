/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio_modules.h"

#include <errno.h>
#include <stdlib.h>

#include "../host/messages.h"

/*
 * The backends by which vfio uses an IOMMU, best first: type1 for most machines, spapr
 * for POWER, iommufd alone for kernels built without the old container (CONFIG_VFIO_CONTAINER=n).
 */
static const char *const backends[] = { "vfio_iommu_type1", "vfio_iommu_spapr_tce", "iommufd" };

#define BACKEND_COUNT (sizeof(backends) / sizeof(backends[0]))

/* Looks a module up, and adds it if it is loadable. @name: with underscores. */
static enum presence need(const struct kernel *kernel, const char *name, struct string_set *found)
{
	char *text;
	enum presence presence = kernel_find_module(kernel, name, &text);

	if (presence == FILE_MISSING) {
		message_error(
			"%s is listed in modules.dep but is not there; install the modules of "
			"kernel %s again, or run '%s' if it was removed on purpose",
			text, kernel->kver, kernel->depmod);
		presence = PRESENCE_ERROR;
	} else if (presence == LOADABLE && string_set_add(found, text) < 0) {
		message_errno(ENOMEM, "%s", text);
		presence = PRESENCE_ERROR;
	}
	free(text);
	return presence;
}

/* Looks for the first backend that the kernel supports. */
static enum presence need_backend(const struct kernel *kernel, struct string_set *found)
{
	enum presence presence = ABSENT;
	size_t i;

	for (i = 0; i < BACKEND_COUNT && presence == ABSENT; i++)
		presence = need(kernel, backends[i], found);
	return presence;
}

/* Prints that the kernel lacks @what. Returns -1. */
static int cannot(const struct kernel *kernel, const char *what, const char *config)
{
	message_error(
		"kernel %s cannot do vfio: it has no %s, neither as a module nor built in; install "
		"the rest of its modules (linux-modules-extra-%s, kernel-modules or the like) or a "
		"kernel with %s",
		kernel->kver, what, kernel->kver, config);
	return -1;
}

int iommu_modules_find(const struct kernel *kernel, struct string_set *found)
{
	static const char *const modules[] = { "virtio_pci", "virtio_iommu" };
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (need(kernel, modules[i], found) == PRESENCE_ERROR)
			return -1;
	return 0;
}

int vfio_modules_find(const struct kernel *kernel, struct string_set *found)
{
	enum presence presence = need(kernel, "vfio_pci", found);

	if (presence == ABSENT)
		return cannot(kernel, "vfio-pci", "CONFIG_VFIO_PCI");
	if (presence == PRESENCE_ERROR)
		return -1;
	presence = need_backend(kernel, found);
	if (presence == ABSENT)
		return cannot(kernel, "vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1");
	if (presence == PRESENCE_ERROR)
		return -1;
	/* A module of its own in 4.1 to 6.1, part of vfio.ko before and after. */
	return need(kernel, "vfio_virqfd", found) == PRESENCE_ERROR ? -1 : 0;
}
