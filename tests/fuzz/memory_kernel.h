/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel does when act.c writes to the tree of memory_sysfs.h: overrides, unbind, bind,
 * drivers_probe (drivers/base/{bus,dd}.c, drivers/pci/pci-driver.c), and vfio-pci being loaded.
 * Also what is linked in place of src/core/child.c: a child's work is done at once, unless it is
 * stuck.
 */
#ifndef VFIO_CLAIM_MEMORY_KERNEL_H
#define VFIO_CLAIM_MEMORY_KERNEL_H

#include "case.h"

/* The driver that coldplug finds for what has none. */
#define DRIVER_NATIVE "native"

/* Begins with the machine of @test, which must be in the tree. */
void kernel_start(const struct test_case *test);

/* udev loads drivers: what is without one and without an override gets DRIVER_NATIVE. */
void kernel_coldplug(void);

/* vfio-pci is built in: it is there before all else, with the IDs of the command line. */
void kernel_build_vfio_in(const struct requests *requests);

/*
 * vfio-pci is loaded, with the IDs of @requests or with none, and takes what it may. Its variants
 * are there from then on too; with @decline, they do not want any device.
 */
void kernel_load_vfio(const struct requests *requests, bool hide_ids, bool decline);

/*
 * Somebody else loads vfio-pci and gives it an ID that @function has, of one of three kinds:
 * vendor and device, vendor and class, class alone.
 */
void kernel_intrude(const struct function *function, size_t kind);

/* From now on what children do to @function waits for kernel_unstick(). */
void kernel_stick(const struct function *function);
void kernel_unstick(void);

/* Whether vfio-pci would have @function. */
bool kernel_accepts(const struct function *function);

/* What stands there now; the empty string for none. */
const char *kernel_driver(const struct function *function);
const char *kernel_override(const struct function *function);

#endif
