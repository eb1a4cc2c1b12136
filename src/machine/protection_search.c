/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protection_search.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../core/selector.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"

void protection_begin(struct protection *protection, const char *purpose)
{
	protection->purpose = purpose;
	protection->found = false;
}

void protection_end(struct protection *protection, const char *format, ...)
{
	va_list args;
	char *does;
	int len;

	va_start(args, format);
	len = vasprintf(&does, format, args);
	va_end(args);
	if (len >= 0 && protection->lost)
		message_warning("cannot tell which device %s: nothing is known beyond %s; %s", does,
				protection->lost,
				protection->found ? "only what else was found is protected"
						  : "it is not protected");
	else if (len >= 0 && !protection->found)
		message_warning("cannot tell which device %s: it is not protected", does);
	if (len >= 0)
		free(does);
	free(protection->lost);
	protection->lost = NULL;
	string_set_free(&protection->visited);
	string_set_free(&protection->blocks);
	string_set_free(&protection->files);
}

bool protection_enter(struct protection *protection, const char *place)
{
	return !string_set_have(&protection->visited, place) &&
	       string_set_add(&protection->visited, place) == 0;
}

void protection_add_block(struct protection *protection, const char *path)
{
	if (string_set_add(&protection->blocks, path) < 0)
		protection_lose(protection, path);
}

void protection_add_file(struct protection *protection, const char *path)
{
	if (string_set_add(&protection->files, path) < 0)
		protection_lose(protection, path);
}

void protection_lose(struct protection *protection, const char *place)
{
	if (!protection->lost)
		protection->lost = strdup(place);
}

void protection_go_remote(struct protection *protection, const char *server)
{
	protection->found = true;
	string_set_add(&protection->remote, protection->purpose);
	if (server)
		string_set_add(&protection->servers, server);
}

/* Returns the entry for @selector, which is inserted if there is none; NULL without memory. */
static struct protected_function *find_entry(struct protection *protection, const char *selector)
{
	struct protected_function *longer, *entry;
	size_t at = 0;
	int order = 1;

	while (at < protection->count &&
	       (order = strcmp(protection->list[at].selector, selector)) < 0)
		at++;
	if (order == 0)
		return &protection->list[at];
	longer = realloc(protection->list, (protection->count + 1) * sizeof(*longer));
	if (!longer)
		return NULL;
	protection->list = longer;
	entry = longer + at;
	memmove(entry + 1, entry, (protection->count - at) * sizeof(*entry));
	*entry = (struct protected_function){ .selector = strdup(selector) };
	if (!entry->selector) {
		memmove(entry, entry + 1, (protection->count - at) * sizeof(*entry));
		return NULL;
	}
	protection->count++;
	return entry;
}

/* An ID attribute of the function at @path, "0x144d", as a number; -1 when there is none. */
static long read_id(const struct protection *protection, const char *path, const char *attribute)
{
	char *text = sysroot_read(protection->sysroot, "%s/%s", path, attribute);
	long id = text ? strtol(text, NULL, 16) : -1;

	free(text);
	return id;
}

/* Protects one function. @path: its directory. @place: its path from the root bus. */
static void add_function(struct protection *protection, const char *path, const char *place)
{
	struct protected_function *entry = NULL;
	long vendor = read_id(protection, path, "vendor");
	long device = read_id(protection, path, "device");
	char *selector, *physical;

	if (vendor < 0 || device < 0) {
		protection_lose(protection, path);
		return;
	}
	if (asprintf(&selector, "%s@%04lx:%04lx", place, vendor, device) >= 0) {
		entry = find_entry(protection, selector);
		free(selector);
	}
	if (!entry || string_set_add(&entry->purposes, protection->purpose) < 0)
		protection_lose(protection, path);
	else
		protection->found = true;
	/* A virtual function is removed when its physical one is claimed. */
	physical = sysroot_real(protection->sysroot, "%s/physfn", path);
	if (physical && protection_enter(protection, physical))
		protection_add_device(protection, physical);
	free(physical);
}

/* Returns true if the @len bytes of @name name a root bus: "pci0000:00", "pci10000:e0". */
static bool is_root_bus(const char *name, size_t len)
{
	size_t i;

	if (len < strlen("pci0000:00") || strncmp(name, "pci", 3) != 0 || name[len - 3] != ':')
		return false;
	for (i = 3; i < len; i++)
		if (!isxdigit((unsigned char)name[i]) && i != len - 3)
			return false;
	return true;
}

/* Returns true if the @len bytes of @name name a function, "0000:00:1f.2" as sysfs writes it. */
static bool is_function(const char *name, size_t len)
{
	struct pci_address address;
	char text[sizeof("ffffffff:ff:1f.7")];

	if (len < strlen("0000:00:00.0") || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return address_parse(text, &address);
}

/*
 * Walks the directories of @path. Within a domain each function is behind the one before; all
 * but the last of such a row are bridges, of which only the slot counts: buses are renumbered.
 */
static bool add_functions(struct protection *protection, char *path, char *place)
{
	char *at = path, *end, *to = place;
	bool below_root_bus = false, any = false;
	size_t len;

	while (*at) {
		at += strspn(at, "/");
		len = strcspn(at, "/");
		end = at + len;
		if (below_root_bus && is_function(at, len)) {
			const char *part = to == place ? at : end - strlen("00.0");

			if (to != place)
				*to++ = '/';
			to = mempcpy(to, part, (size_t)(end - part));
			at = end;
			continue;
		}
		if (to != place) {
			*to = '\0';
			to = place;
			at[-1] = '\0';
			add_function(protection, path, place);
			at[-1] = '/';
			any = true;
		}
		below_root_bus = is_root_bus(at, len);
		at = end;
	}
	if (to == place)
		return any;
	*to = '\0';
	add_function(protection, path, place);
	return true;
}

bool protection_add_device(struct protection *protection, const char *path)
{
	char *copy = strdup(path), *place = malloc(strlen(path) + 1);
	bool any = copy && place && add_functions(protection, copy, place);

	free(place);
	free(copy);
	return any;
}

void protection_print(const struct protection *protection, FILE *list)
{
	size_t i, j;

	for (i = 0; i < protection->count; i++) {
		const struct protected_function *entry = &protection->list[i];

		fputs(entry->selector, list);
		for (j = 0; j < entry->purposes.count; j++)
			fprintf(list, "%c%s", j ? ',' : ' ', entry->purposes.name[j]);
		fputc('\n', list);
	}
}

void protection_free(struct protection *protection)
{
	while (protection->count) {
		struct protected_function *entry = &protection->list[--protection->count];

		free(entry->selector);
		string_set_free(&entry->purposes);
	}
	free(protection->list);
	string_set_free(&protection->remote);
	string_set_free(&protection->servers);
}
