/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of klibc's allocator, which is larger than what most files of this program are, and asks
 * the kernel as often. The program lives for milliseconds: what it frees, the kernel gets back with
 * the rest. Only linked where klibc is.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK ((size_t)256 * 1024)
#define ALIGN ((size_t)16)

static char *next;
static size_t left;

static char *more(size_t size)
{
	void *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return chunk == MAP_FAILED ? NULL : chunk;
}

void *malloc(size_t size)
{
	char *memory;

	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (size > left) {
		left = size > CHUNK ? size : CHUNK;
		next = more(left);
		if (!next)
			left = 0;
	}
	if (!next)
		return NULL;
	memory = next;
	next += size;
	left -= size;
	return memory;
}

/* No memory is handed out twice, and the kernel's is zeroed. */
void *calloc(size_t count, size_t size)
{
	return size && count > PTRDIFF_MAX / size ? NULL : malloc(count * size);
}

void free(void *memory)
{
	(void)memory;
}
