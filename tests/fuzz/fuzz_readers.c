// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer's target for what the command reads and writes where a system keeps its kernel command
 * line. The first byte of the input, 'a' and up, says which reader gets the rest.
 *
 * What is promised: words that are set are there, or are refused because a quote is not closed;
 * set twice is set once; set and cleared, every byte is as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/bootloader/bls_entry.h"
#include "../../src/bootloader/conf_text.h"
#include "../../src/bootloader/grub/grub_block.h"
#include "../../src/bootloader/grub/grub_copy.h"
#include "../../src/bootloader/grub/grub_default.h"
#include "../../src/bootloader/grub/grub_menu.h"
#include "../../src/bootloader/grub/grubenv.h"
#include "../../src/bootloader/kernel_cmdline.h"
#include "../../src/bootloader/menus/extlinux_menu.h"
#include "../../src/bootloader/menus/limine_menu.h"
#include "../../src/bootloader/menus/linux_header.h"
#include "../../src/bootloader/menus/refind_conf.h"
#include "../../src/bootloader/menus/refind_menu.h"
#include "../../src/bootloader/places/limine_setting.h"
#include "../../src/bootloader/staged_deployment.h"
#include "../../src/bootloader/uki.h"
#include "../../src/commands/export/domain_xml.h"
#include "../../src/host/claim_words.h"
#include "../../src/host/config_lines.h"
#include "../../src/host/shell_value.h"
#include "../../src/host/shell_words.h"
#include "fuzz.h"

#define WORDS "rd.vfio.claim=02:00.*,10de:1e07 rd.vfio.keep=boot-vga"

/* The variable: short, so that the fuzzer finds it. */
#define NAME "N"

void broken(const char *what)
{
	fprintf(stderr, "BROKEN PROMISE: %s\n", what);
	abort();
}

/* Changes a text so that it has these words; frees nothing. */
typedef char *set_fn(const char *text, const char *words);

/* Returns the command line of a text. */
typedef char *get_fn(const char *text);

static bool has_ours(const char *cmdline)
{
	char *ours = cmdline_ours(cmdline);
	bool has = !ours || ours[0];

	free(ours);
	return has;
}

/* @text has none of our words. */
static void check_there_and_back(const char *text, get_fn *get, set_fn *set)
{
	char *there = set(text, WORDS), *twice, *back, *cmdline;

	if (!there) {
		expect(errno == EBADMSG && strchr(text, '"'), "only a quote stops us");
		return;
	}
	cmdline = get(there);
	expect(cmdline && cmdline_has(cmdline, WORDS), "what is set is there");
	free(cmdline);
	twice = set(there, WORDS);
	back = set(there, "");
	expect(twice && back, "words can be set again, and cleared");
	expect(strcmp(there, twice) == 0, "set twice is set once");
	expect(strcmp(back, text) == 0, "set and cleared, all is as before");
	free(back);
	free(twice);
	free(there);
}

static void look_at_cmdline(char *text)
{
	char *rest;

	free(cmdline_unsafe_word(text));
	free(cmdline_tried(text));
	free(cmdline_value(text, "rd.vfio.claim"));
	free(cmdline_names_without(text, "a b=c"));
	rest = cmdline_without(text, "a b=c");
	expect(rest && !cmdline_has(rest, "a"), "a word that is taken away is gone");
	free(rest);
	if (!has_ours(text))
		check_there_and_back(text, strdup, cmdline_with);
}

/* The value of the variable, with words in it. */
static char *set_shell(const char *text, const char *words)
{
	char *value = shell_value(text, NAME);
	char *fresh = cmdline_with(value ? value : "", words), *whole;

	whole = fresh ? shell_with_value(text, NAME, fresh) : NULL;
	free(fresh);
	free(value);
	return whole;
}

static char *get_shell(const char *text)
{
	return shell_value(text, NAME);
}

static void look_at_shell(char *text)
{
	char *value = shell_value(text, NAME);
	unsigned int line;

	if (!shell_trouble(text, NAME, &line) && !strstr(text, "added by") &&
	    !has_ours(value ? value : ""))
		check_there_and_back(text, get_shell, set_shell);
	free(value);
}

static void take_word(void *to, const struct shell_word *word)
{
	*(size_t *)to += strlen(word->name) + strlen(word->word) + word->number;
}

static void look_at_lists(char *text)
{
	size_t sum = 0;

	shell_words(text, take_word, &sum);
}

static void look_at_kernel_cmdline(char *text)
{
	char *words = kernel_cmdline_words(text);
	size_t len = strlen(text);

	/* A comment at the end without a newline gets one. */
	if (!has_ours(words) && (words[0] || !len || text[len - 1] == '\n'))
		check_there_and_back(text, kernel_cmdline_words, kernel_cmdline_with);
	free(words);
	words = kernel_cmdline_first(text);
	if (!has_ours(words))
		check_there_and_back(text, kernel_cmdline_first, kernel_cmdline_first_with);
	free(words);
}

static char *get_options(const char *entry)
{
	return bls_options(entry, NULL);
}

static void look_at_entry(char *text)
{
	char *options = bls_options(text, NULL), *copy, *its;
	struct string_set initrds = bls_values(text, "initrd");

	free(bls_name(text));
	string_set_free(&initrds);
	copy = bls_copy(text, "~try", "a b", WORDS);
	expect(copy || errno == EBADMSG, "an entry can be copied");
	its = copy ? bls_options(copy, NULL) : NULL;
	expect(!its || cmdline_has(its, WORDS), "a copy has the words");
	if (bls_has(text, "options") && !has_ours(options))
		check_there_and_back(text, get_options, bls_with_words);
	free(its);
	free(copy);
	free(options);
}

static char *get_wishes(const char *conf)
{
	struct wishes wishes = { 0 };
	char *words = wishes_read_conf(&wishes, conf) == 0 ? wishes_words(&wishes) : NULL;

	wishes_free(&wishes);
	return words;
}

static void look_at_conf(char *text)
{
	char *same = conf_text_with(text, ""), *there = conf_text_with(text, WORDS);
	struct wishes wishes = { 0 };

	expect(same && there, "a vfio-claim.conf can be changed");
	expect(wishes_read_conf(&wishes, there) == 0 && wishes.claims, "what is set is there");
	if (strcmp(same, text) == 0 && !strstr(text, "timeout"))
		check_there_and_back(text, get_wishes, conf_text_with);
	wishes_free(&wishes);
	free(there);
	free(same);
}

static void look_at_grub(char *text)
{
	char *name = grub_default_name(text, "saved_entry=1>0\nnext_entry=x\n", true), *copy;
	char *there, *back;
	struct grub_menu menu;
	const char *why;

	free(grub_default_setting(text, "kernelopts"));
	expect(grub_menu_read(&menu, text) == 0, "a menu can be read");
	grub_menu_follow(&menu, name ? name : "0");
	copy = grub_copy_make(text, NULL, WORDS, &why);
	expect(copy || why, "an entry is copied, or there is a reason");
	there = copy && !strstr(text, "vfio-claim try") ? grub_block_place(text, "try", copy)
							: NULL;
	back = there ? grub_block_place(there, "try", NULL) : NULL;
	if (back && text[strlen(text) - 1] == '\n')
		expect(strcmp(back, text) == 0,
		       "an entry that is removed leaves custom.cfg as it was");
	free(back);
	free(there);
	free(copy);
	free(name);
	grub_menu_free(&menu);
}

static void look_at_grubenv(char *text)
{
	long room = grubenv_room(text);

	expect(room >= -1 && room <= 1024, "a block has room for no more than its size");
	free(grubenv_value(text, "saved_entry"));
	free(grubenv_value(text, "next_entry"));
}

static void look_at_limine(char *text)
{
	const struct limine_item *item;
	struct limine_menu menu;

	expect(limine_menu_read(&menu, text) == 0, "a menu can be read");
	item = limine_menu_default(&menu);
	expect(!item || (item >= menu.item && item < menu.item + menu.count),
	       "the default is an entry of the menu");
	limine_menu_free(&menu);
}

/* The settings of limine-entry-tool for a key as short as NAME. */
static char *set_limine(const char *text, const char *words)
{
	return limine_setting_with(text, NAME, words);
}

static char *get_limine(const char *text)
{
	return limine_setting_value(text, NAME);
}

static void look_at_limine_setting(char *text)
{
	char *value = limine_setting_value(text, NAME);
	struct string_set keys = { 0 };

	expect(limine_setting_keys(text, &keys) == 0, "keys can be listed");
	expect(!value == !string_set_have(&keys, NAME), "a key that is listed has a value");
	expect(value || !limine_setting_replaces(text, NAME), "what replaces has a value");
	/* In another line for the key our words would be removed for good. */
	if (value && !strstr(text, "rd.vfio"))
		check_there_and_back(text, get_limine, set_limine);
	string_set_free(&keys);
	free(value);
}

static void look_at_refind(char *text)
{
	char *options, *line = refind_conf_default(text);
	size_t number = 0, lines = 1;
	const char *c;

	expect(line || errno == ENOENT || errno == EINVAL, "a line, or a reason");
	expect(!line || refind_conf_line(text), "a line has a number");
	if (line && !has_ours(line))
		check_there_and_back(text, refind_conf_default, refind_conf_with);
	free(line);
	for (c = text; *c; c++)
		lines += *c == '\n';
	while ((options = refind_menu_options(text, number, "/boot/vmlinuz-6.1.0"))) {
		free(options);
		expect(number++ < lines, "there are no more entries than lines");
	}
}

static void look_at_extlinux(char *text)
{
	struct extlinux_menu menu;

	expect(extlinux_menu_read(&menu, text) == 0, "a menu can be read");
	expect(menu.chosen < menu.count || !menu.count, "the default is in the menu");
	extlinux_menu_free(&menu);
}

/* Places for cards are in the guest, free, and each is given once. */
static void look_at_domain(char *text)
{
	struct guest guest;
	struct guest_place place, before = { 0 };
	int err = guest_read(&guest, text);
	unsigned int given = 0;

	expect(!err || err == -EINVAL, "a domain is read, or is none");
	while (!err && guest_take_place(&guest, &place)) {
		expect(place.bus <= GUEST_BUS_MAX && place.slot <= GUEST_SLOT_MAX,
		       "a place is there");
		expect(!place.bus == guest.conventional, "bus 0 is for conventional machines only");
		expect(!given++ || place.bus > before.bus || place.slot > before.slot,
		       "the places are in order");
		before = place;
	}
	guest_free(&guest);
}

static void take_line(void *to, struct config_line *line)
{
	char *rest = line->text;

	while (config_word(&rest))
		++*(size_t *)to;
}

/* What is read from a file: unified kernel images, a deployment that ostree staged, and lines as
 * modprobe.d(5) has them. */
static void look_at_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t count = 0;
	char path[64];
	char *text;

	expect(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	free(uki_cmdline("", path));
	text = staged_kargs((const char *)data, size);
	expect(text || errno == ENOENT || errno == EBADMSG, "a staged deployment is read or not");
	free(text);
	free(uki_kernel("", path));
	free(uki_os_release("", path));
	free(linux_header_version("", path));
	config_lines("", path, true, take_line, &count);
	text = config_text("", path);
	expect(text ? strlen(text) == size : memchr(data, 0, size) != NULL,
	       "a text is read whole, or not at all");
	free(text);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(char *text) = {
		look_at_cmdline, look_at_shell,  look_at_lists,    look_at_kernel_cmdline,
		look_at_entry,   look_at_conf,   look_at_grub,     look_at_grubenv,
		look_at_limine,  look_at_refind, look_at_extlinux, look_at_limine_setting,
		look_at_domain,
	};
	size_t which;
	char *text;

	if (!size || data[0] < 'a')
		return 0;
	which = data[0] - 'a';
	if (which >= sizeof(readers) / sizeof(readers[0])) {
		look_at_file(data + 1, size - 1);
		return 0;
	}
	/* In memory of its own, so that one byte too far is seen. */
	text = strndup((const char *)data + 1, size - 1);
	expect(text, "memory for a copy");
	readers[which](text);
	free(text);
	return 0;
}
