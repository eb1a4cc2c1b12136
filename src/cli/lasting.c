/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lasting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot_menu.h"
#include "changes.h"
#include "claim_words.h"
#include "cmd.h"
#include "images.h"
#include "messages.h"
#include "preflight.h"
#include "try_entry.h"

int lasting_check_user(const char *sysroot, bool dry_run)
{
	if (dry_run || sysroot[0] || geteuid() == 0)
		return 0;
	complain("only root can change how this system boots; try again with sudo");
	return -1;
}

/* A step: gives 0 when every normal entry of the menu has the words and no other claims. */
static int check_menu(const char *sysroot, const char *words)
{
	const struct menu_entry *other;
	struct boot_menu menu;

	boot_menu_read(&menu, sysroot);
	other = boot_menu_first_other(&menu, words);
	if (other)
		complain("an entry in %s has '%s', which is not what was set", other->file,
			 other->cmdline);
	else if (!boot_menu_is_known(&menu))
		complain("warning: no boot menu can be read: whether the next boot has the words "
			 "is not known");
	boot_menu_free(&menu);
	return other ? -1 : 0;
}

/* A claim of the command line replaces those of the file. Gives 0 or -1 after a message. */
static int check_precedence(const char *sysroot, const struct boot_config *config,
			    const char *words)
{
	char *on_menu = config == &config_conf ? boot_config_read_menu(sysroot) : NULL;
	char *claims = on_menu ? cmdline_value(on_menu, "rd.vfio.claim") : NULL;
	bool hidden = claims && words[0];

	if (hidden)
		complain("the kernel command line has rd.vfio.claim=%s, which beats what the file "
			 "says: first use 'vfio-claim disable'",
			 claims);
	free(claims);
	free(on_menu);
	return hidden ? -1 : 0;
}

/* Has @config set @words; notes what that means for images. Gives 0 or -1 after a message. */
static int add_steps(struct changes *changes, const struct boot_config *config, const char *words,
		     struct image_causes *causes)
{
	char *old = config->read(changes->sysroot);
	size_t before = changes->count;
	int result = old ? config->set(changes, words, old) : -1;

	if (changes->count > before)
		*(config == &config_conf ? &causes->conf : &causes->cmdline) = true;
	free(old);
	return result;
}

/* Shows or makes them. Gives an exit status. */
static int finish(struct changes *changes, bool dry_run)
{
	int result;

	if (!changes_any(changes))
		puts("It is set so already.");
	if (dry_run)
		result = changes_show(changes);
	else
		result = changes_make(changes);
	return result == 0 ? EXIT_OK : EXIT_FAILED;
}

int lasting_set(const char *sysroot, const struct boot_config *config, const char *words,
		bool dry_run)
{
	struct changes changes = { .sysroot = sysroot };
	struct image_causes causes = { .stale = true };
	int status = EXIT_FAILED;

	if (check_precedence(sysroot, config, words) == 0 &&
	    add_steps(&changes, config, words, &causes) == 0 && try_entry_remove(&changes) == 0 &&
	    images_renew(&changes, &causes) == 0 &&
	    preflight_check(&(struct preflight){ causes.cmdline ? words : NULL, &changes }) == 0) {
		if (config != &config_conf)
			changes_call(&changes, check_menu, "look into the boot menu for", words);
		status = finish(&changes, dry_run);
	}
	changes_free(&changes);
	return status;
}

int lasting_clear(const char *sysroot, bool dry_run)
{
	const struct boot_config *config = boot_config_look(sysroot);
	struct changes changes = { .sysroot = sysroot };
	struct image_causes causes = { 0 };
	int result = 0, status = EXIT_FAILED;

	if (!config && !config_conf.is_here(sysroot)) {
		boot_config_say_none(sysroot);
		return EXIT_FAILED;
	}
	if (config)
		result = add_steps(&changes, config, "", &causes);
	if (result == 0 && config_conf.is_here(sysroot))
		result = add_steps(&changes, &config_conf, "", &causes);
	if (result == 0)
		result = try_entry_remove(&changes);
	if (result == 0 && (causes.conf || causes.cmdline))
		result = images_renew(&changes, &causes);
	if (result == 0)
		result = preflight_check(
			&(struct preflight){ causes.cmdline ? "" : NULL, &changes });
	if (result == 0) {
		if (config)
			changes_call(&changes, check_menu, "see that the boot menu has no claims",
				     "");
		status = finish(&changes, dry_run);
	}
	changes_free(&changes);
	return status;
}
