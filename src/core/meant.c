/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meant.h"

#include <stdbool.h>
#include <string.h>

#include "selector.h"

/* Domain, bus, device and function at most; or vendor and device. */
#define NUMBERS 4

/* Hexadecimal numbers with something between them. */
struct numbers {
	uint32_t value[NUMBERS];
	int digits[NUMBERS];     /* number of digits; 1 for an asterisk */
	char separator[NUMBERS]; /* after it, or NUL */
	int count;
};

static bool read_number(const char **cursor, struct numbers *numbers)
{
	uint32_t *value = &numbers->value[numbers->count];
	const char *begin;

	if (!text_skip(cursor, "0x"))
		text_skip(cursor, "0X");
	begin = *cursor;
	if (text_skip(cursor, "*"))
		*value = PCI_ANY;
	else if (!text_read_hex(cursor, value))
		return false;
	numbers->digits[numbers->count++] = (int)(*cursor - begin);
	return true;
}

/* Reads numbers, ignoring brackets or quotes around a copied text. */
static bool read_numbers(const char *c, struct numbers *numbers)
{
	memset(numbers, 0, sizeof(*numbers));
	while (*c && strchr("\"'[({", *c))
		c++;
	if (text_skip(&c, "pci") && !text_skip(&c, "_"))
		text_skip(&c, ":");
	while (numbers->count < NUMBERS && read_number(&c, numbers)) {
		if (!*c || !strchr(":._-", *c))
			break;
		numbers->separator[numbers->count - 1] = *c++;
	}
	while (*c && strchr("\"'])}./", *c))
		c++;
	return !*c;
}

/* An address whose last number is the device and is followed by @function. */
static bool set_address(const struct numbers *numbers, int device, uint32_t function,
			struct pci_address *address)
{
	const uint32_t *value = numbers->value;

	address->domain = device == 2 ? value[0] : 0;
	address->bus = (uint8_t)value[device - 1];
	address->device = (uint8_t)value[device];
	address->function = function == PCI_ANY ? FUNCTION_ANY : (uint8_t)function;
	return address->domain != PCI_ANY && value[device - 1] <= 0xff && value[device] <= 0x1f &&
	       (function <= 7 || function == PCI_ANY);
}

/* Returns true if these are an address; without a function, it means all functions. */
static bool read_as_address(const struct numbers *numbers, struct pci_address *address)
{
	const char *separator = numbers->separator;
	const int *digits = numbers->digits;
	bool range;

	switch (numbers->count) {
	case 2:
		return digits[0] <= 2 && digits[1] <= 2 && separator[0] == ':' &&
		       set_address(numbers, 1, PCI_ANY, address);
	case 3:
		/* 00:14:0 and 02:00.00 have a function; 0000:01:00 has none. */
		if (digits[0] <= 2 && (digits[2] == 1 || separator[1] == '.'))
			return set_address(numbers, 1, numbers->value[2], address);
		return digits[2] <= 2 && separator[1] != '.' &&
		       set_address(numbers, 2, PCI_ANY, address);
	case 4:
		/* 01:00.0-1 */
		range = separator[1] == '.' && separator[2] == '-';
		return set_address(numbers, range ? 1 : 2, range ? PCI_ANY : numbers->value[3],
				   address);
	default:
		return false;
	}
}

static void add_slot(struct text *line, const struct pci_address *address)
{
	if (address->domain)
		text_add(line, "%04x:", address->domain);
	text_add(line, "%02x:%02x.", address->bus, address->device);
}

static void add_address(struct text *line, const struct pci_address *address)
{
	if (address->function == FUNCTION_ANY) {
		text_add(line, "; ");
		add_slot(line, address);
		text_add(line, "* is the whole card, ");
		add_slot(line, address);
		text_add(line, "0 one function");
		return;
	}
	text_add(line, "; write ");
	add_slot(line, address);
	text_add(line, "%u", address->function);
}

void words_of_meant(struct text *line, const char *text)
{
	struct pci_address address;
	struct selector selector;
	struct numbers numbers;

	/* Do not repeat a valid selector that is only not allowed here. */
	if (!read_numbers(text, &numbers) || !selector_parse(text, &selector))
		return;
	if (read_as_address(&numbers, &address))
		add_address(line, &address);
	else if (numbers.count == 2 && numbers.digits[0] == 4 && numbers.digits[1] == 4)
		text_add(line, "; write %04x:%04x", numbers.value[0], numbers.value[1]);
}
