// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes to cases that keep them cases: libFuzzer by itself would mostly break a line. Half of the
 * time its own changes are made all the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define LINES_MAX 128
#define LINE_SIZE 512

struct text_lines {
	char *line[LINES_MAX];
	size_t count;
};

static uint32_t random_state;

/* A number below @end. */
static size_t pick(size_t end)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % end;
}

#define PICK(array) ((array)[pick(sizeof(array) / sizeof((array)[0]))])

static const char *const KEYWORDS[] = { "cmdline", "conf", "protected", "variants",
					"iommu",   "file", "link",      "error",
					"depth",   "case", "memory",    "boot" };
static const char *const IDS[] = { "10de:1e07:3842:2487", "10de:10f7:3842:2487",
				   "144d:a808:144d:a801", "8086:1521:8086:0001",
				   "1b36:000c:0000:0000", "-" };
static const char *const CLASSES[] = { "030000", "030200", "040300", "010802",
				       "020000", "060400", "060700", "088000" };
static const char *const FIELDS[] = { "-", "0", "1", "2", "7", "nouveau", "vfio-pci", "00:1f.7" };
static const char *const SETTINGS[] = {
	"rd.vfio.group=1",       "rd.vfio.group=0",   "rd.vfio.strict=1",
	"rd.vfio.timeout=60",    "rd.vfio=0",         "rd.vfio=1",
	"rd.vfio.keep=boot-vga", "rd.vfio.claim=*:*", "--",
	"intel_iommu=off",       "rd.vfio.claim=,,x", "rd.vfio.keep",
};
static const char *const LISTS[] = { "rd.vfio.claim=", "rd.vfio.claim=", "rd.vfio.keep=",
				     "rd.vfio.force=", "vfio-pci.ids=",  "vfio_pci.ids=" };
static const char *const KEYS[] = { "conf claim = ", "conf keep=", "conf force = ", "protected " };
static const char *const ATTRIBUTES[] = { "modalias",
					  "driver",
					  "iommu_group",
					  "boot_vga",
					  "sriov_numvfs",
					  "secondary_bus_number",
					  "iommu_group/reserved_regions",
					  "iommu_group/devices" };

/* --- lines
 * ---------------------------------------------------------------------------------------- */

static void cut(struct text_lines *lines, char *text)
{
	lines->count = 0;
	while (text && lines->count < LINES_MAX)
		lines->line[lines->count++] = strsep(&text, "\n");
}

/* Puts @line in front of the line @at, when there is room for it. */
static void insert(struct text_lines *lines, size_t at, char *line)
{
	if (lines->count == LINES_MAX)
		return;
	memmove(&lines->line[at + 1], &lines->line[at], (lines->count - at) * sizeof(char *));
	lines->line[at] = line;
	lines->count++;
}

static void drop(struct text_lines *lines, size_t at)
{
	lines->count--;
	memmove(&lines->line[at], &lines->line[at + 1], (lines->count - at) * sizeof(char *));
}

/* A line that begins with @keyword, or NULL when ten tries did not find one. */
static char **find_line(struct text_lines *lines, const char *keyword)
{
	int tries;
	char **line;

	for (tries = 0; tries < 10; tries++) {
		line = &lines->line[pick(lines->count)];
		if (!strncmp(*line, keyword, strlen(keyword)))
			return line;
	}
	return NULL;
}

static size_t join(const struct text_lines *lines, char *to, size_t most)
{
	size_t i, length, used = 0;

	for (i = 0; i < lines->count; i++) {
		length = strlen(lines->line[i]);
		if (used + length + 1 > most)
			break;
		memcpy(to + used, lines->line[i], length);
		used += length;
		to[used++] = '\n';
	}
	return used;
}

/* --- what to write
 * -------------------------------------------------------------------------------- */

/* The path from the root bus in the form of a selector: 0000:00:01.0/00.0 */
static void make_path(char *selector, const char *path)
{
	const char *slash = strchr(path, '/');
	size_t used = 0, length;

	while (slash && used < LINE_SIZE / 2) {
		slash++;
		length = strcspn(slash, "/");
		/* Only the first has a bus number. */
		if (used && length > 4)
			used += (size_t)sprintf(selector + used, "/%.4s", slash + length - 4);
		else
			used += (size_t)sprintf(selector + used, "%.*s", (int)(length % 20), slash);
		slash = strchr(slash, '/');
	}
	selector[used] = '\0';
}

/* A selector for the device of @line, in one of the forms there are; false when it is not one. */
static bool make_selector(char *selector, const char *line)
{
	char path[LINE_SIZE / 4], id[32], class[32];
	const char *slot;

	if (sscanf(line, "device %127s %31s %31s", path, id, class) != 3 || !strrchr(path, '/'))
		return false;
	slot = strrchr(path, '/') + 1;
	switch (pick(9)) {
	case 8:
		make_path(selector, path);
		if (strrchr(selector, '/'))
			strcpy(strrchr(selector, '/'), "/*");
		break;
	case 0:
		make_path(selector, path);
		break;
	case 1:
		make_path(selector, path);
		if (*selector)
			selector[strlen(selector) - 1] = '*';
		break;
	case 2:
		sprintf(selector, "%.*s*", (int)strlen(slot) - !!*slot, slot);
		break;
	case 3:
		sprintf(selector, "%s@%.9s", slot, id);
		break;
	case 4:
		sprintf(selector, "%.9s", id);
		break;
	case 5:
		sprintf(selector, "*:*:*:*:%s", class);
		break;
	case 6:
		sprintf(selector, "%.*s*@%.9s", (int)strlen(slot) - !!*slot, slot, id);
		break;
	default:
		strcpy(selector, slot);
		break;
	}
	return true;
}

/* A parameter for some device, at the beginning or the end of the command line. */
static bool add_parameter(struct text_lines *lines, char *made)
{
	char **device = find_line(lines, "device ");
	char **cmdline = find_line(lines, "cmdline");
	char selector[LINE_SIZE];

	if (!device || !make_selector(selector, *device))
		snprintf(selector, sizeof(selector), "%.9s", PICK(IDS));
	if (pick(4) == 0)
		snprintf(made, LINE_SIZE, "cmdline %s", PICK(SETTINGS));
	else if (pick(4) == 0)
		snprintf(made, LINE_SIZE, "%s%.250s", PICK(KEYS), selector);
	else if (cmdline && strlen(*cmdline) < LINE_SIZE / 4)
		snprintf(made, LINE_SIZE, "%s%s%.250s", *cmdline,
			 pick(2)   ? ","
			 : pick(2) ? " rd.vfio.claim="
				   : " rd.vfio.keep=",
			 selector);
	else
		snprintf(made, LINE_SIZE, "cmdline %s%.250s", PICK(LISTS), selector);
	if (cmdline && !strncmp(made, "cmdline", 7) && pick(2))
		*cmdline = made;
	else
		insert(lines, pick(lines->count + 1), made);
	return true;
}

/* A function beside another or below it. */
static bool add_device(struct text_lines *lines, char *made)
{
	char **device = find_line(lines, "device ");
	char path[LINE_SIZE / 4] = "pci0000:00/0000:00:01.0";
	bool below = pick(2);

	if (device && strlen(*device) < LINE_SIZE / 4)
		sscanf(*device, "device %127s", path);
	if (strlen(path) > 90)
		return false;
	if (!below && strrchr(path, '.'))
		*strrchr(path, '.') = '\0';
	snprintf(made, LINE_SIZE, "device %s%s%zu %s %s %zu %s %s %s %s %s %zu", path,
		 below ? pick(2) ? "/0000:01:00." : "/0000:02:00." : ".", pick(8), PICK(IDS),
		 PICK(CLASSES), (size_t)!pick(4), pick(2) ? "1" : "0", pick(3) ? "1" : "-",
		 PICK(FIELDS), PICK(FIELDS),
		 pick(5)   ? "-"
		 : pick(2) ? "0"
			   : "4",
		 (size_t)!pick(5));
	insert(lines, pick(lines->count + 1), made);
	return true;
}

/* An attribute of some device that is not as it should be. */
static bool add_oddity(struct text_lines *lines, char *made)
{
	char **device = find_line(lines, "device ");
	char path[LINE_SIZE / 4];

	if (!device || sscanf(*device, "device %127s", path) != 1)
		return false;
	switch (pick(3)) {
	case 0:
		snprintf(made, LINE_SIZE, "error devices/%s/%s %zu", path, PICK(ATTRIBUTES),
			 1 + pick(40));
		break;
	case 1:
		snprintf(made, LINE_SIZE, "file devices/%s/%s %s", path, PICK(ATTRIBUTES),
			 PICK(FIELDS));
		break;
	default:
		snprintf(made, LINE_SIZE, "link devices/%s/%s ../%s", path, PICK(ATTRIBUTES),
			 PICK(FIELDS));
		break;
	}
	insert(lines, lines->count, made);
	return true;
}

/* One word of a line is another. */
static bool change_word(struct text_lines *lines, char *made)
{
	char **line = &lines->line[pick(lines->count)];
	size_t number = pick(11), begin = 0, length;
	const char *word = number ? PICK(FIELDS) : PICK(KEYWORDS);

	if (strlen(*line) > LINE_SIZE / 2)
		return false;
	if (number == 2)
		word = PICK(IDS);
	if (number == 3)
		word = PICK(CLASSES);
	while (number-- && (*line)[begin]) {
		begin += strcspn(*line + begin, " ");
		begin += (*line)[begin] == ' ';
	}
	length = strcspn(*line + begin, " ");
	snprintf(made, LINE_SIZE, "%.*s%s%s", (int)begin, *line, word, *line + begin + length);
	*line = made;
	return true;
}

static bool change(struct text_lines *lines, char *made)
{
	switch (pick(8)) {
	case 0:
		drop(lines, pick(lines->count));
		return true;
	case 1:
		insert(lines, pick(lines->count + 1), lines->line[pick(lines->count)]);
		return true;
	case 2:
	case 3:
		return change_word(lines, made);
	case 4:
		return add_device(lines, made);
	case 5:
		return pick(4) == 0 && add_oddity(lines, made);
	default:
		return add_parameter(lines, made);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
	struct text_lines lines;
	char made[LINE_SIZE];
	char *text;
	bool changed;

	random_state = seed * 2654435761u | 1;
	if (pick(4) == 0 || !size)
		return LLVMFuzzerMutate(data, size, most);
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (size && text[size - 1] == '\n')
		text[size - 1] = '\0';
	cut(&lines, text);
	changed = change(&lines, made);
	if (changed)
		size = join(&lines, (char *)data, most);
	free(text);
	return changed ? size : LLVMFuzzerMutate(data, size, most);
}
