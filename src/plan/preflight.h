/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preflight.h - checks before a change: what it breaks elsewhere, and whether it can be made at all
 */
#ifndef VFIO_CLAIM_PLAN_PREFLIGHT_H
#define VFIO_CLAIM_PLAN_PREFLIGHT_H

#include "../host/changes.h"

struct preflight {
	const char *words; /* for the kernel command line; NULL if that does not change */
	const struct changes *changes; /* all steps */
	bool addon;                    /* the words go into an add-on, see tpm_seals.h */
};

/*
 * Warns, by message_error(), of encrypted volumes that the TPM will no longer unlock (tpm_seals.h),
 * and refuses a kernel command line that would be cut off (cmdline_limit.h) and files for which
 * there is no room (room.h). Prints nothing if there is nothing to do. Returns 0, or -1 after
 * printing an error: nothing may be changed then.
 */
int preflight_check(const struct preflight *preflight);

#endif
