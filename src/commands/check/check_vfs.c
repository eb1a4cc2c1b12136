/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_vfs.c - the virtual functions that the next boot is asked to create, and what else creates
 * some: whoever is first decides how many there are
 */
#include <stdlib.h>
#include <string.h>

#include "../../core/drivers.h"
#include "../../host/config_lines.h"
#include "../../host/sysroot_files.h"
#include "../../machine/virtual_functions.h"
#include "check.h"

#define TOPIC "vfs"

/* --- what else creates some --------------------------------------------------------------------
 */

/* A kind of settings in which @word sets how many a device has. */
struct place {
	const char *directories[4];
	const char *suffix, *word;
};

/* One search. */
struct search {
	struct check *check;
	const struct place *place;
};

static void look_at_line(void *to, struct config_line *line)
{
	const struct search *search = to;
	const char *text = line->text + strspn(line->text, " \t");

	if (text[0] == '#' || text[0] == ';' || !strcasestr(text, search->place->word))
		return;
	finding_add_place(
		&search->check->findings, LEVEL_WARNING, TOPIC, line->path, line->number,
		"it sets how many virtual functions a device has (%s); if that comes first, "
		"and is not the number that is requested, none of them is claimed; remove "
		"it for that device",
		search->place->word);
}

static void look_at_file(void *to, const char *path)
{
	const struct search *search = to;

	config_lines(search->check->sysroot, path, false, look_at_line, to);
}

static void find_others(struct check *check)
{
	static const struct place places[] = {
		{ { "/run/netplan", "/etc/netplan", "/usr/lib/netplan" },
		  ".yaml",
		  "virtual-function-count" },
		{ { "/etc/nmstate" }, ".yml", "total-vfs" },
		{ { "/etc/nmstate" }, ".yaml", "total-vfs" },
		{ { "/etc/NetworkManager/system-connections" }, ".nmconnection", "total-vfs" },
		{ { "/etc/systemd/network", "/run/systemd/network", "/usr/lib/systemd/network" },
		  ".link",
		  "SR-IOVVirtualFunctions" },
		{ { "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d" },
		  ".rules",
		  "sriov_numvfs" },
		{ { "/etc/systemd/system" }, ".service", "sriov_numvfs" },
		{ { "/etc/tmpfiles.d" }, ".conf", "sriov_numvfs" },
		{ { "/etc/sysfs.d" }, ".conf", "sriov_numvfs" },
		{ { "/etc/modprobe.d" }, ".conf", "max_vfs=" },
	};
	struct search search = { .check = check };
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		search.place = &places[i];
		config_files(check->sysroot, places[i].directories, places[i].suffix, look_at_file,
			     &search);
	}
	search.place = &(struct place){ .word = "sriov_numvfs" };
	look_at_file(&search, "/etc/rc.local");
	look_at_file(&search, "/etc/sysfs.conf");
}

/* --- one request -------------------------------------------------------------------------------
 */

static void tell_refused(struct check *check, const struct vfs_request *request, const char *why)
{
	finding_add(&check->findings, LEVEL_PROBLEM, TOPIC,
		    "%s=%s: no virtual functions are created: %s", request->param, request->text,
		    why);
	if (request->slot[0])
		finding_device(&check->findings, request->slot);
}

/* Whether its driver can create them, only the driver knows. */
static void tell_driver(struct check *check, const struct vfs_request *request)
{
	if (is_vfio_driver(request->driver))
		finding_add_device(&check->findings, LEVEL_WARNING, TOPIC, request->slot,
				   "%s has it now; its own driver would create its virtual "
				   "functions (%s=%s)",
				   request->driver, request->param, request->text);
	else if (request->driver[0])
		finding_add_device(&check->findings, LEVEL_OK, TOPIC, request->slot,
				   "it keeps its driver, %s; %u virtual function%s of it will be "
				   "created and claimed, if that driver can create them (%s=%s)",
				   request->driver, request->count, request->count == 1 ? "" : "s",
				   request->param, request->text);
	else
		finding_add_device(&check->findings, LEVEL_WARNING, TOPIC, request->slot,
				   "it has no driver, which would create its virtual functions "
				   "(%s=%s)",
				   request->param, request->text);
}

/* If another program creates some now, it will probably do so again. */
static void tell_number(struct check *check, const struct vfs_request *request)
{
	struct virtual_functions functions;
	size_t count;

	virtual_functions_read(&functions, check->sysroot, request->slot);
	count = functions.slots.count;
	virtual_functions_free(&functions);
	if (!count || count == request->count)
		return;
	finding_add_device(&check->findings, LEVEL_WARNING, TOPIC, request->slot,
			   "it has %zu virtual function%s now, and %u are requested (%s=%s); if "
			   "another program creates those at boot, none is claimed",
			   count, count == 1 ? "" : "s", request->count, request->param,
			   request->text);
}

/* Behind a bridge that does not keep functions apart (no ACS), they are in its group. */
static void tell_group(struct check *check, const struct vfs_request *request)
{
	struct string_set members = sysroot_list(
		check->sysroot, "/sys/bus/pci/devices/%s/iommu_group/devices", request->slot);
	char *physical;
	size_t i;

	for (i = 0; i < members.count; i++) {
		physical = physical_function(check->sysroot, members.name[i]);
		if (strcmp(members.name[i], request->slot) != 0 &&
		    (!physical || strcmp(physical, request->slot) == 0)) {
			finding_add_device(&check->findings, LEVEL_WARNING, TOPIC, request->slot,
					   "its IOMMU group also has %s; virtual functions that "
					   "are in this group, too, cannot be passed through "
					   "while a driver of the host has any other device in it "
					   "(%s=%s)",
					   members.name[i], request->param, request->text);
			i = members.count;
		}
		free(physical);
	}
	string_set_free(&members);
}

static void check_request(struct check *check, const struct next_boot *next,
			  const struct vfs_request *request)
{
	struct text why;

	if (next_boot_lacks_vfs(&why, next, request)) {
		tell_refused(check, request, why.data);
	} else {
		tell_driver(check, request);
		tell_number(check, request);
		tell_group(check, request);
	}
}

void check_vfs(struct check *check, const struct next_boot *next)
{
	size_t i;

	for (i = 0; i < next->vfs.count; i++)
		check_request(check, next, &next->vfs.list[i]);
	if (next->vfs.count)
		find_others(check);
}
