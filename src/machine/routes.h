/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * routes.h - the kernel's main routing tables, /proc/net/route (proc(5); fib_route_seq_show() in
 * net/ipv4/fib_trie.c) and /proc/net/ipv6_route (ipv6_route_native_seq_show() in
 * net/ipv6/ip6_fib.c)
 *
 * A table that is not there, or lack of memory, counts as no route.
 */
#ifndef VFIO_CLAIM_MACHINE_ROUTES_H
#define VFIO_CLAIM_MACHINE_ROUTES_H

#include <stdbool.h>

#include "../host/string_set.h"

/*
 * Adds the names of the interfaces that have a default route, IPv4 or IPv6, to @interfaces.
 * @sysroot: see path_below(), as below.
 */
void routes_default(const char *sysroot, struct string_set *interfaces);

/*
 * Adds the names of the interfaces over which a host is reached, by the most precise route alone.
 * @host: an IPv4 or IPv6 address in the usual notation; anything else adds nothing.
 */
void routes_to(const char *sysroot, const char *host, struct string_set *interfaces);

/* Returns true if any IPv4 route leads over an interface: each address has one. */
bool routes_over(const char *sysroot, const char *interface);

#endif
