/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio-claim-boot: claims PCI devices for vfio-pci inside the initramfs.
 */
#include <string.h>
#include <unistd.h>

#include "../core/compat.h"
#include "../core/text.h"
#include "verbs.h"

struct options {
	const char *sysroot;
	enum verb verb;
	const char *slot;  /* the operand of VERB_LATE and VERB_JOIN */
	const char *print; /* text to print instead of running a verb */
	const char *wrong; /* the word that is wrong */
};

static const char *const USAGE = "Usage: vfio-claim-boot [--sysroot DIR] "
				 "reserve|bind-early|watch|start|bind|late|join SLOT\n";

static void print(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static enum verb find_verb(const char *word)
{
	enum verb verb = VERB_RESERVE;

	while (verb < VERB_NONE && strcmp(word, VERB_NAMES[verb]))
		verb++;
	return verb;
}

static bool takes_slot(enum verb verb)
{
	return verb == VERB_LATE || verb == VERB_JOIN;
}

/*
 * start can stand in the first line of a script, whose name and operands then follow.
 * initramfs-tools asks a script which others it is to run after: none.
 */
static void read_script_word(struct options *options, const char *word)
{
	if (!strcmp(word, "prereqs"))
		options->print = "\n";
}

/* Takes one word, or two. */
static void read_option(struct options *options, char ***word)
{
	const char *value = **word;

	if (!strcmp(value, "--help"))
		options->print = USAGE;
	else if (!strcmp(value, "--version"))
		options->print = "vfio-claim-boot " VERSION "\n";
	else if (text_skip(&value, "--sysroot="))
		options->sysroot = value;
	else if (!strcmp(value, "--sysroot") && (*word)[1])
		options->sysroot = *++*word;
	else if (options->verb == VERB_NONE && find_verb(value) != VERB_NONE)
		options->verb = find_verb(value);
	else if (takes_slot(options->verb) && !options->slot)
		options->slot = value;
	else if (options->verb == VERB_START)
		read_script_word(options, value);
	else
		options->wrong = value;
}

static void read_options(struct options *options, char **word)
{
	while (*++word && !options->wrong)
		read_option(options, &word);
	if (!options->wrong &&
	    (options->verb == VERB_NONE || (takes_slot(options->verb) && !options->slot)))
		options->wrong = "incomplete";
}

static int complain(const char *what, const char *word)
{
	struct text line;

	text_set(&line, "vfio-claim-boot: %s %s (see --help)\n", what, word);
	print(STDERR_FILENO, line.data);
	return EXIT_USAGE;
}

/*
 * PID 1 may start this program without standard files. Files that it opens would then get their
 * numbers, which a child closes.
 */
static void own_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDONLY); /* gets the lowest free number, which is fd */
}

int main(int argc, char **argv)
{
	struct options options = { .sysroot = "/", .verb = VERB_NONE };
	int root;

	(void)argc;
	own_standard_files();
	read_options(&options, argv);
	if (options.print) {
		print(STDOUT_FILENO, options.print);
		return EXIT_DONE;
	}
	if (options.wrong)
		return complain("usage:", options.wrong);
	root = open(options.sysroot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return complain("cannot open", options.sysroot);
	return verb_run(options.verb, root, options.slot);
}
