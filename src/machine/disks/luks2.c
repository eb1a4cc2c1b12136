/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luks2.h"

#include <errno.h>
#include <json-c/json_object_iterator.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../host/string_set.h"
#include "big_endian.h"
#include "clevis_binding.h"
#include "token_json.h"

/* The binary header, and what it may say (section 2). */
#define SIZE_AT  8 /* of the header with its JSON */
#define JSON_AT  4096
#define SMALLEST (16 * 1024)
#define LARGEST  TOKEN_JSON_MAX

static const unsigned char second_magic[] = { 'S', 'K', 'U', 'L', 0xba, 0xbe };

static bool is_true(struct json_object *object, const char *key)
{
	struct json_object *value = token_member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

/* The first of a token's "keyslots", which are strings; -1 for none. */
static int slot_of(struct json_object *token)
{
	struct json_object *slots = token_member(token, "keyslots", json_type_array), *slot;

	slot = slots ? json_object_array_get_idx(slots, 0) : NULL;
	return slot ? json_object_get_int(slot) : -1;
}

/* The JWE of a token is in its flattened form (RFC 7516, section 7.2.2) or in the compact one. */
static int take_clevis(struct luks_header *header, struct json_object *token)
{
	struct json_object *jwe = token_member(token, "jwe", json_type_object), *text;

	text = jwe ? token_member(jwe, "protected", json_type_string)
		   : token_member(token, "jwe", json_type_string);
	if (!text)
		return -EBADMSG;
	return clevis_binding_add(header, json_object_get_string(text),
				  (size_t)json_object_get_string_len(text), slot_of(token));
}

static int take_systemd(struct luks_header *header, struct json_object *token)
{
	const struct tpm_key key = {
		.tool = TPM_BY_SYSTEMD,
		.pcrs = token_pcrs(token_member(token, "tpm2-pcrs", json_type_array)),
		.signed_pcrs = token_pcrs(token_member(token, "tpm2_pubkey_pcrs", json_type_array)),
		.pcrlock = is_true(token, "tpm2_pcrlock"),
		.pin = is_true(token, "tpm2-pin"),
		.slot = slot_of(token),
	};

	return luks_header_add(header, &key);
}

/* Adds what one token stands for, and the key slots that it opens to @bound. */
static int take_token(struct luks_header *header, struct json_object *token,
		      struct string_set *bound)
{
	struct json_object *type = token_member(token, "type", json_type_string);
	struct json_object *slots = token_member(token, "keyslots", json_type_array);
	const char *name = type ? json_object_get_string(type) : "";
	size_t i, count = slots ? json_object_array_length(slots) : 0;
	bool systemd = strcmp(name, "systemd-tpm2") == 0, clevis = strcmp(name, "clevis") == 0;
	const char *slot;

	if (!systemd && !clevis)
		return 0;
	for (i = 0; i < count; i++) {
		slot = json_object_get_string(json_object_array_get_idx(slots, i));
		if (slot && string_set_add(bound, slot) < 0)
			return -ENOMEM;
	}
	return systemd ? take_systemd(header, token) : take_clevis(header, token);
}

static void note_slots(struct luks_header *header, struct json_object *document,
		       const struct string_set *bound)
{
	struct json_object *slots = token_member(document, "keyslots", json_type_object);
	struct json_object_iterator it, end;

	if (!slots)
		return;
	end = json_object_iter_end(slots);
	for (it = json_object_iter_begin(slots); !json_object_iter_equal(&it, &end);
	     json_object_iter_next(&it)) {
		header->slots_known = true;
		if (!string_set_have(bound, json_object_iter_peek_name(&it)))
			header->has_other_key = true;
	}
}

/* One that cannot be understood does not hide the others. Returns 0 or the first error. */
static int take_tokens(struct luks_header *header, struct json_object *tokens,
		       struct string_set *bound)
{
	struct json_object_iterator it, end = json_object_iter_end(tokens);
	int err = 0, token_err;

	for (it = json_object_iter_begin(tokens); !json_object_iter_equal(&it, &end);
	     json_object_iter_next(&it)) {
		token_err = take_token(header, json_object_iter_peek_value(&it), bound);
		err = err ? err : token_err;
	}
	return err;
}

static int take_document(struct luks_header *header, struct json_object *document)
{
	struct json_object *tokens = token_member(document, "tokens", json_type_object);
	struct string_set bound = { 0 };
	int err = 0;

	if (!json_object_is_type(document, json_type_object))
		return -EBADMSG;
	if (tokens)
		err = take_tokens(header, tokens, &bound);
	note_slots(header, document, &bound);
	string_set_free(&bound);
	return err;
}

/* Reads the header at @at, whose first bytes are @raw. Returns 0 or a negative errno value. */
static int read_header(struct luks_header *header, int fd, off_t at, const unsigned char *raw)
{
	uint64_t size = big_endian_64(raw + SIZE_AT);
	struct json_object *document;
	char *text;
	ssize_t len;
	int err = -EBADMSG;

	if (size < SMALLEST || size > LARGEST)
		return -EBADMSG;
	text = malloc((size_t)size - JSON_AT);
	if (!text)
		return -ENOMEM;
	len = pread(fd, text, (size_t)size - JSON_AT, at + JSON_AT);
	document = len > 0 ? token_parse(text, strnlen(text, (size_t)len)) : NULL;
	if (document)
		err = take_document(header, document);
	json_object_put(document);
	free(text);
	return err;
}

/* The second copy of a LUKS2 header is where the first one of that size would end. */
static int read_second(struct luks_header *header, int fd)
{
	unsigned char raw[LUKS2_HEADER_SIZE];
	off_t at;

	for (at = SMALLEST; at <= LARGEST; at *= 2)
		if (pread(fd, raw, sizeof(raw), at) == sizeof(raw) &&
		    memcmp(raw, second_magic, sizeof(second_magic)) == 0)
			return read_header(header, fd, at, raw);
	return -EBADMSG;
}

int luks2_read(struct luks_header *header, int fd, const unsigned char *raw)
{
	int err = read_header(header, fd, 0, raw);

	if (err != -EBADMSG || header->count)
		return err;
	return read_second(header, fd);
}
