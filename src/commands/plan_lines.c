/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_lines.h"

#include <stdlib.h>

#include "../core/text.h"
#include "../core/words.h"

/* Where the lines come from and go to. */
struct telling {
	const struct next_boot *next;
	const char *sysroot;
	plan_line_fn *tell;
	void *to;
	bool failed;
	struct text line;
};

/* --- the lines of the report (src/boot/report.c), what was asked for first ---------------------
 */

static void tell(struct telling *telling, bool failed)
{
	telling->failed |= failed;
	telling->tell(telling->to, telling->line.data);
}

static void tell_problems(struct telling *telling)
{
	const struct boot_plan *boot_plan = &telling->next->boot_plan;
	const struct selector *claim;
	size_t i;

	for (i = 0; i < boot_plan->requests.complaint_count; i++) {
		words_of_complaint(&telling->line, &boot_plan->requests.complaints[i]);
		tell(telling, true);
	}
	for (i = 0; i < boot_plan->plan.unmatched_count; i++) {
		claim = boot_plan->plan.unmatched[i];
		text_set(&telling->line, "%s=%s: no such device", claim->param, claim->text);
		tell(telling, !next_boot_is_late(telling->next, claim));
	}
}

/* Returns true if no setting names the device: it only shares the group of one. */
static bool is_neighbour(const struct decision *decision)
{
	return decision->verdict == VERDICT_NEIGHBOUR;
}

static void tell_refusal(struct telling *telling, const struct decision *decision)
{
	bool neighbour = is_neighbour(decision);
	bool kept = decision->verdict == VERDICT_KEEP;

	if (decision->verdict == VERDICT_CLAIM || decision->verdict == VERDICT_PASSED)
		return;
	if (neighbour && !decision->in_the_way)
		return;
	text_set(&telling->line, "%s: left alone: ", decision->device->slot);
	iommu_words_of_verdict(&telling->line, decision, &telling->next->iommu);
	words_of_stay(&telling->line, decision);
	if (!kept)
		words_of_request(&telling->line, decision);
	tell(telling, !neighbour && !kept);
}

static void tell_vfs(struct telling *telling, const struct vfs_request *request)
{
	const struct next_boot *next = telling->next;
	struct text why;

	if (!next_boot_lacks_vfs(&why, next, request)) {
		text_set(&telling->line,
			 "%s: keeps its driver; %u virtual function%s of it %s created and claimed "
			 "when the driver has it (%s=%s)",
			 request->slot, request->count, request->count == 1 ? "" : "s",
			 request->count == 1 ? "is" : "are", request->param, request->text);
		tell(telling, false);
		return;
	}
	text_set(&telling->line, "%s=%s: no virtual functions are created: %s", request->param,
		 request->text, why.data);
	tell(telling, true);
}

static void tell_claim(struct telling *telling, const struct decision *decision)
{
	const char *slot = decision->device->slot;
	char *driver;

	if (telling->next->unfit) {
		text_set(&telling->line, "%s: not claimed: loading vfio-pci: the kernel cannot",
			 slot);
		tell(telling, true);
		return;
	}
	driver = next_boot_driver(telling->sysroot, decision);
	text_set(&telling->line, "%s: claimed by %s", slot, driver ? driver : "vfio-pci");
	free(driver);
	words_of_request(&telling->line, decision);
	words_of_spoiler(&telling->line, decision);
	if (decision->device->boot_vga)
		text_add(&telling->line, "; it is the boot display, which goes dark");
	tell(telling, false);
}

bool plan_tell(const struct next_boot *next, const char *sysroot, plan_line_fn *tell_line, void *to)
{
	struct telling telling = { .next = next, .sysroot = sysroot, .tell = tell_line, .to = to };
	const struct plan *plan = &next->boot_plan.plan;
	size_t i;

	if (!boot_plan_asks(&next->boot_plan))
		return true;
	if (next->boot_plan.requests.off) {
		tell_line(to, "rd.vfio=0: nothing is claimed");
		return true;
	}
	tell_problems(&telling);
	for (i = 0; i < plan->count; i++)
		if (!is_neighbour(&plan->decisions[i]))
			tell_refusal(&telling, &plan->decisions[i]);
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM)
			tell_claim(&telling, &plan->decisions[i]);
	for (i = 0; i < next->vfs.count; i++)
		tell_vfs(&telling, &next->vfs.list[i]);
	for (i = 0; i < plan->count; i++)
		if (is_neighbour(&plan->decisions[i]))
			tell_refusal(&telling, &plan->decisions[i]);
	return !telling.failed;
}
