/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * losses.h - what the host would lose if it followed the advice to claim the rest of a group
 */
#ifndef VFIO_CLAIM_PLAN_LOSSES_H
#define VFIO_CLAIM_PLAN_LOSSES_H

#include "../core/decide.h"
#include "../core/text.h"

/*
 * Appends "; SLOT is the only display that the host would have", "; SLOT is the boot display" or
 * "; SLOT has the only keyboard" to advice to claim @device, which shares a group with a claimed
 * one. It assumes that the whole group is claimed, in addition to what @plan claims. What the
 * system needs to run is protected, so there is no advice to claim it. @sysroot: see path_below().
 */
void losses_add(struct text *line, const char *sysroot, const struct plan *plan,
		const struct device *device);

#endif
