/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load_modules.h"

#include <errno.h>
#include <libkmod.h>
#include <stdlib.h>
#include <syslog.h>

/* The running kernel's modules and settings, or NULL. */
static struct kmod_ctx *open_kmod(void)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);

	if (!kmod)
		return NULL;
	/* Its own messages ("ctx=0x... path=...") are no help. */
	kmod_set_log_priority(kmod, LOG_CRIT);
	kmod_load_resources(kmod);
	return kmod;
}

/* Returns 0 or a negative errno value. */
static int insert(struct kmod_module *module, unsigned int flags, const char *options)
{
	return kmod_module_probe_insert_module(module, flags, options, NULL, NULL, NULL);
}

int load_module(const char *name, const char *options)
{
	struct kmod_ctx *kmod = open_kmod();
	struct kmod_module *module;
	int err = kmod ? kmod_module_new_from_name(kmod, name, &module) : -ENOMEM;

	if (!err) {
		err = insert(module, 0, options);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return abs(err);
}

int load_modules_for(const char *modalias)
{
	struct kmod_list *found = NULL, *fit = NULL, *item;
	struct kmod_ctx *kmod = open_kmod();
	int err = kmod ? kmod_module_new_from_lookup(kmod, modalias, &found) : -ENOMEM;
	int count = 0;

	if (!err)
		err = kmod_module_apply_filter(kmod, KMOD_FILTER_BLACKLIST, found, &fit);
	kmod_list_foreach(item, fit)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		/* The driver link says which of them succeeds. */
		insert(module, KMOD_PROBE_APPLY_BLACKLIST, NULL);
		kmod_module_unref(module);
		count++;
	}
	kmod_module_unref_list(fit);
	kmod_module_unref_list(found);
	kmod_unref(kmod);
	return err < 0 ? err : count;
}
