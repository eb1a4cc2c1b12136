/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfs_requests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/device.h"
#include "../core/params.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../machine/virtual_functions.h"

static const char *const FORM = "it must be SLOT:N, such as 03:00.0:4";
static const char *const ONE = "it must name one function by its slot or path";
static const char *const TWICE = "another request names the same function";

/* --- one request -------------------------------------------------------------------------------
 */

/* Returns the number that is all of @text, or 0. */
static unsigned int read_count(const char *text)
{
	unsigned int count = 0;

	for (; *text >= '0' && *text <= '9' && count <= VFS_MAX; text++)
		count = count * 10 + (unsigned int)(*text - '0');
	return *text || count > VFS_MAX ? 0 : count;
}

/* Cuts the number off @request->place. Returns what is wrong with it, or NULL. */
static const char *take_count(struct vfs_request *request)
{
	char *colon = strrchr(request->place, ':');

	/* A slot without a number has its dot behind the last colon. */
	if (!colon || strpbrk(colon, ".@/*"))
		return FORM;
	*colon = '\0';
	request->count = read_count(colon + 1);
	return request->count ? NULL : "the number must be from 1 to 65535";
}

static void parse(struct vfs_request *request, bool bare)
{
	const struct selector *selector = &request->selector;

	request->wrong = bare ? NULL : take_count(request);
	if (!request->wrong)
		request->wrong = selector_parse(request->place, &request->selector);
	if (!request->wrong && (selector->kind != SELECTOR_ADDRESS || selector->wildcard))
		request->wrong = ONE;
}

/* --- its function ------------------------------------------------------------------------------
 */

/* Returns true if @slot is the function of the request, whatever a guard says. */
static bool is_it(const struct vfs_request *request, int sys, const char *slot)
{
	const struct device_needs needs = { .claim_path = request->selector.steps };
	struct pci_address address;
	struct device device;

	if (!address_parse(slot, &address))
		return false;
	device_identify(&device, sys, &address, &needs);
	return device_is_meant(&request->selector, &device);
}

static void find_slot(struct vfs_request *request, int sys, const struct string_set *slots)
{
	size_t i;

	for (i = 0; !request->wrong && i < slots->count; i++)
		if (is_it(request, sys, slots->name[i])) {
			snprintf(request->slot, sizeof(request->slot), "%s", slots->name[i]);
			pci_link(sys, request->slot, "driver", request->driver);
			return;
		}
}

/* Only one request for a function can be met. */
static void find_twice(struct vfs_requests *requests)
{
	struct vfs_request *list = requests->list;
	size_t i, k;

	for (i = 0; i < requests->count; i++)
		for (k = 0; k < i && !list[i].wrong; k++)
			if (list[i].slot[0] && strcmp(list[k].slot, list[i].slot) == 0)
				list[i].wrong = TWICE;
}

static void find_slots(struct vfs_requests *requests, const char *sysroot)
{
	struct string_set slots = sysroot_list(sysroot, "/sys/bus/pci/devices");
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	size_t i;

	for (i = 0; sys >= 0 && i < requests->count; i++)
		find_slot(&requests->list[i], sys, &slots);
	find_twice(requests);
	if (sys >= 0)
		close(sys);
	free(path);
	string_set_free(&slots);
}

/* --- all of them -------------------------------------------------------------------------------
 */

/* Returns 0 or -ENOMEM. */
static int add(struct vfs_requests *requests, const char *param, const char *text, bool bare)
{
	struct vfs_request request = { .param = param,
				       .text = strdup(text),
				       .place = strdup(text) };
	int err = request.text && request.place ? 0 : -ENOMEM;

	if (!err) {
		parse(&request, bare);
		err = array_add(&requests->list, &requests->count, &request, sizeof(request));
	}
	if (err) {
		free(request.place);
		free(request.text);
	}
	return err;
}

/* @list: or NULL. Returns 0 or -ENOMEM. */
static int add_list(struct vfs_requests *requests, const char *param, const char *list, bool bare)
{
	char *copy = strdup(list ? list : ""), *rest = copy, *item;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (item = param_item(&rest, ",")))
		err = add(requests, param, item, bare);
	free(copy);
	return err;
}

/* Ends reading with @err. Returns 0, or -1 after printing an error. */
static int finish(struct vfs_requests *requests, const char *sysroot, int err)
{
	if (err)
		message_errno(err, "the requests for virtual functions");
	else if (requests->count)
		find_slots(requests, sysroot);
	return err ? -1 : 0;
}

int vfs_requests_read(struct vfs_requests *requests, const char *sysroot, const char *cmdline,
		      const char *conf)
{
	struct wishes line = { 0 }, file = { 0 };
	/* An empty one replaces those of the file, too. */
	char *given = cmdline_value(cmdline, "rd.vfio.vfs");
	int err = wishes_read(&line, cmdline);

	*requests = (struct vfs_requests){ 0 };
	if (!err && conf)
		err = wishes_read_conf(&file, conf);
	if (!err && given)
		err = add_list(requests, "rd.vfio.vfs", line.vfs, false);
	else if (!err)
		err = add_list(requests, "vfs", file.vfs, false);
	wishes_free(&file);
	wishes_free(&line);
	free(given);
	return finish(requests, sysroot, err);
}

int vfs_requests_read_list(struct vfs_requests *requests, const char *sysroot, const char *list,
			   bool bare)
{
	*requests = (struct vfs_requests){ 0 };
	return finish(requests, sysroot, add_list(requests, "--vfs", list, bare));
}

void vfs_requests_free(struct vfs_requests *requests)
{
	while (requests->count) {
		free(requests->list[--requests->count].place);
		free(requests->list[requests->count].text);
	}
	free(requests->list);
	*requests = (struct vfs_requests){ 0 };
}

/* --- options -----------------------------------------------------------------------------------
 */

/* Returns EXIT_OK, or another exit status after printing an error. */
static int check_list(const struct arguments *args, const struct vfs_requests *requests)
{
	size_t i;

	/* On a command line these would end it. */
	if (!requests->count || strpbrk(args->value, " \t\n\v\f\r\"\xa0"))
		return usage_error(args, "'%s': a list without blanks and quotes", args->value);
	for (i = 0; i < requests->count; i++)
		if (requests->list[i].wrong)
			return usage_error(args, "'%s': %s", requests->list[i].text,
					   requests->list[i].wrong);
	return EXIT_OK;
}

static int take(const struct arguments *args, char **list, bool bare)
{
	struct vfs_requests requests = { 0 };
	int err = add_list(&requests, "--vfs", args->value, bare);
	int status = err ? EXIT_FAILED : check_list(args, &requests);

	if (status == EXIT_OK)
		err = (bare ? wishes_add : wishes_add_vfs)(list, args->value);
	vfs_requests_free(&requests);
	if (!err)
		return status;
	message_errno(err, "%s", args->value);
	return EXIT_FAILED;
}

int vfs_requests_take(const struct arguments *args, void *to)
{
	return take(args, to, false);
}

int vfs_requests_take_bare(const struct arguments *args, void *to)
{
	return take(args, to, true);
}

/* --- what cannot be ----------------------------------------------------------------------------
 */

bool vfs_request_is_other(struct text *why, const struct vfs_request *request, const char *sysroot)
{
	char *vendor, *device;
	struct pci_id id = { 0 };
	bool other;

	if (!request->selector.guarded)
		return false;
	vendor = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/vendor", request->slot);
	device = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/device", request->slot);
	if (vendor && device) {
		id.vendor = (uint32_t)strtoul(vendor, NULL, 16);
		id.device = (uint32_t)strtoul(device, NULL, 16);
	}
	other = !selector_guard_holds(&request->selector, &id);
	if (other)
		text_set(why, "it is another device, %04x:%04x", id.vendor, id.device);
	free(device);
	free(vendor);
	return other;
}

bool vfs_request_refused(struct text *why, const struct vfs_request *request, const char *sysroot)
{
	struct virtual_functions functions;
	char *physical;
	bool refused;

	text_set(why, "%s", request->wrong ? request->wrong : "no such device");
	if (request->wrong || !request->slot[0] || vfs_request_is_other(why, request, sysroot))
		return true;
	physical = physical_function(sysroot, request->slot);
	virtual_functions_read(&functions, sysroot, request->slot);
	refused = physical || request->count > functions.total;
	if (physical)
		text_set(why, "it is itself a virtual function, of %s", physical);
	else if (!functions.total)
		text_set(why, "it cannot have virtual functions (no SR-IOV, or none allowed)");
	else if (refused)
		text_set(why, "it can have %u virtual function%s at most", functions.total,
			 functions.total == 1 ? "" : "s");
	virtual_functions_free(&functions);
	free(physical);
	return refused;
}
