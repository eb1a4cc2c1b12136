/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installed_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "tree.h"

/* One tool may stumble over the image of another generator; the next one does not. */
static const char list_command[] =
	"for tool in lsinitramfs lsinitrd lsinitcpio; do\n"
	"	list=$(\"$tool\" \"$IMAGE\" 2>/dev/null) && [ \"$list\" ] || continue\n"
	"	printf '%s\\n' \"$list\"\n"
	"	exit 0\n"
	"done 2>/dev/null\n"
	"exit 1\n";

/*
 * Only lsinitrd can take out a single file. Behind early microcode unmkinitramfs has the image
 * itself in "main", and its status does not tell whether the file has come out.
 */
static const char conf_command[] =
	"image=$(realpath -- \"$IMAGE\") || exit\n"
	"files=$(TMPDIR=${TMPDIR:-/var/tmp} mktemp -d) || exit\n"
	"trap 'rm -rf \"$files\"' EXIT\n"
	"cd \"$files\" || exit\n"
	"exec 2>/dev/null\n"
	"show() { cat etc/vfio-claim.conf || cat main/etc/vfio-claim.conf; }\n"
	"if lsinitrd -f etc/vfio-claim.conf \"$image\" >conf && [ -s conf ]; then\n"
	"	cat conf\n"
	"	exit\n"
	"fi\n"
	"unmkinitramfs \"$image\" . >log\n"
	"show && exit\n"
	"lsinitcpio -x \"$image\" >log && show\n";

/* Gives whether there is an image at @name, which it takes over. */
static bool take(struct installed_image *image, const char *sysroot, char *name)
{
	image->name = name;
	image->path = name ? path_below(sysroot, name) : NULL;
	if (image->path && is_file(image->path))
		return true;
	installed_image_free(image);
	return false;
}

/* What stands in the name of an image of mkinitcpio's: that of the kernel's package, "linux". */
static char *package_of(const char *sysroot, const char *kver)
{
	char *package = tree_read(sysroot, "/usr/lib/modules/%s/pkgbase", kver);

	return package ? package : strdup("");
}

void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver)
{
	char *machine = tree_read(sysroot, "/etc/machine-id");
	char *package = package_of(sysroot, kver);
	const char *const places[][4] = {
		{ "/boot/initrd.img-", kver, "", "" }, /* initramfs-tools */
		{ "/boot/initramfs-", kver, ".img", "" },
		{ "/boot/initrd-", kver, "", "" },
		{ "/boot/", machine ? machine : "-", kver, "/initrd" }, /* kernel-install */
		{ "/efi/", machine ? machine : "-", kver, "/initrd" },
		{ "/boot/initramfs-", package ? package : "", ".img", "" },
	};
	bool found = false;
	size_t i;

	*image = (struct installed_image){ 0 };
	for (i = 0; !found && i < sizeof(places) / sizeof(places[0]); i++)
		found = take(image, sysroot,
			     tree_real(sysroot, "%s%s%s%s%s", places[i][0], places[i][1],
				       places[i][2] == kver ? "/" : "", places[i][2],
				       places[i][3]));
	free(package);
	free(machine);
}

void installed_image_free(struct installed_image *image)
{
	free(image->name);
	free(image->path);
	*image = (struct installed_image){ 0 };
}

/* Runs a command on an image. A path may have any character; the command takes it from here. */
static FILE *run(const struct installed_image *image, const char *command)
{
	return setenv("IMAGE", image->path, 1) == 0 ? popen(command, "re") : NULL;
}

int installed_image_list(const struct installed_image *image, image_line_fn *take_line, void *to)
{
	FILE *list = run(image, list_command);
	char *line = NULL;
	size_t size = 0;

	if (!list)
		return -1;
	while (getline(&line, &size, list) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(to, line);
	}
	free(line);
	return pclose(list) == 0 ? 0 : -1;
}

char *installed_image_conf(const struct installed_image *image)
{
	FILE *file = run(image, conf_command);
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	if (!file)
		return NULL;
	len = getdelim(&text, &size, '\0', file);
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (pclose(file) == 0 && len >= 0)
		return text;
	free(text);
	return NULL;
}
