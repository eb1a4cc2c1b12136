/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"

#define DRIVER_DIR "sys/bus/pci/drivers/vfio-pci"

/* How often registration is waited for once modprobe says it is done, 10 ms apart. */
#define LOOKS 100

struct modprobe {
	int root;
	bool hide_ids;
};

/* Ends with the errno that says why there is no modprobe to be run; ENOENT when there is none. */
static int run_modprobe(void *what, int say)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	static char *const both[] = { "modprobe", "-a", "vfio-pci", "vfio_iommu_type1", NULL };
	/* With arguments of its own there can be only one; vfio's softdep brings the other. */
	static char *const hiding[] = { "modprobe", "vfio-pci", "ids=", NULL };
	static const char *const places[] = { "sbin/modprobe", "usr/sbin/modprobe", "bin/modprobe",
					      "usr/bin/modprobe" };
	const struct modprobe *modprobe = what;
	int error = ENOENT;
	size_t i;

	if (fchdir(modprobe->root) || dup2(say, STDOUT_FILENO) < 0 || dup2(say, STDERR_FILENO) < 0)
		return errno;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		execve(places[i], modprobe->hide_ids ? hiding : both, environment);
		if (errno != ENOENT)
			error = errno;
	}
	return error;
}

static bool registered(int root)
{
	return sysfs_exists(root, DRIVER_DIR);
}

bool modules_load(int root, bool hide_ids, struct child *modprobe, unsigned int timeout,
		  unsigned int *budget)
{
	struct modprobe what = { root, hide_ids };
	char *newline;
	int look;

	child_start(modprobe, run_modprobe, &what);
	if (!child_wait(modprobe, timeout, budget))
		child_abandon(modprobe);
	newline = strchr(modprobe->said, '\n');
	if (newline)
		*newline = '\0';
	for (look = 0; look < LOOKS && !modprobe->error && !registered(root); look++)
		poll(NULL, 0, 10);
	return registered(root);
}
