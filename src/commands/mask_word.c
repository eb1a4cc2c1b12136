/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mask_word.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"

/*
 * Forms of secrets within a word, longer ones first: otherwise a MAC address would be taken for
 * part of an IP address.
 */
static const struct {
	const char *pattern, *kind;
} forms[MASK_FORMS] = {
	{ "\\b(iqn|nqn)[.][0-9]{4}-.*", "serial" },
	{ "\\b(wwn-|naa[.]|eui[.]|t10[.]).*", "serial" },
	{ "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b", "uuid" },
	{ "[a-z0-9._%+-]+@[a-z0-9._-]+", "mail" },
	{ "\\b([0-9a-f]{2}[:-]){5,19}[0-9a-f]{2}\\b", "mac" },
	{ "\\b[0-9a-f]{4}[.][0-9a-f]{4}[.][0-9a-f]{4}\\b", "mac" },
	{ "\\b(enx|wlx)?[0-9a-f]{12}\\b", "mac" },
	{ "\\b([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\\b", "ip" },
	{ "\\b([0-9a-f]{1,4}:){6}[0-9]{1,3}([.][0-9]{1,3}){3}\\b", "ip" },
	{ "[0-9a-f:]*::([0-9a-f]{1,4}:)*[0-9]{1,3}([.][0-9]{1,3}){3}\\b", "ip" },
	{ "([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?", "ip" },
	{ "\\b[0-9]{1,3}([.][0-9]{1,3}){3}\\b", "ip" },
	/* A key in base64, as WireGuard's. */
	{ "^[a-z0-9+/]{42,}=*$", "masked" },
};

#define FORM_KEY (MASK_FORMS - 1)

int mask_forms_begin(struct mask *mask)
{
	int i;

	for (i = 0; i < MASK_FORMS; i++) {
		if (regcomp(&mask->form[i], forms[i].pattern, REG_EXTENDED | REG_ICASE) == 0)
			continue;
		while (i--)
			regfree(&mask->form[i]);
		return -ENOMEM;
	}
	return 0;
}

void mask_forms_free(struct mask *mask)
{
	int i;

	for (i = 0; i < MASK_FORMS; i++)
		regfree(&mask->form[i]);
}

/* --- one secret --------------------------------------------------------------------------------
 */

/* Returns the text that identifies a secret: a new string, or NULL without memory. */
static char *normalize(const char *secret, size_t len, const char *kind)
{
	bool mac = strcmp(kind, "mac") == 0;
	char *text = strndup(secret, len), *from, *to;

	if (!text)
		return NULL;
	for (from = to = text; *from; from++)
		if (!mac || isxdigit((unsigned char)*from))
			*to++ = (char)tolower((unsigned char)*from);
	*to = '\0';
	/* "enx" and the address. */
	if (mac && strncasecmp(secret, "enx", 3) == 0)
		memmove(text, text + 1, strlen(text));
	return text;
}

/* Returns the secret with this text, which is taken over, or NULL without memory. */
static const struct mask_secret *remember(struct mask *mask, char *text, const char *kind)
{
	struct mask_secret secret = { text, kind };
	size_t i;

	for (i = 0; i < mask->count; i++) {
		if (strcmp(mask->secret[i].text, text) != 0)
			continue;
		free(text);
		return &mask->secret[i];
	}
	if (array_add(&mask->secret, &mask->count, &secret, sizeof(secret)) == 0)
		return &mask->secret[mask->count - 1];
	free(text);
	return NULL;
}

void mask_put_secret(struct scan *scan, const char *secret, size_t len, const char *kind)
{
	char *text = normalize(secret, len, kind);
	const struct mask_secret *entry = text ? remember(scan->mask, text, kind) : NULL;

	if (entry)
		fprintf(scan->out, "<%s-%zu>", entry->kind,
			(size_t)(entry - scan->mask->secret) + 1);
	else
		fprintf(scan->out, "<%s>", kind);
}

void mask_put(struct scan *scan, const char *text, size_t len)
{
	fwrite(text, 1, len, scan->out);
}

/* --- a word ------------------------------------------------------------------------------------
 */

/* Finds a name that is not part of a longer word. */
static struct part find_name(const char *word, const struct string_set *names, const char *kind)
{
	const char *at;
	size_t i, len;

	for (i = 0; i < names->count; i++) {
		len = strlen(names->name[i]);
		for (at = word; (at = strcasestr(at, names->name[i])); at++)
			if ((at == word || !isalnum((unsigned char)at[-1])) &&
			    !isalnum((unsigned char)at[len]))
				return (struct part){ (size_t)(at - word), len, kind };
	}
	return (struct part){ 0 };
}

static struct part find_form(const struct mask *mask, const char *word)
{
	regmatch_t match;
	int i;

	for (i = 0; i < MASK_FORMS; i++)
		if (i != FORM_KEY && regexec(&mask->form[i], word, 1, &match, 0) == 0)
			return (struct part){ (size_t)match.rm_so,
					      (size_t)(match.rm_eo - match.rm_so), forms[i].kind };
	return (struct part){ 0 };
}

/* Returns true if @text consists of 2 to 6 hexadecimal fields, as an ID does. */
static bool is_id(const char *text)
{
	size_t fields = 0, len, widest = 0;

	for (;; text++) {
		len = strspn(text, "0123456789abcdefABCDEFx*");
		if (!len || len > 10)
			return false;
		widest = len > widest ? len : widest;
		fields++;
		text += len;
		if (*text != ':')
			break;
	}
	/* Six fields of two digits are a MAC address. */
	return !*text && fields >= 2 && fields <= 6 && (fields < 6 || widest > 2);
}

/* Returns true if @word is an ID, or a slot or path with a guard. */
static bool is_selector(const char *word)
{
	const char *guard = strchr(word, '@');
	size_t address = strspn(word, "0123456789abcdefABCDEF:./*");

	return guard ? word + address == guard && is_id(guard + 1) : is_id(word);
}

/* Prints the runs of letters and digits one by one; the other characters are harmless. */
static void put_pieces(struct scan *scan, const char *word)
{
	size_t len;

	while (*word) {
		for (len = 0; isalnum((unsigned char)word[len]); len++)
			;
		if (len && !mask_piece_is_harmless(word, len))
			mask_put_secret(scan, word, len, "masked");
		else
			mask_put(scan, word, len ? len : 1);
		word += len ? len : 1;
	}
}

static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (!isalpha((unsigned char)*word) && *word != '_' && *word != '-')
			return false;
	return true;
}

/* Returns true for a path, also on another machine ("server:/export"), but not "fe80::/10". */
static bool is_path(const char *word)
{
	const char *remote = strstr(word, ":/");

	return word[0] == '/' || word[0] == '~' || strstr(word, "//") ||
	       (remote && remote[strspn(remote, ":/0123456789")]);
}

struct part mask_find_name(const struct mask *mask, const char *text)
{
	struct part part = find_name(text, &mask->hosts, "host");

	return part.len ? part : find_name(text, &mask->users, "user");
}

bool mask_is_base64(const struct mask *mask, const char *word)
{
	return word[0] != '/' && strpbrk(word, "0123456789") &&
	       regexec(&mask->form[FORM_KEY], word, 0, NULL, 0) == 0;
}

static struct part find_secret(const struct mask *mask, const char *word)
{
	struct part part = { 0 };

	if (!is_plain(word) && !is_selector(word))
		part = find_form(mask, word);
	return part.len ? part : mask_find_name(mask, word);
}

/* Prints a word, which is cut up, and masks names and the forms of secrets in it. */
void mask_put_key(struct scan *scan, char *word)
{
	struct part part;
	char first;

	while ((part = find_secret(scan->mask, word)).len) {
		first = word[part.at];
		word[part.at] = '\0';
		put_pieces(scan, word);
		word += part.at;
		*word = first;
		mask_put_secret(scan, word, part.len, part.kind);
		word += part.len;
	}
	put_pieces(scan, word);
}

/* Prints a path whose first @harmless bytes are harmless. */
static void put_path(struct scan *scan, char *path, size_t harmless)
{
	char first = path[harmless];

	path[harmless] = '\0';
	mask_put_key(scan, path);
	path[harmless] = first;
	mask_put_secret(scan, path + harmless, strlen(path + harmless), "masked");
}

/* Prints a word, which is cut up, and masks the secrets in it. */
void mask_put_word(struct scan *scan, char *word)
{
	size_t len = strlen(word), harmless = is_path(word) ? mask_path_harmless(word, len) : len;

	if (is_selector(word)) {
		mask_put(scan, word, len);
	} else if (mask_is_domain(word, len) && !find_form(scan->mask, word).len) {
		mask_put_secret(scan, word, len, "host");
	} else if (harmless == len) {
		mask_put_key(scan, word);
	} else {
		put_path(scan, word, harmless);
	}
}
