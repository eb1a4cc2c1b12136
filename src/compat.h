/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one of klibc, musl and glibc lacks. The only place with an #ifdef.
 */
#ifndef VFIO_CLAIM_COMPAT_H
#define VFIO_CLAIM_COMPAT_H

#include <fcntl.h>

/* klibc takes these from old kernel headers on some architectures; the values are the kernel's. */
#ifndef O_CLOEXEC
#define O_CLOEXEC 02000000
#endif

#endif
