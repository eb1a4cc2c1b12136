// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Boot menus as distributions write them, of which the one entry that starts by default has the
 * command line of the case, the others have others. Which one that is comes from the manuals:
 * GRUB's (variables default and saved_entry), the Boot Loader Specification (the order of entries)
 * and systemd-boot(7), loader.conf(5).
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "property.h"

#define MACHINE "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#define ROOT    "root=UUID=0a1b2c3d ro "
#define EFIVAR  "sys/firmware/efi/efivars/Loader%s-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* An entry of a menu: the kernel that it starts, and with what. */
struct entry {
	const char *kver;
	const char *cmdline;
};

/* The case's own, and one that must not count. */
static void random_line(const struct machine *machine, struct string *line)
{
	line->length = 0;
	line->data[0] = '\0';
	words_cmdline(machine, line);
	menu_make_plain(line);
}

void menu_make_plain(struct string *line)
{
	char *from, *to = line->data;

	for (from = line->data; *from; from++)
		if (*from != '"')
			*to++ = *from == '\t' ? ' ' : *from;
	*to = '\0';
	line->length = strlen(line->data);
}

/* --- GRUB --------------------------------------------------------------------------------------
 */

static void add_grub_entry(struct string *menu, const char *title, const char *id,
			   const struct entry *entry, const char *tail)
{
	string_add(menu,
		   "menuentry '%s' --class gnu-linux --class os $menuentry_id_option '%s' {\n"
		   "\tload_video\n\tinsmod gzio\n"
		   "\tif [ x$feature_platform_search_hint = xy ]; then\n"
		   "\t  search --no-floppy --fs-uuid --set=root  0a1b2c3d\n\telse\n"
		   "\t  search --no-floppy --fs-uuid --set=root 0a1b2c3d\n\tfi\n"
		   "\techo\t'Loading Linux %s ...'\n"
		   "\tlinux\t/boot/vmlinuz-%s " ROOT "%s%s\n"
		   "\tinitrd\t/boot/initrd.img-%s\n}\n",
		   title, id, entry->kver, entry->kver, tail, entry->cmdline, entry->kver);
}

/* The values of default that choose the entry: of the first, and of those in the submenu. */
static const char *const first_one[] = { "0", "Debian", "simple", "" };
static const char *const newer[] = { "1>0", "1>Debian, new", "advanced>newer", "Advanced options>0",
				     "Advanced options>newer" };
static const char *const older[] = { "1>2", "1>Debian, old", "advanced>older",
				     "Advanced options>2" };

static void write_grubenv(const char *host, const char *path, const char *saved)
{
	char block[1025];
	int length = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s%s%s",
			      *saved ? "saved_entry=" : "", saved, *saved ? "\n" : "");

	memset(block + length, '#', sizeof(block) - 1 - (size_t)length);
	block[1024] = '\0';
	write_text(host, path, block);
}

static void write_grub(const char *host, const struct entry *entry, unsigned int chosen)
{
	const char *value = chosen == 0 ? PICK(first_one) : chosen == 1 ? PICK(newer) : PICK(older);
	bool saved = !*value || chance(60);
	struct string menu = { .length = 0 };

	string_add(&menu,
		   "### BEGIN /etc/grub.d/00_header ###\n"
		   "if [ -s $prefix/grubenv ]; then\n  set have_grubenv=true\n  load_env\nfi\n"
		   "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"
		   "   set next_entry=\n   save_env next_entry\n   set boot_once=true\nelse\n");
	string_add(&menu, "   set default=\"%s\"\nfi\n", saved ? "${saved_entry}" : value);
	string_add(&menu, "### END /etc/grub.d/00_header ###\n"
			  "### BEGIN /etc/grub.d/10_linux ###\n"
			  "function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\n");
	add_grub_entry(&menu, "Debian", "simple", &entry[0], "");
	string_add(&menu, "submenu 'Advanced options' $menuentry_id_option 'advanced' {\n");
	add_grub_entry(&menu, "Debian, new", "newer", &entry[1], "");
	add_grub_entry(&menu, "Debian, new (recovery mode)", "newer-recovery", &entry[3],
		       "single nomodeset ");
	add_grub_entry(&menu, "Debian, old", "older", &entry[2], "");
	add_grub_entry(&menu, "Debian, old (recovery mode)", "older-recovery", &entry[3],
		       "single nomodeset ");
	string_add(&menu, "}\n### END /etc/grub.d/10_linux ###\n"
			  "### BEGIN /etc/grub.d/30_os-prober ###\n");
	add_grub_entry(&menu, "Another system", "other", &entry[3], "root=/dev/sdz9 ");
	string_add(&menu, "### END /etc/grub.d/30_os-prober ###\n");
	write_text(host, "boot/grub/grub.cfg", menu.data);
	/* A saved entry counts only where the menu asks for it. */
	write_grubenv(host, "boot/grub/grubenv", saved ? value : chance(50) ? "other" : "");
}

/* --- entries of the Boot Loader Specification ---------------------------------------------------
 */

static const char *const names[] = { MACHINE "-7.0.0-module", MACHINE "-6.1.0-module",
				     MACHINE "-5.10.0-module" };

static void write_entry(const char *host, const char *name, const struct entry *entry,
			const char *options)
{
	struct string text = { .length = 0 };
	char path[200];

	string_add(&text,
		   "title Fedora Linux (%s)\nversion %s\nlinux /vmlinuz-%s\n"
		   "initrd /initramfs-%s.img\noptions " ROOT "%s\ngrub_users $grub_users\n",
		   entry->kver, name + strlen(MACHINE) + 1, entry->kver, entry->kver, options);
	snprintf(path, sizeof(path), "boot/loader/entries/%s.conf", name);
	write_text(host, path, text.data);
}

/* The newest comes first; whatever else is asked for, by name. */
static void write_entries(const char *host, const struct entry *entry)
{
	unsigned int i;

	for (i = 0; i < COUNT(names); i++)
		write_entry(host, names[i], &entry[i], entry[i].cmdline);
	write_entry(host, MACHINE "-0-rescue", &entry[3], entry[3].cmdline);
}

static void write_grub_bls(const char *host, const struct entry *entry, unsigned int chosen)
{
	write_entries(host, entry);
	write_text(host, "boot/grub2/grub.cfg",
		   "### BEGIN /etc/grub.d/00_header ###\nload_env\n"
		   "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"
		   "   set next_entry=\n   save_env next_entry\n   set boot_once=true\nelse\n"
		   "   set default=\"${saved_entry}\"\nfi\n### END /etc/grub.d/00_header ###\n"
		   "### BEGIN /etc/grub.d/10_linux ###\ninsmod blscfg\nblscfg\n"
		   "### END /etc/grub.d/10_linux ###\n");
	write_grubenv(host, "boot/grub2/grubenv", chosen || chance(50) ? names[chosen] : "");
}

/* UTF-16 behind four bytes of attributes. */
static void write_variable(const char *host, const char *name, const char *value)
{
	char path[200], whole[1024], data[400] = { 7 };
	size_t length = 4;
	int fd;

	for (; *value; value++, length += 2)
		data[length] = *value;
	snprintf(path, sizeof(path), EFIVAR, name);
	write_text(host, path, "");
	snprintf(whole, sizeof(whole), "%s/%s", host, path);
	fd = open(whole, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, data, length + 2) < 0)
		perror(whole);
	close(fd);
}

static void write_systemd_boot(const char *host, const struct entry *entry, unsigned int chosen)
{
	char text[200], name[100];
	bool variable = chance(30);

	write_entries(host, entry);
	write_variable(host, "Info", "systemd-boot 252.5");
	snprintf(name, sizeof(name), "%s.conf", names[chosen]);
	/* The variable has the last word; without any, the first entry is the default. */
	if (variable)
		write_variable(host, "EntryDefault", name);
	if (variable && chance(50))
		snprintf(text, sizeof(text), "timeout 3\ndefault %s*\n", names[roll(COUNT(names))]);
	else if (chosen || chance(50))
		snprintf(text, sizeof(text), "default %s%s\ntimeout 3\n", names[chosen],
			 chance(50) ? ".conf" : "*");
	else
		snprintf(text, sizeof(text), "timeout 3\n");
	write_text(host, "boot/loader/loader.conf", text);
}

/* --- any ---------------------------------------------------------------------------------------
 */

static void clear(const char *host)
{
	static const char *const parts[] = { "boot/grub", "boot/grub2", "boot/loader",
					     "sys/firmware/efi" };
	char path[1024];
	size_t i;

	for (i = 0; i < COUNT(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", host, parts[i]);
		remove_tree(path);
	}
}

/* What it says of the IOMMU is the machine's own. */
static void set_running(const struct machine *machine, struct string *running)
{
	static struct string others;
	bool iommu = with.iommu;

	with.iommu = false;
	random_line(machine, &others);
	with.iommu = iommu;
	string_add(running, "BOOT_IMAGE=/vmlinuz " ROOT "%s %s", machine->running.data,
		   others.data);
}

void menu_write(const struct machine *machine, const char *host, const char *cmdline,
		struct string *running)
{
	static struct string other[4];
	struct entry entry[4] = { { KERNELS[machine->vfio], NULL },
				  { KERNELS[machine->vfio], NULL },
				  { KERNELS[machine->vfio], NULL },
				  { KERNELS[machine->vfio], NULL } };
	unsigned int chosen = roll(3), i;

	clear(host);
	for (i = 0; i < COUNT(other); i++) {
		random_line(machine, &other[i]);
		entry[i].cmdline = other[i].data;
	}
	entry[chosen].cmdline = cmdline;
	set_running(machine, running);
	switch (roll(3)) {
	case 0:
		write_grub(host, entry, chosen);
		break;
	case 1:
		write_grub_bls(host, entry, chosen);
		break;
	default:
		write_systemd_boot(host, entry, chosen);
	}
}
