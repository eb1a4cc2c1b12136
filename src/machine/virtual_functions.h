/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtual_functions.h - the virtual functions (SR-IOV) of a PCI function: those that it has and
 * those that it can have. Documentation/ABI/testing/sysfs-bus-pci: sriov_totalvfs, virtfn0, physfn.
 *
 * None of this waits for the device's lock, as reading sriov_numvfs does (sriov_numvfs_show() in
 * drivers/pci/iov.c, since Linux 5.16).
 */
#ifndef VFIO_CLAIM_MACHINE_VIRTUAL_FUNCTIONS_H
#define VFIO_CLAIM_MACHINE_VIRTUAL_FUNCTIONS_H

#include "../host/string_set.h"

struct virtual_functions {
	unsigned int total;      /* so many it can have; 0: it is no physical function */
	struct string_set slots; /* those that exist, by number */
};

/* Reads those of the function @slot. @sysroot: see path_below(). The caller frees @functions. */
void virtual_functions_read(struct virtual_functions *functions, const char *sysroot,
			    const char *slot);

void virtual_functions_free(struct virtual_functions *functions);

/*
 * Returns the slot of the physical function that @slot is a virtual function of: a new string, or
 * NULL if it is none.
 */
char *physical_function(const char *sysroot, const char *slot);

#endif
