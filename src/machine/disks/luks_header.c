/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luks_header.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <json-c/json_object_iterator.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/array.h"
#include "../../host/string_set.h"
#include "big_endian.h"
#include "luksmeta.h"

/* The layout of both versions. */
#define VERSION_AT 6
#define SIZE_AT    8   /* of the header with its JSON, LUKS2 only */
#define UUID_AT    168 /* 40 bytes */

/* LUKS2 On-Disk Format Specification, section 2: the binary header, and what it may say. */
#define JSON_AT  4096
#define SMALLEST (16 * 1024)
#define LARGEST  (4 * 1024 * 1024)

/* PCRs of a TPM on a PC. */
#define PCR_COUNT 24

/* clevis' "sss" pin may contain others; this is deep enough for any real nesting. */
#define DEPTH 4

static const unsigned char magic[] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };
static const unsigned char second_magic[] = { 'S', 'K', 'U', 'L', 0xba, 0xbe };

/* --- JSON --------------------------------------------------------------------------------------
 */

static struct json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document = NULL;

	if (tokener && len <= LARGEST)
		document = json_tokener_parse_ex(tokener, text, (int)len);
	/* A text that ends too early is no document. */
	if (document && json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(document);
		document = NULL;
	}
	json_tokener_free(tokener);
	return document;
}

/* The member @key of @object, if that is one and has it as a @type. */
static struct json_object *member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

static bool is_true(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static uint32_t pcr_bit(long number)
{
	return number >= 0 && number < PCR_COUNT ? UINT32_C(1) << number : 0;
}

/* [4, 7, 9] */
static uint32_t pcrs_of_array(struct json_object *array)
{
	size_t i, count = array ? json_object_array_length(array) : 0;
	uint32_t pcrs = 0;

	for (i = 0; i < count; i++)
		pcrs |= pcr_bit(json_object_get_int(json_object_array_get_idx(array, i)));
	return pcrs;
}

/* The first of a token's "keyslots", which are strings; -1 for none. */
static int slot_of(struct json_object *token)
{
	struct json_object *slots = member(token, "keyslots", json_type_array), *slot;

	slot = slots ? json_object_array_get_idx(slots, 0) : NULL;
	return slot ? json_object_get_int(slot) : -1;
}

static int add(struct luks_header *header, const struct tpm_key *key)
{
	return array_add(&header->list, &header->count, key, sizeof(*key));
}

/* --- clevis ------------------------------------------------------------------------------------
 */

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
	struct json_object *text = member(pin, "pcr_ids", json_type_string);
	const char *at = text ? json_object_get_string(text) : "";
	uint32_t pcrs = 0;
	char *end;
	long number;

	if (!text)
		return pcrs_of_array(member(pin, "pcr_ids", json_type_array));
	for (; *at; at = *end ? end + 1 : end) {
		number = strtol(at, &end, 10);
		if (end == at)
			end++;
		else
			pcrs |= pcr_bit(number);
	}
	return pcrs;
}

static int read_pin(struct binding *binding, const char *jwe, size_t len, int depth);

/* Shamir's secret sharing: as many of the pins as "t" says are enough. */
static int read_shared(struct binding *binding, struct json_object *shared, int depth)
{
	struct json_object *list = member(shared, "jwe", json_type_array), *jwe;
	struct json_object *threshold = member(shared, "t", json_type_int);
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
	struct json_object *name = member(clevis, "pin", json_type_string);
	const char *pin = name ? json_object_get_string(name) : "";
	uint32_t pcrs;

	if (strcmp(pin, "sss") == 0)
		return read_shared(binding, member(clevis, "sss", json_type_object), depth + 1);
	pcrs = strcmp(pin, "tpm2") == 0 ? pcrs_of_pin(member(clevis, "tpm2", json_type_object)) : 0;
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
	protected = parse(text, decoded);
	clevis = protected ? member(protected, "clevis", json_type_object) : NULL;
	if (clevis)
		err = read_clevis(binding, clevis, depth);
	json_object_put(protected);
	free(text);
	return err;
}

int luks_header_add_clevis(struct luks_header *header, const char *jwe, size_t len, int slot)
{
	struct tpm_key key = { .tool = TPM_BY_CLEVIS, .slot = slot };
	struct binding binding = { 0 };
	int err = read_pin(&binding, jwe, len, 0);

	key.pcrs = binding.pcrs;
	key.optional = binding.optional;
	/* One that needs no TPM is of no interest, but its slot is no passphrase either. */
	return err ? err : add(header, &key);
}

/* The JWE of a token is in its flattened form (RFC 7516, section 7.2.2) or in the compact one. */
static int take_clevis(struct luks_header *header, struct json_object *token)
{
	struct json_object *jwe = member(token, "jwe", json_type_object), *text;

	text = jwe ? member(jwe, "protected", json_type_string)
		   : member(token, "jwe", json_type_string);
	if (!text)
		return -EBADMSG;
	return luks_header_add_clevis(header, json_object_get_string(text),
				      (size_t)json_object_get_string_len(text), slot_of(token));
}

/* --- LUKS2 -------------------------------------------------------------------------------------
 */

static int take_systemd(struct luks_header *header, struct json_object *token)
{
	const struct tpm_key key = {
		.tool = TPM_BY_SYSTEMD,
		.pcrs = pcrs_of_array(member(token, "tpm2-pcrs", json_type_array)),
		.signed_pcrs = pcrs_of_array(member(token, "tpm2_pubkey_pcrs", json_type_array)),
		.pcrlock = is_true(token, "tpm2_pcrlock"),
		.pin = is_true(token, "tpm2-pin"),
		.slot = slot_of(token),
	};

	return add(header, &key);
}

/* Adds what one token stands for, and the key slots that it opens to @bound. */
static int take_token(struct luks_header *header, struct json_object *token,
		      struct string_set *bound)
{
	struct json_object *type = member(token, "type", json_type_string);
	struct json_object *slots = member(token, "keyslots", json_type_array);
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
	struct json_object *slots = member(document, "keyslots", json_type_object);
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
	struct json_object *tokens = member(document, "tokens", json_type_object);
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
static int read_version_2(struct luks_header *header, int fd, off_t at, const unsigned char *raw)
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
	document = len > 0 ? parse(text, strnlen(text, (size_t)len)) : NULL;
	if (document)
		err = take_document(header, document);
	json_object_put(document);
	free(text);
	return err;
}

/* The second copy of a LUKS2 header is where the first one of that size would end. */
static int read_second(struct luks_header *header, int fd)
{
	unsigned char raw[LUKS1_HEADER_SIZE];
	off_t at;

	for (at = SMALLEST; at <= LARGEST; at *= 2)
		if (pread(fd, raw, sizeof(raw), at) == sizeof(raw) &&
		    memcmp(raw, second_magic, sizeof(second_magic)) == 0)
			return read_version_2(header, fd, at, raw);
	return -EBADMSG;
}

/* --- both --------------------------------------------------------------------------------------
 */

static int read_open(struct luks_header *header, int fd)
{
	unsigned char raw[LUKS1_HEADER_SIZE] = { 0 };
	ssize_t len = pread(fd, raw, sizeof(raw), 0);
	int err;

	if (len < 0)
		return -errno;
	if (len < UUID_AT || memcmp(raw, magic, sizeof(magic)) != 0)
		return 0;
	header->version = big_endian_16(raw + VERSION_AT);
	memcpy(header->uuid, raw + UUID_AT, sizeof(header->uuid) - 1);
	if (len < (ssize_t)sizeof(raw) || header->version < 1 || header->version > 2)
		return -EBADMSG;
	if (header->version == 1)
		return luksmeta_read(header, fd, raw);
	err = read_version_2(header, fd, 0, raw);
	if (err != -EBADMSG || header->count)
		return err;
	return read_second(header, fd);
}

int luks_header_read(struct luks_header *header, const char *path)
{
	/* O_NONBLOCK: a FIFO in the place of a device must not hang the command. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat st;

	*header = (struct luks_header){ 0 };
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		err = read_open(header, fd);
	close(fd);
	return err;
}

void luks_header_free(struct luks_header *header)
{
	free(header->list);
	*header = (struct luks_header){ 0 };
}
