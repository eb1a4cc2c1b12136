/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - whether this system is a container, whose devices and kernel are its host's
 */
#ifndef VFIO_CLAIM_CLI_CONTAINER_H
#define VFIO_CLAIM_CLI_CONTAINER_H

/*
 * Returns the name of what runs this container, "systemd-nspawn", a new string for the caller to
 * free, or NULL when it is none or that does not tell: by the files that systemd, systemd-nspawn,
 * Podman and Docker leave in it (https://systemd.io/CONTAINER_INTERFACE). @sysroot: see
 * path_below().
 */
char *container_name(const char *sysroot);

/* Warns, if it is one, that what is set here does not concern the kernel that runs. */
void container_warn(const char *sysroot);

#endif
