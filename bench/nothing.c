/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nothing: does nothing, without a C library. What any program costs at least. */
#include "bare.h"

void _start(void)
{
	bare_exit(0);
}
