/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "option_args.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/cmdline_removal.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../image/modprobe_conf.h"
#include "../image/module_option.h"

/* Appends @word to the words *@list. Returns 0 or -ENOMEM. */
static int append(char **list, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list && **list ? " " : "", word) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

int option_args_add(const struct arguments *args, void *to)
{
	struct module_option option;
	const char *wrong = module_option_parse(&option, args->value);
	char **list = to, *given, *word;
	int err;

	if (wrong)
		return usage_error(args, "--option %s: %s", args->value, wrong);
	given = *list ? module_option_on(&option, *list) : NULL;
	free(given);
	if (given)
		return usage_error(args, "--option %s: %s.%s is given twice", args->value,
				   option.module, option.parameter);
	word = module_option_word(&option);
	err = word ? append(list, word) : -ENOMEM;
	free(word);
	if (err)
		message_errno(err, "--option %s", args->value);
	return err ? EXIT_FAILED : EXIT_OK;
}

/* --- before they are set -----------------------------------------------------------------------
 */

struct settling {
	const char *sysroot, *kver, *cmdline;
	const char *word; /* the option, as on a command line */
	struct module_option option;
};

/* Returns 0, or -1 after printing that the kernel does not have it. */
static int check_kernel(const struct settling *settling)
{
	const struct module_option *option = &settling->option;
	char *type;
	int result = -1;

	switch (module_option_fit(option, settling->sysroot, settling->kver, &type)) {
	case OPTION_FITS:
		result = 0;
		break;
	case OPTION_UNKNOWN:
		message_warning("%s: kernel %s does not tell which parameters %s has, so this was "
				"not checked; after the reboot, see 'vfio-claim status'",
				settling->word, settling->kver, option->module);
		result = 0;
		break;
	case OPTION_NO_MODULE:
		message_error("%s: kernel %s has no module %s", settling->word, settling->kver,
			      option->module);
		break;
	case OPTION_NO_PARAMETER:
		message_error("%s: the module %s of kernel %s has no parameter %s; 'modinfo -p %s' "
			      "lists those that it has",
			      settling->word, option->module, settling->kver, option->parameter,
			      option->module);
		break;
	case OPTION_BAD_VALUE:
		message_error("%s: the parameter is of type %s, and with this value the module "
			      "would not be loaded",
			      settling->word, type);
		break;
	case OPTION_ERROR:
		break;
	}
	free(type);
	return result;
}

/*
 * Sets *@is_there if the command line has the option already. Returns 0, or -1 after printing that
 * it has another value.
 */
static int check_line(const struct settling *settling, bool *is_there)
{
	const struct module_option *option = &settling->option;
	char *value = module_option_on(option, settling->cmdline), *other = NULL, *how = NULL;
	bool differs;

	*is_there = value && module_option_is(option, value);
	differs = value && !*is_there;
	if (*is_there)
		printf("%s is already on the kernel command line, and not by vfio-claim: it stays "
		       "there.\n",
		       settling->word);
	else if (differs && asprintf(&other, "%.*s=%s", (int)strcspn(settling->word, "="),
				     settling->word, value) < 0)
		other = NULL;
	if (other)
		how = cmdline_removal(settling->sysroot, NULL, other);
	if (differs)
		message_error("%s: the kernel command line already has %s; first: %s",
			      settling->word, other ? other : "another value",
			      how ? how : "remove it");
	free(how);
	free(other);
	free(value);
	return differs ? -1 : 0;
}

/* Prints a line of modprobe.d that sets the parameter, too: modprobe puts the command line last. */
static void tell_line(void *to, struct modprobe_line *line)
{
	const struct settling *settling = to;
	char *rest = line->rest, *word;
	size_t len = strlen(settling->option.parameter);
	char name[OPTION_NAME_SIZE];

	if (strcmp(line->command, "options") != 0 ||
	    strcmp(line->name, settling->option.module) != 0)
		return;
	while ((word = config_word(&rest))) {
		if (word[strcspn(word, "=")])
			word[strcspn(word, "=")] = '\0';
		if (strlen(word) == len && module_name(name, sizeof(name), word) &&
		    strcmp(name, settling->option.parameter) == 0)
			printf("%s%s, line %u, sets %s, too: the kernel command line overrides "
			       "it.\n",
			       settling->sysroot, line->path, line->number, word);
	}
}

/* Adds the option to *@words unless it is there. Returns 0, or -1 after printing an error. */
static int settle(struct settling *settling, char **words)
{
	bool is_there;
	int err;

	if (module_option_parse(&settling->option, settling->word))
		return -1;
	if (check_line(settling, &is_there) < 0 || check_kernel(settling) < 0)
		return -1;
	if (is_there)
		return 0;
	modprobe_conf_read(settling->sysroot, tell_line, settling);
	err = append(words, settling->word);
	if (err)
		message_errno(err, "%s", settling->word);
	return err ? -1 : 0;
}

char *option_args_settle(const char *options, const char *sysroot, const char *kver,
			 const char *cmdline)
{
	struct settling settling = { .sysroot = sysroot, .kver = kver, .cmdline = cmdline };
	char *copy = strdup(options), *rest = copy, *words = strdup("");
	bool done = copy && words;

	if (!done)
		message_errno(ENOMEM, "the options");
	while (done && (settling.word = config_word(&rest)))
		done = settle(&settling, &words) == 0;
	free(copy);
	if (done)
		return words;
	free(words);
	return NULL;
}

char *option_args_join(const char *options, const char *old)
{
	char *words = strdup(options), *copy = strdup(old), *rest = copy, *word, *newer;
	struct module_option option;
	int err = words && copy ? 0 : -ENOMEM;

	while (!err && (word = config_word(&rest))) {
		if (module_option_parse(&option, word))
			continue;
		newer = module_option_on(&option, options);
		if (!newer)
			err = append(&words, word);
		free(newer);
	}
	free(copy);
	if (!err)
		return words;
	free(words);
	return NULL;
}
