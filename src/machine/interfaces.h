/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interfaces.h - the network interfaces of a PCI function that somebody uses
 */
#ifndef VFIO_CLAIM_MACHINE_INTERFACES_H
#define VFIO_CLAIM_MACHINE_INTERFACES_H

#include "../host/string_set.h"

/*
 * Adds to @users a sentence for each network interface of the function @slot that is a part of
 * another (a bridge, a bond), or that is up (IFF_UP) and has a carrier or a route. One that is up
 * and has neither serves nobody: network managers take all of them up. @sysroot: see path_below().
 */
void interfaces_find_users(const char *sysroot, const char *slot, struct string_set *users);

#endif
