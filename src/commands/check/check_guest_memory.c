/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_guest_memory.c - vfio-claim check --memory: whether there is memory for a virtual machine
 */
#include <ctype.h>
#include <stdlib.h>

#include "../../machine/guest_memory.h"
#include "check.h"

/* 64 TiB, the most that x86 can address with 46 bits. */
#define MEMORY_MAX 65536

#define MIB 1048576ULL
#define GIB ((uint64_t)1 << 30)

int check_take_memory(const struct arguments *args, void *to)
{
	unsigned long amount = strtoul(args->value, NULL, 10);
	const char *c = args->value;

	while (isdigit((unsigned char)*c))
		c++;
	if (*c || c == args->value || !amount || amount > MEMORY_MAX)
		return usage_error(args, "--memory %s: a guest has 1 to %d GiB, without a unit",
				   args->value, MEMORY_MAX);
	*(unsigned long *)to = amount;
	return EXIT_OK;
}

/* For printf(3): "%.1f GiB". */
static double in_gib(uint64_t bytes)
{
	return (double)bytes / (double)GIB;
}

/* Returns how many hugepages the guest takes. */
static uint64_t pages_needed(const struct check *check, const struct huge_pages *huge)
{
	return (check->memory * GIB + huge->size - 1) / huge->size;
}

/* Returns true if the guest fits into the hugepages that are free. */
static bool fits_in_huge(const struct check *check, const struct huge_pages *huge)
{
	return huge->size && huge->usable >= pages_needed(check, huge);
}

static void check_huge(struct check *check, const struct guest_memory *memory)
{
	struct findings *findings = &check->findings;
	const struct huge_pages *huge = &memory->huge;

	if (!huge->size) {
		finding_add(findings, LEVEL_OK, "hugepages",
			    "hugepages: none are reserved; only a guest that is set up for them "
			    "needs some");
	} else if (fits_in_huge(check, huge)) {
		finding_add(findings, LEVEL_OK, "hugepages",
			    "hugepages: %.1f GiB are free, enough for a guest of %lu GiB",
			    in_gib(huge->usable * huge->size), check->memory);
	} else {
		finding_add(findings, LEVEL_WARNING, "hugepages",
			    "hugepages: only %.1f GiB are free; a guest of %lu GiB that is set up "
			    "for them does not start",
			    in_gib(huge->usable * huge->size), check->memory);
		finding_fix(findings,
			    "echo %llu >/sys/kernel/mm/hugepages/hugepages-%llukB/"
			    "nr_hugepages",
			    (unsigned long long)(huge->total + pages_needed(check, huge) -
						 huge->usable),
			    (unsigned long long)huge->size / 1024);
	}
}

static void check_ordinary(struct check *check, const struct guest_memory *memory)
{
	struct findings *findings = &check->findings;
	uint64_t needed = check->memory * GIB;

	if (!memory->total)
		finding_add(findings, LEVEL_WARNING, "memory",
			    "memory: unknown: /proc/meminfo does not show it");
	else if (memory->total < needed)
		finding_add(findings, LEVEL_PROBLEM, "memory",
			    "memory: this machine has %.1f GiB, which is less than a guest of %lu "
			    "GiB needs; give the guest less",
			    in_gib(memory->total), check->memory);
	else if (fits_in_huge(check, &memory->huge))
		finding_add(findings, LEVEL_OK, "memory",
			    "memory: %.1f GiB are available besides the hugepages",
			    in_gib(memory->available));
	else if (memory->available < needed)
		finding_add(findings, LEVEL_PROBLEM, "memory",
			    "memory: only %.1f GiB are available; a guest with a device takes all "
			    "of its %lu GiB when it starts, and the kernel would end it or other "
			    "programs; end some, or give the guest less",
			    in_gib(memory->available), check->memory);
	else
		finding_add(findings, LEVEL_OK, "memory",
			    "memory: %.1f GiB are available, enough for a guest of %lu GiB, which "
			    "takes all of it when it starts",
			    in_gib(memory->available), check->memory);
}

/*
 * Besides its memory, a guest locks ROMs and the memory of its displays; libvirt allows 1 GiB for
 * that (qemuDomainGetMemLockLimitBytes()).
 */
static void check_lockable(struct check *check, const struct guest_memory *memory)
{
	struct findings *findings = &check->findings;
	uint64_t needed = (check->memory + 1) * GIB;

	if (memory->may_lock) {
		finding_add(findings, LEVEL_OK, "memlock",
			    "locked memory: no limit for root, nor for guests that root's libvirt "
			    "starts; for a guest that a user starts, run this as that user");
	} else if (!memory->lockable) {
		finding_add(findings, LEVEL_WARNING, "memlock",
			    "locked memory: its limit is unknown: /proc/self/limits does not "
			    "show it");
		finding_fix(findings, "ulimit -l");
	} else if (memory->lockable < needed) {
		finding_add(findings, LEVEL_WARNING, "memlock",
			    "locked memory: this user may lock %llu MiB, and a guest of %lu GiB "
			    "needs %llu: it ends with \"VFIO_MAP_DMA failed: Cannot allocate "
			    "memory\", unless root's libvirt starts it, which sets the limit "
			    "itself; log in again after the change",
			    (unsigned long long)memory->lockable / MIB, check->memory,
			    (unsigned long long)needed / MIB);
		finding_fix(findings,
			    "echo '@kvm - memlock %llu' >/etc/security/limits.d/vfio.conf",
			    (unsigned long long)needed / 1024);
	} else {
		finding_add(findings, LEVEL_OK, "memlock",
			    "locked memory: this user may lock enough for a guest of %lu GiB",
			    check->memory);
	}
}

void check_guest_memory(struct check *check)
{
	struct guest_memory memory;

	if (!check->memory) {
		finding_add(&check->findings, LEVEL_OK, "memory",
			    "memory: not compared; add --memory with the guest's GiB");
		return;
	}
	guest_memory_look(&memory, check->sysroot);
	check_ordinary(check, &memory);
	check_huge(check, &memory);
	check_lockable(check, &memory);
}
