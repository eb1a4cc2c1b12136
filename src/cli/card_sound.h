/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card_sound.h - the sound of a graphics card that is not in the display's own slot: cards with a
 * switch of their own (Intel Arc: 03:00.0 and 04:00.0) have it on another bus
 */
#ifndef VFIO_CLAIM_CLI_CARD_SOUND_H
#define VFIO_CLAIM_CLI_CARD_SOUND_H

#include "bus.h"

/*
 * The sound function of the same maker behind the switch on the card that has @display, the
 * display's own slot excepted; NULL where it has none, where the switch is another maker's or
 * @display is none. Belongs to @bus, as @display does.
 */
const struct device *card_sound(const struct bus *bus, const struct device *display);

#endif
