/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyboard_warnings.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../machine/disks/crypttab.h"
#include "keyboards.h"

/*
 * Returns what makes the boot with @cmdline ask for a passphrase: "/etc/crypttab", or the parameter
 * of @cmdline or of the running command line that names an encrypted volume (crypttab.h); a
 * constant, or NULL if nothing does.
 */
static const char *find_passphrase(const char *sysroot, const char *cmdline)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	struct crypttab next, now;
	const char *asked_by;

	crypttab_read(&next, sysroot, cmdline);
	crypttab_read(&now, sysroot, running);
	asked_by = crypttab_asks(&next);
	if (!asked_by && !next.off)
		asked_by = crypttab_asks(&now);
	crypttab_free(&now);
	crypttab_free(&next);
	free(running);
	return asked_by;
}

/* Returns the name of the first named keyboard on @slot, or NULL. */
static const char *name_on(const struct keyboards *keyboards, const char *slot)
{
	const struct keyboard *keyboard;
	size_t i;

	for (i = 0; i < keyboards->count; i++) {
		keyboard = &keyboards->list[i];
		if (keyboard->slot && keyboard->name && strcmp(keyboard->slot, slot) == 0)
			return keyboard->name;
	}
	return NULL;
}

/* @asked_by: see find_passphrase(). */
static void warn_of(const struct keyboards *keyboards, const char *slot, const char *asked_by)
{
	bool only = keyboards_count_on(keyboards, slot) == keyboards->count;
	const char *name = name_on(keyboards, slot);
	const char *which = only ? "the only keyboard" : "a keyboard";
	const char *others = only ? "" : ", and all others are claimed, too";

	if (!name)
		name = "of unknown name";
	if (asked_by)
		message_warning(
			"%s: %s (%s) is attached to it%s, but the boot asks for a "
			"passphrase (%s), which nobody can then type; use a keyboard on another "
			"controller, or a key that need not be typed",
			slot, which, name, others, asked_by);
	else
		message_warning("%s: %s (%s) is attached to it%s: the console will have no "
				"keyboard; use one on another controller, a serial console or ssh",
				slot, which, name, others);
}

/* Returns how many keyboards the claims take. */
static size_t count_claimed(const struct keyboards *keyboards, const struct plan *plan)
{
	size_t i, count = 0;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM)
			count += keyboards_count_on(keyboards, plan->decisions[i].device->slot);
	return count;
}

static void warn_of_each(const struct keyboards *keyboards, const struct plan *plan,
			 const char *asked_by)
{
	const char *slot;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		slot = plan->decisions[i].device->slot;
		if (plan->decisions[i].verdict == VERDICT_CLAIM &&
		    keyboards_count_on(keyboards, slot))
			warn_of(keyboards, slot, asked_by);
	}
}

void keyboard_warnings_print(const struct boot_plan *boot_plan, const char *sysroot,
			     const char *cmdline)
{
	const struct plan *plan = &boot_plan->plan;
	struct keyboards keyboards;

	if (boot_plan->requests.off)
		return;
	keyboards_find(&keyboards, sysroot);
	if (keyboards.count && count_claimed(&keyboards, plan) == keyboards.count)
		warn_of_each(&keyboards, plan, find_passphrase(sysroot, cmdline));
	keyboards_free(&keyboards);
}
