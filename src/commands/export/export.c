/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export.c - vfio-claim export: prints the definition of devices for a virtual machine
 */
#include "export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../host/messages.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "../../plan/selection.h"
#include "../../plan/selector_args.h"
#include "../command.h"

/*
 * Of a PCI domain with more digits: nova leaves out such devices (nova/pci/manager.py); Incus
 * (shared/validate, IsPCIAddress()) and KubeVirt (pkg/util/hardware, PCI_ADDRESS_PATTERN) cannot
 * read their addresses.
 */
#define DOMAIN_MAX 0xffff

/* One export: what was requested, and what is there. */
struct job {
	enum export_format format;
	const char *sysroot;
	char *selectors;    /* "SEL,SEL" */
	unsigned int bus;   /* libvirt: the guest's for the first card of several functions; 0: none
			       was given */
	const char *domain; /* libvirt: the virtual machine; or NULL */
	bool by_is_given;   /* nova: --by */
	struct boot_plan selection;
	struct pci_functions functions;
	struct exports exports;
};

/* The words of --format, in the order of enum export_format from FORMAT_LIBVIRT on. */
static const struct help_item formats[] = {
	{ "libvirt",
	  "<hostdev> elements to insert below <devices> with virsh edit; a single one can be in a "
	  "file for virsh attach-device. Functions of one card share a slot of the guest; for a "
	  "machine of type pc, which has no root ports, use --domain" },
	{ "qemu", "arguments for qemu-system-x86_64 -machine q35: qemu-system-x86_64 ... "
		  "$(vfio-claim export --format qemu 02:00.*)" },
	{ "nova", "device_spec and alias for the [pci] section of OpenStack's nova.conf, and a "
		  "flavor that asks for them" },
	{ "proxmox", "commands for Proxmox VE: qm set with the card's functions, and the same with "
		     "a mapping of the cluster; replace VMID" },
	{ "incus", "commands for Incus: incus config device add for each function; replace "
		   "INSTANCE" },
	{ "kubevirt", "YAML for KubeVirt: what the cluster permits, and what a virtual machine "
		      "asks for" },
	{ .term = NULL },
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]) - 1)

/* What else is known of a format. */
static const struct {
	const char *program; /* its own name */
	bool narrow;         /* it takes no PCI domain beyond DOMAIN_MAX */
} programs[] = {
	[FORMAT_LIBVIRT] = { "libvirt", false }, [FORMAT_QEMU] = { "QEMU", false },
	[FORMAT_NOVA] = { "nova", true },        [FORMAT_PROXMOX] = { "Proxmox VE", false },
	[FORMAT_INCUS] = { "Incus", true },      [FORMAT_KUBEVIRT] = { "KubeVirt", true },
};

/* A set of formats. */
#define SET(format) (1u << (format))
#define ALL_FORMATS (SET(FORMAT_COUNT + 1) - SET(FORMAT_LIBVIRT))

const char *export_program(enum export_format format)
{
	return programs[format].program;
}

/* Returns the word of --format. */
static const char *format_word(unsigned int format)
{
	return formats[format - FORMAT_LIBVIRT].term;
}

/* Writes the words of a @set of formats to @text: "libvirt, qemu or nova". */
static void list_formats(struct text *text, unsigned int set)
{
	unsigned int i;

	text_set(text, "%s", "");
	for (i = FORMAT_LIBVIRT; i <= FORMAT_COUNT; i++) {
		if (!(set & SET(i)))
			continue;
		set &= ~SET(i);
		text_add(text, "%s%s", !text->length ? "" : set ? ", " : " or ", format_word(i));
	}
}

static int take_format(const struct arguments *args, void *to)
{
	enum export_format *format = to;
	struct text words;
	unsigned int i;

	for (i = FORMAT_LIBVIRT; i <= FORMAT_COUNT; i++) {
		if (strcmp(args->value, format_word(i)) != 0)
			continue;
		*format = (enum export_format)i;
		return EXIT_OK;
	}
	list_formats(&words, ALL_FORMATS);
	return usage_error(args, "--format is %s, not '%s'", words.data, args->value);
}

static int take_bus(const struct arguments *args, void *to)
{
	char *end;
	unsigned long bus = strtoul(args->value, &end, 0);

	/* strtoul() would take a sign and white space, too. */
	if (*end || args->value[0] < '0' || args->value[0] > '9' || bus < 1 || bus > GUEST_BUS_MAX)
		return usage_error(args, "--bus is 1 to %d, not '%s'", GUEST_BUS_MAX, args->value);
	*(unsigned int *)to = (unsigned int)bus;
	return EXIT_OK;
}

static int take_by(const struct arguments *args, void *to)
{
	struct job *taken = to;

	taken->by_is_given = true;
	taken->exports.by_id = strcmp(args->value, "id") == 0;
	if (taken->exports.by_id || strcmp(args->value, "address") == 0)
		return EXIT_OK;
	return usage_error(args, "--by is address or id, not '%s'", args->value);
}

/* Returns the function's row in the table, or NULL. */
static const struct pci_function *find_row(const struct pci_functions *functions,
					   const struct device *device)
{
	size_t i;

	for (i = 0; i < functions->count; i++)
		if (!address_compare(&functions->list[i].address, &device->address))
			return &functions->list[i];
	return NULL;
}

static bool is_physical(const char *sysroot, const char *slot)
{
	char *total = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/sriov_totalvfs", slot);
	bool is = total && atoi(total) > 0;

	free(total);
	return is;
}

static void describe(struct export_function *function, const struct job *job)
{
	const char *sysroot = job->sysroot, *slot = function->device->slot;
	const struct pci_function *row = find_row(&job->functions, function->device);

	function->class_name = row ? row->class_name : "";
	function->name = row ? row->name : "";
	function->virtual = sysroot_has(sysroot, "/sys/bus/pci/devices/%s/physfn", slot);
	function->physical = is_physical(sysroot, slot);
}

/*
 * Returns the name of this node in a Proxmox cluster, its host name without the domain: a new
 * string, or NULL if out of memory. "NODE" if it is not known.
 */
static char *find_node(const char *sysroot)
{
	char *node = sysroot_read(sysroot, "/proc/sys/kernel/hostname");

	if (!node)
		return strdup("NODE");
	node[strspn(node, SHELL_PLAIN)] = '\0';
	node[strcspn(node, ".")] = '\0';
	return node;
}

static int collect(struct job *job)
{
	const struct plan *plan = &job->selection.plan;
	struct exports *exports = &job->exports;
	size_t i;

	exports->sysroot = job->sysroot;
	exports->selectors = job->selectors;
	exports->node = find_node(job->sysroot);
	exports->list = calloc(plan->claim_count + 1, sizeof(*exports->list));
	if (!exports->list || !exports->node)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		exports->list[exports->count].device = plan->decisions[i].device;
		describe(&exports->list[exports->count++], job);
	}
	return 0;
}

/* Virtual functions that share a slot are still separate devices. */
static bool is_same_card(const struct export_function *a, const struct export_function *b)
{
	const struct pci_address *x = &a->device->address, *y = &b->device->address;

	return !a->virtual && !b->virtual && x->domain == y->domain && x->bus == y->bus &&
	       x->device == y->device;
}

/*
 * Decides which functions share a slot of the guest: a guest looks for others in a slot only if it
 * has a function 0. Cards with several functions are numbered first, so that their buses have no
 * gaps.
 */
static void deal_cards(struct exports *exports)
{
	struct export_function *list = exports->list;
	size_t i, j, cards = 0;

	for (i = 0; i < exports->count; i = j) {
		for (j = i + 1; j < exports->count && is_same_card(&list[i], &list[j]); j++)
			;
		if (j == i + 1 || list[i].device->address.function != 0)
			continue;
		list[i].first = true;
		for (size_t k = i; k < j; k++) {
			list[k].shared = true;
			list[k].card = cards;
		}
		cards++;
	}
	exports->shared_cards = cards;
	for (i = 0; i < exports->count; i++) {
		if (list[i].shared)
			continue;
		list[i].first = true;
		list[i].card = cards++;
	}
}

bool is_exported(const struct exports *exports, const struct pci_function *row)
{
	size_t i;

	for (i = 0; i < exports->count; i++)
		if (!address_compare(&exports->list[i].device->address, &row->address))
			return true;
	return false;
}

/* Returns true if all functions in the slot of a physical function are exported, 0 among them. */
static bool is_whole(const struct job *job, const struct export_function *function)
{
	const struct pci_address *at = &function->device->address, *other;
	bool first = false;
	size_t i;

	for (i = 0; i < job->functions.count; i++) {
		other = &job->functions.list[i].address;
		if (other->domain != at->domain || other->bus != at->bus ||
		    other->device != at->device)
			continue;
		if (!is_exported(&job->exports, &job->functions.list[i]))
			return false;
		first |= other->function == 0;
	}
	return first && !function->virtual;
}

static void find_whole(struct job *job)
{
	size_t i;

	for (i = 0; i < job->exports.count; i++)
		job->exports.list[i].whole = is_whole(job, &job->exports.list[i]);
}

bool export_is_narrow(enum export_format format)
{
	return programs[format].narrow;
}

bool export_is_beyond(const struct export_function *function)
{
	return function->device->address.domain > DOMAIN_MAX;
}

/* Returns 0 or -ENOMEM. */
static int print(const struct job *job)
{
	switch (job->format) {
	case FORMAT_LIBVIRT:
		export_libvirt(&job->exports);
		return 0;
	case FORMAT_QEMU:
		export_qemu(&job->exports);
		return 0;
	case FORMAT_PROXMOX:
		export_proxmox(&job->exports);
		return 0;
	case FORMAT_INCUS:
		export_incus(&job->exports);
		return 0;
	case FORMAT_KUBEVIRT:
		export_kubevirt(&job->exports);
		return 0;
	default:
		return export_nova(&job->exports);
	}
}

/* Returns true if the program of this format can have at least one of them. */
static bool has_any(const struct job *job)
{
	size_t i;

	if (!export_is_narrow(job->format))
		return true;
	for (i = 0; i < job->exports.count; i++)
		if (!export_is_beyond(&job->exports.list[i]))
			return true;
	message_error("nothing to export: these are all in PCI domains beyond ffff");
	return false;
}

static int export(struct job *job)
{
	int err;

	if (selection_decide(&job->selection, job->sysroot, job->selectors, false) < 0 ||
	    selection_refusals(&job->selection, job->sysroot))
		return EXIT_FAILED;
	if (!job->selection.plan.claim_count) {
		message_error("nothing to export: these are all bridges");
		return EXIT_FAILED;
	}
	if (pci_functions_read(job->sysroot, &job->functions) < 0)
		return EXIT_FAILED;
	err = collect(job);
	if (!err) {
		deal_cards(&job->exports);
		find_whole(job);
		if (!has_any(job) || (job->format == FORMAT_LIBVIRT &&
				      !export_place_cards(&job->exports, job->domain, job->bus)))
			return EXIT_FAILED;
		export_warn(&job->exports, job->format, &job->selection.plan, &job->functions);
		err = print(job);
	}
	if (!err)
		return EXIT_OK;
	message_errno(err, "cannot export");
	return EXIT_FAILED;
}

static struct job job;

/* Checks that each option is for the format. Returns an exit status. */
static int check_options(const struct arguments *args)
{
	const struct {
		const char *name;
		bool given;
		unsigned int formats;
	} list[] = {
		{ "domain", job.domain, SET(FORMAT_LIBVIRT) },
		{ "bus", job.bus, SET(FORMAT_LIBVIRT) },
		{ "managed", job.exports.managed, SET(FORMAT_LIBVIRT) | SET(FORMAT_NOVA) },
		{ "iommufd", job.exports.iommufd, SET(FORMAT_QEMU) },
		{ "by", job.by_is_given, SET(FORMAT_NOVA) },
		{ "x-vga", job.exports.x_vga, SET(FORMAT_PROXMOX) },
	};
	struct text words;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (!list[i].given || list[i].formats & SET(job.format))
			continue;
		list_formats(&words, list[i].formats);
		return usage_error(args, "--%s is for --format %s, not %s", list[i].name,
				   words.data, format_word(job.format));
	}
	return EXIT_OK;
}

static int run(const char *sysroot, const struct arguments *args)
{
	struct text words;
	int status;

	if (job.format == FORMAT_NONE) {
		list_formats(&words, ALL_FORMATS);
		return usage_error(args, "--format %s is missing", words.data);
	}
	status = check_options(args);
	if (status != EXIT_OK)
		return status;
	if (job.bus && job.domain)
		return usage_error(args, "--bus and --domain cannot be used together");
	job.sysroot = sysroot;
	if (!job.selectors)
		return usage_error(args, "no device was named");
	status = export(&job);
	free(job.exports.list);
	free(job.exports.node);
	free(job.exports.place);
	guest_free(&job.exports.guest);
	pci_functions_free(&job.functions);
	boot_plan_free(&job.selection);
	free(job.selectors);
	return status;
}

static const struct option_def options[] = {
	{ .name = "format",
	  .value = "libvirt|qemu|nova|proxmox|incus|kubevirt",
	  .take = take_format,
	  .to = &job.format,
	  .help = "the format; see below" },
	{ .name = "domain",
	  .value = "NAME",
	  .text = &job.domain,
	  .help = "libvirt: the name of the virtual machine, for which virsh is asked, not its ID "
		  "or UUID; or with a slash the path of a file with its XML; cards with several "
		  "functions go behind root ports "
		  "that are free in it" },
	{ .name = "bus",
	  .value = "N",
	  .take = take_bus,
	  .to = &job.bus,
	  .help = "libvirt: without --domain, the guest's bus for the first card with several "
		  "functions, 1 to 255 (15, the first that a guest of virt-manager does not have); "
		  "the other cards follow; libvirt adds a root port for each lower bus that is "
		  "missing" },
	{ .name = "managed",
	  .flag = &job.exports.managed,
	  .help = "libvirt, nova: libvirt takes a device that is not on vfio-pci from its driver, "
		  "and gives it back afterwards; one that is on vfio-pci already stays there" },
	{ .name = "iommufd",
	  .flag = &job.exports.iommufd,
	  .help = "qemu: use /dev/iommu and the device's own file; QEMU 9.0 or later, Linux 6.6 or "
		  "later with CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV" },
	{ .name = "by",
	  .value = "address|id",
	  .take = take_by,
	  .to = &job,
	  .help = "nova: only these devices (the default), or every device with the same ID" },
	{ .name = "x-vga",
	  .flag = &job.exports.x_vga,
	  .help = "proxmox: a display becomes the guest's only one" },
	{ .name = NULL },
};

static const struct help_section sections[] = {
	{ .title = "Formats", .items = formats },
	{ .title = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "success, perhaps with warnings on standard error" },
	{ "1", "a device is not there or is a bridge, or the virtual machine has no place for "
	       "it; nothing was printed" },
	STATUS_USAGE,
};

const struct command export_command = {
	.name = "export",
	.group = GROUP_OTHERS,
	.purpose = "print device definitions for libvirt, QEMU, Incus and others",
	.synopsis = "--format FORMAT SEL... [OPTIONS]",
	.help = "Prints the definition of these devices for a virtual machine. Bridges are never "
		"printed. Nothing is printed if a selector matches no device.",
	.options = options,
	.operand = { "SEL", selector_args_add, &job.selectors },
	.sysroot_help = "read /sys and the names (pci.ids) below DIR",
	.sections = sections,
	.statuses = statuses,
	.run = run,
};
