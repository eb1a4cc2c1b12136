/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_grub_d.c - /etc/default/grub.d/vfio-claim.cfg (grub.d/vfio-claim.cfg), which grub-mkconfig
 * of Debian and its relatives reads; recovery entries do not get its words
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"

#define FILE_NAME "/etc/default/grub.d/vfio-claim.cfg"
#define MENU      "/boot/grub/grub.cfg"

/* The file as shipped, grub.d/vfio-claim.cfg; embedded by the Makefile. */
extern const char grub_d_file[];

/* Debian patches grub-mkconfig itself to read the directory. */
static bool is_here(const char *sysroot)
{
	char *program = find_program(sysroot, "grub-mkconfig"), *text;
	bool here;

	text = program ? config_text(sysroot, program) : NULL;
	here = text && strstr(text, "default/grub.d") && sysroot_has(sysroot, MENU);
	free(text);
	free(program);
	return here;
}

/* Returns the text of the file, or of the shipped one; NULL after printing an error. */
static char *read_file(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);

	if (!text && errno == ENOENT)
		text = strdup(grub_d_file);
	if (!text)
		message_error("cannot read " FILE_NAME ": %s", config_error(errno));
	return text;
}

/* Prints why a setting in @text cannot be used. */
static void say_trouble(const char *text, const char *name)
{
	unsigned int line;

	if (shell_trouble(text, name, &line))
		boot_config_say_trouble(FILE_NAME, text, name);
	else
		message_error(FILE_NAME
			      ": there is no %s=\"…\" in it: remove the file, then try again",
			      name);
}

/* Returns the words that the file's settings stand for; NULL if out of memory. */
static char *join(const char *claims, const char *options)
{
	char *words, *ours;

	if (!claims[0] && !strstr(options, "rd.vfio.vfs="))
		return strdup("");
	if (asprintf(&words, "%s%s %s", claims[0] ? "rd.vfio.claim=" : "", claims, options) < 0)
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
		say_trouble(text, claims ? "VFIO_CLAIM_OPTIONS" : "VFIO_CLAIM");
	free(options);
	free(claims);
	free(text);
	return words;
}

/*
 * Returns the options with @words; options that vfio-claim did not set stay, and are not used
 * without a claim or virtual functions.
 */
static char *new_options(const char *text, const char *words, const char *claims)
{
	char *old = shell_value(text, "VFIO_CLAIM_OPTIONS"), *claim = NULL, *others = NULL,
	     *options = NULL;

	if (asprintf(&claim, "rd.vfio.claim=%s", claims) < 0)
		claim = NULL;
	if (old && claim)
		others = cmdline_without(words, claim);
	if (others && !words[0])
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

/* Returns the file with @words in it: a new string, or NULL after printing an error. */
static char *change_text(const char *text, const char *words)
{
	char *value = cmdline_value(words, "rd.vfio.claim");
	const char *claims = value ? value : "";
	char *options = new_options(text, words, claims), *half, *whole = NULL;

	half = options ? shell_with_value(text, "VFIO_CLAIM", claims) : NULL;
	whole = half ? shell_with_value(half, "VFIO_CLAIM_OPTIONS", options) : NULL;
	if (!whole)
		say_trouble(half ? half : text, half ? "VFIO_CLAIM_OPTIONS" : "VFIO_CLAIM");
	free(half);
	free(options);
	free(value);
	return whole;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *text = read_file(changes->sysroot), *fresh;

	(void)old;
	fresh = text ? change_text(text, words) : NULL;
	if (fresh)
		changes_file(changes, FILE_NAME, fresh);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

static int make_menu(struct changes *changes)
{
	changes_keep(changes, MENU);
	if (has_program(changes->sysroot, "update-grub"))
		changes_run(changes, (const char *const[]){ "update-grub", NULL });
	else
		changes_run(changes, (const char *const[]){ "grub-mkconfig", "-o", MENU, NULL });
	return 0;
}

const struct boot_config config_grub_d = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menu,
	.loader = "GRUB",
};
