// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a boot has an IOMMU, from Documentation/admin-guide/kernel-parameters.txt and what reads
 * those words: drivers/iommu/intel/iommu.c (intel_iommu_setup), drivers/iommu/amd/init.c
 * (parse_amd_iommu_options), arch/x86/kernel/pci-dma.c (iommu_setup).
 */
#include <stdlib.h>
#include <string.h>

#include "property.h"

static const char *const words[] = {
	"intel_iommu=on",
	"intel_iommu=off",
	"intel_iommu=on,sm_on",
	"intel_iommu=igfx_off",
	"intel_iommu=on,igfx_off",
	"intel_iommu=sm_off",
	"iommu=pt",
	"iommu=off",
	"iommu=soft",
	"amd_iommu=on",
	"amd_iommu=off",
	"iommu.passthrough=1",
	"intel_iommu=off,on",
	"intel_iommu=on",
	"intel_iommu=on",
	"iommu=force",
};

void iommu_add_word(struct string *cmdline)
{
	string_add(cmdline, "%s", PICK(words));
}

/* The items of intel_iommu= are told by how they begin; the last one that says so counts. */
static bool read_intel(const char *value, bool on)
{
	for (; *value; value += strcspn(value, ","), value += strspn(value, ",")) {
		if (!strncmp(value, "on", 2))
			on = true;
		else if (!strncmp(value, "off", 3))
			on = false;
	}
	return on;
}

bool iommu_will_be(const struct machine *machine, const char *cmdline)
{
	char *copy = strdup(cmdline), *rest = copy, *word;
	bool intel = machine->default_on, off = false, amd_off = false;

	while (copy && (word = strsep(&rest, " \t")) && strcmp(word, "--") != 0) {
		if (!strncmp(word, "intel_iommu=", 12))
			intel = read_intel(word + 12, intel);
		/* These two say nothing that takes an off back. */
		off |= !strncmp(word, "iommu=off", 9);
		amd_off |= !strcmp(word, "amd_iommu=off");
	}
	free(copy);
	return machine->iommu && !off && (machine->amd ? !amd_off : intel);
}
