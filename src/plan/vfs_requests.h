/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfs_requests.h - requests for virtual functions: rd.vfio.vfs=SLOT:N[,SLOT:N...] on the kernel
 * command line and "vfs = ..." in vfio-claim.conf(5). The boot program ignores them; the rule of
 * udev has 'vfio-claim vfs' carry them out in the real root, where the driver of the physical
 * function is.
 */
#ifndef VFIO_CLAIM_PLAN_VFS_REQUESTS_H
#define VFIO_CLAIM_PLAN_VFS_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/selector.h"
#include "../core/sysfs.h"
#include "../core/text.h"
#include "../host/options.h"

/* The most that a function can have: TotalVFs is a number of 16 bits. */
#define VFS_MAX 65535

struct vfs_request {
	const char *param;        /* "rd.vfio.vfs"; "vfs" in the file; "--vfs" */
	char *text;               /* "SLOT:N", as it was given */
	char *place;              /* its SLOT; @selector points into it */
	struct selector selector; /* valid unless @wrong */
	unsigned int count;       /* N */
	const char *wrong;        /* what is malformed, the end of a sentence; or NULL */
	char slot[SLOT_SIZE];     /* the function that it names now; "" if there is none */
	char driver[NAME_SIZE];   /* the driver that has it now; "" if there is none */
};

/* All zero means none. */
struct vfs_requests {
	struct vfs_request *list;
	size_t count;
};

/*
 * Reads the requests of a boot with this command line and this text of a vfio-claim.conf, or NULL
 * for none, and looks for their functions in the machine. Those on the command line replace those
 * of the file, as claims do; rd.vfio=0 does not count here. @sysroot: see path_below(). Returns 0,
 * or -1 after printing an error. The caller frees @requests in any case.
 */
int vfs_requests_read(struct vfs_requests *requests, const char *sysroot, const char *cmdline,
		      const char *conf);

/* The same for one list, "SLOT:N,SLOT:N", or with @bare "SLOT,SLOT". */
int vfs_requests_read_list(struct vfs_requests *requests, const char *sysroot, const char *list,
			   bool bare);

/* For an option --vfs: take such a list, without and with @bare. @to: a char *, from malloc(3). */
take_fn vfs_requests_take, vfs_requests_take_bare;

void vfs_requests_free(struct vfs_requests *requests);

/*
 * Returns true if the function of the request is not the one that its guard names. Sets @why to a
 * sentence about the function.
 */
bool vfs_request_is_other(struct text *why, const struct vfs_request *request, const char *sysroot);

/*
 * Returns true if the request cannot be met on this machine, whatever the driver does: it is
 * malformed, there is no such function, that is not the one of the guard, is a virtual function
 * itself, or cannot have that many. Sets @why to the reason, a sentence about the function.
 */
bool vfs_request_refused(struct text *why, const struct vfs_request *request, const char *sysroot);

#endif
