/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_udev.c - udev(7) rules that give devices to vfio-pci, and driverctl(8) overrides
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../host/config_lines.h"
#include "../../host/sysroot_files.h"
#include "leftovers.h"

#define DRIVERCTL "/etc/driverctl.d"

/* --- one key of a rule ------------------------------------------------------------------------
 */

/* KEY{attribute}OPERATOR"value"; all point into the line, which is cut up. */
struct key {
	char *name;
	char *attribute; /* "" for none */
	char operator[3];
	char *value;
};

/* Takes the next key from *@cursor. Returns false at the end, or if it is malformed. */
static bool take_key(char **cursor, struct key *key)
{
	char *at = *cursor + strspn(*cursor, " \t,"), *end;
	size_t len;

	key->name = at;
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	end = at;
	key->attribute = end;
	if (*at == '{') {
		key->attribute = at + 1;
		at = strchr(at, '}');
		if (!at)
			return false;
		*end = '\0';
		end = at++;
	}
	at += strspn(at, " \t");
	len = strspn(at, "=!+-:");
	if (!len || len > 2)
		return false;
	memcpy(key->operator, at, len);
	key->operator[len] = '\0';
	at += len;
	*end = '\0';
	if (key->attribute < key->name || *key->attribute == '=')
		key->attribute = end;
	at += strspn(at, " \tei");
	if (*at != '"')
		return false;
	key->value = ++at;
	while (*at && *at != '"')
		at += *at == '\\' && at[1] ? 2 : 1;
	if (*at)
		*at++ = '\0';
	*cursor = at;
	return true;
}

/* Returns true if a pattern matches, in upper or lower case. @patterns: separated by '|'. */
static bool matches(const char *patterns, const char *value)
{
	char *copy = strdup(patterns), *rest = copy, *pattern;
	bool any = false;

	while (copy && !any && (pattern = strsep(&rest, "|")))
		any = fnmatch(pattern, value, FNM_CASEFOLD) == 0;
	free(copy);
	return any;
}

/* Sets @value to the attribute of a device that @key compares. Returns false if unknown. */
static bool value_of(const struct key *key, const struct device *device, char *value, size_t size)
{
	const struct pci_id *id = &device->id;
	const char *name = key->name, *attribute = key->attribute;

	if (strcmp(name, "KERNEL") == 0 || strcmp(name, "KERNELS") == 0 ||
	    (strcmp(name, "ENV") == 0 && strcmp(attribute, "PCI_SLOT_NAME") == 0))
		snprintf(value, size, "%s", device->slot);
	else if (strcmp(name, "DRIVER") == 0 || strcmp(name, "DRIVERS") == 0)
		snprintf(value, size, "%s", device->driver);
	else if (strcmp(name, "ENV") == 0 && strcmp(attribute, "PCI_ID") == 0)
		snprintf(value, size, "%04x:%04x", id->vendor, id->device);
	else if (strcmp(name, "ENV") == 0 && strcmp(attribute, "MODALIAS") == 0)
		snprintf(value, size, "%s", device->alias);
	else if (strcmp(name, "ATTR") != 0 && strcmp(name, "ATTRS") != 0)
		return false;
	else if (strcmp(attribute, "vendor") == 0)
		snprintf(value, size, "0x%04x", id->vendor);
	else if (strcmp(attribute, "device") == 0)
		snprintf(value, size, "0x%04x", id->device);
	else if (strcmp(attribute, "subsystem_vendor") == 0)
		snprintf(value, size, "0x%04x", id->subvendor);
	else if (strcmp(attribute, "subsystem_device") == 0)
		snprintf(value, size, "0x%04x", id->subdevice);
	else if (strcmp(attribute, "class") == 0)
		snprintf(value, size, "0x%06x", id->class);
	else if (strcmp(attribute, "boot_vga") == 0)
		snprintf(value, size, "%d", device->boot_vga);
	else
		return false;
	return true;
}

/* --- a rule ------------------------------------------------------------------------------------
 */

struct rule {
	struct leftovers *leftovers;
	struct leftover_place place;
	enum script_deed deed;   /* the gravest */
	const char *script;      /* the administrator's script that it runs, or NULL */
	struct string_set texts; /* what it writes and runs, which may name devices */
	bool other;              /* it is for another bus */
	bool named;              /* a condition tells devices apart */
	bool slots;              /* by their slots */
	bool partial;            /* there are conditions that we cannot judge */
	bool for_vfio;           /* what it does has to do with vfio-pci */
	bool does_more;          /* it runs something else, too, or others jump to it */
};

/* One file with rules. */
struct rule_file {
	struct leftovers *leftovers;
	bool jumps; /* an earlier rule skips others under conditions of its own */
};

/* Keeps only the named devices that meet a condition. */
static void narrow(struct rule *rule, const struct key *key)
{
	struct leftovers *leftovers = rule->leftovers;
	bool equal = key->operator[0] == '=', known = false;
	struct leftover_device *entry;
	char value[PATH_SIZE];
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		entry = &leftovers->device[i];
		if (!value_of(key, &entry->device, value, sizeof(value)))
			continue;
		known = true;
		if (matches(key->value, value) != equal)
			entry->named = false;
	}
	rule->named |= known && equal;
	rule->slots |= known && equal &&
		       (strncmp(key->name, "KERNEL", strlen("KERNEL")) == 0 ||
			strcmp(key->attribute, "PCI_SLOT_NAME") == 0);
	/* ACTION is met by every device at some time. */
	if (known || strcmp(key->name, "ACTION") == 0)
		return;
	rule->partial = true;
	/* ENV{ID_PATH}=="pci-0000:02:00.0" */
	if (equal)
		string_set_add(&rule->texts, key->value);
}

/* Returns true if the rule ends here unless the key succeeds, whatever its operator (udev(7)). */
static bool is_test(const struct key *key)
{
	return strcmp(key->name, "PROGRAM") == 0 || strcmp(key->name, "IMPORT") == 0 ||
	       strcmp(key->name, "TEST") == 0 || strcmp(key->name, "RESULT") == 0;
}

/* Looks at a program that a rule runs. */
static void take_program(struct rule *rule, char *value)
{
	static const char *const places[] = { "/usr/local/", "/etc/", "/opt/", "/root/" };
	enum script_deed deed = script_deed(value);
	char *program = config_word(&value);
	size_t i;

	if (!program)
		return;
	if (deed == SCRIPT_NOTHING && program[0] == '/' && strstr(program, "vfio") &&
	    !strstr(program, "vfio-claim"))
		deed = SCRIPT_BINDS;
	if (deed > rule->deed)
		rule->deed = deed;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strncmp(program, places[i], strlen(places[i])) == 0)
			rule->script = program;
}

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") || strcmp(driver, "pci-stub") == 0;
}

/* Notes what an action, a key that does not compare, has to do with vfio. */
static void take_action(struct rule *rule, const struct key *key)
{
	bool for_vfio = is_vfio(key->value) || is_vfio(key->attribute);

	string_set_add(&rule->texts, key->value);
	rule->for_vfio |= for_vfio;
	rule->does_more |=
		strcmp(key->name, "LABEL") == 0 || (strcmp(key->name, "RUN") == 0 && !for_vfio &&
						    script_deed(key->value) == SCRIPT_NOTHING);
}

static void take_key_of(struct rule *rule, const struct key *key)
{
	bool compares =
		key->operator[1] == '=' &&(key->operator[0] == '=' || key->operator[0] == '!');

	rule->partial |= is_test(key);
	if (strncmp(key->name, "SUBSYSTEM", strlen("SUBSYSTEM")) == 0 && compares)
		rule->other |= (key->operator[0] == '=') != matches(key->value, "pci");
	else if (compares)
		narrow(rule, key);
	else if (strcmp(key->name, "ATTR") == 0 && strcmp(key->attribute, "driver_override") == 0 &&
		 is_vfio(key->value) && rule->deed < SCRIPT_OVERRIDES)
		rule->deed = SCRIPT_OVERRIDES;
	else if (strcmp(key->name, "ATTR") == 0 && strstr(key->attribute, "new_id") &&
		 strstr(key->attribute, "vfio"))
		rule->deed = SCRIPT_NEW_ID;
	else if (strcmp(key->name, "RUN") == 0 || strcmp(key->name, "PROGRAM") == 0)
		take_program(rule, key->value);
}

/* Notes which devices a rule that has conditions gives to vfio-pci, or may give. */
static void give_devices(struct rule *rule)
{
	struct leftovers *leftovers = rule->leftovers;
	const struct device *device;
	char id[sizeof("vvvv:dddd")];
	size_t i;

	/* One that only takes a device from its driver may have another purpose. */
	if (rule->partial || !rule->for_vfio) {
		leftover_may_give_named(leftovers);
		return;
	}
	for (i = 0; i < leftovers->count; i++) {
		device = &leftovers->device[i].device;
		if (!leftovers->device[i].named)
			continue;
		snprintf(id, sizeof(id), "%04x:%04x", device->id.vendor & 0xffff,
			 device->id.device & 0xffff);
		if (rule->slots)
			leftover_gives_slot(leftovers, device->slot);
		else
			leftover_gives_ids(leftovers, id);
	}
}

/* Names the devices that meet its conditions, and those that its actions mention. */
static void name_devices(struct rule *rule)
{
	struct leftovers *leftovers = rule->leftovers;
	bool counts = rule->deed != SCRIPT_NOTHING && !rule->other;
	size_t i;

	/* A rule for every device names none. */
	for (i = 0; i < leftovers->count; i++)
		leftovers->device[i].named &= counts && rule->named;
	give_devices(rule);
	for (i = 0; i < rule->texts.count && counts; i++)
		leftover_names_words(leftovers, rule->texts.name[i]);
}

static void tell_rule(struct rule *rule)
{
	struct leftovers *leftovers = rule->leftovers;

	name_devices(rule);
	if (rule->other)
		return;
	if (!rule->named)
		leftover_may_give_named(leftovers);
	if (rule->deed != SCRIPT_NOTHING)
		leftover_found(leftovers, &rule->place, LEVEL_WARNING,
			       "a rule from another guide: %s", script_deed_words(rule->deed));
	else if (!rule->script ||
		 !leftover_script(leftovers, rule->place.topic, rule->script, SCRIPT_BINDS))
		return;
	finding_fix(&leftovers->check->findings,
		    "remove the rule from %s and run udevadm control --reload", rule->place.path);
	if (rule->deed != SCRIPT_NOTHING)
		leftover_remove(leftovers,
				rule->for_vfio && !rule->does_more ? REMOVAL_LINE : REMOVAL_BY_HAND,
				NULL);
}

static void take_rule(void *to, struct config_line *line)
{
	struct rule_file *file = to;
	struct leftovers *leftovers = file->leftovers;
	struct rule rule = { .leftovers = leftovers,
			     .place = { "udev", line->path, line->number },
			     .partial = file->jumps };
	char *cursor = line->text;
	struct key key;
	size_t i;

	cursor += strspn(cursor, " \t");
	if (*cursor == '#')
		return;
	file->jumps |= strstr(cursor, "GOTO") != NULL;
	/* Skip most rules. */
	if (!strstr(cursor, "driver_override") && !strstr(cursor, "bind") &&
	    !strstr(cursor, "new_id") && !strstr(cursor, "vfio") && !strstr(cursor, "RUN"))
		return;
	for (i = 0; i < leftovers->count; i++)
		leftovers->device[i].named = true;
	while (take_key(&cursor, &key)) {
		if (strcmp(key.operator, "==") != 0 && strcmp(key.operator, "!=") != 0)
			take_action(&rule, &key);
		take_key_of(&rule, &key);
	}
	/* What follows was not understood. */
	rule.partial |= cursor[strspn(cursor, " \t\r\n,")] != '\0';
	tell_rule(&rule);
	string_set_free(&rule.texts);
}

static void take_rules(void *to, const char *path)
{
	struct rule_file file = { .leftovers = to };

	config_lines(file.leftovers->check->sysroot, path, true, take_rule, &file);
}

/* --- driverctl ---------------------------------------------------------------------------------
 */

/* Names the other devices with the ID of @entry: driverctl 0.115 and later writes it to new_id. */
static bool name_twins(struct leftovers *leftovers, const struct leftover_device *entry)
{
	bool any = false;
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		struct leftover_device *other = &leftovers->device[i];

		if (other == entry || other->device.id.vendor != entry->device.id.vendor ||
		    other->device.id.device != entry->device.id.device)
			continue;
		other->named = any = true;
	}
	return any;
}

static void tell_override(struct leftovers *leftovers, const char *slot, const char *driver)
{
	const struct leftover_device *entry = leftover_names_slot(leftovers, slot);
	bool twins = entry && strcmp(driver, "vfio-pci") == 0 && name_twins(leftovers, entry);
	char *path;

	if (asprintf(&path, DRIVERCTL "/pci-%s", slot) < 0)
		return;
	leftover_found(
		leftovers, &(struct leftover_place){ "driverctl", path, 1 }, LEVEL_WARNING,
		"driverctl gives %s to %s when the system is up, whatever is claimed or "
		"kept%s%s",
		slot, driver, entry ? "" : "; there is no such device now",
		twins ? "; from 0.115 on it also writes new_id, which takes a twin without a "
			"driver"
		      : "");
	leftover_fix_remove(leftovers, path, false, NULL);
	leftover_remove(leftovers, REMOVAL_FILE, NULL);
	leftover_gives_slot(leftovers, slot);
	free(path);
}

static void look_at_driverctl(struct leftovers *leftovers)
{
	struct string_set files = sysroot_list(leftovers->check->sysroot, DRIVERCTL);
	const char *slot;
	char *driver;
	size_t i;

	for (i = 0; i < files.count; i++) {
		slot = files.name[i];
		if (!text_skip(&slot, "pci-"))
			continue;
		driver = sysroot_read(leftovers->check->sysroot, DRIVERCTL "/%s", files.name[i]);
		if (driver && is_vfio(driver))
			tell_override(leftovers, slot, driver);
		free(driver);
	}
	string_set_free(&files);
}

void leftovers_udev(struct leftovers *leftovers)
{
	static const char *const directories[] = {
		"/etc/udev/rules.d",     "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
		"/usr/lib/udev/rules.d", "/lib/udev/rules.d", NULL,
	};

	config_files(leftovers->check->sysroot, directories, ".rules", take_rules, leftovers);
	look_at_driverctl(leftovers);
}
