/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "foreign_generator.h"

#include <stddef.h>
#include <string.h>

#include "../host/run_tool.h"

const char *foreign_generator(const char *sysroot)
{
	static const char *const ours[] = { "update-initramfs", "mkinitcpio", "dracut" };
	/* Gentoo, Arch, Gentoo, Alpine */
	static const char *const others[] = { "ugrd", "booster", "genkernel", "mkinitfs" };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (has_program(sysroot, ours[i]))
			return NULL;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has_program(sysroot, others[i]))
			return others[i];
	return NULL;
}

bool foreign_generator_made(const char *name)
{
	static const char booster[] = "booster";

	return strncmp(name, booster, strlen(booster)) == 0;
}
