// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads cases from standard input and prints the core's plan for each. A case is lines of text:
 *
 *   case NAME
 *   cmdline TEXT          with \n, \t, \\ and \xHH for what a line cannot hold; several lines are
 *                         joined by a space
 *   conf TEXT             one line of that file each; without any, there is no such file
 *   protected TEXT
 *   variants TEXT
 *   iommu 0|1             whether there is something in /sys/class/iommu
 *   device DIRPATH ID CLASS HEADER BOOTVGA GROUP DRIVER OVERRIDE VFS DIRECT
 *   depth reserve|all
 *   end
 *
 * DIRPATH is below /sys/devices, goes through a root bus and ends in the slot; ID is
 * vvvv:dddd:ssss:ssss, or - where the modalias cannot be read; HEADER 1 is a bridge; DIRECT 1 puts
 * a direct line into its group's reserved_regions (a harmless direct-relaxable one is in all of
 * them); BOOTVGA, GROUP, DRIVER, OVERRIDE and VFS are - where there is nothing of the kind. Lines
 * that make what no machine has:
 *
 *   file PATH TEXT        a file below /sys, escapes as above, instead of what is there
 *   link PATH TARGET      a link
 *   error PATH NUMBER     everything done with it fails with this errno
 *   memory NUMBER         the core's allocation of that number fails
 *   boot NUMBER           what else happens in this boot, for fuzz_whole alone (see deeds.c)
 *
 * Empty lines and those that begin with # are nothing. For each case `case NAME` is printed, then
 * in the order of their bytes (with the same escapes for what does not print)
 *
 *   claim SLOT BECAUSE MODULE|- [forced] [useless]
 *   left SLOT keep|bridge|other-id|protected|last-storage|has-vfs|direct|no-iommu|unreadable
 * BECAUSE [in-the-way] neighbour SLOT [in-the-way] stray SLOT [BECAUSE] unmatched BECAUSE refused
 * PARAM=VALUE ids-hidden,
 * strict, group, timeout SECONDS (when it is not 10)
 *
 * or only `off`, or only `error NUMBER`, or nothing but strays where nothing is claimed or
 * refused; then `end`. BECAUSE is PARAM=SELECTOR as in the report: the claim, but for what is kept
 * the keep, and for what is protected the entry, its PARAM being what it is for. Exits 2 at a line
 * that it does not understand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

static void print_case(const struct test_case *test)
{
	struct view view = { .depth = test->depth, .held = true };
	struct outcome outcome;
	char *text;

	case_build(test, false);
	outcome_make(&outcome, test, &view);
	text = outcome_print(&outcome);
	printf("case %s\n%send\n", test->name ? test->name : "", text);
	free(text);
	outcome_free(&outcome);
}

int main(void)
{
	struct test_case test;
	unsigned long number = 0;
	const char *wrong = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	case_begin(&test);
	while (!wrong && (length = getline(&line, &size, stdin)) >= 0) {
		number++;
		if (length && line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (strcmp(line, "end")) {
			wrong = case_line(&test, line);
			continue;
		}
		print_case(&test);
		case_free(&test);
	}
	if (wrong)
		fprintf(stderr, "plan: line %lu: %s\n", number, wrong);
	case_free(&test);
	free(line);
	return wrong ? 2 : 0;
}
