/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers.h"

#include <string.h>

#include "text.h"

bool is_vfio_driver(const char *driver)
{
	return text_has(driver, "vfio");
}

bool driver_leaves_group(const char *driver)
{
	return !driver[0] || is_vfio_driver(driver) || !strcmp(driver, "pci-stub") ||
	       !strcmp(driver, "pcieport");
}
