/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_default_grub.c - /etc/default/grub and GRUB's own grub-mkconfig: CentOS 7, Arch
 */
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "shell_setting.h"
#include "transactional.h"

#define FILE_NAME "/etc/default/grub"
/*
 * For normal entries only, not for recovery ("single"). But CentOS 7's 10_linux treats a rescue
 * kernel like any other, and Arch's adds entries for fallback images: these entries get the words,
 * too. Dracut's rescue image does not contain vfio-claim (dracut-module/50vfio-claim).
 */
#define SETTING "GRUB_CMDLINE_LINUX_DEFAULT"

/* Returns the name of grub-mkconfig, "grub2-mkconfig" on some distributions; or NULL. */
static const char *mkconfig(const char *sysroot)
{
	static const char *const names[] = { "grub2-mkconfig", "grub-mkconfig" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has_program(sysroot, names[i]))
			return names[i];
	return NULL;
}

static bool is_here(const char *sysroot)
{
	struct string_set menus = boot_files_grub(sysroot);
	bool here = menus.count && mkconfig(sysroot) && sysroot_has(sysroot, FILE_NAME);

	string_set_free(&menus);
	return here;
}

static char *read_words(const char *sysroot)
{
	return shell_setting_read(sysroot, FILE_NAME, SETTING);
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	size_t before = changes->count;

	(void)old;
	if (shell_setting_set(changes, FILE_NAME, SETTING, words) < 0)
		return -1;
	return changes->count > before ? transactional_check_inside(changes->sysroot) : 0;
}

/* Regenerates each menu: for BIOS, for EFI, or both. */
static int make_menus(struct changes *changes)
{
	struct string_set menus = boot_files_grub(changes->sysroot);
	const char *tool = mkconfig(changes->sysroot);
	size_t i;

	for (i = 0; i < menus.count; i++) {
		changes_keep(changes, menus.name[i]);
		changes_run(changes, (const char *const[]){ tool, "-o", menus.name[i], NULL });
	}
	string_set_free(&menus);
	return 0;
}

const struct boot_config config_default_grub = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menus,
	.loader = "GRUB",
};
