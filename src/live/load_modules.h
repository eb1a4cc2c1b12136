/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load_modules.h - modules for the running kernel, loaded by libkmod
 *
 * These may block as long as a module's own code does, so callers run them in a child.
 */
#ifndef VFIO_CLAIM_LIVE_LOAD_MODULES_H
#define VFIO_CLAIM_LIVE_LOAD_MODULES_H

/*
 * Loads a module with all that it needs, by the settings of modprobe.d(5), as modprobe(8) does;
 * does nothing if it is loaded or built in. @options: further ones, or NULL. Returns 0 or an errno
 * (positive): ENOENT if there is no such module, or the kernel's.
 */
int load_module(const char *name, const char *options);

/*
 * Loads the modules that match a device's modalias, except those that modprobe.d(5) or the command
 * line blacklists, as udev does when the device appears. Returns how many match, whether loaded,
 * built in or not, or a negative errno value.
 */
int load_modules_for(const char *modalias);

#endif
