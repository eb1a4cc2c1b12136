/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grubenv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"

/* The size of the block, including its first line; unused space is filled with '#'. */
#define SIZE 1024

char *grubenv_text(const char *sysroot, const char *file)
{
	static const char *const others[] = { "/boot/grub2/grubenv", "/boot/grub/grubenv" };
	const char *slash = strrchr(file, '/');
	char *path, *text = NULL;
	size_t i;

	if (slash && asprintf(&path, "%.*s/grubenv", (int)(slash - file), file) >= 0) {
		text = config_text(sysroot, path);
		free(path);
	}
	for (i = 0; !text && i < sizeof(others) / sizeof(others[0]); i++)
		text = config_text(sysroot, others[i]);
	return text;
}

/* Returns the end of a line; a backslash escapes the next character. */
static const char *line_end(const char *line)
{
	while (*line && *line != '\n')
		line += *line == '\\' && line[1] ? 2 : 1;
	return line;
}

/* Returns a value without backslashes: a new string, or NULL if out of memory. */
static char *decode(const char *begin, const char *end)
{
	char *value = strndup(begin, (size_t)(end - begin)), *from = value, *to = value;

	if (!value)
		return NULL;
	for (; *from; *to++ = *from++)
		from += *from == '\\' && from[1];
	*to = '\0';
	return value;
}

char *grubenv_value(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = line_end(text);
		if (strncmp(text, name, len) == 0 && text[len] == '=')
			return decode(text + len + 1, end);
	}
	return NULL;
}

long grubenv_room(const char *text)
{
	size_t len = strlen(text), used = len;

	if (len > SIZE)
		return -1;
	while (used && text[used - 1] == '#')
		used--;
	return (long)(SIZE - used);
}
