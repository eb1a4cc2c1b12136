// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "property.h"

const char *const KERNELS[] = { "6.1.0-module", "6.1.0-builtin", "6.1.0-none" };

/* What a function may be. */
struct kind {
	unsigned int vendor, device, class;
	const char *driver;
};

static const struct kind displays[] = {
	{ 0x10de, 0x1e07, 0x030000, "nouveau" },
	{ 0x10de, 0x1e07, 0x030000, "nouveau" },
	{ 0x1002, 0x73bf, 0x030000, "amdgpu" },
	{ 0x10de, 0x2342, 0x030200, "nouveau" },
};
static const struct kind companions[] = {
	{ 0x10de, 0x10f7, 0x040300, "snd_hda_intel" },
	{ 0x10de, 0x1ad6, 0x0c0330, "xhci_hcd" },
	{ 0x10de, 0x1ad7, 0x0c8000, NULL },
};
static const struct kind cards[] = {
	{ 0x144d, 0xa808, 0x010802, "nvme" },      { 0x144d, 0xa808, 0x010802, "nvme" },
	{ 0x15b3, 0x101e, 0x020000, "mlx5_core" }, { 0x8086, 0x1521, 0x020000, "igb" },
	{ 0x1b21, 0x1242, 0x0c0330, "xhci_hcd" },  { 0x19e5, 0xa255, 0x100000, NULL },
};
static const struct kind board[] = {
	{ 0x8086, 0xa305, 0x060100, NULL },
	{ 0x8086, 0xa352, 0x010601, "ahci" },
	{ 0x8086, 0xa348, 0x040300, "snd_hda_intel" },
	{ 0x8086, 0xa323, 0x0c0500, "i801_smbus" },
};
static const struct kind host_bridges[] = {
	{ 0x8086, 0x3ec2, 0x060000, NULL },
	{ 0x8086, 0x3ec2, 0x060000, NULL },
	{ 0x8086, 0x3ec2, 0x060000, NULL },
	{ 0x8086, 0x2020, 0x060000, "skx_uncore" },
};
static const struct kind port = { 0x8086, 0x1901, 0x060400, "pcieport" };
static const struct kind graphics = { 0x8086, 0x3e98, 0x030000, "i915" };
static const struct kind vmd = { 0x8086, 0x9a0b, 0x010400, "vmd" };
static const struct kind virtual = { 0x8086, 0x1520, 0x020000, "igbvf" };

/* --- what there is -----------------------------------------------------------------------------
 */

static struct function *add(struct machine *machine, const struct kind *kind, const char *above,
			    const unsigned int *address)
{
	char path[sizeof(machine->function->path)];
	struct function *function = &machine->function[machine->count];

	if (machine->count++ == FUNCTIONS_MAX)
		abort();
	*function = (struct function){ .group = -1, .vfs = -1, .parent = -1, .vmd = -1 };
	function->domain = address[0];
	function->bus = address[1];
	function->device = address[2];
	function->function = address[3];
	snprintf(function->slot, sizeof(function->slot), "%04x:%02x:%02x.%x", address[0],
		 address[1], address[2], address[3]);
	snprintf(path, sizeof(path), "%.200s/%s", above, function->slot);
	memcpy(function->path, path, sizeof(path));
	function->vendor = kind->vendor;
	function->id = kind->device;
	function->class = kind->class;
	function->subvendor = chance(60) ? 0x1af4 : 0x3842;
	function->subdevice = chance(60) ? 0x1100 : 0x2487;
	function->bridge = kind->class == 0x060400;
	function->readable = !chance(2);
	/* A driver would have been found by it. */
	function->native = function->readable ? kind->driver : NULL;
	function->display = kind->class == 0x030000;
	return function;
}

static void add_card(struct machine *machine, const char *above, unsigned int domain,
		     unsigned int bus, unsigned int device)
{
	unsigned int address[] = { domain, bus, device, 0 }, i, count;

	if (chance(50)) {
		add(machine, &PICK(cards), above, address);
		if (chance(15)) {
			address[3] = 1;
			add(machine, &PICK(cards), above, address);
		}
		return;
	}
	add(machine, &PICK(displays), above, address);
	count = roll(3);
	for (i = 0; i < count; i++) {
		address[3] = i + 1;
		add(machine, &companions[i], above, address);
	}
}

/* A port and what is behind it; gives the next free bus. */
static unsigned int add_port(struct machine *machine, const char *above, unsigned int domain,
			     unsigned int bus, unsigned int device, unsigned int next, int depth)
{
	unsigned int address[] = { domain, bus, device, 0 }, own = next++;
	struct function *bridge = add(machine, &port, above, address);

	bridge->readable = true;
	bridge->native = port.driver;
	if (depth < 2 && chance(15)) {
		next = add_port(machine, bridge->path, domain, own, 0, next, depth + 1);
		if (chance(50))
			next = add_port(machine, bridge->path, domain, own, 1, next, depth + 1);
		return next;
	}
	add_card(machine, bridge->path, domain, own, 0);
	return next;
}

static void add_domain(struct machine *machine, const char *root, unsigned int domain,
		       unsigned int bus, unsigned int ports)
{
	unsigned int next = bus + 1, i;

	for (i = 0; i < ports; i++)
		next = add_port(machine, root, domain, bus, i ? i + 2 : 1, next, 0);
}

static void add_board(struct machine *machine)
{
	unsigned int address[] = { 0, 0, 0x1f, 0 }, i, count = roll(COUNT(board) + 1);

	for (i = 0; i < count; i++) {
		address[3] = i;
		add(machine, &board[i], "pci0000:00", address);
	}
}

static void add_functions(struct machine *machine)
{
	struct function *function;
	size_t at, i;

	add(machine, &PICK(host_bridges), "pci0000:00", (unsigned int[]){ 0, 0, 0, 0 });
	if (chance(30))
		add(machine, &graphics, "pci0000:00", (unsigned int[]){ 0, 0, 2, 0 });
	add_domain(machine, "pci0000:00", 0, 0, 1 + roll(3));
	add_board(machine);
	if (chance(10)) {
		at = machine->count;
		function = add(machine, &vmd, "pci0000:00", (unsigned int[]){ 0, 0, 0xe, 0 });
		if (with.vmd && chance(50)) {
			char root[260];

			snprintf(root, sizeof(root), "%s/pci10000:e0", function->path);
			add_domain(machine, root, 0x10000, 0xe0, 1);
		}
		for (i = at + 1; i < machine->count; i++)
			machine->function[i].vmd = (int)at;
	}
	if (chance(10))
		add_domain(machine, "pci0001:80", 1, 0x80, 1);
}

/* Virtual functions of the first network card, which the next boot does not begin with. */
static void add_virtual(struct machine *machine)
{
	unsigned int address[4], i, pf;
	struct function *function;
	char above[240];

	for (pf = 0; pf < machine->count; pf++)
		if (machine->function[pf].class == 0x020000)
			break;
	if (pf == machine->count)
		return;
	function = &machine->function[pf];
	function->vfs = chance(50) ? 2 : 0;
	snprintf(above, sizeof(above), "%s", function->path);
	*strrchr(above, '/') = '\0';
	for (i = 0; i < (unsigned int)function->vfs; i++) {
		address[0] = function->domain;
		address[1] = function->bus;
		address[2] = 0x10;
		address[3] = i;
		add(machine, &virtual, above, address)->parent = (int)pf;
	}
}

/* --- how it is ---------------------------------------------------------------------------------
 */

static bool has_vmd(const struct machine *machine, int group)
{
	size_t i;

	for (i = 0; i < machine->count; i++)
		if (machine->function[i].group == group && machine->function[i].class == vmd.class)
			return true;
	return false;
}

static void set_groups(struct machine *machine)
{
	unsigned int kind = roll(4);
	struct function *function, *other;
	size_t i;

	for (i = 0; machine->iommu && i < machine->count; i++) {
		function = &machine->function[i];
		other = function - (i > 0);
		function->group = (int)i;
		/* What is behind a VMD controller does its DMA as that. */
		if (function->vmd >= 0)
			function->group = machine->function[function->vmd].group;
		if (function->vmd >= 0 || function->parent >= 0 || !i || kind == 0 ||
		    function->class == vmd.class)
			continue;
		/* One slot; one port with all that is behind it; whatever. */
		if (other->domain == function->domain &&
		    ((other->bus == function->bus && other->device == function->device) ||
		     (kind == 2 && function->bus) || (kind == 3 && chance(50))))
			function->group = other->group;
	}
	/*
	 * The firmware's word is for all of the group (iommu_get_group_resv_regions()). It has none
	 * for a VMD controller: what is behind that would come when the boot has decided.
	 */
	for (i = 0; i < machine->count; i++) {
		function = &machine->function[i];
		function->direct = function->group >= 0 && function->group % 11 == 5 &&
				   !has_vmd(machine, function->group);
	}
}

static void set_drivers(struct machine *machine)
{
	static const char *const overrides[] = { "vfio-pci", "pci-stub", "nouveau",
						 "mlx5_vfio_pci" };
	struct function *function;
	size_t i;

	for (i = 0; i < machine->count; i++) {
		function = &machine->function[i];
		function->early = function->native && chance(function->bridge ? 100 : 25);
		function->now = chance(90) ? function->native : NULL;
		/* Whether a host bridge is more than that goes by the driver that it has. */
		if (function->bridge || function->class == 0x060000) {
			function->now = function->native;
			continue;
		}
		if (machine->iommu && chance(8))
			function->now = function->override = "vfio-pci";
		else if (chance(4))
			function->override = PICK(overrides);
		if (chance(3) && function->parent < 0) {
			function->stub = true;
			function->now = "pci-stub";
		}
	}
}

/* Where something is behind a VMD controller, that has its driver now, and will have it again. */
static void set_vmd(struct machine *machine)
{
	struct function *function;
	size_t i;

	for (i = 0; i < machine->count; i++) {
		if (machine->function[i].vmd < 0)
			continue;
		function = &machine->function[machine->function[i].vmd];
		function->readable = true;
		function->stub = false;
		function->override = NULL;
		function->now = function->native = vmd.driver;
	}
}

static void set_boot_vga(struct machine *machine)
{
	size_t i;

	for (i = 0; i < machine->count; i++) {
		if (!machine->function[i].display || !chance(70))
			continue;
		machine->function[i].boot_vga = true;
		return;
	}
}

/* A function whose class begins so, or -1. */
static int any_of_class(const struct machine *machine, unsigned int base)
{
	size_t i, first = roll((unsigned int)machine->count), at;

	for (i = 0; i < machine->count; i++) {
		at = (first + i) % machine->count;
		if (machine->function[at].class >> 16 == base && machine->function[at].parent < 0 &&
		    machine->function[at].class != 0x010400)
			return (int)at;
	}
	return -1;
}

/* What guides tell people to write. */
static void set_leftovers(struct machine *machine)
{
	if (chance(70)) {
		words_ids(machine, &machine->file_ids);
		string_add(&machine->modprobe, "options vfio-pci ids=%s disable_vga=1\n",
			   machine->file_ids.data);
	}
	if (chance(20)) {
		machine->install = true;
		string_add(&machine->modprobe, "install vfio-pci /usr/local/bin/vfio-pci-bind\n");
	}
	machine->early_load = chance(50);
	if (machine->early_load)
		string_add(&machine->modprobe, "softdep nvme pre: vfio-pci\n");
}

void machine_make(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	machine->vfio = chance(80) ? VFIO_MODULE : chance(80) ? VFIO_BUILT_IN : VFIO_NONE;
	machine->iommu = chance(92);
	machine->iommu_now = machine->iommu;
	machine->natives_first = chance(50);
	add_functions(machine);
	if (chance(15))
		add_virtual(machine);
	set_groups(machine);
	set_drivers(machine);
	set_vmd(machine);
	set_boot_vga(machine);
	machine->root_disk = chance(85) ? any_of_class(machine, 0x01) : -1;
	machine->boot_disk = chance(20) ? any_of_class(machine, 0x01) : -1;
	machine->network = chance(50) ? any_of_class(machine, 0x02) : -1;
	if (chance(30))
		words_conf(machine, &machine->conf);
	string_add(&machine->running, "quiet");
	if (with.leftovers && machine->vfio != VFIO_BUILT_IN && chance(30))
		set_leftovers(machine);
	machine->default_on = true;
	if (!with.iommu)
		return;
	machine->amd = chance(30);
	machine->default_on = chance(30);
	if (!machine->amd && chance(50))
		string_add(&machine->running, " intel_iommu=on");
	if (chance(10)) {
		string_add(&machine->running, " ");
		iommu_add_word(&machine->running);
	}
	machine->iommu_now = iommu_will_be(machine, machine->running.data);
}

/* --- as files ----------------------------------------------------------------------------------
 */

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(path);
}

void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			die(path);
		*slash = '/';
	}
}

void write_text(const char *root, const char *path, const char *text)
{
	char whole[1024];
	int fd;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		make_directories(whole);
		fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	}
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(whole);
	close(fd);
}

static void make_link(const char *root, const char *path, const char *target)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	make_directories(whole);
	if (symlink(target, whole) < 0)
		die(whole);
}

static void make_dir(const char *root, const char *path)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "%s/%s/", root, path);
	make_directories(whole);
}

const char *function_way_up(const struct function *function)
{
	static char up[120];
	const char *c;

	strcpy(up, "../../");
	for (c = function->path; *c; c++)
		if (*c == '/')
			strcat(up, "../");
	return up;
}

/* Where the attributes of a function are put. */
struct place {
	int fd;
	const char *tree;
	const struct function *function;
};

static void attribute(const struct place *place, const char *name, const char *format,
		      unsigned int value)
{
	int fd = openat(place->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, format, value) < 0)
		die(name);
	close(fd);
}

static void write_modalias(const struct place *place)
{
	const struct function *f = place->function;
	int fd = openat(place->fd, "modalias", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", f->vendor, f->id,
			      f->subvendor, f->subdevice, f->class >> 16, f->class >> 8 & 0xff,
			      f->class & 0xff) < 0)
		die("modalias");
	close(fd);
}

/* In the boot's tree the links come and go with the command line (kernel.c). */
static void write_group(const struct place *place, bool now)
{
	const struct function *f = place->function;
	char path[400], target[400];

	if (!now)
		return;
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", f->group, f->slot);
	snprintf(target, sizeof(target), "../../../../devices/%s", f->path);
	make_link(place->tree, path, target);
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/reserved_regions", f->group);
	write_text(place->tree, path,
		   f->direct ? "0x000000007b800000 0x000000007fffffff direct\n"
			       "0x00000000fee00000 0x00000000feefffff msi\n"
			     : "0x00000000000a0000 0x00000000000bffff direct-relaxable\n"
			       "0x00000000fee00000 0x00000000feefffff msi\n");
	snprintf(target, sizeof(target), "%skernel/iommu_groups/%d", function_way_up(f), f->group);
	if (symlinkat(target, place->fd, "iommu_group") < 0)
		die("iommu_group");
}

/* What only the running system has. */
static void write_state(const struct place *place, const struct machine *machine)
{
	const struct function *f = place->function;
	char target[400];

	if (f->now) {
		snprintf(target, sizeof(target), "%sbus/pci/drivers/%s", function_way_up(f),
			 f->now);
		if (symlinkat(target, place->fd, "driver") < 0)
			die("driver");
	}
	if (f->parent >= 0) {
		snprintf(target, sizeof(target), "../%s", machine->function[f->parent].slot);
		if (symlinkat(target, place->fd, "physfn") < 0)
			die("physfn");
	}
}

static void write_function(const struct machine *machine, const struct function *f,
			   const char *tree, bool host)
{
	struct place place = { .tree = tree, .function = f };
	char path[400], target[400], whole[1024];

	snprintf(path, sizeof(path), "sys/devices/%s", f->path);
	make_dir(tree, path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	place.fd = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place.fd < 0)
		die(whole);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", f->slot);
	snprintf(target, sizeof(target), "../../../devices/%s", f->path);
	make_link(tree, path, target);
	if (f->readable)
		write_modalias(&place);
	attribute(&place, "vendor", "0x%04x\n", f->vendor);
	attribute(&place, "device", "0x%04x\n", f->id);
	attribute(&place, "class", "0x%06x\n", f->class);
	if (f->bridge)
		attribute(&place, "secondary_bus_number", "%u\n", 1);
	if (f->display)
		attribute(&place, "boot_vga", "%u\n", f->boot_vga);
	if (f->vfs >= 0)
		attribute(&place, "sriov_numvfs", "%u\n", host ? (unsigned int)f->vfs : 0);
	if (f->group >= 0)
		write_group(&place, !host || machine->iommu_now);
	snprintf(whole, sizeof(whole), "sys/devices/%s/driver_override", f->path);
	write_text(tree, whole, host && f->override ? f->override : "(null)\n");
	if (host)
		write_state(&place, machine);
	close(place.fd);
}

/* Block device number @minor, which lies on a function. */
static void write_disk(const struct machine *machine, const char *host, int at, int minor)
{
	char path[400], target[400];

	snprintf(path, sizeof(path), "sys/devices/%s/nvme/nvme%d/nvme%dn1/slaves",
		 machine->function[at].path, minor, minor);
	make_dir(host, path);
	snprintf(target, sizeof(target), "../../devices/%s/nvme/nvme%d/nvme%dn1",
		 machine->function[at].path, minor, minor);
	snprintf(path, sizeof(path), "sys/dev/block/259:%d", minor);
	make_link(host, path, target);
	snprintf(path, sizeof(path), "sys/class/block/nvme%dn1", minor);
	make_link(host, path, target);
}

static void write_use(const struct machine *machine, const char *host)
{
	char path[400], target[400];
	struct string mounts = { .length = 0 };

	if (machine->root_disk >= 0) {
		write_disk(machine, host, machine->root_disk, 0);
		string_add(&mounts, "30 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n");
	} else {
		string_add(&mounts, "30 1 0:20 / / rw - tmpfs tmpfs rw\n");
	}
	if (machine->boot_disk >= 0) {
		write_disk(machine, host, machine->boot_disk, 1);
		string_add(&mounts, "31 30 259:1 / /boot rw - ext4 /dev/nvme1n1 rw\n");
	}
	write_text(host, "proc/self/mountinfo", mounts.data);
	if (machine->network < 0)
		return;
	snprintf(path, sizeof(path), "sys/devices/%s/net/eth0",
		 machine->function[machine->network].path);
	make_dir(host, path);
	snprintf(target, sizeof(target), "../../devices/%s/net/eth0",
		 machine->function[machine->network].path);
	make_link(host, "sys/class/net/eth0", target);
	write_text(host, "proc/net/route",
		   "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
		   "eth0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\n");
}

static void write_sys(const struct machine *machine, const char *tree, bool host)
{
	size_t i;

	make_dir(tree, "sys/bus/pci/devices");
	make_dir(tree, "sys/bus/pci/drivers");
	make_dir(tree, "sys/class/iommu");
	make_dir(tree, "sys/kernel/iommu_groups");
	make_dir(tree, "sys/module");
	make_dir(tree, "dev");
	write_text(tree, "dev/kmsg", "");
	if (host ? machine->iommu_now : machine->iommu)
		make_dir(tree, machine->amd ? "sys/class/iommu/ivhd0" : "sys/class/iommu/dmar0");
	for (i = 0; i < machine->count; i++)
		if (host || machine->function[i].parent < 0)
			write_function(machine, &machine->function[i], tree, host);
}

/* Removes what machine_write() makes; /lib/modules and the like of the running system stay. */
static void clear(const char *tree)
{
	static const char *const parts[] = { "sys",
					     "proc",
					     "dev",
					     "run",
					     "boot",
					     "etc",
					     "usr/lib/vfio-claim/protected",
					     "usr/lib/vfio-claim/variants" };
	char path[1024];
	size_t i;

	for (i = 0; i < COUNT(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree, parts[i]);
		remove_tree(path);
	}
}

/* What tells whether there will be an IOMMU. */
static void write_cpu(const struct machine *machine, const char *host)
{
	char path[100];

	write_text(host, "proc/cpuinfo",
		   machine->amd ? "vendor_id\t: AuthenticAMD\n" : "vendor_id\t: GenuineIntel\n");
	write_text(host, "sys/firmware/acpi/tables/FACP", "table");
	if (machine->iommu)
		write_text(host,
			   machine->amd ? "sys/firmware/acpi/tables/IVRS"
					: "sys/firmware/acpi/tables/DMAR",
			   "table");
	snprintf(path, sizeof(path), "boot/config-%s", KERNELS[machine->vfio]);
	write_text(host, path,
		   machine->default_on ? "CONFIG_AMD_IOMMU=y\nCONFIG_INTEL_IOMMU=y\n"
					 "CONFIG_INTEL_IOMMU_DEFAULT_ON=y\n"
				       : "CONFIG_AMD_IOMMU=y\nCONFIG_INTEL_IOMMU=y\n"
					 "# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n");
}

void machine_write(const struct machine *machine, const char *host, const char *boot)
{
	clear(host);
	clear(boot);
	write_sys(machine, host, true);
	write_sys(machine, boot, false);
	write_use(machine, host);
	write_text(host, "proc/cmdline", machine->running.data);
	write_cpu(machine, host);
	write_text(host, "proc/sys/kernel/osrelease", KERNELS[machine->vfio]);
	make_dir(host, "etc");
	if (machine->conf.length)
		write_text(host, "etc/vfio-claim.conf", machine->conf.data);
	if (machine->modprobe.length)
		write_text(host, "etc/modprobe.d/vfio.conf", machine->modprobe.data);
}

void machine_print(const struct machine *machine, FILE *to)
{
	static const char *const vfio[] = { "a module", "built in", "not there" };
	const struct function *f;
	size_t i;

	fprintf(to, "# vfio-pci is %s; %s IOMMU of %s, %sin use now, %s by default\n",
		vfio[machine->vfio], machine->iommu ? "an" : "no", machine->amd ? "AMD" : "Intel",
		machine->iommu_now ? "" : "not ", machine->default_on ? "on" : "off");
	fprintf(to, "# / on %s, /boot on %s, network on %s%s\n",
		machine->root_disk < 0 ? "-" : machine->function[machine->root_disk].slot,
		machine->boot_disk < 0 ? "-" : machine->function[machine->boot_disk].slot,
		machine->network < 0 ? "-" : machine->function[machine->network].slot,
		machine->early_load ? "; something else loads vfio-pci" : "");
	for (i = 0; i < machine->count; i++) {
		f = &machine->function[i];
		fprintf(to, "# %s %04x:%04x:%04x:%04x %06x group %d now %s native %s%s%s%s%s%s%s\n",
			f->slot, f->vendor, f->id, f->subvendor, f->subdevice, f->class, f->group,
			f->now ? f->now : "-", f->native ? f->native : "-",
			f->early ? " built in" : "", f->bridge ? " bridge" : "",
			f->boot_vga ? " boot-vga" : "", f->readable ? "" : " unreadable",
			f->parent >= 0 ? " virtual" : "", f->direct ? " direct" : "");
		if (f->bound)
			fprintf(to, "#     in the boot with %s\n", f->bound);
	}
}
