/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luks_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "big_endian.h"
#include "luks2.h"
#include "luksmeta.h"

/* The layout of both versions. */
#define VERSION_AT 6
#define UUID_AT    168 /* 40 bytes */

static const unsigned char magic[] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };

static int read_open(struct luks_header *header, int fd)
{
	unsigned char raw[LUKS1_HEADER_SIZE] = { 0 };
	ssize_t len = pread(fd, raw, sizeof(raw), 0);

	if (len < 0)
		return -errno;
	if (len < UUID_AT || memcmp(raw, magic, sizeof(magic)) != 0)
		return 0;
	header->version = big_endian_16(raw + VERSION_AT);
	memcpy(header->uuid, raw + UUID_AT, sizeof(header->uuid) - 1);
	if (len < (ssize_t)sizeof(raw) || header->version < 1 || header->version > 2)
		return -EBADMSG;
	if (header->version == 1)
		return luksmeta_read(header, fd, raw);
	return luks2_read(header, fd, raw);
}

int luks_read(struct luks_header *header, const char *path)
{
	/* O_NONBLOCK: a FIFO in the place of a device must not hang the command. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat st;

	*header = (struct luks_header){ 0 };
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		err = read_open(header, fd);
	close(fd);
	return err;
}
