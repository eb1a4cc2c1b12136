/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one of klibc, musl and glibc lacks, or another library in an old version. The only place
 * with an #ifdef.
 */
#ifndef VFIO_CLAIM_CORE_COMPAT_H
#define VFIO_CLAIM_CORE_COMPAT_H

#include <fcntl.h>

/* klibc takes these from old kernel headers on some architectures; the values are the kernel's. */
#ifndef O_CLOEXEC
#define O_CLOEXEC 02000000
#endif

/* json-c 0.11, in CentOS 7, cannot but escape them, which is as good. */
#ifndef JSON_C_TO_STRING_NOSLASHESCAPE
#define JSON_C_TO_STRING_NOSLASHESCAPE 0
#endif

#endif
