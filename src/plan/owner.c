/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../core/array.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/sysroot.h"
#include "../machine/device_nodes.h"
#include "boot_plan.h"
#include "claim_state.h"
#include "vfs_state.h"

#define PASSWD "/etc/passwd"
#define GROUP  "/etc/group"
#define IOMMU  "/dev/iommu"
#define OWN    " own --owner "

/* --- who it is ---------------------------------------------------------------------------------
 */

/* Opens a file below the sysroot. Returns NULL if that cannot be done. */
static FILE *open_below(const char *sysroot, const char *path)
{
	char *located = path_below(sysroot, path);
	FILE *in = located ? fopen(located, "re") : NULL;

	free(located);
	return in;
}

static bool find_user(struct owner *owner, FILE *in, const char *name)
{
	struct passwd *entry;

	while ((entry = fgetpwent(in)))
		if (strcmp(entry->pw_name, name) == 0) {
			owner->id = entry->pw_uid;
			return true;
		}
	return false;
}

static bool find_group(struct owner *owner, FILE *in, const char *name)
{
	struct group *entry;

	while ((entry = fgetgrent(in)))
		if (strcmp(entry->gr_name, name) == 0) {
			owner->id = entry->gr_gid;
			return true;
		}
	return false;
}

/* Returns true for a name that means nothing else in a rule of udev. */
static bool is_plain(const char *name)
{
	return name[0] && name[0] != '-' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.-")];
}

int owner_find(struct owner *owner, const char *sysroot, const char *text)
{
	bool group = text[0] == ':', found = false;
	const char *name = text + group, *file = group ? GROUP : PASSWD;
	FILE *in = is_plain(name) ? open_below(sysroot, file) : NULL;

	*owner = (struct owner){ .text = text, .group = group };
	if (in) {
		found = group ? find_group(owner, in, name) : find_user(owner, in, name);
		fclose(in);
	}
	if (!found)
		message_error("--owner %s: there is no %s '%s' in %s%s; those of a directory "
			      "service are not known yet when udev runs%s",
			      text, group ? "group" : "user", name, sysroot, file,
			      group ? "" : "; a group is written with a colon, ':kvm'");
	return found ? 0 : -1;
}

/* --- the rule ----------------------------------------------------------------------------------
 */

char *owner_rule_read(const char *sysroot)
{
	char *text = config_text(sysroot, OWNER_RULE), *name = NULL;
	const char *at = text ? strstr(text, OWN) : NULL;

	if (at)
		at += strlen(OWN);
	if (at && at[0])
		name = strndup(at, strcspn(at, " \"\n"));
	free(text);
	return name;
}

/* Returns the rule's text, or NULL after printing an error. */
static char *make_text(const char *sysroot, const char *name)
{
	char *program = find_program(sysroot, "vfio-claim"), *text = NULL;

	if (!program) {
		message_error("--owner: vfio-claim is not installed in this system (in /usr/sbin, "
			      "for example), and the rule of udev calls it");
		return NULL;
	}
	if (asprintf(&text,
		     "# Written by 'vfio-claim enable --owner %s'; 'vfio-claim disable' removes "
		     "it.\n"
		     "# Gives the nodes of claimed devices, and no others, to this user or group.\n"
		     "ACTION!=\"remove\", SUBSYSTEM==\"vfio|vfio-dev\", TEST==\"%s\", "
		     "RUN+=\"%s" OWN "%s $devnode\"\n"
		     "ACTION!=\"remove\", SUBSYSTEM==\"misc\", KERNEL==\"iommu\", TEST==\"%s\", "
		     "RUN+=\"%s" OWN "%s $devnode\"\n",
		     name, program, program, name, program, program, name) < 0) {
		message_errno(ENOMEM, OWNER_RULE);
		text = NULL;
	}
	free(program);
	return text;
}

int owner_rule_set(struct changes *changes, const char *name)
{
	char *text = name ? make_text(changes->sysroot, name) : NULL;

	if (name && !text)
		return -1;
	changes_file(changes, OWNER_RULE, text);
	free(text);
	return 0;
}

/* --- the nodes ---------------------------------------------------------------------------------
 */

/* Adds those of claimed virtual functions. */
static void add_virtual(struct device_nodes *nodes, const char *sysroot,
			const struct vfs_request *request, const struct requests *boot)
{
	struct device device = { 0 };
	struct vfs_state state;
	size_t i;

	if (vfs_state_find(&state, sysroot, request, boot) < 0)
		return;
	for (i = 0; i < state.count; i++) {
		if (!state.list[i].claimed)
			continue;
		memcpy(device.slot, state.list[i].slot, sizeof(device.slot));
		memcpy(device.group, state.list[i].group, sizeof(device.group));
		device_nodes_add_vfio(nodes, sysroot, &device);
	}
	vfs_state_free(&state);
}

/* Finds the nodes of all claimed devices. Returns 0, or -1 after printing an error. */
static int find_nodes(struct device_nodes *nodes, const char *sysroot)
{
	struct boot_plan boot_plan = { 0 };
	struct vfs_requests vfs = { 0 };
	const struct decision *decision;
	int result = -1;
	size_t i;

	if (boot_plan_read_boot(&boot_plan, sysroot) == 0 &&
	    vfs_requests_read(&vfs, sysroot, boot_plan.texts.cmdline, boot_plan.texts.conf) == 0 &&
	    boot_plan_look(&boot_plan, sysroot) == 0 && boot_plan_decide(&boot_plan) == 0)
		result = 0;
	for (i = 0; result == 0 && !boot_plan.requests.off && i < boot_plan.plan.count; i++) {
		decision = &boot_plan.plan.decisions[i];
		if (decision_is_asked(decision) &&
		    decision_is_claimed(decision, &boot_plan.requests, sysroot))
			device_nodes_add_vfio(nodes, sysroot, decision->device);
	}
	for (i = 0; result == 0 && !boot_plan.requests.off && i < vfs.count; i++)
		add_virtual(nodes, sysroot, &vfs.list[i], &boot_plan.requests);
	vfs_requests_free(&vfs);
	boot_plan_free(&boot_plan);
	return result;
}

/* Returns true if the owner can read and write the node that @st describes. */
static bool has_node(const struct owner *owner, const struct stat *st)
{
	mode_t wanted = owner->group ? S_IRGRP | S_IWGRP : S_IRUSR | S_IWUSR;

	return (owner->group ? st->st_gid : st->st_uid) == owner->id &&
	       (st->st_mode & wanted) == wanted;
}

/* Fills @st for a character device. Returns where it is, a new string; NULL if there is none. */
static char *find_node(const char *sysroot, const char *path, struct stat *st)
{
	char *located = path_below(sysroot, path);

	if (located && lstat(located, st) == 0 && S_ISCHR(st->st_mode))
		return located;
	free(located);
	return NULL;
}

static void add_node(struct owned_nodes *nodes, const char *sysroot, const struct owner *owner,
		     const struct device_node *node)
{
	struct owned_node found = { .path = NULL };
	struct stat st;
	char *located;
	size_t i;

	if (asprintf(&found.path, "/dev/%s", node->name) < 0)
		return;
	for (i = 0; i < nodes->count; i++)
		if (strcmp(nodes->list[i].path, found.path) == 0)
			break;
	located = i == nodes->count ? find_node(sysroot, found.path, &st) : NULL;
	if (located)
		found.owned = has_node(owner, &st);
	if (!located || array_add(&nodes->list, &nodes->count, &found, sizeof(found)) < 0)
		free(found.path);
	free(located);
}

int owner_look(struct owned_nodes *nodes, const char *sysroot, const struct owner *owner)
{
	struct device_nodes found = { 0 };
	int result = find_nodes(&found, sysroot);
	size_t i;

	*nodes = (struct owned_nodes){ 0 };
	for (i = 0; i < found.count; i++)
		add_node(nodes, sysroot, owner, &found.list[i]);
	device_nodes_free(&found);
	return result;
}

void owned_nodes_free(struct owned_nodes *nodes)
{
	while (nodes->count)
		free(nodes->list[--nodes->count].path);
	free(nodes->list);
	*nodes = (struct owned_nodes){ 0 };
}

int ownership_read(struct ownership *ownership, const char *sysroot, bool this_boot)
{
	struct owner owner;
	size_t i;

	*ownership = (struct ownership){ .text = owner_rule_read(sysroot), .is_due = this_boot };
	if (!ownership->text)
		return 0;
	if (owner_find(&owner, sysroot, ownership->text) < 0) {
		ownership->unknown = ownership->is_missed = true;
		return 0;
	}
	if (owner_look(&ownership->nodes, sysroot, &owner) < 0)
		return -1;
	for (i = 0; i < ownership->nodes.count; i++)
		ownership->is_missed |= !ownership->nodes.list[i].owned && !this_boot;
	return 0;
}

void ownership_free(struct ownership *ownership)
{
	owned_nodes_free(&ownership->nodes);
	free(ownership->text);
	*ownership = (struct ownership){ 0 };
}

/* --- giving it ---------------------------------------------------------------------------------
 */

/* @shared: the node is not only this owner's. Returns 0, or -1 after printing an error. */
static int give(const char *sysroot, const struct owner *owner, const char *path, bool shared)
{
	struct stat st;
	char *located = find_node(sysroot, path, &st);
	uid_t uid = owner->group ? (uid_t)-1 : owner->id;
	gid_t gid = owner->group ? owner->id : (gid_t)-1;
	mode_t mode = owner->group ? S_IRGRP | S_IWGRP : S_IRUSR | S_IWUSR;
	int result = 0;

	if (located && !has_node(owner, &st) &&
	    !(shared && (owner->group ? st.st_gid : st.st_uid) != 0) &&
	    (lchown(located, uid, gid) < 0 || chmod(located, (st.st_mode & 07777) | mode) < 0)) {
		message_errno(errno, "cannot give %s to %s", path, owner->text);
		result = -1;
	}
	free(located);
	return result;
}

/* Returns true if @path, "/dev/vfio/12", is one of them. */
static bool is_among(const struct device_nodes *nodes, const char *path)
{
	size_t i;

	for (i = 0; i < nodes->count; i++)
		if (strncmp(path, "/dev/", 5) == 0 && strcmp(path + 5, nodes->list[i].name) == 0)
			return true;
	return false;
}

int owner_give(const char *sysroot, const struct owner *owner, const char *path)
{
	struct device_nodes nodes = { 0 };
	int result = find_nodes(&nodes, sysroot);

	if (result == 0 && nodes.count && is_among(&nodes, path))
		result = give(sysroot, owner, path, false);
	if (result == 0 && nodes.count)
		result = give(sysroot, owner, IOMMU, true);
	device_nodes_free(&nodes);
	return result;
}
