/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_kernels.c - the installed kernels and their images
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "installed_image.h"
#include "kernel.h"
#include "messages.h"
#include "outlook.h"
#include "tree.h"
#include "vfio_modules.h"

#define PROGRAM "usr/lib/vfio-claim/vfio-claim-boot"
#define CONF    "etc/vfio-claim.conf"

/* What of vfio-claim is in an image. */
struct contents {
	const struct names *modules; /* that have to be */
	bool program, conf;
	struct names there; /* those of the modules that are */
};

/* Whether the file that a line of a list names, at its end, is @path. */
static bool is_file_line(const char *line, const char *path)
{
	size_t len = strlen(line), path_len = strlen(path);

	return len >= path_len && strcmp(line + len - path_len, path) == 0 &&
	       (len == path_len || strchr(" /", line[len - path_len - 1]));
}

/* Whether a line names the file of a module, compressed or not. */
static bool is_module_line(const char *line, const char *module)
{
	const char *name = strrchr(line, '/');
	size_t len = strlen(module);

	return name && strncmp(name + 1, module, len) == 0 &&
	       strncmp(name + 1 + len, ".ko", strlen(".ko")) == 0;
}

static void look_at_line(void *to, const char *line)
{
	struct contents *contents = to;
	size_t i;

	contents->program |= is_file_line(line, PROGRAM);
	contents->conf |= is_file_line(line, CONF);
	for (i = 0; i < contents->modules->count; i++)
		if (is_module_line(line, contents->modules->name[i]))
			names_add(&contents->there, contents->modules->name[i]);
}

/* Says how the image is made anew, by the generator that is there. */
static void helps_to_rebuild(struct check *check, const struct installed_image *image,
			     const char *kver)
{
	struct findings *findings = &check->findings;

	if (tree_has(check->sysroot, "/usr/sbin/update-initramfs"))
		helps(findings, "update-initramfs -u -k %s", kver);
	else if (tree_has(check->sysroot, "/usr/bin/mkinitcpio"))
		helps(findings, "mkinitcpio -P");
	else
		helps(findings, "dracut --force %s %s", image->name, kver);
}

/* The first of the modules that is not in the image, or NULL. */
static const char *first_missing(const struct contents *contents)
{
	size_t i;

	for (i = 0; i < contents->modules->count; i++)
		if (!names_have(&contents->there, contents->modules->name[i]))
			return contents->modules->name[i];
	return NULL;
}

/* Whether the settings in the image are those of now; says so if not. */
static void check_conf(struct check *check, const struct installed_image *image, const char *kver,
		       const struct contents *contents)
{
	struct findings *findings = &check->findings;
	char *now = NULL, *then = contents->conf ? installed_image_conf(image) : NULL;

	if (outlook_read_text(check->sysroot, "/" CONF, &now) < 0 || (contents->conf && !then)) {
		found(findings, LEVEL_WARNING, "image",
		      "kernel %s: whether its image has the present /" CONF " is not known", kver);
	} else if (!now != !then || (now && strcmp(now, then) != 0)) {
		found(findings, LEVEL_PROBLEM, "image", "kernel %s: its image %s", kver,
		      !now    ? "still has an /" CONF ", which is gone here"
		      : !then ? "does not have /" CONF
			      : "has another /" CONF " than there is now");
		helps_to_rebuild(check, image, kver);
	} else {
		found(findings, LEVEL_OK, "image",
		      "kernel %s: its image has vfio-claim%s and the present settings", kver,
		      contents->modules->count ? ", the modules" : "");
	}
	free(then);
	free(now);
}

static void check_contents(struct check *check, const struct installed_image *image,
			   const char *kver, const struct contents *contents)
{
	const char *missing = first_missing(contents);

	if (contents->program && !missing) {
		check_conf(check, image, kver, contents);
		return;
	}
	found(&check->findings, LEVEL_PROBLEM, "image",
	      "kernel %s: its image does not contain %s%s", kver,
	      contents->program ? "the module " : "vfio-claim", contents->program ? missing : "");
	helps_to_rebuild(check, image, kver);
}

/* Says that it is not known what the image has in it. */
static void cannot_look(struct check *check, const struct installed_image *image, const char *kver)
{
	if (access(image->path, R_OK) != 0)
		found(&check->findings, LEVEL_WARNING, "image",
		      "kernel %s: cannot look into its image %s; try again as root", kver,
		      image->name);
	else
		found(&check->findings, LEVEL_WARNING, "image",
		      "kernel %s: cannot look into its image %s; that takes lsinitramfs, lsinitrd "
		      "or lsinitcpio",
		      kver, image->name);
}

static void check_image(struct check *check, const char *kver, const struct names *modules)
{
	struct contents contents = { .modules = modules };
	struct installed_image image;

	installed_image_find(&image, check->sysroot, kver);
	if (!image.path)
		found(&check->findings, LEVEL_WARNING, "image",
		      "kernel %s: no image of it is found in /boot", kver);
	else if (installed_image_list(&image, look_at_line, &contents) < 0)
		cannot_look(check, &image, kver);
	else
		check_contents(check, &image, kver, &contents);
	names_free(&contents.there);
	installed_image_free(&image);
}

/* With signatures enforced, a module without one is not loaded. */
static void check_signature(struct check *check, const struct kernel *kernel)
{
	char *signer;

	if (!signatures_are_enforced(check->sysroot))
		return;
	signer = kernel_module_signer(kernel, "vfio_pci");
	if (signer)
		found(&check->findings, LEVEL_OK, "signatures",
		      "kernel %s: vfio-pci has a signature, by %s", kernel->kver, signer);
	else
		found(&check->findings, LEVEL_PROBLEM, "signatures",
		      "kernel %s: vfio-pci has no signature, and modules without one are refused "
		      "here (lockdown or module.sig_enforce)",
		      kernel->kver);
	free(signer);
}

static void check_kernel(struct check *check, const char *kver)
{
	struct names modules = { 0 }, messages = { 0 };
	struct kernel kernel;
	bool fit;

	messages_collect(&messages);
	fit = kernel_open(&kernel, check->sysroot, kver) == 0 &&
	      vfio_modules_find(&kernel, &modules) == 0;
	messages_collect(NULL);
	found_messages(&check->findings, "kernel", &messages);
	if (fit) {
		found(&check->findings, LEVEL_OK, "kernel", "kernel %s: it has vfio-pci%s", kver,
		      names_have(&modules, "vfio-pci") ? " as a module" : " built in");
		if (names_have(&modules, "vfio-pci"))
			check_signature(check, &kernel);
		check_image(check, kver, &modules);
	}
	names_free(&modules);
	kernel_close(&kernel);
}

void check_kernels(struct check *check)
{
	struct names kernels = tree_list(check->sysroot, "/lib/modules");
	size_t i;

	/* The running one, even if it has been removed. */
	check_kernel(check, check->kver);
	/* Of a kernel that has been removed, what depmod has made may be left, but not this. */
	for (i = 0; i < kernels.count; i++)
		if (strcmp(kernels.name[i], check->kver) != 0 &&
		    tree_has(check->sysroot, "/lib/modules/%s/modules.builtin", kernels.name[i]))
			check_kernel(check, kernels.name[i]);
	names_free(&kernels);
}
