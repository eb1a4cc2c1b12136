/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "text.h"

#define READ_ALL_STEP 4096

/* Reads until the end or until @size is full. Returns the length or -errno. */
static ssize_t read_fully(int fd, char *data, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size) {
		got = read(fd, data + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

int sysfs_read(int root, const char *path, char *data, size_t size)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t length;

	data[0] = '\0';
	if (fd < 0)
		return -errno;
	length = read_fully(fd, data, size);
	close(fd);
	if (length < 0) {
		data[0] = '\0';
		return (int)length;
	}
	if ((size_t)length == size) {
		data[0] = '\0';
		return -EFBIG;
	}
	if (length && data[length - 1] == '\n')
		length--;
	data[length] = '\0';
	return (int)length;
}

char *sysfs_read_all(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t size = 0;
	ssize_t got = 0;
	char *data = NULL, *more;

	if (fd < 0)
		return NULL;
	do {
		size += (size_t)got;
		more = realloc(data, size + READ_ALL_STEP + 1);
		if (!more) {
			got = -ENOMEM;
			break;
		}
		data = more;
		got = read_fully(fd, data + size, READ_ALL_STEP);
	} while (got > 0);
	close(fd);
	if (got < 0) {
		free(data);
		errno = (int)-got;
		return NULL;
	}
	data[size] = '\0';
	return data;
}

int sysfs_write(int root, const char *path, const char *data)
{
	int fd = openat(root, path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	size_t length = strlen(data);
	ssize_t done;
	int error = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, data, length);
	if (done < 0)
		error = -errno;
	else if ((size_t)done != length)
		error = -EIO;
	close(fd);
	return error;
}

bool sysfs_link(int root, const char *path, char *name, size_t size)
{
	char target[1024];
	ssize_t length = readlinkat(root, path, target, sizeof(target) - 1);
	const char *last;

	name[0] = '\0';
	if (length < 0)
		return false;
	target[length] = '\0';
	last = strrchr(target, '/');
	strncpy(name, last ? last + 1 : target, size - 1);
	name[size - 1] = '\0';
	return true;
}

bool sysfs_exists(int root, const char *path)
{
	return !faccessat(root, path, F_OK, 0);
}

static void pci_path(struct text *path, const char *slot, const char *attribute)
{
	text_clear(path);
	text_add(path, "sys/bus/pci/devices/", slot, "/", attribute, NULL);
}

int pci_read(int root, const char *slot, const char *attribute, char *data, size_t size)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_read(root, path.data, data, size);
}

int pci_write(int root, const char *slot, const char *attribute, const char *data)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_write(root, path.data, data);
}

bool pci_link(int root, const char *slot, const char *attribute, char *name, size_t size)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_link(root, path.data, name, size);
}

bool pci_exists(int root, const char *slot, const char *attribute)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_exists(root, path.data);
}

bool pci_read_config(int root, const char *slot, unsigned char *data, size_t size)
{
	struct text path;
	ssize_t length;
	int fd;

	pci_path(&path, slot, "config");
	fd = openat(root, path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	length = read_fully(fd, (char *)data, size);
	close(fd);
	return length >= 0 && (size_t)length == size;
}
