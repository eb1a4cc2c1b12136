/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the modules of one installed kernel, by libkmod
 */
#ifndef VFIO_CLAIM_IMAGE_KERNEL_H
#define VFIO_CLAIM_IMAGE_KERNEL_H

#include <libkmod.h>

/* A kernel whose indexes (modules.dep(5)) are open. */
struct kernel {
	const char *sysroot; /* the caller's, like @kver */
	const char *kver;
	char *depmod; /* the command that rebuilds the indexes, for messages */
	char *directory;
	struct kmod_ctx *kmod;
};

/* Whether and how a kernel has a module. */
enum presence {
	PRESENCE_ERROR = -1, /* an error has been printed */
	ABSENT,
	BUILT_IN,
	LOADABLE,
	FILE_MISSING, /* in modules.dep, but its file or one that it needs is not on the disk */
};

/*
 * Opens the module directory of a kernel; it is kept open for the whole run.
 * @sysroot: see path_below(). @kver: a kernel release as uname -r prints it.
 * @kernel: filled in; the caller calls kernel_close() in any case.
 * Returns 0, or -1 after printing one error: there is no module directory, or its indexes are
 * missing or broken.
 */
int kernel_open(struct kernel *kernel, const char *sysroot, const char *kver);

/* Frees what it holds, not the struct itself. */
void kernel_close(struct kernel *kernel);

/*
 * Looks a module up.
 * @name: with underscores.
 * @text: the caller frees it: for LOADABLE the name of the module's file ("vfio-pci"), for
 *        FILE_MISSING the path of the missing file; otherwise NULL.
 */
enum presence kernel_find_module(const struct kernel *kernel, const char *name, char **text);

/* Returns the signer of a module: a new string; NULL if it is not signed or cannot be read. */
char *kernel_module_signer(const struct kernel *kernel, const char *name);

#endif
