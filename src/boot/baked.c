/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sysfs.h"
#include "lock.h"

#define BAKED_CONF      "etc/vfio-claim.conf"
#define BAKED_PROTECTED "usr/lib/vfio-claim/protected"
#define BAKED_VARIANTS  "usr/lib/vfio-claim/variants"
#define KEPT_PROTECTED  RUN_DIR "/protected"
#define KEPT_VARIANTS   RUN_DIR "/variants"

/* What is there and cannot be read may hold what must not be claimed. */
static bool is_unreadable(const char *text)
{
	return !text && errno != ENOENT;
}

int baked_read(struct request_texts *texts, int root, bool variants)
{
	texts->cmdline = sysfs_read_all(root, "proc/cmdline");
	if (!texts->cmdline)
		return -errno;
	texts->conf = sysfs_read_all(root, BAKED_CONF);
	if (is_unreadable(texts->conf))
		return -errno;
	texts->protected = sysfs_read_all(root, BAKED_PROTECTED);
	if (is_unreadable(texts->protected))
		return -errno;
	if (!variants)
		return 0;
	if (!texts->protected)
		texts->protected = sysfs_read_all(root, KEPT_PROTECTED);
	texts->variants = sysfs_read_all(root, BAKED_VARIANTS);
	if (!texts->variants)
		texts->variants = sysfs_read_all(root, KEPT_VARIANTS);
	return 0;
}

static void keep(int root, const char *baked, const char *kept)
{
	char *text = sysfs_read_all(root, baked);

	if (text)
		file_put(root, kept, text, strlen(text));
	free(text);
}

void baked_keep(int root)
{
	keep(root, BAKED_PROTECTED, KEPT_PROTECTED);
	keep(root, BAKED_VARIANTS, KEPT_VARIANTS);
}

void baked_free(struct request_texts *texts)
{
	free(texts->cmdline);
	free(texts->conf);
	free(texts->protected);
	free(texts->variants);
}
