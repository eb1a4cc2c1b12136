/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modprobe_conf.h"

#include <string.h>

#include "../host/config_lines.h"
#include "../host/messages.h"

#define BLANKS " \t\r\n"

/* Longer than any module's name (the kernel's MODULE_NAME_LEN is 56). */
#define MODULE_SIZE 128

/* In the order of modprobe.d(5). */
static const char *const directories[] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d", NULL,
};

bool module_name(char *to, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++) {
		if (i + 1 >= size)
			return false;
		to[i] = name[i] == '-' ? '_' : name[i];
	}
	to[i] = '\0';
	return true;
}

/* Returns the value that @option gives to ids=, or NULL. */
static const char *ids_of(const char *option)
{
	option += strspn(option, "\"");
	if (strncmp(option, "ids=", strlen("ids=")) != 0)
		return NULL;
	option += strlen("ids=");
	option += strspn(option, "\"");
	return *option ? option : NULL;
}

/* A quoted value ends at its quote, and may have blanks. */
const char *options_ids(char *options)
{
	char *rest, *word = options, *end;
	const char *ids;
	bool quoted;

	for (; word && *(word += strspn(word, BLANKS)); word = rest) {
		quoted = false;
		for (end = word; *end && (quoted || !strchr(BLANKS, *end)); end++)
			if (*end == '"')
				quoted = !quoted;
		rest = *end ? end + 1 : end;
		*end = '\0';
		ids = ids_of(word);
		if (!ids)
			continue;
		word[strlen(word) - (end[-1] == '"')] = '\0';
		return *ids ? ids : NULL;
	}
	return NULL;
}

bool is_vfio_module(const char *name)
{
	return strstr(name, "vfio") || strcmp(name, "iommufd") == 0 ||
	       strcmp(name, "irqbypass") == 0;
}

/* --- reading -----------------------------------------------------------------------------------
 */

struct reading {
	const char *sysroot;
	modprobe_line_fn *take;
	void *to;
};

static void read_line(void *to, struct config_line *line)
{
	const struct reading *reading = to;
	struct modprobe_line parts = { .path = line->path, .number = line->number };
	char *rest = line->text, *name, module[MODULE_SIZE];

	/* The first word of a comment is never a command. */
	parts.command = config_word(&rest);
	name = config_word(&rest);
	if (!name)
		return;
	parts.name = parts.written = name;
	/* A pattern for devices is not the name of a module. */
	if (!strpbrk(name, ":*?[")) {
		if (!module_name(module, sizeof(module), name))
			return;
		parts.name = module;
	}
	parts.rest = rest + strspn(rest, BLANKS);
	reading->take(reading->to, &parts);
}

static void read_file(void *to, const char *path)
{
	const struct reading *reading = to;

	config_lines(reading->sysroot, path, true, read_line, to);
}

void modprobe_conf_read(const char *sysroot, modprobe_line_fn *take, void *to)
{
	struct reading reading = { sysroot, take, to };

	config_files(sysroot, directories, ".conf", read_file, &reading);
}

/* --- warning -----------------------------------------------------------------------------------
 */

const char *words_of_modprobe_line(struct text *text, struct modprobe_line *line, const char **ids)
{
	*ids = NULL;
	text_set(text, "%s", "");
	if (strcmp(line->command, "options") == 0 && strcmp(line->name, "vfio_pci") == 0)
		*ids = options_ids(line->rest);
	if (*ids) {
		text_add(text, "with this 'options vfio-pci ids=' line the module takes every "
			       "matching device itself, including kept ones, when anything but "
			       "vfio-claim loads it");
		return "remove the line and name the devices with rd.vfio.claim= instead";
	}
	if (strcmp(line->command, "install") != 0 || !is_vfio_module(line->name))
		return NULL;
	text_add(text,
		 "this 'install %s' line makes modprobe run a command instead of loading the "
		 "module; vfio-claim bypasses it at boot, but other programs do not",
		 line->written);
	return "remove the line";
}

struct warning {
	const char *sysroot;
	const struct string_set *modules;
};

static void warn_of_line(void *to, struct modprobe_line *line)
{
	const struct warning *warning = to;
	const char *ids, *advice;
	struct text text;

	advice = words_of_modprobe_line(&text, line, &ids);
	if (advice && (!ids || string_set_have(warning->modules, "vfio-pci")))
		message_warning("%s%s:%u: %s; %s", warning->sysroot, line->path, line->number,
				text.data, advice);
}

void warn_of_modprobe_conf(const char *sysroot, const struct string_set *modules)
{
	struct warning warning = { sysroot, modules };

	if (modules->count)
		modprobe_conf_read(sysroot, warn_of_line, &warning);
}
