/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uki.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/sysroot.h"

/* More than any kernel's COMMAND_LINE_SIZE. */
#define CMDLINE_MAX 65536

#define PE_AT        0x3c /* the offset of the PE header's offset */
#define PE_SIZE      24   /* the signature and the COFF header */
#define SECTION_SIZE 40

/* In the optional header, which follows: its kind, and where the certificates' size is. */
#define PE32_PLUS         0x20b
#define CERTIFICATES_SIZE (112 + 4 * 8 + 4)

/* What systemd-stub says of itself (systemd: src/boot/stub.c). */
#define STUB_MAGIC "#### LoaderInfo: systemd-stub "

/* Reads @size bytes at @at. Returns true if all were read. */
static bool read_at(int fd, void *data, size_t size, off_t at)
{
	return pread(fd, data, size, at) == (ssize_t)size;
}

static uint32_t number32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint16_t number16(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

bool uki_find_section(int fd, const char *name, off_t *start, off_t *end)
{
	unsigned char at[4], pe[PE_SIZE], section[SECTION_SIZE];
	uint32_t size, raw;
	off_t sections;
	uint16_t i;

	if (!read_at(fd, at, sizeof(at), PE_AT) || !read_at(fd, pe, sizeof(pe), number32(at)) ||
	    memcmp(pe, "PE\0", 4) != 0)
		return false;
	sections = (off_t)number32(at) + PE_SIZE + number16(pe + 20);
	for (i = 0; i < number16(pe + 6); i++) {
		if (!read_at(fd, section, sizeof(section), sections + (off_t)i * SECTION_SIZE))
			return false;
		if (strncmp((const char *)section, name, 8) != 0)
			continue;
		/* The padding up to its size in the file is not part of it. */
		size = number32(section + 8);
		raw = number32(section + 16);
		*start = number32(section + 20);
		*end = *start + (size < raw ? size : raw);
		return true;
	}
	return false;
}

/* Returns the text of a section, or NULL. */
static char *read_text(int fd, const char *name)
{
	off_t start, end;
	char *text;

	if (!uki_find_section(fd, name, &start, &end) || end - start > CMDLINE_MAX)
		return NULL;
	text = calloc(1, (size_t)(end - start) + 1);
	if (text && read_at(fd, text, (size_t)(end - start), start))
		return text;
	free(text);
	return NULL;
}

/* Returns a descriptor of the file at @path, or -1. */
static int open_image(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path);
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	free(file);
	return fd;
}

char *uki_section(const char *sysroot, const char *path, const char *name)
{
	int fd = open_image(sysroot, path);
	char *text = fd >= 0 ? read_text(fd, name) : NULL;

	if (fd >= 0)
		close(fd);
	return text;
}

bool uki_has_section(const char *sysroot, const char *path, const char *name)
{
	int fd = open_image(sysroot, path);
	off_t start, end;
	bool has = fd >= 0 && uki_find_section(fd, name, &start, &end) && start < end;

	if (fd >= 0)
		close(fd);
	return has;
}

/* Returns the first line of that. */
static char *read_line(const char *sysroot, const char *path, const char *name)
{
	char *text = uki_section(sysroot, path, name);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* As systemd-stub does (mangle_stub_cmdline() in its util.c). */
char *uki_cmdline(const char *sysroot, const char *path)
{
	char *text = uki_section(sysroot, path, ".cmdline"), *c;
	size_t len = text ? strlen(text) : 0;

	for (c = text; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	while (len && text[len - 1] == ' ')
		text[--len] = '\0';
	return text;
}

char *uki_kernel(const char *sysroot, const char *path)
{
	return read_line(sysroot, path, ".uname");
}

char *uki_os_release(const char *sysroot, const char *path)
{
	return uki_section(sysroot, path, ".osrel");
}

unsigned int uki_stub_version(const char *sysroot, const char *path)
{
	char *text = uki_section(sysroot, path, ".sdmagic");
	const char *magic = text ? strstr(text, STUB_MAGIC) : NULL;
	unsigned long version = magic ? strtoul(magic + strlen(STUB_MAGIC), NULL, 10) : 0;

	free(text);
	return version < UINT_MAX ? (unsigned int)version : 0;
}

/* Returns true if there are certificates in the open file. */
static bool has_certificates(int fd)
{
	unsigned char at[4], kind[2], size[4];
	off_t header;

	if (!read_at(fd, at, sizeof(at), PE_AT))
		return false;
	header = (off_t)number32(at) + PE_SIZE;
	return read_at(fd, kind, sizeof(kind), header) && number16(kind) == PE32_PLUS &&
	       read_at(fd, size, sizeof(size), header + CERTIFICATES_SIZE) && number32(size);
}

bool uki_is_signed(const char *sysroot, const char *path)
{
	int fd = open_image(sysroot, path);
	bool is = fd >= 0 && has_certificates(fd);

	if (fd >= 0)
		close(fd);
	return is;
}
