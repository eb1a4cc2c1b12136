/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "visit_file_system.h"

#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../host/sysroot.h"
#include "mounts.h"

/* --- mounted already ---------------------------------------------------------------------------
 */

/* Returns the number of the block device at @path, or 0. */
static dev_t device_number(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) ? st.st_rdev : 0;
}

/* Returns true if @fs is the whole file system of the block device. */
static bool is_mount_of(struct libmnt_fs *fs, const char *node, dev_t number)
{
	const char *source = mnt_fs_get_source(fs), *root = mnt_fs_get_root(fs);

	if (!root || strcmp(root, "/") != 0)
		return false;
	return number ? mnt_fs_get_devno(fs) == number : source && strcmp(source, node) == 0;
}

/* Returns true if @target leads to this file system: another one may be mounted over it. */
static bool leads_there(const char *sysroot, const char *target, dev_t number)
{
	char *path = path_below(sysroot, target);
	struct stat st;
	bool leads = path && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
		     (!number || st.st_dev == number);

	free(path);
	return leads;
}

char *file_system_mounted(const char *sysroot, const char *node)
{
	struct libmnt_table *mounts = mounts_read_own(sysroot);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	char *path = path_below(sysroot, node), *found = NULL;
	dev_t number = path ? device_number(path) : 0;
	struct libmnt_fs *fs;

	while (iter && mounts && !found && mnt_table_next_fs(mounts, iter, &fs) == 0)
		if (is_mount_of(fs, node, number) &&
		    leads_there(sysroot, mnt_fs_get_target(fs), number))
			found = strdup(mnt_fs_get_target(fs));
	mnt_free_iter(iter);
	mnt_free_table(mounts);
	free(path);
	return found;
}

/* --- mounted for a moment ----------------------------------------------------------------------
 */

/* Returns 0 or an errno. @place: any directory; only this process sees the mount there. */
static int mount_alone(const char *node, const char *type, const char *place)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(node, place, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return errno;
	return 0;
}

/* Returns the type of the file system on a block device: a new string, or NULL with errno. */
static char *find_type(const char *node)
{
	blkid_probe probe = blkid_new_probe_from_filename(node);
	const char *type;
	char *found = NULL;
	int err = probe ? ENODATA : errno;

	if (probe && blkid_do_safeprobe(probe) == 0 &&
	    blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0) {
		found = strdup(type);
		err = ENOMEM;
	}
	blkid_free_probe(probe);
	errno = err;
	return found;
}

/* The child. Returns its exit status, an errno. */
static int visit_alone(const char *node, visit_fn *visit, void *what)
{
	char *type = find_type(node), *place = type ? strdup(node) : NULL;
	int err, root;

	if (!place)
		return errno;
	/* The directory of the node certainly exists. */
	*strrchr(place, '/') = '\0';
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = mount_alone(node, type, place);
	if (err)
		return err;
	root = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? errno : visit(root, what);
}

/* Returns the child's exit status, or EIO if it was killed. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

int visit_unmounted(const char *sysroot, const char *node, visit_fn *visit, void *what)
{
	char *path = path_below(sysroot, node);
	pid_t pid;
	int err;

	if (!path)
		return errno;
	pid = fork();
	if (pid == 0)
		_exit(visit_alone(path, visit, what));
	err = pid < 0 ? errno : wait_for(pid);
	free(path);
	return err;
}
