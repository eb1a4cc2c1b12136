/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"
#define GROUPS  "/sys/kernel/iommu_groups"
#define TABLES  "/sys/firmware/acpi/tables"

/* The driver that gives such a device to the bus virtio, and that of virtio-iommu. */
#define VIRTIO_PCI    "/sys/bus/pci/drivers/virtio-pci"
#define VIRTIO_DRIVER "/sys/bus/virtio/drivers/virtio_iommu"

/* struct acpi_table_dmar (include/acpi/actbl1.h): its flags, behind the header and the width. */
#define DMAR_FLAGS  37
#define DMAR_OPT_IN 0x04

/* struct boot_params (arch/x86/include/uapi/asm/bootparam.h): tboot_addr. */
#define BOOT_PARAMS_TBOOT 0x58

/* How the drivers name theirs in /sys/class/iommu. */
static const struct {
	const char *begins;
	enum iommu_kind kind;
	const char *name;
} kinds[] = {
	{ "dmar", IOMMU_INTEL, "Intel VT-d" },      { "ivhd", IOMMU_AMD, "AMD-Vi" },
	{ "smmu", IOMMU_ARM, "Arm SMMU" },          { "arm-smmu", IOMMU_ARM, "Arm SMMU" },
	{ "virtio", IOMMU_VIRTIO, "virtio-iommu" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool any_registered(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, "/sys/class/iommu");
	bool any = names.count;

	string_set_free(&names);
	return any;
}

/* Returns true if a PCI function is in the group; one of another bus has no such name there. */
static bool has_function(const char *sysroot, const char *group)
{
	struct string_set members = sysroot_list(sysroot, GROUPS "/%s/devices", group);
	bool has = false;
	size_t i;

	for (i = 0; !has && i < members.count; i++)
		has = sysroot_has(sysroot, DEVICES "/%s/iommu_group", members.name[i]);
	string_set_free(&members);
	return has;
}

static bool any_group(const char *sysroot)
{
	struct string_set groups = sysroot_list(sysroot, GROUPS);
	bool any = false;
	size_t i;

	for (i = 0; !any && i < groups.count; i++)
		any = has_function(sysroot, groups.name[i]);
	string_set_free(&groups);
	return any;
}

bool iommu_is_active(const char *sysroot)
{
	return any_registered(sysroot) || any_group(sysroot);
}

/* Returns the number of the row of kinds, or KINDS. */
static size_t find_kind(const char *sysroot, const char *name)
{
	char *real;
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (strncmp(name, kinds[i].begins, strlen(kinds[i].begins)) == 0)
			return i;
	/* A virtio-iommu is named by its PCI address; its parent directory identifies it. */
	real = sysroot_real(sysroot, "/sys/class/iommu/%s", name);
	i = real && strstr(real, "/virtio") ? KINDS - 1 : KINDS;
	free(real);
	return i;
}

const char *iommu_kind_name(const char *sysroot, const char *name)
{
	size_t i = find_kind(sysroot, name);

	return i < KINDS ? kinds[i].name : "of another kind";
}

static enum iommu_kind active_kind(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, "/sys/class/iommu");
	enum iommu_kind kind = IOMMU_OTHER;
	size_t i, row;

	for (i = 0; kind == IOMMU_OTHER && i < names.count; i++) {
		row = find_kind(sysroot, names.name[i]);
		if (row < KINDS)
			kind = kinds[row].kind;
	}
	string_set_free(&names);
	return kind;
}

bool iommu_has_virtio(const char *sysroot)
{
	static const char begin[] = "pci:v00001AF4d00001057";
	struct string_set slots = sysroot_list(sysroot, VIRTIO_PCI);
	bool has = false;
	char *alias;
	size_t i;

	/* Only those that its bus driver has: there may be thousands of others. */
	for (i = 0; !has && i < slots.count; i++) {
		alias = sysroot_read(sysroot, DEVICES "/%s/modalias", slots.name[i]);
		has = alias && strncmp(alias, begin, strlen(begin)) == 0;
		free(alias);
	}
	string_set_free(&slots);
	return has;
}

/* The kind that the firmware describes, or else the one that fits the processor. */
static enum iommu_kind likely_kind(const char *sysroot, const struct cpu *cpu)
{
	if (sysroot_has(sysroot, TABLES "/DMAR"))
		return IOMMU_INTEL;
	if (sysroot_has(sysroot, TABLES "/IVRS"))
		return IOMMU_AMD;
	if (sysroot_has(sysroot, TABLES "/VIOT") || iommu_has_virtio(sysroot))
		return IOMMU_VIRTIO;
	if (cpu->intel)
		return IOMMU_INTEL;
	if (cpu->amd)
		return IOMMU_AMD;
	return cpu->arm ? IOMMU_ARM : IOMMU_OTHER;
}

/* Returns true if any table can be seen; the directories exist even where none can. */
static bool any_table(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, TABLES);
	bool any = false;
	size_t i;

	for (i = 0; i < names.count; i++)
		any |= strcmp(names.name[i], "data") != 0 && strcmp(names.name[i], "dynamic") != 0;
	string_set_free(&names);
	return any;
}

static enum iommu_table find_table(const char *sysroot, enum iommu_kind kind)
{
	/* Arm's IORT also exists for interrupts alone, and with a device tree there is none. */
	static const char *const tables[] = {
		[IOMMU_INTEL] = "DMAR",
		[IOMMU_AMD] = "IVRS",
		[IOMMU_VIRTIO] = "VIOT",
	};

	if (kind == IOMMU_ARM)
		return IOMMU_TABLE_UNSEEN;
	/* A device tree describes a virtio-iommu without a table. */
	if ((kind == IOMMU_VIRTIO && iommu_has_virtio(sysroot)) ||
	    (kind != IOMMU_OTHER && sysroot_has(sysroot, TABLES "/%s", tables[kind])))
		return IOMMU_TABLE_PRESENT;
	return any_table(sysroot) ? IOMMU_TABLE_ABSENT : IOMMU_TABLE_UNSEEN;
}

/* The eight bytes at @offset of a file, as far as it goes; 0 when it cannot be read. */
static uint64_t read_bytes(const char *sysroot, const char *path, off_t offset)
{
	char *located = path_below(sysroot, path);
	int fd = located ? open(located, O_RDONLY | O_CLOEXEC) : -1;
	uint64_t bytes = 0;

	free(located);
	if (fd < 0)
		return 0;
	if (pread(fd, &bytes, sizeof(bytes), offset) < 1)
		bytes = 0;
	close(fd);
	return bytes;
}

struct iommu_here iommu_look(const char *sysroot)
{
	struct iommu_here here = { .cpu = cpu_look(sysroot), .active = iommu_is_active(sysroot) };
	uint64_t flags = read_bytes(sysroot, TABLES "/DMAR", DMAR_FLAGS);

	here.kind = active_kind(sysroot);
	if (here.kind == IOMMU_OTHER)
		here.kind = likely_kind(sysroot, &here.cpu);
	here.table = find_table(sysroot, here.kind);
	here.unloaded = here.kind == IOMMU_VIRTIO && !sysroot_has(sysroot, VIRTIO_DRIVER);
	here.opt_in = *(unsigned char *)&flags & DMAR_OPT_IN;
	here.tboot = read_bytes(sysroot, "/sys/kernel/boot_params/data", BOOT_PARAMS_TBOOT) != 0;
	return here;
}
