/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enable.c - vfio-claim enable: sets claims for this and all boots to come
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_config.h"
#include "../bootloader/config_line.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../machine/container.h"
#include "../plan/boot_plan.h"
#include "../plan/claim_state.h"
#include "../plan/next_line.h"
#include "../plan/remembered.h"
#include "claim_options.h"
#include "cmd.h"
#include "persistent.h"

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
	"       vfio-claim enable --tried [--dry-run]\n"
	"       vfio-claim enable [--force] [--dry-run]\n\n"
	"Has the next boots claim these devices, and no others: writes the claims where\n"
	"this system keeps its kernel command line, makes the initramfs images anew where\n"
	"they lack something, and looks into them and into the boot menu before it says\n"
	"done. When a step fails, all is as it was before. Recovery entries of GRUB\n"
	"and rescue kernels claim nothing. What is set is remembered: if a kernel update\n"
	"or a tool that rewrites the menu drops it, 'enable' without SEL sets it again.\n\n"
	"Options:\n"
	"  --add          keep what is set already, and add to it\n"
	"  --config       write /etc/vfio-claim.conf, which becomes part of the images,\n"
	"                 and leave the kernel command line alone, where that is sealed\n"
	"  --tried        make lasting what this boot was asked for by 'vfio-claim "
	"try'\n" WISH_OPTIONS_HELP "\n"
	"Exit status:\n"
	"  0  it is set, or was already\n"
	"  1  it could not be done, or a claim would be refused\n"
	"  2  wrong usage; SEL is no selector; no SEL, and nothing is remembered\n";

struct enable_options {
	struct claim_options wishes;
	bool add, config, tried;
};

/* What a command goes by. */
struct enabling {
	const char *sysroot;
	struct enable_options *options;
	const struct boot_config *config;
	struct remembered remembered;
	char *running;         /* the running command line */
	struct next_line line; /* what the next boot will have */
};

/* What was tried, as words for good; NULL after a message. */
static char *tried_words(const struct enabling *enabling)
{
	const char *sysroot = enabling->sysroot;
	struct boot_plan boot_plan = { 0 };
	char *words = NULL;
	bool went_well = boot_plan_read_boot(&boot_plan, sysroot) == 0 &&
			 boot_plan_look(&boot_plan, sysroot) == 0 &&
			 boot_plan_decide(&boot_plan) == 0;

	if (went_well && !boot_plan_asks(&boot_plan))
		complain("this boot was asked for nothing: first use 'vfio-claim try', and reboot");
	else if (went_well && !boot_plan_is_claimed(&boot_plan, sysroot))
		complain("this boot did not do all that it was asked for: see 'vfio-claim status'");
	else if (went_well)
		words = cmdline_tried(enabling->running);
	boot_plan_free(&boot_plan);
	return words;
}

/* What was set before; NULL after printing an error. */
static char *remembered_words(const struct enabling *enabling)
{
	char *words = strdup(enabling->remembered.words);

	if (words)
		printf("Set again: %s\n", words);
	else
		complain_errno(ENOMEM, "what was set before");
	return words;
}

/*
 * What --add adds to: what is set now, or, where that has been lost, what is remembered. NULL after
 * a message.
 */
static char *old_words(const struct enabling *enabling)
{
	const struct remembered *remembered = &enabling->remembered;
	char *old = enabling->config->read(enabling->sysroot);
	char *claims = old ? cmdline_value(old, "rd.vfio.claim") : NULL;
	bool lost = old && !claims && remembered->words &&
		    remembered->conf == (enabling->config == &config_conf);

	free(claims);
	if (!lost)
		return old;
	free(old);
	return remembered_words(enabling);
}

/* What the next boot would have without what is set now; NULL without memory. */
static char *line_without_set(const struct enabling *enabling)
{
	char *set = enabling->config->read(enabling->sysroot);
	char *cmdline = set ? cmdline_without(enabling->line.cmdline, set) : NULL;

	free(set);
	return cmdline;
}

/* The words of the options; NULL after printing an error. */
static char *wished_words(const struct enabling *enabling)
{
	const struct claim_options *wishes = &enabling->options->wishes;
	struct next_line line = enabling->line;
	char *old = enabling->options->add ? old_words(enabling) : NULL, *words = NULL;

	/* So that what was set along with the claims, for the IOMMU, is found to be needed again.
	 */
	line.cmdline = line_without_set(enabling);
	if (line.cmdline && (old || !enabling->options->add))
		words = claim_options_words(wishes, enabling->sysroot, old, &line);
	free(line.cmdline);
	free(old);
	return words;
}

/* Those of @words, which is freed, that a vfio-claim.conf can have. NULL after printing an error.
 */
static char *without_kernels(char *words)
{
	char *ours = words ? cmdline_ours(words) : NULL;
	char *others = ours ? cmdline_without(words, ours) : NULL;

	if (words && !others)
		complain_errno(ENOMEM, "the claims");
	else if (words && others[0])
		complain("warning: --config leaves the kernel command line alone: add %s to it "
			 "yourself",
			 others);
	free(others);
	free(words);
	return ours;
}

/* The words that are to be set; NULL after a message. */
static char *find_words(const struct enabling *enabling)
{
	char *words;

	if (enabling->options->tried)
		words = tried_words(enabling);
	else if (enabling->options->wishes.claims)
		words = wished_words(enabling);
	else
		words = remembered_words(enabling);
	return enabling->config == &config_conf ? without_kernels(words) : words;
}

/* What is set again stays forced, if it was. */
static bool is_forced(const struct enabling *enabling, const char *words)
{
	char *force =
		enabling->options->wishes.claims ? NULL : cmdline_value(words, "rd.vfio.force");
	bool forced = enabling->options->wishes.force || force;

	free(force);
	return forced;
}

/* Returns 0, or -1 after printing an error. */
static int check_words(const struct enabling *enabling, const char *words, char **slots)
{
	char *conf = NULL;
	int result = -1;

	if (enabling->config == &config_conf)
		conf = config_conf_text(enabling->sysroot, words);
	if (conf || enabling->config != &config_conf)
		result = wishes_check(enabling->sysroot, &enabling->line, words, conf,
				      is_forced(enabling, words), slots, NULL);
	free(conf);
	return result;
}

/* Gives an exit status. */
static int set(const struct enabling *enabling)
{
	struct claim_options *wishes = &enabling->options->wishes;
	char *words = NULL, *slots = NULL;
	int status = EXIT_FAILED;

	if (claim_options_settle(wishes, enabling->sysroot, true) == 0)
		words = find_words(enabling);
	if (words && check_words(enabling, words, &slots) == 0)
		status = persistent_set(enabling->sysroot, enabling->config, words, slots,
					wishes->dry_run);
	if (status == EXIT_OK && !wishes->dry_run)
		claim_options_offer(wishes, enabling->sysroot);
	free(slots);
	free(words);
	return status;
}

/* Finds what the next boot will have. Returns 0, or -1 after printing an error. */
static int find_line(struct enabling *enabling)
{
	struct next_line *line = &enabling->line;
	char *cmdline;

	if (boot_plan_read_text(enabling->sysroot, "/proc/cmdline", &enabling->running) < 0)
		return -1;
	if (!enabling->running) {
		complain("there is no %s/proc/cmdline; in a chroot, mount /proc",
			 enabling->sysroot);
		return -1;
	}
	if (next_line_find_lasting(line, enabling->sysroot) < 0)
		return -1;
	cmdline = config_line_next(enabling->sysroot, enabling->config, line->file, line->cmdline);
	free(line->cmdline);
	line->cmdline = cmdline;
	return cmdline ? 0 : -1;
}

/* Returns EXIT_OK, or another exit status after printing an error. */
static int find_config(struct enabling *enabling)
{
	bool again = !enabling->options->tried && !enabling->options->wishes.claims;

	if (remembered_read(&enabling->remembered, enabling->sysroot) < 0)
		return EXIT_FAILED;
	if (again && !enabling->remembered.words) {
		complain("no device was named, and none is remembered: see 'vfio-claim enable "
			 "--help'");
		return EXIT_USAGE;
	}
	if (enabling->options->config || (again && enabling->remembered.conf))
		enabling->config = &config_conf;
	else
		enabling->config = boot_config_look(enabling->sysroot);
	if (enabling->config)
		return EXIT_OK;
	boot_config_say_none(enabling->sysroot);
	return EXIT_FAILED;
}

static int enable(const char *sysroot, struct enable_options *options)
{
	struct enabling enabling = { .sysroot = sysroot, .options = options };
	int status;

	if (persistent_begin(sysroot, options->wishes.dry_run) < 0)
		return EXIT_FAILED;
	container_warn(sysroot);
	status = find_config(&enabling);
	if (status == EXIT_OK)
		status = find_line(&enabling) == 0 ? set(&enabling) : EXIT_FAILED;
	next_line_free(&enabling.line);
	free(enabling.running);
	remembered_free(&enabling.remembered);
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
		options->config = options->wishes.sealed = true;
		return EXIT_OK;
	case OPT_TRIED:
		options->tried = true;
		return EXIT_OK;
	default:
		return claim_options_take(&options->wishes, settings, args, word);
	}
}

static int check_options(const struct arguments *args, const struct enable_options *options)
{
	const struct claim_options *wishes = &options->wishes;

	if (options->tried &&
	    (wishes->claims || wishes->keeps || options->add || options->config || wishes->stable))
		return usage_error(args, "--tried takes what was tried, and nothing else");
	/* Without arguments, sets again what was set before. */
	if (!options->tried && !wishes->claims &&
	    (wishes->keeps || wishes->group || wishes->strict || wishes->iommu || wishes->pt ||
	     options->add || options->config))
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
	claim_options_free(&options.wishes);
	return status;
}
