/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_report.h - what vfio-claim-boot has left of this boot: /run/vfio-claim/boot, and
 * /run/vfio-claim/late for devices that have appeared since (src/boot/report.c)
 */
#ifndef VFIO_CLAIM_COMMANDS_BOOT_REPORT_H
#define VFIO_CLAIM_COMMANDS_BOOT_REPORT_H

#include "../host/string_set.h"

/* How far the boot has come. */
enum boot_stage {
	BOOT_SILENT,    /* there is no report */
	BOOT_CUT_SHORT, /* its last line is missing */
	BOOT_RESERVED,
	BOOT_BOUND, /* to the end */
};

struct boot_report {
	enum boot_stage stage;
	struct string_set lines; /* as reported, the last line, which is the stage, left out */
};

/*
 * Reads both files. @sysroot: see path_below(). @report: to be freed whatever is given back. Gives
 * 0 or -1 after a message.
 */
int boot_report_read(struct boot_report *report, const char *sysroot);

/* Frees what it holds. */
void boot_report_free(struct boot_report *report);

/* What line @number says of the function @slot ("claimed by vfio-pci"), or NULL: of others. */
const char *boot_report_of(const struct boot_report *report, size_t number, const char *slot);

#endif
