/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zfs_pool.h"

#include <blkid/blkid.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "block_devices.h"

/* A pool: two of one name can meet, one of them meant for a virtual machine. */
struct pool {
	char *name;
	char *guid; /* NULL when the kernel does not tell it: OpenZFS before 2.2 */
};

/* Returns true if libblkid found @wanted under @name; NULL matches anything. */
static bool value_is(blkid_probe probe, const char *name, const char *wanted)
{
	const char *value;

	if (!wanted)
		return true;
	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 &&
	       strcmp(value, wanted) == 0;
}

/* Returns true if the device whose node is @node (below the sysroot already) is a member of @pool.
 */
static bool is_member(const char *node, const struct pool *pool)
{
	/* Only these: an old signature of another kind would hide them. */
	static char zfs[] = "zfs_member";
	char *types[] = { zfs, NULL };
	blkid_probe probe = blkid_new_probe_from_filename(node);
	bool is = false;

	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID);
	blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN, types);
	if (blkid_do_safeprobe(probe) == 0)
		is = value_is(probe, "LABEL", pool->name) && value_is(probe, "UUID", pool->guid);
	blkid_free_probe(probe);
	return is;
}

/* Returns true if a device may be a member of a pool: no volume of a pool (zd0), no empty drive. */
static bool may_be_member(const struct protection *protection, const char *name)
{
	char *size = sysroot_read(protection->sysroot, "/sys/class/block/%s/size", name);
	bool may = size && strcmp(size, "0") != 0 && strncmp(name, "zd", 2) != 0 &&
		   strncmp(name, "sr", 2) != 0 && strncmp(name, "fd", 2) != 0;

	free(size);
	return may;
}

/* Adds the device @name, "sda1", if it is one of @pool. */
static void add_member(struct protection *protection, const char *name, const struct pool *pool)
{
	char *node = block_node_of_name(name), *located, *path;

	located = node ? path_below(protection->sysroot, node) : NULL;
	if (located && is_member(located, pool)) {
		path = sysroot_real(protection->sysroot, "/sys/class/block/%s", name);
		if (path)
			protection_add_block(protection, path);
		free(path);
	}
	free(located);
	free(node);
}

void zfs_pool_add(struct protection *protection, const char *dataset)
{
	struct string_set devices = sysroot_list(protection->sysroot, "/sys/class/block");
	struct pool pool = { .name = strndup(dataset, strcspn(dataset, "/")) };
	size_t i;

	if (pool.name)
		pool.guid =
			sysroot_read(protection->sysroot, "/proc/spl/kstat/zfs/%s/guid", pool.name);
	for (i = 0; pool.name && i < devices.count; i++)
		if (may_be_member(protection, devices.name[i]))
			add_member(protection, devices.name[i], &pool);
	free(pool.guid);
	free(pool.name);
	string_set_free(&devices);
}
