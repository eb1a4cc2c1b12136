// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs a fuzz target once on each file named, without libFuzzer: for gcov, or under a debugger. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static void replay(FILE *file)
{
	uint8_t *data = NULL;
	size_t length = 0;
	FILE *memory = open_memstream((char **)&data, &length);
	int c;

	if (!memory)
		abort();
	while ((c = getc(file)) != EOF)
		putc(c, memory);
	fclose(memory);
	LLVMFuzzerTestOneInput(data, length);
	free(data);
}

int main(int argc, char **argv)
{
	FILE *file;

	for (; argc > 1; argc--) {
		file = fopen(*++argv, "re");
		if (!file) {
			perror(*argv);
			return 1;
		}
		replay(file);
		fclose(file);
	}
	return 0;
}
