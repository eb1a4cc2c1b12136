/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hand_written.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../host/config_lines.h"
#include "../boot_files.h"
#include "../menus/limine_menu.h"

#define BLANKS " \t\r"

void hand_written_free(struct hand_written *found)
{
	free(found->file);
	free(found->cmdline);
	*found = (struct hand_written){ 0 };
}

/* --- limine.conf -------------------------------------------------------------------------------
 */

/* Takes the first kernel command line of @text. */
static void take_first(struct hand_written *found, const char *text)
{
	struct limine_menu menu;
	size_t i, at;

	limine_menu_read(&menu, text);
	for (i = 0; i < menu.count && !found->cmdline; i++) {
		if (!menu.item[i].cmdline)
			continue;
		found->cmdline = strdup(menu.item[i].cmdline);
		found->number = 1;
		for (at = 0; at < menu.item[i].cmdline_at; at++)
			found->number += text[at] == '\n';
	}
	limine_menu_free(&menu);
}

void hand_written_limine(struct hand_written *found, const char *sysroot)
{
	struct string_set files = boot_files_limine(sysroot);
	char *text = files.count ? config_text(sysroot, files.name[0]) : NULL;

	*found = (struct hand_written){ 0 };
	if (text)
		take_first(found, text);
	if (found->cmdline)
		found->file = strdup(files.name[0]);
	if (!found->file)
		hand_written_free(found);
	free(text);
	string_set_free(&files);
}

/* --- refind.conf -------------------------------------------------------------------------------
 */

/* If @line begins with the word @name, returns what follows it and the blanks after it; or NULL. */
static const char *after(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || isalnum((unsigned char)line[len]) ||
	    line[len] == '_')
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

struct stanza {
	struct hand_written *found;
	unsigned int depth; /* of braces: 1 in a stanza, 2 in a submenu */
	bool disabled;
	unsigned int number; /* of the line with its options */
	char *cmdline;
};

/* Ends the stanza. Its options count if it is not disabled and they contain root=. */
static void end_stanza(struct stanza *stanza)
{
	struct hand_written *found = stanza->found;

	if (!found->cmdline && !stanza->disabled && stanza->cmdline &&
	    strstr(stanza->cmdline, "root=")) {
		found->cmdline = stanza->cmdline;
		found->number = stanza->number;
		found->in_quotes = true;
		stanza->cmdline = NULL;
	}
	free(stanza->cmdline);
	stanza->cmdline = NULL;
}

/* Takes the value in quotes of "options". */
static void take_options(struct stanza *stanza, const char *value, unsigned int number)
{
	size_t len;

	value += *value == '"';
	len = strcspn(value, "\"");
	free(stanza->cmdline);
	stanza->cmdline = strndup(value, len);
	stanza->number = number;
}

static void take_refind(void *to, struct config_line *line)
{
	const char *text = line->text + strspn(line->text, BLANKS), *value;
	struct stanza *stanza = to;

	if (*text == '#')
		return;
	if (after(text, "menuentry") || after(text, "submenuentry")) {
		if (!stanza->depth++)
			stanza->disabled = false;
	} else if (*text == '}' && stanza->depth) {
		if (!--stanza->depth)
			end_stanza(stanza);
	} else if (stanza->depth == 1 && (value = after(text, "options"))) {
		take_options(stanza, value, line->number);
	} else if (stanza->depth == 1 && after(text, "disabled")) {
		stanza->disabled = true;
	}
}

void hand_written_refind(struct hand_written *found, const char *sysroot)
{
	static const char *const files[] = {
		"/boot/EFI/refind/refind.conf",
		"/boot/EFI/BOOT/refind.conf",
		"/efi/EFI/refind/refind.conf",
		"/efi/EFI/BOOT/refind.conf",
		"/boot/efi/EFI/refind/refind.conf",
		"/boot/efi/EFI/BOOT/refind.conf",
		NULL,
	};
	struct stanza stanza = { .found = found };
	size_t i;

	*found = (struct hand_written){ 0 };
	for (i = 0; files[i] && !found->cmdline; i++) {
		config_lines(sysroot, files[i], false, take_refind, &stanza);
		if (found->cmdline)
			found->file = strdup(files[i]);
	}
	if (!found->file)
		hand_written_free(found);
	free(stanza.cmdline);
}
