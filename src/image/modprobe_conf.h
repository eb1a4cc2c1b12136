/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modprobe_conf.h - the settings in modprobe.d, mainly those for vfio-pci */
#ifndef VFIO_CLAIM_IMAGE_MODPROBE_CONF_H
#define VFIO_CLAIM_IMAGE_MODPROBE_CONF_H

#include <stdbool.h>

#include "../core/text.h"
#include "../host/string_set.h"

/* One line, or several joined by backslashes. */
struct modprobe_line {
	const char *path;    /* of the file, without the sysroot */
	unsigned int number; /* of the first line */
	const char *command; /* "options", "blacklist", ... */
	const char *name; /* a module, with underscores; for "alias" perhaps a pattern, unchanged */
	const char *written; /* the same, unchanged */
	char *rest;          /* everything after it, without leading blanks; may be modified */
};

typedef void modprobe_line_fn(void *to, struct modprobe_line *line);

/*
 * Calls @take for each line of the *.conf files of the modprobe.d directories, read as specified in
 * modprobe.d(5): a file in an earlier directory hides those of the same name in later ones, '#'
 * begins a comment, a backslash at the end of a line joins the next one to it, '-' and '_' are the
 * same in a module's name. @sysroot: see path_below().
 * Unreadable files are skipped silently: modprobe will message_error about them.
 */
void modprobe_conf_read(const char *sysroot, modprobe_line_fn *take, void *to);

/* Writes @name to @to, of @size bytes, with '_' for each '-'. Returns false if it does not fit. */
bool module_name(char *to, size_t size, const char *name);

/*
 * Returns the value of ids= in the @options of an "options" line, or NULL; the kernel allows quotes
 * around either. Modifies @options.
 */
const char *options_ids(char *options);

/* Returns true if @name, with underscores, is one of vfio's modules, variants included. */
bool is_vfio_module(const char *name);

/*
 * Writes to @text what is wrong with a line "options vfio-pci ... ids=...", and sets *@ids to the
 * value, or with "install" for one of vfio's modules. Returns what to do about it, a constant, or
 * NULL if it is neither. Modifies line->rest.
 */
const char *words_of_modprobe_line(struct text *text, struct modprobe_line *line, const char **ids);

/*
 * Warns of each line "options vfio-pci ... ids=...", which makes the module bind every matching
 * device, even those to be kept, when another program loads it; and of each line "install" for one
 * of vfio's modules, which makes modprobe run a command instead.
 * @modules: those for the image (vfio_modules_find()): modprobe.d does not affect what is
 *           built into the kernel.
 */
void warn_of_modprobe_conf(const char *sysroot, const struct string_set *modules);

#endif
