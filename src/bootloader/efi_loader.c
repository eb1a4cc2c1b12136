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

char *efi_loader_variable(const char *sysroot, const char *name)
{
	char *path, *file = NULL, *text = NULL;
	unsigned char data[4096];
	size_t len = 0;
	FILE *stream;

	if (asprintf(&path, DIRECTORY "/Loader%s-" VENDOR, name) >= 0) {
		file = path_below(sysroot, path);
		free(path);
	}
	stream = file ? fopen(file, "re") : NULL;
	if (stream) {
		len = fread(data, 1, sizeof(data), stream);
		fclose(stream);
	}
	if (len > ATTRIBUTES)
		text = decode(data + ATTRIBUTES, len - ATTRIBUTES);
	free(file);
	return text;
}

bool efi_secure_boot(const char *sysroot)
{
	char *file = path_below(sysroot, DIRECTORY "/SecureBoot-" GLOBAL);
	FILE *stream = file ? fopen(file, "re") : NULL;
	unsigned char data[ATTRIBUTES + 1];
	bool on = false;

	if (stream) {
		on = fread(data, 1, sizeof(data), stream) == sizeof(data) && data[ATTRIBUTES] == 1;
		fclose(stream);
	}
	free(file);
	return on;
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
