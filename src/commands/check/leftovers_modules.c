/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_modules.c - lists of modules to load: /etc/modules (modules(5)), modules-load.d(5), and
 * that of initramfs-tools(7), whose lines are arguments of modprobe
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/sysroot.h"
#include "../../image/modprobe_conf.h"
#include "leftovers.h"

#define MODULES "/etc/modules"

struct list {
	struct leftovers *leftovers;
	const char *topic;
	const char *where; /* for the message */
	const char *then;  /* after "remove the line" */
};

/* Reports a vfio module, or one with @ids. Returns true if it reported anything. */
static bool tell_vfio(const struct list *list, const struct leftover_place *place, const char *name,
		      const char *ids)
{
	if (ids)
		leftover_found(list->leftovers, place, LEVEL_WARNING,
			       "%s is loaded %s with this ids=, and takes every matching device, "
			       "even kept ones",
			       name, list->where);
	else if (strcmp(name, "vfio_virqfd") == 0)
		leftover_found(list->leftovers, place, LEVEL_WARNING,
			       "Linux 6.2 and later have no vfio_virqfd, and vfio-claim loads what "
			       "the kernel has");
	else if (strcmp(name, "vfio_pci") == 0)
		leftover_found(list->leftovers, place, LEVEL_WARNING,
			       "vfio-pci is loaded %s, with any ids= from modprobe.d and the "
			       "command line; vfio-claim loads it by itself",
			       list->where);
	else if (strstr(name, "vfio"))
		leftover_found(list->leftovers, place, LEVEL_WARNING,
			       "%s is loaded %s; vfio-claim loads it by itself", name, list->where);
	else
		return false;
	return true;
}

static void take_line(void *to, struct config_line *line)
{
	const struct list *list = to;
	const struct leftover_place place = { list->topic, line->path, line->number };
	struct findings *findings = &list->leftovers->check->findings;
	char *rest = line->text, *word = config_word(&rest), name[128];
	const char *ids;

	/* In modules-load.d(5), ';' begins a comment, too. */
	if (!word || word[0] == '#' || word[0] == ';' || !module_name(name, sizeof(name), word))
		return;
	ids = options_ids(rest);
	if (ids && (strcmp(name, "vfio_pci") == 0 || strcmp(name, "pci_stub") == 0)) {
		leftover_gives_ids(list->leftovers, ids);
		leftover_names_ids(list->leftovers, ids);
	} else {
		ids = NULL;
	}
	if (!strstr(name, "vfio") && !ids)
		return;
	tell_vfio(list, &place, name, ids);
	finding_fix(findings, "remove the line%s", list->then);
	leftover_remove(list->leftovers, REMOVAL_LINE, NULL);
}

static void take_file(void *to, const char *path)
{
	const struct list *list = to;
	const char *sysroot = list->leftovers->check->sysroot;
	char *real = path_within(sysroot, path);

	/* Debian's /etc/modules-load.d/modules.conf is a link to /etc/modules. */
	if (real && (strcmp(real, MODULES) != 0 || strcmp(path, MODULES) == 0))
		config_lines(sysroot, path, false, take_line, to);
	free(real);
}

void leftovers_modules(struct leftovers *leftovers)
{
	static const char *const directories[] = {
		"/etc/modules-load.d",     "/run/modules-load.d", "/usr/local/lib/modules-load.d",
		"/usr/lib/modules-load.d", "/lib/modules-load.d", NULL,
	};
	struct list list = { leftovers, "modules", "at boot", "" };

	take_file(&list, MODULES);
	config_files(leftovers->check->sysroot, directories, ".conf", take_file, &list);
	list.topic = "initramfs-tools";
	list.where = "in the initramfs";
	list.then = " and run update-initramfs -u -k all";
	take_file(&list, "/etc/initramfs-tools/modules");
	take_file(&list, "/usr/share/initramfs-tools/modules");
	config_files(leftovers->check->sysroot,
		     (const char *const[]){ "/usr/share/initramfs-tools/modules.d", NULL }, "",
		     take_file, &list);
}
