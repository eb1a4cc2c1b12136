/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hand_written.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../host/config_lines.h"
#include "../boot_files.h"

#define BLANKS " \t\r"

void hand_written_free(struct hand_written *found)
{
	free(found->file);
	free(found->cmdline);
	*found = (struct hand_written){ 0 };
}

/* Tries the files in turn until one has a line. */
static void find_in(struct hand_written *found, const char *sysroot, const char *const *files,
		    config_line_fn *take, void *to)
{
	for (*found = (struct hand_written){ 0 }; *files && !found->cmdline; files++) {
		config_lines(sysroot, *files, false, take, to);
		if (found->cmdline)
			found->file = strdup(*files);
	}
	if (!found->file)
		hand_written_free(found);
}

/* If @line begins with the word @name, returns what follows it and blanks; or NULL. */
static const char *after(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || isalnum((unsigned char)line[len]) ||
	    line[len] == '_')
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

/* --- limine.conf -------------------------------------------------------------------------------
 */

/* "cmdline: root=..." */
static void take_limine(void *to, struct config_line *line)
{
	const char *text = line->text + strspn(line->text, BLANKS), *value;
	struct hand_written *found = to;

	value = after(text, "cmdline");
	if (!value)
		value = after(text, "kernel_cmdline");
	if (found->cmdline || !value || *value != ':')
		return;
	value++;
	found->cmdline = strdup(value + strspn(value, BLANKS));
	found->number = line->number;
}

void hand_written_limine(struct hand_written *found, const char *sysroot)
{
	struct string_set files = boot_files_limine(sysroot);

	*found = (struct hand_written){ 0 };
	if (files.count)
		find_in(found, sysroot, (const char *const *)files.name, take_limine, found);
	string_set_free(&files);
}

/* --- refind.conf -------------------------------------------------------------------------------
 */

struct stanza {
	struct hand_written *found;
	unsigned int depth; /* of braces: 1 in a stanza, 2 in a submenu */
	bool disabled;
	unsigned int number; /* of the line with its options */
	char *cmdline;
};

/* Ends the stanza. Its options count if it is not disabled and they start a Linux. */
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

	find_in(found, sysroot, files, take_refind, &stanza);
	free(stanza.cmdline);
}
