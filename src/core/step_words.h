/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step_words.h - why a step of a claim failed, in words: in the boot program's log and on a
 * terminal
 *
 * Inline, as a call costs the boot program more than it saves.
 */
#ifndef VFIO_CLAIM_CORE_STEP_WORDS_H
#define VFIO_CLAIM_CORE_STEP_WORDS_H

#include <errno.h>
#include <stddef.h>

#include "claim.h"

/* Returns what was being done, "setting its driver_override: "; "" for STEP_NONE. */
static inline const char *words_of_step(enum step step)
{
	switch (step) {
	case STEP_OVERRIDE:
		return "setting its driver_override: ";
	case STEP_UNBIND:
		return "unbinding its driver: ";
	case STEP_BIND:
		return "binding it to " VFIO_DRIVER ": ";
	case STEP_MODULES:
		return "loading " VFIO_DRIVER ": ";
	case STEP_NONE:
		break;
	}
	return "";
}

/* Returns what the errno of a step means, or NULL if its number says more. */
static inline const char *words_of_error(int error)
{
	switch (error) {
	case EPERM:
		return "not permitted";
	case ENOENT:
		return "no such file in sysfs";
	case EIO:
		return "I/O error";
	case EBUSY:
		return "device busy";
	case EEXIST:
		return "another program has set it (rd.vfio.force= overrides)";
	case ENODEV:
		return "the driver refused it";
	case EINVAL:
		return "refused, see the kernel log";
	case EINTR:
		return "killed";
	}
	return NULL;
}

#endif
