/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest_memory.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/sysroot_files.h"

#define POOLS "/sys/kernel/mm/hugepages"

/* Returns what follows @name at the beginning of a line, without blanks, or NULL. */
static const char *find_line(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *line;

	for (line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (strncmp(line, name, len) == 0)
			return line + len + strspn(line + len, " \t");
	return NULL;
}

/* Returns the kibibytes after @name as bytes, or 0. */
static uint64_t read_amount(const char *text, const char *name)
{
	const char *value = find_line(text, name);

	return value ? strtoull(value, NULL, 10) * 1024 : 0;
}

static void read_meminfo(struct guest_memory *memory, const char *sysroot)
{
	char *text = file_text(sysroot, "/proc/meminfo");

	memory->total = read_amount(text, "MemTotal:");
	memory->available = read_amount(text, "MemAvailable:");
	free(text);
}

static uint64_t read_count(const char *sysroot, const char *pool, const char *file)
{
	char *text = sysroot_read(sysroot, POOLS "/%s/%s", pool, file);
	uint64_t count = text ? strtoull(text, NULL, 10) : 0;

	free(text);
	return count;
}

/* @pool: "hugepages-2048kB". */
static void read_pool(struct guest_memory *memory, const char *sysroot, const char *pool)
{
	struct huge_pages huge = { .total = read_count(sysroot, pool, "nr_hugepages") };
	uint64_t free_pages = read_count(sysroot, pool, "free_hugepages");
	uint64_t promised = read_count(sysroot, pool, "resv_hugepages");
	const char *size = strchr(pool, '-');

	huge.size = size ? strtoull(size + 1, NULL, 10) * 1024 : 0;
	huge.usable = free_pages > promised ? free_pages - promised : 0;
	if (huge.size && huge.total &&
	    (!memory->huge.size ||
	     huge.usable * huge.size > memory->huge.usable * memory->huge.size))
		memory->huge = huge;
}

static void read_pools(struct guest_memory *memory, const char *sysroot)
{
	struct string_set pools = sysroot_list(sysroot, POOLS);
	size_t i;

	for (i = 0; i < pools.count; i++)
		read_pool(memory, sysroot, pools.name[i]);
	string_set_free(&pools);
}

static void read_limit(struct guest_memory *memory, const char *sysroot)
{
	char *limits = file_text(sysroot, "/proc/self/limits");
	char *status = file_text(sysroot, "/proc/self/status");
	const char *soft = find_line(limits, "Max locked memory");
	const char *caps = find_line(status, "CapEff:");

	if (soft)
		memory->lockable = strncmp(soft, "unlimited", strlen("unlimited")) == 0
					   ? UINT64_MAX
					   : strtoull(soft, NULL, 10);
	memory->may_lock = caps && strtoull(caps, NULL, 16) >> CAP_IPC_LOCK & 1;
	free(status);
	free(limits);
}

void guest_memory_look(struct guest_memory *memory, const char *sysroot)
{
	*memory = (struct guest_memory){ 0 };
	read_meminfo(memory, sysroot);
	read_pools(memory, sysroot);
	read_limit(memory, sysroot);
}
