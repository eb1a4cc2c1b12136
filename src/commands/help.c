/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help.c - vfio-claim help: prints the tables of the commands as text
 */
#include <stdio.h>
#include <string.h>

#include "../host/terminal.h"
#include "command.h"

/* The same with and without a terminal. */
#define WIDTH 80

/* A wider term has a line of its own. */
#define TERM_MAX 18

/* Prints a line of text, folded, starting in column @taken. Returns what follows it. */
static const char *print_text(const char *text, int taken, int indent)
{
	size_t len = strcspn(text, "\n");
	const char *end = text + len;

	while (text < end) {
		len = (size_t)(end - text);
		if (len > (size_t)(WIDTH - taken))
			len = fitting_words(text, (size_t)(WIDTH - taken));
		printf("%.*s\n", (int)len, text);
		text += len;
		text += strspn(text, " ");
		taken = indent;
		if (text < end)
			printf("%*s", indent, "");
	}
	return *end ? end + 1 : end;
}

/* @width: that of the widest term. */
static void print_item(const char *term, int width, const char *text)
{
	const int indent = 2 + width + 2;

	if ((int)strlen(term) > width)
		printf("  %s\n%*s", term, indent, "");
	else
		printf("  %-*s", width + 2, term);
	print_text(text, indent, indent);
}

static int wider(int width, const char *term)
{
	const int len = (int)strlen(term);

	return len > width && len <= TERM_MAX ? len : width;
}

static void print_items(const struct help_item *items)
{
	const struct help_item *item;
	int width = 0;

	for (item = items; item->term; item++)
		width = wider(width, item->term);
	for (item = items; item->term; item++)
		print_item(item->term, width, item->text);
}

static const char *option_term(const struct option_def *option, char *buffer, size_t size)
{
	snprintf(buffer, size, "--%s%s%s", option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	return buffer;
}

static int widest_option(const struct option_def *options, int width)
{
	char term[80];

	for (; options->name; options++)
		width = wider(width, option_term(options, term, sizeof(term)));
	return width;
}

static void print_options(const struct option_def *options, const char *sysroot_help)
{
	const int width = widest_option(common_options, widest_option(options, 0));
	const struct option_def *tables[] = { options, common_options }, *option;
	char term[80];
	size_t i;

	puts("\nOptions:");
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (option = tables[i]; option->name; option++)
			print_item(option_term(option, term, sizeof(term)), width,
				   option == common_options && sysroot_help ? sysroot_help
									    : option->help);
}

static void print_synopsis(const struct command *command)
{
	const char *line = command->synopsis, *begin = "Usage: ";

	do {
		size_t len = strcspn(line, "\n");

		printf("%svfio-claim %s%s%.*s\n", begin, command->name, len ? " " : "", (int)len,
		       line);
		line += len + (line[len] == '\n');
		begin = "       ";
	} while (*line);
}

static void print_sections(const struct help_section *section)
{
	for (; section && section->title; section++) {
		printf("\n%s:\n", section->title);
		if (section->text) {
			printf("  ");
			print_text(section->text, 2, 2);
		}
		if (section->items)
			print_items(section->items);
	}
}

static const struct help_item selectors[] = {
	{ "02:00.0", "the function in this slot" },
	{ "02:00.*", "all functions of the card in this slot" },
	{ "00:01.0/00.0", "the function at this path from the root bus; see 'vfio-claim list "
			  "--paths'" },
	{ "00:1c.4/*", "everything behind the bridge in this slot or at this path" },
	{ "SEL@10de:1e07", "one of the above, only if the device has this ID" },
	{ "10de:1e07", "every device with this ID" },
	{ .term = NULL },
};

static const struct help_section selector_sections[] = {
	{ .title = "SEL (several are separated by commas; see vfio-claim(7))", .items = selectors },
	{ .title = NULL },
};

static void print_command(const struct command *command)
{
	const char *text = command->help;

	print_synopsis(command);
	while (*text) {
		puts("");
		text = print_text(text, 0, 0);
	}
	print_options(command->options, command->sysroot_help);
	if (command->operand.name && strcmp(command->operand.name, "SEL") == 0)
		print_sections(selector_sections);
	print_sections(command->sections);
	puts("\nExit status:");
	print_items(command->statuses);
}

static void print_commands(void)
{
	const char *group = "";
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (!commands[i]->group)
			continue;
		if (strcmp(group, commands[i]->group) != 0)
			printf("\n%s:\n", commands[i]->group);
		group = commands[i]->group;
		printf("  %-8s  %s\n", commands[i]->name, commands[i]->purpose);
	}
}

void help_print(const struct command *command)
{
	if (command) {
		print_command(command);
		return;
	}
	puts("Usage: vfio-claim [--sysroot DIR] COMMAND [OPTIONS]\n\n"
	     "Claims PCI devices for vfio-pci before any other driver can bind them.");
	print_commands();
	print_options(global_options, NULL);
	puts("\nExit status: 0 success, 1 failure, 2 wrong usage; check has its own.\n"
	     "'vfio-claim help COMMAND' shows the options of a command.");
}

/* --- the command -------------------------------------------------------------------------------
 */

static const struct command *wanted;

static int take_command(const struct arguments *args, void *to)
{
	(void)to;
	wanted = command_find(args->value);
	return wanted ? EXIT_OK : usage_error(args, "there is no command '%s'", args->value);
}

static int run(const char *sysroot, const struct arguments *args)
{
	(void)sysroot;
	(void)args;
	help_print(wanted);
	return EXIT_OK;
}

static const struct option_def options[] = { { .name = NULL } };

static const struct help_item statuses[] = {
	{ "0", "success" },
	{ "1", "the help could not be written" },
	{ "2", "wrong usage, or there is no such command" },
	{ .term = NULL },
};

const struct command help_command = {
	.name = "help",
	.group = GROUP_HELP,
	.purpose = "show this help, or that of a command",
	.synopsis = "[COMMAND]",
	.help = "Shows the commands, or the help of one command, as 'vfio-claim COMMAND --help' "
		"does.",
	.options = options,
	.operand = { .name = "COMMAND", .take = take_command },
	.statuses = statuses,
	.run = run,
};
