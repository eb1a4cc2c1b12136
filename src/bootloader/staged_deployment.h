/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * staged_deployment.h - the deployment that ostree will write into the boot menu when the system
 * shuts down (ostree's src/libostree/ostree-sysroot-deploy.c)
 */
#ifndef VFIO_CLAIM_BOOTLOADER_STAGED_DEPLOYMENT_H
#define VFIO_CLAIM_BOOTLOADER_STAGED_DEPLOYMENT_H

#include <stdbool.h>
#include <stddef.h>

#define STAGED_DEPLOYMENT "/run/ostree/staged-deployment"

/* Returns true if ostree deployed the running system. @sysroot: see path_below(), as below. */
bool is_ostree_booted(const char *sysroot);

/*
 * Returns the value "kargs" of a GVariant of type a{sv} (@size bytes at @data), an array of
 * strings, as one line: a new string; NULL with errno: ENOENT if there is none, EBADMSG if the data
 * is malformed or empty. Pure.
 */
char *staged_kargs(const char *data, size_t size);

/*
 * Returns the kernel command line of the staged deployment: a new string; NULL with errno: ENOENT
 * if none is staged, EBADMSG or an error of open(2) or read(2) if it cannot be read.
 */
char *staged_cmdline(const char *sysroot);

#endif
