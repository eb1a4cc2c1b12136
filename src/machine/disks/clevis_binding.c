/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clevis_binding.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "token_json.h"

/* The "sss" pin may contain others; this is deep enough for any real nesting. */
#define DEPTH 4

/* What a binding requires, taking all its pins together. */
struct binding {
	uint32_t pcrs;
	int tpm_pins;   /* that depend on PCRs */
	int other_pins; /* and those that do not */
	bool optional;
};

static int digit_of(char letter)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = letter ? strchr(digits, letter) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes base64url (RFC 4648, section 5) up to the first '.'; the text is new. NULL: -ENOMEM. */
static char *decode(const char *text, size_t len, size_t *decoded)
{
	char *data = malloc(len + 1);
	unsigned int bits = 0, held = 0;
	size_t i, used = 0;
	int digit;

	for (i = 0; data && i < len && (digit = digit_of(text[i])) >= 0; i++) {
		bits = (bits << 6 | (unsigned int)digit) & 0xffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		data[used++] = (char)(bits >> held & 0xff);
	}
	*decoded = used;
	return data;
}

/* "4,8,9", or an array of numbers. */
static uint32_t pcrs_of_pin(struct json_object *pin)
{
	struct json_object *text = token_member(pin, "pcr_ids", json_type_string);
	const char *at = text ? json_object_get_string(text) : "";
	uint32_t pcrs = 0;
	char *end;
	long number;

	if (!text)
		return token_pcrs(token_member(pin, "pcr_ids", json_type_array));
	for (; *at; at = *end ? end + 1 : end) {
		number = strtol(at, &end, 10);
		if (end == at)
			end++;
		else
			pcrs |= token_pcr(number);
	}
	return pcrs;
}

static int read_pin(struct binding *binding, const char *jwe, size_t len, int depth);

/* Shamir's secret sharing: as many of the pins as "t" says are enough. */
static int read_shared(struct binding *binding, struct json_object *shared, int depth)
{
	struct json_object *list = token_member(shared, "jwe", json_type_array), *jwe;
	struct json_object *threshold = token_member(shared, "t", json_type_int);
	size_t i, count = list ? json_object_array_length(list) : 0;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		jwe = json_object_array_get_idx(list, i);
		if (!json_object_is_type(jwe, json_type_string))
			return -EBADMSG;
		err = read_pin(binding, json_object_get_string(jwe),
			       (size_t)json_object_get_string_len(jwe), depth);
	}
	if (binding->tpm_pins && threshold && json_object_get_int(threshold) <= binding->other_pins)
		binding->optional = true;
	return err;
}

/* @clevis: {"pin": "tpm2", "tpm2": {...}} */
static int read_clevis(struct binding *binding, struct json_object *clevis, int depth)
{
	struct json_object *name = token_member(clevis, "pin", json_type_string);
	const char *pin = name ? json_object_get_string(name) : "";
	uint32_t pcrs;

	if (strcmp(pin, "sss") == 0)
		return read_shared(binding, token_member(clevis, "sss", json_type_object),
				   depth + 1);
	pcrs = strcmp(pin, "tpm2") == 0
		       ? pcrs_of_pin(token_member(clevis, "tpm2", json_type_object))
		       : 0;
	binding->pcrs |= pcrs;
	*(pcrs ? &binding->tpm_pins : &binding->other_pins) += 1;
	return 0;
}

/* @jwe: its first part is the header, and says which pin it is. Returns 0 or a negative errno. */
static int read_pin(struct binding *binding, const char *jwe, size_t len, int depth)
{
	struct json_object *protected, *clevis;
	size_t decoded = 0;
	char *text;
	int err = -EBADMSG;

	if (depth > DEPTH)
		return err;
	text = decode(jwe, len, &decoded);
	if (!text)
		return -ENOMEM;
	protected = token_parse(text, decoded);
	clevis = protected ? token_member(protected, "clevis", json_type_object) : NULL;
	if (clevis)
		err = read_clevis(binding, clevis, depth);
	json_object_put(protected);
	free(text);
	return err;
}

int clevis_binding_add(struct luks_header *header, const char *jwe, size_t len, int slot)
{
	struct tpm_key key = { .tool = TPM_BY_CLEVIS, .slot = slot };
	struct binding binding = { 0 };
	int err = read_pin(&binding, jwe, len, 0);

	key.pcrs = binding.pcrs;
	key.optional = binding.optional;
	/* One that needs no TPM is of no interest, but its slot is no passphrase either. */
	return err ? err : luks_header_add(header, &key);
}
