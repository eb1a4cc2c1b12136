/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. LLVMFuzzerTestOneInput() and the mutators are called by libFuzzer
 * (https://llvm.org/docs/LibFuzzer.html), or the first by replay.c.
 */
#ifndef VFIO_CLAIM_FUZZ_H
#define VFIO_CLAIM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

/* libFuzzer's own changes to bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* Ends the run, and so names the input, when a promise is broken. */
#define expect(promise, what)                                                                      \
	do {                                                                                       \
		if (!(promise))                                                                    \
			broken(what);                                                              \
	} while (0)
void broken(const char *what) __attribute__((noreturn));

#endif
