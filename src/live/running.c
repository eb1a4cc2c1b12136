/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "running.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/paths.h"
#include "../host/system_lock.h"
#include "../host/tree.h"
#include "../image/kernel.h"
#include "../image/variants.h"
#include "../machine/protected.h"
#include "../plan/given.h"

#define TIMEOUT_MAX 60

void running_begin(struct running *running)
{
	*running = (struct running){
		.sysroot = "", .timeout = TIMEOUT_DEFAULT, .root = -1, .sys = -1
	};
}

static int take_timeout(struct running *running, const struct arguments *args)
{
	unsigned long seconds = strtoul(args->value, NULL, 10);
	const char *c = args->value;

	while (isdigit((unsigned char)*c))
		c++;
	if (*c || c == args->value || !seconds || seconds > TIMEOUT_MAX)
		return usage_error(args, "--timeout %s: a time is 1 to %d seconds", args->value,
				   TIMEOUT_MAX);
	running->timeout = (unsigned int)seconds;
	return EXIT_OK;
}

int running_take_word(struct running *running, struct settings *settings, struct arguments *args,
		      int word)
{
	switch (word) {
	case OPT_SYSROOT:
		return set_sysroot(settings, args);
	case OPT_FORCE:
		running->force = true;
		return EXIT_OK;
	case OPT_GROUP:
		running->group = true;
		return EXIT_OK;
	case OPT_TIMEOUT:
		return take_timeout(running, args);
	case OPT_OPERAND:
		return given_add(args, &running->selectors);
	default:
		return EXIT_USAGE;
	}
}

/* Gives a descriptor of the directory @path below the sysroot, or -1 after a message. */
static int open_directory(const struct running *running, const char *path)
{
	char *located = path_below(running->sysroot, path);
	int fd = located ? open(located, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		complain_errno(errno, "cannot look at %s%s", running->sysroot, path);
	free(located);
	return fd;
}

int running_check(struct running *running, const struct settings *settings,
		  const struct arguments *args)
{
	if (!running->selectors)
		return usage_error(args, "no device was named");
	running->sysroot = settings->sysroot;
	if (!running->sysroot[0] && geteuid() != 0) {
		complain("%s changes which driver has a device: try again as root", args->command);
		return EXIT_FAILED;
	}
	if (system_lock(running->sysroot) < 0)
		return EXIT_FAILED;
	running->root = open_directory(running, "/");
	running->sys = open_directory(running, "/sys");
	return running->root < 0 || running->sys < 0 ? EXIT_FAILED : EXIT_OK;
}

void running_quiet(void)
{
	int fd;

	/* The lowest number that is free, each time. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

bool running_rehearse(struct running *running, child_job *look)
{
	unsigned int budget = running->timeout * 1000;
	struct child child;

	fflush(stdout);
	child_start(&child, look, running);
	if (child_wait(&child, budget, &budget))
		return true;
	child_abandon(&child);
	complain("a driver that does not let go of its device is in the way: looking at the "
		 "devices was not finished within %u s; nothing was changed",
		 running->timeout);
	return false;
}

/* --- what is asked for -------------------------------------------------------------------------
 */

/* Adds what the boot was asked to keep, " rd.vfio.keep=SEL"; what cannot be read keeps nothing. */
static void add_keeps(FILE *cmdline, const char *sysroot)
{
	struct outlook boot = { 0 };
	size_t i;

	messages_mute(true);
	if (outlook_read_boot(&boot, sysroot) == 0 &&
	    requests_read(&boot.requests, &boot.texts) == 0)
		for (i = 0; i < boot.requests.keeps.count; i++)
			fprintf(cmdline, " rd.vfio.keep=%s", boot.requests.keeps.item[i].text);
	messages_mute(false);
	outlook_free(&boot);
}

/* The command line of a boot that is asked for the same: a new string, or NULL after a message. */
static char *make_cmdline(const struct running *running, bool force, bool keeps)
{
	const char *selectors = running->selectors + sizeof("rd.vfio.claim=") - 1;
	char *text = NULL;
	size_t len;
	FILE *cmdline = open_memstream(&text, &len);

	if (cmdline) {
		fprintf(cmdline, "%s rd.vfio.timeout=%u", running->selectors, running->timeout);
		if (force)
			fprintf(cmdline, " rd.vfio.force=%s", selectors);
		if (running->group)
			fputs(" rd.vfio.group=1", cmdline);
		if (keeps)
			add_keeps(cmdline, running->sysroot);
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
	char *kver = tree_read(sysroot, "/proc/sys/kernel/osrelease"), *text = NULL;
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

int running_decide_claim(struct running *running)
{
	struct request_texts *texts = &running->outlook.texts;

	texts->cmdline = make_cmdline(running, running->force, !running->force);
	texts->protected = protected_find(running->sysroot);
	if (!texts->cmdline || !texts->protected)
		return -1;
	texts->variants = find_variants(running->sysroot);
	if (outlook_look(&running->outlook, running->sysroot) < 0)
		return -1;
	return outlook_decide(&running->outlook);
}

int running_decide_release(struct running *running)
{
	running->outlook.texts.cmdline = make_cmdline(running, true, false);
	if (!running->outlook.texts.cmdline ||
	    outlook_look(&running->outlook, running->sysroot) < 0)
		return -1;
	running->outlook.snapshot.iommu = true;
	return outlook_decide(&running->outlook);
}

unsigned int running_unmatched(const struct running *running)
{
	const struct plan *plan = &running->outlook.plan;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		complain("%s: there is no such device here", plan->unmatched[i]->text);
	return (unsigned int)plan->unmatched_count;
}

void running_free(struct running *running)
{
	outlook_free(&running->outlook);
	if (running->sys >= 0)
		close(running->sys);
	if (running->root >= 0)
		close(running->root);
	free(running->selectors);
}
