/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux_header.h"

#include <ctype.h>
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../host/sysroot.h"

#define MAGIC_AT   0x202
#define VERSION_AT 0x20e
#define BASE       0x200 /* the offset is relative to this one */

/* Returns the first word of the text at @at, or NULL. */
static char *read_word(int fd, off_t at)
{
	char text[128];
	ssize_t len = pread(fd, text, sizeof(text) - 1, at);

	if (len <= 0)
		return NULL;
	text[len] = '\0';
	text[strcspn(text, " \n")] = '\0';
	return isdigit((unsigned char)text[0]) ? strdup(text) : NULL;
}

static char *read_version(int fd)
{
	char magic[4];
	uint16_t at;

	if (pread(fd, magic, sizeof(magic), MAGIC_AT) != sizeof(magic) ||
	    memcmp(magic, "HdrS", sizeof(magic)) != 0)
		return NULL;
	if (pread(fd, &at, sizeof(at), VERSION_AT) != sizeof(at) || !at)
		return NULL;
	return read_word(fd, (off_t)BASE + le16toh(at));
}

char *linux_header_version(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path), *version = NULL;
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (fd >= 0) {
		version = read_version(fd);
		close(fd);
	}
	free(file);
	return version;
}
