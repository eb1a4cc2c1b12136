/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reset.h - how a PCI function can be reset between two guests (Documentation/ABI/testing/
 * sysfs-bus-pci: reset, reset_method)
 */
#ifndef VFIO_CLAIM_MACHINE_RESET_H
#define VFIO_CLAIM_MACHINE_RESET_H

#include "../host/string_set.h"

enum reset_kind {
	RESET_OWN,      /* the function alone: flr, af_flr, acpi, device_specific, cxl_bus */
	RESET_BUS,      /* with its bus, where it is alone */
	RESET_POWER,    /* only through its power state, which may leave things as they were */
	RESET_TOGETHER, /* at most with its bus, where other functions are */
	RESET_NONE,
	RESET_UNNAMED, /* the kernel, older than 5.15, does not say how */
};

struct reset {
	enum reset_kind kind;
	char *methods;            /* "flr bus", in the order in which they are tried; or NULL */
	struct string_set others; /* with RESET_TOGETHER, their slots, bridges excepted */
};

/*
 * Finds out how the function at @slot can be reset. Both attributes exist only if it can
 * (drivers/pci/pci-sysfs.c: pci_dev_reset_attr_is_visible()); the kernel offers the reset of a bus
 * only to a function that is alone there (drivers/pci/pci.c: pci_parent_bus_reset()), but vfio-pci
 * does that to all of them if one guest has them all (VFIO_DEVICE_PCI_HOT_RESET). The first
 * function of a bus has "bus" among its methods all the same, because it was alone when the kernel
 * looked (drivers/pci/probe.c: pci_device_add()); so others on the bus count more than this word.
 * @sysroot: see path_below(). @reset: to be released with reset_free().
 */
void reset_find(struct reset *reset, const char *sysroot, const char *slot);

void reset_free(struct reset *reset);

#endif
