/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network.h - the network cards that a machine cannot do without
 */
#ifndef VFIO_CLAIM_MACHINE_NETWORK_H
#define VFIO_CLAIM_MACHINE_NETWORK_H

#include "protection_search.h"

/*
 * Protects what is behind every interface that has a default route. If an earlier search
 * ended at other hosts, also protects these interfaces and those that lead to its servers for its
 * purpose ("root over the network"). Warns of what cannot be found out.
 * A virtual interface is made of the links lower_* in /sys/class/net/NAME (the kernel's
 * net/core/dev.c, netdev_adjacent_sysfs_add()) and the entries of its brif, if it is a bridge
 * (net/bridge/br_sysfs_if.c).
 */
void network_protect(struct protection *protection);

#endif
