/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card_sound.h - the sound of a graphics card that is not in the display's own slot: cards with a
 * switch of their own (Intel Arc: 03:00.0 and 04:00.0) have it on another bus
 */
#ifndef VFIO_CLAIM_MACHINE_CARD_SOUND_H
#define VFIO_CLAIM_MACHINE_CARD_SOUND_H

#include "bus.h"

/*
 * Returns the sound function behind the switch on the card of @display, by the same maker and not
 * in the display's own slot; or NULL when there is none, when the switch is another maker's, or
 * when @display is no display. It belongs to @bus, as @display does.
 */
const struct device *card_sound(const struct bus *bus, const struct device *display);

#endif
