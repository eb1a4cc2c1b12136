/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_config.h - how an installed kernel was configured (Documentation/kbuild/kconfig.rst)
 */
#ifndef VFIO_CLAIM_MACHINE_KERNEL_CONFIG_H
#define VFIO_CLAIM_MACHINE_KERNEL_CONFIG_H

#include <stdbool.h>

/*
 * The configuration of the kernel @kver, from where distributions install it: a new string, the
 * caller's to free, or NULL when there is none that can be read. @sysroot: see path_below().
 */
char *kernel_config_read(const char *sysroot, const char *kver);

/* Returns true if @config has the option CONFIG_@symbol, built in or as a module. */
bool kernel_config_has(const char *config, const char *symbol);

#endif
