/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_json.h - requests and decisions as JSON, the same in every command
 */
#ifndef VFIO_CLAIM_COMMANDS_PLAN_JSON_H
#define VFIO_CLAIM_COMMANDS_PLAN_JSON_H

#include "../plan/boot_plan.h"
#include "json.h"

/*
 * Adds what is requested to @document: "asked" and "off"; "claims", "keeps" and "force" as
 * settings; "ignored" with the reason; and "unmatched", the claims that name nothing here.
 */
void json_add_requests(struct json_object *document, const struct boot_plan *boot_plan);

/* Returns a decision as an object: "slot", "verdict" (one word) and "because". */
struct json_object *json_decision(const struct decision *decision);

#endif
