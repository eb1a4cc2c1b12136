/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_report.h - the reports of vfio-claim-boot about this boot: /run/vfio-claim/boot, and
 * /run/vfio-claim/late for devices that appeared later (src/boot/report.c)
 */
#ifndef VFIO_CLAIM_COMMANDS_BOOT_REPORT_H
#define VFIO_CLAIM_COMMANDS_BOOT_REPORT_H

#include <stdbool.h>

#include "../host/string_set.h"

/* How far the boot got. */
enum boot_stage {
	BOOT_SILENT,    /* there is no report */
	BOOT_CUT_SHORT, /* its last line is missing */
	BOOT_RESERVED,
	BOOT_BOUND, /* everything is done or given up */
};

struct boot_report {
	enum boot_stage stage;
	struct string_set lines; /* as reported, without the last line, which is the stage */
};

/*
 * Reads both files. @sysroot: see path_below(). @report: must be freed in any case. Returns 0, or
 * -1 after printing an error.
 */
int boot_report_read(struct boot_report *report, const char *sysroot);

/* Frees what it holds. */
void boot_report_free(struct boot_report *report);

/* Returns what line @number says about the function @slot ("claimed by vfio-pci"), or NULL. */
const char *boot_report_of(const struct boot_report *report, size_t number, const char *slot);

/* Prints all that it says about the function @slot, below a line about it. Returns true if any. */
bool boot_report_print(const struct boot_report *report, const char *slot);

#endif
