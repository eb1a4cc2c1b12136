/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe_conf.h - what an administrator's modprobe.d says about vfio-pci
 */
#ifndef VFIO_CLAIM_CLI_MODPROBE_CONF_H
#define VFIO_CLAIM_CLI_MODPROBE_CONF_H

/*
 * Warns on standard error, once for each, of lines "options vfio-pci ... ids=...": with them the
 * module takes every matching device itself as soon as it is loaded, those included that are to be
 * kept. Reads the *.conf files of the modprobe.d directories as modprobe.d(5) says: one in an
 * earlier directory hides those of the same name in later ones, '#' begins a comment, a backslash
 * at the end of a line joins the next one to it, '-' and '_' are the same in a module's name.
 * @sysroot: see path_below().
 * What cannot be read is skipped in silence: modprobe will complain about it, or it is not there.
 */
void warn_of_module_ids(const char *sysroot);

#endif
