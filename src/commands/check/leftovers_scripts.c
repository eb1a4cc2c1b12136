/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_scripts.c - what scripts from other guides do to PCI devices, according to their text
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/file_backup.h"
#include "leftovers.h"

/* Returns true if @text is about PCI devices and not about those of another bus, such as USB. */
static bool is_of_pci(const char *text)
{
	return strstr(text, "pci") || strstr(text, "driver/unbind");
}

enum script_deed script_deed(const char *text)
{
	if (strstr(text, "new_id") && !strstr(text, "/usb"))
		return SCRIPT_NEW_ID;
	if (strstr(text, "driver_override") ||
	    (strstr(text, "driverctl") && strstr(text, "set-override")))
		return SCRIPT_OVERRIDES;
	if (((strstr(text, "/unbind") || strstr(text, "/bind")) && is_of_pci(text)) ||
	    strstr(text, "vfio-bind") || strstr(text, "vfio-pci-bind"))
		return SCRIPT_BINDS;
	if (strstr(text, "modprobe") && strstr(text, "vfio"))
		return SCRIPT_LOADS;
	return SCRIPT_NOTHING;
}

const char *script_deed_words(enum script_deed deed)
{
	static const char *const words[] = {
		[SCRIPT_LOADS] =
			"it loads vfio-pci, with any ids= from modprobe.d and the command line",
		[SCRIPT_BINDS] = "it takes devices from their drivers, whatever is claimed or kept",
		[SCRIPT_OVERRIDES] = "it writes driver_override, whatever is claimed or kept",
		[SCRIPT_NEW_ID] = "it writes new_id, which makes vfio-pci take every device with "
				  "that ID that has no driver, even twins and kept ones",
	};

	return deed == SCRIPT_NOTHING ? NULL : words[deed];
}

/* What is known about a script. */
struct script {
	struct leftovers *leftovers;
	enum script_deed deed; /* the gravest */
	unsigned int number;   /* the line that does it */
	bool vfio;             /* it is about vfio-pci, or pci-stub */
};

static void take_line(void *to, struct config_line *line)
{
	struct script *script = to;
	const char *text = line->text + strspn(line->text, " \t");
	enum script_deed deed;

	if (*text == '#')
		return;
	if (strstr(text, "vfio") || strstr(text, "pci-stub") || strstr(text, "pci_stub"))
		script->vfio = true;
	deed = script_deed(text);
	if (deed > script->deed) {
		script->deed = deed;
		script->number = line->number;
	}
}

static void name_line(void *to, struct config_line *line)
{
	const char *text = line->text + strspn(line->text, " \t");

	if (*text != '#')
		leftover_names_words(to, text);
}

/* Returns true if a file begins with "#!" (execve(2)). */
static bool is_script(const char *sysroot, const char *path)
{
	char *text = file_text(sysroot, path);
	bool is = text && strncmp(text, "#!", 2) == 0;

	free(text);
	return is;
}

void leftover_names_command(struct leftovers *leftovers, const char *command)
{
	char *copy = strdup(command), *word, *rest;

	leftover_names_words(leftovers, command);
	for (word = copy ? strtok_r(copy, " \t\r;&|\"'", &rest) : NULL; word;
	     word = strtok_r(NULL, " \t\r;&|\"'", &rest))
		if (word[0] == '/' && is_script(leftovers->check->sysroot, word))
			config_lines(leftovers->check->sysroot, word, true, name_line, leftovers);
	free(copy);
}

bool leftover_script(struct leftovers *leftovers, const char *topic, const char *path,
		     enum script_deed least)
{
	const char *sysroot = leftovers->check->sysroot;
	struct script script = { .leftovers = leftovers };
	struct leftover_place place = { topic, path, 0 };

	config_lines(sysroot, path, true, take_line, &script);
	/* It is about another driver. */
	if (!script.vfio || script.deed == SCRIPT_NOTHING || script.deed < least)
		return false;
	config_lines(sysroot, path, true, name_line, leftovers);
	place.number = script.number;
	/* Libvirt's hooks are for devices that a guest gets while the system runs. */
	if (strcmp(topic, "libvirt") != 0)
		leftover_may_give_named(leftovers);
	leftover_found(leftovers, &place, LEVEL_WARNING, "a script from another guide: %s",
		       script_deed_words(script.deed));
	leftover_remove(leftovers, REMOVAL_BY_HAND, NULL);
	return true;
}
