// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer's target for the parsers. The input is read as a selector, as an item of vfio-pci.ids=,
 * as a command line, and as the four texts of a boot, which form feeds part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/meant.h"
#include "../../src/core/params.h"
#include "../../src/core/requests.h"
#include "../../src/core/selector.h"
#include "../../src/core/text.h"
#include "fuzz.h"

void broken(const char *what)
{
	fprintf(stderr, "BROKEN PROMISE: %s\n", what);
	abort();
}

/* The input, or a part of it, in memory of its own, so that one byte too far is seen. */
static char *copy(const char *text, size_t length)
{
	char *own = malloc(length + 1);

	expect(own, "memory for a copy");
	memcpy(own, text, length);
	own[length] = '\0';
	return own;
}

/* --- selectors
 * ------------------------------------------------------------------------------------ */

static bool function_in_range(uint8_t function)
{
	return function <= 7 || function == FUNCTION_ANY;
}

static bool id_in_range(uint32_t field, uint32_t most)
{
	return field <= most || field == PCI_ANY;
}

static void check_address(const struct selector *selector)
{
	const struct pci_address *address = &selector->address;
	bool open = false; /* an asterisk that is not the last */
	int i;

	expect(address->device <= 0x1f && function_in_range(address->function),
	       "an address is in the range of the bus");
	expect(selector->steps <= PATH_STEPS, "a path has an end");
	open = selector->steps && address->function == FUNCTION_ANY;
	for (i = 0; i < selector->steps; i++) {
		expect((selector->step[i].device <= 0x1f &&
			function_in_range(selector->step[i].function)) ||
			       (i + 1 == selector->steps && selector_is_below(selector) &&
				selector->step[i].function == FUNCTION_ANY),
		       "a step is in the range of the bus, or the last one an asterisk");
		open |= i + 1 < selector->steps && selector->step[i].function == FUNCTION_ANY;
	}
	expect(!open, "only the last function is an asterisk");
	expect(selector->wildcard ==
		       ((selector->steps ? selector->step[selector->steps - 1].function
					 : address->function) == FUNCTION_ANY),
	       "an asterisk is known as one");
	if (selector->guarded)
		expect(id_in_range(selector->id.vendor, 0xffff) &&
			       id_in_range(selector->id.device, 0xffff),
		       "a guard asks for an ID that there can be");
}

static void check_id(const struct selector *selector)
{
	const struct pci_id *id = &selector->id;

	expect(id_in_range(id->vendor, 0xffff) && id_in_range(id->device, 0xffff) &&
		       id_in_range(id->subvendor, 0xffff) && id_in_range(id->subdevice, 0xffff),
	       "an ID is one that there can be");
	expect(id_in_range(id->class, 0xffffff), "a class has 24 bits");
}

static size_t print_function(char *to, uint8_t function)
{
	return (size_t)sprintf(to, function == FUNCTION_ANY ? ".*" : ".%x", function);
}

static size_t print_address(char *to, const struct selector *selector)
{
	const struct pci_address *address = &selector->address;
	size_t used =
		(size_t)sprintf(to, "%x:%x:%x", address->domain, address->bus, address->device);
	int i;

	used += print_function(to + used, address->function);
	for (i = 0; i < selector->steps; i++) {
		if (selector->step[i].device == DEVICE_BELOW) {
			used += (size_t)sprintf(to + used, "/*");
			continue;
		}
		used += (size_t)sprintf(to + used, "/%02x", selector->step[i].device);
		used += print_function(to + used, selector->step[i].function);
	}
	if (selector->guarded)
		used += (size_t)sprintf(to + used, "@%04x:%04x", selector->id.vendor,
					selector->id.device);
	return used;
}

static size_t print_id(char *to, const struct selector *selector)
{
	const struct pci_id *id = &selector->id;

	return (size_t)sprintf(to, "0x%x:%04X:%04x:%x:0x%x:%x", id->vendor, id->device,
			       id->subvendor, id->subdevice, id->class, selector->class_mask);
}

/* Everything but where it was given. */
static bool same_selector(const struct selector *a, const struct selector *b)
{
	return a->kind == b->kind && !memcmp(&a->id, &b->id, sizeof(a->id)) &&
	       a->class_mask == b->class_mask && !address_compare(&a->address, &b->address) &&
	       a->steps == b->steps && !memcmp(a->step, b->step, sizeof(a->step)) &&
	       a->guarded == b->guarded && a->wildcard == b->wildcard;
}

/* What was understood, written out another way, is understood the same. */
static void check_written_out(const struct selector *selector)
{
	struct selector again;
	char text[256];

	if (selector->kind == SELECTOR_BOOT_VGA)
		return;
	if (selector->kind == SELECTOR_ADDRESS)
		print_address(text, selector);
	else
		print_id(text, selector);
	expect(!selector_parse(text, &again), "a selector written out can be read");
	expect(same_selector(selector, &again), "a selector written out is the same");
}

/* The function that @selector is for, 3 in place of an asterisk. */
static unsigned int some_function(uint8_t function)
{
	return function == FUNCTION_ANY ? 3 : function;
}

/* Whether @selector names what stands where it says, but for @device at the end. */
static bool names(const struct selector *selector, unsigned int root_bus, uint8_t device)
{
	struct pci_address at = selector->address;
	char path[512];
	size_t used = (size_t)sprintf(path, "../../../devices/pci%04x:%02x", at.domain, root_bus);
	int i;

	at.bus = (uint8_t)root_bus;
	for (i = 0; i <= selector->steps; i++) {
		if (i) {
			at.bus++;
			at.device = selector->step[i - 1].device;
			at.function = selector->step[i - 1].function;
		}
		at.function = (uint8_t)some_function(at.function);
		if (i == selector->steps)
			at.device = device;
		used += (size_t)sprintf(path + used, "/%04x:%02x:%02x.%u", at.domain, at.bus,
					at.device, at.function);
	}
	return selector_matches_address(selector, &at, path);
}

static void check_place(const struct selector *selector)
{
	uint8_t bus = selector->address.bus;
	uint8_t device = selector->steps ? selector->step[selector->steps - 1].device
					 : selector->address.device;

	if (selector_is_below(selector))
		device = 3;
	expect(names(selector, bus, device), "an address names its place");
	expect(!names(selector, bus ^ 1, device), "an address names nothing below another bus");
	expect(names(selector, bus, device ^ 1) == selector_is_below(selector),
	       "an address names no other device, unless it names all below a bridge");
}

static void check_understood(const struct selector *selector)
{
	if (selector->kind == SELECTOR_ADDRESS) {
		check_address(selector);
		check_place(selector);
	} else if (selector->kind == SELECTOR_ID) {
		check_id(selector);
	}
	check_written_out(selector);
}

static void check_selector(const char *input, size_t size)
{
	char *text = copy(input, size);
	struct selector selector;
	const char *wrong = selector_parse(text, &selector);

	if (wrong) {
		expect(*wrong, "what is wrong is said");
	} else {
		expect(selector.text == text, "a selector knows its text");
		check_understood(&selector);
	}
	free(text);
}

/* A function's own name is one, and is read back the same. */
static void check_slot(const char *input, size_t size)
{
	char *text = copy(input, size);
	struct pci_address address, again;
	char name[32];

	if (address_parse(text, &address)) {
		expect(address.device <= 0x1f && address.function <= 7, "a slot is in range");
		sprintf(name, "%04x:%02x:%02x.%u", address.domain, address.bus, address.device,
			address.function);
		expect(address_parse(name, &again) && !address_compare(&address, &again),
		       "a slot written out is the same");
	}
	free(text);
}

/* --- the kernel's own IDs
 * ------------------------------------------------------------------------- */

#define ID_FIELDS 6

static bool is_hex(char c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

/*
 * As sscanf("%x:%x:%x:%x:%x:%x") in the kernel: how many fields there are; -1 where it makes a
 * number of what nobody means as one: a 0x alone, more digits than fit, or one on another line.
 */
static int read_as_kernel(const char *text, uint32_t *field)
{
	int count = 0;
	int digits;

	for (; count < ID_FIELDS; count++) {
		if (count && *text++ != ':')
			break;
		text += strspn(text, " \t");
		if (*text && strchr("\n\v\f\r\xa0", *text))
			return -1;
		if (!is_hex(*text))
			break;
		if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
			text += 2;
		if (!is_hex(*text))
			return -1;
		field[count] = 0;
		for (digits = 0; is_hex(*text); text++, digits += digits || field[count])
			field[count] = field[count] * 16 +
				       (uint32_t)strtoul((char[]){ *text, 0 }, NULL, 16);
		if (digits > 8)
			return -1;
	}
	return count;
}

/* How many hexadecimal digits there are at @text. */
static size_t hex_run(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF");
}

/*
 * Whether this is a slot in the place of an ID: a bus and a device, of one or two digits each; a
 * bus and any; or those behind a domain of any length.
 */
static bool is_slot(const char *text)
{
	size_t first = hex_run(text), second, third;
	const char *behind;

	if (!first || text[first] != ':')
		return false;
	text += first + 1;
	if (*text == '*')
		return first <= 2 && text[1] != 'x' && text[1] != 'X';
	second = hex_run(text);
	behind = text + second;
	if (second < 1 || second > 2 || *behind == 'x' || *behind == 'X')
		return false;
	if (first <= 2)
		return true;
	third = *behind == ':' ? hex_run(behind + 1) : 0;
	return *behind == ':' && (behind[1] == '*' || (third >= 1 && third <= 2));
}

static void check_kernel_id(const char *input, size_t size)
{
	uint32_t field[ID_FIELDS] = { 0, 0, PCI_ANY, PCI_ANY, 0, 0 };
	char *text = copy(input, size);
	struct selector selector;
	const char *wrong = selector_parse_kernel_id(text, &selector);
	int count = read_as_kernel(text, field);

	expect(!is_slot(text) || wrong, "a slot is no ID");
	expect(count < 0 || is_slot(text) || !wrong == (count >= 2),
	       "an ID is one when the kernel reads one");
	expect(wrong || !selector.unread ||
		       (selector.unread > text && selector.unread < text + strlen(text)),
	       "what is not read is behind what is");
	if (count >= 2 && !wrong) {
		expect(selector.kind == SELECTOR_ID && selector.text == text, "it is an ID");
		expect(selector.id.vendor == field[0] && selector.id.device == field[1] &&
			       selector.id.subvendor == field[2] &&
			       selector.id.subdevice == field[3] && selector.id.class == field[4] &&
			       selector.class_mask == field[5],
		       "an ID is what the kernel reads");
	}
	free(text);
}

/* --- the command line
 * ----------------------------------------------------------------------------- */

/* One parameter as the kernel understands it: bounds in the text, which is left as it is. */
struct word {
	const char *name, *name_end;
	const char *value, *value_end; /* NULL when there is none */
};

static bool is_space(char c)
{
	return c && strchr(" \t\n\v\f\r\xa0", c);
}

/* Where the word at @from ends: at a space outside of quotes, or at the end. */
static const char *end_of_word(const char *from)
{
	bool quoted = false;

	for (; *from && (quoted || !is_space(*from)); from++)
		quoted ^= *from == '"';
	return from;
}

/* Takes the next word off @cursor; false at the end and at a bare "--". */
static bool next_word(const char **cursor, struct word *word)
{
	const char *begin = *cursor, *end;
	bool quoted;

	while (is_space(*begin))
		begin++;
	end = end_of_word(begin);
	*cursor = end;
	quoted = *begin == '"';
	begin += quoted;
	word->name = begin;
	word->name_end = end;
	word->value = begin < end ? memchr(begin + 1, '=', (size_t)(end - begin - 1)) : NULL;
	word->value_end = end;
	if (word->value) {
		word->name_end = word->value++;
		if (*word->value == '"' && word->value < end) {
			word->value++;
			quoted = true;
		}
		if (quoted && end > word->value && end[-1] == '"')
			word->value_end--;
	} else if (quoted && end > begin && end[-1] == '"') {
		word->name_end--;
	}
	if (!word->value && word->name_end - word->name == 2 && !memcmp(word->name, "--", 2))
		return false;
	return begin < end || *end;
}

static bool is_text(const char *is, const char *begin, const char *end)
{
	return strlen(is) == (size_t)(end - begin) && !memcmp(is, begin, (size_t)(end - begin));
}

static void check_params(const char *input, size_t size)
{
	char *text = copy(input, size), *cursor = text;
	char *untouched = copy(input, size);
	const char *reading = untouched;
	struct param param;
	struct word word;

	while (param_next(&cursor, &param)) {
		expect(next_word(&reading, &word), "the kernel sees this parameter too");
		expect(is_text(param.name, word.name, word.name_end), "its name is the kernel's");
		expect(!param.value == !word.value, "it has a value when the kernel sees one");
		if (param.value)
			expect(is_text(param.value, word.value, word.value_end),
			       "its value is the kernel's");
	}
	expect(!next_word(&reading, &word), "the kernel sees no parameter more");
	free(text);
	free(untouched);
}

/* --- the four texts of a boot
 * --------------------------------------------------------------------- */

static void check_read_again(const struct selectors *selectors)
{
	const struct selector *selector;
	struct selector again;
	size_t i;

	for (i = 0; i < selectors->count; i++) {
		selector = &selectors->item[i];
		if (selector->param == PARAM_KERNEL_IDS) {
			expect(!selector_parse_kernel_id(selector->text, &again), "it is an ID");
		} else {
			expect(!selector_parse(selector->text, &again), "it is a selector");
			check_understood(selector);
		}
		expect(same_selector(selector, &again), "a list holds what its text says");
	}
}

/* What is said to be written instead of a complaint's value. */
static void check_meant(const char *value)
{
	struct selector selector;
	struct text line = { 0 };
	char *begin;

	words_of_meant(&line, value);
	if (!line.length)
		return;
	expect(selector_parse(value, &selector), "only what is no selector needs another");
	begin = line.data + strlen("; ");
	if (strncmp(begin, "write ", strlen("write ")) == 0)
		begin += strlen("write ");
	begin[strcspn(begin, " ")] = '\0';
	expect(!selector_parse(begin, &selector), "what is to be written is a selector");
}

static void check_complaints(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		expect(*requests->complaints[i].param && requests->complaints[i].value &&
			       *requests->complaints[i].why,
		       "a complaint says what and why");
		check_meant(requests->complaints[i].value);
	}
}

static void check_variants(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->variant_count; i++)
		expect(*requests->variants[i].alias && *requests->variants[i].module &&
			       !strchr(requests->variants[i].module, '-'),
		       "a variant is an alias and a module as in /sys/module");
}

/* The part of @input in front of the next form feed, or NULL when there is none left. */
static char *next_text(const char **input, size_t *size)
{
	const char *end;
	char *text;
	size_t length;

	if (!*input)
		return NULL;
	end = memchr(*input, '\f', *size);
	length = end ? (size_t)(end - *input) : *size;
	text = copy(*input, length);
	*input = end ? end + 1 : NULL;
	*size -= end ? length + 1 : length;
	return text;
}

static void check_requests(const char *input, size_t size)
{
	struct request_texts texts;
	struct requests requests;

	texts.cmdline = next_text(&input, &size);
	texts.conf = next_text(&input, &size);
	texts.protected = next_text(&input, &size);
	texts.variants = next_text(&input, &size);
	expect(!requests_read(&requests, &texts), "any text can be read");
	check_read_again(&requests.claims);
	check_read_again(&requests.keeps);
	check_read_again(&requests.force);
	check_read_again(&requests.protected);
	check_complaints(&requests);
	check_variants(&requests);
	expect(requests.timeout >= 1 && requests.timeout <= 60, "a deadline is 1 to 60 s");
	requests_free(&requests);
	free(texts.cmdline);
	free(texts.conf);
	free(texts.protected);
	free(texts.variants);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "";

	check_selector(text, size);
	check_slot(text, size);
	check_kernel_id(text, size);
	check_params(text, size);
	check_requests(text, size);
	return 0;
}
