/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdicts.h - the names of verdicts
 */
#ifndef VFIO_CLAIM_COMMANDS_VERDICTS_H
#define VFIO_CLAIM_COMMANDS_VERDICTS_H

#include "../core/decide.h"

/* The verdict as one word, for programs. */
const char *verdict_name(enum verdict verdict);

#endif
