/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status_vfs.h - what `vfio-claim status` says about virtual functions
 */
#ifndef VFIO_CLAIM_COMMANDS_STATUS_VFS_H
#define VFIO_CLAIM_COMMANDS_STATUS_VFS_H

#include <json-c/json.h>

#include "../plan/vfs_state.h"
#include "boot_report.h"

/*
 * Prints the state of each request: its physical function, what was reported about that in this
 * boot, and its virtual functions. See vfs_state_find().
 */
void status_vfs_print(const struct vfs_requests *requests, const char *sysroot,
		      const struct requests *boot, const struct boot_report *report);

/* Returns the same as a JSON array. */
struct json_object *status_vfs_json(const struct vfs_requests *requests, const char *sysroot,
				    const struct requests *boot);

#endif
