/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "takers.h"

#include <libkmod.h>
#include <stddef.h>

bool kernel_has_taker(const struct kernel *kernel, const char *modalias)
{
	struct kmod_list *found = NULL;
	bool any = kmod_module_new_from_lookup(kernel->kmod, modalias, &found) < 0 || found;

	kmod_module_unref_list(found);
	return any;
}
