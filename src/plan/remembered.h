/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remembered.h - what `vfio-claim enable` set, kept in /var/lib/vfio-claim/enabled to detect when a
 * kernel update or a tool that rewrites the boot menu drops it, and to set it again
 */
#ifndef VFIO_CLAIM_PLAN_REMEMBERED_H
#define VFIO_CLAIM_PLAN_REMEMBERED_H

#include <stdbool.h>

#include "../host/changes.h"

/* All zero means nothing. */
struct remembered {
	char *words;    /* of the kernel command line, claim_words.h; NULL: nothing is remembered */
	bool conf;      /* they are in /etc/vfio-claim.conf, and not on the command line */
	bool addon;     /* they are on the command line by an add-on (config_addon.c) */
	bool this_boot; /* set during the running boot (or not known): it cannot have them */
};

/*
 * Reads it. The caller frees @remembered in any case. @sysroot: see path_below(). Returns 0, or -1
 * after printing an error.
 */
int remembered_read(struct remembered *remembered, const char *sysroot);

void remembered_free(struct remembered *remembered);

/* Returns true if anything is remembered. Prints nothing. */
bool remembered_any(const char *sysroot);

/*
 * Adds the step that writes @words to it, or removes it if they are "". Call it after adding the
 * steps that set them: if there are none, and the words are the same, nothing is added. @place: in
 * which they are: "cmdline", or NULL for it, "conf" or "addon".
 */
void remembered_set(struct changes *changes, const char *words, const char *place);

/* What has been lost, to be freed with loss_free(). All zero means nothing. */
struct loss {
	char *menu; /* a sentence about future boots, or NULL */
	char *boot; /* one about the running boot, or NULL */
	bool again; /* 'vfio-claim enable' sets again what @menu is about */
};

/*
 * Compares it with the boot menu's default entry, or /etc/vfio-claim.conf, and with what this boot
 * was asked for. Nothing counts as lost if no menu can be read, or in a boot that was asked for
 * other claims or for rd.vfio=0. Prints nothing. Returns 0, or -1 if out of memory.
 */
int remembered_compare(const struct remembered *remembered, const char *sysroot, struct loss *loss);

void loss_free(struct loss *loss);

/*
 * Returns true if the running boot was asked for what is remembered, by its command line or the
 * file in its image, and rd.vfio=0 does not forbid it; false also if that cannot be read. Prints
 * nothing.
 */
bool remembered_has_boot(const char *sysroot);

#endif
