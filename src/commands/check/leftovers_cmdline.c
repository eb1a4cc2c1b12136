/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_cmdline.c - parameters on the kernel command line, in its settings and as it is now
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/boot_menu.h"
#include "../../bootloader/kernel_cmdline.h"
#include "../../core/params.h"
#include "../../core/text.h"
#include "../../host/config_lines.h"
#include "../../host/shell_words.h"
#include "../../image/modprobe_conf.h"
#include "leftovers.h"

/* A word that is being reported. */
struct word {
	struct leftovers *leftovers;
	const struct leftover_place *place;
	const char *whole; /* "pci-stub.ids=10de:1e07" */
	char *value;       /* "" for none */
	enum leftover_removal_way way;
	bool told;
};

/* Notes how the word is removed. */
static void remove_word(const struct word *word)
{
	bool of_line = strcmp(word->place->topic, "command-line") == 0;

	leftover_remove(word->leftovers,
			word->way == REMOVAL_CMDLINE && !of_line ? REMOVAL_WORD : word->way,
			word->whole);
}

static void fix_off(const struct word *word)
{
	struct check *check = word->leftovers->check;

	remove_word(word);
	if (!leftover_is_plain(word->whole))
		finding_fix(&check->findings, "remove it from the kernel command line");
	else if (strcmp(word->place->topic, "command-line") == 0)
		fix_off_cmdline(check, word->whole);
	else
		finding_fix(&check->findings, "remove %s from %s and rebuild the images",
			    word->whole, word->place->path);
}

static void tell(struct word *word, enum level level, const char *what)
{
	leftover_found(word->leftovers, word->place, level, "%s: %s", word->whole, what);
	fix_off(word);
	word->told = true;
}

/* --- what each of them does -------------------------------------------------------------------
 */

static void take_stub(struct word *word)
{
	leftover_gives_ids(word->leftovers, word->value);
	leftover_names_ids(word->leftovers, word->value);
	tell(word, LEVEL_WARNING, "pci-stub takes every device with these IDs before vfio-pci can");
}

/* This is a claim and may stay, unless it takes a device that is missed. */
static void take_ids(struct word *word)
{
	struct leftovers *leftovers = word->leftovers;
	const struct selectors *keeps = &leftovers->boot_plan.requests.keeps;
	struct leftover_device *entry;
	bool grave = false;
	size_t i;

	leftover_gives_ids(leftovers, word->value);
	leftover_names_ids(leftovers, word->value);
	for (i = 0; i < leftovers->count; i++) {
		entry = &leftovers->device[i];
		entry->named &= !device_first(keeps, &entry->device, device_matches);
		grave |= entry->named && leftover_is_missed(entry);
	}
	if (grave) {
		tell(word, LEVEL_PROBLEM,
		     "it claims every device with these IDs; name those that you mean by their "
		     "slots");
		return;
	}
	leftover_found(leftovers, word->place, LEVEL_OK, "%s: it may stay, because it is a claim",
		       word->whole);
	remove_word(word);
	word->told = true;
}

/* Returns true if all modules of a list are vfio's. */
static bool only_vfio(const char *list)
{
	char *copy = strdup(list), *cursor = copy, *item, name[128];
	bool only = copy;

	while (copy && (item = param_item(&cursor, ",")))
		only &= module_name(name, sizeof(name), item) && is_vfio_module(name);
	free(copy);
	return only;
}

static void take_loaded(struct word *word)
{
	char *cursor = word->value, *item, name[128];

	if (!only_vfio(word->value))
		word->way = REMOVAL_BY_HAND;
	while ((item = param_item(&cursor, ",")) && !word->told)
		if (module_name(name, sizeof(name), item) && strstr(name, "vfio"))
			tell(word, LEVEL_WARNING,
			     "it makes the image load vfio, with any ids= from modprobe.d and the "
			     "command line; vfio-claim loads it by itself");
}

/* Reports blacklisted drivers. Frees @modules. */
static void tell_blacklist(struct word *word, struct string_set *modules)
{
	word->way = REMOVAL_NONE; /* there may be other reasons */
	if (leftover_blacklist(word->leftovers, word->place, modules, word->whole))
		fix_off(word);
	string_set_free(modules);
}

/* @refuses: the kernel itself refuses the modules; otherwise only udev and others skip them. */
static void take_blacklist(struct word *word, bool refuses)
{
	char *cursor = word->value, *item, name[128];
	struct string_set modules = { 0 };
	bool vfio = false;

	if (!only_vfio(word->value))
		word->way = REMOVAL_BY_HAND;
	while ((item = param_item(&cursor, ",")))
		if (module_name(name, sizeof(name), item) && !is_vfio_module(name))
			string_set_add(&modules, name);
		else
			vfio = true;
	if (vfio && refuses)
		tell(word, LEVEL_PROBLEM,
		     "the kernel refuses to load vfio's module, and nothing can be claimed");
	else if (vfio)
		tell(word, LEVEL_WARNING, "it does not keep vfio-claim from loading vfio's module");
	tell_blacklist(word, &modules);
}

static void take_modprobe_blacklist(struct word *word)
{
	take_blacklist(word, false);
}

static void take_module_blacklist(struct word *word)
{
	take_blacklist(word, true);
}

/* A list of slots, separated by commas or semicolons. */
static void give_slots(struct word *word)
{
	char *copy = strdup(word->value), *cursor = copy, *item;

	while (copy && (item = param_item(&cursor, ",; ")))
		leftover_gives_slot(word->leftovers, item);
	free(copy);
}

static void take_slots(struct word *word)
{
	give_slots(word);
	leftover_names_words(word->leftovers, word->value);
	tell(word, LEVEL_WARNING,
	     "a script from another guide gives these to vfio-pci; name them with rd.vfio.claim= "
	     "instead, and remove its dracut module");
}

static void take_video(struct word *word)
{
	word->way = REMOVAL_NONE;
	if (strstr(word->value, "fb:off"))
		tell(word, LEVEL_WARNING,
		     "it hides the boot messages; vfio-claim frees a claimed display from the "
		     "framebuffer without it");
}

static void take_nofb(struct word *word)
{
	word->way = REMOVAL_NONE;
	tell(word, LEVEL_WARNING,
	     "it hides the boot messages; vfio-claim frees a claimed display from the framebuffer "
	     "without it");
}

static void take_initcall(struct word *word)
{
	word->way = REMOVAL_NONE;
	if (strstr(word->value, "sysfb_init"))
		tell(word, LEVEL_OK, "it is needed only if the kernel log of a claim asks for it");
}

static void take_amd_iommu(struct word *word)
{
	word->way = REMOVAL_NONE;
	if (strcmp(word->value, "on") == 0)
		tell(word, LEVEL_OK,
		     "the kernel has no such value; AMD's IOMMU is on if the firmware enables it");
}

static const struct known {
	const char *name;
	void (*take)(struct word *word);
} known[] = {
	{ "pci-stub.ids", take_stub },
	{ "vfio-pci.ids", take_ids },
	{ "rd.driver.pre", take_loaded },
	{ "rd.driver.post", take_loaded },
	{ "rdloaddriver", take_loaded },
	{ "modules_load", take_loaded },
	{ "modules-load", take_loaded },
	{ "rd.modules-load", take_loaded },
	{ "modprobe.blacklist", take_modprobe_blacklist },
	{ "rd.driver.blacklist", take_modprobe_blacklist },
	{ "rdblacklist", take_modprobe_blacklist },
	{ "module_blacklist", take_module_blacklist },
	{ "vfio-pci-devices", take_slots },
	{ "vfio-pci.pci-ids", take_slots },
	{ "video", take_video },
	{ "nofb", take_nofb },
	{ "initcall_blacklist", take_initcall },
	{ "amd_iommu", take_amd_iommu },
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

/* Returns true for "nouveau.modeset=0": the module is loaded, but drives nothing. */
static bool is_modeset_off(const struct param *param, char *module, size_t size)
{
	size_t len = strcspn(param->name, ".");

	return strcmp(param->name + len, ".modeset") == 0 && len && len < size && param->value &&
	       strcmp(param->value, "0") == 0 && module_name(module, size, param->name) &&
	       (module[len] = '\0', true);
}

static void take_param(struct leftovers *leftovers, const struct leftover_place *place,
		       const struct param *param)
{
	struct word word = { .leftovers = leftovers, .place = place, .way = REMOVAL_CMDLINE };
	char *whole, *value, module[128];
	struct string_set modules = { 0 };
	size_t i;

	if (asprintf(&whole, "%s%s%s", param->name, param->value ? "=" : "",
		     param->value ? param->value : "") < 0)
		return;
	value = strdup(param->value ? param->value : "");
	word.whole = whole;
	word.value = value;
	/*
	 * The file that has the word comes first, and is more useful than the running line. To
	 * remove it, every file counts.
	 */
	if (value &&
	    (!string_set_have(&leftovers->seen, whole) || (leftovers->plan && place->number))) {
		for (i = 0; i < KNOWN_COUNT && !word.told; i++)
			if (param_named(param, known[i].name))
				known[i].take(&word);
		if (is_modeset_off(param, module, sizeof(module))) {
			string_set_add(&modules, module);
			tell_blacklist(&word, &modules);
		}
		string_set_add(&leftovers->seen, whole);
	}
	free(value);
	free(whole);
}

void leftovers_on_cmdline(struct leftovers *leftovers, const struct leftover_place *place,
			  const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	struct param param;

	while (copy && param_next(&cursor, &param))
		take_param(leftovers, place, &param);
	free(copy);
}

void leftovers_note_cmdline(struct leftovers *leftovers)
{
	char *copy = strdup(leftovers->check->running), *cursor = copy, *item, module[128];
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		if (is_modeset_off(&param, module, sizeof(module)))
			string_set_add(&leftovers->blacklist, module);
		if (!param.value || (!param_named(&param, "modprobe.blacklist") &&
				     !param_named(&param, "rd.driver.blacklist") &&
				     !param_named(&param, "module_blacklist")))
			continue;
		while ((item = param_item(&param.value, ",")))
			if (module_name(module, sizeof(module), item))
				string_set_add(&leftovers->blacklist, module);
	}
	free(copy);
}

/* --- places ------------------------------------------------------------------------------------
 */

/* A file that has a command line. */
struct kept {
	struct leftovers *leftovers;
	const char *path;
};

/* A word of GRUB's settings that goes onto the command line. */
static void take_word(void *to, const struct shell_word *word)
{
	const struct kept *kept = to;
	const struct leftover_place place = { "command-line", kept->path, word->number };

	if (strncmp(word->name, "GRUB_CMDLINE_LINUX", strlen("GRUB_CMDLINE_LINUX")) == 0)
		leftovers_on_cmdline(kept->leftovers, &place, word->word);
}

static void take_grub_file(void *to, const char *path)
{
	struct leftovers *leftovers = to;
	struct kept kept = { leftovers, path };
	char *text = config_text(leftovers->check->sysroot, path);

	if (text)
		shell_words(text, take_word, &kept);
	free(text);
}

static void take_line(void *to, struct config_line *line)
{
	const struct leftover_place place = { "command-line", line->path, line->number };

	leftovers_on_cmdline(to, &place, line->text);
}

static void take_command_file(void *to, const char *path)
{
	struct leftovers *leftovers = to;

	config_lines(leftovers->check->sysroot, path, false, take_line, to);
}

static void take_menu(struct leftovers *leftovers)
{
	struct boot_menu menu;
	size_t i;

	boot_menu_read(&menu, leftovers->check->sysroot);
	for (i = 0; i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL)
			leftovers_on_cmdline(
				leftovers,
				&(struct leftover_place){ "command-line", menu.entry[i].file, 0 },
				menu.entry[i].cmdline);
	boot_menu_free(&menu);
}

void leftovers_cmdline(struct leftovers *leftovers)
{
	static const char *const grub[] = { "/etc/default/grub.d", NULL };
	static const char *const dracut[] = { "/etc/cmdline.d", NULL };
	static const struct leftover_place running = { "command-line", NULL, 0 };
	const char *sysroot = leftovers->check->sysroot;

	take_grub_file(leftovers, "/etc/default/grub");
	config_files(sysroot, grub, ".cfg", take_grub_file, leftovers);
	take_command_file(leftovers, KERNEL_CMDLINE_FILE);
	config_files(sysroot, dracut, ".conf", take_command_file, leftovers);
	leftovers_on_cmdline(leftovers, &running, leftovers->check->running);
	take_menu(leftovers);
}
