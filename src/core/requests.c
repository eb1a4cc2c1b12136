/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "params.h"
#include "storage.h"
#include "text.h"

#define TIMEOUT_MAX 60

/* The size of the buffer for ids= in drivers/vfio/pci/vfio_pci.c. */
#define KERNEL_IDS_SIZE 1024

static const char *const IDS_TOO_LONG = "vfio-pci takes 1023 characters; use rd.vfio.claim=";

static const char *const NO_VALUE = "a value is missing";
static const char *const NO_SWITCH = "must be 0 or 1; rd.vfio.claim= names devices";
static const char *const NO_SETTING =
	"no such setting; there are claim, keep, force, vfs, group, strict, timeout and debug";
static const char *const NO_COMMA = "selectors are separated by commas";
static const char *const NO_COMMENT = "a comment needs a line of its own";
static const char *const STRAY =
	"a blank splits the list here; use commas alone, or quote all of it";
static const char *const IDS_UNREAD =
	"the kernel stops reading here: it knows no *, and IDs need commas";

const char PARAM_KERNEL_IDS[] = "vfio-pci.ids";

typedef const char *selector_parser(const char *text, struct selector *selector);

static int add_complaint(struct requests *requests, const char *param, const char *value,
			 const char *why, bool selector)
{
	const struct complaint complaint = { param, value, why, selector };

	return array_add(&requests->complaints, &requests->complaint_count, &complaint,
			 sizeof(complaint));
}

static int complain(struct requests *requests, const char *param, const char *value,
		    const char *why)
{
	return add_complaint(requests, param, value, why, false);
}

static int complain_of_selector(struct requests *requests, const char *param, const char *value,
				const char *why)
{
	return add_complaint(requests, param, value, why, true);
}

static int add_selector(struct selectors *to, const struct selector *selector)
{
	return array_add(&to->item, &to->count, selector, sizeof(*selector));
}

/* Rejects what is well formed but names every device, or none. */
static const char *check_address_or_id(const struct selector *selector)
{
	if (selector->kind == SELECTOR_BOOT_VGA)
		return "boot-vga can only be kept";
	if (selector->kind == SELECTOR_ID && !selector->class_mask &&
	    (selector->id.vendor & selector->id.device & selector->id.subvendor &
	     selector->id.subdevice) == PCI_ANY)
		return "it names every device: give a vendor or a class";
	return NULL;
}

/* Complains of the separator rather than of the selector if that is what is wrong. */
static const char *why_no_item(const char *item, const char *why)
{
	if (strchr(item, '#'))
		return NO_COMMENT;
	return strpbrk(item, " \t;|+&") ? NO_COMMA : why;
}

/* Only a keep may name every device. */
static int read_item(struct requests *requests, struct selectors *to, selector_parser *parse,
		     const char *param, const char *item)
{
	struct selector selector;
	const char *wrong = parse(item, &selector);
	int error;

	if (wrong)
		wrong = why_no_item(item, wrong);
	else if (to != &requests->keeps)
		wrong = check_address_or_id(&selector);
	if (wrong)
		return complain_of_selector(requests, param, item, wrong);
	selector.param = param;
	error = add_selector(to, &selector);
	if (!error && selector.unread)
		error = complain(requests, param, selector.unread, IDS_UNREAD);
	return error;
}

static int read_list(struct requests *requests, struct selectors *to, selector_parser *parse,
		     const char *param, char *list)
{
	char *item;
	int error = 0;

	while (!error && (item = param_item(&list, ",")))
		error = read_item(requests, to, parse, param, item);
	return error;
}

static int set_timeout(struct requests *requests, const char *param, const char *value)
{
	unsigned int seconds = 0;
	const char *c = value;

	while (*c >= '0' && *c <= '9' && seconds <= TIMEOUT_MAX)
		seconds = seconds * 10 + (unsigned int)(*c++ - '0');
	if (*c || c == value || !seconds || seconds > TIMEOUT_MAX)
		return complain(requests, param, value, "must be 1 to 60 seconds");
	requests->timeout = seconds;
	return 0;
}

/* Reads words like kstrtobool() in lib/kstrtox.c, and numbers as numbers. */
int requests_switch(const char *value)
{
	const char *c = value;
	uint32_t number;

	switch (*value | 0x20) {
	case 'd':
	case 'f':
	case 'n':
		return 0;
	case 'e':
	case 't':
	case 'y':
		return 1;
	case 'o':
		if ((value[1] | 0x20) == 'f')
			return 0;
		return (value[1] | 0x20) == 'n' ? 1 : -1;
	}
	/* "abc" is not a number here. */
	if (*value < '0' || *value > '9')
		return -1;
	if (!text_skip(&c, "0x"))
		text_skip(&c, "0X");
	return text_read_hex(&c, &number) && !*c ? number != 0 : -1;
}

/* A value that is neither changes nothing. */
static int set_switch(struct requests *requests, bool *to, const char *name, const char *value)
{
	int is = requests_switch(value);

	if (is < 0)
		return complain(requests, name, value, NO_SWITCH);
	*to = is;
	return 0;
}

static int set_off(struct requests *requests, const char *name, const char *value)
{
	bool on = !requests->off;
	int error = set_switch(requests, &on, name, value);

	requests->off = !on;
	return error;
}

/* Where each setting goes. */
static const struct setting {
	char key[8];
	uint8_t is_list; /* of selectors; otherwise a switch */
	uint8_t at;      /* in struct requests */
} SETTINGS[] = {
	{ "claim", true, offsetof(struct requests, claims) },
	{ "keep", true, offsetof(struct requests, keeps) },
	{ "force", true, offsetof(struct requests, force) },
	{ "group", false, offsetof(struct requests, group) },
	{ "strict", false, offsetof(struct requests, strict) },
	{ "debug", false, offsetof(struct requests, debug) },
};

/*
 * Reads one setting; @key: its name in the file and after "rd.vfio."; @name: its name for messages.
 */
static int read_setting(struct requests *requests, const char *key, const char *name, char *value)
{
	const struct setting *setting;
	void *to;

	for (setting = SETTINGS; setting < SETTINGS + sizeof(SETTINGS) / sizeof(*SETTINGS);
	     setting++) {
		to = (char *)requests + setting->at;
		if (strcmp(key, setting->key))
			continue;
		return setting->is_list ? read_list(requests, to, selector_parse, name, value)
					: set_switch(requests, to, name, value);
	}
	if (!strcmp(key, "timeout"))
		return set_timeout(requests, name, value);
	/* For the real root, where the driver of such a device is. */
	if (!strcmp(key, "vfs")) {
		requests->vfs = true;
		return 0;
	}
	return complain(requests, name, value, NO_SETTING);
}

static int read_own(struct requests *requests, const struct param *param, bool *claimed)
{
	const char *key = param->name;

	if (!param->value)
		return complain(requests, param->name, "", NO_VALUE);
	text_skip(&key, "rd.vfio");
	if (!*key)
		return set_off(requests, param->name, param->value);
	if (!text_skip(&key, "."))
		return complain(requests, param->name, param->value, NO_SETTING);
	if (!strcmp(key, "claim") && !*claimed) {
		/* Claims on the command line replace those of the file. */
		requests->claims.count = 0;
		*claimed = true;
	}
	return read_setting(requests, key, param->name, param->value);
}

/*
 * As for any string parameter of a module, the last one replaces those before it; one without a
 * value does not. modprobe can add to the parameters on the command line but not remove them, so
 * what the module will refuse is only reported.
 */
static int read_kernel_ids(struct requests *requests, const struct param *param, char **ids)
{
	if (!param->value)
		return complain(requests, PARAM_KERNEL_IDS, "", NO_VALUE);
	*ids = param->value;
	if (strlen(*ids) < KERNEL_IDS_SIZE)
		return 0;
	return complain(requests, PARAM_KERNEL_IDS, "...", IDS_TOO_LONG);
}

/*
 * Returns true if the parameter says that the root file system is on the network
 * (dracut.cmdline(7)).
 */
static bool is_network_root(const struct param *param)
{
	static const char words[] =
		"netroot rd.iscsi iscsi rd.nvmf nvmf rd.fcoe fcoe nbdroot rd.nbd "
		"nfsroot aoeroot";

	return text_has_one(param->name, words, false) ||
	       (!strcmp(param->name, "ip") && param->value && text_has(param->value, "ibft"));
}

static void note_root(struct requests *requests, const struct param *param, bool *network)
{
	if (!strcmp(param->name, "root") && param->value)
		requests->local_root = storage_is_local_root(param->value);
	*network |= is_network_root(param);
}

/* What has been read of a command line so far. */
struct cmdline {
	char *ids;        /* the value of vfio-pci.ids= */
	bool claimed;     /* it has claims of its own */
	bool network;     /* the root file system is on the network */
	const char *list; /* the parameter just before, if that was a list */
};

/* Returns true if a word without a value, right after a list, was meant to be part of the list. */
static bool is_stray(const char *word)
{
	if (!strcmp(word, "boot-vga"))
		return true;
	return strchr(word, ':') && !word[strspn(word, "0123456789abcdefABCDEFxX:.*/@,")];
}

/* Returns true for a list, or a typo that begins like one. */
static bool is_list(const char *key)
{
	return text_has_one(key, ".claim .keep .force .vfs", false);
}

static int read_param(struct requests *requests, struct cmdline *cmdline, const struct param *param)
{
	const char *key = param->name, *list = cmdline->list;

	if (list && !param->value && is_stray(param->name))
		return complain_of_selector(requests, list, param->name, STRAY);
	cmdline->list = NULL;
	if (param_named(param, PARAM_KERNEL_IDS)) {
		cmdline->list = PARAM_KERNEL_IDS;
		return read_kernel_ids(requests, param, &cmdline->ids);
	}
	/* "rd.vfio-claim" is a typo, "rd.vfiox" another program's. */
	if (!text_skip(&key, "rd.vfio") || (*key && !strchr(".-_", *key))) {
		note_root(requests, param, &cmdline->network);
		return 0;
	}
	if (is_list(key))
		cmdline->list = param->name;
	return read_own(requests, param, &cmdline->claimed);
}

static int read_cmdline(struct requests *requests, char *text)
{
	struct cmdline cmdline = { 0 };
	struct param param;
	int error = 0;

	while (!error && param_next(&text, &param))
		error = read_param(requests, &cmdline, &param);
	requests->local_root = requests->local_root && !cmdline.network;
	if (error || !cmdline.ids)
		return error;
	return read_list(requests, &requests->claims, selector_parse_kernel_id, PARAM_KERNEL_IDS,
			 cmdline.ids);
}

/* Reads one line of the file: key = value. Ignores comments and empty lines. */
static int read_conf_line(struct requests *requests, char *line)
{
	char *key = param_item(&line, "=");
	char *value = param_item(&line, "");

	if (!key || *key == '#')
		return 0;
	if (!value)
		return complain(requests, key, "", NO_VALUE);
	return read_setting(requests, key, key, value);
}

/* Reads one line of the protected list: a selector, a blank, and its purpose. */
static int read_protected_line(struct requests *requests, char *line)
{
	struct selector selector;
	char *text = param_item(&line, " ");
	const char *wrong;

	if (!text)
		return 0;
	wrong = selector_parse(text, &selector);
	if (wrong)
		return complain(requests, "protected", text, wrong);
	selector.param = line;
	return add_selector(&requests->protected, &selector);
}

/* Reads one line of the variant drivers: an alias, a blank, a module. */
static int read_variant_line(struct requests *requests, char *line)
{
	struct variant variant;
	char *alias = param_item(&line, " ");
	char *module = param_item(&line, " ");
	char *c;

	if (!module)
		return 0;
	for (c = module; *c; c++)
		if (*c == '-')
			*c = '_';
	variant.alias = alias;
	variant.module = module;
	return array_add(&requests->variants, &requests->variant_count, &variant, sizeof(variant));
}

static int read_lines(struct requests *requests, char *text,
		      int (*read_line)(struct requests *requests, char *line))
{
	char *line;
	int error = 0;

	while (!error && text && (line = param_item(&text, "\n")))
		error = read_line(requests, line);
	return error;
}

int requests_read(struct requests *requests, const struct request_texts *texts)
{
	int error;

	memset(requests, 0, sizeof(*requests));
	requests->timeout = TIMEOUT_DEFAULT;
	requests->listed = texts->protected != NULL;
	error = read_lines(requests, texts->conf, read_conf_line);
	if (!error)
		error = read_lines(requests, texts->protected, read_protected_line);
	if (!error)
		error = read_lines(requests, texts->variants, read_variant_line);
	if (!error)
		error = read_cmdline(requests, texts->cmdline);
	if (error)
		requests_free(requests);
	return error;
}

void requests_free(struct requests *requests)
{
	free(requests->claims.item);
	free(requests->keeps.item);
	free(requests->force.item);
	free(requests->protected.item);
	free(requests->variants);
	free(requests->complaints);
	memset(requests, 0, sizeof(*requests));
}
