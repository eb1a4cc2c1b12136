/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/sysfs.h"
#include "lock.h"

#define BAKED_CONF      "etc/vfio-claim.conf"
#define BAKED_PROTECTED "usr/lib/vfio-claim/protected"
#define BAKED_VARIANTS  "usr/lib/vfio-claim/variants"
#define KEPT_CONF       RUN_DIR "/conf"
#define KEPT_PROTECTED  RUN_DIR "/protected"
#define KEPT_VARIANTS   RUN_DIR "/variants"

/*
 * A file that exists but cannot be read may name devices that must not be claimed. A file of
 * megabytes would delay the boot by seconds; the image build rejects it, too.
 */
static bool is_unreadable(const char *text)
{
	return text ? strlen(text) > CONF_LIMIT : errno != ENOENT;
}

/* Prefers the copy that the boot has kept: on a running system the file may have changed. */
static char *read_text(int root, bool kept, const char *kept_path, const char *path)
{
	char *text = kept ? sysfs_read_all(root, kept_path) : NULL;

	return text ? text : sysfs_read_all(root, path);
}

int baked_read(struct request_texts *texts, int root, bool late)
{
	texts->cmdline = sysfs_read_all(root, "proc/cmdline");
	if (!texts->cmdline)
		return -errno;
	texts->conf = read_text(root, late, KEPT_CONF, BAKED_CONF);
	if (is_unreadable(texts->conf))
		return -EIO;
	texts->protected = read_text(root, late, KEPT_PROTECTED, BAKED_PROTECTED);
	if (is_unreadable(texts->protected))
		return -EIO;
	if (late)
		texts->variants = read_text(root, true, KEPT_VARIANTS, BAKED_VARIANTS);
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
	keep(root, BAKED_CONF, KEPT_CONF);
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
