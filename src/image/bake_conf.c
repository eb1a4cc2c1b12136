/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bake_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/decide.h"
#include "../core/requests.h"
#include "../core/snapshot.h"
#include "../core/words.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "image_paths.h"
#include "write_in_image.h"

/* The file as the boot program will see it. */
struct conf {
	const char *path;
	char *raw;   /* its bytes; CONF_LIMIT plus 1 of a longer file */
	size_t size; /* of that */
	char *text;  /* up to a NUL byte, where the boot program stops; modified */
	char *whole; /* the same, to count lines */
};

/* Returns the number of the line that @part, which points into conf->text, is on. */
static unsigned int line_of(const struct conf *conf, const char *part)
{
	unsigned int line = 1;
	size_t i;

	for (i = 0; conf->whole[i] && conf->text + i < part; i++)
		line += conf->whole[i] == '\n';
	return line;
}

/*
 * Opens the file, which may be on an untrusted disk: refuses what may block or be endless. Returns
 * a descriptor, or a negative errno value.
 */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/*
 * Reads one byte more than the boot program does, to detect longer files. Returns 0 or a negative
 * errno value.
 */
static int read_file(struct conf *conf)
{
	int fd = open_regular(conf->path);
	ssize_t got = 1;

	if (fd < 0)
		return fd;
	conf->raw = calloc(1, CONF_LIMIT + 2);
	while (conf->raw && got > 0 && conf->size <= CONF_LIMIT) {
		got = read(fd, conf->raw + conf->size, CONF_LIMIT + 1 - conf->size);
		if (got > 0)
			conf->size += (size_t)got;
	}
	close(fd);
	if (got < 0)
		return -errno;
	return conf->raw ? 0 : -ENOMEM;
}

/* Reads all up to a NUL byte. Returns 0 or a negative errno value. */
static int read_text(struct conf *conf)
{
	int err = read_file(conf);

	if (err)
		return err;
	conf->text = strdup(conf->raw);
	conf->whole = strdup(conf->raw);
	if (!conf->text || !conf->whole)
		return -ENOMEM;
	if (conf->size > strlen(conf->raw))
		message_warning("%s:%u: the boot will ignore the rest of the file after the "
				"NUL byte in this line",
				conf->path, line_of(conf, conf->text + strlen(conf->text)));
	return 0;
}

static void warn_of_ignored(const struct conf *conf, const struct requests *requests)
{
	const struct complaint *complaint;
	struct text why;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		complaint = &requests->complaints[i];
		why = (struct text){ 0 };
		words_of_why(&why, complaint);
		message_warning("%s:%u: the boot will ignore '%s%s%s': %s", conf->path,
				line_of(conf, complaint->param), complaint->param,
				complaint->value[0] ? " = " : "", complaint->value, why.data);
	}
}

static void warn_of_decision(const struct conf *conf, const struct decision *decision)
{
	const struct selector *claim = decision->because, *what = decision->against;
	unsigned int line = claim ? line_of(conf, claim->text) : 0;

	if (decision->verdict == VERDICT_PROTECTED)
		message_warning("%s:%u: the boot will refuse to claim %s for '%s = %s': this "
				"machine uses it for %s",
				conf->path, line, decision->device->slot, claim->param, claim->text,
				what->param);
	else if (decision->verdict == VERDICT_CLAIM && what)
		message_warning("%s:%u: 'force' lets the boot claim %s for '%s = %s', although "
				"this machine uses it for %s",
				conf->path, line, decision->device->slot, claim->param, claim->text,
				what->param);
}

/* Decides on the claims like the boot program, and warns of some, unless there is no /sys. */
static void warn_of_protected(const struct conf *conf, const struct requests *requests,
			      const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	struct snapshot snapshot;
	struct plan plan;
	size_t i;

	free(path);
	if (sys < 0)
		return;
	if (snapshot_take(&snapshot, sys, requests, DEPTH_ALL, NULL) == 0) {
		snapshot.iommu = true; /* may be turned on at the same boot */
		if (decide(&plan, requests, &snapshot) == 0) {
			for (i = 0; i < plan.count; i++)
				warn_of_decision(conf, &plan.decisions[i]);
			plan_free(&plan);
		}
		snapshot_free(&snapshot);
	}
	close(sys);
}

/* Checks the file with the boot program's own parser. Returns 0 or a negative errno value. */
static int check(struct conf *conf, const char *sysroot, const char *protected)
{
	char no_cmdline[] = "";
	struct request_texts texts = { .cmdline = no_cmdline, .conf = conf->text };
	struct requests requests;
	int err = 0;

	texts.protected = protected ? strdup(protected) : NULL;
	if (protected && !texts.protected)
		err = -ENOMEM;
	if (!err)
		err = requests_read(&requests, &texts);
	if (!err) {
		warn_of_ignored(conf, &requests);
		if (requests.protected.count)
			warn_of_protected(conf, &requests, sysroot);
		requests_free(&requests);
	}
	free(texts.protected);
	return err;
}

/* Reads and checks the file. Returns 0, or -1 after printing an error. */
static int read_checked(struct conf *conf, const char *sysroot, const char *protected)
{
	int err = read_text(conf);

	if (!err && conf->size <= CONF_LIMIT)
		err = check(conf, sysroot, protected);
	if (err)
		message_errno(err, "cannot read %s", conf->path);
	else if (conf->size > CONF_LIMIT)
		message_error("%s is longer than %d KiB, which is all that the boot reads of it: "
			      "shorten it, or nothing will be claimed",
			      conf->path, CONF_LIMIT / 1024);
	return err || conf->size > CONF_LIMIT ? -1 : 0;
}

static void forget(struct conf *conf)
{
	free(conf->raw);
	free(conf->text);
	free(conf->whole);
}

/* Returns where the file is, or would be; NULL after printing an error. */
static char *locate(const char *sysroot)
{
	char *path = path_below(sysroot, IMAGE_CONF);

	if (!path)
		message_errno(errno, "%s%s", sysroot, IMAGE_CONF);
	return path;
}

int conf_find(const char *sysroot, const char *protected, char **text)
{
	char *path = locate(sysroot);
	struct conf conf = { .path = path };
	int result = path ? 0 : -1;

	*text = NULL;
	if (path && is_file(path)) {
		result = read_checked(&conf, sysroot, protected);
		*text = conf.whole;
		conf.whole = NULL;
	}
	forget(&conf);
	free(path);
	return result;
}

int conf_bake(const char *sysroot, const char *output, const char *protected)
{
	char *path = locate(sysroot);
	struct conf conf = { .path = path };
	int result = -1;

	if (path && !is_file(path))
		result = image_remove(output, IMAGE_CONF);
	else if (path && read_checked(&conf, sysroot, protected) == 0)
		result = image_copy(output, IMAGE_CONF, path, 0644);
	else if (conf.size > CONF_LIMIT) /* the boot program must see that it is too long */
		image_write(output, IMAGE_CONF, conf.raw, conf.size);
	forget(&conf);
	free(path);
	return result;
}
