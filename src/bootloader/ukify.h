/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ukify.h - systemd's ukify(1), which builds add-ons for unified kernel images, and the keys with
 * which it signs them for Secure Boot. @sysroot: see path_below().
 */
#ifndef VFIO_CLAIM_BOOTLOADER_UKIFY_H
#define VFIO_CLAIM_BOOTLOADER_UKIFY_H

#include <stdbool.h>

#include "../host/changes.h"

/*
 * Sets the paths of the key and the certificate, which replace those in ukify's configuration;
 * NULL: none. The strings remain the caller's.
 */
void ukify_set_keys(const char *key, const char *certificate);

/*
 * Returns true if there is a key: from ukify_set_keys(), or in /etc/kernel/uki.conf or ukify.conf
 * (kernel-install(8), ukify(1)).
 */
bool ukify_has_key(const char *sysroot);

/*
 * Checks that ukify can build an add-on, and sign it if Secure Boot is on. Returns 0, or -1 after
 * printing an error that says what to install or to set.
 */
int ukify_check(const char *sysroot);

/*
 * Adds the step that builds the add-on @file with the command line @words and, unless it is NULL,
 * the initramfs in the file @initrd; signed if there is a key. Returns 0, or -1 after printing an
 * error.
 */
int ukify_add_step(struct changes *changes, const char *file, const char *words,
		   const char *initrd);

#endif
