/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_conf.c - /etc/vfio-claim.conf, which goes into the images
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../conf_text.h"

#define FILE_NAME "/etc/vfio-claim.conf"

static bool is_here(const char *sysroot)
{
	return sysroot_has(sysroot, FILE_NAME);
}

/* Returns the file's text, "" if it does not exist; NULL after printing an error. */
static char *read_file(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);

	if (!text && errno == ENOENT)
		text = strdup("");
	if (!text)
		message_error("cannot read " FILE_NAME ": %s", config_error(errno));
	return text;
}

static char *read_words(const char *sysroot)
{
	char *text = read_file(sysroot), *words = NULL;
	struct wishes wishes = { 0 };

	if (!text)
		return NULL;
	if (wishes_read_conf(&wishes, text) == 0)
		words = wishes_words(&wishes);
	if (!words)
		message_errno(ENOMEM, FILE_NAME);
	wishes_free(&wishes);
	free(text);
	return words;
}

char *config_conf_text(const char *sysroot, const char *words)
{
	char *text = read_file(sysroot), *fresh = text ? conf_text_with(text, words) : NULL;

	if (text && !fresh)
		message_errno(ENOMEM, FILE_NAME);
	free(text);
	return fresh;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *fresh = config_conf_text(changes->sysroot, words);

	(void)old;
	if (!fresh)
		return -1;
	/* An empty file is removed. */
	changes_file(changes, FILE_NAME, fresh[0] ? fresh : NULL);
	free(fresh);
	return 0;
}

const struct boot_config config_conf = {
	.what = FILE_NAME,
	.place = "conf",
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.in_images = true,
};
