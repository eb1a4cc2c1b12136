/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module_option.h - "MODULE.PARAMETER=VALUE", an option of a module on the kernel command line: the
 * kernel takes it for what is built in, modprobe(8) for what it loads, in an image and afterwards
 */
#ifndef VFIO_CLAIM_IMAGE_MODULE_OPTION_H
#define VFIO_CLAIM_IMAGE_MODULE_OPTION_H

#include <stdbool.h>

/* Longer than the names of modules and parameters (the kernel's MODULE_NAME_LEN is 56). */
#define OPTION_NAME_SIZE 64

struct module_option {
	char module[OPTION_NAME_SIZE];    /* with underscores, as in /sys/module */
	char parameter[OPTION_NAME_SIZE]; /* likewise */
	const char *value;                /* points into the text that was parsed */
};

/* The modules that options can be set for, for messages. */
#define OPTION_MODULES "those of vfio, kvm, kvm_intel and kvm_amd"

/*
 * Parses @text into @option. Returns NULL, or the end of a sentence that says what is wrong: it has
 * not this form, it is of another module, its value cannot stand on a command line, or it is
 * vfio-pci's ids=, for which there are claims. @option is complete only without an error.
 */
const char *module_option_parse(struct module_option *option, const char *text);

/*
 * Returns it as it is written on a command line, so that two that mean the same parameter have the
 * same name: "vfio_pci.disable_idle_d3=1". A new string, or NULL if out of memory.
 */
char *module_option_word(const struct module_option *option);

/*
 * Returns the last value that @cmdline has for the same parameter, as the kernel compares names: a
 * new string; NULL if it has none, or if out of memory.
 */
char *module_option_on(const struct module_option *option, const char *cmdline);

/*
 * Returns true if @now, another value or what the parameter's file in /sys/module has ("Y"), is the
 * option's value: as text, as numbers, or as switches.
 */
bool module_option_is(const struct module_option *option, const char *now);

/* What a kernel has of it. */
enum option_fit {
	OPTION_ERROR = -1, /* an error has been printed */
	OPTION_FITS,
	OPTION_NO_MODULE,
	OPTION_NO_PARAMETER,
	OPTION_BAD_VALUE, /* the module would not load */
	OPTION_UNKNOWN,   /* the kernel does not say which parameters the module has */
};

/*
 * Looks the module and its parameter up in an installed kernel, and compares the value with the
 * parameter's type, as far as that is known (modinfo(8): parmtype). @type: set to the type for
 * OPTION_BAD_VALUE, from malloc(3); otherwise to NULL. @sysroot: see path_below().
 */
enum option_fit module_option_fit(const struct module_option *option, const char *sysroot,
				  const char *kver, char **type);

#endif
