/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status_vfs.h"

#include "../core/text.h"
#include "../host/terminal.h"
#include "json.h"

#define INDENT 4

static void add_driver(struct text *line, const char *driver)
{
	if (driver[0])
		text_add(line, "on %s", driver);
	else
		text_add(line, "without a driver");
}

static void print_one(const struct vf_state *state)
{
	struct text line;

	text_set(&line, "    %s  ", state->slot);
	if (!state->claimed && !state->kept)
		text_add(&line, "NOT CLAIMED, ");
	add_driver(&line, state->driver);
	if (state->kept)
		text_add(&line, ", kept");
	print_folded(2 * INDENT, line.data);
}

static void print_state(const struct vfs_state *state, const struct boot_report *report)
{
	const struct vfs_request *request = state->request;
	struct text line = { 0 };
	size_t i;

	if (request->slot[0]) {
		text_set(&line, "%s  ", request->slot);
		add_driver(&line, request->driver);
		text_add(&line, ", has %u virtual function%s (%s=%s)", (unsigned int)state->count,
			 state->count == 1 ? "" : "s", request->param, request->text);
	} else {
		text_set(&line, "%s=%s", request->param, request->text);
	}
	if (state->trouble.data[0])
		text_add(&line, ": NOT AS REQUESTED: %s", state->trouble.data);
	print_folded(INDENT, line.data);
	boot_report_print(report, request->slot);
	for (i = 0; i < state->count; i++)
		print_one(&state->list[i]);
}

void status_vfs_print(const struct vfs_requests *requests, const char *sysroot,
		      const struct requests *boot, const struct boot_report *report)
{
	struct vfs_state state;
	size_t i;

	for (i = 0; i < requests->count; i++) {
		if (vfs_state_find(&state, sysroot, &requests->list[i], boot) == 0)
			print_state(&state, report);
		vfs_state_free(&state);
	}
}

static struct json_object *list_functions(const struct vfs_state *state)
{
	struct json_object *list = json_object_new_array(), *one;
	size_t i;

	for (i = 0; i < state->count; i++) {
		const struct vf_state *function = &state->list[i];

		one = json_object_new_object();
		json_object_object_add(one, "slot", json_text(function->slot));
		json_object_object_add(one, "driver",
				       json_text(function->driver[0] ? function->driver : NULL));
		json_object_object_add(one, "claimed", json_object_new_boolean(function->claimed));
		json_object_object_add(one, "kept", json_object_new_boolean(function->kept));
		json_append(list, one);
	}
	return list;
}

static struct json_object *describe(const struct vfs_state *state)
{
	const struct vfs_request *request = state->request;
	const char *trouble = state->trouble.data;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "because", json_setting(request->param, request->text));
	json_object_object_add(object, "slot", json_text(request->slot[0] ? request->slot : NULL));
	json_object_object_add(object, "driver",
			       json_text(request->driver[0] ? request->driver : NULL));
	json_object_object_add(object, "requested", json_object_new_int((int)request->count));
	json_object_object_add(object, "functions", list_functions(state));
	json_object_object_add(object, "ok", json_object_new_boolean(!trouble[0]));
	json_object_object_add(object, "trouble", json_text(trouble[0] ? trouble : NULL));
	return object;
}

struct json_object *status_vfs_json(const struct vfs_requests *requests, const char *sysroot,
				    const struct requests *boot)
{
	struct json_object *list = json_object_new_array();
	struct vfs_state state;
	size_t i;

	for (i = 0; i < requests->count; i++) {
		if (vfs_state_find(&state, sysroot, &requests->list[i], boot) == 0)
			json_append(list, describe(&state));
		vfs_state_free(&state);
	}
	return list;
}
