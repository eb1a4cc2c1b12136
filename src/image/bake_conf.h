/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bake_conf.h - the administrator's vfio-claim.conf, put into the image
 */
#ifndef VFIO_CLAIM_IMAGE_BAKE_CONF_H
#define VFIO_CLAIM_IMAGE_BAKE_CONF_H

/*
 * Copies /etc/vfio-claim.conf into the image, byte for byte; where there is no such file, none
 * stays in the image either. Warns, with file and line, of what the boot program will ignore, and
 * of every claim on a device that the image protects.
 * @sysroot: see path_below(). @output: the image's root directory.
 * @protected: protected_find()'s text, which is cut up; NULL when the image protects nothing.
 * Gives 0, or -1 after a message (the file cannot be read or written).
 */
int bake_conf(const char *sysroot, const char *output, char *protected);

#endif
