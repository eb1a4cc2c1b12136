/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain_xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As deep as we look: domain/devices/hostdev/source/address. */
#define DEPTH_MAX 5

/* Slots 0 to 2 of the bus of a machine of type pc have what belongs to its chipset, and its display
 * (libvirt, src/qemu/qemu_domain_address.c: qemuDomainValidateDevicePCISlotsPIIX3()). */
#define SLOT_FIRST 3

/* A piece of the text; not NUL-terminated. */
struct piece {
	const char *at;
	size_t length;
};

/* A tag that begins an element. */
struct tag {
	struct piece name;
	struct piece attributes; /* all of them, as they are written */
	bool empty;              /* it ends the element, too: <a/> */
};

/* Where we are. The names of elements deeper than DEPTH_MAX are not kept. */
struct reader {
	const char *at;
	struct piece path[DEPTH_MAX]; /* the names of the elements that are open */
	size_t depth;
	bool was_domain; /* the first element is <domain> */
};

/* --- the syntax --------------------------------------------------------------------------------
 */

static bool is(struct piece piece, const char *word)
{
	return piece.length == strlen(word) && memcmp(piece.at, word, piece.length) == 0;
}

static bool begins(struct piece piece, const char *word)
{
	return piece.length >= strlen(word) && memcmp(piece.at, word, strlen(word)) == 0;
}

/* Moves past the next @end. Returns false if there is none. */
static bool skip(struct reader *reader, const char *end)
{
	const char *found = strstr(reader->at, end);

	if (found)
		reader->at = found + strlen(end);
	return found;
}

/* Moves past a comment, CDATA, a declaration or an instruction, if one begins here. Returns 1, 0 if
 * none does, or -1 if it does not end. */
static int skip_other(struct reader *reader)
{
	static const char *const ends[][2] = {
		{ "<!--", "-->" },
		{ "<![CDATA[", "]]>" },
		{ "<!", ">" },
		{ "<?", "?>" },
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strncmp(reader->at, ends[i][0], strlen(ends[i][0])) != 0)
			continue;
		reader->at += strlen(ends[i][0]);
		return skip(reader, ends[i][1]) ? 1 : -1;
	}
	return 0;
}

/* Returns the '>' that ends the tag around @at, or NULL; quoted values may have others. */
static const char *find_end(const char *at)
{
	while (*at && *at != '>') {
		if (*at == '\'' || *at == '"') {
			at = strchr(at + 1, *at);
			if (!at)
				return NULL;
		}
		at++;
	}
	return *at ? at : NULL;
}

/* Reads the tag that begins at the '<' before @reader. Returns false if it does not end. */
static bool read_tag(struct reader *reader, struct tag *tag)
{
	const char *end = find_end(reader->at);

	if (!end)
		return false;
	tag->name.at = reader->at;
	tag->name.length = strcspn(reader->at, " \t\r\n/>");
	tag->empty = end > reader->at && end[-1] == '/';
	tag->attributes.at = tag->name.at + tag->name.length;
	tag->attributes.length = (size_t)(end - tag->attributes.at);
	reader->at = end + 1;
	return tag->name.length > 0;
}

/*
 * Moves to the next tag that begins an element, whose parents are in reader->path. Returns 1, 0 at
 * the end of the text, or -1 if it is not well-formed.
 */
static int next_tag(struct reader *reader, struct tag *tag)
{
	int other;

	while ((reader->at = strchr(reader->at, '<'))) {
		other = skip_other(reader);
		if (other < 0)
			return -1;
		if (other)
			continue;
		reader->at++;
		if (*reader->at != '/')
			return read_tag(reader, tag) ? 1 : -1;
		if (!reader->depth-- || !skip(reader, ">"))
			return -1;
	}
	return reader->depth ? -1 : 0;
}

/* Returns the value of an attribute; one with no length if it is not there. */
static struct piece attribute(const struct tag *tag, const char *name)
{
	const char *at = tag->attributes.at, *end = at + tag->attributes.length, *value, *quote;
	struct piece key;

	while (at < end) {
		at += strspn(at, " \t\r\n/");
		key = (struct piece){ at, strcspn(at, "= \t\r\n/>") };
		value = at + key.length + strspn(at + key.length, " \t\r\n=");
		if (value >= end || (*value != '\'' && *value != '"'))
			break;
		quote = memchr(value + 1, *value, (size_t)(end - value) - 1);
		if (!quote)
			break;
		if (is(key, name))
			return (struct piece){ value + 1, (size_t)(quote - value) - 1 };
		at = quote + 1;
	}
	return (struct piece){ .at = "" };
}

/* Returns the value of an attribute that is a number, as libvirt reads one, or -1. */
static int64_t number(const struct tag *tag, const char *name, int64_t max)
{
	struct piece piece = attribute(tag, name);
	char text[16], *end;
	int64_t value;

	if (!piece.length || piece.length >= sizeof(text))
		return -1;
	memcpy(text, piece.at, piece.length);
	text[piece.length] = '\0';
	value = strtoll(text, &end, 0);
	return *end || value < 0 || value > max ? -1 : value;
}

/* --- what it means -----------------------------------------------------------------------------
 */

/* Returns true if the element that @reader is at is below these, the outermost first. */
static bool is_below(const struct reader *reader, const char *const *names, size_t count)
{
	size_t i;

	if (reader->depth != count)
		return false;
	for (i = 0; i < count; i++)
		if (names[i] && !is(reader->path[i], names[i]))
			return false;
	return true;
}

/* <type machine='pc-i440fx-7.2'>, in <os>. q35 has the prefix, too. */
static void take_type(struct guest *guest, const struct tag *tag)
{
	struct piece machine = attribute(tag, "machine");

	guest->conventional = is(machine, "pc") || begins(machine, "pc-i440fx");
}

/* <controller type='pci' index='1' model='pcie-root-port'>. */
static void take_controller(struct guest *guest, const struct tag *tag)
{
	int64_t bus = number(tag, "index", GUEST_BUS_MAX);
	struct piece model = attribute(tag, "model");

	if (bus < 0 || !is(attribute(tag, "type"), "pci"))
		return;
	if (!bus)
		guest->conventional = is(model, "pci-root");
	guest->port[bus] = is(model, "pcie-root-port") || is(model, "pcie-switch-downstream-port");
	if (guest->last < (unsigned int)bus)
		guest->last = (unsigned int)bus;
}

/* <address type='pci' bus='0x01' slot='0x00' ...>, of a device of the guest. */
static void take_address(struct guest *guest, const struct tag *tag)
{
	int64_t bus = number(tag, "bus", GUEST_BUS_MAX);
	int64_t slot = number(tag, "slot", GUEST_SLOT_MAX);

	if (bus < 0 || slot < 0 || !is(attribute(tag, "type"), "pci"))
		return;
	guest->used[bus] = true;
	if (!bus)
		guest->slots |= UINT32_C(1) << slot;
	if (guest->last < (unsigned int)bus)
		guest->last = (unsigned int)bus;
}

/* The same in a <source>: a function of the host. Those of USB and SCSI have no slot. */
static int take_source(struct guest *guest, const struct tag *tag)
{
	int64_t domain = number(tag, "domain", UINT32_MAX), function = number(tag, "function", 7);
	int64_t bus = number(tag, "bus", GUEST_BUS_MAX), slot = number(tag, "slot", GUEST_SLOT_MAX);
	struct pci_address *more;

	if (bus < 0 || slot < 0 || function < 0)
		return 0;
	more = realloc(guest->passed, (guest->passed_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	guest->passed = more;
	guest->passed[guest->passed_count++] = (struct pci_address){
		.domain = domain < 0 ? 0 : (uint32_t)domain,
		.bus = (uint8_t)bus,
		.device = (uint8_t)slot,
		.function = (uint8_t)function,
	};
	return 0;
}

/* Replaces the references to characters that have names, as libvirt writes them. */
static void resolve(char *text)
{
	static const struct {
		const char *reference;
		char character;
	} list[] = {
		{ "&amp;", '&' },   { "&lt;", '<' },   { "&gt;", '>' },
		{ "&apos;", '\'' }, { "&quot;", '"' },
	};
	char *to = text;
	size_t i, len;

	while (*text) {
		for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
			len = strlen(list[i].reference);
			if (strncmp(text, list[i].reference, len) == 0)
				break;
		}
		if (i == sizeof(list) / sizeof(list[0])) {
			*to++ = *text++;
		} else {
			*to++ = list[i].character;
			text += len;
		}
	}
	*to = '\0';
}

/* <name>, of the domain, the first one; @reader is behind the tag. */
static int take_name(struct guest *guest, const struct reader *reader)
{
	if (guest->name)
		return 0;
	guest->name = strndup(reader->at, strcspn(reader->at, "<"));
	if (!guest->name)
		return -ENOMEM;
	resolve(guest->name);
	return 0;
}

static int take_tag(struct guest *guest, const struct reader *reader, const struct tag *tag)
{
	static const char *const domain[] = { "domain" };
	static const char *const os[] = { "domain", "os" };
	static const char *const devices[] = { "domain", "devices" };
	static const char *const device[] = { "domain", "devices", NULL };
	static const char *const source[] = { "domain", "devices", NULL, "source" };

	if (is(tag->name, "name") && is_below(reader, domain, 1) && !tag->empty)
		return take_name(guest, reader);
	if (is(tag->name, "type") && is_below(reader, os, 2))
		take_type(guest, tag);
	else if (is(tag->name, "controller") && is_below(reader, devices, 2))
		take_controller(guest, tag);
	else if (is(tag->name, "address") && is_below(reader, device, 3))
		take_address(guest, tag);
	else if (is(tag->name, "address") && is_below(reader, source, 4))
		return take_source(guest, tag);
	return 0;
}

int guest_read(struct guest *guest, const char *xml)
{
	struct reader reader = { .at = xml };
	struct tag tag;
	int found, err;

	memset(guest, 0, sizeof(*guest));
	while ((found = next_tag(&reader, &tag)) > 0) {
		if (!reader.depth && !is(tag.name, "domain"))
			return -EINVAL;
		reader.was_domain = true;
		err = take_tag(guest, &reader, &tag);
		if (err < 0)
			return err;
		if (tag.empty)
			continue;
		if (reader.depth < DEPTH_MAX)
			reader.path[reader.depth] = tag.name;
		reader.depth++;
	}
	return found < 0 || !reader.was_domain ? -EINVAL : 0;
}

/* --- places ------------------------------------------------------------------------------------
 */

static bool take_slot(struct guest *guest, struct guest_place *place)
{
	unsigned int slot;

	for (slot = SLOT_FIRST; slot <= GUEST_SLOT_MAX; slot++) {
		if (guest->slots >> slot & 1)
			continue;
		guest->slots |= UINT32_C(1) << slot;
		*place = (struct guest_place){ .slot = slot };
		return true;
	}
	return false;
}

bool guest_take_place(struct guest *guest, struct guest_place *place)
{
	unsigned int bus;

	if (guest->conventional)
		return take_slot(guest, place);
	for (bus = 1; bus <= GUEST_BUS_MAX; bus++)
		if (guest->port[bus] && !guest->used[bus])
			break;
	if (bus > GUEST_BUS_MAX) {
		if (guest->last >= GUEST_BUS_MAX)
			return false;
		bus = ++guest->last;
	}
	guest->used[bus] = true;
	*place = (struct guest_place){ .bus = bus };
	return true;
}

bool guest_has(const struct guest *guest, const struct pci_address *address)
{
	size_t i;

	for (i = 0; i < guest->passed_count; i++)
		if (!address_compare(&guest->passed[i], address))
			return true;
	return false;
}

void guest_free(struct guest *guest)
{
	free(guest->passed);
	free(guest->name);
	guest->passed = NULL;
	guest->name = NULL;
}
