/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

/* Where vfio-claim-boot keeps what is not in the real root (src/boot/baked.c). */
#define KEPT "/run/vfio-claim/"

#define TEXT_LIMIT (16 * 1024 * 1024)

/* Returns 0 for a file of a sane size, or none: anything else may block, or never end. Or an errno.
 */
static int check_file(const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return st.st_size <= TEXT_LIMIT ? 0 : EFBIG;
}

int boot_plan_read_text(const char *sysroot, const char *path, char **text)
{
	char *file = path_below(sysroot, path);
	int err = file ? check_file(file) : 0;

	*text = NULL;
	if (file && !err)
		*text = sysfs_read_all(AT_FDCWD, file);
	if (!err && !*text && errno != ENOENT)
		err = errno;
	if (err)
		message_errno(err, "cannot read %s%s", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

int boot_plan_read_cmdline(const char *sysroot, char **cmdline)
{
	if (boot_plan_read_text(sysroot, "/proc/cmdline", cmdline) < 0)
		return -1;
	if (*cmdline)
		return 0;
	message_error("there is no %s/proc/cmdline; in a chroot, mount /proc", sysroot);
	return -1;
}

char *boot_plan_running_kernel(const char *sysroot)
{
	char *release = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");

	if (!release)
		message_error("there is no %s/proc/sys/kernel/osrelease; in a chroot, mount /proc",
			      sysroot);
	return release;
}

int boot_plan_read_boot(struct boot_plan *boot_plan, const char *sysroot)
{
	struct request_texts *texts = &boot_plan->texts;

	if (boot_plan_read_cmdline(sysroot, &texts->cmdline) < 0 ||
	    boot_plan_read_text(sysroot, KEPT "conf", &texts->conf) < 0 ||
	    boot_plan_read_text(sysroot, KEPT "protected", &texts->protected) < 0 ||
	    boot_plan_read_text(sysroot, KEPT "variants", &texts->variants) < 0)
		return -1;
	return 0;
}

/* Returns 0 or a negative errno value. */
static int take_snapshot(struct boot_plan *boot_plan, const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = sys < 0 ? -errno : 0;

	free(path);
	if (err)
		return err;
	err = snapshot_take(&boot_plan->snapshot, sys, &boot_plan->requests, DEPTH_ALL, NULL);
	close(sys);
	return err;
}

/* An image has no file for an empty list (image_write()): the boot program sees no list at all. */
static void forget_empty(char **list)
{
	if (!*list || **list)
		return;
	free(*list);
	*list = NULL;
}

int boot_plan_parse(struct boot_plan *boot_plan)
{
	struct request_texts texts;
	char no_cmdline[] = "";
	int err;

	forget_empty(&boot_plan->texts.protected);
	texts = boot_plan->texts;
	if (!texts.cmdline)
		texts.cmdline = no_cmdline;
	err = requests_read(&boot_plan->requests, &texts);
	if (err)
		message_errno(err, "the requests");
	return err ? -1 : 0;
}

int boot_plan_scan(struct boot_plan *boot_plan, const char *sysroot)
{
	int err = take_snapshot(boot_plan, sysroot);

	if (err)
		message_errno(err, "cannot list the PCI devices in %s/sys/bus/pci", sysroot);
	return err ? -1 : 0;
}

int boot_plan_look(struct boot_plan *boot_plan, const char *sysroot)
{
	return boot_plan_parse(boot_plan) < 0 ? -1 : boot_plan_scan(boot_plan, sysroot);
}

int boot_plan_decide(struct boot_plan *boot_plan)
{
	int err = decide(&boot_plan->plan, &boot_plan->requests, &boot_plan->snapshot);

	if (err)
		message_errno(err, "cannot decide");
	return err ? -1 : 0;
}

/* For bsearch(3). */
static int compare_with(const void *address, const void *decision)
{
	return address_compare(address, &((const struct decision *)decision)->device->address);
}

const struct decision *boot_plan_decision(const struct plan *plan,
					  const struct pci_address *address)
{
	if (!plan->count)
		return NULL;
	return bsearch(address, plan->decisions, plan->count, sizeof(*plan->decisions),
		       compare_with);
}

bool boot_plan_claims(const struct plan *plan, const char *slot)
{
	const struct decision *decision;
	struct pci_address address;

	if (!address_parse(slot, &address))
		return false;
	decision = boot_plan_decision(plan, &address);
	return decision && decision->verdict == VERDICT_CLAIM;
}

void boot_plan_free(struct boot_plan *boot_plan)
{
	plan_free(&boot_plan->plan);
	snapshot_free(&boot_plan->snapshot);
	requests_free(&boot_plan->requests);
	free(boot_plan->selectors);
	free(boot_plan->texts.cmdline);
	free(boot_plan->texts.conf);
	free(boot_plan->texts.protected);
	free(boot_plan->texts.variants);
	*boot_plan = (struct boot_plan){ 0 };
}

bool boot_plan_asks(const struct boot_plan *boot_plan)
{
	const struct requests *requests = &boot_plan->requests;

	return requests->claims.count || requests->complaint_count || requests->vfs;
}
