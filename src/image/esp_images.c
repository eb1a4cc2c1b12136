/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp_images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../bootloader/boot_menu.h"
#include "../bootloader/proxmox/esps.h"
#include "../host/messages.h"
#include "installed_image.h"

/* Returns 0, or -1 after printing an error. */
static int say(const struct esp *esp, const char *kver, int err)
{
	if (err == ESTALE)
		message_error(
			"the EFI system partition %s has another image of kernel %s than /boot: "
			"run 'proxmox-boot-tool refresh'",
			esp->uuid, kver);
	else if (err)
		message_errno(err,
			      "the EFI system partition %s: cannot read its image of kernel %s",
			      esp->uuid, kver);
	return err ? -1 : 0;
}

/* Compares what an entry loads last, the image, with the installed one. */
static int check_entry(const char *sysroot, const struct esp *esp, const struct menu_entry *entry)
{
	struct installed_image image;
	int fd = -1, result = 0;

	if (!entry->kver || !entry->initrds.count)
		return 0;
	installed_image_find(&image, sysroot, entry->kver);
	if (image.path)
		fd = open(image.path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		result = say(esp, entry->kver,
			     esps_compare(sysroot, esp,
					  entry->initrds.name[entry->initrds.count - 1], fd));
		close(fd);
	}
	installed_image_free(&image);
	return result;
}

/* Returns true if an earlier entry of the menu loads the same image. */
static bool is_repeated(const struct boot_menu *menu, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (menu->entry[i].kver && menu->entry[at].kver &&
		    strcmp(menu->entry[i].kver, menu->entry[at].kver) == 0)
			return true;
	return false;
}

int esp_images_check(const char *sysroot, const char *subject)
{
	struct boot_menu menu;
	int result = 0;
	size_t i, j;

	(void)subject;
	if (!esps_in_charge(sysroot))
		return 0;
	boot_menu_read(&menu, sysroot);
	boot_menu_free(&menu);
	for (i = 0; boot_menu_read_other(&menu, sysroot, i); i++) {
		for (j = 0; j < menu.count; j++)
			if (!is_repeated(&menu, j) &&
			    check_entry(sysroot, esps_at(i), &menu.entry[j]) < 0)
				result = -1;
		boot_menu_free(&menu);
	}
	return result;
}
