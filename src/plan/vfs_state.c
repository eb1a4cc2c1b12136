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
	state->claimed = state->driver[0] && is_vfio_driver(state->driver);
	state->kept = device_first(&boot->keeps, &device, device_matches);
}

/* Returns 0 or a negative errno value. */
static int look_at_all(struct vfs_state *state, const char *sysroot, const struct requests *boot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = sys < 0 ? -errno : 0;
	struct virtual_functions functions;
	struct vf_state one;
	size_t i;

	free(path);
	if (err)
		return err;
	pci_link(sys, state->request->slot, "driver", state->driver);
	virtual_functions_read(&functions, sysroot, state->request->slot);
	state->total = functions.total;
	for (i = 0; !err && i < functions.slots.count; i++) {
		look(&one, sys, functions.slots.name[i], boot);
		err = array_add(&state->list, &state->count, &one, sizeof(one));
	}
	virtual_functions_free(&functions);
	close(sys);
	return err;
}

/* --- what is wrong -----------------------------------------------------------------------------
 */

/* Returns a member of the same IOMMU group that keeps it from being passed through, or NULL. */
static char *find_obstacle(const struct vf_state *state, const char *sysroot)
{
	struct string_set members = sysroot_list(
		sysroot, "/sys/bus/pci/devices/%s/iommu_group/devices", state->slot);
	char *obstacle = NULL, *driver;
	const char *name;
	size_t i;

	for (i = 0; !obstacle && i < members.count; i++) {
		driver = sysroot_real(sysroot, "/sys/bus/pci/devices/%s/driver", members.name[i]);
		name = driver ? strrchr(driver, '/') : NULL;
		if (name && !driver_leaves_group(name + 1))
			obstacle = strdup(members.name[i]);
		free(driver);
	}
	string_set_free(&members);
	return obstacle;
}

static void judge_group(struct vfs_state *state, const char *sysroot)
{
	char *obstacle = NULL;
	size_t i;

	for (i = 0; !obstacle && i < state->count; i++) {
		if (!state->list[i].claimed)
			continue;
		obstacle = find_obstacle(&state->list[i], sysroot);
		if (obstacle)
			text_set(&state->trouble,
				 "%s cannot be passed through: %s, which has a driver of the host, "
				 "is in its IOMMU group",
				 state->list[i].slot, obstacle);
	}
	free(obstacle);
}

static size_t count_missed(const struct vfs_state *state)
{
	size_t i, count = 0;

	for (i = 0; i < state->count; i++)
		count += !state->list[i].claimed && !state->list[i].kept;
	return count;
}

static void judge(struct vfs_state *state, const char *sysroot)
{
	const struct vfs_request *request = state->request;
	size_t missed = count_missed(state);

	if (vfs_request_refused(&state->trouble, request, sysroot))
		return;
	text_set(&state->trouble, "%s", "");
	if (!state->driver[0])
		text_set(&state->trouble, "%s has no driver, which would create them",
			 request->slot);
	else if (!state->count)
		text_set(&state->trouble, "none was created; see 'journalctl -k -g vfio-claim'");
	else if (state->count != request->count)
		text_set(&state->trouble, "there are %u instead of %u",
			 (unsigned int)state->count, request->count);
	else if (missed)
		text_set(&state->trouble, "%u of %u are not claimed", (unsigned int)missed,
			 request->count);
	else
		judge_group(state, sysroot);
}

/* -----------------------------------------------------------------------------------------------
 */

int vfs_state_find(struct vfs_state *state, const char *sysroot, const struct vfs_request *request,
		   const struct requests *boot)
{
	int err = 0;

	*state = (struct vfs_state){ .request = request };
	if (request->slot[0])
		err = look_at_all(state, sysroot, boot);
	if (err)
		message_errno(err, "the virtual functions of %s", request->slot);
	else
		judge(state, sysroot);
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
