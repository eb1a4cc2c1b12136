/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "targets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/system_lock.h"
#include "../image/kernel.h"
#include "../image/variants.h"
#include "../machine/protected_list.h"
#include "../plan/selector_args.h"

#define TIMEOUT_MAX 60

void targets_begin(struct targets *targets)
{
	*targets = (struct targets){
		.sysroot = "", .timeout = TIMEOUT_DEFAULT, .root = -1, .sys = -1
	};
}

static int take_timeout(struct targets *targets, const struct arguments *args)
{
	unsigned long seconds = strtoul(args->value, NULL, 10);
	const char *c = args->value;

	while (isdigit((unsigned char)*c))
		c++;
	if (*c || c == args->value || !seconds || seconds > TIMEOUT_MAX)
		return usage_error(args, "--timeout %s: a time is 1 to %d seconds", args->value,
				   TIMEOUT_MAX);
	targets->timeout = (unsigned int)seconds;
	return EXIT_OK;
}

int targets_take_word(struct targets *targets, struct settings *settings, struct arguments *args,
		      int word)
{
	switch (word) {
	case OPT_SYSROOT:
		return set_sysroot(settings, args);
	case OPT_FORCE:
		targets->force = true;
		return EXIT_OK;
	case OPT_GROUP:
		targets->group = true;
		return EXIT_OK;
	case OPT_TIMEOUT:
		return take_timeout(targets, args);
	case OPT_OPERAND:
		return selector_args_add(args, &targets->selectors);
	default:
		return EXIT_USAGE;
	}
}

/* Gives a descriptor of the directory @path below the sysroot, or -1 after a message. */
static int open_directory(const struct targets *targets, const char *path)
{
	char *located = path_below(targets->sysroot, path);
	int fd = located ? open(located, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		complain_errno(errno, "cannot look at %s%s", targets->sysroot, path);
	free(located);
	return fd;
}

int targets_check(struct targets *targets, const struct settings *settings,
		  const struct arguments *args)
{
	if (!targets->selectors)
		return usage_error(args, "no device was named");
	targets->sysroot = settings->sysroot;
	if (!targets->sysroot[0] && geteuid() != 0) {
		complain("%s changes which driver has a device: try again as root", args->command);
		return EXIT_FAILED;
	}
	if (system_lock(targets->sysroot) < 0)
		return EXIT_FAILED;
	targets->root = open_directory(targets, "/");
	targets->sys = open_directory(targets, "/sys");
	return targets->root < 0 || targets->sys < 0 ? EXIT_FAILED : EXIT_OK;
}

void targets_quiet(void)
{
	int fd;

	/* The lowest number that is free, each time. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

bool targets_rehearse(struct targets *targets, child_job *look)
{
	unsigned int budget = targets->timeout * 1000;
	struct child child;

	fflush(stdout);
	child_start(&child, look, targets);
	if (child_wait(&child, budget, &budget))
		return true;
	child_abandon(&child);
	complain("a driver that does not let go of its device is in the way: looking at the "
		 "devices was not finished within %u s; nothing was changed",
		 targets->timeout);
	return false;
}

/* --- what is asked for -------------------------------------------------------------------------
 */

/* Adds what the boot was asked to keep, " rd.vfio.keep=SEL"; what cannot be read keeps nothing. */
static void add_keeps(FILE *cmdline, const char *sysroot)
{
	struct boot_plan boot = { 0 };
	size_t i;

	messages_mute(true);
	if (boot_plan_read_boot(&boot, sysroot) == 0 &&
	    requests_read(&boot.requests, &boot.texts) == 0)
		for (i = 0; i < boot.requests.keeps.count; i++)
			fprintf(cmdline, " rd.vfio.keep=%s", boot.requests.keeps.item[i].text);
	messages_mute(false);
	boot_plan_free(&boot);
}

/* The command line of a boot that is asked for the same: a new string, or NULL after a message. */
static char *make_cmdline(const struct targets *targets, bool force, bool keeps)
{
	const char *selectors = targets->selectors + sizeof("rd.vfio.claim=") - 1;
	char *text = NULL;
	size_t len;
	FILE *cmdline = open_memstream(&text, &len);

	if (cmdline) {
		fprintf(cmdline, "%s rd.vfio.timeout=%u", targets->selectors, targets->timeout);
		if (force)
			fprintf(cmdline, " rd.vfio.force=%s", selectors);
		if (targets->group)
			fputs(" rd.vfio.group=1", cmdline);
		if (keeps)
			add_keeps(cmdline, targets->sysroot);
	}
	if (cmdline && fclose(cmdline) == 0)
		return text;
	complain_errno(ENOMEM, "the selectors");
	free(text);
	return NULL;
}

/* The variant drivers of the running kernel, or NULL: then plain vfio-pci does. */
static char *find_variants(const char *sysroot)
{
	char *kver = sysroot_read(sysroot, "/proc/sys/kernel/osrelease"), *text = NULL;
	struct kernel kernel;

	messages_mute(true);
	if (kver && kernel_open(&kernel, sysroot, kver) == 0)
		text = variants_text(&kernel);
	if (kver)
		kernel_close(&kernel);
	messages_mute(false);
	free(kver);
	return text;
}

int targets_decide_claim(struct targets *targets)
{
	struct request_texts *texts = &targets->boot_plan.texts;

	texts->cmdline = make_cmdline(targets, targets->force, !targets->force);
	texts->protected = protected_find(targets->sysroot);
	if (!texts->cmdline || !texts->protected)
		return -1;
	texts->variants = find_variants(targets->sysroot);
	if (boot_plan_look(&targets->boot_plan, targets->sysroot) < 0)
		return -1;
	return boot_plan_decide(&targets->boot_plan);
}

int targets_decide_release(struct targets *targets)
{
	targets->boot_plan.texts.cmdline = make_cmdline(targets, true, false);
	if (!targets->boot_plan.texts.cmdline ||
	    boot_plan_look(&targets->boot_plan, targets->sysroot) < 0)
		return -1;
	targets->boot_plan.snapshot.iommu = true;
	return boot_plan_decide(&targets->boot_plan);
}

unsigned int targets_unmatched(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		complain("%s: no such device", plan->unmatched[i]->text);
	return (unsigned int)plan->unmatched_count;
}

void targets_free(struct targets *targets)
{
	boot_plan_free(&targets->boot_plan);
	if (targets->sys >= 0)
		close(targets->sys);
	if (targets->root >= 0)
		close(targets->root);
	free(targets->selectors);
}
