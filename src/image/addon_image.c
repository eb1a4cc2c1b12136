/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "addon_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../bootloader/addons.h"
#include "../bootloader/uki.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/write_file.h"
#include "image_contents.h"
#include "image_layout.h"
#include "image_paths.h"
#include "image_state.h"
#include "installed_image.h"
#include "rebuild_images.h"

#define UNITS "/usr/lib/systemd/system"

/* Files in systemd/ and systemd/addon/; embedded by the Makefile. */
extern const char reserve_unit[], complete_unit[], addon_tmpfiles[];

/* --- whether it is needed ----------------------------------------------------------------------
 */

/* Returns 0 if the image can use an add-on's initramfs, or -1 after printing an error. */
static int check_usable(const struct installed_image *image, const char *sysroot,
			const struct image_contents *contents)
{
	unsigned int version = uki_stub_version(sysroot, image->name);

	if (!image->unified)
		message_error(
			"%s does not contain vfio-claim, and is no unified kernel image, which an "
			"add-on could complete",
			image->name);
	else if (version < ADDONS_STUB_INITRD)
		message_error(
			"%s does not contain vfio-claim, and is started by systemd-stub %u, which "
			"cannot load an initramfs from an add-on; version %u can: build the "
			"image with vfio-claim, or with a later systemd-stub",
			image->name, version, ADDONS_STUB_INITRD);
	else if (!contents->file[IMAGE_FILE_TMPFILES].there)
		message_error(
			"%s does not contain vfio-claim, and its initramfs does not run systemd, "
			"so an add-on could not start vfio-claim: build the image with vfio-claim",
			image->name);
	else
		return 0;
	return -1;
}

/* Looks at the image without add-ons. Returns 0, or -1 after printing an error. */
static int look_alone(struct addon_need *need, struct installed_image *image, const char *sysroot)
{
	struct image_contents *contents;
	int result = 0;

	string_set_free(&image->addons);
	contents = image_contents_read(image);
	if (!contents)
		return -1;
	/* An image that cannot be read is an error when all images are checked. */
	if (!contents->trouble && !contents->file[IMAGE_FILE_PROGRAM].there) {
		need->carry = true;
		result = check_usable(image, sysroot, contents);
	}
	image_contents_free(contents);
	return result;
}

static int look_at(struct addon_need *need, const char *sysroot, const char *kver)
{
	struct installed_image image;
	struct text why;
	int result = 0;

	installed_image_find(&image, sysroot, kver);
	if (image.path) {
		need->stale |= image_state_find(&image, sysroot, kver, &why) == IMAGE_STALE;
		result = look_alone(need, &image, sysroot);
	}
	installed_image_free(&image);
	return result;
}

int addon_image_find(struct addon_need *need, const char *sysroot)
{
	struct string_set kernels = installed_kernels(sysroot);
	int result = 0;
	size_t i;

	*need = (struct addon_need){ .carry = false };
	for (i = 0; result == 0 && i < kernels.count; i++)
		result = look_at(need, sysroot, kernels.name[i]);
	string_set_free(&kernels);
	return result;
}

/* --- what is in it -----------------------------------------------------------------------------
 */

/* An archive in the kernel's format (buffer-format.rst), each file with its own number. */
struct archive {
	FILE *out;
	unsigned int number;
};

static void pad(FILE *out, size_t len)
{
	for (; len % 4; len++)
		fputc('\0', out);
}

/* Adds an entry; @path begins with a slash, which is left out. */
static void add(struct archive *archive, mode_t mode, const char *path, const void *data,
		size_t len)
{
	const char *name = path + (path[0] == '/');

	fprintf(archive->out, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X",
		archive->number++, (unsigned int)mode, 0, 0, 1, 0, len, 0, 0, 0, 0,
		strlen(name) + 1, 0);
	fwrite(name, 1, strlen(name) + 1, archive->out);
	pad(archive->out, 110 + strlen(name) + 1);
	fwrite(data, 1, len, archive->out);
	pad(archive->out, len);
}

static void add_text(struct archive *archive, const char *path, const char *text)
{
	add(archive, S_IFREG | 0644, path, text, strlen(text));
}

static void add_link(struct archive *archive, const char *path, const char *target)
{
	add(archive, S_IFLNK | 0777, path, target, strlen(target));
}

static void add_directories(struct archive *archive)
{
	static const char *const paths[] = { "/etc",
					     "/usr",
					     "/usr/lib",
					     IMAGE_DIRECTORY,
					     "/usr/lib/systemd",
					     UNITS,
					     UNITS "/sysinit.target.wants",
					     "/usr/lib/tmpfiles.d" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		add(archive, S_IFDIR | 0755, paths[i], "", 0);
}

/* Adds the boot program. Returns 0, or -1 after printing an error. */
static int add_program(struct archive *archive, const char *sysroot)
{
	char *path = image_program(sysroot), *data = NULL;
	FILE *in = path ? fopen(path, "re") : NULL;
	struct stat st;
	int result = -1;

	if (in && fstat(fileno(in), &st) == 0)
		data = malloc((size_t)st.st_size + 1);
	if (data && fread(data, 1, (size_t)st.st_size, in) == (size_t)st.st_size) {
		add(archive, S_IFREG | 0755, IMAGE_PROGRAM, data, (size_t)st.st_size);
		result = 0;
	} else if (path) {
		message_errno(errno, "cannot read %s", path);
	}
	if (in)
		fclose(in);
	free(data);
	free(path);
	return result;
}

/* Adds the files that describe this system. Returns 0, or -1 after printing an error. */
static int add_knowledge(struct archive *archive, const char *sysroot)
{
	struct string_set kernels = installed_kernels(sysroot);
	const struct image_layout layout = { .kver = kernels.count ? kernels.name[0] : "",
					     .hostonly = true };
	struct image_wanted wanted;
	int result = image_wanted_find(&wanted, sysroot, &layout);

	if (result == 0) {
		/* Even if it is empty: without it, the real root would claim nothing. */
		add_text(archive, IMAGE_PROTECTED, wanted.protected ? wanted.protected : "");
		if (wanted.variants && wanted.variants[0])
			add_text(archive, IMAGE_VARIANTS, wanted.variants);
		if (wanted.conf)
			add_text(archive, IMAGE_CONF, wanted.conf);
	}
	image_wanted_free(&wanted);
	string_set_free(&kernels);
	return result;
}

/* Fills the archive. Returns 0, or -1 after printing an error. */
static int fill(struct archive *archive, const char *sysroot)
{
	add_directories(archive);
	if (add_program(archive, sysroot) < 0 || add_knowledge(archive, sysroot) < 0)
		return -1;
	add_text(archive, UNITS "/vfio-claim-reserve.service", reserve_unit);
	add_link(archive, UNITS "/sysinit.target.wants/vfio-claim-reserve.service",
		 "../vfio-claim-reserve.service");
	add_text(archive, IMAGE_LATER, complete_unit);
	add_text(archive, "/usr/lib/tmpfiles.d/vfio-claim.conf", addon_tmpfiles);
	add(archive, 0, "TRAILER!!!", "", 0);
	return 0;
}

int addon_image_write(const char *sysroot, const char *path)
{
	char *data = NULL, *file = path_below(sysroot, path);
	size_t len = 0;
	struct archive archive = { .out = open_memstream(&data, &len), .number = 1 };
	int result = archive.out && file ? fill(&archive, sysroot) : -ENOMEM;

	if (archive.out && fclose(archive.out) != 0 && result == 0)
		result = -ENOMEM;
	if (result == 0)
		result = write_file(file, data, len, 0600);
	/* If it is -1, an error has been printed. */
	if (result < -1)
		message_errno(result, "cannot write %s%s", sysroot, path);
	free(file);
	free(data);
	return result ? -1 : 0;
}
