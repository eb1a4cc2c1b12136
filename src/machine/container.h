/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - whether this system is a container, whose devices and kernel are its host's
 */
#ifndef VFIO_CLAIM_MACHINE_CONTAINER_H
#define VFIO_CLAIM_MACHINE_CONTAINER_H

/*
 * Returns the name of the program that runs this container, such as "systemd-nspawn", as a new
 * string for the caller to free, or NULL when this is no container, or none that can be recognized.
 * It goes by the files that systemd, systemd-nspawn, Podman and Docker leave in a container
 * (https://systemd.io/CONTAINER_INTERFACE). @sysroot: see path_below().
 */
char *container_name(const char *sysroot);

/* In a container, warns that what is set here has no effect on the running kernel. */
void container_warn(const char *sysroot);

#endif
