/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "staged_deployment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

/* ostree's files have a few hundred bytes. */
#define SIZE_LIMIT (1024 * 1024)

bool is_ostree_booted(const char *sysroot)
{
	return sysroot_has(sysroot, "/run/ostree-booted");
}

/* --- GVariant ----------------------------------------------------------------------------------
 *
 * GLib's serialization, as in its documentation "GVariant Format Strings" and
 * gvariant-serialiser.c. A container ends with offsets. Each offset is the end of an element, and
 * has as few bytes as the size of the container needs.
 */

struct span {
	const char *data;
	size_t size;
};

/* Returns how many bytes an offset in a container of this size has. */
static size_t offset_size(size_t size)
{
	if (size <= UINT8_MAX)
		return 1;
	return size <= UINT16_MAX ? 2 : 4;
}

/* Reads offset @number, counted from the end of the container; 1 is the last one. */
static bool read_offset(const struct span *in, size_t number, size_t *offset)
{
	size_t len = offset_size(in->size), i;

	*offset = 0;
	if (number > in->size / len)
		return false;
	for (i = 0; i < len; i++)
		*offset |= (size_t)(unsigned char)in->data[in->size - number * len + i] << (8 * i);
	return *offset <= in->size;
}

/* Returns the number of elements of an array of elements of variable size; -1 if malformed. */
static long array_count(const struct span *in)
{
	size_t len = offset_size(in->size), end;

	if (!in->size)
		return 0;
	if (!read_offset(in, 1, &end) || (in->size - end) % len)
		return -1;
	return (long)((in->size - end) / len);
}

/* Finds element @index of an array of @count, whose elements are aligned to @align bytes. */
static bool array_element(const struct span *in, size_t index, size_t count, size_t align,
			  struct span *element)
{
	size_t start = 0, end;

	if (!read_offset(in, count - index, &end) ||
	    (index && !read_offset(in, count - index + 1, &start)))
		return false;
	start = (start + align - 1) / align * align;
	if (start > end || end > in->size)
		return false;
	*element = (struct span){ in->data + start, end - start };
	return true;
}

/* Returns true if @in is a string with its NUL. */
static bool is_string(const struct span *in)
{
	return in->size && memchr(in->data, '\0', in->size) == in->data + in->size - 1;
}

/* Splits an entry {sv} into its key and the data and type of its value. */
static bool split_entry(const struct span *in, const char **key, struct span *value,
			const char **type)
{
	size_t len = offset_size(in->size), end, start;
	const char *nul;

	if (!read_offset(in, 1, &end) || !is_string(&(struct span){ in->data, end }))
		return false;
	start = (end + 7) / 8 * 8;
	if (start + len > in->size)
		return false;
	*key = in->data;
	*value = (struct span){ in->data + start, in->size - len - start };
	/* The type follows the last NUL, and is not terminated by one. */
	nul = value->size ? memrchr(value->data, '\0', value->size) : NULL;
	if (!nul)
		return false;
	*type = nul + 1;
	return true;
}

/* Returns true if the type, which ends where the value ends, is @wanted. */
static bool is_type(const struct span *value, const char *type, const char *wanted)
{
	size_t len = (size_t)(value->data + value->size - type);

	return len == strlen(wanted) && memcmp(type, wanted, len) == 0;
}

/* Returns the strings of an array joined by blanks; NULL with errno. */
static char *join(const struct span *in)
{
	long count = array_count(in), i;
	struct span element;
	char *text = NULL;
	size_t len;
	FILE *out = count < 0 ? NULL : open_memstream(&text, &len);

	errno = count < 0 ? EBADMSG : errno;
	for (i = 0; out && i < count; i++) {
		if (!array_element(in, (size_t)i, (size_t)count, 1, &element) ||
		    !is_string(&element)) {
			fclose(out);
			free(text);
			errno = EBADMSG;
			return NULL;
		}
		fprintf(out, "%s%s", i ? " " : "", element.data);
	}
	return out && fclose(out) == 0 ? text : NULL;
}

char *staged_kargs(const char *data, size_t size)
{
	const struct span all = { data, size };
	struct span entry, value;
	const char *key, *type;
	long count = array_count(&all), i;

	for (i = 0; i < count; i++) {
		if (!array_element(&all, (size_t)i, (size_t)count, 8, &entry) ||
		    !split_entry(&entry, &key, &value, &type))
			break;
		if (strcmp(key, "kargs") != 0)
			continue;
		if (!is_type(&value, type, "as"))
			break;
		value.size = (size_t)(type - 1 - value.data);
		return join(&value);
	}
	errno = i < count || count <= 0 ? EBADMSG : ENOENT;
	return NULL;
}

/* --- the file ----------------------------------------------------------------------------------
 */

/* Returns a new string, or NULL with errno, which is not ENOENT. */
static char *running_cmdline(const char *sysroot)
{
	char *cmdline = sysroot_read(sysroot, "/proc/cmdline");

	if (!cmdline)
		errno = EBADMSG;
	return cmdline;
}

char *staged_cmdline(const char *sysroot)
{
	char *path = path_below(sysroot, STAGED_DEPLOYMENT), *data, *kargs = NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	ssize_t len = -1;
	int err = errno;

	free(path);
	errno = err;
	if (fd < 0)
		return NULL;
	data = malloc(SIZE_LIMIT);
	if (data)
		len = read(fd, data, SIZE_LIMIT);
	if (len >= 0)
		kargs = staged_kargs(data, (size_t)len);
	/* A deployment without arguments of its own gets those of the booted one. */
	if (!kargs && len >= 0 && errno == ENOENT)
		kargs = running_cmdline(sysroot);
	err = errno;
	free(data);
	close(fd);
	errno = err;
	return kargs;
}
