/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_esps.c - whether every partition from which proxmox-boot-tool may start the system has the
 * claims that are set, and the present images
 */
#include <stdlib.h>

#include "../../bootloader/boot_config.h"
#include "../../bootloader/verify_menu.h"
#include "../../host/messages.h"
#include "../../image/esp_images.h"
#include "check.h"

void check_esps(struct check *check)
{
	struct messages messages = { 0 };
	char *words;

	if (boot_config_look(check->sysroot) != &config_proxmox)
		return;
	messages_collect(&messages);
	words = config_proxmox.read(check->sysroot);
	if (words)
		verify_menu(check->sysroot, words);
	esp_images_check(check->sysroot, "");
	messages_collect(NULL);
	if (words && !messages.errors.count && !messages.warnings.count)
		finding_add(&check->findings, LEVEL_OK, "esps",
			    "EFI system partitions: each has the claims that are set, and the "
			    "images in /boot");
	findings_add_messages(&check->findings, check->sysroot, "esps", &messages);
	free(words);
}
