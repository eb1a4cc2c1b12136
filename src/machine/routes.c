/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/route.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot.h"

/* One row of a table. The first @bits of @network count; IPv4 has four bytes. */
struct route {
	unsigned char network[16];
	unsigned int bits;
	unsigned int flags;
	char interface[64];
};

/* A row of /proc/net/route: addresses are numbers of the host's byte order. */
static bool read_ipv4(const char *line, struct route *route)
{
	uint32_t network, mask;

	*route = (struct route){ 0 };
	if (sscanf(line, "%63s %x %*x %x %*d %*d %*d %x", route->interface, &network, &route->flags,
		   &mask) != 4)
		return false;
	memcpy(route->network, &network, sizeof(network));
	route->bits = (unsigned int)__builtin_popcount(mask);
	return true;
}

/* A row of /proc/net/ipv6_route. */
static bool read_ipv6(const char *line, struct route *route)
{
	char digits[33];
	unsigned int byte;
	size_t i;

	*route = (struct route){ 0 };
	if (sscanf(line, "%32s %x %*s %*x %*s %*x %*x %*x %x %63s", digits, &route->bits,
		   &route->flags, route->interface) != 4)
		return false;
	for (i = 0; i < sizeof(route->network); i++) {
		if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
			return false;
		route->network[i] = (unsigned char)byte;
	}
	return route->bits <= 128;
}

/* Returns true if the first bits of @address are those of the route. */
static bool leads_to(const struct route *route, const unsigned char *address)
{
	unsigned int bytes = route->bits / 8, bits = route->bits % 8;

	if (memcmp(route->network, address, bytes) != 0)
		return false;
	return !bits || !((route->network[bytes] ^ address[bytes]) >> (8 - bits));
}

/* Returns true if packets go out by it. */
static bool is_usable(const struct route *route)
{
	return (route->flags & RTF_UP) && !(route->flags & RTF_REJECT) &&
	       strcmp(route->interface, "lo") != 0;
}

/* What a table is searched for, and what has been found. */
struct wanted {
	const char *over;             /* any route over this interface; NULL: as below */
	const unsigned char *address; /* NULL: the default */
	unsigned int bits;            /* of the best route so far */
	struct string_set *interfaces;
};

/* Considers one route: one more precise than those before replaces them. */
static void consider(const struct route *route, struct wanted *wanted)
{
	if (!is_usable(route) || route->bits < wanted->bits)
		return;
	if (wanted->over) {
		if (strcmp(route->interface, wanted->over) == 0)
			string_set_add(wanted->interfaces, route->interface);
		return;
	}
	if (wanted->address ? !leads_to(route, wanted->address) : route->bits != 0)
		return;
	if (route->bits > wanted->bits)
		string_set_free(wanted->interfaces);
	wanted->bits = route->bits;
	string_set_add(wanted->interfaces, route->interface);
}

/* Reads one table. */
static void search(const char *sysroot, const char *table,
		   bool (*read_row)(const char *line, struct route *route), struct wanted *wanted)
{
	char *path = path_below(sysroot, table), *line = NULL;
	FILE *file = path ? fopen(path, "re") : NULL;
	struct route route;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0)
		if (read_row(line, &route)) /* the heading is not one */
			consider(&route, wanted);
	free(line);
	if (file)
		fclose(file);
	free(path);
}

static void search_ipv4(const char *sysroot, struct wanted *wanted)
{
	search(sysroot, "/proc/net/route", read_ipv4, wanted);
}

static void search_ipv6(const char *sysroot, struct wanted *wanted)
{
	search(sysroot, "/proc/net/ipv6_route", read_ipv6, wanted);
}

void routes_default(const char *sysroot, struct string_set *interfaces)
{
	struct wanted wanted = { .interfaces = interfaces };

	search_ipv4(sysroot, &wanted);
	search_ipv6(sysroot, &wanted);
}

void routes_to(const char *sysroot, const char *host, struct string_set *interfaces)
{
	struct string_set found = { 0 };
	unsigned char address[16];
	struct wanted wanted = { .address = address, .interfaces = &found };
	size_t i;

	if (inet_pton(AF_INET, host, address) == 1)
		search_ipv4(sysroot, &wanted);
	else if (inet_pton(AF_INET6, host, address) == 1)
		search_ipv6(sysroot, &wanted);
	for (i = 0; i < found.count; i++)
		string_set_add(interfaces, found.name[i]);
	string_set_free(&found);
}

bool routes_over(const char *sysroot, const char *interface)
{
	struct string_set found = { 0 };
	struct wanted wanted = { .over = interface, .interfaces = &found };
	bool any;

	search_ipv4(sysroot, &wanted);
	any = found.count > 0;
	string_set_free(&found);
	return any;
}
