/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"

#include <string.h>

/* The kernel's isspace() (lib/ctype.c), which includes Latin-1's no-break space. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
}

static char *skip_spaces(char *c)
{
	while (is_space(*c))
		c++;
	return c;
}

/* Removes a closing quote just before @end; the kernel only looks at the last character. */
static void drop_quote(char *begin, char *end)
{
	if (end > begin && end[-1] == '"')
		end[-1] = '\0';
}

bool param_next(char **cursor, struct param *param)
{
	char *begin = skip_spaces(*cursor);
	char *end, *equals = NULL;
	bool quoted = *begin == '"';
	bool in_quote = quoted;

	begin += quoted;
	for (end = begin; *end && (in_quote || !is_space(*end)); end++) {
		/* An '=' in front of everything is part of the name. */
		if (*end == '=' && !equals && end > begin)
			equals = end;
		if (*end == '"')
			in_quote = !in_quote;
	}
	if (end == begin && !*end)
		return false;

	*cursor = *end ? end + 1 : end;
	*end = '\0';
	param->name = begin;
	param->value = NULL;
	if (equals) {
		*equals = '\0';
		param->value = equals + 1;
	}
	if (equals && *param->value == '"') {
		param->value++;
		drop_quote(param->value, end);
	} else if (quoted) {
		drop_quote(begin, end);
	}
	return param->value || strcmp(param->name, "--");
}

bool param_named(const struct param *param, const char *name)
{
	const char *own = param->name;

	while (*own && (*own == '-' ? '_' : *own) == (*name == '-' ? '_' : *name)) {
		own++;
		name++;
	}
	return !*own && !*name;
}

char *param_item(char **cursor, const char *separators)
{
	char *begin = *cursor;
	char *end;

	while (*begin && (is_space(*begin) || strchr(separators, *begin)))
		begin++;
	if (!*begin)
		return NULL;
	for (end = begin; *end && !strchr(separators, *end); end++)
		;
	*cursor = *end ? end + 1 : end;
	while (is_space(end[-1]))
		end--;
	*end = '\0';
	return begin;
}
