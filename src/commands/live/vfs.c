/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfs.c - vfio-claim vfs: creates and claims the virtual functions that this boot was asked for;
 * called by the rule of udev when the driver of a physical function has it. Hidden.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/text.h"
#include "../../host/messages.h"
#include "../../host/signals.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../live/vfs.h"
#include "../../plan/boot_plan.h"
#include "../command.h"

/* --- what is asked for -------------------------------------------------------------------------
 */

/* Reads what this boot was asked for. Returns 0, or -1 after printing an error. */
static int read_requests(struct vfs_requests *requests, const char *sysroot, unsigned int *timeout)
{
	struct boot_plan boot = { 0 };
	int result = boot_plan_read_boot(&boot, sysroot);

	*requests = (struct vfs_requests){ 0 };
	if (result == 0)
		result = vfs_requests_read(requests, sysroot, boot.texts.cmdline, boot.texts.conf);
	if (result == 0)
		result = boot_plan_parse(&boot);
	/* rd.vfio=0 */
	if (result == 0 && boot.requests.off)
		vfs_requests_free(requests);
	*timeout = boot.requests.timeout;
	boot_plan_free(&boot);
	return result;
}

/* Returns the first request for the function @slot, or NULL. */
static const struct vfs_request *find(const struct vfs_requests *requests, const char *slot)
{
	size_t i;

	for (i = 0; i < requests->count; i++)
		if (strcmp(requests->list[i].slot, slot) == 0)
			return &requests->list[i];
	return NULL;
}

/* --- the report --------------------------------------------------------------------------------
 */

/*
 * Has standard output and error collected, which udev would drop. Returns a descriptor to read
 * them from, or -1.
 */
static int collect_output(const char *sysroot)
{
	char name[64], *path;
	int fd;

	snprintf(name, sizeof(name), "/run/vfio-claim/late.%d", (int)getpid());
	path = path_below(sysroot, name);
	fd = path ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		unlink(path);
	free(path);
	if (fd < 0 || (dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0))
		return fd;
	close(fd);
	return -1;
}

/*
 * Appends to a file below the sysroot in one write(2), as /dev/kmsg wants it (where dprintf(3)
 * cannot seek, and fails). A report that cannot be written is no reason to fail. @create: O_CREAT
 * if the file may be made; one made in /dev would be no log.
 */
static void append(const char *sysroot, const char *path, int create, const char *before,
		   const char *line)
{
	char *file = path_below(sysroot, path), *text = NULL;
	int fd =
		file ? open(file, O_WRONLY | O_APPEND | create | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;
	int length = fd >= 0 ? asprintf(&text, "%s%s\n", before, line) : -1;

	if (length > 0 && write(fd, text, (size_t)length) < 0)
		message_debug(errno, "%s", path);
	if (length >= 0)
		free(text);
	if (fd >= 0)
		close(fd);
	free(file);
}

/* Adds what was collected to the kernel's log and to the report of this boot, a line each. */
static void report(const char *sysroot, int fd)
{
	FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[TEXT_SIZE];
	const char *text;

	fflush(stdout);
	if (in)
		rewind(in);
	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		text = line;
		text_skip(&text, "vfio-claim: ");
		/* Opened for each line, as the kernel drops many in a row. */
		append(sysroot, "/dev/kmsg", 0, "<6>vfio-claim: ", text);
		append(sysroot, "/run/vfio-claim/late", O_CREAT, "", text);
	}
	if (in)
		fclose(in);
}

/* --- the command -------------------------------------------------------------------------------
 */

static int create(const char *sysroot, const struct arguments *args,
		  const struct vfs_request *request, unsigned int timeout)
{
	struct targets targets = TARGETS_INIT;
	int output = collect_output(sysroot);
	int status = targets_open(&targets, sysroot, args);

	targets.timeout = timeout;
	/* One that ends it halfway would leave drivers locked out of virtual functions for ever. */
	signals_catch();
	if (status == EXIT_OK && (vfs_refused(&targets, request) || !vfs_create(&targets, request)))
		status = EXIT_FAILED;
	targets_free(&targets);
	report(sysroot, output);
	return status;
}

static int run(const char *sysroot, const struct arguments *args)
{
	struct vfs_requests requests;
	const struct vfs_request *request = NULL;
	unsigned int timeout;
	int status;

	if (args->at + 1 != args->count)
		return usage_error(args, "it takes the slot of a physical function");
	status = read_requests(&requests, sysroot, &timeout) == 0 ? EXIT_OK : EXIT_FAILED;
	if (status == EXIT_OK)
		request = find(&requests, args->word[args->at]);
	if (request)
		status = create(sysroot, args, request, timeout);
	vfs_requests_free(&requests);
	return status;
}

static const struct option_def options[] = { { .name = NULL } };

static const struct help_item statuses[] = {
	{ "0", "they are claimed, or this boot was not asked for any of this function" },
	{ "1", "failure; the kernel's log says why" },
	STATUS_USAGE,
};

const struct command vfs_command = {
	.name = "vfs",
	.synopsis = "SLOT",
	.help = "For the rule of udev: creates and claims the virtual functions that this boot was "
		"asked for with rd.vfio.vfs=, if they are those of the physical function SLOT.",
	.options = options,
	.operand = { .name = "SEL" },
	.statuses = statuses,
	.run = run,
};
