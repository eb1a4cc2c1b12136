/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the modules of one installed kernel, by libkmod
 */
#ifndef VFIO_CLAIM_IMAGE_KERNEL_H
#define VFIO_CLAIM_IMAGE_KERNEL_H

#include <libkmod.h>

/* A kernel whose indexes (modules.dep(5)) are open. */
struct kernel {
	const char *sysroot; /* the caller's, as is the next */
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
 * Opens the module directory of a kernel; once in a run, it is kept open.
 * @sysroot: see path_below(). @kver: a kernel release as uname -r prints it.
 * @kernel: filled in; to be released with kernel_close(), whatever is returned.
 * Returns 0, or -1 after printing one error: there is no module directory, or its indexes are
 * missing or broken.
 */
int kernel_open(struct kernel *kernel, const char *sysroot, const char *kver);

/* Releases it; the struct itself is the caller's. */
void kernel_close(struct kernel *kernel);

/*
 * Looks a module up.
 * @name: with underscores.
 * @text: from malloc(3), the caller's to free: for LOADABLE the name as the module's file has it
 *        ("vfio-pci"), for FILE_MISSING the path of the file that is not there; otherwise NULL.
 */
enum presence kernel_find_module(const struct kernel *kernel, const char *name, char **text);

/* Returns who has signed a module: a new string; NULL if nobody has, or it cannot be read. */
char *kernel_module_signer(const struct kernel *kernel, const char *name);

#endif
