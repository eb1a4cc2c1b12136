/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdline_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "../core/params.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/sysroot_files.h"
#include "bls_entry.h"
#include "boot_files.h"
#include "boot_menu.h"
#include "grub/grubenv.h"

#define GRUBENV "/boot/grub2/grubenv"

/* COMMAND_LINE_SIZE, by the beginning of the machine's name. RISC-V: since 5.13. */
static const struct {
	const char *machine;
	size_t size;
} sizes[] = {
	{ "x86_64", 2048 }, { "i386", 2048 },    { "i486", 2048 }, { "i586", 2048 },
	{ "i686", 2048 },   { "aarch64", 2048 }, { "ppc", 2048 },  { "sparc64", 2048 },
	{ "riscv", 1024 },  { "arm", 1024 },     { "s390", 4096 }, { "loongarch", 4096 },
	{ "mips", 4096 },
};

size_t cmdline_limit(void)
{
	struct utsname name;
	size_t i;

	if (uname(&name) < 0)
		return 0;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strncmp(name.machine, sizes[i].machine, strlen(sizes[i].machine)) == 0)
			return sizes[i].size - 1;
	return 0;
}

/* The longest line, and its length without the new words. */
struct longest {
	const char *words;
	size_t before, after;
};

/* Considers @line, to which the boot loader prepends @extra characters. */
static void look_at(struct longest *longest, const char *line, size_t extra)
{
	char *fresh = cmdline_with(line, longest->words);
	size_t after = fresh ? strlen(fresh) + extra : 0;

	if (after > longest->after) {
		longest->after = after;
		longest->before = strlen(line) + extra;
	}
	free(fresh);
}

/* Returns how many characters of the running line the boot loader has added. */
static size_t loader_words(const char *running)
{
	char *copy = strdup(running), *cursor = copy;
	struct param param;
	size_t len = 0;

	while (copy && param_next(&cursor, &param))
		if (param.value &&
		    (param_named(&param, "BOOT_IMAGE") || param_named(&param, "initrd")))
			len += strlen(param.name) + strlen("=") + strlen(param.value) + strlen(" ");
	free(copy);
	return len;
}

/* Returns true if @line has such a word itself. */
static bool has_loader_words(const char *line)
{
	return loader_words(line) > 0;
}

/* What a bootconfig adds to /proc/cmdline is not limited (init/main.c, setup_command_line()). */
static bool has_bootconfig(const char *sysroot, const char *running)
{
	char *config = sysroot_read(sysroot, "/proc/bootconfig");
	bool has = config && cmdline_has(running, "bootconfig");

	free(config);
	return has;
}

static struct longest find_longest(const char *sysroot, const char *running, const char *words)
{
	struct longest longest = { .words = words };
	size_t extra = loader_words(running), i;
	const struct menu_entry *entry;
	struct boot_menu menu;

	boot_menu_read(&menu, sysroot);
	for (i = 0; i < menu.count; i++) {
		entry = &menu.entry[i];
		if (entry->kind == MENU_NORMAL && entry->cmdline)
			look_at(&longest, entry->cmdline,
				entry->image || has_loader_words(entry->cmdline) ? 0 : extra);
	}
	if (!has_bootconfig(sysroot, running))
		look_at(&longest, running, 0);
	boot_menu_free(&menu);
	return longest;
}

/* CentOS 8's entries have their options in GRUB's environment block: "options $kernelopts". */
static bool options_are_in_grubenv(const char *sysroot)
{
	struct string_set files = boot_files_entries(sysroot);
	bool are = false;
	char *text;
	size_t i;

	for (i = 0; !are && i < files.count; i++) {
		text = config_text(sysroot, files.name[i]);
		are = text && strstr(text, BLS_KERNELOPTS);
		free(text);
	}
	string_set_free(&files);
	return are;
}

/* Returns how much of the block is free; -1 if it does not have the options. */
static long room_in_grubenv(const char *sysroot)
{
	char *text = options_are_in_grubenv(sysroot) ? config_text(sysroot, GRUBENV) : NULL;
	char *options = text ? grubenv_value(text, "kernelopts") : NULL;
	long room = options ? grubenv_room(text) : -1;

	free(options);
	free(text);
	return room;
}

char *cmdline_too_long(const char *sysroot, const char *running, const char *words)
{
	struct longest longest = find_longest(sysroot, running, words);
	size_t limit = cmdline_limit();
	long room = room_in_grubenv(sysroot);
	char *what = NULL;
	int len = -1;

	if (longest.after <= longest.before)
		return NULL;
	if (limit && longest.after > limit)
		len = asprintf(&what,
			       "the kernel command line would be %zu characters long, and the "
			       "kernel cuts it off after %zu: use fewer selectors (02:00.* is all "
			       "functions of a card), or remove other options that are not needed",
			       longest.after, limit);
	else if (room >= 0 && longest.after - longest.before > (size_t)room)
		len = asprintf(&what,
			       "GRUB's environment block, which holds the kernel command line of "
			       "this system (kernelopts), has room for %ld more characters, but "
			       "%zu are needed: remove options that are not needed",
			       room, longest.after - longest.before);
	return len < 0 ? NULL : what;
}
