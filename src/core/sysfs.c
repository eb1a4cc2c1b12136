/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "compat.h"
#include "text.h"

#define READ_ALL_STEP 4096

int sysfs_debug_root;

int sysfs_note(const char *call, const char *path, int error)
{
	struct text line;
	int fd;

	if (sysfs_debug_root) {
		text_set(&line, "<7>vfio-claim: %s %s: error %u\n", call, path,
			 (unsigned int)error);
		/* Opened for each line: the kernel drops most records of one open file. */
		fd = openat(sysfs_debug_root, "dev/kmsg",
			    O_WRONLY | O_CLOEXEC | O_NOCTTY | O_APPEND);
		if (write(fd, line.data, line.length) >= 0)
			close(fd);
	}
	return -error;
}

/* Reads once: sysfs returns everything at once (fs/kernfs/file.c). Returns the length or -errno. */
static ssize_t read_once(int fd, char *data, size_t size)
{
	ssize_t got;

	do
		got = read(fd, data, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* Reads an open file into @data, like sysfs_read(). */
static int read_text(int fd, char *data, size_t size)
{
	ssize_t length = read_once(fd, data, size);

	data[0] = length > 0 ? data[0] : '\0';
	if (length < 0)
		return (int)length;
	if ((size_t)length == size) {
		data[0] = '\0';
		return -EFBIG;
	}
	if (length && data[length - 1] == '\n')
		length--;
	data[length] = '\0';
	return (int)length;
}

int sysfs_read(int dir, const char *path, char *data, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int length;

	data[0] = '\0';
	if (fd < 0)
		return sysfs_note("open", path, errno);
	length = read_text(fd, data, size);
	close(fd);
	return length;
}

char *sysfs_read_all(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t size = 0, room = 0;
	ssize_t got = 0;
	char *data = NULL, *more;

	if (fd < 0) {
		errno = -sysfs_note("open", path, errno);
		return NULL;
	}
	do {
		size += (size_t)got;
		if (size == room) {
			room = room ? 2 * room : READ_ALL_STEP;
			more = memory_grow(data, size, room + 1);
			if (!more) {
				got = -ENOMEM;
				break;
			}
			data = more;
		}
		got = read_once(fd, data + size, room - size);
	} while (got > 0);
	close(fd);
	if (got < 0) {
		free(data);
		errno = (int)-got;
		return NULL;
	}
	if (size && data[size - 1] == '\n')
		size--;
	data[size] = '\0';
	return data;
}

int sysfs_write(int dir, const char *path, const char *data)
{
	int fd = openat(dir, path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	ssize_t length = (ssize_t)strlen(data);
	ssize_t done = fd < 0 ? fd : write(fd, data, (size_t)length);
	int error = 0;

	if (done != length)
		error = done < 0 ? errno : EIO;
	close(fd);
	return sysfs_note("write", path, error);
}

/* Stores the empty string if there is no link or it does not fit, which no link in sysfs does. */
static void read_link(int dir, const char *path, char *target, size_t size)
{
	ssize_t length = readlinkat(dir, path, target, size);

	target[length < 0 || (size_t)length == size ? 0 : length] = '\0';
}

bool sysfs_exists(int dir, const char *path)
{
	struct stat status;

	return !fstatat(dir, path, &status, AT_SYMLINK_NOFOLLOW);
}

static void pci_path(struct text *path, const char *slot, const char *attribute)
{
	text_set(path, "bus/pci/devices/%s/%s", slot, attribute);
}

void pci_path_of(int sys, const char *slot, char *path, size_t size)
{
	struct text link;

	pci_path(&link, slot, "");
	/* Without the final slash, the path is that of the link itself. */
	link.data[link.length - 1] = '\0';
	read_link(sys, link.data, path, size);
}

int pci_read(int sys, const char *slot, const char *attribute, char *data, size_t size)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_read(sys, path.data, data, size);
}

int pci_write(int sys, const char *slot, const char *attribute, const char *data)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_write(sys, path.data, data);
}

int pci_update(int sys, const char *slot, const char *attribute,
	       int (*check)(const void *what, const char *value), const void *what,
	       const char *data)
{
	struct text path;
	char value[NAME_SIZE];
	size_t length = strlen(data);
	int fd, error;

	pci_path(&path, slot, attribute);
	fd = openat(sys, path.data, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return errno;
	error = -read_text(fd, value, sizeof(value));
	if (error <= 0)
		error = check(what, value);
	if (!error && pwrite(fd, data, length, 0) < 0)
		error = errno;
	close(fd);
	return -sysfs_note("write", path.data, error);
}

void name_copy(char *to, const char *from)
{
	strncpy(to, from, NAME_SIZE - 1);
	to[NAME_SIZE - 1] = '\0';
}

void pci_link(int sys, const char *slot, const char *attribute, char *name)
{
	struct text path;
	char target[1024];
	const char *last;

	pci_path(&path, slot, attribute);
	read_link(sys, path.data, target, sizeof(target));
	last = strrchr(target, '/');
	name_copy(name, last ? last + 1 : target);
}

bool pci_exists(int sys, const char *slot, const char *attribute)
{
	struct text path;

	pci_path(&path, slot, attribute);
	return sysfs_exists(sys, path.data);
}

DIR *sysfs_open_dir(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream;

	if (fd < 0)
		return NULL;
	stream = fdopendir(fd);
	if (!stream)
		close(fd);
	return stream;
}

const char *sysfs_next_entry(DIR *dir)
{
	struct dirent *entry;

	do
		entry = readdir(dir);
	while (entry && entry->d_name[0] == '.');
	return entry ? entry->d_name : NULL;
}
