/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module_files.h - whether the files of a module and of all that it needs are on the disk
 */
#ifndef VFIO_CLAIM_IMAGE_MODULE_FILES_H
#define VFIO_CLAIM_IMAGE_MODULE_FILES_H

/*
 * Looks for the file of a module and for those that it needs according to modules.dep(5).
 * kmod_module_get_dependencies() does not do: it leaves out just those whose file is gone.
 * @directory: the module directory. @path: of the module's file, below @directory.
 * @missing: the path of the first file that is not there, which the caller frees; NULL if all
 *           are there.
 * Returns 0, or a negative errno value if memory is short or modules.dep cannot be read.
 */
int module_files_check(const char *directory, const char *path, char **missing);

#endif
