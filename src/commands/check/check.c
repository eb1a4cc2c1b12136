/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.c - vfio-claim check: can this machine pass devices through, and what is wrong?
 */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../../host/terminal.h"
#include "../../plan/boot_plan.h"
#include "../../plan/next_line.h"
#include "../../plan/selector_args.h"
#include "../command.h"
#include "../json.h"

/* The column after the level. */
#define INDENT 9

/* 1 and 2 are warnings and problems. */
#define EXIT_UNCHECKED 3

static enum colour level_colour(enum level level)
{
	static const enum colour colours[] = {
		[LEVEL_OK] = COLOUR_GOOD,
		[LEVEL_WARNING] = COLOUR_CARE,
		[LEVEL_PROBLEM] = COLOUR_BAD,
	};

	return colours[level];
}

/* Prints the level, the finding, and what to do. */
static void print_finding(const struct finding *finding)
{
	const char *level = level_name(finding->level);
	char *line;

	if (asprintf(&line, "%s%s%s", finding->what, finding->fix ? "; do: " : "",
		     finding->fix ? finding->fix : "") < 0)
		return;
	print_coloured(level_colour(finding->level), level);
	printf("%*s", INDENT - (int)strlen(level), "");
	print_folded_behind(INDENT, INDENT, line);
	free(line);
}

static void print_summary(const struct findings *findings)
{
	size_t count[] = { [LEVEL_OK] = 0, [LEVEL_WARNING] = 0, [LEVEL_PROBLEM] = 0 };
	size_t i;

	for (i = 0; i < findings->count; i++)
		count[findings->list[i].level]++;
	printf("Summary: %zu problem%s, %zu warning%s, %zu ok\n", count[LEVEL_PROBLEM],
	       count[LEVEL_PROBLEM] == 1 ? "" : "s", count[LEVEL_WARNING],
	       count[LEVEL_WARNING] == 1 ? "" : "s", count[LEVEL_OK]);
}

static struct json_object *json_texts(const struct string_set *texts)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < texts->count; i++)
		json_append(list, json_text(texts->name[i]));
	return list;
}

static struct json_object *json_finding(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "level", json_text(level_name(finding->level)));
	json_object_object_add(object, "topic", json_text(finding->topic));
	json_object_object_add(object, "what", json_text(finding->what));
	json_object_object_add(object, "fix", json_text(finding->fix));
	json_object_object_add(object, "file", json_text(finding->file));
	json_object_object_add(object, "line",
			       finding->line ? json_object_new_int64(finding->line) : NULL);
	json_object_object_add(object, "devices", json_texts(&finding->devices));
	return object;
}

static int print_json(const struct findings *findings)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < findings->count; i++)
		json_append(list, json_finding(&findings->list[i]));
	json_object_object_add(document, "level", json_text(level_name(findings_level(findings))));
	json_object_object_add(document, "findings", list);
	return json_print(document);
}

/* Returns the exit status. */
static int show(struct findings *findings, bool json)
{
	static const int statuses[] = {
		[LEVEL_OK] = 0,
		[LEVEL_WARNING] = 1,
		[LEVEL_PROBLEM] = 2,
	};
	size_t i;

	findings_sort(findings);
	if (findings->incomplete) {
		message_errno(ENOMEM, "not everything could be checked");
		return EXIT_UNCHECKED;
	}
	if (json && print_json(findings) != EXIT_OK)
		return EXIT_UNCHECKED;
	for (i = 0; !json && i < findings->count; i++)
		print_finding(&findings->list[i]);
	if (!json)
		print_summary(findings);
	return statuses[findings_level(findings)];
}

/* Looks at everything. Returns the exit status. */
static int check_all(struct check *check, bool json)
{
	check_host(check);
	check_kernels(check);
	check_leftovers(check);
	check_cmdline(check);
	check_esps(check);
	check_enabled(check);
	check_preflight(check);
	check_guest(check);
	return check_devices(check) == 0 ? show(&check->findings, json) : EXIT_UNCHECKED;
}

/* Finds what the next boot will have. Returns 0, or -1 after printing an error. */
static int find_next(struct check *check, const char *selectors, struct next_line *line,
		     char **cmdline)
{
	struct messages messages = { 0 };
	int result;

	messages_collect(&messages);
	result = next_line_find(line, check->sysroot);
	if (result == 0)
		*cmdline = next_line_with(line->cmdline, selectors);
	messages_collect(NULL);
	if (!*cmdline)
		result = -1;
	if (result < 0)
		messages_print(&messages);
	findings_add_messages(&check->findings, check->sysroot, "menu", &messages);
	check->next_cmdline = *cmdline;
	check->next_kver = line->kver;
	return result;
}

/* @selectors: "SEL,SEL", or NULL. Returns the exit status. */
static int check_next(struct check *check, const char *selectors, bool json)
{
	struct next_line line;
	char *cmdline = NULL;
	int status = EXIT_UNCHECKED;

	if (find_next(check, selectors, &line, &cmdline) == 0)
		status = check_all(check, json);
	free(cmdline);
	next_line_free(&line);
	return status;
}

/* @selectors: "SEL,SEL", or NULL. Returns the exit status. */
static int check_system(struct check *check, const char *selectors, bool json)
{
	const char *sysroot = check->sysroot;
	char *kver = sysroot_read(sysroot, "/proc/sys/kernel/osrelease"), *running = NULL;
	char *word = selectors ? selector_args_word(selectors) : NULL;
	int status = EXIT_UNCHECKED;

	if (boot_plan_read_text(sysroot, "/proc/cmdline", &running) == 0 && running && kver) {
		check->kver = kver;
		check->running = running;
		check->asked = word ? word : running;
		status = check_next(check, selectors, json);
	} else {
		message_error("there is no %s/proc; in a chroot, mount it", sysroot);
	}
	free(word);
	free(running);
	free(kver);
	return status;
}

static bool json, guest;
static unsigned long memory;
static char *asked;

static int run(const char *sysroot, const struct arguments *args)
{
	struct check check = { .sysroot = sysroot, .guest = guest, .memory = memory };
	int status;

	if (memory && !guest) {
		usage_error(args, "--memory is that of the guest: add --guest");
		return EXIT_UNCHECKED;
	}
	status = check_system(&check, asked, json);
	findings_free(&check.findings);
	string_set_free(&check.groups);
	free(asked);
	return status;
}

static const struct option_def options[] = {
	{ .name = "guest",
	  .flag = &guest,
	  .help = "also check whether a virtual machine with the devices starts: their present "
		  "drivers, resets, VGA and ROM, memory, and settings of KVM" },
	{ .name = "memory",
	  .value = "GIB",
	  .take = check_take_memory,
	  .to = &memory,
	  .help = "with --guest, the memory of the virtual machine in GiB: whether there is "
		  "enough, also in hugepages, and whether this user may lock it" },
	{ .name = "json", .flag = &json, .help = "print one JSON document" },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "all is well" },
	{ "1", "there are warnings: something may go wrong, or cannot be determined" },
	{ "2", "there are problems" },
	{ "3", "nothing was checked: wrong usage, or there is no PCI bus" },
	{ .term = NULL },
};

const struct command check_command = {
	.name = "check",
	.group = GROUP_LOOK,
	.purpose = "check whether this machine can pass devices through",
	.synopsis = "[SEL...] [--guest [--memory GIB]] [OPTIONS]",
	.help = "Checks whether this machine can give devices to virtual machines: processor, "
		"IOMMU, installed kernels and their images, settings that are in the way, and "
		"each requested device: whether the next boot would claim it, and what shares its "
		"IOMMU group; with --guest, also whether a virtual machine with them starts. Each "
		"finding is one line: ok, warning or problem, and what to do. "
		"Nothing is changed. Run it as root, or it may not be able to read the images.\n"
		"The requested devices are those of the boot menu's default entry and "
		"/etc/vfio-claim.conf; with SEL, those that would be requested after 'vfio-claim "
		"enable SEL'.",
	.options = options,
	.operand = { "SEL", selector_args_add, &asked },
	.sysroot_help = "check the system below DIR",
	.statuses = statuses,
	.failed_status = EXIT_UNCHECKED,
	.run = run,
};
