/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.c - vfio-claim report: the information for a bug report, as text
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/write_file.h"
#include "../image/image_contents.h"
#include "../image/installed_image.h"
#include "../machine/override.h"
#include "../machine/pci_functions.h"
#include "command.h"
#include "mask_secrets.h"

/* One record of /dev/kmsg (CONSOLE_EXT_LOG_MAX in the kernel). */
#define RECORD_SIZE 8192

/* The report that is being written. */
struct report {
	const char *sysroot;
	struct mask *mask;
	FILE *file;
};

static void head(const struct report *report, const char *title)
{
	fprintf(report->file, "\n== %s\n", title);
}

/* Writes a line that is masked already. */
static void write_line(const struct report *report, const char *line)
{
	printable_write(report->file, line);
	fputc('\n', report->file);
}

/* Writes a line, masked. Without the memory to mask it, writes nothing. */
static void __attribute__((format(printf, 2, 3)))
say(const struct report *report, const char *format, ...)
{
	char *line, *masked;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&line, format, args);
	va_end(args);
	if (len < 0)
		return;
	masked = mask_line(report->mask, line);
	if (masked)
		write_line(report, masked);
	free(masked);
	free(line);
}

/* Writes a title and the first line of a file of the kernel's. */
static void say_first(const struct report *report, const char *title, const char *path)
{
	char *line = sysroot_read(report->sysroot, "%s", path);
	char *masked = line ? mask_names(report->mask, line) : NULL;

	fprintf(report->file, "%s: ", title);
	write_line(report, masked ? masked : "(cannot be read)");
	free(masked);
	free(line);
}

/* Opens a file of the machine. Returns NULL on failure. */
static FILE *open_file(const struct report *report, const char *path)
{
	char *below = path_below(report->sysroot, path);
	FILE *file = below && is_file(below) ? fopen(below, "re") : NULL;

	free(below);
	return file;
}

/* Returns true if a line belongs in the report. */
typedef bool line_filter(const char *line);

static bool any_line(const char *line)
{
	(void)line;
	return true;
}

/* Writes the lines that @filter accepts, each after @prefix. Returns true if @path was opened. */
static bool say_lines(const struct report *report, const char *path, const char *prefix,
		      line_filter *filter)
{
	FILE *file = open_file(report, path);
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return false;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (filter(line))
			say(report, "%s%s", prefix, line);
	}
	free(line);
	fclose(file);
	return true;
}

static bool is_about_system(const char *line)
{
	return strncmp(line, "PRETTY_NAME=", strlen("PRETTY_NAME=")) == 0;
}

static void say_versions(const struct report *report)
{
	head(report, "versions");
	say(report, "vfio-claim: %s", VERSION);
	say_first(report, "kernel", "/proc/sys/kernel/osrelease");
	say_first(report, "built", "/proc/sys/kernel/version");
	if (!say_lines(report, "/etc/os-release", "system: ", is_about_system))
		say(report, "system: (no /etc/os-release)");
	say_first(report, "lockdown", "/sys/kernel/security/lockdown");
}

static void say_cmdline(const struct report *report)
{
	char *cmdline = sysroot_read(report->sysroot, "/proc/cmdline");
	char *masked = cmdline ? mask_cmdline(report->mask, cmdline) : NULL;

	head(report, "kernel command line");
	write_line(report, masked ? masked : "(cannot be read)");
	free(masked);
	free(cmdline);
}

static void say_iommus(const struct report *report)
{
	struct string_set iommus = sysroot_list(report->sysroot, "/sys/class/iommu");
	size_t i;

	head(report, "IOMMU");
	for (i = 0; i < iommus.count; i++)
		say(report, "%s", iommus.name[i]);
	if (!iommus.count)
		say(report, "none in /sys/class/iommu");
	string_set_free(&iommus);
}

/* Everything but the override comes from the kernel or pci.ids. */
static void say_function(const struct report *report, const struct pci_function *function,
			 const char *override)
{
	char *masked = override && override[0] ? mask_line(report->mask, override) : NULL;
	char *line;

	if (asprintf(&line, "%s group %s driver %s%s%s%s: %s: %s", function->slot,
		     function->group ? function->group : "-",
		     function->driver ? function->driver : "-", masked ? " override " : "",
		     masked ? masked : "", function->boot_vga ? " boot-vga" : "",
		     function->class_name, function->name) >= 0) {
		write_line(report, line);
		free(line);
	}
	free(masked);
}

static void say_devices(const struct report *report)
{
	struct pci_functions functions;
	struct string_set slots = { 0 };
	char **overrides;
	size_t i;

	head(report, "PCI devices");
	if (pci_functions_read(report->sysroot, &functions) < 0)
		say(report, "(cannot be read)");
	overrides = calloc(functions.count + 1, sizeof(*overrides));
	for (i = 0; overrides && i < functions.count; i++)
		if (string_set_append(&slots, functions.list[i].slot) < 0)
			break;
	if (overrides)
		overrides_read(report->sysroot, &slots, overrides);
	for (i = 0; i < functions.count; i++) {
		say_function(report, &functions.list[i], overrides ? overrides[i] : NULL);
		free(overrides ? overrides[i] : NULL);
	}
	free(overrides);
	string_set_free(&slots);
	pci_functions_free(&functions);
}

static bool has_any(const char *line, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcasestr(line, words[i]))
			return true;
	return false;
}

/* The log also has the command line, unmasked. */
static bool is_about_us(const char *line)
{
	static const char *const words[] = { "vgaarb", "drm",   "vfio",        "dmar",
					     "amd-vi", "iommu", "framebuffer", "can't reserve" };

	return !strcasestr(line, "command line") &&
	       has_any(line, words, sizeof(words) / sizeof(words[0]));
}

/*
 * One record: "6,123,4567,-;text\n KEY=value" (Documentation/ABI/testing/dev-kmsg). Other programs
 * write there as well.
 */
static void say_record(const struct report *report, char *record)
{
	bool kernel = strtoul(record, NULL, 10) >> 3 == 0;
	char *text = strchr(record, ';');

	if (!text++)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (is_about_us(text) && (kernel || strncmp(text, "vfio-claim", 10) == 0))
		say(report, "%s", text);
}

/* Returns true if the log could be opened. */
static bool say_kmsg(const struct report *report)
{
	char record[RECORD_SIZE + 1];
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	/* EPIPE: the next record was overwritten. */
	while ((len = read(fd, record, RECORD_SIZE)) > 0 || (len < 0 && errno == EPIPE)) {
		if (len < 0)
			continue;
		record[len] = '\0';
		say_record(report, record);
	}
	close(fd);
	return true;
}

static void say_log(const struct report *report)
{
	bool read;

	head(report, "kernel log: vgaarb, DRM, VFIO, DMAR, AMD-Vi, vfio-claim");
	read = report->sysroot[0] ? say_lines(report, "/dev/kmsg", "", is_about_us)
				  : say_kmsg(report);
	if (!read)
		say(report, "(cannot be read; try again as root)");
}

/* Writes the names of the files in the image that belong to vfio-claim or vfio. */
static void say_contents(const struct report *report, const struct installed_image *image)
{
	struct image_contents *contents = image_contents_read(image);
	bool any = false;
	size_t i;

	say(report, "%s", image->name);
	if (!contents || contents->trouble) {
		say(report, "(cannot be read: %s)", contents ? contents->trouble : "no memory");
		image_contents_free(contents);
		return;
	}
	for (i = 0; i < contents->count; i++) {
		if (!strstr(contents->names[i], "vfio"))
			continue;
		say(report, "%s", contents->names[i]);
		any = true;
	}
	if (!any)
		say(report, "nothing of vfio-claim and no vfio module is in it");
	image_contents_free(contents);
}

static void say_image(const struct report *report)
{
	char *kver = sysroot_read(report->sysroot, "/proc/sys/kernel/osrelease");
	struct installed_image image = { 0 };

	head(report, "image of the running kernel");
	if (kver)
		installed_image_find(&image, report->sysroot, kver);
	if (image.path)
		say_contents(report, &image);
	else
		say(report, "none is found in /boot");
	if (image.missing)
		say(report, "missing: %s (from %s)", image.missing, image.entry);
	installed_image_free(&image);
	free(kver);
}

static void say_boot(const struct report *report)
{
	head(report, "report of the boot: /run/vfio-claim/boot");
	if (!say_lines(report, "/run/vfio-claim/boot", "", any_line))
		say(report, "none: no devices requested, or the image has no vfio-claim");
	head(report, "devices that appeared later: /run/vfio-claim/late");
	if (!say_lines(report, "/run/vfio-claim/late", "", any_line))
		say(report, "none");
}

/* Comments may contain anything. */
static bool is_no_comment(const char *line)
{
	line += strspn(line, " \t");
	return *line && *line != '#';
}

static bool is_setting(const char *line)
{
	static const char *const words[] = { "vfio", "pci-stub", "pci_stub", "blacklist" };

	return is_no_comment(line) && has_any(line, words, sizeof(words) / sizeof(words[0]));
}

static void say_modprobe(const struct report *report, const char *directory)
{
	struct string_set files = sysroot_list(report->sysroot, "%s", directory);
	char *path, *prefix;
	size_t i;

	for (i = 0; i < files.count; i++) {
		path = prefix = NULL;
		if (asprintf(&path, "%s/%s", directory, files.name[i]) >= 0 &&
		    asprintf(&prefix, "%s/%s: ", directory, files.name[i]) >= 0)
			say_lines(report, path, prefix, is_setting);
		free(prefix);
		free(path);
	}
	string_set_free(&files);
}

static void say_settings(const struct report *report)
{
	long begin;

	head(report, "settings: /etc/vfio-claim.conf");
	if (!say_lines(report, "/etc/vfio-claim.conf", "",
		       report->mask->off ? any_line : is_no_comment))
		say(report, "none");
	head(report, "settings: modprobe.d");
	begin = ftell(report->file);
	say_modprobe(report, "/etc/modprobe.d");
	say_modprobe(report, "/run/modprobe.d");
	say_modprobe(report, "/usr/lib/modprobe.d");
	if (ftell(report->file) == begin)
		say(report, "none about vfio, and no blacklist");
}

static void say_all(const struct report *report)
{
	say(report, "vfio-claim report%s", report->mask->off ? ", nothing masked" : "");
	say_versions(report);
	say_cmdline(report);
	say_iommus(report);
	say_devices(report);
	say_log(report);
	say_image(report);
	say_boot(report);
	say_settings(report);
}

/* Writes the report. Returns 0 or a negative errno value. */
static int deliver(const char *output, const char *text, size_t size)
{
	if (output)
		return write_output(output, text, size, 0600);
	/* main() reports a failure. */
	fwrite(text, 1, size, stdout);
	return 0;
}

static int make_report(const char *sysroot, bool full, const char *output)
{
	struct mask mask;
	struct report report = { .sysroot = sysroot, .mask = &mask };
	char *text = NULL;
	size_t size = 0;
	int err = mask_begin(&mask, sysroot, full);

	if (err) {
		message_errno(err, "cannot report");
		return EXIT_FAILED;
	}
	report.file = open_memstream(&text, &size);
	if (report.file) {
		say_all(&report);
		err = fclose(report.file) == 0 ? 0 : -errno;
	}
	mask_free(&mask);
	if (!err)
		err = text ? deliver(output, text, size) : -ENOMEM;
	free(text);
	if (!err)
		return EXIT_OK;
	message_errno(err, "cannot write %s", output ? output : "the report");
	return EXIT_FAILED;
}

static const char *output;
static bool full;

static int run(const char *sysroot, const struct arguments *args)
{
	(void)args;
	return make_report(sysroot, full, output);
}

static const struct option_def options[] = {
	{ .name = "full", .flag = &full, .help = "mask nothing, leave nothing out" },
	{ .name = "output",
	  .value = "FILE",
	  .text = &output,
	  .help = "write it to FILE; only its owner can read a new file" },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "success" },
	{ "1", "the report could not be written" },
	STATUS_USAGE,
};

const struct command report_command = {
	.name = "report",
	.group = GROUP_LOOK,
	.purpose = "print the information for a bug report, with secrets masked",
	.synopsis = "[--full] [--output FILE] [--sysroot DIR]",
	.help = "Prints the information for a bug report: versions, kernel command line, IOMMU, "
		"devices with groups and drivers, the kernel log's lines about them, the report "
		"of the boot, and the settings. Run it as root, or the kernel log may be "
		"missing.\n"
		"Everything that is not known to be harmless is masked: addresses, serial "
		"numbers, UUIDs, names of this host and its users, passwords, and the values of "
		"unknown parameters. The same secret always gets the same mask. Comments in "
		"vfio-claim.conf are left out. Read the report before you send it.",
	.options = options,
	.sysroot_help = "report on the system below DIR",
	.statuses = statuses,
	.run = run,
};
