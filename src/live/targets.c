/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "targets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../core/array.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/system_lock.h"
#include "../image/kernel.h"
#include "../image/variants.h"
#include "../machine/protected_list.h"
#include "../plan/selection.h"

#define TIMEOUT_MAX 60

int targets_take_timeout(const struct arguments *args, void *to)
{
	unsigned long seconds = strtoul(args->value, NULL, 10);
	unsigned int *timeout = to;
	const char *c = args->value;

	while (isdigit((unsigned char)*c))
		c++;
	if (*c || c == args->value || !seconds || seconds > TIMEOUT_MAX)
		return usage_error(args, "--timeout %s: a time is 1 to %d seconds", args->value,
				   TIMEOUT_MAX);
	*timeout = (unsigned int)seconds;
	return EXIT_OK;
}

/* Opens the directory @path below the sysroot. Returns a descriptor, or -1 after printing an error.
 */
static int open_directory(const struct targets *targets, const char *path)
{
	char *located = path_below(targets->sysroot, path);
	int fd = located ? open(located, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		message_errno(errno, "cannot open %s%s", targets->sysroot, path);
	free(located);
	return fd;
}

int targets_check(struct targets *targets, const char *sysroot, const struct arguments *args)
{
	if (!targets->selectors)
		return usage_error(args, "no device was named");
	return targets_open(targets, sysroot, args);
}

int targets_open(struct targets *targets, const char *sysroot, const struct arguments *args)
{
	targets->sysroot = sysroot;
	if (!targets->sysroot[0] && geteuid() != 0) {
		message_error("%s changes which driver has a device: try again as root",
			      args->command);
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

	/* Each takes the lowest free number. */
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
	message_error("a driver is stuck: looking at the devices was not finished within %u s",
		      targets->timeout);
	return false;
}

/* --- what is requested -------------------------------------------------------------------------
 */

/* Adds what this boot was told to keep, as far as it can be read. Returns 0 or -ENOMEM. */
static int add_keeps(struct targets *targets)
{
	struct selectors *keeps = &targets->boot_plan.requests.keeps;
	struct boot_plan *boot = &targets->boot;
	int err = 0;
	size_t i;

	messages_mute(true);
	if (boot_plan_read_boot(boot, targets->sysroot) == 0 && boot_plan_parse(boot) == 0)
		for (i = 0; !err && i < boot->requests.keeps.count; i++)
			err = array_add(&keeps->item, &keeps->count, &boot->requests.keeps.item[i],
					sizeof(*keeps->item));
	messages_mute(false);
	return err;
}

/* The variant drivers of the running kernel: a new string, or NULL for none. */
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
	struct boot_plan *boot_plan = &targets->boot_plan;

	boot_plan->texts.protected = protected_find(targets->sysroot);
	if (!boot_plan->texts.protected)
		return -1;
	boot_plan->texts.variants = find_variants(targets->sysroot);
	if (boot_plan_parse(boot_plan) < 0 ||
	    selection_request(boot_plan, targets->selectors, targets->force) < 0)
		return -1;
	boot_plan->requests.timeout = targets->timeout;
	boot_plan->requests.group = targets->group;
	if (!targets->force && add_keeps(targets) < 0) {
		message_errno(ENOMEM, "the selectors");
		return -1;
	}
	if (boot_plan_scan(boot_plan, targets->sysroot) < 0)
		return -1;
	return boot_plan_decide(boot_plan);
}

int targets_decide_release(struct targets *targets)
{
	int result = selection_decide(&targets->boot_plan, targets->sysroot, targets->selectors,
				      targets->group);

	targets->boot_plan.requests.timeout = targets->timeout;
	return result;
}

unsigned int targets_unmatched(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		message_error("%s: no such device", plan->unmatched[i]->text);
	return (unsigned int)plan->unmatched_count;
}

void targets_clear(struct targets *targets)
{
	boot_plan_free(&targets->boot_plan);
	boot_plan_free(&targets->boot);
	free(targets->selectors);
	targets->selectors = NULL;
}

void targets_free(struct targets *targets)
{
	targets_clear(targets);
	if (targets->sys >= 0)
		close(targets->sys);
	if (targets->root >= 0)
		close(targets->root);
}

void targets_say_user(const struct targets *targets, const char *slot, const char *user,
		      const char *done)
{
	if (targets->force)
		message_warning("%s: %s; it is %s by force", slot, user, done);
	else
		message_error("%s: %s", slot, user);
}
