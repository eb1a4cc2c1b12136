/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu.h - what /proc/cpuinfo says of the processor (arch/x86/kernel/cpu/proc.c,
 * arch/arm64/kernel/cpuinfo.c)
 */
#ifndef VFIO_CLAIM_MACHINE_CPU_H
#define VFIO_CLAIM_MACHINE_CPU_H

#include <stdbool.h>

struct cpu {
	bool known; /* the file has the flags that x86 has */
	bool vmx;   /* VT-x */
	bool svm;   /* AMD-V */
	bool intel; /* made by Intel, or by Zhaoxin, which has Intel's IOMMU */
	bool amd;   /* made by AMD or Hygon */
	bool arm;   /* it has an implementer */
	bool guest; /* this is a virtual machine itself */
};

/* Reads it; all fields are false if it cannot be read. @sysroot: see path_below(). */
struct cpu cpu_look(const char *sysroot);

#endif
