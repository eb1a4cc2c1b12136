/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.c - vfio-claim plan: what the next boot would do, in the words of its report
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../host/terminal.h"
#include "../plan/next_boot.h"
#include "../plan/next_line.h"
#include "../plan/selector_args.h"
#include "cmd.h"
#include "plan_json.h"
#include "plan_lines.h"

#define INDENT 4

enum {
	OPT_CMDLINE = OPT_COMMAND_FIRST,
	OPT_KERNEL,
	OPT_JSON,
};

static const struct option_def plan_options[] = {
	{ "help", false, OPT_HELP },      { "sysroot", true, OPT_SYSROOT },
	{ "cmdline", true, OPT_CMDLINE }, { "kernel", true, OPT_KERNEL },
	{ "json", false, OPT_JSON },      { NULL, false, 0 },
};

static const char plan_help[] =
	"Usage: vfio-claim plan [SEL...] [--cmdline STRING] [--kernel KVER] [--json]\n"
	"                       [--sysroot DIR]\n\n"
	"Shows what the next boot would do, in the lines that it would report; nothing is\n"
	"changed. The boot program's own rules decide. What this machine knows and the\n"
	"boot will not is warned of.\n\n"
	"The next boot is asked for what /etc/vfio-claim.conf and a kernel command line\n"
	"say: that of the boot menu's default entry, with SEL as 'vfio-claim enable SEL'\n"
	"would write it; or STRING. The image is assumed to be built on this machine, for\n"
	"this machine (dracut: with hostonly).\n\n"
	"Options:\n"
	"  --cmdline STRING  the kernel command line of the next boot\n"
	"  --kernel KVER     its kernel, as 'uname -r' prints it; else the entry's\n"
	"  --json            print one JSON document\n"
	"  --sysroot DIR     read everything below DIR\n"
	"  --help            show this\n\n"
	"Exit status:\n"
	"  0  all that is asked for would be claimed, or nothing is asked for\n"
	"  1  something would be refused, is not there, or cannot be understood\n"
	"  2  wrong usage; SEL is no selector\n";

struct plan_options {
	const char *cmdline;
	const char *kver;
	bool json;
	char *selectors; /* "rd.vfio.claim=SEL,SEL", from malloc(3), or NULL */
};

/* --- where the lines go ------------------------------------------------------------------------
 */

static void print_line(void *to, const char *line)
{
	(void)to;
	print_folded(INDENT, line);
}

static int print_plan(const struct next_boot *next, const char *sysroot)
{
	bool all = plan_tell(next, sysroot, print_line, NULL);

	if (!boot_plan_asks(&next->boot_plan))
		puts("Nothing is asked for at the next boot.");
	return all ? EXIT_OK : EXIT_FAILED;
}

static void append_line(void *to, const char *line)
{
	json_append(to, json_text(line));
}

static struct json_object *list_devices(const struct next_boot *next, const char *sysroot)
{
	struct json_object *list = json_object_new_array(), *device;
	const struct plan *plan = &next->boot_plan.plan;
	const struct decision *decision;
	char *driver;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (!decision->because || decision->verdict == VERDICT_PASSED)
			continue;
		driver = decision->verdict == VERDICT_CLAIM && !next->unfit
				 ? next_boot_driver(sysroot, decision)
				 : NULL;
		device = json_decision(decision);
		json_object_object_add(device, "driver", json_text(driver));
		json_append(list, device);
		free(driver);
	}
	return list;
}

/* @file: that the entry stands in, or NULL. */
static int print_json(const struct next_boot *next, const char *sysroot, const char *file,
		      const char *kver)
{
	struct json_object *all = json_object_new_object(), *lines = json_object_new_array();
	bool done = plan_tell(next, sysroot, append_line, lines);
	int status;

	json_object_object_add(all, "entry", json_text(file));
	json_object_object_add(all, "kernel", json_text(kver));
	json_add_requests(all, &next->boot_plan);
	json_object_object_add(all, "ok", json_object_new_boolean(done));
	json_object_object_add(all, "devices", list_devices(next, sysroot));
	json_object_object_add(all, "report", lines);
	status = json_print(all);
	return done ? status : EXIT_FAILED;
}

/* --- the command -------------------------------------------------------------------------------
 */

/* @file: that the next boot's entry stands in, or NULL. Returns an exit status. */
static int show(const char *sysroot, const struct plan_options *options, const char *cmdline,
		const char *kver, const char *file)
{
	struct next_boot next;
	int status = EXIT_FAILED;

	if (next_boot_find(&next, sysroot, cmdline, kver) == 0)
		status = options->json ? print_json(&next, sysroot, file, kver)
				       : print_plan(&next, sysroot);
	next_boot_free(&next);
	return status;
}

/* The command line was given. Returns an exit status. */
static int show_given(const char *sysroot, const struct plan_options *options)
{
	const char *kver = options->kver;
	char *release = NULL;
	int status = EXIT_FAILED;

	if (!kver)
		kver = release = sysroot_read(sysroot, "/proc/sys/kernel/osrelease");
	if (kver)
		status = show(sysroot, options, options->cmdline, kver, NULL);
	else
		complain("there is no %s/proc/sys/kernel/osrelease; in a chroot, mount /proc",
			 sysroot);
	free(release);
	return status;
}

/* What the menu's default entry says, with the selectors instead of its claims. Returns the exit
 * status.
 */
static int show_next(const char *sysroot, const struct plan_options *options)
{
	struct next_line line;
	char *cmdline = NULL;
	int status = EXIT_FAILED;

	if (next_line_find(&line, sysroot) == 0)
		cmdline = options->selectors ? next_line_with(line.cmdline, options->selectors)
					     : strdup(line.cmdline);
	if (cmdline)
		status = show(sysroot, options, cmdline, options->kver ? options->kver : line.kver,
			      line.file);
	free(cmdline);
	next_line_free(&line);
	return status;
}

/* Takes one word. Gives EXIT_OK, or an exit status after a message. */
static int take_word(struct settings *settings, struct arguments *args, int word,
		     struct plan_options *options)
{
	switch (word) {
	case OPT_SYSROOT:
		return set_sysroot(settings, args);
	case OPT_CMDLINE:
		options->cmdline = args->value;
		return EXIT_OK;
	case OPT_KERNEL:
		options->kver = args->value;
		return EXIT_OK;
	case OPT_JSON:
		options->json = true;
		return EXIT_OK;
	case OPT_OPERAND:
		return selector_args_add(args, &options->selectors);
	default:
		return EXIT_USAGE;
	}
}

int plan_command(struct settings *settings, struct arguments *args)
{
	struct plan_options options = { 0 };
	int word, status = EXIT_OK;

	while (status == EXIT_OK && (word = next_word(args, plan_options)) != OPT_END) {
		if (word == OPT_HELP) {
			fputs(plan_help, stdout);
			goto out;
		}
		status = take_word(settings, args, word, &options);
	}
	if (status == EXIT_OK && options.selectors && options.cmdline)
		status = usage_error(args, "selectors or --cmdline, not both");
	if (status == EXIT_OK)
		status = options.cmdline ? show_given(settings->sysroot, &options)
					 : show_next(settings->sysroot, &options);
out:
	free(options.selectors);
	return status;
}
