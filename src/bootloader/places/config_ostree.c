/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_ostree.c - systems that ostree deploys: Fedora Atomic, bootc, CentOS in image mode
 *
 * rpm-ostree(1) or bootc(8) stages a copy of the current deployment with another kernel command
 * line, and ostree writes it into the boot menu at shutdown. Neither blocks later upgrades.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_menu.h"
#include "../staged_deployment.h"

#define KARGS_D "/usr/lib/bootc/kargs.d"

static bool is_here(const char *sysroot)
{
	return is_ostree_booted(sysroot) &&
	       (has_program(sysroot, "rpm-ostree") || has_program(sysroot, "bootc"));
}

/*
 * Refuses if a deployment is staged: the tool would replace and delete it, and it could not be
 * restored. Returns 0, or -1 after printing an error.
 */
static int check_staged(const char *sysroot)
{
	if (!sysroot_has(sysroot, STAGED_DEPLOYMENT))
		return 0;
	message_error(
		"a new deployment waits for the next boot, and could not be restored if a step "
		"failed: reboot first, or discard it with '%s'",
		has_program(sysroot, "rpm-ostree") ? "rpm-ostree cleanup --pending"
						   : "ostree admin undeploy 0");
	return -1;
}

/* Returns true, after printing an error, if the file in KARGS_D has @word. */
static bool is_in_file(const char *sysroot, const char *name, const char *word)
{
	char *file = NULL, *text = NULL, *quoted = NULL;
	bool is = false;

	if (asprintf(&file, KARGS_D "/%s", name) < 0)
		file = NULL;
	if (asprintf(&quoted, "\"%s\"", word) < 0)
		quoted = NULL;
	if (file && quoted)
		text = config_text(sysroot, file);
	if (text && strstr(text, quoted)) {
		message_error(
			"%s comes with the image of this system (%s): change it where the image "
			"is built",
			word, file);
		is = true;
	}
	free(text);
	free(quoted);
	free(file);
	return is;
}

/*
 * Refuses to remove words that come with the image: it is not defined what bootc does then. Returns
 * 0, or -1 after printing an error. @gone: is modified.
 */
static int check_image(const char *sysroot, char *gone)
{
	struct string_set files = sysroot_list(sysroot, KARGS_D);
	char *rest = gone, *word;
	int result = 0;
	size_t i;

	while (result == 0 && (word = config_word(&rest)))
		for (i = 0; i < files.count && result == 0; i++)
			if (is_in_file(sysroot, files.name[i], word))
				result = -1;
	string_set_free(&files);
	return result;
}

/* Adds "@option=WORD" to @argv for each of @words. Returns 0 or -ENOMEM. */
static int add_options(struct string_set *argv, const char *option, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word, *one;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (word = config_word(&rest))) {
		if (asprintf(&one, "%s=%s", option, word) < 0)
			one = NULL;
		err = one ? string_set_append(argv, one) : -ENOMEM;
		free(one);
	}
	free(copy);
	return err;
}

/* Makes the words of rpm-ostree's command line. Returns 0 or -ENOMEM. */
static int rpm_ostree_words(struct string_set *argv, const char *gone, const char *fresh)
{
	int err = string_set_append(argv, "rpm-ostree");

	if (!err)
		err = string_set_append(argv, "kargs");
	if (!err)
		err = add_options(argv, "--delete-if-present", gone);
	return err ? err : add_options(argv, "--append-if-missing", fresh);
}

/* The same for bootc, which keeps track of what its source "vfio-claim" had before. */
static int bootc_words(struct string_set *argv, const char *words)
{
	static const char *const begin[] = { "bootc", "loader-entries", "set-options-for-source",
					     "--source=vfio-claim" };
	char *option;
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(begin) / sizeof(begin[0]) && !err; i++)
		err = string_set_append(argv, begin[i]);
	if (err || !words[0])
		return err;
	if (asprintf(&option, "--options=%s", words) < 0)
		return -ENOMEM;
	err = string_set_append(argv, option);
	free(option);
	return err;
}

/* Adds the step that stages the deployment. Returns 0, or -1 after printing an error. */
static int stage(struct changes *changes, const char *words, const char *gone, const char *fresh)
{
	bool rpm_ostree = has_program(changes->sysroot, "rpm-ostree");
	struct string_set argv = { 0 };
	int err = rpm_ostree ? rpm_ostree_words(&argv, gone, fresh) : bootc_words(&argv, words);

	if (err) {
		message_errno(err, "the new deployment");
	} else {
		/* Without this file nothing is staged. */
		changes_keep(changes, STAGED_DEPLOYMENT);
		changes_run(changes, (const char *const *)argv.name);
	}
	string_set_free(&argv);
	return err ? -1 : 0;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	const char *sysroot = changes->sysroot;
	char *gone = cmdline_without(old, words), *fresh = cmdline_without(words, old);
	char *copy = gone ? strdup(gone) : NULL;
	int result = -1;

	if (!copy || !fresh)
		message_errno(ENOMEM, "the new deployment");
	else if (!gone[0] && !fresh[0])
		result = 0;
	else if (boot_config_check_words(gone) == 0 && check_image(sysroot, copy) == 0 &&
		 check_staged(sysroot) == 0)
		result = stage(changes, words, gone, fresh);
	free(copy);
	free(fresh);
	free(gone);
	return result;
}

const struct boot_config config_ostree = {
	.what = "ostree",
	.is_here = is_here,
	.read = boot_config_read_menu,
	.set = set_words,
};
