/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_files.h - whether the files of a module and its dependencies are on the disk */
#ifndef VFIO_CLAIM_IMAGE_MODULE_FILES_H
#define VFIO_CLAIM_IMAGE_MODULE_FILES_H

/*
 * Looks for the file of a module and those of its dependencies in modules.dep(5).
 * kmod_module_get_dependencies() cannot be used: it omits those whose file is missing.
 * @directory: the module directory. @path: the module's file, below @directory.
 * @missing: the path of the first missing file, which the caller frees; NULL if none is missing.
 * Returns 0, or a negative errno value if out of memory or modules.dep cannot be read.
 */
int module_files_check(const char *directory, const char *path, char **missing);

#endif
