/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_details.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../machine/acs.h"
#include "../../machine/power.h"
#include "../../machine/reset.h"
#include "../../machine/resizable_bar.h"
#include "../../machine/virtual_functions.h"
#include "../json.h"

#define MIB 1048576ULL

struct details {
	char *state; /* or NULL */
	struct reset reset;
	struct resizable_bar bars[BARS];
	size_t bar_count;
	enum acs acs;
	struct virtual_functions virtual_functions;
};

static void find(struct details *details, const char *sysroot, const struct pci_function *function)
{
	const char *slot = function->slot;

	*details = (struct details){ .state = power_state(sysroot, slot), .acs = ACS_NO_PORT };
	if (function->bridge) {
		details->acs = acs_find(sysroot, slot);
		return;
	}
	reset_find(&details->reset, sysroot, slot);
	virtual_functions_read(&details->virtual_functions, sysroot, slot);
	/* A kernel without the state has no resourceN_resize either. */
	if (details->state && strcmp(details->state, "D3cold") != 0)
		details->bar_count = resizable_bars_find(sysroot, slot, details->bars);
}

static void release(struct details *details)
{
	free(details->state);
	reset_free(&details->reset);
	virtual_functions_free(&details->virtual_functions);
}

/* --- for people --------------------------------------------------------------------------------
 */

/* Begins another detail. */
static FILE *next(FILE *out)
{
	if (ftell(out) > 0)
		fputs(", ", out);
	return out;
}

static void say_state(FILE *out, const char *state)
{
	if (power_is_d3(state))
		fprintf(next(out), "asleep (%s)", state);
	else if (strcmp(state, "D0") == 0)
		fprintf(next(out), "awake (%s)", state);
	else
		fprintf(next(out), "power state %s", state);
}

static void say_together(FILE *out, const struct string_set *others)
{
	size_t i;

	fputs("can be reset at most together with", next(out));
	for (i = 0; i < others->count; i++)
		fprintf(out, "%s %s", i ? " and" : "", others->name[i]);
}

static void say_reset(FILE *out, const struct reset *reset)
{
	switch (reset->kind) {
	case RESET_OWN:
		fprintf(next(out), "can be reset (%s)", reset->methods);
		break;
	case RESET_BUS:
		fprintf(next(out), "can be reset only with its bus (%s)", reset->methods);
		break;
	case RESET_POWER:
		fprintf(next(out), "can be reset only through its power state (%s)",
			reset->methods);
		break;
	case RESET_TOGETHER:
		say_together(out, &reset->others);
		break;
	case RESET_NONE:
		fputs("cannot be reset", next(out));
		break;
	case RESET_UNNAMED:
		fputs("can be reset", next(out));
	}
}

static void say_acs(FILE *out, enum acs acs)
{
	static const char *const texts[] = {
		[ACS_UNKNOWN] = "ACS unknown: only root can read it",
		[ACS_MISSING] = "no ACS: it may not keep devices behind it apart",
		[ACS_OFF] = "ACS off: it does not keep devices behind it apart",
		[ACS_ON] = "ACS on: it keeps devices behind it apart",
		[ACS_NO_PORT] = NULL,
	};

	if (texts[acs])
		fputs(texts[acs], next(out));
}

static void say_virtual(FILE *out, const struct virtual_functions *functions)
{
	if (functions->total && functions->slots.count)
		fprintf(next(out), "has %zu of %u possible virtual functions (SR-IOV)",
			functions->slots.count, functions->total);
	else if (functions->total)
		fprintf(next(out), "can have %u virtual function%s (SR-IOV)", functions->total,
			functions->total == 1 ? "" : "s");
}

char *details_text(const char *sysroot, const struct pci_function *function)
{
	struct details details;
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	find(&details, sysroot, function);
	if (details.state)
		say_state(out, details.state);
	if (!function->bridge)
		say_reset(out, &details.reset);
	for (i = 0; i < details.bar_count; i++)
		fprintf(next(out), "BAR %u of %llu MiB can have up to %llu MiB",
			details.bars[i].number, (unsigned long long)(details.bars[i].size / MIB),
			(unsigned long long)(details.bars[i].largest / MIB));
	say_virtual(out, &details.virtual_functions);
	say_acs(out, details.acs);
	release(&details);
	if (fclose(out) == 0 && len)
		return text;
	free(text);
	return NULL;
}

/* --- for programs ------------------------------------------------------------------------------
 */

static struct json_object *json_bars(const struct details *details)
{
	struct json_object *list = json_object_new_array(), *bar;
	size_t i;

	for (i = 0; i < details->bar_count; i++) {
		bar = json_object_new_object();
		json_object_object_add(bar, "number",
				       json_object_new_int64(details->bars[i].number));
		json_object_object_add(bar, "size",
				       json_object_new_int64((int64_t)details->bars[i].size));
		json_object_object_add(bar, "largest",
				       json_object_new_int64((int64_t)details->bars[i].largest));
		json_append(list, bar);
	}
	return list;
}

void details_add(struct json_object *object, const char *sysroot,
		 const struct pci_function *function, bool wanted)
{
	static const char *const resets[] = {
		[RESET_OWN] = "alone",         [RESET_BUS] = "bus",   [RESET_POWER] = "power",
		[RESET_TOGETHER] = "together", [RESET_NONE] = "none", [RESET_UNNAMED] = "unnamed",
	};
	static const char *const ports[] = {
		[ACS_UNKNOWN] = NULL, [ACS_NO_PORT] = NULL, [ACS_MISSING] = "none",
		[ACS_OFF] = "off",    [ACS_ON] = "on",
	};
	bool whole = wanted && !function->bridge;
	struct details details = { 0 };

	if (wanted)
		find(&details, sysroot, function);
	json_object_object_add(object, "power_state", json_text(details.state));
	json_object_object_add(object, "reset",
			       json_text(whole ? resets[details.reset.kind] : NULL));
	json_object_object_add(object, "reset_methods", json_text(details.reset.methods));
	json_object_object_add(object, "resizable_bars", whole ? json_bars(&details) : NULL);
	json_object_object_add(object, "max_virtual_functions",
			       whole ? json_object_new_int((int)details.virtual_functions.total)
				     : NULL);
	json_object_object_add(object, "acs", json_text(wanted ? ports[details.acs] : NULL));
	release(&details);
}
