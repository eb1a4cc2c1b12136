/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files: attributes of sysfs, links, /proc/cmdline. Every path is relative to the directory
 * descriptor @root, which is / or the --sysroot.
 */
#ifndef VFIO_CLAIM_SYSFS_H
#define VFIO_CLAIM_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/* Longest name of a PCI function, with a domain of 32 bits: "ffffffff:ff:1f.7". */
#define SLOT_SIZE 17

/* A driver's name; the kernel sets no limit, but a directory entry of this length is already odd.
 */
#define DRIVER_SIZE 64

/*
 * Reads the file at @path into @data, NUL-terminated, without its closing newline. Returns the
 * length, or -errno; -EFBIG when it does not fit @size.
 */
int sysfs_read(int root, const char *path, char *data, size_t size);

/* Reads all of a file of any length. Returns memory that the caller frees, or NULL with errno set.
 */
char *sysfs_read_all(int root, const char *path);

/*
 * Writes @data in one write(), as sysfs wants it (Documentation/filesystems/sysfs.rst). Creates
 * nothing. Returns 0 or -errno.
 */
int sysfs_write(int root, const char *path, const char *data);

/*
 * Stores the last component of the link at @path in @name, cut at @size; the empty string when
 * there is no such link. Returns whether there is one.
 */
bool sysfs_link(int root, const char *path, char *name, size_t size);

/* Whether @path is there at all. */
bool sysfs_exists(int root, const char *path);

/* The same four for a PCI function's @attribute, under /sys/bus/pci/devices/@slot. */
int pci_read(int root, const char *slot, const char *attribute, char *data, size_t size);
int pci_write(int root, const char *slot, const char *attribute, const char *data);
bool pci_link(int root, const char *slot, const char *attribute, char *name, size_t size);
bool pci_exists(int root, const char *slot, const char *attribute);

/* Reads the first @size bytes of @slot's config space. False unless all could be read. */
bool pci_read_config(int root, const char *slot, unsigned char *data, size_t size);

#endif
