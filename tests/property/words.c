// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "property.h"

static const char *const bad[] = {
	"01:00.9", "zz",         "10de",         "10de:", "01:00",    "0000:01:00",   "100:00.0",
	"*:*",     "10de:1e07@", "01:00.0@10de", "=0x0",  "boot-vga", "01:00.*/00.0",
};
static const char *const switches[] = { "1", "0", "no", "off", "yes", "false", "" };
static const char *const noise[] = {
	"quiet",
	"root=UUID=0a1b2c3d",
	"ro",
	"rd.vfiox=1",
	"rd_vfio.claim=01:00.0",
	"foo=\"a b\"",
	"rd.vfio.frob=1",
	"splash",
	"x=",
	"rd.driver.blacklist=nouveau",
	"vfio_pci.disable_vga=1",
	"kvm.ignore_msrs=1",
};

/* One that is more likely to be claimed for a reason. */
static const struct function *any_function(const struct machine *machine)
{
	const struct function *f = &machine->function[roll((unsigned int)machine->count)];

	if (f->bridge && chance(70))
		f = &machine->function[roll((unsigned int)machine->count)];
	return f;
}

static void add_guard(struct string *to, const struct function *f)
{
	if (chance(85))
		string_add(to, "@%04x:%04x", f->vendor, f->id);
	else
		string_add(to, "@%s", chance(50) ? "10de:1e07" : "144d:*");
}

static void add_address(struct string *to, const struct function *f)
{
	if (f->domain || chance(40))
		string_add(to, "%04x:", f->domain);
	string_add(to, "%02x:%02x.", f->bus, f->device);
	if (chance(25))
		string_add(to, "*");
	else
		string_add(to, "%u", f->function);
}

/* The way from the root bus, or from a bridge below it. */
static void add_path(struct string *to, const struct function *f)
{
	struct string parts = { .length = 0 };
	const char *part;

	part = strstr(f->path, chance(80) || !strstr(f->path, "pci10000") ? "pci" : "pci10000");
	part += strcspn(part, "/");
	while (*part == '/') {
		if (!strncmp(part + 1, "pci", 3)) { /* a domain below a device */
			parts.length = 0;
			part += 1 + strcspn(part + 1, "/");
			continue;
		}
		part++;
		if (!parts.length)
			string_add(&parts, "%.*s", (int)strcspn(part, "/"), part);
		else
			string_add(&parts, "/%.4s", part + strcspn(part, "/") - 4);
		part += strcspn(part, "/");
	}
	if (chance(20) && strrchr(parts.data, '/')) /* all that is below the bridge */
		string_add(to, "%.*s/*", (int)(strrchr(parts.data, '/') - parts.data), parts.data);
	else
		string_add(to, "%s", parts.data);
}

static void add_id(struct string *to, const struct function *f)
{
	unsigned int more = roll(6);

	if (chance(5))
		string_add(to, "%04x:*", f->vendor);
	else
		string_add(to, "%04x:%04x", f->vendor, f->id);
	if (more > 3)
		string_add(to, chance(50) ? ":*:*" : ":%04x:%04x", f->subvendor, f->subdevice);
	if (more > 4)
		string_add(to, chance(50) ? ":%06x" : ":%06x:ff0000", f->class);
}

static void add_selector(const struct machine *machine, struct string *to)
{
	const struct function *f = any_function(machine);

	switch (roll(20)) {
	case 0:
		string_add(to, "%s", PICK(bad));
		break;
	case 1:
		string_add(to, "%s", chance(50) ? "09:00.0" : "1234:5678");
		break;
	case 2:
	case 3:
	case 4:
		add_path(to, f);
		if (chance(40))
			add_guard(to, f);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
	case 9:
		add_id(to, f);
		break;
	default:
		add_address(to, f);
		if (chance(25))
			add_guard(to, f);
	}
}

static void add_list(const struct machine *machine, struct string *to)
{
	static const char *const separators[] = { ",", ",", ",", ",", ",,", "," };
	unsigned int count = 1 + (chance(30) ? roll(3) : 0);

	while (count--) {
		add_selector(machine, to);
		if (count || chance(2))
			string_add(to, "%s", PICK(separators));
	}
}

void words_ids(const struct machine *machine, struct string *ids)
{
	unsigned int count = 1 + roll(2);
	const struct function *f;

	while (count--) {
		f = any_function(machine);
		string_add(ids, "%04x:%04x", f->vendor, f->id);
		if (chance(15))
			string_add(ids, chance(50) ? ":ffffffff:ffffffff" : ":%04x:%04x",
				   f->subvendor, f->subdevice);
		if (chance(5))
			string_add(ids, ":%06x:ff0000", f->class);
		if (count)
			string_add(ids, ",");
	}
}

/* A setting of ours, without what is in front of its name. */
static void add_setting(const struct machine *machine, struct string *to, const char *equals)
{
	static const char *const seconds[] = { "5", "60", "0", "61", "x" };

	switch (roll(20)) {
	case 0:
	case 1:
	case 2:
		string_add(to, "keep%s", equals);
		if (chance(25))
			string_add(to, "boot-vga");
		else
			add_list(machine, to);
		break;
	case 3:
	case 4:
		string_add(to, "force%s", equals);
		add_list(machine, to);
		break;
	case 5:
	case 6:
	case 7:
		string_add(to, "group%s%s", equals, chance(70) ? "1" : PICK(switches));
		break;
	case 8:
		string_add(to, "strict%s%s", equals, PICK(switches));
		break;
	case 9:
		string_add(to, "timeout%s%s", equals, PICK(seconds));
		break;
	default:
		string_add(to, "claim%s", equals);
		add_list(machine, to);
	}
}

static void add_word(const struct machine *machine, struct string *to)
{
	static const char *const ids[] = { "vfio-pci.ids", "vfio_pci.ids", "vfio-pci.ids" };
	bool quoted = chance(4);

	switch (roll(16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		string_add(to, "%s", PICK(noise));
		break;
	case 4:
	case 5:
		string_add(to, "%s=%s", PICK(ids), quoted ? "\"" : "");
		words_ids(machine, to);
		string_add(to, "%s", quoted ? "\"" : "");
		break;
	case 6:
		if (with.iommu && chance(60))
			iommu_add_word(to);
		else if (chance(20))
			string_add(to, "rd.vfio=%s", PICK(switches));
		else if (chance(20))
			string_add(to, "%s", chance(50) ? "rd.vfio.claim" : "vfio-pci.ids");
		else if (chance(30))
			string_add(to, "--");
		else
			string_add(to, "quiet");
		break;
	default:
		string_add(to, "%srd.vfio.", quoted ? "\"" : "");
		add_setting(machine, to, "=");
		string_add(to, "%s", quoted ? "\"" : "");
	}
}

void words_cmdline(const struct machine *machine, struct string *cmdline)
{
	unsigned int count = 1 + roll(6);

	string_add(cmdline, "BOOT_IMAGE=/vmlinuz");
	while (count--) {
		string_add(cmdline, "%s", chance(97) ? " " : "\t");
		add_word(machine, cmdline);
	}
}

void words_conf(const struct machine *machine, struct string *conf)
{
	static const char *const odd[] = { "# claim = 01:00.0\n", "\n", "frob = 1\n", "claim\n" };
	unsigned int count = 1 + roll(3);

	while (count--) {
		if (chance(10)) {
			string_add(conf, "%s", PICK(odd));
			continue;
		}
		add_setting(machine, conf, " = ");
		string_add(conf, "\n");
	}
}
