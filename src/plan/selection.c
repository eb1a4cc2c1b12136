/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "selection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/words.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "whereabouts.h"

/* "A,B" of the words that are left, for the line of a vfio-claim.conf; NULL without memory. */
static char *join_words(const struct arguments *args)
{
	size_t size = 1;
	char *list, *end;
	int i;

	for (i = args->at; i < args->count; i++)
		size += strlen(args->word[i]) + 1;
	list = end = malloc(size);
	for (i = args->at; list && i < args->count; i++)
		end += sprintf(end, "%s%s", i > args->at ? "," : "", args->word[i]);
	return list;
}

/* What the words must not have, as they become lines of text. */
static int check_words(const struct arguments *args)
{
	int i;

	if (args->at >= args->count)
		return usage_error(args, "no device was named");
	for (i = args->at; i < args->count; i++) {
		if (args->word[i][0] == '-')
			return usage_error(args, "'%s': options stand before the selectors",
					   args->word[i]);
		if (!args->word[i][0] || strchr(args->word[i], '\n'))
			return usage_error(args, "'%s' is no selector", args->word[i]);
	}
	return EXIT_OK;
}

/* The first malformed selector, said. */
static int check_parsed(const struct requests *requests, const struct arguments *args)
{
	const struct complaint *complaint = requests->complaints;
	struct text why = { 0 };

	if (requests->complaint_count) {
		words_of_why(&why, complaint);
		return usage_error(args, "'%s': %s", complaint->value, why.data);
	}
	/* Commas alone. */
	if (!requests->claims.count)
		return usage_error(args, "no device was named");
	return EXIT_OK;
}

/* Gives 0 or a negative errno value. */
static int read_words(struct selection *selection, const struct arguments *args)
{
	struct request_texts texts = { 0 };
	char no_cmdline[] = "", *list = join_words(args);
	int len;

	if (!list)
		return -ENOMEM;
	len = asprintf(&selection->conf, "claim = %s\nforce = %s", list, list);
	free(list);
	if (len < 0) {
		selection->conf = NULL;
		return -ENOMEM;
	}
	texts.cmdline = no_cmdline;
	texts.conf = selection->conf;
	return requests_read(&selection->requests, &texts);
}

/* Gives 0 or a negative errno value. */
static int look(struct selection *selection)
{
	char *path = path_below(selection->sysroot, "/sys");
	int err;

	selection->sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	free(path);
	if (selection->sys < 0)
		return -errno;
	err = snapshot_take(&selection->snapshot, selection->sys, &selection->requests, DEPTH_ALL,
			    NULL);
	if (err)
		return err;
	selection->snapshot.iommu = true;
	return decide(&selection->plan, &selection->requests, &selection->snapshot);
}

int selection_make(struct selection *selection, const struct arguments *args)
{
	int err, status = check_words(args);

	selection->sys = -1;
	if (status != EXIT_OK)
		return status;
	err = read_words(selection, args);
	if (err) {
		complain_errno(err, "cannot read the selectors");
		return EXIT_FAILED;
	}
	status = check_parsed(&selection->requests, args);
	if (status != EXIT_OK)
		return status;
	err = look(selection);
	if (err) {
		complain_errno(err, "cannot look at %s/sys/bus/pci/devices", selection->sysroot);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

/* Says why a device that is named is left alone. Gives whether it is. */
static bool refuse(const struct decision *decision)
{
	const char *slot = decision->device->slot;

	switch (decision->verdict) {
	case VERDICT_BRIDGE:
		complain("%s: it is a bridge, and no virtual machine can have one", slot);
		return true;
	case VERDICT_OTHER_ID:
		complain("%s: it is not the device that %s asks for", slot,
			 decision->because->text);
		return true;
	case VERDICT_UNREADABLE:
		complain("%s: its ID cannot be read", slot);
		return true;
	default:
		return false;
	}
}

static void complain_line(void *to, const char *line)
{
	(void)to;
	/* It has no name here: these were given to a command. */
	complain("%s", strchr(line, '=') + 1);
}

unsigned int selection_refusals(const struct selection *selection)
{
	const struct plan *plan = &selection->plan;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		complain("%s: no such device", plan->unmatched[i]->text);
	for (i = 0; i < plan->count; i++)
		count += refuse(&plan->decisions[i]);
	whereabouts_tell(selection->sysroot, &selection->requests.claims, complain_line, NULL);
	return count + (unsigned int)plan->unmatched_count;
}

void selection_free(struct selection *selection)
{
	plan_free(&selection->plan);
	snapshot_free(&selection->snapshot);
	requests_free(&selection->requests);
	if (selection->sys >= 0)
		close(selection->sys);
	free(selection->conf);
}
