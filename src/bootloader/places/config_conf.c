/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_conf.c - /etc/vfio-claim.conf, which is put into the images
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"

#define FILE_NAME "/etc/vfio-claim.conf"

static bool is_here(const char *sysroot)
{
	return sysroot_has(sysroot, FILE_NAME);
}

/* The file's text, "" when it is not there; NULL after a message. */
static char *read_file(const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME);

	if (!text && errno == ENOENT)
		text = strdup("");
	if (!text)
		complain_errno(errno, "cannot read " FILE_NAME);
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
		complain_errno(ENOMEM, FILE_NAME);
	wishes_free(&wishes);
	free(text);
	return words;
}

/* Whether a line is a setting that wishes are written as. */
static bool is_wish(const char *line)
{
	static const char *const keys[] = { "claim", "keep", "force", "group", "strict" };
	size_t i, len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t=");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i]) == len && strncmp(line, keys[i], len) == 0)
			return true;
	return false;
}

/* Prints the lines of @text that are no wishes. */
static void print_others(FILE *out, const char *text)
{
	const char *end;

	for (; *text; text = end) {
		end = text + strcspn(text, "\n");
		end += *end == '\n';
		if (!is_wish(text))
			fprintf(out, "%.*s%s", (int)(end - text), text,
				end[-1] == '\n' ? "" : "\n");
	}
}

/* The file with other wishes: a new string, or NULL without memory. */
static char *change_text(const char *text, const char *words)
{
	struct wishes wishes = { 0 };
	char *fresh = NULL, *lines = NULL;
	size_t len;
	FILE *out = open_memstream(&fresh, &len);

	if (wishes_read(&wishes, words) == 0)
		lines = wishes_conf(&wishes);
	if (out && lines) {
		print_others(out, text);
		fputs(lines, out);
	}
	if (out && (fclose(out) != 0 || !lines)) {
		free(fresh);
		fresh = NULL;
	}
	wishes_free(&wishes);
	free(lines);
	return fresh;
}

char *config_conf_text(const char *sysroot, const char *words)
{
	char *text = read_file(sysroot), *fresh = text ? change_text(text, words) : NULL;

	if (text && !fresh)
		complain_errno(ENOMEM, FILE_NAME);
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
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
