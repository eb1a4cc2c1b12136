/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "selector_args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../core/requests.h"
#include "../core/words.h"
#include "../host/messages.h"

#define CLAIM "rd.vfio.claim="
#define KEEP  "rd.vfio.keep="

/* Adds to what @param lists. Gives 0 or -1 after a message. */
static int append(char **cmdline, const char *param, const char *text)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *cmdline ? *cmdline : param, *cmdline ? "," : "", text) <
	    0) {
		complain_errno(ENOMEM, "%s", text);
		return -1;
	}
	free(*cmdline);
	*cmdline = longer;
	return 0;
}

/* Complains about the first of @requests that cannot be understood. Gives EXIT_OK or EXIT_USAGE. */
static int check_requests(const struct arguments *args, const struct requests *requests,
			  const char *selector)
{
	const struct complaint *complaint = requests->complaints;
	struct text why = { 0 };

	if (requests->complaint_count) {
		words_of_why(&why, complaint);
		return usage_error(args, "'%s' is no selector: %s", complaint->value, why.data);
	}
	if (!requests->claims.count && !requests->keeps.count)
		return usage_error(args, "'%s' is no selector", selector);
	return EXIT_OK;
}

/*
 * A copy of the list @text without the blanks around its commas, which on a command line would end
 * it; NULL without memory.
 */
static char *without_blanks(const char *text)
{
	char *copy = strdup(text), *cursor = copy, *list = NULL, *end, *item;

	if (copy)
		list = end = malloc(strlen(copy) + 1);
	while (list && (item = param_item(&cursor, ",")))
		end += sprintf(end, "%s%s", end > list ? "," : "", item);
	if (list)
		*end = '\0';
	free(copy);
	return list;
}

/*
 * Has the boot program's own parser read one operand, which may be a list. Gives an exit status,
 * after a message unless EXIT_OK.
 */
static int check_selector(const struct arguments *args, const char *param, const char *selector)
{
	struct request_texts texts = { 0 };
	struct requests requests;
	int status;

	/* On a command line these would end it. */
	if (strpbrk(selector, " \t\n\v\f\r\"\xa0"))
		return usage_error(args, "'%s' is no selector: it has a blank or a quote in it",
				   selector);
	if (asprintf(&texts.cmdline, "%s%s", param, selector) < 0 ||
	    requests_read(&requests, &texts) < 0) {
		complain_errno(ENOMEM, "%s", selector);
		return EXIT_FAILED;
	}
	status = check_requests(args, &requests, selector);
	requests_free(&requests);
	free(texts.cmdline);
	return status;
}

static int add(const struct arguments *args, const char *param, char **cmdline)
{
	char *list = without_blanks(args->value);
	int status = EXIT_FAILED;

	if (!list)
		complain_errno(ENOMEM, "%s", args->value);
	else
		status = check_selector(args, param, list[0] ? list : args->value);
	if (status == EXIT_OK && append(cmdline, param, list) < 0)
		status = EXIT_FAILED;
	free(list);
	return status;
}

int selector_args_add(const struct arguments *args, void *to)
{
	return add(args, CLAIM, to);
}

int selector_args_add_keep(const struct arguments *args, void *to)
{
	return add(args, KEEP, to);
}
