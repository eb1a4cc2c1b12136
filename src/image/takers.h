/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * takers.h - whether a kernel has a driver for a device
 */
#ifndef VFIO_CLAIM_IMAGE_TAKERS_H
#define VFIO_CLAIM_IMAGE_TAKERS_H

#include <stdbool.h>

#include "kernel.h"

/*
 * Returns true if a module of @kernel, loadable or built in, has an alias that matches this
 * modalias (modules.alias and modules.builtin.alias, depmod(8)), or if that cannot be determined.
 * Settings of modprobe.d(5) are ignored: they may have changed by the next boot.
 */
bool kernel_has_taker(const struct kernel *kernel, const char *modalias);

#endif
