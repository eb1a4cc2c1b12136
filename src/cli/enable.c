/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enable.c - vfio-claim enable: sets claims for this and all boots to come
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_config.h"
#include "changes.h"
#include "claim_words.h"
#include "claimed.h"
#include "cmd.h"
#include "lasting.h"
#include "messages.h"
#include "outlook.h"
#include "wish_options.h"

enum {
	OPT_ADD = OPT_WISHES_END,
	OPT_CONFIG,
	OPT_TRIED,
};

static const struct option_def enable_options[] = {
	WISH_OPTIONS,
	{ "add", false, OPT_ADD },
	{ "config", false, OPT_CONFIG },
	{ "tried", false, OPT_TRIED },
	{ NULL, false, 0 },
};

static const char enable_help[] =
	"Usage: vfio-claim enable SEL... [OPTIONS]\n"
	"       vfio-claim enable --tried [--dry-run]\n\n"
	"Has the next boots claim these devices, and no others: writes the claims where\n"
	"this system keeps its kernel command line, makes the initramfs images anew where\n"
	"they lack something, and looks into them and into the boot menu before it says\n"
	"done. When a step fails, all is as it was before. Entries for recovery stay\n"
	"without claims.\n\n"
	"Options:\n"
	"  --add          keep what is set already, and add to it\n"
	"  --config       write /etc/vfio-claim.conf, which becomes part of the images,\n"
	"                 and leave the kernel command line alone, where that is sealed\n"
	"  --tried        make lasting what this boot was asked for by 'vfio-claim "
	"try'\n" WISH_OPTIONS_HELP "\n"
	"Exit status:\n"
	"  0  it is set, or was already\n"
	"  1  it could not be done, or a claim would be refused\n"
	"  2  wrong usage; SEL is no selector\n";

struct enable_options {
	struct wish_options wishes;
	bool add, config, tried;
};

/* What was tried, as words for good; NULL after a message. */
static char *tried_words(const char *sysroot, const char *cmdline)
{
	struct outlook outlook = { 0 };
	char *words = NULL;
	bool went_well = outlook_read_boot(&outlook, sysroot) == 0 &&
			 outlook_look(&outlook, sysroot) == 0 && outlook_decide(&outlook) == 0;

	if (went_well && !outlook_asks(&outlook))
		complain("this boot was asked for nothing: first use 'vfio-claim try', and reboot");
	else if (went_well && !outlook_is_claimed(&outlook, sysroot))
		complain("this boot did not do all that it was asked for: see 'vfio-claim status'");
	else if (went_well)
		words = cmdline_tried(cmdline);
	outlook_free(&outlook);
	return words;
}

/* The words that are to be set; NULL after a message. */
static char *find_words(const char *sysroot, const struct enable_options *options,
			const char *cmdline, const char *old)
{
	if (options->tried)
		return tried_words(sysroot, cmdline);
	return wish_options_words(&options->wishes, sysroot, options->add ? old : NULL, cmdline);
}

/* Gives an exit status. */
static int set(const char *sysroot, const struct enable_options *options,
	       const struct boot_config *config, const char *cmdline)
{
	char *old = config->read(sysroot), *words = NULL;
	int status = EXIT_FAILED;

	if (old)
		words = find_words(sysroot, options, cmdline, old);
	if (words && wishes_check(sysroot, cmdline, words, options->wishes.force) == 0)
		status = lasting_set(sysroot, config, words, options->wishes.dry_run);
	if (status == EXIT_OK && !options->wishes.dry_run)
		puts("The claims hold from the next boot on; 'vfio-claim status' then tells.");
	free(words);
	free(old);
	return status;
}

static int enable(const char *sysroot, const struct enable_options *options)
{
	const struct boot_config *config;
	char *cmdline;
	int status = EXIT_FAILED;

	if (lasting_begin(sysroot, options->wishes.dry_run) < 0)
		return EXIT_FAILED;
	config = options->config ? &config_conf : boot_config_look(sysroot);
	if (!config) {
		boot_config_say_none(sysroot);
		return EXIT_FAILED;
	}
	if (outlook_read_text(sysroot, "/proc/cmdline", &cmdline) < 0)
		return EXIT_FAILED;
	if (cmdline)
		status = set(sysroot, options, config, cmdline);
	else
		complain("there is no %s/proc/cmdline; in a chroot, mount /proc", sysroot);
	free(cmdline);
	return status;
}

static int take_word(struct settings *settings, struct arguments *args, int word,
		     struct enable_options *options)
{
	switch (word) {
	case OPT_ADD:
		options->add = true;
		return EXIT_OK;
	case OPT_CONFIG:
		options->config = true;
		return EXIT_OK;
	case OPT_TRIED:
		options->tried = true;
		return EXIT_OK;
	default:
		return wish_options_take(&options->wishes, settings, args, word);
	}
}

static int check_options(const struct arguments *args, const struct enable_options *options)
{
	const struct wish_options *wishes = &options->wishes;

	if (options->tried && (wishes->claims || wishes->keeps || options->add || options->config))
		return usage_error(args, "--tried takes what was tried, and nothing else");
	if (!options->tried && !wishes->claims)
		return usage_error(args, "no device was named");
	return EXIT_OK;
}

int enable_command(struct settings *settings, struct arguments *args)
{
	struct enable_options options = { 0 };
	int word, status = EXIT_OK;

	while (status == EXIT_OK && (word = next_word(args, enable_options)) != OPT_END) {
		if (word == OPT_HELP) {
			fputs(enable_help, stdout);
			goto out;
		}
		status = take_word(settings, args, word, &options);
	}
	if (status == EXIT_OK)
		status = check_options(args, &options);
	if (status == EXIT_OK)
		status = enable(settings->sysroot, &options);
out:
	wish_options_free(&options.wishes);
	return status;
}
