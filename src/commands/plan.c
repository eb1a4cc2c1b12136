/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.c - vfio-claim plan: shows what the next boot would do, in the words of its report
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../core/text.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/terminal.h"
#include "../image/module_option.h"
#include "../plan/next_boot.h"
#include "../plan/next_line.h"
#include "../plan/selector_args.h"
#include "command.h"
#include "plan_json.h"
#include "plan_lines.h"
#include "print_entries.h"

#define INDENT 4

struct plan_options {
	const char *cmdline;
	const char *entry; /* a name */
	const char *kver;
	bool json;
	char *selectors; /* "SEL,SEL", from malloc(3), or NULL */
};

/* --- output ------------------------------------------------------------------------------------
 */

static void print_line(void *to, const char *line)
{
	(void)to;
	print_folded(INDENT, line);
}

/* Returns the options on the command line for modules of vfio and KVM; vfio-pci.ids= is a claim. */
static struct string_set find_options(const char *cmdline)
{
	char *options = cmdline_module_options(cmdline), *rest = options, *word;
	struct module_option option;
	struct string_set words = { 0 };

	while (options && (word = config_word(&rest)))
		if (!module_option_parse(&option, word))
			string_set_append(&words, word);
	free(options);
	return words;
}

static void print_options(const char *cmdline)
{
	struct string_set words = find_options(cmdline);
	struct text line;
	size_t i;

	text_set(&line, "Module options:");
	for (i = 0; i < words.count; i++)
		text_add(&line, " %s", words.name[i]);
	if (words.count)
		print_folded(INDENT, line.data);
	string_set_free(&words);
}

static int print_plan(const struct next_boot *next, const char *sysroot, const char *cmdline)
{
	bool all = plan_tell(next, sysroot, print_line, NULL);

	if (!boot_plan_asks(&next->boot_plan))
		puts("No devices requested for the next boot.");
	print_options(cmdline);
	print_entries(sysroot);
	return all ? EXIT_OK : EXIT_FAILED;
}

static void append_line(void *to, const char *line)
{
	json_append(to, json_text(line));
}

/* Returns a descriptor of /sys, or -1. */
static int open_sys(const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	free(path);
	return sys;
}

static struct json_object *list_devices(const struct next_boot *next, const char *sysroot)
{
	struct json_object *list = json_object_new_array(), *device;
	const struct plan *plan = &next->boot_plan.plan;
	const struct decision *decision;
	char *driver, now[NAME_SIZE];
	int sys = open_sys(sysroot);
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (!decision->because || decision->verdict == VERDICT_PASSED)
			continue;
		driver = decision->verdict == VERDICT_CLAIM && !next->unfit
				 ? next_boot_driver(sysroot, decision)
				 : NULL;
		device = json_decision(decision);
		/* The plan has forgotten the vfio drivers of this boot. */
		pci_link(sys, decision->device->slot, "driver", now);
		json_object_object_add(device, "driver", json_text(now[0] ? now : NULL));
		json_object_object_add(device, "next_driver", json_text(driver));
		json_append(list, device);
		free(driver);
	}
	if (sys >= 0)
		close(sys);
	return list;
}

static struct json_object *list_vfs(const struct next_boot *next)
{
	struct json_object *list = json_object_new_array(), *one;
	const struct vfs_request *request;
	struct text why;
	bool off = next->boot_plan.requests.off, refused;
	size_t i;

	for (i = 0; i < next->vfs.count; i++) {
		request = &next->vfs.list[i];
		text_set(&why, "rd.vfio=0");
		refused = off || next_boot_lacks_vfs(&why, next, request);
		one = json_object_new_object();
		json_object_object_add(one, "because", json_setting(request->param, request->text));
		json_object_object_add(one, "slot",
				       json_text(request->slot[0] ? request->slot : NULL));
		json_object_object_add(one, "requested", json_object_new_int((int)request->count));
		json_object_object_add(one, "refused", json_text(refused ? why.data : NULL));
		json_append(list, one);
	}
	return list;
}

/* @file: the entry's, or NULL. */
static int print_json(const struct next_boot *next, const char *sysroot, const char *cmdline,
		      const char *file, const char *kver)
{
	struct string_set options = find_options(cmdline);
	struct json_object *all = json_object_new_object(), *lines = json_object_new_array();
	bool done = plan_tell(next, sysroot, append_line, lines);
	int status;

	json_object_object_add(all, "entry", json_text(file));
	json_object_object_add(all, "kernel", json_text(kver));
	json_add_requests(all, &next->boot_plan);
	json_object_object_add(all, "ok", json_object_new_boolean(done));
	json_object_object_add(all, "devices", list_devices(next, sysroot));
	json_object_object_add(all, "virtual_functions", list_vfs(next));
	json_object_object_add(all, "report", lines);
	json_object_object_add(all, "module_options", json_strings(&options));
	string_set_free(&options);
	json_object_object_add(all, "entries", json_entries(sysroot));
	status = json_print(all);
	return done ? status : EXIT_FAILED;
}

/* --- the command -------------------------------------------------------------------------------
 */

/* @file: that of the next boot's entry, or NULL. Returns an exit status. */
static int show(const char *sysroot, const struct plan_options *options, const char *cmdline,
		const char *kver, const char *file)
{
	struct next_boot next;
	int status = EXIT_FAILED;

	if (next_boot_find(&next, sysroot, cmdline, kver) == 0)
		status = options->json ? print_json(&next, sysroot, cmdline, file, kver)
				       : print_plan(&next, sysroot, cmdline);
	next_boot_free(&next);
	return status;
}

/* For a given command line. Returns an exit status. */
static int show_given(const char *sysroot, const struct plan_options *options)
{
	const char *kver = options->kver;
	char *release = NULL;
	int status = EXIT_FAILED;

	if (!kver)
		kver = release = boot_plan_running_kernel(sysroot);
	if (kver)
		status = show(sysroot, options, options->cmdline, kver, NULL);
	free(release);
	return status;
}

/* For the default entry, with the selectors instead of its claims, or for a named one. Returns an
 * exit status. */
static int show_next(const char *sysroot, const struct plan_options *options)
{
	struct next_line line;
	char *cmdline = NULL;
	int status = EXIT_FAILED;
	int result = options->entry ? next_line_find_named(&line, sysroot, options->entry)
				    : next_line_find(&line, sysroot);

	if (result == 0)
		cmdline = next_line_with(line.cmdline, options->selectors);
	if (cmdline)
		status = show(sysroot, options, cmdline, options->kver ? options->kver : line.kver,
			      line.file);
	free(cmdline);
	next_line_free(&line);
	return status;
}

static struct plan_options given;

static int run(const char *sysroot, const struct arguments *args)
{
	int status;

	if (given.selectors && given.cmdline)
		status = usage_error(args, "selectors or --cmdline, not both");
	else if (given.entry && (given.selectors || given.cmdline))
		status = usage_error(args, "--entry has claims and a command line of its own: no "
					   "selectors, and no --cmdline");
	else
		status = given.cmdline ? show_given(sysroot, &given) : show_next(sysroot, &given);
	free(given.selectors);
	given = (struct plan_options){ 0 }; /* tests/property runs it again and again */
	return status;
}

static const struct option_def options[] = {
	{ .name = "cmdline",
	  .value = "STRING",
	  .text = &given.cmdline,
	  .help = "the kernel command line of the next boot" },
	{ .name = "entry",
	  .value = "NAME",
	  .take = take_entry_name,
	  .to = &given.entry,
	  .help = "show what a boot of this entry would do, of 'vfio-claim enable --entry'" },
	{ .name = "kernel",
	  .value = "KVER",
	  .text = &given.kver,
	  .help = "its kernel, as 'uname -r' prints it; by default that of the entry" },
	{ .name = "json", .flag = &given.json, .help = "print one JSON document" },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "everything requested would be claimed, or nothing is requested" },
	{ "1", "something would be refused, is not there, or is malformed" },
	{ "2", "wrong usage; SEL is not a selector" },
	{ .term = NULL },
};

const struct command plan_command = {
	.name = "plan",
	.group = GROUP_LOOK,
	.purpose = "show what the next boot would do",
	.synopsis = "[SEL...] [OPTIONS]\n--cmdline STRING [OPTIONS]\n--entry NAME [OPTIONS]",
	.help = "Shows what the next boot would do, in the lines that it would report. Nothing is "
		"changed. The decisions are made by the boot program's own code. Warnings tell "
		"what is known now but not to the boot program.\n"
		"The requests come from /etc/vfio-claim.conf and from a kernel command line: that "
		"of the boot menu's default entry, with SEL as 'vfio-claim enable SEL' would "
		"write it; STRING; or that of the named entry. The image is assumed to be built on "
		"this machine, for this "
		"machine (dracut: with hostonly).",
	.options = options,
	.operand = { "SEL", selector_args_add, &given.selectors },
	.sysroot_help = "read everything below DIR",
	.statuses = statuses,
	.run = run,
};
