/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vfio modules, loaded by the image's own modprobe: it knows dependencies, options, compression
 * and signatures, and every initramfs has it.
 */
#ifndef VFIO_CLAIM_BOOT_MODULES_H
#define VFIO_CLAIM_BOOT_MODULES_H

#include <stdbool.h>

#include "child.h"

/*
 * Runs modprobe once, below @root, with a clean environment, and waits for it: @timeout
 * milliseconds at most, taken off *@budget. With @hide_ids the module is given an empty ids=, which
 * beats the one of the command line. Returns whether the driver vfio-pci is registered afterwards,
 * which is all that counts; @modprobe keeps the first line that modprobe said, and its errno or
 * exit status.
 */
bool modules_load(int root, bool hide_ids, struct child *modprobe, unsigned int timeout,
		  unsigned int *budget);

#endif
