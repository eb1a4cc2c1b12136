/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdicts.h - decisions in words, the very words that the boot program logs (src/boot/report.c)
 */
#ifndef VFIO_CLAIM_CLI_VERDICTS_H
#define VFIO_CLAIM_CLI_VERDICTS_H

#include "../decide.h"
#include "../text.h"

/* Appends why a device is left alone; nothing for one that is claimed or passed over. */
void verdict_say(struct text *line, const struct decision *decision);

/* Appends " (rd.vfio.claim=02:00.0)", the request that a decision is about. */
void because_say(struct text *line, const struct decision *decision);

/* Appends "rd.vfio.claim=02:00.q: ignored: " and why. */
void complaint_say(struct text *line, const struct complaint *complaint);

/* The verdict as one word, for programs. */
const char *verdict_name(enum verdict verdict);

#endif
