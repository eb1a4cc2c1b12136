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
	"Usage: vfio-claim-boot [--sysroot DIR] reserve|bind\n"
	"Claims PCI devices for vfio-pci as the kernel command line says.\n"
	"  reserve          keep every other driver off the devices; nothing is loaded\n"
	"  bind             load the vfio modules, bind the devices, report\n"
	"  --sysroot DIR    read and write everything under DIR instead of /\n"
	"  --help           print this text\n"
	"  --version        print the version\n"
	"Runs inside the initramfs; in a running system use vfio-claim(8).\n";

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

int main(int argc, char **argv)
{
	struct options options = { .sysroot = "/" };
	int root;

	(void)argc;
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
