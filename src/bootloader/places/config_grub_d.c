/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_grub_d.c - /etc/default/grub.d/vfio-claim.cfg (grub.d/vfio-claim.cfg), which
 * Debian's and its relatives' grub-mkconfig reads; recovery entries stay without it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../boot_config.h"
#include "../boot_menu.h"

#define FILE_NAME "/etc/default/grub.d/vfio-claim.cfg"
#define MENU      "/boot/grub/grub.cfg"

/* The file as it comes with vfio-claim: grub.d/vfio-claim.cfg, by the Makefile. */
extern const char grub_d_file[];

/* Debian's patch is in the program itself. */
static bool is_here(const char *sysroot)
{
	char *program = find_program(sysroot, "grub-mkconfig"), *text, *menu;
	bool here;

	text = program ? file_text(sysroot, program) : NULL;
	menu = file_text(sysroot, MENU);
	here = text && menu && strstr(text, "default/grub.d");
	free(menu);
	free(text);
	free(program);
	return here;
}

/* The file that is there, or what it would be; NULL after a message. */
static char *read_file(const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME);

	if (!text && errno == ENOENT)
		text = strdup(grub_d_file);
	if (!text)
		complain_errno(errno, "cannot read " FILE_NAME);
	return text;
}

static char *no_setting(const char *name)
{
	complain(FILE_NAME ": there is no plain %s=\"…\" in it; mend it, or remove the file and "
			   "try again",
		 name);
	return NULL;
}

/* @claims and @options are of the file. */
static char *join(const char *claims, const char *options)
{
	char *words, *ours;

	if (!claims[0])
		return strdup("");
	if (asprintf(&words, "rd.vfio.claim=%s %s", claims, options) < 0)
		return NULL;
	ours = cmdline_with("", words);
	free(words);
	return ours;
}

static char *read_words(const char *sysroot)
{
	char *text = read_file(sysroot), *claims, *options = NULL, *words = NULL;

	if (!text)
		return NULL;
	claims = shell_value(text, "VFIO_CLAIM");
	if (claims)
		options = shell_value(text, "VFIO_CLAIM_OPTIONS");
	if (claims && options)
		words = join(claims, options);
	else
		no_setting(claims ? "VFIO_CLAIM_OPTIONS" : "VFIO_CLAIM");
	free(options);
	free(claims);
	free(text);
	return words;
}

/* All of the options that is not set by vfio-claim stays, but is not used without a claim. */
static char *new_options(const char *text, const char *words, const char *claims)
{
	char *old = shell_value(text, "VFIO_CLAIM_OPTIONS"), *claim = NULL, *others = NULL,
	     *options = NULL;

	if (asprintf(&claim, "rd.vfio.claim=%s", claims) < 0)
		claim = NULL;
	if (old && claim)
		others = cmdline_without(words, claim);
	if (others && !claims[0])
		options = cmdline_without(old, "intel_iommu=on iommu=pt");
	else if (others)
		options = strdup(old);
	free(old);
	old = options;
	options = old && others ? cmdline_with(old, others) : NULL;
	free(old);
	free(others);
	free(claim);
	return options;
}

/* The file with @words in it: a new string, or NULL after a message. */
static char *change_text(const char *text, const char *words)
{
	char *value = cmdline_value(words, "rd.vfio.claim");
	const char *claims = value ? value : "";
	char *options = new_options(text, words, claims), *half, *whole = NULL;

	half = options ? shell_with_value(text, "VFIO_CLAIM", claims) : NULL;
	whole = half ? shell_with_value(half, "VFIO_CLAIM_OPTIONS", options) : NULL;
	if (!whole)
		no_setting("VFIO_CLAIM");
	free(half);
	free(options);
	free(value);
	return whole;
}

static const char *update_command(const char *sysroot)
{
	return has_program(sysroot, "update-grub") ? "update-grub" : "grub-mkconfig -o " MENU;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *text = read_file(changes->sysroot), *fresh;

	(void)old;
	fresh = text ? change_text(text, words) : NULL;
	free(text);
	if (!fresh)
		return -1;
	changes_file(changes, FILE_NAME, fresh);
	free(fresh);
	if (!changes_any(changes) && boot_menu_is_as(changes->sysroot, words))
		return 0;
	changes_keep(changes, MENU);
	changes_command(changes, update_command(changes->sysroot));
	return 0;
}

const struct boot_config config_grub_d = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
