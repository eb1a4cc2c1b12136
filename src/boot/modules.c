/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"
#include "../text.h"

#define DRIVER_DIR "sys/bus/pci/drivers/vfio-pci"

static const char NO_MODPROBE[] = "no modprobe in this image";

/* Milliseconds that it has at least. */
#define CHANCE 1000

/* How often registration is waited for once modprobe says it is done, 10 ms apart. */
#define LOOKS 100

/* One run: at most three words behind the program's name. */
struct modprobe {
	int root;
	char *argv[5];
};

/* Returns only when there is no modprobe to be run, and says so. */
static int run_modprobe(void *what, int say)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	static const char *const places[] = { "sbin/modprobe", "usr/sbin/modprobe" };
	const struct modprobe *modprobe = what;
	sigset_t none;
	size_t i;

	/* It must not take our place. */
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

static void run(struct modprobe *what, struct child *child, unsigned int *budget)
{
	char *newline;

	child_start(child, run_modprobe, what);
	/* Whatever the others have used up, it has a chance. */
	if (!child_wait(child, *budget > CHANCE ? *budget : CHANCE, budget))
		child_abandon(child);
	newline = strchr(child->said, '\n');
	if (newline)
		*newline = '\0';
}

static bool registered(int root)
{
	return sysfs_exists(root, DRIVER_DIR);
}

bool modules_load(int root, bool hide_ids, struct child *modprobe, unsigned int *budget)
{
	struct modprobe both = { root, { "modprobe", "-a", "vfio-pci", "vfio_iommu_type1", NULL } };
	/* With arguments of its own there can be only one; vfio's softdep brings the other. */
	struct modprobe hiding = { root, { "modprobe", "vfio-pci", "ids=", NULL } };
	int look;

	run(hide_ids ? &hiding : &both, modprobe, budget);
	for (look = 0; look < LOOKS && !modprobe->error && !registered(root); look++)
		poll(NULL, 0, 10);
	return registered(root);
}

void modules_load_variant(int root, const char *module, char *driver, unsigned int *budget)
{
	struct modprobe one = { root, { "modprobe", (char *)module, NULL } };
	struct child modprobe;
	struct text path;
	const char *entry;
	DIR *dir;

	run(&one, &modprobe, budget);
	text_set(&path, "sys/module/%s/drivers", module);
	dir = sysfs_open_dir(root, path.data);
	if (!dir)
		return;
	while ((entry = sysfs_next_entry(dir)))
		if (text_skip(&entry, "pci:"))
			name_copy(driver, entry);
	closedir(dir);
}
