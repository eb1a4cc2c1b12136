/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * token_json.h - what the tokens of a LUKS header say, in JSON that may contain anything
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_TOKEN_JSON_H
#define VFIO_CLAIM_MACHINE_DISKS_TOKEN_JSON_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/* Largest header of LUKS2, in bytes (LUKS2 On-Disk Format Specification, section 2). */
#define TOKEN_JSON_MAX (4 * 1024 * 1024)

/* Parses a whole document, for json_object_put(); NULL when it is none, or is too large. */
struct json_object *token_parse(const char *text, size_t len);

/* The member @key of @object, which keeps it, if that is one and has it as a @type; or NULL. */
struct json_object *token_member(struct json_object *object, const char *key, enum json_type type);

/* The bit of a PCR; 0 for a number that no TPM of a PC has. */
uint32_t token_pcr(long number);

/* The bits of an array of PCRs, [4, 7, 9]; 0 for NULL. */
uint32_t token_pcrs(struct json_object *array);

#endif
