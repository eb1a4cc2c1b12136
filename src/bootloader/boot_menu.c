/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/claim_words.h"
#include "../host/file_backup.h"
#include "../host/sysroot_files.h"
#include "bls_entry.h"
#include "efi_loader.h"
#include "grub_menu.h"
#include "menu_kernel.h"
#include "uki.h"

#define BLANKS " \t"

/* Where the EFI system partition or the boot partition may be. */
static const char *const boot_roots[] = { "/boot", "/efi", "/boot/efi" };
#define ROOT_COUNT (sizeof(boot_roots) / sizeof(boot_roots[0]))

static void entry_free(struct menu_entry *entry)
{
	free(entry->file);
	free(entry->cmdline);
	free(entry->kver);
	free(entry->kernel);
	string_set_free(&entry->initrds);
}

/* Takes ownership of what @entry holds; without memory, the entry is left out. */
static void add(struct boot_menu *menu, struct menu_entry *entry, const char *file)
{
	entry->file = strdup(file);
	if (entry->file && entry->cmdline &&
	    array_add(&menu->entry, &menu->count, entry, sizeof(*entry)) == 0)
		return;
	entry_free(entry);
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
static void add_files(struct string_set *files, const char *sysroot, const char *directory,
		      const char *end)
{
	struct string_set entries = sysroot_list(sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		if (!ends_with(entries.name[i], end))
			continue;
		/* /boot/efi and /efi may be one directory. */
		file = sysroot_real(sysroot, "%s/%s", directory, entries.name[i]);
		if (file)
			string_set_add(files, file);
		free(file);
	}
	string_set_free(&entries);
}

static struct string_set each_root(const char *sysroot, const char *below, const char *end)
{
	struct string_set files = { 0 };
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

struct string_set boot_menu_entry_files(const char *sysroot)
{
	return each_root(sysroot, "loader/entries", ".conf");
}

struct string_set boot_menu_images(const char *sysroot)
{
	return each_root(sysroot, "EFI/Linux", ".efi");
}

/* A grub.cfg on the EFI system partition may do no more than read the one in /boot. */
static void add_grub_file(struct string_set *files, const char *sysroot, const char *path)
{
	char *text = file_text(sysroot, path);

	if (text && strstr(text, "menuentry "))
		string_set_add(files, path);
	free(text);
}

struct string_set boot_menu_grub_files(const char *sysroot)
{
	struct string_set files = { 0 }, vendors = sysroot_list(sysroot, "/boot/efi/EFI");
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
	string_set_free(&vendors);
	return files;
}

/* --- type 1 entries ----------------------------------------------------------------------------
 */

/*
 * GRUB's variable kernelopts: from the environment that lies beside its grub.cfg or, where that has
 * none, as grub.cfg itself sets it then.
 */
static char *read_kernelopts(const char *sysroot)
{
	static const char name[] = "kernelopts";
	char *text = file_text(sysroot, "/boot/grub2/grubenv");
	char *found = text ? grub_variable(text, name) : NULL;

	free(text);
	if (found)
		return found;
	text = file_text(sysroot, "/boot/grub2/grub.cfg");
	found = text ? grub_menu_setting(text, name) : NULL;
	free(text);
	return found;
}

/* @options, which is freed, with what stands for $kernelopts in them; NULL without memory. */
static char *expand(const char *sysroot, char *options)
{
	static const char name[] = "$kernelopts";
	char *at = options ? strstr(options, name) : NULL, *values, *whole;

	if (!at)
		return options;
	values = read_kernelopts(sysroot);
	if (asprintf(&whole, "%.*s%s%s", (int)(at - options), options, values ? values : "",
		     at + strlen(name)) < 0)
		whole = NULL;
	free(values);
	free(options);
	return whole;
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

/* One without options starts another system, or a tool. */
static void read_entry(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct menu_entry entry = { .kind = kind_of_file(file) };
	char *text = file_text(sysroot, file), *options = text ? bls_value(text, "options") : NULL;

	if (!options)
		entry.kind = MENU_OTHER;
	if (text) {
		entry.cmdline = expand(sysroot, bls_options(text));
		entry.kernel = bls_value(text, "linux");
		if (!entry.kernel)
			entry.kernel = bls_value(text, "efi");
		entry.initrds = bls_values(text, "initrd");
		entry.kver = menu_kernel_version(sysroot, entry.kernel);
		add(menu, &entry, file);
	}
	free(options);
	free(text);
}

/* --- grub.cfg ----------------------------------------------------------------------------------
 */

/* What a line of a grub.cfg says about those behind it. */
struct grub_state {
	bool sections; /* the file tells which script has written what */
	bool ours;     /* what follows is about kernels of this system */
	enum menu_kind kind;
	size_t at;       /* see struct menu_entry */
	bool has_kernel; /* the last entry of the list is the one that is being read */
};

/* "### BEGIN /etc/grub.d/10_linux ###": 30_os-prober's are other systems' kernels. */
static void note_section(struct grub_state *state, const char *line)
{
	static const char begin[] = "### BEGIN /etc/grub.d/";

	if (strncmp(line, begin, strlen(begin)) == 0)
		state->ours = strncmp(line + strlen(begin), "10_linux", 8) == 0 ||
			      strncmp(line + strlen(begin), "20_linux_xen", 12) == 0;
}

/* @text: all of the file, of which @line is one. */
static void note_title(struct grub_state *state, const char *text, char *line)
{
	static const char word[] = "menuentry";

	if (!behind(line, word))
		return;
	state->at = (size_t)(line - text) + strspn(line, BLANKS) + strlen(word);
	state->has_kernel = false;
	if (strstr(line, MENU_TRY_ID))
		state->kind = MENU_TRY;
	else
		state->kind = is_for_repairs(line) ? MENU_RECOVERY : MENU_NORMAL;
}

/* The arguments if the line is one of the commands, else NULL. */
static char *arguments_of(char *line, const char *const *commands, size_t count)
{
	char *words = NULL;
	size_t i;

	for (i = 0; !words && i < count; i++)
		words = behind(line, commands[i]);
	return words;
}

/* What GRUB calls a device in front of a path: "($root)/vmlinuz". */
static const char *without_device(const char *path)
{
	const char *end = path[0] == '(' ? strchr(path, ')') : NULL;

	return end ? end + 1 : path;
}

/* "linux /vmlinuz-6.1.0 root=…": the first such line of an entry counts. */
static void read_kernel(struct boot_menu *menu, const char *sysroot, const char *file,
			struct grub_state *state, char *line)
{
	static const char *const commands[] = { "linux", "linux16", "linuxefi" };
	struct menu_entry entry = { .kind = state->kind, .at = state->at };
	char *words = arguments_of(line, commands, sizeof(commands) / sizeof(commands[0]));
	size_t len;

	if (!words)
		return;
	len = strcspn(words, BLANKS);
	entry.kernel =
		strndup(without_device(words), len - (size_t)(without_device(words) - words));
	entry.kver = menu_kernel_version(sysroot, entry.kernel);
	entry.cmdline = strdup(words + len + strspn(words + len, BLANKS));
	add(menu, &entry, file);
	state->has_kernel = true;
	state->ours = state->sections;
}

/* "initrd /initrd.img-6.1.0 …", which belongs to the kernel before it. */
static void read_initrds(struct boot_menu *menu, const struct grub_state *state, char *line)
{
	static const char *const commands[] = { "initrd", "initrd16", "initrdefi" };
	char *words = arguments_of(line, commands, sizeof(commands) / sizeof(commands[0])), *rest;

	if (!words || !state->has_kernel || !menu->count)
		return;
	for (words = strtok_r(words, BLANKS, &rest); words; words = strtok_r(NULL, BLANKS, &rest))
		string_set_add(&menu->entry[menu->count - 1].initrds, without_device(words));
}

char *boot_menu_grub_text(const char *sysroot, const char *file)
{
	char *text = file_text(sysroot, file), *path, *custom = NULL, *both;
	const char *slash = strrchr(file, '/');

	if (!text || !slash || !grub_menu_reads_custom(text))
		return text;
	if (asprintf(&path, "%.*s/custom.cfg", (int)(slash - file), file) >= 0) {
		custom = file_text(sysroot, path);
		free(path);
	}
	if (custom && asprintf(&both, "%s\n%s", text, custom) >= 0) {
		free(text);
		text = both;
	}
	free(custom);
	return text;
}

static void read_grub(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct grub_state state = { .kind = MENU_NORMAL };
	char *text = boot_menu_grub_text(sysroot, file), *rest, *line;

	state.sections = text && strstr(text, "### BEGIN /etc/grub.d/");
	/* Of a file that a person has written only the first entry is known to be this system's. */
	state.ours = !state.sections;
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		note_section(&state, line);
		note_title(&state, text, line);
		if (state.has_kernel)
			read_initrds(menu, &state, line);
		else if (state.ours || state.kind == MENU_TRY)
			read_kernel(menu, sysroot, file, &state, line);
	}
	free(text);
}

static void read_image(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct menu_entry entry = { .kind = MENU_NORMAL, .image = true };

	entry.cmdline = uki_cmdline(sysroot, file);
	if (!entry.cmdline)
		entry.cmdline = strdup("");
	entry.kernel = strdup(file);
	entry.kver = uki_kernel(sysroot, file);
	if (!entry.kver)
		entry.kver = menu_kernel_version(sysroot, file);
	add(menu, &entry, file);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

typedef void read_fn(struct boot_menu *menu, const char *sysroot, const char *file);

static void read_files(struct boot_menu *menu, const char *sysroot, struct string_set files,
		       read_fn *read)
{
	size_t i;

	for (i = 0; i < files.count; i++)
		read(menu, sysroot, files.name[i]);
	string_set_free(&files);
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
	char *running = sysroot_read(sysroot, "/proc/cmdline");
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

/*
 * Whether GRUB starts this system from a grub.cfg that has all its entries in it: those in
 * loader/entries are what something else has left there.
 */
static bool is_grubs_alone(const char *sysroot, const struct string_set *grub_files)
{
	bool alone = grub_files->count && !efi_loader_is_systemd_boot(sysroot);
	char *text;
	size_t i;

	for (i = 0; alone && i < grub_files->count; i++) {
		text = file_text(sysroot, grub_files->name[i]);
		alone = text && strstr(text, "### BEGIN /etc/grub.d/10_linux") &&
			!grub_menu_reads_entries(text);
		free(text);
	}
	return alone;
}

void boot_menu_read(struct boot_menu *menu, const char *sysroot)
{
	struct string_set grub_files = boot_menu_grub_files(sysroot);

	*menu = (struct boot_menu){ 0 };
	if (!is_grubs_alone(sysroot, &grub_files)) {
		read_files(menu, sysroot, boot_menu_entry_files(sysroot), read_entry);
		find_others(menu, sysroot);
		read_files(menu, sysroot, boot_menu_images(sysroot), read_image);
	}
	if (!menu->count)
		read_files(menu, sysroot, grub_files, read_grub);
	else
		string_set_free(&grub_files);
}

void boot_menu_free(struct boot_menu *menu)
{
	while (menu->count)
		entry_free(&menu->entry[--menu->count]);
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
