/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_kernels.c - the installed kernels and their images
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../image/image_state.h"
#include "../../image/installed_image.h"
#include "../../image/kernel.h"
#include "../../image/rebuild_images.h"
#include "../../image/vfio_modules.h"
#include "../../machine/container.h"
#include "check.h"

/* Sets the fix: how to rebuild the image with the installed generator. */
static void fix_rebuild(struct check *check, const struct installed_image *image, const char *kver)
{
	char *command = installed_image_command(image, check->sysroot, kver);

	if (command)
		finding_fix(&check->findings, "%s", command);
	else if (installed_image_generator(image, check->sysroot) == GENERATOR_NONE)
		finding_fix(&check->findings, "%s", installed_image_why_not(check->sysroot));
	free(command);
}

/* The same for an image that protects what this machine runs from. */
static void fix_protect(struct check *check, const struct installed_image *image, const char *kver)
{
	char *command = installed_image_command(image, check->sysroot, kver);
	const char *dracut = command ? strstr(command, "dracut --force ") : NULL;

	if (dracut)
		finding_fix(&check->findings, "dracut --hostonly%s", dracut + strlen("dracut"));
	else if (command && strstr(command, "mkinitcpio"))
		finding_fix(&check->findings, "add autodetect to HOOKS, then run: %s", command);
	else if (command)
		finding_fix(&check->findings, "%s", command);
	free(command);
}

static void say_state(struct check *check, const struct installed_image *image, const char *kver)
{
	struct findings *findings = &check->findings;
	struct text why;

	switch (image_state_find(image, check->sysroot, kver, &why)) {
	case IMAGE_CURRENT:
		if (why.length) {
			finding_add(
				findings, LEVEL_WARNING, "image",
				"kernel %s: its image has vfio-claim and the current settings, but "
				"%s",
				kver, why.data);
			fix_protect(check, image, kver);
			break;
		}
		finding_add(findings, LEVEL_OK, "image",
			    "kernel %s: its image has vfio-claim and the current settings", kver);
		break;
	case IMAGE_STALE:
		finding_add(findings, LEVEL_PROBLEM, "image", "kernel %s: its image %s", kver,
			    why.data);
		fix_rebuild(check, image, kver);
		break;
	case IMAGE_UNREADABLE:
		finding_add(findings, LEVEL_WARNING, "image",
			    "kernel %s: cannot read its image %s; %s", kver, image->name, why.data);
		break;
	case IMAGE_UNKNOWN:
		finding_add(findings, LEVEL_WARNING, "image",
			    "kernel %s: cannot tell whether its image has the current settings",
			    kver);
	}
}

static void say_none(struct check *check, const struct installed_image *image, const char *kver)
{
	char *why = installed_image_none(image);

	finding_add(&check->findings, LEVEL_WARNING, "image", "kernel %s: %s", kver,
		    why ? why : "it has no image");
	free(why);
}

static void check_image(struct check *check, const char *kver)
{
	struct messages messages = { 0 };
	struct installed_image image;

	installed_image_find(&image, check->sysroot, kver);
	messages_collect(&messages);
	if (image.path)
		say_state(check, &image, kver);
	else
		say_none(check, &image, kver);
	messages_collect(NULL);
	findings_add_messages(&check->findings, check->sysroot, "image", &messages);
	installed_image_free(&image);
}

/* If signatures are enforced, the module needs one. */
static void check_signature(struct check *check, const struct kernel *kernel)
{
	char *signer;

	if (!signatures_are_enforced(check->sysroot))
		return;
	signer = kernel_module_signer(kernel, "vfio_pci");
	if (signer)
		finding_add(&check->findings, LEVEL_OK, "signatures",
			    "kernel %s: vfio-pci has a signature, by %s", kernel->kver, signer);
	else
		finding_add(
			&check->findings, LEVEL_PROBLEM, "signatures",
			"kernel %s: vfio-pci has no signature, and modules without one are refused "
			"here (lockdown or module.sig_enforce)",
			kernel->kver);
	free(signer);
}

static void check_kernel(struct check *check, const char *kver)
{
	struct string_set modules = { 0 };
	struct messages messages = { 0 };
	struct kernel kernel;
	bool fit;

	messages_collect(&messages);
	fit = kernel_open(&kernel, check->sysroot, kver) == 0 &&
	      vfio_modules_find(&kernel, &modules) == 0;
	messages_collect(NULL);
	findings_add_messages(&check->findings, check->sysroot, "kernel", &messages);
	if (fit) {
		finding_add(&check->findings, LEVEL_OK, "kernel", "kernel %s: it has vfio-pci%s",
			    kver,
			    string_set_have(&modules, "vfio-pci") ? " as a module" : " built in");
		if (string_set_have(&modules, "vfio-pci"))
			check_signature(check, &kernel);
		check_image(check, kver);
	}
	string_set_free(&modules);
	kernel_close(&kernel);
}

static void check_container(struct check *check)
{
	char *name = container_name(check->sysroot);

	if (name)
		finding_add(&check->findings, LEVEL_WARNING, "container",
			    "this is a container (%s): the devices and the kernel command line "
			    "belong to "
			    "the host; run vfio-claim there",
			    name);
	free(name);
}

void check_kernels(struct check *check)
{
	struct string_set kernels = installed_kernels(check->sysroot);
	size_t i;

	check_container(check);
	/* The running one comes first, even if it has been removed. */
	check_kernel(check, check->kver);
	for (i = 0; i < kernels.count; i++)
		if (strcmp(kernels.name[i], check->kver) != 0)
			check_kernel(check, kernels.name[i]);
	string_set_free(&kernels);
}
