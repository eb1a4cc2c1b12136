/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bake_conf.h - the administrator's vfio-claim.conf(5), for an image
 *
 * Both warn, with file and line, of what the boot program will ignore, and of every claim on a
 * device that the image protects. @sysroot: see path_below(). @protected: protected_find()'s text;
 * NULL if the image protects nothing. Anything but a regular file counts as no file.
 */
#ifndef VFIO_CLAIM_IMAGE_BAKE_CONF_H
#define VFIO_CLAIM_IMAGE_BAKE_CONF_H

/*
 * Reads /etc/vfio-claim.conf. *@text: its text up to a NUL byte, which the caller frees; NULL if
 * there is no such file. Returns 0, or -1 after printing an error: it cannot be read or is too
 * long.
 */
int conf_find(const char *sysroot, const char *protected, char **text);

/*
 * Copies /etc/vfio-claim.conf into the image, byte for byte, or removes it from the image if there
 * is no such file. @output: the image's root directory.
 * Returns 0, or -1 after printing an error: it cannot be read or written, or is too long.
 */
int conf_bake(const char *sysroot, const char *output, const char *protected);

#endif
