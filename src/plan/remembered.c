/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remembered.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/menu_default.h"
#include "../bootloader/proxmox/esp_copies.h"
#include "../host/claim_words.h"
#include "../host/file_backup.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "whereabouts.h"

#define FILE_NAME "/var/lib/vfio-claim/enabled"
#define CONF      "/etc/vfio-claim.conf"
#define BOOT_ID   "/proc/sys/kernel/random/boot_id"

static const char head[] = "# What 'vfio-claim enable' was asked for; 'vfio-claim disable' removes "
			   "this file.\n";

/* --- the file ----------------------------------------------------------------------------------
 */

/* Returns the value of a line "key = value", or NULL. */
static char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && strncmp(line + len, " = ", 3) == 0)
			return strndup(line + len + 3, strcspn(line + len + 3, "\n"));
	}
	return NULL;
}

/* Returns true if the boot that the file names is the running one, or either is unknown. */
static bool is_this_boot(const char *sysroot, const char *text)
{
	char *then = value_of(text, "boot"), *now = sysroot_read(sysroot, BOOT_ID);
	bool same = !then || !now || strcmp(then, now) == 0;

	free(now);
	free(then);
	return same;
}

int remembered_read(struct remembered *remembered, const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME), *place;

	*remembered = (struct remembered){ 0 };
	if (!text && errno == ENOENT)
		return 0;
	if (!text) {
		message_errno(errno, "cannot read %s" FILE_NAME, sysroot);
		return -1;
	}
	place = value_of(text, "place");
	remembered->words = value_of(text, "words");
	remembered->conf = place && strcmp(place, "conf") == 0;
	remembered->addon = place && strcmp(place, "addon") == 0;
	remembered->this_boot = is_this_boot(sysroot, text);
	free(place);
	free(text);
	return 0;
}

void remembered_free(struct remembered *remembered)
{
	free(remembered->words);
	*remembered = (struct remembered){ 0 };
}

bool remembered_any(const char *sysroot)
{
	return sysroot_has(sysroot, FILE_NAME);
}

/* Returns the file's text; NULL if out of memory. */
static char *make_text(const char *sysroot, const char *words, const char *place)
{
	char *boot = sysroot_read(sysroot, BOOT_ID), *devices = whereabouts_lines(sysroot, words);
	char *text;

	if (!devices ||
	    asprintf(&text, "%splace = %s\nwords = %s\n%s%s%s%s", head, place, words,
		     boot ? "boot = " : "", boot ? boot : "", boot ? "\n" : "", devices) < 0)
		text = NULL;
	free(devices);
	free(boot);
	return text;
}

/* Returns true if the file already says so. */
static bool is_so(const char *sysroot, const char *words, const char *place)
{
	char *text = file_text(sysroot, FILE_NAME);
	char *its_words = text ? value_of(text, "words") : NULL;
	char *its_place = text ? value_of(text, "place") : NULL;
	bool so = its_words && its_place && strcmp(its_words, words) == 0 &&
		  strcmp(its_place, place) == 0;

	free(its_place);
	free(its_words);
	free(text);
	return so;
}

void remembered_set(struct changes *changes, const char *words, const char *place)
{
	char *text;

	if (!place)
		place = "cmdline";
	if (!words[0]) {
		changes_file(changes, FILE_NAME, NULL);
		return;
	}
	if (!changes_any(changes) && is_so(changes->sysroot, words, place))
		return;
	text = make_text(changes->sysroot, words, place);
	if (text) {
		changes_file(changes, FILE_NAME, text);
	} else {
		message_errno(ENOMEM, "%s" FILE_NAME, changes->sysroot);
		changes->failed = true;
	}
	free(text);
}

/* --- what has been lost of it ------------------------------------------------------------------
 */

/* Returns the settings of a vfio-claim.conf(5) as words, "" for none; NULL if out of memory. */
static char *read_conf(const char *sysroot, const char *file)
{
	char *text = file_text(sysroot, file), *words = NULL;
	struct wishes wishes = { 0 };

	if (!text || wishes_read_conf(&wishes, text) == 0)
		words = wishes_words(&wishes);
	wishes_free(&wishes);
	free(text);
	return words;
}

/* The reasons why words are missing, and what to do. */
static const char lost[] = "a kernel update, or a tool that rewrites it, has dropped it; "
			   "'vfio-claim enable' sets it again";
static const char never_had[] = "it is one of those that 'vfio-claim enable' leaves without claims "
				"(recovery, fallback, rd.vfio=0); make another entry the default";

/*
 * Makes the sentence about words that @where lacks, with the reason @why; *@sentence stays NULL if
 * it has all.
 */
static int say_lack(char **sentence, const char *words, const char *has, const char *where,
		    const char *why)
{
	char *lacking = has ? cmdline_without(words, has) : NULL;
	int result = lacking ? 0 : -1;

	if (lacking && lacking[0] &&
	    asprintf(sentence, "%s lacks %s, which 'vfio-claim enable' set: %s", where, lacking,
		     why) < 0) {
		*sentence = NULL;
		result = -1;
	}
	free(lacking);
	return result;
}

/* Returns the entry that should have the words: the default one or, if that is not known, any. */
static const struct menu_entry *find_entry(const struct boot_menu *menu, const char *sysroot,
					   const char *words)
{
	struct menu_default found = menu_default_lasting(menu, sysroot);
	size_t i;

	for (i = 0; found.unknown && i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL &&
		    cmdline_has(menu->entry[i].cmdline, words))
			return &menu->entry[i];
	return found.entry;
}

/* Returns 0, or -1 if out of memory. */
static int compare_menu(const struct remembered *remembered, const char *sysroot, struct loss *loss)
{
	const struct menu_entry *entry;
	struct boot_menu menu;
	char *where = NULL;
	int result = 0;

	boot_menu_read(&menu, sysroot);
	entry = find_entry(&menu, sysroot, remembered->words);
	/*
	 * Nothing is known about an image whose command line cannot be read; and a named entry that
	 * was made the default has claims of its own.
	 */
	if (entry && entry->kind != MENU_NAMED && (entry->cmdline[0] || !entry->image)) {
		if (asprintf(&where, "the boot menu's default entry, in %s,",
			     esp_copies_name(entry->file)) < 0)
			where = NULL;
		loss->again = entry->kind == MENU_NORMAL;
		result = where ? say_lack(&loss->menu, remembered->words, entry->cmdline, where,
					  loss->again ? lost : never_had)
			       : -1;
	}
	free(where);
	boot_menu_free(&menu);
	return result;
}

/* Returns 0, or -1 if out of memory. */
static int compare_conf(const struct remembered *remembered, const char *sysroot, struct loss *loss)
{
	char *words = read_conf(sysroot, CONF);
	int result = say_lack(&loss->menu, remembered->words, words, CONF, lost);

	free(words);
	return result;
}

/*
 * Returns what this boot was asked for, by its command line or the file in its image; NULL:
 * unknown.
 */
static char *read_boot(const struct remembered *remembered, const char *sysroot)
{
	char *cmdline = sysroot_read(sysroot, "/proc/cmdline"), *conf, *both = NULL;

	if (!cmdline || !remembered->conf)
		return cmdline;
	conf = read_conf(sysroot, "/run/vfio-claim/conf");
	if (conf && asprintf(&both, "%s %s", cmdline, conf) < 0)
		both = NULL;
	free(conf);
	free(cmdline);
	return both;
}

/* Returns true if the boot was meant to be different: without claims, or with others. */
static bool is_other(const char *asked)
{
	char *off = cmdline_value(asked, "rd.vfio");
	bool other = off || cmdline_requests(asked);

	free(off);
	return other;
}

/* Returns 0, or -1 if out of memory. */
static int compare_boot(const struct remembered *remembered, const char *sysroot, struct loss *loss)
{
	char *asked = remembered->this_boot ? NULL : read_boot(remembered, sysroot);
	char *lacking =
		asked && !is_other(asked) ? cmdline_without(remembered->words, asked) : NULL;

	if (lacking && lacking[0] &&
	    asprintf(&loss->boot, "this boot was not asked for %s, which 'vfio-claim enable' set",
		     lacking) < 0)
		loss->boot = NULL;
	free(lacking);
	free(asked);
	return 0;
}

/* Returns true if a boot with the command line @asked claims by @remembered's words. */
static bool is_in_force(const struct remembered *remembered, const char *sysroot, const char *asked)
{
	char *cmdline = sysroot_read(sysroot, "/proc/cmdline");
	char *off = cmdline ? cmdline_value(cmdline, "rd.vfio") : NULL;
	bool replaced =
		cmdline && remembered->conf && cmdline_same_request(cmdline, remembered->words);
	bool in_force = !replaced && !(off && strcmp(off, "0") == 0) &&
			cmdline_has(asked, remembered->words);

	free(off);
	free(cmdline);
	return in_force;
}

bool remembered_has_boot(const char *sysroot)
{
	struct messages messages = { 0 }, *before = messages_collect(&messages);
	struct remembered remembered;
	char *asked = NULL;
	bool has;

	if (remembered_read(&remembered, sysroot) == 0 && remembered.words)
		asked = read_boot(&remembered, sysroot);
	has = asked && is_in_force(&remembered, sysroot, asked);
	free(asked);
	remembered_free(&remembered);
	messages_collect(before);
	messages_free(&messages);
	return has;
}

int remembered_compare(const struct remembered *remembered, const char *sysroot, struct loss *loss)
{
	int result;

	*loss = (struct loss){ .again = true };
	if (!remembered->words)
		return 0;
	result = remembered->conf ? compare_conf(remembered, sysroot, loss)
				  : compare_menu(remembered, sysroot, loss);
	if (result == 0)
		result = compare_boot(remembered, sysroot, loss);
	return result;
}

void loss_free(struct loss *loss)
{
	free(loss->menu);
	free(loss->boot);
	*loss = (struct loss){ 0 };
}
