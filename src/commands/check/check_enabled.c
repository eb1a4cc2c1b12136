/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_enabled.c - whether the settings of 'vfio-claim enable' are still there
 */
#include <errno.h>

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
	messages_collect(NULL);
	findings_add_messages(&check->findings, check->sysroot, "enable", &messages);
	loss_free(&loss);
	remembered_free(&remembered);
}
