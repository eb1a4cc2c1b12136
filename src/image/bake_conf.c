/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bake_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/decide.h"
#include "../core/requests.h"
#include "../core/snapshot.h"
#include "../core/words.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "write_in_image.h"

#define CONF_FILE "/etc/vfio-claim.conf"

/* The file as the boot program will see it. */
struct conf {
	const char *path;
	char *text;  /* up to a NUL byte, at which the boot program stops; to be cut up */
	char *whole; /* the same, to count the lines in */
};

/* The line of the file that @part, which points into conf->text, is on. */
static unsigned int line_of(const struct conf *conf, const char *part)
{
	unsigned int line = 1;
	size_t i;

	for (i = 0; conf->whole[i] && conf->text + i < part; i++)
		line += conf->whole[i] == '\n';
	return line;
}

/* Reads all up to a NUL byte. Gives 0 or a negative errno value. */
static int read_text(struct conf *conf)
{
	FILE *file = fopen(conf->path, "re");
	size_t size = 0;
	ssize_t len;
	int err = 0;

	if (!file)
		return -errno;
	len = getdelim(&conf->text, &size, '\0', file);
	if (len < 0 && ferror(file))
		err = -errno;
	fclose(file);
	if (err)
		return err;
	conf->whole = strdup(len < 0 ? "" : conf->text);
	if (len < 0) { /* an empty file */
		free(conf->text);
		conf->text = strdup("");
	}
	if (!conf->text || !conf->whole)
		return -ENOMEM;
	if (len > (ssize_t)strlen(conf->text))
		complain("warning: %s:%u: the boot will ignore the rest of the file, from the NUL "
			 "byte in this line on",
			 conf->path, line_of(conf, conf->text + len));
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
		complain("warning: %s:%u: the boot will ignore '%s%s%s': %s", conf->path,
			 line_of(conf, complaint->param), complaint->param,
			 complaint->value[0] ? " = " : "", complaint->value, why.data);
	}
}

static void warn_of_decision(const struct conf *conf, const struct decision *decision)
{
	const struct selector *claim = decision->because, *what = decision->against;
	unsigned int line = claim ? line_of(conf, claim->text) : 0;

	if (decision->verdict == VERDICT_PROTECTED)
		complain("warning: %s:%u: the boot will refuse to claim %s for '%s = %s': this "
			 "machine uses it for %s",
			 conf->path, line, decision->device->slot, claim->param, claim->text,
			 what->param);
	else if (decision->verdict == VERDICT_CLAIM && what)
		complain("warning: %s:%u: 'force' lets the boot claim %s for '%s = %s', although "
			 "this machine uses it for %s",
			 conf->path, line, decision->device->slot, claim->param, claim->text,
			 what->param);
}

/*
 * Decides on the claims as the boot will, on this machine. Where that cannot be looked at there is
 * nothing to warn of.
 */
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
		snapshot.iommu = true; /* to be switched on with the same boot, perhaps */
		if (decide(&plan, requests, &snapshot) == 0) {
			for (i = 0; i < plan.count; i++)
				warn_of_decision(conf, &plan.decisions[i]);
			plan_free(&plan);
		}
		snapshot_free(&snapshot);
	}
	close(sys);
}

/* Has the boot program's own parser read the file. Gives 0 or a negative errno value. */
static int check(struct conf *conf, const char *sysroot, char *protected)
{
	char no_cmdline[] = "";
	struct request_texts texts = { .cmdline = no_cmdline, .protected = protected };
	struct requests requests;
	int err = read_text(conf);

	texts.conf = conf->text;
	if (!err)
		err = requests_read(&requests, &texts);
	if (err)
		return err;
	warn_of_ignored(conf, &requests);
	if (requests.protected.count)
		warn_of_protected(conf, &requests, sysroot);
	requests_free(&requests);
	return 0;
}

int bake_conf(const char *sysroot, const char *output, char *protected)
{
	char *path = path_below(sysroot, CONF_FILE);
	struct conf conf = { .path = path };
	int err, result = -1;

	if (!path) {
		complain_errno(errno, "%s%s", sysroot, CONF_FILE);
		return -1;
	}
	if (!is_file(path)) {
		free(path);
		return image_remove(output, CONF_FILE);
	}
	err = check(&conf, sysroot, protected);
	if (err)
		complain_errno(err, "cannot read %s", path);
	else
		result = image_copy(output, CONF_FILE, path, 0644);
	free(conf.whole);
	free(conf.text);
	free(path);
	return result;
}
