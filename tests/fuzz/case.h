/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case: a machine and the texts that a boot on it reads, as lines of text; and what the core
 * makes of it. plan.c says what the lines are.
 */
#ifndef VFIO_CLAIM_CASE_H
#define VFIO_CLAIM_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../src/core/decide.h"
#include "../../src/core/requests.h"
#include "../../src/core/snapshot.h"

/* A text that grows; NULL data is no text at all. */
struct words {
	char *data;
	size_t length;
};

/* One `device` line; what is - there is NULL, or 0 where there is a flag beside it. */
struct function {
	char *path; /* below /sys/devices */
	char *slot; /* the end of it */
	struct pci_address address;
	bool id_known;
	struct pci_id id;
	bool bridge;
	const char *boot_vga;
	const char *group;
	const char *driver;
	const char *override;
	const char *vfs;
	bool direct;
};

enum oddity_kind { ODDITY_FILE, ODDITY_LINK, ODDITY_ERROR };

/* One line that puts something odd into /sys, over what the devices have made there. */
struct oddity {
	enum oddity_kind kind;
	char *path;
	char *text;
	size_t length;
};

struct test_case {
	char *name;
	struct words cmdline, conf, protected, variants;
	bool iommu;
	enum depth depth;
	struct function *functions;
	size_t count;
	struct oddity *oddities;
	size_t oddity_count;
	size_t boot;          /* what happens in this boot (deeds.c), or 0 */
	unsigned long memory; /* the allocation that fails, counted from 1; 0 for none */
	char **kept;          /* the lines that all of this points into */
	size_t kept_count;
};

/* An empty case, as case_free() leaves it too. */
void case_begin(struct test_case *test);
void case_free(struct test_case *test);

/* Takes one line without its newline. Returns NULL, or what is wrong and has been passed over. */
const char *case_line(struct test_case *test, const char *line);

/* Makes the machine of @test the tree of memory_sysfs.h; with @reversed, it lists backwards. */
void case_build(const struct test_case *test, bool reversed);

/* What the core makes of a case. */
struct outcome {
	struct request_texts texts;
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
	bool decided; /* snapshot and plan are there: nothing failed and it is not off */
	int error;
};

/* How to look at a case. */
struct view {
	const char *first; /* parameters to put in front of the command line, or NULL */
	enum depth depth;
	const char *only; /* see snapshot_take() */
	bool held;        /* with what vfio-pci holds, see snapshot_add_held() */
};

/* Runs requests, snapshot and decide on @test, whose machine has been built. */
void outcome_make(struct outcome *outcome, const struct test_case *test, const struct view *view);
void outcome_free(struct outcome *outcome);

/* The plan in lines, sorted, each with its newline; the caller frees it. */
char *outcome_print(const struct outcome *outcome);

/* Whether @word is something that a driver could be called. */
bool is_driver_name(const char *word);

/* From now on the allocation @number (1 is the next) fails, once; 0 for none. See failing.c. */
void fail_allocation(unsigned long number);

#endif
