/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_block.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the line "### BEGIN vfio-claim try ###" or its END in @text, or NULL. */
static const char *find_mark(const char *text, const char *which, const char *maker)
{
	const char *at = text;
	char *line;

	if (asprintf(&line, "### %s vfio-claim %s ###", which, maker) < 0)
		return NULL;
	while ((at = strstr(at, line)) && at != text && at[-1] != '\n')
		at++;
	free(line);
	return at;
}

/* Returns the whole block, or NULL if out of memory; "" without @text. */
static char *make_block(const char *maker, const char *text)
{
	char *block;

	if (!text)
		return strdup("");
	if (asprintf(&block,
		     "### BEGIN vfio-claim %s ###\n"
		     "# Made by vfio-claim %s; 'vfio-claim disable' removes it.\n"
		     "%s### END vfio-claim %s ###\n",
		     maker, maker, text, maker) < 0)
		return NULL;
	return block;
}

char *grub_block_place(const char *custom, const char *maker, const char *text)
{
	const char *old = custom ? custom : "", *begin = find_mark(old, "BEGIN", maker), *end;
	char *block, *fresh = NULL;
	bool joins;

	end = begin ? find_mark(begin, "END", maker) : old + strlen(old);
	if (!end) {
		errno = EINVAL;
		return NULL;
	}
	if (begin) {
		end += strcspn(end, "\n");
		end += *end == '\n';
	} else {
		begin = end;
	}
	joins = text && begin > old && begin[-1] != '\n';
	block = make_block(maker, text);
	if (block && asprintf(&fresh, "%.*s%s%s%s", (int)(begin - old), old, joins ? "\n" : "",
			      block, end) < 0)
		fresh = NULL;
	free(block);
	return fresh;
}

bool grub_block_is_in(const char *custom, const char *maker, const char *text)
{
	const char *begin = find_mark(custom, "BEGIN", maker);
	char *block = make_block(maker, text);
	bool is = begin && block && strncmp(begin, block, strlen(block)) == 0;

	free(block);
	return is;
}
