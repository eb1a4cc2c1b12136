/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disks_needed.h"

#include <libmount/libmount.h>
#include <string.h>

#include "file_systems.h"
#include "mounts.h"

/* Without these the machine does not come up, or cannot be updated. */
static const char *const targets[] = { "/", "/usr", "/boot", "/boot/efi", "/efi" };

#define TARGET_COUNT (sizeof(targets) / sizeof(targets[0]))

/* Protects what is behind @target; all but / may be plain directories. */
static void protect_target(struct protection *protection, struct libmnt_table *fstab,
			   const char *target)
{
	struct libmnt_fs *fs = mounts_find(protection->mounts, target);
	bool is_root = strcmp(target, "/") == 0;

	if (!fs && fstab)
		fs = mnt_table_find_target(fstab, target, MNT_ITER_BACKWARD);
	if (!fs && !is_root)
		return;
	protection_begin(protection, target);
	if (fs)
		file_systems_add(protection, fs);
	file_systems_follow(protection);
	protection_end(protection, "holds %s", target);
}

/* Protects the swap areas of a table, /proc/swaps or fstab. */
static void protect_swaps(struct protection *protection, struct libmnt_table *table)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	const char *source;

	while (iter && table && mnt_table_next_fs(table, iter, &fs) == 0) {
		source = mnt_fs_get_source(fs);
		if (!mnt_fs_is_swaparea(fs) || !source)
			continue;
		protection_begin(protection, "swap");
		file_systems_add_source(protection, source);
		file_systems_follow(protection);
		protection_end(protection, "holds the swap area %s", source);
	}
	mnt_free_iter(iter);
}

void disks_needed_protect(struct protection *protection)
{
	struct libmnt_table *fstab = mounts_read_fstab(protection->sysroot);
	struct libmnt_table *swaps = mounts_read_swaps(protection->sysroot);
	size_t i;

	protection->mounts = mounts_read_own(protection->sysroot);
	for (i = 0; i < TARGET_COUNT; i++)
		protect_target(protection, fstab, targets[i]);
	protect_swaps(protection, swaps);
	protect_swaps(protection, fstab);
	mnt_free_table(protection->mounts);
	protection->mounts = NULL;
	mnt_free_table(swaps);
	mnt_free_table(fstab);
}
