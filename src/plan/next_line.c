/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/grub/grubenv.h"
#include "../bootloader/menu_default.h"
#include "../bootloader/named/named_menu.h"
#include "../bootloader/proxmox/esp_copies.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "boot_plan.h"
#include "selector_args.h"

/* --- GRUB's variables --------------------------------------------------------------------------
 */

/* Returns the name of the variable that begins at @at, a '$', or NULL; moves *@end past it. */
static char *variable_name(const char *at, const char **end)
{
	bool braces = at[1] == '{';
	const char *name = at + 1 + braces, *c = name;

	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (c == name || (braces && *c != '}'))
		return NULL;
	*end = c + braces;
	return strndup(name, (size_t)(c - name));
}

/* Returns the value of the variable that begins at @at, or NULL to leave it as it is. */
static char *value_at(const char *environment, const char *at, const char **end)
{
	char *name = variable_name(at, end), *value;

	value = name ? grubenv_value(environment, name) : NULL;
	free(name);
	return value;
}

/* Returns a new string, or NULL if out of memory. */
static char *expand(const char *environment, const char *cmdline)
{
	const char *at = cmdline, *end;
	char *text = NULL, *value;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	while (out && *at) {
		value = *at == '$' ? value_at(environment, at, &end) : NULL;
		if (value)
			fputs(value, out);
		else
			fputc(*at, out);
		at = value ? end : at + 1;
		free(value);
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static char *expanded(const char *sysroot, const struct menu_entry *entry)
{
	char *environment = strchr(entry->cmdline, '$') ? grubenv_text(sysroot, entry->file) : NULL;
	char *cmdline = environment ? expand(environment, entry->cmdline) : strdup(entry->cmdline);

	free(environment);
	return cmdline;
}

/* --- where it comes from -----------------------------------------------------------------------
 */

/* @why and @what: the beginning of the warning. Returns 0, or -1 after printing an error. */
static int take_running(struct next_line *line, const char *sysroot, const char *why,
			const char *what)
{
	if (boot_plan_read_cmdline(sysroot, &line->cmdline) < 0)
		return -1;
	message_warning("%s%s: assuming that the next boot has the running command line", why,
			what);
	return 0;
}

/* Returns 0, or -1 after printing an error. */
static int take_entry(struct next_line *line, const char *sysroot, const struct menu_entry *entry)
{
	line->cmdline = expanded(sysroot, entry);
	line->file = strdup(esp_copies_name(entry->file));
	line->kver = entry->kver ? strdup(entry->kver) : NULL;
	line->recovery = entry->kind == MENU_RECOVERY;
	if (line->cmdline && line->file)
		return 0;
	message_errno(ENOMEM, "the boot menu");
	return -1;
}

/* Returns 0, or -1 after printing an error. */
static int take(struct next_line *line, const char *sysroot, const struct menu_default *found)
{
	const struct menu_entry *entry = found->entry;

	if (!entry)
		return take_running(line, sysroot, "no boot menu can be read", "");
	if (entry->image && !entry->cmdline[0])
		return take_running(line, sysroot, "no command line can be read in ", entry->file);
	if (found->unknown)
		message_warning("cannot tell which entry of the boot menu is the default (%s): "
				"assuming the first one, in %s",
				found->unknown, esp_copies_name(entry->file));
	return take_entry(line, sysroot, entry);
}

typedef struct menu_default choose_fn(const struct boot_menu *menu, const char *sysroot);

static int find(struct next_line *line, const char *sysroot, choose_fn *choose)
{
	struct menu_default found;
	struct boot_menu menu;
	int result;

	*line = (struct next_line){ 0 };
	boot_menu_read(&menu, sysroot);
	found = choose(&menu, sysroot);
	if (!found.entry)
		boot_menu_check(&menu, sysroot);
	result = take(line, sysroot, &found);
	boot_menu_free(&menu);
	if (result == 0 && !line->kver)
		line->kver = boot_plan_running_kernel(sysroot);
	return line->kver ? result : -1;
}

int next_line_find(struct next_line *line, const char *sysroot)
{
	return find(line, sysroot, menu_default_next);
}

int next_line_find_lasting(struct next_line *line, const char *sysroot)
{
	return find(line, sysroot, menu_default_lasting);
}

int next_line_find_named(struct next_line *line, const char *sysroot, const char *name)
{
	const struct menu_entry *entry;
	struct boot_menu menu;
	int result = -1;

	*line = (struct next_line){ 0 };
	boot_menu_read(&menu, sysroot);
	entry = named_menu_find(&menu, sysroot, name);
	if (entry)
		result = take_entry(line, sysroot, entry);
	else if (boot_menu_check(&menu, sysroot) == 0)
		message_error("the boot menu has no entry '%s': 'vfio-claim enable --entry %s SEL' "
			      "adds one",
			      name, name);
	boot_menu_free(&menu);
	if (result == 0 && !line->kver)
		line->kver = boot_plan_running_kernel(sysroot);
	return line->kver ? result : -1;
}

void next_line_free(struct next_line *line)
{
	free(line->cmdline);
	free(line->kver);
	free(line->file);
	*line = (struct next_line){ 0 };
}

char *next_line_with(const char *line, const char *selectors)
{
	char *word = selectors ? selector_args_word(selectors) : NULL, *whole = NULL;

	if (!selectors)
		whole = strdup(line);
	else if (word)
		whole = cmdline_with(line, word);
	if (!whole)
		message_error("the next boot: %s", config_error(errno));
	free(word);
	return whole;
}
