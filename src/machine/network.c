/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "routes.h"

#define VIRTUAL "/sys/devices/virtual/"
#define LOWER   "lower_" /* prefix of the links to what an interface is made of */

/* Whatever is plugged into Open vSwitch is below this; its own ports do not say. */
#define OPEN_VSWITCH "ovs-system"

static void protect_interface(struct protection *protection, const char *name);

/* Protects what a virtual interface is made of: a bridge, bond, team, VLAN, macvlan. */
static void protect_lower(struct protection *protection, const char *path)
{
	struct string_set entries = sysroot_list(protection->sysroot, "%s", path);
	struct string_set ports = sysroot_list(protection->sysroot, "%s/brif", path);
	bool any = ports.count > 0;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		if (strncmp(entries.name[i], LOWER, strlen(LOWER)) != 0)
			continue;
		protect_interface(protection, entries.name[i] + strlen(LOWER));
		any = true;
	}
	for (i = 0; i < ports.count; i++)
		protect_interface(protection, ports.name[i]);
	if (!any)
		protect_interface(protection, OPEN_VSWITCH);
	string_set_free(&ports);
	string_set_free(&entries);
}

static void protect_interface(struct protection *protection, const char *name)
{
	char *path = sysroot_real(protection->sysroot, "/sys/class/net/%s", name);

	if (!path || !protection_enter(protection, path)) {
		free(path);
		return;
	}
	if (!protection_add_device(protection, path)) {
		if (strncmp(path, VIRTUAL, strlen(VIRTUAL)) == 0)
			protect_lower(protection, path); /* a VM's tap has nothing below it */
		else
			protection->found = true; /* on another bus than PCI */
	}
	free(path);
}

/* Protects what is behind each of @interfaces. */
static void protect_interfaces(struct protection *protection, const struct string_set *interfaces,
			       const char *purpose)
{
	size_t i;

	for (i = 0; i < interfaces->count; i++) {
		protection_begin(protection, purpose);
		protect_interface(protection, interfaces->name[i]);
		protection_end(protection, "is behind the network interface %s",
			       interfaces->name[i]);
	}
}

/* Protects the interfaces that lead to the servers found, for each purpose that they serve. */
static void protect_way(struct protection *protection, struct string_set *interfaces)
{
	char *purpose;
	size_t i;

	for (i = 0; i < protection->servers.count; i++)
		routes_to(protection->sysroot, protection->servers.name[i], interfaces);
	for (i = 0; i < protection->remote.count; i++) {
		const char *served = protection->remote.name[i];

		if (strcmp(served, "/") == 0)
			served = "root";
		if (!interfaces->count)
			message_warning("cannot tell which network device leads to the server of "
					"the %s: it is not protected",
					served);
		if (asprintf(&purpose, "%s over the network", served) < 0)
			return;
		protect_interfaces(protection, interfaces, purpose);
		free(purpose);
	}
}

void network_protect(struct protection *protection)
{
	struct string_set interfaces = { 0 };

	routes_default(protection->sysroot, &interfaces);
	protect_interfaces(protection, &interfaces, "network (default route)");
	protect_way(protection, &interfaces);
	string_set_free(&interfaces);
}
