/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "variants.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"

#define BLANKS  " \t\n"
#define DEVICES "/sys/bus/pci/devices"

/* The prefix of a modalias: do_pci_entry() in the kernel's scripts/mod/file2alias.c. */
#define OVERRIDE "vfio_"
#define PREFIX   OVERRIDE "pci:"
#define PLAIN    "vfio_pci"

/* The state of the search. */
struct search {
	const struct kernel *kernel;
	FILE *table;
	bool hostonly;
	struct string_set modaliases;      /* of this machine's functions, if only these count */
	struct string_set usable, missing; /* modules already looked up */
	struct string_set wanted;          /* those that the image needs */
};

/* Reads one alias. Modifies @text. Returns 0 or a negative errno value. */
typedef int read_fn(struct search *search, char *text);

static bool is_usable(enum presence presence)
{
	return presence == LOADABLE || presence == BUILT_IN;
}

/* Looks a module up and notes whether it is usable. Returns 0 or a negative errno value. */
static int look_up(struct search *search, const char *module)
{
	bool usable;
	char *text;

	if (string_set_have(&search->usable, module) || string_set_have(&search->missing, module))
		return 0;
	usable = is_usable(kernel_find_module(search->kernel, module, &text));
	free(text);
	return string_set_add(usable ? &search->usable : &search->missing, module);
}

/* Returns true if a device that matches an alias may be in the machine. */
static bool may_be_here(const struct search *search, const char *alias)
{
	size_t i;

	for (i = 0; i < search->modaliases.count; i++)
		if (fnmatch(alias + strlen(OVERRIDE), search->modaliases.name[i], 0) == 0)
			return true;
	return !search->hostonly;
}

/* Notes an alias of a module, if it is a variant's. Returns 0 or a negative errno value. */
static int take(struct search *search, const char *alias, const char *module)
{
	int err;

	if (strncmp(alias, PREFIX, strlen(PREFIX)) != 0 || strcmp(module, PLAIN) == 0)
		return 0;
	err = look_up(search, module);
	if (!err && may_be_here(search, alias))
		err = string_set_add(&search->wanted, module);
	if (string_set_have(&search->usable, module))
		fprintf(search->table, "%s %s\n", alias, module);
	return err;
}

/* "alias ALIAS MODULE", a line of modules.alias. */
static int read_alias(struct search *search, char *line)
{
	char *rest, *word = strtok_r(line, BLANKS, &rest);
	char *alias = strtok_r(NULL, BLANKS, &rest), *module = strtok_r(NULL, BLANKS, &rest);

	if (!module || strcmp(word, "alias") != 0)
		return 0;
	return take(search, alias, module);
}

/* "MODULE.alias=ALIAS", a string of modules.builtin.modinfo. */
static int read_builtin(struct search *search, char *text)
{
	char *mark = strstr(text, ".alias=");

	if (!mark)
		return 0;
	*mark = '\0';
	return take(search, mark + strlen(".alias="), text);
}

/*
 * Reads the file @name of the module directory. kmod_dump_index(3) cannot be used: version 30 reads
 * uninitialized memory if an index is empty, as with all of vfio built in.
 * Returns 0 or a negative errno value.
 */
static int read_file(struct search *search, const char *name, char end, read_fn *read_one)
{
	char *path, *text = NULL;
	size_t size = 0;
	int err = 0;
	FILE *file;

	if (asprintf(&path, "%s/%s", search->kernel->directory, name) < 0)
		return -ENOMEM;
	file = fopen(path, "re");
	free(path);
	if (!file)
		return -errno;
	while (!err && getdelim(&text, &size, end, file) >= 0)
		err = read_one(search, text);
	free(text);
	fclose(file);
	return err;
}

/* Reads all aliases of the kernel. Returns 0 or a negative errno value. */
static int read_aliases(struct search *search)
{
	int err = read_file(search, "modules.alias", '\n', read_alias);
	int builtin = read_file(search, "modules.builtin.modinfo", '\0', read_builtin);

	/* Kernels before 5.2 have neither this file nor variants. */
	return err || builtin == -ENOENT ? err : builtin;
}

/* Adds the modules that the image needs to @found. Returns 0 or a negative errno value. */
static int list_wanted(const struct search *search, struct string_set *found)
{
	enum presence presence;
	int err = 0;
	size_t i;
	char *text;

	for (i = 0; i < search->wanted.count && !err; i++) {
		const char *module = search->wanted.name[i];

		presence = kernel_find_module(search->kernel, module, &text);
		if (presence == LOADABLE)
			err = string_set_add(found, text);
		else if (!is_usable(presence) && presence != PRESENCE_ERROR)
			message_warning("the variant driver %s cannot be put into the image: %s "
					"is not there; its devices will get plain vfio-pci",
					module, text ? text : "the module");
		free(text);
	}
	return err;
}

/* Returns the modaliases of all functions of this machine. */
static struct string_set read_modaliases(const char *sysroot)
{
	struct string_set functions = sysroot_list(sysroot, DEVICES), modaliases = { 0 };
	size_t i;

	for (i = 0; i < functions.count; i++) {
		char *text = sysroot_read(sysroot, DEVICES "/%s/modalias", functions.name[i]);

		if (text)
			string_set_add(&modaliases, text);
		free(text);
	}
	string_set_free(&functions);
	return modaliases;
}

void variants_find(const struct kernel *kernel, bool hostonly, FILE *table,
		   struct string_set *found)
{
	struct search search = { .kernel = kernel, .table = table, .hostonly = hostonly };
	int err, listed;

	if (hostonly)
		search.modaliases = read_modaliases(kernel->sysroot);
	err = read_aliases(&search);
	listed = list_wanted(&search, found);
	if (err || listed)
		message_warning(
			"the aliases of kernel %s cannot be read (%s), so variant drivers may be "
			"missing from the image; rebuild them with '%s'",
			kernel->kver, message_errno_words(err ? err : listed), kernel->depmod);
	string_set_free(&search.modaliases);
	string_set_free(&search.usable);
	string_set_free(&search.missing);
	string_set_free(&search.wanted);
}

char *variants_text(const struct kernel *kernel)
{
	struct string_set modules = { 0 };
	char *text = NULL;
	size_t len;
	FILE *table = open_memstream(&text, &len);

	if (table)
		variants_find(kernel, true, table, &modules);
	string_set_free(&modules);
	if (table && fclose(table) == 0)
		return text;
	message_errno(errno, "cannot list the variant drivers");
	free(text);
	return NULL;
}
