/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network.h - the devices behind the network that a machine cannot do without
 */
#ifndef VFIO_CLAIM_MACHINE_NETWORK_H
#define VFIO_CLAIM_MACHINE_NETWORK_H

#include "protection_search.h"

/*
 * Protects what is behind every interface that has a default route. When a search before has gone
 * remote, protects these, and the interfaces that lead to its servers, also for its purpose ("root
 * over the network"). What cannot be found out is warned of.
 * What a virtual interface is made of: the links lower_* in /sys/class/net/NAME (the kernel's
 * net/core/dev.c, netdev_adjacent_sysfs_add()) and the entries of its brif, if it is a bridge
 * (net/bridge/br_sysfs_if.c).
 */
void network_protect(struct protection *protection);

#endif
