/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi_loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

#define DIRECTORY "/sys/firmware/efi/efivars"
#define VENDOR    "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GLOBAL    "8be4df61-93ca-11d2-aa0d-00e098032b8c" /* the firmware's own variables */

/* They precede the value (Documentation/filesystems/efivarfs.rst). */
#define ATTRIBUTES 4

/* Decodes UTF-16, little endian, up to the first NUL; '?' for what is not ASCII. */
static char *decode(const unsigned char *data, size_t len)
{
	char *text = malloc(len / 2 + 1);
	size_t i, used = 0;

	for (i = 0; text && i + 1 < len && (data[i] || data[i + 1]); i += 2)
		text[used++] = data[i + 1] || data[i] > '~' ? '?' : (char)data[i];
	if (text)
		text[used] = '\0';
	return text;
}

/* Reads a variable's value, at most @size bytes. Returns its length; 0 if there is none. */
static size_t read_value(const char *sysroot, const char *name, const char *vendor, void *value,
			 size_t size)
{
	unsigned char attributes[ATTRIBUTES];
	char *path, *file = NULL;
	FILE *stream;
	size_t len = 0;

	if (asprintf(&path, DIRECTORY "/%s-%s", name, vendor) >= 0) {
		file = path_below(sysroot, path);
		free(path);
	}
	stream = file ? fopen(file, "re") : NULL;
	if (stream) {
		if (fread(attributes, 1, ATTRIBUTES, stream) == ATTRIBUTES)
			len = fread(value, 1, size, stream);
		fclose(stream);
	}
	free(file);
	return len;
}

char *efi_loader_variable(const char *sysroot, const char *name)
{
	unsigned char value[4096];
	char *full, *text = NULL;
	size_t len;

	if (asprintf(&full, "Loader%s", name) < 0)
		return NULL;
	len = read_value(sysroot, full, VENDOR, value, sizeof(value));
	if (len)
		text = decode(value, len);
	free(full);
	return text;
}

bool efi_loader_can(const char *sysroot, uint64_t features)
{
	unsigned char value[sizeof(features)];
	uint64_t has = 0;
	size_t i;

	if (read_value(sysroot, "LoaderFeatures", VENDOR, value, sizeof(value)) == sizeof(value))
		for (i = sizeof(value); i; i--)
			has = has << 8 | value[i - 1];
	return (has & features) == features;
}

bool efi_secure_boot(const char *sysroot)
{
	unsigned char on = 0;

	return read_value(sysroot, "SecureBoot", GLOBAL, &on, 1) == 1 && on == 1;
}

/* It passes the initramfs as a word, with backslashes, and GRUB passes BOOT_IMAGE. */
static bool is_refinds(const char *sysroot)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *initrd = running ? cmdline_value(running, "initrd") : NULL;
	char *image = running ? cmdline_value(running, "BOOT_IMAGE") : NULL;
	bool is = initrd && strchr(initrd, '\\') && !image;

	free(image);
	free(initrd);
	free(running);
	return is;
}

char *efi_loader_name(const char *sysroot)
{
	char *info = efi_loader_variable(sysroot, "Info");

	return !info && is_refinds(sysroot) ? strdup("rEFInd") : info;
}

bool efi_loader_is(const char *sysroot, const char *name)
{
	char *info = efi_loader_name(sysroot);
	bool is = info && strncmp(info, name, strlen(name)) == 0;

	free(info);
	return is;
}

bool efi_loader_is_systemd_boot(const char *sysroot)
{
	return efi_loader_is(sysroot, "systemd-boot");
}
