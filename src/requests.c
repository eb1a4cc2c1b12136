/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "params.h"
#include "text.h"

#define TIMEOUT_MAX 60

/* The size of the buffer for ids= in drivers/vfio/pci/vfio_pci.c. */
#define KERNEL_IDS_SIZE 1024

static const char IDS_TOO_LONG[] =
	"vfio-pci takes 1023 characters and will not load with more; use "
	"rd.vfio.claim=";

const char PARAM_KERNEL_IDS[] = "vfio-pci.ids";

typedef const char *selector_parser(const char *text, struct selector *selector);
typedef const char *selector_checker(const struct selector *selector);

/* One kind of list: where its items go and what they may be. */
struct list_rules {
	struct selectors *to;
	selector_parser *parse;
	selector_checker *check; /* NULL: all that parses may be */
};

static int complain(struct requests *requests, const char *param, const char *value,
		    const char *why)
{
	struct complaint *all =
		array_room(requests->complaints, requests->complaint_count, sizeof(*all));

	if (!all)
		return -ENOMEM;
	requests->complaints = all;
	all[requests->complaint_count++] = (struct complaint){ param, value, why };
	return 0;
}

static int add_selector(struct selectors *to, const struct selector *selector)
{
	struct selector *all = array_room(to->item, to->count, sizeof(*all));

	if (!all)
		return -ENOMEM;
	to->item = all;
	all[to->count++] = *selector;
	return 0;
}

/* What is well formed but must not be claimed. */
static const char *check_claim(const struct selector *selector)
{
	if (selector->kind == SELECTOR_BOOT_VGA)
		return "boot-vga can only be kept; claim the card by its slot or ID";
	if (selector->kind == SELECTOR_ID && selector->id.vendor == PCI_ANY &&
	    selector->id.device == PCI_ANY && !selector->class_mask)
		return "this is every device of the machine: name a vendor or a class";
	return NULL;
}

static int read_list(struct requests *requests, const char *param, char *list,
		     const struct list_rules *rules)
{
	struct selector selector;
	const char *wrong;
	char *item;
	int error = 0;

	while (!error && (item = param_item(&list))) {
		wrong = rules->parse(item, &selector);
		if (!wrong && rules->check)
			wrong = rules->check(&selector);
		selector.param = param;
		error = wrong ? complain(requests, param, item, wrong)
			      : add_selector(rules->to, &selector);
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
		return complain(requests, param, value, "a time is 1 to 60 whole seconds");
	requests->timeout = seconds;
	return 0;
}

/* The kill switch is read generously: whoever types it is in trouble. */
static bool means_no(const char *value)
{
	return !strcmp(value, "0") || !strcmp(value, "no") || !strcmp(value, "off") ||
	       !strcmp(value, "n") || !strcmp(value, "false");
}

static int read_own(struct requests *requests, const struct param *param)
{
	const struct list_rules claims = { &requests->claims, selector_parse, check_claim };
	const struct list_rules keeps = { &requests->keeps, selector_parse, NULL };
	char *value = param->value;

	if (!value)
		return complain(requests, param->name, "", "it takes a value, behind a =");
	if (param_named(param, "rd.vfio.claim"))
		return read_list(requests, param->name, value, &claims);
	if (param_named(param, "rd.vfio.keep"))
		return read_list(requests, param->name, value, &keeps);
	if (param_named(param, "rd.vfio.timeout"))
		return set_timeout(requests, param->name, value);
	if (!param_named(param, "rd.vfio"))
		return complain(requests, param->name, value, "vfio-claim has no such parameter");
	requests->off = means_no(value);
	return 0;
}

/* modprobe can add to what the command line gives to a module, but not take any of it away. */
static int check_ids_length(struct requests *requests, const char *value)
{
	if (!value || strlen(value) < KERNEL_IDS_SIZE)
		return 0;
	return complain(requests, PARAM_KERNEL_IDS, "...", IDS_TOO_LONG);
}

/* As with any module parameter of one string, the last one given replaces those before it. */
static int read_kernel_ids(struct requests *requests, char *value)
{
	const struct list_rules rules = { &requests->claims, selector_parse_kernel_id,
					  check_claim };

	if (!value)
		return 0;
	return read_list(requests, PARAM_KERNEL_IDS, value, &rules);
}

int requests_read(struct requests *requests, char *cmdline)
{
	struct param param;
	const char *name;
	char *ids = NULL;
	int error = 0;

	memset(requests, 0, sizeof(*requests));
	requests->timeout = TIMEOUT_DEFAULT;
	while (!error && param_next(&cmdline, &param)) {
		name = param.name;
		if (param_named(&param, PARAM_KERNEL_IDS)) {
			ids = param.value;
			error = check_ids_length(requests, ids);
		} else if (text_skip(&name, "rd.vfio") && (!*name || *name == '.')) {
			error = read_own(requests, &param);
		}
	}
	if (!error)
		error = read_kernel_ids(requests, ids);
	if (error)
		requests_free(requests);
	return error;
}

void requests_free(struct requests *requests)
{
	free(requests->claims.item);
	free(requests->keeps.item);
	free(requests->complaints);
	memset(requests, 0, sizeof(*requests));
}
