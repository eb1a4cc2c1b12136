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
 * one that is loaded or built in is nothing to do. @options: more of them, or NULL. Gives 0 or an
 * errno (positive): ENOENT when there is no such module, or what the kernel has said.
 */
int load_module(const char *name, const char *options);

/*
 * Loads whatever modules say that they drive a device, by its modalias, but for those that
 * modprobe.d(5) or the command line blacklists: as udev does when the device appears. Gives how
 * many of them there are, also of those that are loaded or built in, or a negative errno value.
 */
int load_modules_for(const char *modalias);

#endif
