/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_json.h"

#include "../core/words.h"

static struct json_object *list_selectors(const struct selectors *selectors)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < selectors->count; i++)
		json_append(list, json_setting(selectors->item[i].param, selectors->item[i].text));
	return list;
}

static struct json_object *list_unmatched(const struct plan *plan)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		json_append(list,
			    json_setting(plan->unmatched[i]->param, plan->unmatched[i]->text));
	return list;
}

static struct json_object *list_complaints(const struct requests *requests)
{
	struct json_object *list = json_object_new_array(), *one;
	struct text why;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		why = (struct text){ 0 };
		words_of_why(&why, &requests->complaints[i]);
		one = json_setting(requests->complaints[i].param, requests->complaints[i].value);
		json_object_object_add(one, "why", json_text(why.data));
		json_append(list, one);
	}
	return list;
}

void json_add_requests(struct json_object *document, const struct boot_plan *boot_plan)
{
	const struct requests *requests = &boot_plan->requests;

	json_object_object_add(document, "asked",
			       json_object_new_boolean(boot_plan_asks(boot_plan)));
	json_object_object_add(document, "off", json_object_new_boolean(requests->off));
	json_object_object_add(document, "claims", list_selectors(&requests->claims));
	json_object_object_add(document, "keeps", list_selectors(&requests->keeps));
	json_object_object_add(document, "force", list_selectors(&requests->force));
	json_object_object_add(document, "ignored", list_complaints(requests));
	json_object_object_add(document, "unmatched", list_unmatched(&boot_plan->plan));
}

/* One word, for programs. */
static const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLAIM] = "claim",
		[VERDICT_KEEP] = "keep",
		[VERDICT_BRIDGE] = "bridge",
		[VERDICT_PASSED] = "passed",
		[VERDICT_UNREADABLE] = "unreadable",
		[VERDICT_OTHER_ID] = "other-id",
		[VERDICT_PROTECTED] = "protected",
		[VERDICT_HAS_VFS] = "has-vfs",
		[VERDICT_DIRECT] = "direct",
		[VERDICT_NO_IOMMU] = "no-iommu",
		[VERDICT_NEIGHBOUR] = "neighbour",
		[VERDICT_STRAY] = "stray",
		[VERDICT_LAST_STORAGE] = "last-storage",
	};

	return names[verdict];
}

struct json_object *json_decision(const struct decision *decision)
{
	struct json_object *object = json_object_new_object();
	const struct selector *because = decision->because;

	json_object_object_add(object, "slot", json_text(decision->device->slot));
	json_object_object_add(object, "verdict", json_text(verdict_name(decision->verdict)));
	json_object_object_add(object, "because", json_setting(because->param, because->text));
	return object;
}
