/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "container.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"

char *container_name(const char *sysroot)
{
	static const char *const names[] = { "/run/systemd/container",
					     "/run/host/container-manager" };
	char *name = NULL;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !name; i++)
		name = sysroot_read(sysroot, "%s", names[i]);
	if (!name && sysroot_has(sysroot, "/run/.containerenv"))
		name = strdup("podman");
	if (!name && sysroot_has(sysroot, "/.dockerenv"))
		name = strdup("docker");
	return name;
}

void container_warn(const char *sysroot)
{
	char *name = container_name(sysroot);

	if (name)
		message_warning(
			"this is a container (%s): the devices and the kernel command "
			"line belong to the host; changes here take effect only on a machine that "
			"boots this system",
			name);
	free(name);
}
