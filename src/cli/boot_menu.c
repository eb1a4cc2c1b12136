/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../array.h"
#include "claim_words.h"
#include "kept_file.h"
#include "tree.h"
#include "uki.h"

#define BLANKS " \t"

/* Where the EFI system partition or the boot partition may be. */
static const char *const boot_roots[] = { "/boot", "/efi", "/boot/efi" };
#define ROOT_COUNT (sizeof(boot_roots) / sizeof(boot_roots[0]))

static void add(struct boot_menu *menu, enum menu_kind kind, const char *file, const char *cmdline,
		bool image)
{
	struct menu_entry entry = { .kind = kind, .image = image };

	entry.file = strdup(file);
	entry.cmdline = strdup(cmdline);
	if (entry.file && entry.cmdline &&
	    array_add(&menu->entry, &menu->count, &entry, sizeof(entry)) == 0)
		return;
	free(entry.file);
	free(entry.cmdline);
}

/* Behind @word and blanks, or NULL when the line begins otherwise. */
static char *behind(char *line, const char *word)
{
	size_t len = strlen(word);

	line += strspn(line, BLANKS);
	if (strncmp(line, word, len) != 0 || !line[len] || !strchr(BLANKS, line[len]))
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* --- files -------------------------------------------------------------------------------------
 */

/* Adds those of DIRECTORY's files whose names end in @end, under the names that lead to them. */
static void add_files(struct names *files, const char *sysroot, const char *directory,
		      const char *end)
{
	struct names entries = tree_list(sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		if (!ends_with(entries.name[i], end))
			continue;
		/* /boot/efi and /efi may be one directory. */
		file = tree_real(sysroot, "%s/%s", directory, entries.name[i]);
		if (file)
			names_add(files, file);
		free(file);
	}
	names_free(&entries);
}

static struct names each_root(const char *sysroot, const char *below, const char *end)
{
	struct names files = { 0 };
	char *directory;
	size_t i;

	for (i = 0; i < ROOT_COUNT; i++) {
		if (asprintf(&directory, "%s/%s", boot_roots[i], below) < 0)
			continue;
		add_files(&files, sysroot, directory, end);
		free(directory);
	}
	return files;
}

struct names boot_menu_entry_files(const char *sysroot)
{
	return each_root(sysroot, "loader/entries", ".conf");
}

struct names boot_menu_images(const char *sysroot)
{
	return each_root(sysroot, "EFI/Linux", ".efi");
}

/* A grub.cfg on the EFI system partition may do no more than read the one in /boot. */
static void add_grub_file(struct names *files, const char *sysroot, const char *path)
{
	char *text = file_text(sysroot, path);

	if (text && strstr(text, "menuentry "))
		names_add(files, path);
	free(text);
}

struct names boot_menu_grub_files(const char *sysroot)
{
	struct names files = { 0 }, vendors = tree_list(sysroot, "/boot/efi/EFI");
	char *path;
	size_t i;

	add_grub_file(&files, sysroot, "/boot/grub/grub.cfg");
	add_grub_file(&files, sysroot, "/boot/grub2/grub.cfg");
	for (i = 0; i < vendors.count; i++) {
		if (asprintf(&path, "/boot/efi/EFI/%s/grub.cfg", vendors.name[i]) < 0)
			continue;
		add_grub_file(&files, sysroot, path);
		free(path);
	}
	names_free(&vendors);
	return files;
}

/* --- type 1 entries ----------------------------------------------------------------------------
 */

/* GRUB's variable kernelopts, in the environment that lies beside its grub.cfg. */
static char *read_kernelopts(const char *sysroot)
{
	char *text = file_text(sysroot, "/boot/grub2/grubenv"), *rest, *line, *found = NULL;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, "kernelopts=", strlen("kernelopts=")) == 0)
			found = strdup(line + strlen("kernelopts="));
	free(text);
	return found;
}

/* @options with what stands for $kernelopts in them. */
static void add_options(struct boot_menu *menu, const char *sysroot, enum menu_kind kind,
			const char *file, const char *options)
{
	static const char name[] = "$kernelopts";
	const char *at = strstr(options, name);
	char *values = at ? read_kernelopts(sysroot) : NULL, *whole;

	if (at && asprintf(&whole, "%.*s%s%s", (int)(at - options), options, values ? values : "",
			   at + strlen(name)) >= 0) {
		add(menu, kind, file, whole, false);
		free(whole);
	} else if (!at) {
		add(menu, kind, file, options, false);
	}
	free(values);
}

/* By what CentOS, Pop!_OS, Arch and GRUB have in the names of such entries. */
static bool is_for_repairs(const char *name)
{
	static const char *const words[] = { "0-rescue", "/Recovery-", "fallback",
					     "recovery mode" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static enum menu_kind kind_of_file(const char *file)
{
	if (ends_with(file, MENU_TRY_END))
		return MENU_TRY;
	if (strstr(file, "~novfio"))
		return MENU_OFF;
	return is_for_repairs(file) ? MENU_RECOVERY : MENU_NORMAL;
}

static void read_entry(struct boot_menu *menu, const char *sysroot, const char *file)
{
	char *text = file_text(sysroot, file), *rest, *line, *options, *all = NULL, *longer;

	/* There may be several lines of options. */
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		options = behind(line, "options");
		if (!options ||
		    asprintf(&longer, "%s%s%s", all ? all : "", all ? " " : "", options) < 0)
			continue;
		free(all);
		all = longer;
	}
	if (all)
		add_options(menu, sysroot, kind_of_file(file), file, all);
	free(all);
	free(text);
}

/* --- grub.cfg ----------------------------------------------------------------------------------
 */

/* What a line of a grub.cfg says about those behind it. */
struct grub_state {
	bool sections; /* the file tells which script has written what */
	bool ours;     /* what follows is about kernels of this system */
	enum menu_kind kind;
};

/* "### BEGIN /etc/grub.d/10_linux ###": 30_os-prober's are other systems' kernels. */
static void note_section(struct grub_state *state, const char *line)
{
	static const char begin[] = "### BEGIN /etc/grub.d/";

	if (strncmp(line, begin, strlen(begin)) == 0)
		state->ours = strncmp(line + strlen(begin), "10_linux", 8) == 0 ||
			      strncmp(line + strlen(begin), "20_linux_xen", 12) == 0;
}

static void note_title(struct grub_state *state, char *line)
{
	if (!behind(line, "menuentry"))
		return;
	if (strstr(line, MENU_TRY_ID))
		state->kind = MENU_TRY;
	else
		state->kind = is_for_repairs(line) ? MENU_RECOVERY : MENU_NORMAL;
}

/* The kernel's arguments, or NULL when the line does not load one. */
static char *kernel_arguments(char *line)
{
	static const char *const commands[] = { "linux", "linux16", "linuxefi" };
	char *words = NULL;
	size_t i;

	for (i = 0; !words && i < sizeof(commands) / sizeof(commands[0]); i++)
		words = behind(line, commands[i]);
	return words ? words + strcspn(words, BLANKS) : NULL;
}

static void read_grub(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct grub_state state = { .kind = MENU_NORMAL };
	char *text = file_text(sysroot, file), *rest, *line, *arguments;

	state.sections = text && strstr(text, "### BEGIN /etc/grub.d/");
	/* Of a file that a person has written only the first entry is known to be this system's. */
	state.ours = !state.sections;
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		note_section(&state, line);
		note_title(&state, line);
		arguments = state.ours ? kernel_arguments(line) : NULL;
		if (!arguments)
			continue;
		add(menu, state.kind, file, arguments, false);
		state.ours = state.sections;
	}
	free(text);
}

static void read_image(struct boot_menu *menu, const char *sysroot, const char *file)
{
	char *cmdline = uki_cmdline(sysroot, file);

	add(menu, MENU_NORMAL, file, cmdline ? cmdline : "", true);
	free(cmdline);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

typedef void read_fn(struct boot_menu *menu, const char *sysroot, const char *file);

static void read_files(struct boot_menu *menu, const char *sysroot, struct names files,
		       read_fn *read)
{
	size_t i;

	for (i = 0; i < files.count; i++)
		read(menu, sysroot, files.name[i]);
	names_free(&files);
}

/* The root file system of a command line is @root. */
static bool has_root(const char *cmdline, const char *root)
{
	char *value = cmdline_value(cmdline, "root");
	bool same = value && strcmp(value, root) == 0;

	free(value);
	return same;
}

/*
 * Several systems may have their entries in one directory. Those with the root file system that is
 * running are this one's; where none has, as when another system looks after it, all are.
 */
static void find_others(struct boot_menu *menu, const char *sysroot)
{
	char *running = tree_read(sysroot, "/proc/cmdline");
	char *root = running ? cmdline_value(running, "root") : NULL;
	bool any = false;
	size_t i;

	for (i = 0; root && i < menu->count; i++)
		any |= menu->entry[i].kind == MENU_NORMAL && has_root(menu->entry[i].cmdline, root);
	for (i = 0; any && i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL && !has_root(menu->entry[i].cmdline, root))
			menu->entry[i].kind = MENU_OTHER;
	free(root);
	free(running);
}

void boot_menu_read(struct boot_menu *menu, const char *sysroot)
{
	*menu = (struct boot_menu){ 0 };
	read_files(menu, sysroot, boot_menu_entry_files(sysroot), read_entry);
	find_others(menu, sysroot);
	read_files(menu, sysroot, boot_menu_images(sysroot), read_image);
	if (!menu->count)
		read_files(menu, sysroot, boot_menu_grub_files(sysroot), read_grub);
}

void boot_menu_free(struct boot_menu *menu)
{
	while (menu->count) {
		menu->count--;
		free(menu->entry[menu->count].file);
		free(menu->entry[menu->count].cmdline);
	}
	free(menu->entry);
	menu->entry = NULL;
}

/* Whether a command line has all @words, and of ours no others. */
static bool is_as_wanted(const char *cmdline, const char *words)
{
	char *ours = cmdline_ours(cmdline);
	bool wanted = ours && cmdline_has(cmdline, words) && cmdline_has(words, ours);

	free(ours);
	return wanted;
}

const struct menu_entry *boot_menu_first_other(const struct boot_menu *menu, const char *words)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL &&
		    !is_as_wanted(menu->entry[i].cmdline, words))
			return &menu->entry[i];
	return NULL;
}

bool boot_menu_is_as(const char *sysroot, const char *words)
{
	struct boot_menu menu;
	bool is;

	boot_menu_read(&menu, sysroot);
	is = !boot_menu_first_other(&menu, words);
	boot_menu_free(&menu);
	return is;
}

bool boot_menu_is_known(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL)
			return true;
	return false;
}
