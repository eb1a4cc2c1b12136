/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfs_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/device.h"
#include "../core/drivers.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../machine/virtual_functions.h"

/* --- what is there -----------------------------------------------------------------------------
 */

static void look(struct vf_state *state, int sys, const char *slot, const struct requests *boot)
{
	const struct device_needs needs = { .claim_path = true };
	struct pci_address address;
	struct device device;

	*state = (struct vf_state){ 0 };
	if (!address_parse(slot, &address))
		return;
	device_identify(&device, sys, &address, &needs);
	memcpy(state->slot, device.slot, sizeof(state->slot));
	pci_link(sys, slot, "driver", state->driver);
	pci_link(sys, slot, "iommu_group", state->group);
	state->claimed = state->driver[0] && is_vfio_driver(state->driver);
	state->kept = device_first(&boot->keeps, &device, device_matches);
}

/* Returns 0 or -ENOMEM. */
static int look_at_all(struct vfs_state *state, const char *sysroot, int sys,
		       const struct requests *boot)
{
	struct virtual_functions functions;
	struct vf_state one;
	size_t i;
	int err = 0;

	virtual_functions_read(&functions, sysroot, state->request->slot);
	for (i = 0; !err && i < functions.slots.count; i++) {
		look(&one, sys, functions.slots.name[i], boot);
		err = array_add(&state->list, &state->count, &one, sizeof(one));
	}
	virtual_functions_free(&functions);
	return err;
}

/* --- what is wrong -----------------------------------------------------------------------------
 */

/* Returns true, after setting @trouble, if another member of its group has a driver of the host. */
static bool is_blocked(struct text *trouble, const struct vf_state *state, const char *sysroot,
		       int sys)
{
	struct string_set members =
		sysroot_list(sysroot, "/sys/bus/pci/devices/%s/iommu_group/devices", state->slot);
	char driver[NAME_SIZE];
	bool blocked = false;
	size_t i;

	for (i = 0; !blocked && i < members.count; i++) {
		pci_link(sys, members.name[i], "driver", driver);
		blocked = !driver_leaves_group(driver);
		if (blocked)
			text_set(trouble,
				 "%s cannot be passed through: %s, which has a driver of the "
				 "host, is in its IOMMU group",
				 state->slot, members.name[i]);
	}
	string_set_free(&members);
	return blocked;
}

static void judge_groups(struct vfs_state *state, const char *sysroot, int sys)
{
	size_t i;

	for (i = 0; i < state->count; i++)
		if (state->list[i].claimed &&
		    is_blocked(&state->trouble, &state->list[i], sysroot, sys))
			return;
}

static size_t count_missed(const struct vfs_state *state)
{
	size_t i, count = 0;

	for (i = 0; i < state->count; i++)
		count += !state->list[i].claimed && !state->list[i].kept;
	return count;
}

static void judge(struct vfs_state *state, const char *sysroot, int sys)
{
	const struct vfs_request *request = state->request;
	size_t missed = count_missed(state);

	if (vfs_request_refused(&state->trouble, request, sysroot))
		return;
	text_set(&state->trouble, "%s", "");
	if (!request->driver[0])
		text_set(&state->trouble, "%s has no driver, which would create them",
			 request->slot);
	else if (!state->count)
		text_set(&state->trouble, "there are none; see 'dmesg | grep vfio-claim'");
	else if (state->count != request->count)
		text_set(&state->trouble, "there are %u instead of %u", (unsigned int)state->count,
			 request->count);
	else if (missed)
		text_set(&state->trouble, "%u of %u are not claimed", (unsigned int)missed,
			 request->count);
	else
		judge_groups(state, sysroot, sys);
}

/* -----------------------------------------------------------------------------------------------
 */

int vfs_state_find(struct vfs_state *state, const char *sysroot, const struct vfs_request *request,
		   const struct requests *boot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = sys < 0 ? -errno : 0;

	*state = (struct vfs_state){ .request = request };
	if (!err && request->slot[0])
		err = look_at_all(state, sysroot, sys, boot);
	if (err)
		message_errno(err, "the virtual functions of %s", request->text);
	else
		judge(state, sysroot, sys);
	if (sys >= 0)
		close(sys);
	free(path);
	return err ? -1 : 0;
}

void vfs_state_free(struct vfs_state *state)
{
	free(state->list);
	*state = (struct vfs_state){ 0 };
}

bool vfs_states_any_trouble(const struct vfs_requests *requests, const char *sysroot,
			    const struct requests *boot)
{
	struct vfs_state state;
	bool trouble = false;
	size_t i;

	for (i = 0; !trouble && i < requests->count; i++) {
		trouble = vfs_state_find(&state, sysroot, &requests->list[i], boot) < 0 ||
			  state.trouble.data[0];
		vfs_state_free(&state);
	}
	return trouble;
}
