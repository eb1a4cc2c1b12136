/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio-claim-boot: claims PCI devices for vfio-pci inside the initramfs.
 */
#include <string.h>
#include <unistd.h>

#include "../compat.h"
#include "../text.h"
#include "verbs.h"

struct options {
	const char *sysroot;
	int (*verb)(int root);
	bool help, version;
	const char *wrong, *what; /* why the arguments cannot be understood, and which one */
};

static const char USAGE[] =
	"Usage: vfio-claim-boot [--sysroot DIR] reserve|bind-early|bind\n"
	"Claims PCI devices for vfio-pci, in the initramfs, as the kernel command line says.\n"
	"Other options: --help, --version.\n";

static void print(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void read_verb(struct options *options, const char *word)
{
	if (options->verb) {
		options->wrong = "one verb at a time, not also ";
		options->what = word;
	} else if (!strcmp(word, "reserve")) {
		options->verb = verb_reserve;
	} else if (!strcmp(word, "bind")) {
		options->verb = verb_bind;
	} else if (!strcmp(word, "bind-early")) {
		options->verb = verb_bind_early;
	} else {
		options->wrong = word[0] == '-' ? "unknown option " : "unknown verb ";
		options->what = word;
	}
}

static void read_options(struct options *options, char **word)
{
	const char *value;

	while (*++word && !options->wrong) {
		value = *word;
		if (!strcmp(*word, "--help")) {
			options->help = true;
		} else if (!strcmp(*word, "--version")) {
			options->version = true;
		} else if (text_skip(&value, "--sysroot=")) {
			options->sysroot = value;
		} else if (strcmp(*word, "--sysroot")) {
			read_verb(options, *word);
		} else if (word[1]) {
			options->sysroot = *++word;
		} else {
			options->wrong = "a directory must follow ";
			options->what = *word;
		}
	}
	if (!options->wrong && !options->verb) {
		options->wrong = "say what to do: ";
		options->what = "reserve or bind";
	}
}

static int complain(const char *wrong, const char *what)
{
	struct text line;

	text_clear(&line);
	text_add(&line, "vfio-claim-boot: ", wrong, what, " (see --help)", NULL);
	print(STDERR_FILENO, line.data);
	print(STDERR_FILENO, "\n");
	return EXIT_USAGE;
}

/*
 * PID 1 may have started us without standard files: then what we open would get their numbers, and
 * a child closes those.
 */
static void own_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDONLY); /* gets the lowest number, which is this one */
}

int main(int argc, char **argv)
{
	struct options options = { .sysroot = "/" };
	int root;

	(void)argc;
	own_standard_files();
	read_options(&options, argv);
	if (options.help) {
		print(STDOUT_FILENO, USAGE);
		return EXIT_DONE;
	}
	if (options.version) {
		print(STDOUT_FILENO, "vfio-claim-boot " VERSION "\n");
		return EXIT_DONE;
	}
	if (options.wrong)
		return complain(options.wrong, options.what);
	root = open(options.sysroot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return complain("cannot open the directory ", options.sysroot);
	return options.verb(root);
}
