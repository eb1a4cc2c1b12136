/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_enabled.c - whether the settings of 'vfio-claim enable' are still there
 */
#include <errno.h>
#include <stdlib.h>

#include "../../bootloader/fallback/fallback.h"
#include "../../bootloader/named/named_entries.h"
#include "../../bootloader/named/named_menu.h"
#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../image/module_option.h"
#include "../../plan/option_state.h"
#include "../../plan/owner.h"
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

/* --- module options ----------------------------------------------------------------------------
 */

static void tell_option(void *to, const struct option_state *state)
{
	struct findings *findings = to;

	if (state->differs) {
		finding_add(findings, LEVEL_PROBLEM, "option",
			    "this boot was asked for the module option %s, but the module has %s: "
			    "another program has changed it, or loaded the module with another "
			    "value",
			    state->word, state->now);
		finding_fix(findings, "look for the option in /etc/modprobe.d and in scripts");
	} else if (state->now) {
		finding_add(findings, LEVEL_OK, "option", "the module option %s is in effect (%s)",
			    state->word, state->now);
	}
}

/* A kernel may drop a parameter. */
static void check_in_kernel(struct check *check, const char *word)
{
	struct module_option option;
	enum option_fit fit;
	char *type = NULL;

	if (module_option_parse(&option, word))
		return;
	fit = module_option_fit(&option, check->sysroot, check->next_kver, &type);
	if (fit == OPTION_NO_PARAMETER || fit == OPTION_NO_MODULE)
		finding_add(&check->findings, LEVEL_WARNING, "option",
			    "the module option %s has no effect in kernel %s, which has no such "
			    "%s",
			    word, check->next_kver,
			    fit == OPTION_NO_MODULE ? "module" : "parameter");
	else if (fit == OPTION_BAD_VALUE)
		finding_add(&check->findings, LEVEL_PROBLEM, "option",
			    "the module option %s keeps the module from being loaded: kernel %s "
			    "wants a value of the type %s",
			    word, check->next_kver, type);
	free(type);
}

static void check_options(struct check *check, const struct remembered *remembered)
{
	char *options = cmdline_module_options(remembered->words), *rest = options, *word;

	option_states_tell(remembered, check->running, check->sysroot, tell_option,
			   &check->findings);
	while (options && check->next_kver && (word = config_word(&rest)))
		check_in_kernel(check, word);
	free(options);
}

/* --- the owner of the nodes --------------------------------------------------------------------
 */

static void tell_nodes(struct check *check, const struct ownership *ownership)
{
	struct findings *findings = &check->findings;
	const struct owned_node *node;
	size_t i;

	for (i = 0; i < ownership->nodes.count; i++) {
		node = &ownership->nodes.list[i];
		if (node->owned) {
			finding_add(findings, LEVEL_OK, "owner", "%s belongs to %s", node->path,
				    ownership->text);
		} else if (!ownership->is_due) {
			finding_add(findings, LEVEL_PROBLEM, "owner",
				    "%s should belong to %s, and does not: the rule of "
				    "udev, " OWNER_RULE
				    ", was not run, or another program has changed it "
				    "since, as libvirt does when a guest of the system ends",
				    node->path, ownership->text);
			finding_fix(findings, "udevadm trigger --action=add "
					      "--subsystem-match=vfio --subsystem-match=vfio-dev");
		}
	}
}

static void check_owner(struct check *check, bool this_boot)
{
	struct ownership ownership;

	if (ownership_read(&ownership, check->sysroot, this_boot) == 0)
		tell_nodes(check, &ownership);
	ownership_free(&ownership);
}

/* -----------------------------------------------------------------------------------------------
 */

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
	struct fallback fallback = fallback_read(check->sysroot);
	struct findings *findings = &check->findings;

	if (fallback.trouble)
		finding_add(findings, LEVEL_PROBLEM, "enable", "%s%s",
			    fallback.tries ? "--fallback does not work: " : "", fallback.trouble);
	else if (fallback.tries && fallback.fell)
		finding_add(findings, LEVEL_PROBLEM, "enable",
			    "%u boots in a row %s: the boot menu now starts the entry without "
			    "claims",
			    fallback.tries, fallback.failed);
	else if (fallback.tries)
		finding_add(findings, LEVEL_OK, "enable",
			    "after %u boots that fail, the boot menu starts the entry without "
			    "claims (%u left)",
			    fallback.tries, fallback.left);
	if (fallback.trouble || fallback.fell)
		finding_fix(findings, "%s", fallback_cure(&fallback, check->sysroot));
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
	if (result == 0 && remembered.words)
		check_options(check, &remembered);
	if (result == 0)
		check_owner(check, remembered.this_boot);
	check_entries(check);
	check_fallback(check);
	messages_collect(NULL);
	findings_add_messages(&check->findings, check->sysroot, "enable", &messages);
	loss_free(&loss);
	remembered_free(&remembered);
}
