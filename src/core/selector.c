/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "selector.h"

#include <string.h>

#include "text.h"

static const char *const ADDRESS_FORM =
	"an address is like 01:00.0, 0000:01:00.*, 00:1c.4/00.0 or 00:1c.4/*";
static const char *const ID_FORM = "an ID is vendor:device, as in 10de:1e07 or 10de:*";
static const char *const NO_ID = "vendor and device need four digits";
static const char *const IDS_FORM = "an ID is vendor:device, as in 10de:1e07";
static const char *const IDS_ADDRESS = "it takes no address, but rd.vfio.claim= does";
static const char *const IDS_ASTERISK = "it takes no *, but rd.vfio.claim= does";

/* The fields of an ID in the order in which they are written. */
enum id_field { VENDOR, DEVICE, SUBVENDOR, SUBDEVICE, CLASS, CLASS_MASK, ID_FIELDS };

static bool read_colon_hex(const char **cursor, uint32_t *value)
{
	const char *c = *cursor;

	if (!text_skip(&c, ":") || !text_read_hex(&c, value))
		return false;
	*cursor = c;
	return true;
}

static bool read_function(const char **cursor, uint8_t *function)
{
	const char *c = *cursor;

	if (*c == '*')
		*function = FUNCTION_ANY;
	else if (*c >= '0' && *c <= '7')
		*function = *c - '0';
	else
		return false;
	*cursor = c + 1;
	return true;
}

/* Reads [domain:]bus:device.function and moves the cursor past it. */
static const char *read_address(const char **cursor, struct pci_address *address)
{
	uint32_t part[3] = { 0 };

	if (!text_read_hex(cursor, &part[1]) || !read_colon_hex(cursor, &part[2]))
		return ADDRESS_FORM;
	if (**cursor == ':') {
		part[0] = part[1];
		part[1] = part[2];
		if (!read_colon_hex(cursor, &part[2]))
			return ADDRESS_FORM;
	}
	if (part[1] > 0xff)
		return "the bus must be 00 to ff";
	if (part[2] > 0x1f)
		return "the device must be 00 to 1f";
	if (!text_skip(cursor, "."))
		return ADDRESS_FORM;
	if (!read_function(cursor, &address->function))
		return "the function must be 0 to 7 or *";
	address->domain = part[0];
	address->bus = (uint8_t)part[1];
	address->device = (uint8_t)part[2];
	return NULL;
}

/*
 * Reads the /device.function that follow; only the last function, or the whole last step, may be an
 * asterisk.
 */
static const char *read_steps(const char **cursor, struct selector *selector)
{
	struct pci_step *step;
	uint32_t device;

	selector->wildcard = selector->address.function == FUNCTION_ANY;
	while (text_skip(cursor, "/")) {
		if (selector->steps == PATH_STEPS)
			return "its path is too long";
		if (selector->wildcard)
			return "only the last function of a path may be *";
		step = &selector->step[selector->steps++];
		device = DEVICE_BELOW;
		if (**cursor != '*' &&
		    (!text_read_hex(cursor, &device) || device > 0x1f || !text_skip(cursor, ".")))
			return ADDRESS_FORM;
		if (!read_function(cursor, &step->function))
			return ADDRESS_FORM;
		step->device = (uint8_t)device;
		selector->wildcard = step->function == FUNCTION_ANY;
	}
	return NULL;
}

/* Reads one field of an ID: hexadecimal with or without 0x, or an asterisk. */
static bool read_field(const char **cursor, uint32_t *value)
{
	if (text_skip(cursor, "*")) {
		*value = PCI_ANY;
		return true;
	}
	if (!text_skip(cursor, "0x"))
		text_skip(cursor, "0X");
	return text_read_hex(cursor, value);
}

/* Rejects a number that no device can have instead of matching nothing silently. */
static bool fits(uint32_t field)
{
	return field <= 0xffff || field == PCI_ANY;
}

/* Reads the @vendor:device after an address. */
static bool read_guard(const char **cursor, struct selector *selector)
{
	if (!text_skip(cursor, "@"))
		return true;
	selector->guarded = true;
	return read_field(cursor, &selector->id.vendor) && text_skip(cursor, ":") &&
	       read_field(cursor, &selector->id.device) && fits(selector->id.vendor) &&
	       fits(selector->id.device);
}

static const char *parse_address(const char *text, struct selector *selector)
{
	const char *wrong = read_address(&text, &selector->address);

	selector->kind = SELECTOR_ADDRESS;
	if (!wrong)
		wrong = read_steps(&text, selector);
	if (wrong)
		return wrong;
	if (!read_guard(&text, selector))
		return "after the @ must be vendor:device";
	return *text ? ADDRESS_FORM : NULL;
}

static void set_id(struct selector *selector, const uint32_t *field)
{
	selector->kind = SELECTOR_ID;
	selector->id.vendor = field[VENDOR];
	selector->id.device = field[DEVICE];
	selector->id.subvendor = field[SUBVENDOR];
	selector->id.subdevice = field[SUBDEVICE];
	selector->id.class = field[CLASS];
	selector->class_mask = field[CLASS_MASK];
}

static const char *check_ranges(const uint32_t *field, int count)
{
	int i;

	for (i = VENDOR; i <= SUBDEVICE && i < count; i++)
		if (!fits(field[i]))
			return "vendor to subdevice need four digits";
	if (count > CLASS && field[CLASS] > 0xffffff && field[CLASS] != PCI_ANY)
		return "a class needs six digits";
	return NULL;
}

static int skip_digits(const char **cursor)
{
	const char *begin = *cursor;

	*cursor += strspn(*cursor, "0123456789abcdefABCDEF");
	return (int)(*cursor - begin);
}

/*
 * Returns true if what is written as an ID is a slot without its function or without the dot:
 * "01:00", "0000:01:00", "00:14:0", "01:*". IDs have four digits wherever they are shown, but may
 * be written without leading zeros: only where the second number, too, is as short as a device on a
 * bus.
 */
static bool looks_like_address(const char *text)
{
	int vendor = skip_digits(&text), device = 0, next = 0;
	bool any;

	if (!vendor || !text_skip(&text, ":"))
		return false;
	any = text_skip(&text, "*");
	if (!any)
		device = skip_digits(&text);
	/* 0x is how numbers are written. */
	if (*text == 'x' || *text == 'X' || device > 2 || (!any && !device))
		return false;
	if (!any && text_skip(&text, ":"))
		next = *text == '*' ? 1 : skip_digits(&text);
	return vendor <= 2 || (next && next <= 2);
}

static const char *parse_id(const char *text, struct selector *selector)
{
	uint32_t field[ID_FIELDS] = { 0, 0, PCI_ANY, PCI_ANY, PCI_ANY, PCI_ANY };
	const char *wrong;
	int count = 0;

	if (looks_like_address(text))
		return NO_ID;
	do {
		/* A mask selects the bits to compare and cannot be "any". */
		if (count == ID_FIELDS || (count == CLASS_MASK && *text == '*'))
			return ID_FORM;
		if (!read_field(&text, &field[count++]))
			return ID_FORM;
	} while (text_skip(&text, ":"));
	if (*text || count <= DEVICE)
		return ID_FORM;
	wrong = check_ranges(field, count);
	if (wrong)
		return wrong;
	/* "Any" class compares no bits; a class without a mask compares all. */
	if (field[CLASS] == PCI_ANY)
		field[CLASS_MASK] = 0;
	set_id(selector, field);
	return NULL;
}

const char *selector_parse(const char *text, struct selector *selector)
{
	memset(selector, 0, sizeof(*selector));
	selector->text = text;
	if (!strcmp(text, "boot-vga")) {
		selector->kind = SELECTOR_BOOT_VGA;
		return NULL;
	}
	if (!strchr(text, '.'))
		return parse_id(text, selector);
	return parse_address(text, selector);
}

/* Returns the part that the kernel does not read, if it looks intentional. */
static const char *find_unread(const char *rest)
{
	const char *next = rest + strspn(rest, " \t;|+&/");

	if (*rest == '*')
		return rest;
	return next > rest && *next ? next : NULL;
}

static const char *why_no_kernel_id(const char *text, const char *rest)
{
	struct selector selector;

	/* A word with a dot is no ID at all. */
	if (strchr(text, '.') && !selector_parse(text, &selector))
		return IDS_ADDRESS;
	return *rest == '*' ? IDS_ASTERISK : IDS_FORM;
}

const char *selector_parse_kernel_id(const char *text, struct selector *selector)
{
	uint32_t field[ID_FIELDS] = { 0, 0, PCI_ANY, PCI_ANY, 0, 0 };
	const char *rest;
	int count = 0;

	memset(selector, 0, sizeof(*selector));
	selector->text = text;
	if (looks_like_address(text))
		return IDS_ADDRESS;
	do {
		/* sscanf's %x skips white space and accepts 0x, but no asterisk. */
		while (*text == ' ' || *text == '\t')
			text++;
		rest = text;
		if (*text == '*' || !read_field(&text, &field[count]))
			break;
		rest = text;
		count++;
	} while (count < ID_FIELDS && text_skip(&text, ":"));
	if (count <= DEVICE)
		return why_no_kernel_id(selector->text, rest);
	set_id(selector, field);
	selector->unread = find_unread(rest);
	return NULL;
}

static bool field_matches(uint32_t wanted, uint32_t is)
{
	return wanted == PCI_ANY || wanted == is;
}

bool selector_matches_id(const struct selector *selector, const struct pci_id *id)
{
	const struct pci_id *wanted = &selector->id;

	return field_matches(wanted->vendor, id->vendor) &&
	       field_matches(wanted->device, id->device) &&
	       field_matches(wanted->subvendor, id->subvendor) &&
	       field_matches(wanted->subdevice, id->subdevice) &&
	       !((wanted->class ^ id->class) & selector->class_mask);
}

static bool same_place(uint8_t device, uint8_t function, const struct pci_address *address)
{
	return (device == address->device || device == DEVICE_BELOW) &&
	       (function == FUNCTION_ANY || function == address->function);
}

static bool same_address(const struct pci_address *wanted, const struct pci_address *address)
{
	return wanted->domain == address->domain && wanted->bus == address->bus &&
	       same_place(wanted->device, wanted->function, address);
}

/*
 * Reads the last element of @path before *@end and moves *@end in front of it. Returns false at the
 * root bus ("pci0000:00"), whose domain may itself be below a device (VMD).
 */
static bool upstream(const char *path, const char **end, struct pci_address *address)
{
	const char *begin = *end, *c;
	bool whole;

	while (begin > path && begin[-1] != '/')
		begin--;
	c = begin;
	whole = !read_address(&c, address) && c == *end;
	*end = begin > path ? begin - 1 : begin;
	return whole;
}

/*
 * Returns true if the first @steps steps of @selector lead to the function that @path, cut off at
 * @end, leads to.
 */
static bool leads_to(const struct selector *selector, int steps, const char *path, const char *end)
{
	const struct pci_step *step;
	struct pci_address at;

	if (!upstream(path, &end, &at))
		return false;
	if (!steps)
		return same_address(&selector->address, &at);
	step = &selector->step[steps - 1];
	if (step->device == DEVICE_BELOW && leads_to(selector, steps, path, end))
		return true;
	return same_place(step->device, step->function, &at) &&
	       leads_to(selector, steps - 1, path, end);
}

bool selector_matches_address(const struct selector *selector, const struct pci_address *address,
			      const char *path)
{
	if (!selector->steps)
		return same_address(&selector->address, address);
	return leads_to(selector, selector->steps, path, path + strlen(path));
}

bool selector_is_below(const struct selector *selector)
{
	return selector->steps && selector->step[selector->steps - 1].device == DEVICE_BELOW;
}

bool selector_guard_holds(const struct selector *selector, const struct pci_id *id)
{
	/* All zero means that it could not be read. */
	return !selector->guarded ||
	       (id->vendor && field_matches(selector->id.vendor, id->vendor) &&
		field_matches(selector->id.device, id->device));
}

int address_compare(const struct pci_address *a, const struct pci_address *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus - b->bus;
	if (a->device != b->device)
		return a->device - b->device;
	return a->function - b->function;
}

bool address_parse(const char *text, struct pci_address *address)
{
	return !read_address(&text, address) && !*text && address->function != FUNCTION_ANY;
}
