/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "token_json.h"

/* PCRs of a TPM on a PC. */
#define PCR_COUNT 24

struct json_object *token_parse(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document = NULL;

	if (tokener && len <= TOKEN_JSON_MAX)
		document = json_tokener_parse_ex(tokener, text, (int)len);
	/* A text that ends too early is no document. */
	if (document && json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(document);
		document = NULL;
	}
	json_tokener_free(tokener);
	return document;
}

struct json_object *token_member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

uint32_t token_pcr(long number)
{
	return number >= 0 && number < PCR_COUNT ? UINT32_C(1) << number : 0;
}

uint32_t token_pcrs(struct json_object *array)
{
	size_t i, count = array ? json_object_array_length(array) : 0;
	uint32_t pcrs = 0;

	for (i = 0; i < count; i++)
		pcrs |= token_pcr(json_object_get_int(json_object_array_get_idx(array, i)));
	return pcrs;
}
