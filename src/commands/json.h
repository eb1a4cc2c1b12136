/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - the documents that commands print with --json, by json-c
 */
#ifndef VFIO_CLAIM_COMMANDS_JSON_H
#define VFIO_CLAIM_COMMANDS_JSON_H

#include <json-c/json.h>

#include "../host/string_set.h"

/*
 * Sends to standard error what is printed on standard output until json_print(), so that this has
 * only the document. For commands that print what they do.
 */
void json_begin(void);

/* Returns a string, or null for NULL. Bytes that are not UTF-8 become U+FFFD. */
struct json_object *json_text(const char *text);

/* Appends @object to @list, which takes it over. */
void json_append(struct json_object *list, struct json_object *object);

/* Returns the strings of @names as a list. */
struct json_object *json_strings(const struct string_set *names);

/* Returns {"param": "rd.vfio.claim", "value": "02:00.0"}. */
struct json_object *json_setting(const char *param, const char *value);

/*
 * Prints @document on standard output and frees it. Returns EXIT_OK, or EXIT_FAILED after printing
 * an error.
 */
int json_print(struct json_object *document);

#endif
