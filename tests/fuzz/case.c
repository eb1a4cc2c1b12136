// SPDX-License-Identifier: GPL-2.0-or-later
#include "case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/text.h"
#include "memory_sysfs.h"

/* The kernel's errno are below this. */
#define ERRORS 134

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The words of a `device` line behind the keyword. */
enum { PATH, ID, CLASS, HEADER, BOOT_VGA, GROUP, DRIVER, OVERRIDE, VFS, DIRECT, DEVICE_WORDS };

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* --- lines into a case
 * ---------------------------------------------------------------------------- */

void case_begin(struct test_case *test)
{
	memset(test, 0, sizeof(*test));
	test->depth = DEPTH_ALL;
}

void case_free(struct test_case *test)
{
	free(test->cmdline.data);
	free(test->conf.data);
	free(test->protected.data);
	free(test->variants.data);
	free(test->functions);
	free(test->oddities);
	while (test->kept_count)
		free(test->kept[--test->kept_count]);
	free(test->kept);
	case_begin(test);
}

/* Adds @length bytes behind @separator, which is left out at the beginning. */
static void add_words(struct words *words, const char *separator, const char *data, size_t length)
{
	size_t between = words->data ? strlen(separator) : 0;

	words->data = need(realloc(words->data, words->length + between + length + 1));
	memcpy(words->data + words->length, separator, between);
	memcpy(words->data + words->length + between, data, length);
	words->length += between + length;
	words->data[words->length] = '\0';
}

/* One escape behind its backslash. */
static bool decode_one(const char **from, char *to)
{
	uint32_t value;

	if (**from == 'x') {
		++*from;
		if (!text_read_digits(from, 2, &value))
			return false;
		*to = (char)value;
		return true;
	}
	if (!**from || !strchr("nt\\", **from))
		return false;
	*to = **from == 'n' ? '\n' : **from == 't' ? '\t' : '\\';
	++*from;
	return true;
}

/* Decodes \n, \t, \\ and \xHH in place. */
static bool decode(char *text, size_t *length)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (!decode_one(&from, to++))
			return false;
	}
	*to = '\0';
	*length = (size_t)(to - text);
	return true;
}

static const char *read_cmdline(struct test_case *test, char *text)
{
	size_t length;

	if (!decode(text, &length))
		return "an escape is \\n, \\t, \\\\ or \\xHH";
	add_words(&test->cmdline, " ", text, length);
	return NULL;
}

/* Cuts @line into words at its spaces; how many there are. */
static size_t split(char *line, char **words, size_t most)
{
	size_t count = 0;

	while (*line) {
		if (count == most)
			return most + 1;
		words[count++] = line;
		line += strcspn(line, " ");
		if (*line)
			*line++ = '\0';
	}
	return count;
}

bool is_driver_name(const char *word)
{
	size_t length;

	for (length = 0; word[length]; length++)
		if (word[length] <= ' ' || word[length] > '~' || word[length] == '/')
			return false;
	return length && length < NAME_SIZE && *word != '.';
}

static const char *or_null(const char *word)
{
	return strcmp(word, "-") ? word : NULL;
}

static bool is_number(const char *word)
{
	size_t length = strspn(word, "0123456789");

	return length && length < 6 && !word[length] && (*word != '0' || length == 1);
}

static bool is_number_or_none(const char *word)
{
	return !or_null(word) || is_number(word);
}

static bool is_one_of(const char *word, const char *letters)
{
	return *word && !word[1] && strchr(letters, *word);
}

/* The slot at the end of @path, as the kernel writes it, below a root bus. */
static const char *read_path(struct function *function, char *path)
{
	char name[32];
	unsigned int domain, bus, device, number;
	char *slash = strrchr(path, '/');

	if (!slash)
		return "a path is [DIRECTORY/…]pciDDDD:BB/…/SLOT";
	if (sscanf(slash + 1, "%8x:%2x:%2x.%1u", &domain, &bus, &device, &number) != 4)
		return "a path ends in a slot";
	snprintf(name, sizeof(name), "%04x:%02x:%02x.%u", domain, bus, device, number);
	if (strcmp(name, slash + 1) || device > 0x1f || number > 7)
		return "a slot is written as the kernel does";
	function->path = path;
	function->slot = slash + 1;
	function->address =
		(struct pci_address){ domain, (uint8_t)bus, (uint8_t)device, (uint8_t)number };
	return NULL;
}

/*
 * Below the first root bus every directory is another one or a bridge; others would be attributes.
 * What the root bus itself hangs below (platform/…) can be called anything.
 */
static bool leads_down(const char *path)
{
	bool below = false;
	size_t length;

	for (; *path; path += length + (path[length] == '/')) {
		length = strcspn(path, "/");
		if (!length || *path == '.')
			return false;
		below |= !strncmp(path, "pci", 3) && memchr(path, ':', length);
		if (below && !memchr(path, ':', length))
			return false;
	}
	return below;
}

static bool read_id(struct function *function, const char *word, const char *class)
{
	uint32_t *const fields[] = { &function->id.vendor, &function->id.device,
				     &function->id.subvendor, &function->id.subdevice };
	size_t i;

	if (!text_read_digits(&class, 6, &function->id.class) || *class)
		return false;
	function->id_known = or_null(word);
	if (!function->id_known)
		return true;
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!text_read_digits(&word, 4, fields[i]) || *word++ != (i < 3 ? ':' : '\0'))
			return false;
	return true;
}

static const char *read_words(struct function *function, char **word)
{
	const char *wrong = read_path(function, word[PATH]);

	if (wrong)
		return wrong;
	if (!leads_down(word[PATH]))
		return "on the way are a root bus and, below it, slots";
	if (!read_id(function, word[ID], word[CLASS]))
		return "an ID is vvvv:dddd:ssss:ssss or -, a class six digits";
	if (!is_one_of(word[HEADER], "01") || !is_one_of(word[BOOT_VGA], "01-") ||
	    !is_one_of(word[DIRECT], "01"))
		return "HEADER and DIRECT are 0 or 1, BOOTVGA may also be -";
	if (!is_number_or_none(word[GROUP]) || !is_number_or_none(word[VFS]))
		return "GROUP and VFS are numbers or -";
	if (!is_driver_name(word[DRIVER]) || !is_driver_name(word[OVERRIDE]))
		return "DRIVER and OVERRIDE are names or -";
	function->bridge = *word[HEADER] == '1';
	function->boot_vga = or_null(word[BOOT_VGA]);
	function->group = or_null(word[GROUP]);
	function->driver = or_null(word[DRIVER]);
	function->override = or_null(word[OVERRIDE]);
	function->vfs = or_null(word[VFS]);
	function->direct = *word[DIRECT] == '1';
	return NULL;
}

static const char *read_device(struct test_case *test, char *line)
{
	struct function function = { 0 };
	char *word[DEVICE_WORDS];
	const char *wrong;
	size_t i;

	if (split(line, word, DEVICE_WORDS) != DEVICE_WORDS)
		return "behind device are ten words";
	wrong = read_words(&function, word);
	if (wrong)
		return wrong;
	for (i = 0; i < test->count; i++)
		if (!strcmp(test->functions[i].slot, function.slot))
			return "this slot is there already";
	test->functions =
		need(realloc(test->functions, (test->count + 1) * sizeof(*test->functions)));
	test->functions[test->count++] = function;
	return NULL;
}

static const char *read_oddity(struct test_case *test, enum oddity_kind kind, char *line)
{
	struct oddity oddity = { .kind = kind, .path = line };

	line += strcspn(line, " ");
	if (*line)
		*line++ = '\0';
	oddity.text = line;
	if (!decode(line, &oddity.length))
		return "an escape is \\n, \\t, \\\\ or \\xHH";
	test->oddities =
		need(realloc(test->oddities, (test->oddity_count + 1) * sizeof(*test->oddities)));
	test->oddities[test->oddity_count++] = oddity;
	return NULL;
}

static const char *read_depth(struct test_case *test, char *word)
{
	if (strcmp(word, "reserve") && strcmp(word, "all"))
		return "a depth is reserve or all";
	test->depth = *word == 'r' ? DEPTH_RESERVE : DEPTH_ALL;
	return NULL;
}

static const char *read_name(struct test_case *test, char *text)
{
	test->name = text;
	return NULL;
}

static const char *read_conf(struct test_case *test, char *text)
{
	add_words(&test->conf, "\n", text, strlen(text));
	return NULL;
}

static const char *read_protected(struct test_case *test, char *text)
{
	add_words(&test->protected, "\n", text, strlen(text));
	return NULL;
}

static const char *read_variants(struct test_case *test, char *text)
{
	add_words(&test->variants, "\n", text, strlen(text));
	return NULL;
}

static const char *read_iommu(struct test_case *test, char *word)
{
	if (!is_one_of(word, "01"))
		return "iommu is 0 or 1";
	test->iommu = *word == '1';
	return NULL;
}

static const char *read_file(struct test_case *test, char *line)
{
	return read_oddity(test, ODDITY_FILE, line);
}

static const char *read_link(struct test_case *test, char *line)
{
	return read_oddity(test, ODDITY_LINK, line);
}

static const char *read_error(struct test_case *test, char *line)
{
	return read_oddity(test, ODDITY_ERROR, line);
}

static const char *read_boot(struct test_case *test, char *word)
{
	test->boot = strtoul(word, NULL, 10);
	return NULL;
}

static const char *read_memory(struct test_case *test, char *word)
{
	test->memory = strtoul(word, NULL, 10);
	return NULL;
}

static const struct {
	const char *keyword;
	const char *(*read)(struct test_case *test, char *rest);
} LINES[] = {
	{ "case", read_name },           { "cmdline", read_cmdline },   { "conf", read_conf },
	{ "protected", read_protected }, { "variants", read_variants }, { "iommu", read_iommu },
	{ "device", read_device },       { "depth", read_depth },       { "file", read_file },
	{ "link", read_link },           { "error", read_error },       { "memory", read_memory },
	{ "boot", read_boot },
};

/* A copy of @line that lives as long as the case. */
static char *keep_line(struct test_case *test, const char *line)
{
	test->kept = need(realloc(test->kept, (test->kept_count + 1) * sizeof(*test->kept)));
	return test->kept[test->kept_count++] = need(strdup(line));
}

const char *case_line(struct test_case *test, const char *line)
{
	char *word, *rest;
	size_t i;

	if (!*line || *line == '#')
		return NULL;
	word = keep_line(test, line);
	rest = word + strcspn(word, " ");
	if (*rest)
		*rest++ = '\0';
	for (i = 0; i < ARRAY_SIZE(LINES); i++)
		if (!strcmp(word, LINES[i].keyword))
			return LINES[i].read(test, rest);
	return "there is no such line";
}

/* --- a case into a tree
 * --------------------------------------------------------------------------- */

/* Where things are in every /sys. */
struct places {
	tree_node devices, pci_devices, pci_drivers, groups;
};

static void make_places(struct places *places, bool iommu)
{
	tree_node bus = tree_dir(tree_dir(TREE_ROOT, "bus"), "pci");
	tree_node iommus = tree_dir(tree_dir(TREE_ROOT, "class"), "iommu");

	places->devices = tree_dir(TREE_ROOT, "devices");
	places->pci_devices = tree_dir(bus, "devices");
	places->pci_drivers = tree_dir(bus, "drivers");
	places->groups = tree_dir(tree_dir(TREE_ROOT, "kernel"), "iommu_groups");
	if (iommu)
		tree_dir(iommus, "dmar0");
}

static void make_text(tree_node dir, const char *name, const char *text)
{
	tree_file(dir, name, text, strlen(text));
}

static void make_modalias(tree_node dir, const struct function *function)
{
	const struct pci_id *id = &function->id;

	make_text(dir, "modalias",
		  tree_text("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", id->vendor, id->device,
			    id->subvendor, id->subdevice, id->class >> 16, id->class >> 8 & 0xff,
			    id->class & 0xff));
}

/* Joins @dir, the device's, to its group; one that is direct makes the whole group so. */
static void make_group(const struct places *places, const struct function *function, tree_node dir,
		       const char *to_root)
{
	static const char harmless[] = "0x00000000000a0000 0x00000000000bffff direct-relaxable\n"
				       "0x00000000fee00000 0x00000000feefffff msi\n";
	static const char direct[] = "0x00000000000a0000 0x00000000000bffff direct-relaxable\n"
				     "0x000000007b800000 0x000000007fffffff direct\n"
				     "0x00000000fee00000 0x00000000feefffff msi\n";
	tree_node group = tree_dir(places->groups, function->group);

	tree_link(dir, "iommu_group",
		  tree_text("%skernel/iommu_groups/%s", to_root, function->group), group);
	tree_link(tree_dir(group, "devices"), function->slot,
		  tree_text("../../../../devices/%s", function->path), dir);
	if (function->direct)
		make_text(group, "reserved_regions", direct);
	else if (tree_find(group, "reserved_regions") == TREE_NONE)
		make_text(group, "reserved_regions", harmless);
}

/* The ../ that lead from a device's directory to the root. */
static const char *way_to_root(const char *path)
{
	char *ups = tree_text("%s", "../../");

	for (; *path; path++)
		if (*path == '/')
			ups = tree_text("../%s", ups);
	return ups;
}

static void make_function(const struct places *places, const struct function *function)
{
	char *path = tree_text("%s", function->path);
	const char *to_root = way_to_root(function->path);
	char *last;
	tree_node dir = tree_make_way(places->devices, path, &last), driver;

	dir = tree_dir(dir, last);
	tree_link(places->pci_devices, function->slot,
		  tree_text("../../../devices/%s", function->path), dir);
	if (function->id_known)
		make_modalias(dir, function);
	make_text(dir, "driver_override",
		  tree_text("%s\n", function->override ? function->override : "(null)"));
	if (function->bridge)
		make_text(dir, "secondary_bus_number", "1\n");
	if (function->boot_vga)
		make_text(dir, "boot_vga", tree_text("%s\n", function->boot_vga));
	if (function->vfs)
		make_text(dir, "sriov_numvfs", tree_text("%s\n", function->vfs));
	if (function->driver) {
		driver = tree_dir(places->pci_drivers, function->driver);
		tree_link(dir, "driver",
			  tree_text("%sbus/pci/drivers/%s", to_root, function->driver), driver);
		tree_link(driver, function->slot,
			  tree_text("../../../../devices/%s", function->path), dir);
	}
	if (function->group)
		make_group(places, function, dir, to_root);
}

static void make_oddity(const struct oddity *oddity)
{
	char *last;
	tree_node dir = tree_make_way(TREE_ROOT, tree_text("%s", oddity->path), &last);
	tree_node node;

	if (dir == TREE_NONE || !*last || !strcmp(last, ".") || !strcmp(last, ".."))
		return;
	switch (oddity->kind) {
	case ODDITY_FILE:
		tree_file(dir, last, oddity->text, oddity->length);
		break;
	case ODDITY_LINK:
		tree_link(dir, last, oddity->text, tree_find(dir, oddity->text));
		break;
	case ODDITY_ERROR:
		node = tree_find(dir, last);
		if (node == TREE_NONE)
			node = tree_file(dir, last, "", 0);
		tree_break(node, (int)(strtoul(oddity->text, NULL, 10) % ERRORS));
		break;
	}
}

void case_build(const struct test_case *test, bool reversed)
{
	struct places places;
	size_t i;

	tree_reset(reversed);
	make_places(&places, test->iommu);
	for (i = 0; i < test->count; i++)
		make_function(&places, &test->functions[i]);
	for (i = 0; i < test->oddity_count; i++)
		make_oddity(&test->oddities[i]);
}

/* --- what the core makes of it
 * -------------------------------------------------------------------- */

static char *copy(const struct words *words)
{
	return words->data ? need(strdup(words->data)) : NULL;
}

static void make_texts(struct request_texts *texts, const struct test_case *test, const char *first)
{
	const char *cmdline = test->cmdline.data ? test->cmdline.data : "";

	if (asprintf(&texts->cmdline, "%s%s%s", first ? first : "", first ? " " : "", cmdline) < 0)
		abort();
	texts->conf = copy(&test->conf);
	texts->protected = copy(&test->protected);
	texts->variants = copy(&test->variants);
}

/*
 * What fails promises that there is nothing to be freed; it is forgotten here, so that a leak is
 * one.
 */
static int run_core(struct outcome *outcome, const struct view *view)
{
	int error = requests_read(&outcome->requests, &outcome->texts);

	if (error) {
		memset(&outcome->requests, 0, sizeof(outcome->requests));
		return error;
	}
	if (outcome->requests.off)
		return 0;
	error = snapshot_take(&outcome->snapshot, 0, &outcome->requests, view->depth, view->only);
	if (error) {
		memset(&outcome->snapshot, 0, sizeof(outcome->snapshot));
		return error;
	}
	if (view->held)
		error = snapshot_add_held(&outcome->snapshot, 0, &outcome->requests, true);
	if (error)
		return error;
	error = decide(&outcome->plan, &outcome->requests, &outcome->snapshot);
	if (error)
		memset(&outcome->plan, 0, sizeof(outcome->plan));
	outcome->decided = !error;
	return error;
}

void outcome_make(struct outcome *outcome, const struct test_case *test, const struct view *view)
{
	memset(outcome, 0, sizeof(*outcome));
	make_texts(&outcome->texts, test, view->first);
	fail_allocation(test->memory);
	outcome->error = run_core(outcome, view);
	fail_allocation(0);
}

void outcome_free(struct outcome *outcome)
{
	plan_free(&outcome->plan);
	snapshot_free(&outcome->snapshot);
	requests_free(&outcome->requests);
	free(outcome->texts.cmdline);
	free(outcome->texts.conf);
	free(outcome->texts.protected);
	free(outcome->texts.variants);
}

/* --- a plan into lines
 * ---------------------------------------------------------------------------- */

struct lines {
	char **line;
	size_t count;
	size_t length; /* of all of them with their newlines */
};

/* A copy of @text with the escapes that decode() knows. */
static char *escape(const char *text)
{
	char *escaped = need(malloc(strlen(text) * 4 + 1));
	char *to = escaped;

	for (; *text; text++) {
		if (*text == '\n')
			to = stpcpy(to, "\\n");
		else if (*text == '\t')
			to = stpcpy(to, "\\t");
		else if (*text == '\\')
			to = stpcpy(to, "\\\\");
		else if (*text < ' ' || *text > '~')
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
		else
			*to++ = *text;
	}
	*to = '\0';
	return escaped;
}

static void add_line(struct lines *lines, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add_line(struct lines *lines, const char *format, ...)
{
	char *raw;
	va_list values;
	int length;

	va_start(values, format);
	length = vasprintf(&raw, format, values);
	va_end(values);
	if (length < 0)
		abort();
	lines->line = need(realloc(lines->line, (lines->count + 1) * sizeof(*lines->line)));
	lines->line[lines->count] = escape(raw);
	lines->length += strlen(lines->line[lines->count++]) + 1;
	free(raw);
}

/* Why a device that is named is left, or NULL where that is not said. */
static const char *reason_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_KEEP:
		return "keep";
	case VERDICT_BRIDGE:
		return "bridge";
	case VERDICT_UNREADABLE:
		return "unreadable";
	case VERDICT_OTHER_ID:
		return "other-id";
	case VERDICT_PROTECTED:
		return "protected";
	case VERDICT_LAST_STORAGE:
		return "last-storage";
	case VERDICT_HAS_VFS:
		return "has-vfs";
	case VERDICT_DIRECT:
		return "direct";
	case VERDICT_NO_IOMMU:
		return "no-iommu";
	case VERDICT_CLAIM:
	case VERDICT_PASSED:
	case VERDICT_NEIGHBOUR:
	case VERDICT_STRAY:
		break;
	}
	return NULL;
}

static void add_decision(struct lines *lines, const struct decision *decision)
{
	const char *slot = decision->device->slot;
	const struct selector *because = decision->because;
	const char *reason = reason_of(decision->verdict);
	const char *way = decision->in_the_way ? " in-the-way" : "";

	/* As the report does. */
	if (decision->verdict == VERDICT_KEEP || decision->verdict == VERDICT_PROTECTED)
		because = decision->against;
	if (decision->verdict == VERDICT_CLAIM)
		add_line(lines, "claim %s %s=%s %s%s%s", slot, because->param, because->text,
			 decision->module ? decision->module : "-",
			 decision->forced ? " forced" : "", decision->spoiler ? " useless" : "");
	else if (decision->verdict == VERDICT_NEIGHBOUR)
		add_line(lines, "neighbour %s%s", slot, way);
	else if (decision->verdict == VERDICT_STRAY && decision->against)
		add_line(lines, "stray %s %s=%s", slot, decision->against->param,
			 decision->against->text);
	else if (decision->verdict == VERDICT_STRAY)
		add_line(lines, "stray %s", slot);
	else if (reason)
		add_line(lines, "left %s %s %s=%s%s", slot, reason, because->param, because->text,
			 way);
}

static void add_requests(struct lines *lines, const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->complaint_count; i++)
		add_line(lines, "refused %s=%s", requests->complaints[i].param,
			 requests->complaints[i].value);
	if (requests->strict)
		add_line(lines, "strict");
	if (requests->group)
		add_line(lines, "group");
	if (requests->timeout != TIMEOUT_DEFAULT)
		add_line(lines, "timeout %u", requests->timeout);
}

static void add_decisions(struct lines *lines, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		add_decision(lines, &plan->decisions[i]);
}

static void add_plan(struct lines *lines, const struct plan *plan)
{
	size_t i;

	add_decisions(lines, plan);
	for (i = 0; i < plan->unmatched_count; i++)
		add_line(lines, "unmatched %s=%s", plan->unmatched[i]->param,
			 plan->unmatched[i]->text);
	if (plan->hide_ids)
		add_line(lines, "ids-hidden");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines, joins them and frees them. */
static char *join(struct lines *lines)
{
	char *text = need(malloc(lines->length + 1));
	char *to = text;
	size_t i;

	if (lines->count)
		qsort(lines->line, lines->count, sizeof(*lines->line), compare_lines);
	for (i = 0; i < lines->count; i++) {
		to = stpcpy(stpcpy(to, lines->line[i]), "\n");
		free(lines->line[i]);
	}
	*to = '\0';
	free(lines->line);
	return text;
}

char *outcome_print(const struct outcome *outcome)
{
	struct lines lines = { NULL, 0, 0 };

	if (outcome->error) {
		add_line(&lines, "error %d", -outcome->error);
	} else if (outcome->requests.off) {
		add_line(&lines, "off");
	} else if (outcome->requests.claims.count || outcome->requests.complaint_count) {
		add_requests(&lines, &outcome->requests);
		add_plan(&lines, &outcome->plan);
	} else {
		add_decisions(&lines, &outcome->plan);
	}
	return join(&lines);
}
