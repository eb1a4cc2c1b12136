/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "try_entry.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "boot_config.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "menus/sdbootutil.h"
#include "proxmox/esps.h"
#include "staged_deployment.h"

/* In the order in which they are looked for. */
static const struct try_loader *const loaders[] = { &try_grub_entries, &try_grub,
						    &try_systemd_boot };

#define LOADER_COUNT (sizeof(loaders) / sizeof(loaders[0]))

/* Returns the unified kernel image that the next boot would start, or NULL. */
static const char *find_image(const char *sysroot, const struct boot_menu *menu)
{
	char *selected = efi_loader_variable(sysroot, "EntrySelected");
	const char *image = NULL, *end = selected ? strrchr(selected, '.') : NULL;
	bool sealed = !end || strcmp(end, ".efi") == 0;
	size_t i;

	for (i = 0; sealed && !image && i < menu->count; i++)
		if (menu->entry[i].source == MENU_UKI)
			image = menu->entry[i].file;
	free(selected);
	return image;
}

static int say_sealed(const char *image)
{
	message_error(
		"the kernel command line is sealed in %s and cannot be changed for one boot: "
		"copy that file to another name in its directory, as a boot menu entry to go back "
		"to, and use 'vfio-claim enable'",
		image);
	return -1;
}

static int say_ostree(void)
{
	message_error(
		"this system was deployed by ostree, which has no one-time entries: use "
		"'vfio-claim enable'; the boot menu keeps the present deployment, without the "
		"claims, to go back to");
	return -1;
}

static int say_copies(void)
{
	message_error(
		"the boot loader reads what proxmox-boot-tool writes to EFI system partitions, "
		"where 'try' adds no entry: use 'vfio-claim enable' instead; if that boot hangs, "
		"press e in the boot menu and add rd.vfio=0");
	return -1;
}

static int say_unknown(void)
{
	message_error(
		"no boot menu of GRUB or systemd-boot found: add rd.vfio.claim=SEL by hand in the "
		"boot loader's menu, for one boot");
	return -1;
}

/*
 * Returns what to do instead of 'try' if another loader than GRUB with a grub.cfg and systemd-boot
 * starts this system; NULL if none does. A copy for GRUB2-BLS would not be safe: bootctl(1) does
 * not accept the names that keep GRUB from taking it for the default.
 */
static const char *find_instead(const char *sysroot, const struct boot_menu *menu)
{
	switch (menu->count ? menu->entry[0].source : MENU_GRUB) {
	case MENU_LIMINE:
		return "press e in the menu of Limine, and add rd.vfio.claim=SEL to the command "
		       "line";
	case MENU_REFIND:
		return "press F2 twice in the menu of rEFInd, and add rd.vfio.claim=SEL to the "
		       "options";
	case MENU_UBOOT:
		return "copy an entry of " BOOT_FILES_EXTLINUX " under another label, add "
		       "rd.vfio.claim=SEL to its line 'append', and choose it in the menu of "
		       "U-Boot";
	default:
		if (sdbootutil_is_here(sysroot, menu) && sdbootutil_uses_grub(sysroot))
			return "press e in the menu of GRUB, and add rd.vfio.claim=SEL to the "
			       "line 'linux'";
		return NULL;
	}
}

static int say_instead(const char *instead)
{
	message_error("'try' adds no entry to the menu of this boot loader: for one boot, %s; to "
		      "claim at each boot, use 'vfio-claim enable'",
		      instead);
	return -1;
}

/* Returns the loader that starts this system, or NULL. */
static const struct try_loader *find_loader(const char *sysroot, const struct boot_menu *menu)
{
	size_t i;

	/* GRUB's files may be leftovers. */
	if (esps_in_charge(sysroot) || find_instead(sysroot, menu))
		return NULL;
	if (efi_loader_is_systemd_boot(sysroot))
		return try_systemd_boot.is_here(sysroot, menu) ? &try_systemd_boot : NULL;
	for (i = 0; i < LOADER_COUNT; i++)
		if (loaders[i]->is_here(sysroot, menu))
			return loaders[i];
	return NULL;
}

static int add(struct changes *changes, const struct boot_menu *menu, const char *words)
{
	const struct try_loader *loader = find_loader(changes->sysroot, menu);
	const char *image = NULL, *instead;

	if (is_ostree_booted(changes->sysroot))
		return say_ostree();
	if (esps_in_charge(changes->sysroot))
		return say_copies();
	if (boot_config_check_words(words) < 0 || boot_menu_check(menu, changes->sysroot) < 0)
		return -1;
	if (!loader || loader == &try_systemd_boot)
		image = find_image(changes->sysroot, menu);
	if (image)
		return say_sealed(image);
	instead = find_instead(changes->sysroot, menu);
	if (instead)
		return say_instead(instead);
	return loader ? loader->add(changes, menu, words) : say_unknown();
}

int try_entry_add(struct changes *changes, const char *words)
{
	struct boot_menu menu;
	int result;

	boot_menu_read(&menu, changes->sysroot);
	result = add(changes, &menu, words);
	boot_menu_free(&menu);
	return result;
}

int try_entry_remove(struct changes *changes)
{
	const struct try_loader *loader;
	struct boot_menu menu;
	int result = 0;

	boot_menu_read(&menu, changes->sysroot);
	loader = find_loader(changes->sysroot, &menu);
	if (loader)
		result = loader->remove(changes, &menu);
	boot_menu_free(&menu);
	return result;
}
