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

static const char IDS_TOO_LONG[] = "vfio-pci takes 1023 characters; use rd.vfio.claim=";

static const char NO_VALUE[] = "it takes a value";

const char PARAM_KERNEL_IDS[] = "vfio-pci.ids";

typedef const char *selector_parser(const char *text, struct selector *selector);

static int complain(struct requests *requests, const char *param, const char *value,
		    const char *why)
{
	const struct complaint complaint = { param, value, why };

	return array_add(&requests->complaints, &requests->complaint_count, &complaint,
			 sizeof(complaint));
}

static int add_selector(struct selectors *to, const struct selector *selector)
{
	return array_add(&to->item, &to->count, selector, sizeof(*selector));
}

/* What is well formed but names too much, or nothing. */
static const char *check_address_or_id(const struct selector *selector)
{
	if (selector->kind == SELECTOR_BOOT_VGA)
		return "boot-vga can only be kept";
	if (selector->kind == SELECTOR_ID && !selector->class_mask &&
	    (selector->id.vendor & selector->id.device & selector->id.subvendor &
	     selector->id.subdevice) == PCI_ANY)
		return "this is every device: name a vendor or a class";
	return NULL;
}

/* Only what is kept may be as much as anybody likes. */
static int read_list(struct requests *requests, struct selectors *to, selector_parser *parse,
		     const char *param, char *list)
{
	struct selector selector;
	const char *wrong;
	char *item;
	int error = 0;

	while (!error && (item = param_item(&list, ","))) {
		wrong = parse(item, &selector);
		if (!wrong && to != &requests->keeps)
			wrong = check_address_or_id(&selector);
		selector.param = param;
		error = wrong ? complain(requests, param, item, wrong)
			      : add_selector(to, &selector);
	}
	return error;
}

static int set_timeout(struct requests *requests, const char *param, const char *value)
{
	unsigned int seconds = 0;
	const char *c = value;

	while (*c >= '0' && *c <= '9' && seconds <= TIMEOUT_MAX)
		seconds = seconds * 10 + (unsigned int)(*c++ - '0');
	if (*c || c == value || !seconds || seconds > TIMEOUT_MAX)
		return complain(requests, param, value, "a time is 1 to 60 seconds");
	requests->timeout = seconds;
	return 0;
}

/* The kill switch is read generously: whoever types it is in trouble. */
static bool means_no(const char *value)
{
	static const char words[][6] = { "0", "no", "off", "n", "false" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(value, words[i]))
			return true;
	return false;
}

/* One setting: @key is its name in the file and behind "rd.vfio.", @name what to call it. */
static int read_setting(struct requests *requests, const char *key, const char *name, char *value)
{
	if (!strcmp(key, "claim"))
		return read_list(requests, &requests->claims, selector_parse, name, value);
	if (!strcmp(key, "keep"))
		return read_list(requests, &requests->keeps, selector_parse, name, value);
	if (!strcmp(key, "force"))
		return read_list(requests, &requests->force, selector_parse, name, value);
	if (!strcmp(key, "timeout"))
		return set_timeout(requests, name, value);
	if (!strcmp(key, "group"))
		requests->group = !means_no(value);
	else if (!strcmp(key, "strict"))
		requests->strict = !means_no(value);
	else
		return complain(requests, name, value, "vfio-claim has no such setting");
	return 0;
}

static int read_own(struct requests *requests, const struct param *param, bool *claimed)
{
	const char *key = param->name;

	if (!param->value)
		return complain(requests, param->name, "", NO_VALUE);
	if (!text_skip(&key, "rd.vfio.")) {
		requests->off = means_no(param->value);
		return 0;
	}
	if (!strcmp(key, "claim") && !*claimed) {
		/* Now the file's claims do not count. */
		requests->claims.count = 0;
		*claimed = true;
	}
	return read_setting(requests, key, param->name, param->value);
}

/*
 * As with any module parameter of one string, the last one given replaces those before it; one
 * without a value does not. What modprobe gets from the command line it can add to, but not take
 * away, so what the module will refuse is only reported.
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

/* What says that the root file system is on the network, whatever root= is: dracut.cmdline(7). */
static bool is_network_root(const struct param *param)
{
	static const char *const names[] = { "netroot", "rd.iscsi", "iscsi",  "rd.nvmf",
					     "nvmf",    "rd.fcoe",  "fcoe",   "nbdroot",
					     "rd.nbd",  "nfsroot",  "aoeroot" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(param->name, names[i], strlen(names[i])))
			return true;
	return !strcmp(param->name, "ip") && param->value && strstr(param->value, "ibft");
}

static void note_root(struct requests *requests, const struct param *param, bool *network)
{
	if (!strcmp(param->name, "root") && param->value)
		requests->local_root = storage_is_local_root(param->value);
	*network |= is_network_root(param);
}

static int read_cmdline(struct requests *requests, char *cmdline)
{
	struct param param;
	const char *name;
	char *ids = NULL;
	bool claimed = false, network = false;
	int error = 0;

	while (!error && param_next(&cmdline, &param)) {
		name = param.name;
		if (param_named(&param, PARAM_KERNEL_IDS)) {
			error = read_kernel_ids(requests, &param, &ids);
		} else if (text_skip(&name, "rd.vfio") && (!*name || *name == '.')) {
			error = read_own(requests, &param, &claimed);
		} else {
			note_root(requests, &param, &network);
		}
	}
	requests->local_root = requests->local_root && !network;
	if (error || !ids)
		return error;
	return read_list(requests, &requests->claims, selector_parse_kernel_id, PARAM_KERNEL_IDS,
			 ids);
}

/* One line of the file: key = value. Comments and empty lines are nothing. */
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

/* One line of what is protected: a selector, a space, and what it is for. */
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

/* One line of the variant drivers: an alias, a space, a module. */
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
