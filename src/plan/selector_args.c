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

#define CLAIM "rd.vfio.claim"
#define KEEP  "rd.vfio.keep"

/* Prints an error if @requests has a mistake. Returns EXIT_OK or EXIT_USAGE. */
static int check_requests(const struct arguments *args, const struct requests *requests)
{
	struct text why = { 0 };

	if (requests->complaint_count) {
		words_of_why(&why, requests->complaints);
		return usage_error(args, "'%s' is not a selector: %s", requests->complaints->value,
				   why.data);
	}
	if (!requests->claims.count && !requests->keeps.count)
		return usage_error(args, "'%s' is not a selector", args->value);
	return EXIT_OK;
}

/*
 * Checks @list with the boot program's own parser. Returns EXIT_OK, or another exit status after
 * printing an error.
 */
static int check_list(const struct arguments *args, const char *param, const char *list)
{
	struct request_texts texts = { 0 };
	struct requests requests;
	int status;

	/* On a command line these would end it. */
	if (strpbrk(list, " \t\n\v\f\r\"\xa0"))
		return usage_error(args, "'%s' is not a selector: it has a blank or a quote in it",
				   list);
	if (asprintf(&texts.cmdline, "%s=%s", param, list) < 0 ||
	    requests_read(&requests, &texts) < 0) {
		message_errno(ENOMEM, "%s", list);
		return EXIT_FAILED;
	}
	status = check_requests(args, &requests);
	requests_free(&requests);
	free(texts.cmdline);
	return status;
}

/*
 * Returns *@list plus @text, which may be a list, without blanks around commas, which would end it
 * on a command line: a new string, or NULL if out of memory. *@fresh: where those of @text begin.
 */
static char *join(const char *list, const char *text, size_t *fresh)
{
	size_t size = (list ? strlen(list) : 0) + strlen(text) + 2;
	char *copy = strdup(text), *cursor = copy, *joined = copy ? malloc(size) : NULL, *item;
	size_t len;

	if (joined) {
		len = (size_t)sprintf(joined, "%s", list ? list : "");
		*fresh = len ? len + 1 : 0;
		while ((item = param_item(&cursor, ",")))
			len += (size_t)sprintf(joined + len, "%s%s", len ? "," : "", item);
	}
	free(copy);
	return joined;
}

static int add(const struct arguments *args, const char *param, char **list)
{
	size_t fresh;
	char *joined = join(*list, args->value, &fresh);
	int status;

	if (!joined) {
		message_errno(ENOMEM, "%s", args->value);
		return EXIT_FAILED;
	}
	status = check_list(args, param, strlen(joined) > fresh ? joined + fresh : args->value);
	if (status == EXIT_OK) {
		free(*list);
		*list = joined;
	} else {
		free(joined);
	}
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

char *selector_args_word(const char *list)
{
	char *word;

	return asprintf(&word, CLAIM "=%s", list) < 0 ? NULL : word;
}
