/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "../../host/messages.h"
#include "export.h"
#include "guest_domain.h"

/* virt-manager and virt-install give a machine 14 root ports (virtinst, guest.py); libvirt adds
 * further ones up to the bus that is asked for. */
#define BUS_DEFAULT 15

/* Without a domain, the cards go to one bus after the other. */
static bool place_on_buses(struct exports *exports, unsigned int first)
{
	size_t i, count = exports->shared_cards;

	if (count && first + count - 1 > GUEST_BUS_MAX) {
		message_error("these cards would take the guest's buses %u to %zu, and %d is the "
			      "last",
			      first, first + count - 1, GUEST_BUS_MAX);
		return false;
	}
	for (i = 0; i < count; i++)
		exports->place[i].bus = first + (unsigned int)i;
	return true;
}

static bool place_in_domain(struct exports *exports, const char *domain)
{
	size_t i, count = exports->shared_cards;

	for (i = 0; i < count; i++) {
		if (guest_take_place(&exports->guest, &exports->place[i]))
			continue;
		message_error("%s has no place for %zu more card%s", domain, count,
			      count == 1 ? "" : "s");
		return false;
	}
	return true;
}

bool export_place_cards(struct exports *exports, const char *domain, unsigned int bus)
{
	exports->place = calloc(exports->shared_cards + 1, sizeof(*exports->place));
	if (!exports->place) {
		message_errno(ENOMEM, "cannot export");
		return false;
	}
	if (!domain)
		return place_on_buses(exports, bus ? bus : BUS_DEFAULT);
	return guest_of_domain(&exports->guest, exports->sysroot, domain) == 0 &&
	       place_in_domain(exports, domain);
}
