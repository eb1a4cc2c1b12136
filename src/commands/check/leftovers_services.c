/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_services.c - what writes to sysfs in the running system: libvirt hooks, the
 * administrator's services (systemd.unit(5)) and their scripts, /etc/rc.local
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/sysroot_files.h"
#include "leftovers.h"

/* The depth of libvirt's hooks: qemu.d/NAME/prepare/begin, and one more. */
#define HOOK_DEPTH 5

static void look_at_hooks(struct leftovers *leftovers, const char *path, int depth)
{
	struct string_set entries = { 0 };
	char *below;
	size_t i;

	if (leftover_script(leftovers, "libvirt", path, SCRIPT_BINDS))
		finding_fix(
			&leftovers->check->findings,
			"remove the lines: what is claimed is on vfio-pci before libvirt needs it");
	if (depth)
		entries = sysroot_list(leftovers->check->sysroot, "%s", path);
	for (i = 0; i < entries.count; i++) {
		if (asprintf(&below, "%s/%s", path, entries.name[i]) < 0)
			continue;
		look_at_hooks(leftovers, below, depth - 1);
		free(below);
	}
	string_set_free(&entries);
}

struct unit {
	struct leftovers *leftovers;
	const char *name;
};

static void fix_disable(const struct unit *unit)
{
	struct findings *findings = &unit->leftovers->check->findings;

	if (leftover_is_plain(unit->name))
		finding_fix(findings, "systemctl disable %s", unit->name);
	else
		finding_fix(findings, "disable the service");
}

static void look_at_command(struct unit *unit, char *command)
{
	static const char *const places[] = { "/usr/local/", "/etc/", "/opt/", "/root/" };
	char *word;
	size_t i;

	while ((word = config_word(&command))) {
		word += strspn(word, "-@:+!\"'");
		word[strcspn(word, ";\"'")] = '\0';
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			if (strncmp(word, places[i], strlen(places[i])) == 0 &&
			    leftover_script(unit->leftovers, "services", word, SCRIPT_BINDS))
				fix_disable(unit);
	}
}

static void take_unit_line(void *to, struct config_line *line)
{
	char *text = line->text + strspn(line->text, " \t"), *command;

	if (strncmp(text, "Exec", strlen("Exec")) != 0 || !(command = strchr(text, '=')))
		return;
	look_at_command(to, command + 1);
}

static void take_unit(void *to, const char *path)
{
	struct leftovers *leftovers = to;
	struct unit unit = { leftovers, strrchr(path, '/') + 1 };

	if (leftover_script(leftovers, "services", path, SCRIPT_BINDS))
		fix_disable(&unit);
	else
		config_lines(leftovers->check->sysroot, path, true, take_unit_line, &unit);
}

void leftovers_services(struct leftovers *leftovers)
{
	static const char *const directories[] = { "/etc/systemd/system", NULL };
	static const char *const scripts[] = { "/etc/rc.local", "/etc/rc.d/rc.local" };
	size_t i;

	look_at_hooks(leftovers, "/etc/libvirt/hooks", HOOK_DEPTH);
	config_files(leftovers->check->sysroot, directories, ".service", take_unit, leftovers);
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (leftover_script(leftovers, "services", scripts[i], SCRIPT_BINDS))
			finding_fix(&leftovers->check->findings, "remove the lines");
}
