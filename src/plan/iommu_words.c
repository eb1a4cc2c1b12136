/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"

/* --- one parameter -----------------------------------------------------------------------------
 */

/* These compare only the beginning, as the kernel does. */
static bool begins(const char *item, const char *with)
{
	return strncmp(item, with, strlen(with)) == 0;
}

/* Goes to the next item of a list; the last ends at the NUL. */
static const char *next_item(const char *item)
{
	item += strcspn(item, ",");
	return item + (*item == ',');
}

static void keep(char *word, const struct param *param)
{
	snprintf(word, IOMMU_WORD_SIZE, "%s=%s", param->name, param->value);
}

static void read_intel(struct iommu_words *words, const struct param *param)
{
	const char *item;

	for (item = param->value; *item; item = next_item(item)) {
		if (begins(item, "on") || begins(item, "off")) {
			keep(words->intel, param);
			words->intel_on = begins(item, "on");
		}
		words->no_force |= begins(item, "tboot_noforce");
		words->no_gfx |= begins(item, "igfx_off") || begins(item, "intgpu_off");
	}
}

static void read_amd(struct iommu_words *words, const struct param *param)
{
	const char *item;

	for (item = param->value; *item; item = next_item(item))
		if (begins(item, "off"))
			keep(words->amd_off, param);
}

/* "usedac" makes the kernel ignore the rest of the list. */
static void read_all(struct iommu_words *words, const struct param *param)
{
	const char *item;

	for (item = param->value; *item && !begins(item, "usedac"); item = next_item(item))
		if (begins(item, "off"))
			keep(words->all_off, param);
}

/* "on" and "off" override each other, and are compared whole. */
static void read_acpi(struct iommu_words *words, const struct param *param)
{
	if (strcmp(param->value, "off") == 0)
		keep(words->acpi_off, param);
	else if (strcmp(param->value, "force") == 0)
		words->acpi_off[0] = '\0';
}

/* --- a command line ----------------------------------------------------------------------------
 */

static const struct {
	const char *name;
	void (*read)(struct iommu_words *words, const struct param *param);
} readers[] = {
	{ "intel_iommu", read_intel },
	{ "amd_iommu", read_amd },
	{ "iommu", read_all },
	{ "acpi", read_acpi },
};

#define READERS (sizeof(readers) / sizeof(readers[0]))

/* Returns the index in readers, or READERS. */
static size_t find_reader(const struct param *param)
{
	size_t i;

	for (i = 0; i < READERS; i++)
		if (param->value && param_named(param, readers[i].name))
			break;
	return i;
}

struct iommu_words iommu_words_read(const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	struct iommu_words words = { 0 };
	struct param param;
	size_t i;

	while (copy && param_next(&cursor, &param)) {
		i = find_reader(&param);
		if (i < READERS)
			readers[i].read(&words, &param);
	}
	free(copy);
	return words;
}

char *iommu_words_join(const char *asked, const char *running)
{
	char *copy = strdup(running), *cursor = copy, *text = NULL;
	struct param param;
	size_t len;
	FILE *out = copy ? open_memstream(&text, &len) : NULL;

	if (out)
		fputs(asked, out);
	while (out && param_next(&cursor, &param))
		if (find_reader(&param) < READERS)
			fprintf(out, " \"%s=%s\"", param.name, param.value);
	free(copy);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
