/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module_files.h - whether the files of a module and of all that it needs are on the disk
 */
#ifndef VFIO_CLAIM_IMAGE_MODULE_FILES_H
#define VFIO_CLAIM_IMAGE_MODULE_FILES_H

/*
 * Looks for the file of a module and for those that modules.dep(5) says it needs. Not with
 * kmod_module_get_dependencies(): that leaves a module out whose file is gone, so the one that
 * matters is the one it does not give.
 * @directory: the module directory. @path: of the module's file, below @directory.
 * @missing: the path of the first file that is not there, from malloc(3), the caller's to free;
 *           NULL when all are there.
 * Gives 0, or a negative errno value when memory is short or modules.dep cannot be read.
 */
int module_files_check(const char *directory, const char *path, char **missing);

#endif
