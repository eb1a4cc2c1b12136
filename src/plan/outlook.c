/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outlook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/paths.h"

/* Where vfio-claim-boot keeps what the real root has not got (src/boot/baked.c). */
#define KEPT "/run/vfio-claim/"

int outlook_read_text(const char *sysroot, const char *path, char **text)
{
	char *file = path_below(sysroot, path);
	int err = 0;

	*text = file ? sysfs_read_all(AT_FDCWD, file) : NULL;
	if (!*text && errno != ENOENT)
		err = errno;
	if (err)
		complain_errno(err, "cannot read %s%s", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

int outlook_read_boot(struct outlook *outlook, const char *sysroot)
{
	struct request_texts *texts = &outlook->texts;

	if (outlook_read_text(sysroot, "/proc/cmdline", &texts->cmdline) < 0 ||
	    outlook_read_text(sysroot, KEPT "conf", &texts->conf) < 0 ||
	    outlook_read_text(sysroot, KEPT "protected", &texts->protected) < 0 ||
	    outlook_read_text(sysroot, KEPT "variants", &texts->variants) < 0)
		return -1;
	if (texts->cmdline)
		return 0;
	complain("there is no %s/proc/cmdline; in a chroot, mount /proc", sysroot);
	return -1;
}

/* Gives 0 or a negative errno value. */
static int take_snapshot(struct outlook *outlook, const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = sys < 0 ? -errno : 0;

	free(path);
	if (err)
		return err;
	err = snapshot_take(&outlook->snapshot, sys, &outlook->requests, DEPTH_ALL, NULL);
	close(sys);
	return err;
}

/* An image has no file for a list that is empty (image_write()): the boot has no list at all. */
static void forget_empty(char **list)
{
	if (!*list || **list)
		return;
	free(*list);
	*list = NULL;
}

int outlook_look(struct outlook *outlook, const char *sysroot)
{
	int err;

	forget_empty(&outlook->texts.protected);
	err = requests_read(&outlook->requests, &outlook->texts);

	if (!err)
		err = take_snapshot(outlook, sysroot);
	if (err)
		complain_errno(err, "cannot look at the PCI devices in %s/sys/bus/pci", sysroot);
	return err ? -1 : 0;
}

int outlook_decide(struct outlook *outlook)
{
	int err = decide(&outlook->plan, &outlook->requests, &outlook->snapshot);

	if (err)
		complain_errno(err, "cannot decide");
	return err ? -1 : 0;
}

void outlook_free(struct outlook *outlook)
{
	plan_free(&outlook->plan);
	snapshot_free(&outlook->snapshot);
	requests_free(&outlook->requests);
	free(outlook->texts.cmdline);
	free(outlook->texts.conf);
	free(outlook->texts.protected);
	free(outlook->texts.variants);
	*outlook = (struct outlook){ 0 };
}

bool outlook_asks(const struct outlook *outlook)
{
	return outlook->requests.claims.count || outlook->requests.complaint_count;
}
