/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../core/text.h"

#define DRIVER_DIR "sys/bus/pci/drivers/" VFIO_DRIVER
#define TYPE1      "vfio_iommu_type1"

static const char NO_MODPROBE[] = "no modprobe in this image";

/* The least time that modprobe gets, in milliseconds. */
#define CHANCE 1000

/* How often to look for the driver after modprobe has exited, 10 ms apart. */
#define LOOKS 100

/* One run of modprobe. */
struct modprobe {
	int root;
	char *const *argv;
};

/* Returns only if there is no modprobe, after saying so. */
static int run_modprobe(void *what, int say)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	static const char *const places[] = { "sbin/modprobe", "usr/sbin/modprobe" };
	const struct modprobe *modprobe = what;
	sigset_t none;
	size_t i;

	/* Without a child process, modprobe would replace this program. */
	if (say < 0)
		return EAGAIN;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fchdir(modprobe->root) || dup2(say, STDOUT_FILENO) < 0 || dup2(say, STDERR_FILENO) < 0)
		return errno;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		execve(places[i], modprobe->argv, environment);
	return write(say, NO_MODPROBE, sizeof(NO_MODPROBE) - 1) < 0 ? errno : ENOENT;
}

static void run(int root, char *const *argv, struct child *child, unsigned int *budget)
{
	struct modprobe what = { root, argv };
	char *newline;

	child_start(child, run_modprobe, &what);
	/* It gets this much even if other steps have used up the budget. */
	if (!child_wait(child, *budget > CHANCE ? *budget : CHANCE, budget))
		child_abandon(child);
	newline = strchr(child->said, '\n');
	if (newline)
		*newline = '\0';
	sysfs_note("modprobe", argv[2], child->error);
}

/* Returns true if modprobe itself refused, and was not missing, stuck or killed. */
static bool has_refused(const struct child *modprobe)
{
	return modprobe->error == EXIT_FAILURE;
}

/*
 * Loads a module past its "install" command in modprobe.d, if it has one. @option: for it, or NULL.
 * Busybox' modprobe does not know -i and says so; it knows no such commands either.
 */
static void load(int root, const char *module, const char *option, struct child *modprobe,
		 unsigned int *budget)
{
	char *const argv[] = { "modprobe", "-i", (char *)module, (char *)option, NULL };
	char *const plain[] = { "modprobe", (char *)module, (char *)option, NULL };

	run(root, argv, modprobe, budget);
	if (has_refused(modprobe) && text_has(modprobe->said, "option"))
		run(root, plain, modprobe, budget);
}

static bool registered(int root)
{
	return sysfs_exists(root, DRIVER_DIR);
}

/* modprobe has finished; the driver may take a while. */
static bool soon_registered(int root)
{
	int look;

	for (look = 0; look < LOOKS && !registered(root); look++)
		poll(NULL, 0, 10);
	return registered(root);
}

/* What vfio-pci needs may also have an "install" command, and -i affects only what is named. */
static void load_what_it_needs(int root, struct child *modprobe, unsigned int *budget)
{
	/* Of all kernels since 3.16; none has all of them. */
	static char *const argv[] = { "modprobe",  "-i",   "-a",          "iommufd",
				      "irqbypass", "vfio", "vfio_virqfd", "vfio-pci-core",
				      NULL };

	run(root, argv, modprobe, budget);
}

bool modules_load(int root, bool hide_ids, struct child *modprobe, unsigned int *budget)
{
	const char *option = hide_ids ? "ids=" : NULL;
	struct child type1;

	load(root, "vfio-pci", option, modprobe, budget);
	if (!registered(root) && has_refused(modprobe)) {
		load_what_it_needs(root, modprobe, budget);
		load(root, "vfio-pci", option, modprobe, budget);
	}
	if (modprobe->error ? !registered(root) : !soon_registered(root))
		return false;
	/* If it is not built in, a softdep of vfio loads it, which may be overridden. */
	if (!sysfs_exists(root, "sys/module/" TYPE1))
		load(root, TYPE1, NULL, &type1, budget);
	return true;
}

/*
 * Its device is one of the bus virtio, which exists once virtio-pci has it; that has no ID of its
 * own for a virtio-iommu.
 */
void modules_load_iommu(int root, unsigned int *budget)
{
	struct child modprobe;

	load(root, "virtio_pci", NULL, &modprobe, budget);
	load(root, "virtio_iommu", NULL, &modprobe, budget);
}

void modules_load_variant(int root, const char *module, char *driver, unsigned int *budget)
{
	struct child modprobe;
	struct text path;
	const char *entry;
	DIR *dir;

	load(root, module, NULL, &modprobe, budget);
	text_set(&path, "sys/module/%s/drivers", module);
	dir = sysfs_open_dir(root, path.data);
	if (!dir)
		return;
	while ((entry = sysfs_next_entry(dir)))
		if (text_skip(&entry, "pci:"))
			name_copy(driver, entry);
	closedir(dir);
}
