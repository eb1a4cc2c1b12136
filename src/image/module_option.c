/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_option.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../host/shell_value.h"
#include "../host/sysroot_files.h"
#include "kernel.h"
#include "modprobe_conf.h"

static const char FORM[] = "an option has the form MODULE.PARAMETER=VALUE, such as "
			   "vfio_pci.disable_idle_d3=1";

/* --- as text -----------------------------------------------------------------------------------
 */

/* Guides set options of KVM together with those of vfio. */
static bool is_taken(const char *module)
{
	return is_vfio_module(module) || strcmp(module, "kvm") == 0 ||
	       strcmp(module, "kvm_intel") == 0 || strcmp(module, "kvm_amd") == 0;
}

/* Writes the @len bytes at @from to @to with underscores. Returns false if it is no name. */
static bool take_name(char *to, const char *from, size_t len)
{
	char copy[OPTION_NAME_SIZE];

	if (!len || len >= sizeof(copy))
		return false;
	memcpy(copy, from, len);
	copy[len] = '\0';
	if (strspn(copy, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len)
		return false;
	return module_name(to, OPTION_NAME_SIZE, copy);
}

const char *module_option_parse(struct module_option *option, const char *text)
{
	const char *equals = strchr(text, '='), *dot = strchr(text, '.');

	if (!equals || !dot || dot > equals || !equals[1] ||
	    !take_name(option->module, text, (size_t)(dot - text)) ||
	    !take_name(option->parameter, dot + 1, (size_t)(equals - dot - 1)))
		return FORM;
	option->value = equals + 1;
	if (!is_taken(option->module))
		return "only options of these modules can be set: " OPTION_MODULES;
	if (strcmp(option->module, "vfio_pci") == 0 && strcmp(option->parameter, "ids") == 0)
		return "name the devices instead: 'vfio-claim enable VENDOR:DEVICE'";
	if (option->value[strspn(option->value, SHELL_PLAIN)])
		return "letters, digits and _.,:@/*=+- are allowed in its value";
	return NULL;
}

char *module_option_word(const struct module_option *option)
{
	char *word;

	/* Not "vfio-pci", as many write it: busybox' modprobe compares letters. */
	if (asprintf(&word, "%s.%s=%s", option->module, option->parameter, option->value) < 0)
		return NULL;
	return word;
}

char *module_option_on(const struct module_option *option, const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy, *value = NULL, *name = NULL;
	struct param param;

	if (asprintf(&name, "%s.%s", option->module, option->parameter) < 0)
		name = NULL;
	while (copy && name && param_next(&cursor, &param)) {
		if (!param_named(&param, name))
			continue;
		free(value);
		/* For a switch the kernel takes the name alone for "on" (param_set_bool()). */
		value = strdup(param.value ? param.value : "1");
	}
	free(name);
	free(copy);
	return value;
}

/* --- values ------------------------------------------------------------------------------------
 */

/*
 * Returns 1 or 0 as the kernel's kstrtobool(), or -1. Only what every kernel reads: not the "t" and
 * "f" of later ones.
 */
static int read_switch(const char *value)
{
	static const char *const on[] = { "1", "y", "Y", "on", "On", "ON" };
	static const char *const off[] = { "0", "n", "N", "off", "Off", "OFF" };
	size_t i;

	for (i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		if (strcmp(value, on[i]) == 0)
			return 1;
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		if (strcmp(value, off[i]) == 0)
			return 0;
	return -1;
}

/* A whole number of any of the kernel's types. */
struct number {
	bool negative;
	unsigned long long amount;
};

/* Reads one as the kernel does, with "0x" or "0" in front. Returns false if it is none. */
static bool read_number(const char *value, struct number *number)
{
	const char *digits = value + (value[0] == '-' || value[0] == '+');
	char *end;

	errno = 0;
	number->amount = strtoull(digits, &end, 0);
	number->negative = value[0] == '-' && number->amount;
	return !errno && !*end && digits[0] >= '0' && digits[0] <= '9';
}

bool module_option_is(const struct module_option *option, const char *now)
{
	struct number wanted, is;

	if (strcmp(option->value, now) == 0)
		return true;
	if (read_switch(now) >= 0 && read_switch(now) == read_switch(option->value))
		return true;
	return read_number(option->value, &wanted) && read_number(now, &is) &&
	       wanted.negative == is.negative && wanted.amount == is.amount;
}

/* The types of include/linux/moduleparam.h that are numbers: how far they go below and above 0. */
static const struct {
	const char *type;
	unsigned long long below, above;
} numbers[] = {
	{ "byte", 0, UCHAR_MAX },
	{ "short", (unsigned long long)SHRT_MAX + 1, SHRT_MAX },
	{ "ushort", 0, USHRT_MAX },
	{ "int", (unsigned long long)INT_MAX + 1, INT_MAX },
	{ "uint", 0, UINT_MAX },
	{ "hexint", 0, UINT_MAX },
	{ "long", (unsigned long long)LONG_MAX + 1, LONG_MAX },
	{ "ulong", 0, ULONG_MAX },
	{ "ullong", 0, ULLONG_MAX },
};

/* Returns true if a parameter of this type takes the value; of types not known here, any. */
static bool type_takes(const char *type, const char *value)
{
	struct number number;
	size_t i;

	if (strcmp(type, "bool") == 0 || strcmp(type, "invbool") == 0 || strcmp(type, "bint") == 0)
		return read_switch(value) >= 0;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(type, numbers[i].type) == 0)
			return read_number(value, &number) &&
			       number.amount <=
				       (number.negative ? numbers[i].below : numbers[i].above);
	return true;
}

/* --- what a kernel has -------------------------------------------------------------------------
 */

/* What libkmod says of the parameter. */
struct lookup {
	bool any;   /* the module has parameters at all */
	bool found; /* and this one */
	char *type; /* from malloc(3), or NULL */
};

/* @value: "NAME:TYPE" for parmtype, "NAME:DESCRIPTION (TYPE)" for parm. */
static void look_at_info(struct lookup *lookup, const struct module_option *option, const char *key,
			 const char *value)
{
	const char *colon = strchr(value, ':');
	char name[OPTION_NAME_SIZE];
	bool type = strcmp(key, "parmtype") == 0;

	if ((!type && strcmp(key, "parm") != 0) || !colon)
		return;
	lookup->any = true;
	if (!take_name(name, value, (size_t)(colon - value)) ||
	    strcmp(name, option->parameter) != 0)
		return;
	lookup->found = true;
	if (type && !lookup->type)
		lookup->type = strdup(colon + 1);
}

/* Reads the module's .modinfo or, if it is built in, modules.builtin.modinfo. */
static void look_up(struct lookup *lookup, const struct kernel *kernel,
		    const struct module_option *option)
{
	struct kmod_list *info = NULL, *item;
	struct kmod_module *module;

	if (kmod_module_new_from_name(kernel->kmod, option->module, &module) < 0)
		return;
	if (kmod_module_get_info(module, &info) < 0)
		info = NULL;
	kmod_list_foreach(item, info) look_at_info(lookup, option, kmod_module_info_get_key(item),
						   kmod_module_info_get_value(item));
	kmod_module_info_free_list(info);
	kmod_module_unref(module);
}

/*
 * Judges what was found. @builtin: before 5.2, what is built in has no list of parameters; then the
 * running kernel's counts.
 */
static enum option_fit judge(const struct module_option *option, struct lookup *lookup,
			     const char *sysroot, bool builtin)
{
	if (lookup->type && !type_takes(lookup->type, option->value))
		return OPTION_BAD_VALUE;
	if (lookup->found)
		return OPTION_FITS;
	if (lookup->any || !builtin)
		return OPTION_NO_PARAMETER;
	return sysroot_has(sysroot, "/sys/module/%s/parameters/%s", option->module,
			   option->parameter)
		       ? OPTION_FITS
		       : OPTION_UNKNOWN;
}

static enum option_fit fit_in(const struct module_option *option, const struct kernel *kernel,
			      char **type)
{
	struct lookup lookup = { 0 };
	enum option_fit fit;
	char *file;
	enum presence presence = kernel_find_module(kernel, option->module, &file);

	free(file);
	if (presence == PRESENCE_ERROR)
		return OPTION_ERROR;
	if (presence != BUILT_IN && presence != LOADABLE)
		return OPTION_NO_MODULE;
	look_up(&lookup, kernel, option);
	fit = judge(option, &lookup, kernel->sysroot, presence == BUILT_IN);
	if (fit == OPTION_BAD_VALUE)
		*type = lookup.type;
	else
		free(lookup.type);
	return fit;
}

enum option_fit module_option_fit(const struct module_option *option, const char *sysroot,
				  const char *kver, char **type)
{
	enum option_fit fit = OPTION_ERROR;
	struct kernel kernel;

	*type = NULL;
	if (kernel_open(&kernel, sysroot, kver) == 0)
		fit = fit_in(option, &kernel, type);
	kernel_close(&kernel);
	return fit;
}
