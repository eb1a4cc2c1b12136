/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writes: writes the two overrides of bench/boot's machine and does nothing else, without a C
 * library. No program that reserves these devices can cost less.
 */
#include "bare.h"
#include <fcntl.h>

static int reserve(const char *path)
{
	long fd = bare_call(SYS_open, (long)path, O_WRONLY, 0, 0);

	return fd < 0 || bare_call(SYS_write, fd, (long)"vfio-pci", 8, 0) != 8 ||
	       bare_call(SYS_close, fd, 0, 0, 0) < 0;
}

void _start(void)
{
	bare_exit(reserve("/sys/bus/pci/devices/0000:01:00.0/driver_override") |
		  reserve("/sys/bus/pci/devices/0000:02:00.0/driver_override"));
}
