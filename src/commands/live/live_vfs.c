/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_vfs.h"

#include "../../host/messages.h"
#include "../../host/signals.h"
#include "../../live/vfs.h"
#include "../command.h"

int claim_vfs(struct targets *targets, const char *list)
{
	struct vfs_requests requests;
	bool done = vfs_requests_read_list(&requests, targets->sysroot, list, false) == 0;
	size_t i;

	for (i = 0; i < requests.count; i++)
		done &= !vfs_refused(targets, &requests.list[i]);
	if (!done)
		message_error("nothing was changed");
	signals_catch();
	for (i = 0; done && i < requests.count && !signals_caught(); i++)
		done = vfs_create(targets, &requests.list[i]);
	done &= i == requests.count;
	vfs_requests_free(&requests);
	return done ? EXIT_OK : EXIT_FAILED;
}

/* Returns true after printing an error if those of @request must not be removed. */
static bool is_kept(struct targets *targets, const struct vfs_request *request)
{
	struct text why;

	if (request->slot[0] && !vfs_request_is_other(&why, request, targets->sysroot))
		return vfs_busy(targets, request->slot);
	message_error("%s: %s", request->text, request->slot[0] ? why.data : "no such device");
	return true;
}

int release_vfs(struct targets *targets, const char *list)
{
	struct vfs_requests requests;
	bool done = vfs_requests_read_list(&requests, targets->sysroot, list, true) == 0;
	size_t i;

	for (i = 0; i < requests.count; i++)
		done &= !is_kept(targets, &requests.list[i]);
	if (!done)
		message_error("nothing was changed");
	signals_catch();
	for (i = 0; done && i < requests.count && !signals_caught(); i++)
		done = vfs_remove(targets, requests.list[i].slot);
	done &= i == requests.count;
	vfs_requests_free(&requests);
	return done ? EXIT_OK : EXIT_FAILED;
}
