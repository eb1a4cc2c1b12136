/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_enabled.c - whether the settings of 'vfio-claim enable' are still there
 */
#include <errno.h>

#include "../../bootloader/grub/grub_fallback.h"
#include "../../bootloader/named/named_entries.h"
#include "../../bootloader/named/named_menu.h"
#include "../../host/messages.h"
#include "../../plan/remembered.h"
#include "check.h"

static void tell(struct check *check, const struct remembered *remembered, const struct loss *loss)
{
	struct findings *findings = &check->findings;

	if (loss->boot)
		finding_add(findings, loss->menu ? LEVEL_PROBLEM : LEVEL_WARNING, "enable", "%s",
			    loss->boot);
	if (loss->menu) {
		finding_add(findings, LEVEL_PROBLEM, "enable", "%s", loss->menu);
		if (loss->again)
			finding_fix(findings, "vfio-claim enable");
	}
	if (!loss->boot && !loss->menu)
		finding_add(findings, LEVEL_OK, "enable",
			    "what 'vfio-claim enable' set is still there: %s", remembered->words);
}

/* The named entries, which the scripts make from a file. */
static void check_entries(struct check *check)
{
	struct named_entries all;
	const char *name;
	size_t i;

	if (named_entries_read(&all, check->sysroot) < 0)
		return;
	for (i = 0; i < all.count; i++) {
		name = all.item[i].name;
		if (named_menu_is_right(check->sysroot, name))
			finding_add(&check->findings, LEVEL_OK, "enable",
				    "each kernel in the boot menu has the entry '%s': %s", name,
				    all.item[i].words);
		else
			finding_add(&check->findings, LEVEL_WARNING, "enable",
				    "a kernel in the boot menu lacks the entry '%s', or it has "
				    "other words than %s: set it again with 'vfio-claim enable "
				    "--entry %s SEL'",
				    name, all.item[i].words, name);
	}
	named_entries_free(&all);
}

/* What the boot loader does if boots fail. */
static void check_fallback(struct check *check)
{
	struct grub_fallback fallback = grub_fallback_read(check->sysroot);
	struct findings *findings = &check->findings;

	if (!fallback.tries)
		return;
	if (fallback.fell)
		finding_add(findings, LEVEL_PROBLEM, "enable",
			    "%u boots in a row did not get as far as vfio-claim-status.service: "
			    "the boot menu now starts the entry without claims",
			    fallback.tries);
	else if (!fallback.counted)
		finding_add(findings, LEVEL_WARNING, "enable",
			    "GRUB's environment block does not have the count of boots for "
			    "--fallback");
	else
		finding_add(findings, LEVEL_OK, "enable",
			    "after %u boots that fail, the boot menu starts the entry without "
			    "claims (%u left)",
			    fallback.tries, fallback.left);
	if (fallback.fell || !fallback.counted)
		finding_fix(findings, "vfio-claim enable");
}

void check_enabled(struct check *check)
{
	struct remembered remembered;
	struct messages messages = { 0 };
	struct loss loss = { 0 };
	int result;

	messages_collect(&messages);
	result = remembered_read(&remembered, check->sysroot);
	if (result == 0 && remembered_compare(&remembered, check->sysroot, &loss) < 0)
		message_errno(ENOMEM, "what 'vfio-claim enable' set");
	else if (result == 0 && remembered.words)
		tell(check, &remembered, &loss);
	check_entries(check);
	check_fallback(check);
	messages_collect(NULL);
	findings_add_messages(&check->findings, check->sysroot, "enable", &messages);
	loss_free(&loss);
	remembered_free(&remembered);
}
