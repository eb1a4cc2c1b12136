/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - decisions in words: what the boot logs, and what the command says that it will
 */
#ifndef VFIO_CLAIM_CORE_WORDS_H
#define VFIO_CLAIM_CORE_WORDS_H

#include "decide.h"
#include "text.h"

/* Appends why a device is left alone; nothing for one that is claimed or passed over. */
void words_of_verdict(struct text *line, const struct decision *decision);

/*
 * Appends "; its driver keeps the IOMMU group from being passed through" to the reason
 * why a named or kept device is left alone, if that is so.
 */
void words_of_stay(struct text *line, const struct decision *decision);

/*
 * Appends "; it cannot be passed through: " and why to what is said about a claimed device, if
 * its group is spoilt. Returns whether it is.
 */
bool words_of_spoiler(struct text *line, const struct decision *decision);

/* Appends " (rd.vfio.claim=02:00.0)", the request that a decision is about. */
void words_of_request(struct text *line, const struct decision *decision);

/* Appends the reason and what may have been meant: the end of a sentence. */
void words_of_why(struct text *line, const struct complaint *complaint);

/* Makes it "rd.vfio.claim=02:00.q: ignored: " and why. */
void words_of_complaint(struct text *line, const struct complaint *complaint);

#endif
