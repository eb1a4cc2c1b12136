/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reserve and bind carried out on a kernel in memory, and what must be true afterwards of every
 * device: it is claimed, or it is as it would be without vfio-claim.
 */
#ifndef VFIO_CLAIM_DEEDS_H
#define VFIO_CLAIM_DEEDS_H

#include "case.h"

/* Does it for @test, which asks for @requests; @choice decides what else happens in this boot: a
 * sum of the numbers in deeds.c. */
void check_deeds(const struct test_case *test, const struct requests *requests, size_t choice);

#endif
