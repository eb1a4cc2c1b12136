/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mask_secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../host/config_lines.h"
#include "../host/sysroot_files.h"

#define FIRST_USER 1000 /* the lowest ID of a person (login.defs(5)) */
#define NOBODY     65534

/* Characters between words. */
#define SEPARATORS " \t,;()[]{}<>|\"'"

/* Characters that end an unknown value. */
#define VALUE_END " \t)]}>\"'"

/* Characters that may follow a word. */
#define TRAILING ".:!?#"

/* --- names -------------------------------------------------------------------------------------
 */

/* This program's own words stay readable, whatever the names of the machine and its users. */
static bool is_ours(const char *name)
{
	static const char *const words[] = { "vfio",   "pci",   "iommu",    "claim",  "driver",
					     "device", "group", "kernel",   "boot",   "root",
					     "linux",  "user",  "drm",      "nvidia", "intel",
					     "amd",    "admin", "localhost" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i], name) == 0)
			return true;
	return false;
}

/* Skips names of one letter and invalid names ("(none)", ".x"), which would match everywhere. */
static void add_name(struct string_set *names, const char *name)
{
	if (isalnum((unsigned char)name[0]) && name[1] && !is_ours(name))
		string_set_add(names, name);
}

/* A host is also known by the first part of its name. */
static void add_hosts(struct mask *mask, const char *sysroot)
{
	char *host = sysroot_read(sysroot, "/proc/sys/kernel/hostname");

	if (host) {
		add_name(&mask->hosts, host);
		host[strcspn(host, ".")] = '\0';
		add_name(&mask->hosts, host);
	}
	free(host);
}

/* A line of passwd(5). */
static void add_user(void *to, struct config_line *line)
{
	struct mask *mask = to;
	char *rest = line->text, *name = strsep(&rest, ":");
	unsigned long id;

	if (!rest || !strsep(&rest, ":") || !rest)
		return;
	id = strtoul(rest, NULL, 10);
	if (id >= FIRST_USER && id != NOBODY)
		add_name(&mask->users, name);
}

int mask_begin(struct mask *mask, const char *sysroot, bool off)
{
	*mask = (struct mask){ .off = off };
	if (mask_forms_begin(mask) < 0)
		return -ENOMEM;
	add_hosts(mask, sysroot);
	config_lines(sysroot, "/etc/passwd", false, add_user, mask);
	return 0;
}

void mask_free(struct mask *mask)
{
	mask_forms_free(mask);
	while (mask->count)
		free(mask->secret[--mask->count].text);
	free(mask->secret);
	string_set_free(&mask->hosts);
	string_set_free(&mask->users);
}

/* --- a line ------------------------------------------------------------------------------------
 */

static bool has_digit(const char *text, size_t len)
{
	while (len--)
		if (isdigit((unsigned char)text[len]))
			return true;
	return false;
}

/* Returns true if @word is a hexadecimal number, with "0x" or without. */
static bool is_number(const char *word)
{
	if (word[0] == '0' && tolower((unsigned char)word[1]) == 'x')
		word += 2;
	return !word[strspn(word, "0123456789abcdefABCDEF")];
}

/*
 * Prints a word, depending on the words before it: after "serial number" it is a secret, and so is
 * what follows the colon in "password:x".
 */
static void put_announced(struct scan *scan, char *word, const char *trailing)
{
	size_t len = strlen(word), name = strcspn(word, ":");
	enum mask_announcement next = scan->next;

	if (next != MASK_NOTHING && mask_is_number_word(word, len)) {
		scan->next = MASK_NEXT;
		mask_put(scan, word, len);
	} else if (next == MASK_NEXT || (next == MASK_SERIAL && has_digit(word, len))) {
		scan->next = MASK_NOTHING;
		mask_put_secret(scan, word, len, "masked");
	} else if (word[name] && mask_announces(word, name, true) == MASK_NEXT) {
		mask_put(scan, word, name + 1);
		mask_put_secret(scan, word + name + 1, len - name - 1, "masked");
	} else {
		scan->next = mask_announces(word, len, trailing[0] && strchr(":#", trailing[0]));
		if (scan->number && is_number(word))
			mask_put(scan, word, len);
		else
			mask_put_word(scan, word);
		scan->number = mask_announces_number(word, len);
	}
}

/* Prints @len bytes without separators. */
static void put_chunk(struct scan *scan, const char *chunk, size_t len)
{
	char *word, *trailing;
	size_t end = len;

	/* "fe80::" ends with its last colon. */
	while (end && strchr(TRAILING, chunk[end - 1]) &&
	       (end < 2 || strncmp(chunk + end - 2, "::", 2) != 0))
		end--;
	/* "serial = X", "serial: #X" */
	if (!end || strspn(chunk, "=#:-") >= len) {
		if (len && scan->next == MASK_SERIAL && strchr("=:#", chunk[0]))
			scan->next = MASK_NEXT;
		mask_put(scan, chunk, len);
		return;
	}
	word = strndup(chunk, end);
	trailing = strndup(chunk + end, len - end);
	if (word && trailing)
		put_announced(scan, word, trailing);
	if (trailing)
		mask_put(scan, trailing, len - end);
	free(trailing);
	free(word);
}

/* Returns the length of a value: up to the closing quote, or to the end of an unknown value. */
static size_t value_length(const char *value)
{
	size_t len;

	if (*value != '"' && *value != '\'') {
		len = strcspn(value, VALUE_END);
		while (len && strchr(",;.:", value[len - 1]))
			len--;
		return len;
	}
	len = strcspn(value + 1, *value == '"' ? "\"" : "'") + 1;
	return value[len] ? len + 1 : len;
}

/* Prints "key=value" whose key is not known to be harmless. */
static void put_unknown(struct scan *scan, const char *key, size_t key_len, const char *value,
			size_t len)
{
	char *name = strndup(key, key_len);

	if (name)
		mask_put_key(scan, name);
	free(name);
	fputc('=', scan->out);
	if (!mask_key_is_secret(key, key_len) && mask_value_is_plain(value, len))
		mask_put(scan, value, len);
	else if (len)
		mask_put_secret(scan, value, len, "masked");
	scan->next = MASK_NOTHING;
}

/*
 * Prints "key=value" whose key ends at @equal; but of a harmless key, only "key=", since its value
 * is examined like any other text. Returns where the printed text ends.
 */
static const char *put_assignment(struct scan *scan, const char *at, const char *equal)
{
	const char *key = equal;
	size_t len, value_len;

	while (key > at && (isalnum((unsigned char)key[-1]) || strchr("_.-", key[-1])))
		key--;
	len = (size_t)(equal - key);
	put_chunk(scan, at, (size_t)(key - at));
	if (!mask_key_is_harmless(key, len)) {
		value_len = value_length(equal + 1);
		put_unknown(scan, key, len, equal + 1, value_len);
		return equal + 1 + value_len;
	}
	mask_put(scan, key, len + 1);
	scan->next = MASK_NOTHING;
	scan->number = strncmp(equal + 1, "0x", 2) == 0;
	return equal + 1;
}

/* Prints what begins at @at, which is not a separator. Returns where it ends. */
static const char *put_next(struct scan *scan, const char *at)
{
	size_t len = strcspn(at, SEPARATORS);
	const char *equal = memchr(at, '=', len);
	char *chunk = strndup(at, len);
	bool key = chunk && mask_is_base64(scan->mask, chunk);

	free(chunk);
	if (key) {
		mask_put_secret(scan, at, len, "masked");
		return at + len;
	}
	if (equal && equal > at && (isalnum((unsigned char)equal[-1]) || equal[-1] == '_'))
		return put_assignment(scan, at, equal);
	put_chunk(scan, at, len);
	return at + len;
}

static void put_line(struct scan *scan, const char *at)
{
	size_t len;

	while (*at) {
		len = value_length(at);
		if (scan->next == MASK_NEXT && strchr("\"'", *at)) {
			mask_put_secret(scan, at, len, "masked");
			scan->next = MASK_NOTHING;
			at += len;
		} else if (strchr(SEPARATORS, *at)) {
			fputc(*at++, scan->out);
		} else {
			at = put_next(scan, at);
		}
	}
}

/* Returns the output of @put_all for @line: a new string, or NULL without memory. */
static char *scanned(struct mask *mask, const char *line,
		     void (*put_all)(struct scan *, const char *))
{
	struct scan scan = { .mask = mask };
	char *text = NULL;
	size_t size = 0;

	if (mask->off)
		return strdup(line);
	scan.out = open_memstream(&text, &size);
	if (!scan.out)
		return NULL;
	put_all(&scan, line);
	if (fclose(scan.out) == 0)
		return text;
	free(text);
	return NULL;
}

char *mask_line(struct mask *mask, const char *line)
{
	return scanned(mask, line, put_line);
}

/* --- names alone, and the command line ---------------------------------------------------------
 */

static void put_names(struct scan *scan, const char *at)
{
	const struct mask *mask = scan->mask;
	struct part part;

	for (;;) {
		part = mask_find_name(mask, at);
		if (!part.len)
			break;
		mask_put(scan, at, part.at);
		mask_put_secret(scan, at + part.at, part.len, part.kind);
		at += part.at + part.len;
	}
	mask_put(scan, at, strlen(at));
}

char *mask_names(struct mask *mask, const char *text)
{
	return scanned(mask, text, put_names);
}

static void put_param(struct scan *scan, const struct param *param)
{
	char *text;

	if (!param->value) {
		if (mask_flag_is_harmless(param->name))
			mask_put(scan, param->name, strlen(param->name));
		else
			mask_put_secret(scan, param->name, strlen(param->name), "masked");
	} else if (mask_key_is_harmless(param->name, strlen(param->name)) &&
		   asprintf(&text, "%s=%s", param->name, param->value) >= 0) {
		put_line(scan, text);
		free(text);
	} else {
		put_unknown(scan, param->name, strlen(param->name), param->value,
			    strlen(param->value));
	}
}

static void put_params(struct scan *scan, const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	const char *separator = "";
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		fputs(separator, scan->out);
		put_param(scan, &param);
		separator = " ";
	}
	free(copy);
}

char *mask_cmdline(struct mask *mask, const char *cmdline)
{
	return scanned(mask, cmdline, put_params);
}
