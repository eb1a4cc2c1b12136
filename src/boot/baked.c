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

/* @kept may be NULL. That neither is there is no error; that one cannot be read is. */
static int read_either(int root, const char *baked, const char *kept, char **text)
{
	*text = sysfs_read_all(root, baked);
	if (!*text && errno == ENOENT && kept)
		*text = sysfs_read_all(root, kept);
	return *text || errno == ENOENT ? 0 : -errno;
}

int baked_read(struct request_texts *texts, int root, bool variants)
{
	int error = 0;

	texts->cmdline = sysfs_read_all(root, "proc/cmdline");
	if (!texts->cmdline)
		return -errno;
	error = read_either(root, BAKED_CONF, NULL, &texts->conf);
	if (!error)
		error = read_either(root, BAKED_PROTECTED, variants ? KEPT_PROTECTED : NULL,
				    &texts->protected);
	if (!error && variants)
		error = read_either(root, BAKED_VARIANTS, KEPT_VARIANTS, &texts->variants);
	return error;
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
