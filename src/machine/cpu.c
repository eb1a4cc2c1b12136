/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/sysroot_files.h"

/* Returns true if a line of @text that begins with @name has @word in it, between blanks. */
static bool line_has(const char *text, const char *name, const char *word)
{
	const char *line = text, *end, *at;
	size_t len = strlen(word);

	while (line && strncmp(line, name, strlen(name)) != 0) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!line)
		return false;
	end = line + strcspn(line, "\n");
	for (at = line; (at = strstr(at, word)) && at < end; at++)
		if (at > line && at[-1] == ' ' && strchr(" \n", at[len]))
			return true;
	return false;
}

/* On Arm the processor does not say so, but QEMU's firmware and device tree do. */
static bool board_is_virtual(const char *sysroot)
{
	char *vendor = sysroot_read(sysroot, "/sys/class/dmi/id/sys_vendor");
	char *compatible = sysroot_read(sysroot, "/proc/device-tree/compatible");
	bool is_virtual = (vendor && strcmp(vendor, "QEMU") == 0) ||
			  (compatible && strcmp(compatible, "linux,dummy-virt") == 0);

	free(compatible);
	free(vendor);
	return is_virtual;
}

struct cpu cpu_look(const char *sysroot)
{
	char *text = file_text(sysroot, "/proc/cpuinfo");
	struct cpu cpu = { 0 };

	if (text) {
		cpu.known = strstr(text, "\nflags");
		cpu.vmx = line_has(text, "flags", "vmx");
		cpu.svm = line_has(text, "flags", "svm");
		cpu.guest = line_has(text, "flags", "hypervisor");
		cpu.intel = strstr(text, "GenuineIntel") || strstr(text, "CentaurHauls") ||
			    strstr(text, "  Shanghai  ");
		cpu.amd = strstr(text, "AuthenticAMD") || strstr(text, "HygonGenuine");
		cpu.arm = strstr(text, "CPU implementer");
	}
	cpu.guest = cpu.guest || board_is_virtual(sysroot);
	free(text);
	return cpu;
}
