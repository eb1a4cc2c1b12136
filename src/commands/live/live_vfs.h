/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live_vfs.h - `vfio-claim claim --vfs` and `vfio-claim release --vfs`
 */
#ifndef VFIO_CLAIM_COMMANDS_LIVE_LIVE_VFS_H
#define VFIO_CLAIM_COMMANDS_LIVE_LIVE_VFS_H

#include "../../live/targets.h"

/*
 * Creates and claims the virtual functions of @list, "SLOT:N,SLOT:N", or changes nothing if one
 * request is refused. @targets: opened (targets_open()). Returns an exit status.
 */
int claim_vfs(struct targets *targets, const char *list);

/* Likewise removes those of the functions in @list, "SLOT,SLOT". */
int release_vfs(struct targets *targets, const char *list);

#endif
