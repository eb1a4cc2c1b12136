/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_state.h - whether the modules have the options that `vfio-claim enable --option` set
 */
#ifndef VFIO_CLAIM_PLAN_OPTION_STATE_H
#define VFIO_CLAIM_PLAN_OPTION_STATE_H

#include <stdbool.h>

#include "remembered.h"

/* One option that was set, and that this boot was asked for. */
struct option_state {
	const char *word; /* "vfio_pci.disable_idle_d3=1" */
	bool loaded;      /* the module is there (/sys/module) */
	char *now;        /* what the module has; NULL: it does not show it */
	bool differs;     /* and that is something else */
};

typedef void option_state_fn(void *to, const struct option_state *state);

/*
 * Calls @tell for each module option in @remembered that @running, the running command line, has,
 * in their order. Before the first boot with them there are none; what a boot lacks is told by
 * remembered_compare(). @sysroot: see path_below(). Returns 0, or -ENOMEM.
 */
int option_states_tell(const struct remembered *remembered, const char *running,
		       const char *sysroot, option_state_fn *tell, void *to);

/*
 * Returns true if a module has something else than the option that was set; out of memory, too.
 * Otherwise as option_states_tell().
 */
bool option_states_differ(const struct remembered *remembered, const char *running,
			  const char *sysroot);

#endif
