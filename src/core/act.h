/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan carried out, one device at a time, each in a child with a deadline.
 */
#ifndef VFIO_CLAIM_CORE_ACT_H
#define VFIO_CLAIM_CORE_ACT_H

#include <stdbool.h>
#include <stddef.h>

#include "claim.h"

/* The claims of a plan that are to be carried out. */
struct claims {
	int sys; /* see sysfs.h */
	struct claim *item;
	size_t count;
	unsigned int timeout; /* seconds for all that blocks */
	unsigned int budget;  /* what is left of them, in milliseconds */
	bool calm;            /* nothing has been loaded or unbound yet */
	int (*stop)(void);    /* NULL, or whether act_bind() is to leave the rest reserved */
};

/*
 * Fills @claims, zero but for sys, with those of @plan, none of them begun; the plan stays the
 * caller's. Returns 0 or -ENOMEM.
 */
int claims_make(struct claims *claims, const struct plan *plan, const struct requests *requests);

/* Frees them; children that are still running are left behind. */
void claims_free(struct claims *claims);

/* Returns true if any claim has come as far as @state. */
bool claims_any(const struct claims *claims, enum state state);

/* Returns the claim of the slot that @text begins with, or NULL. No slot's name begins another. */
struct claim *claims_find(const struct claims *claims, const char *text);

/* Writes every claim's driver_override, side by side: none waits for another that is stuck. */
void act_reserve(struct claims *claims);

/*
 * Takes every reserved device from the driver that has it and binds it to its variant driver, or to
 * vfio-pci when there is none or it declines; one after the other (drivers have had bugs with
 * unbinding side by side), passing over one that is stuck. What cannot be bound is given back. With
 * @early, what another driver holds stays reserved.
 */
void act_bind(struct claims *claims, bool early);

/* Frees the memory of the displays that are claimed from the boot framebuffer, below @root. */
void act_free_displays(struct claims *claims, int root);

/*
 * Gives back what is reserved: override cleared, its own driver probed. @step and @error are noted
 * as the reason. With rd.vfio.strict=1 only the reason is noted.
 */
void act_give_back(struct claims *claims, enum step step, int error);

/* Returns true if vfio-pci holds the device but must not. */
bool act_must_release(const struct decision *decision);

/*
 * Removes the IDs of vfio-pci.ids= among @requests, one claim each, from a vfio-pci that is built
 * in (remove_id_store() in drivers/pci/pci-driver.c), so that it does not take a device that
 * appears later and is to be kept.
 */
void act_forget_ids(const struct claims *claims, const struct requests *requests);

/*
 * Gives back what vfio-pci holds and @plan leaves alone, whatever made it take it: vfio-pci.ids=
 * with a built-in driver, or another program's ids= or new_id. First removes the IDs that match the
 * device from the driver, or it would take it again. Returns whether anything was given back.
 */
bool act_release(struct claims *claims, const struct plan *plan);

/* Gives back the device whose slot's name the @length characters at @slot are. */
void act_release_slot(struct claims *claims, const char *slot, size_t length);

#endif
