/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_memory.h - the memory that a guest can have, and how much of it a process may lock
 */
#ifndef VFIO_CLAIM_MACHINE_GUEST_MEMORY_H
#define VFIO_CLAIM_MACHINE_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Pages of one size that are set aside; all numbers but the size count pages. */
struct huge_pages {
	uint64_t size; /* in bytes; 0: there are none */
	uint64_t total;
	uint64_t usable; /* free, and not promised to anybody */
};

/* In bytes; 0: not known. */
struct guest_memory {
	uint64_t total;
	uint64_t available;     /* MemAvailable: without swapping, and without hugepages */
	struct huge_pages huge; /* of several sizes, that with the most usable memory */
	uint64_t lockable;      /* the limit of this process; UINT64_MAX: none */
	bool may_lock;          /* the limit does not count: it has CAP_IPC_LOCK */
};

/*
 * Reads /proc/meminfo, /proc/self/limits and /proc/self/status (proc(5)) and the pools of hugepages
 * in sysfs (Documentation/admin-guide/mm/hugetlbpage.rst). All memory of a guest with a device of
 * vfio's is locked, and counts against RLIMIT_MEMLOCK, that in hugepages as well
 * (drivers/vfio/vfio_iommu_type1.c: vfio_pin_pages_remote()). @sysroot: see path_below().
 */
void guest_memory_look(struct guest_memory *memory, const char *sysroot);

#endif
