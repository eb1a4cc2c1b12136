/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "naming.h"

#include "../host/messages.h"
#include "../machine/absent.h"
#include "../machine/card_sound.h"
#include "whereabouts.h"

#define BASE_CLASS_DISPLAY 0x03

static void warn_of_place(void *to, const struct selector *claim, const char *where)
{
	(void)to;
	message_warning("%s=%s: %s", claim->param, claim->text, where);
}

static void warn_of_absent(const struct plan *plan, const char *sysroot)
{
	const struct selector *claim;
	struct text line;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		claim = plan->unmatched[i];
		text_set(&line, "%s=%s: %s there now; ", claim->param, claim->text,
			 selector_is_below(claim) ? "nothing is" : "it is not");
		if (words_of_appearance(&line, sysroot, claim))
			message_warning("%s", line.data);
	}
}

/* Returns true if @device is claimed or kept. */
static bool is_settled(const struct boot_plan *boot_plan, const struct device *device)
{
	const struct decision *decision = boot_plan_decision(&boot_plan->plan, &device->address);

	return (decision &&
		(decision->verdict == VERDICT_CLAIM || decision->verdict == VERDICT_KEEP)) ||
	       device_first(&boot_plan->requests.keeps, device, device_matches);
}

static void warn_of_sound(const struct boot_plan *boot_plan, const struct bus *bus,
			  const struct pci_address *display)
{
	const struct device *device = bus_at(bus, display);
	const struct device *sound = device ? card_sound(bus, device) : NULL;

	if (sound && !is_settled(boot_plan, sound))
		message_warning("%s: its sound is %s, which is on another bus of the same card "
				"and is not claimed: name it, too",
				device->slot, slot_short(sound->slot));
}

static void warn_of_sounds(const struct boot_plan *boot_plan, const char *sysroot)
{
	const struct plan *plan = &boot_plan->plan;
	const struct decision *decision;
	struct bus bus = { 0 };
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (decision->verdict != VERDICT_CLAIM ||
		    decision->device->id.class >> 16 != BASE_CLASS_DISPLAY)
			continue;
		if (!bus.count)
			bus_read(&bus, sysroot);
		warn_of_sound(boot_plan, &bus, &decision->device->address);
	}
	bus_free(&bus);
}

void naming_warn(const struct boot_plan *boot_plan, const char *sysroot)
{
	whereabouts_tell(sysroot, &boot_plan->requests.claims, warn_of_place, NULL);
	warn_of_absent(&boot_plan->plan, sysroot);
	warn_of_sounds(boot_plan, sysroot);
}
