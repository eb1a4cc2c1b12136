/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "idle_neighbours.h"

#include "../host/messages.h"
#include "../image/kernel.h"
#include "../image/takers.h"

/* Returns true if it is in the way only if a driver binds it. */
static bool is_idle(const struct decision *decision, const struct string_set *idle)
{
	return decision->in_the_way && string_set_have(idle, decision->device->slot);
}

static bool any_idle(const struct plan *plan, const struct string_set *idle)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (is_idle(&plan->decisions[i], idle))
			return true;
	return false;
}

static void pass(struct plan *plan, const struct string_set *idle, const struct kernel *kernel)
{
	struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (!is_idle(decision, idle) || kernel_has_taker(kernel, decision->device->alias))
			continue;
		decision->in_the_way = false;
		if (decision->verdict == VERDICT_NEIGHBOUR)
			decision->verdict = VERDICT_PASSED;
	}
}

void idle_neighbours_pass(struct plan *plan, const struct string_set *idle, const char *sysroot,
			  const char *kver)
{
	struct kernel kernel;

	if (!any_idle(plan, idle))
		return;
	/* A warning about a kernel that cannot be examined was printed before. */
	messages_mute(true);
	if (kernel_open(&kernel, sysroot, kver) == 0)
		pass(plan, idle, &kernel);
	kernel_close(&kernel);
	messages_mute(false);
}
