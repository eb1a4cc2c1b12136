/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "power.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"

char *power_state(const char *sysroot, const char *slot)
{
	return sysroot_read(sysroot, DEVICES "/%s/power_state", slot);
}

bool power_is_d3(const char *state)
{
	return strcmp(state, "D3hot") == 0 || strcmp(state, "D3cold") == 0;
}

bool power_is_gone(const char *sysroot, const char *slot)
{
	char path[64], *located;
	uint32_t ids = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), DEVICES "/%s/config", slot);
	located = path_below(sysroot, path);
	fd = located ? open(located, O_RDONLY | O_CLOEXEC) : -1;
	free(located);
	if (fd < 0)
		return false;
	len = read(fd, &ids, sizeof(ids));
	close(fd);
	return len == sizeof(ids) && ids == UINT32_MAX;
}
