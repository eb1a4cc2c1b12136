/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * takers.h - whether a driver of a kernel would take a device
 */
#ifndef VFIO_CLAIM_IMAGE_TAKERS_H
#define VFIO_CLAIM_IMAGE_TAKERS_H

#include <stdbool.h>

#include "kernel.h"

/*
 * Whether a module of @kernel, loadable or built in, says that it drives a device with this
 * modalias (modules.alias and modules.builtin.alias, depmod(8)); true also when that cannot be
 * determined. Settings of modprobe.d(5) are ignored: they may have changed by the next boot.
 */
bool kernel_has_taker(const struct kernel *kernel, const char *modalias);

#endif
