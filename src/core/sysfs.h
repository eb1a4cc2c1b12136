/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files: attributes of sysfs, links, /proc/cmdline. Every path is relative to a directory
 * descriptor: @root is / or the --sysroot, @sys the /sys below it. The latter stays good when the
 * initramfs moves its mounts to the real root, so a child that was stuck until then can still end
 * its work.
 */
#ifndef VFIO_CLAIM_CORE_SYSFS_H
#define VFIO_CLAIM_CORE_SYSFS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/* Longest name of a PCI function, with a domain of 32 bits: "ffffffff:ff:1f.7". */
#define SLOT_SIZE 17

/* A driver's, a module's or a group's name; there is no limit, but none comes near this one. */
#define NAME_SIZE 64

/*
 * With rd.vfio.debug=1, the directory in whose dev/kmsg every write and every call that fails is
 * noted; otherwise 0, which is always standard input.
 */
extern int sysfs_debug_root;

/*
 * Notes that @call, of @path, ended with @error, an errno or 0, if sysfs_debug_root is set.
 * Returns -@error; errno may be another one afterwards.
 */
int sysfs_note(const char *call, const char *path, int error);

/* Copies a name to @to, of NAME_SIZE bytes, cut if it is longer. */
void name_copy(char *to, const char *from);

/*
 * Reads the file at @path into @data, NUL-terminated, without its closing newline. Returns the
 * length, or -errno; -EFBIG when it does not fit @size.
 */
int sysfs_read(int dir, const char *path, char *data, size_t size);

/*
 * Reads all of a file of any length, without its closing newline. Returns memory that the caller
 * frees, or NULL with errno set.
 */
char *sysfs_read_all(int dir, const char *path);

/*
 * Writes @data in one write(), as sysfs wants it (Documentation/filesystems/sysfs.rst). Creates
 * nothing. Returns 0 or -errno.
 */
int sysfs_write(int dir, const char *path, const char *data);

/* Returns true if @path is there at all; a link is not followed, which costs as much again. */
bool sysfs_exists(int dir, const char *path);

/* Opens a directory for sysfs_next_entry(); the caller closes it. NULL with errno set. */
DIR *sysfs_open_dir(int dir, const char *path);

/* The name of the next entry, none of those that begin with a dot; valid until the next call. */
const char *sysfs_next_entry(DIR *dir);

/*
 * Stores the target of @slot's link in /sys/bus/pci/devices, which is its way down from the root
 * bus; the empty string when it cannot be read or is longer than @size.
 */
void pci_path_of(int sys, const char *slot, char *path, size_t size);

/* The same for a PCI function's @attribute, under /sys/bus/pci/devices/@slot. */
int pci_read(int sys, const char *slot, const char *attribute, char *data, size_t size);
int pci_write(int sys, const char *slot, const char *attribute, const char *data);
bool pci_exists(int sys, const char *slot, const char *attribute);

/*
 * Stores the last component of the link that is @slot's @attribute in @name, of NAME_SIZE bytes;
 * the empty string when there is no such link.
 */
void pci_link(int sys, const char *slot, const char *attribute, char *name);

/*
 * Reads @slot's @attribute and, when @check of @what and what it holds is 0, writes @data to it;
 * opened once, as finding it in sysfs is most of the cost. Returns 0, or an errno (positive): that
 * of the file or that of @check.
 */
int pci_update(int sys, const char *slot, const char *attribute,
	       int (*check)(const void *what, const char *value), const void *what,
	       const char *data);

#endif
