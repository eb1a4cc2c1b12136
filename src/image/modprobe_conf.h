/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe_conf.h - what an administrator's modprobe.d says, above all about vfio-pci
 */
#ifndef VFIO_CLAIM_IMAGE_MODPROBE_CONF_H
#define VFIO_CLAIM_IMAGE_MODPROBE_CONF_H

#include <stdbool.h>

#include "../core/text.h"
#include "../host/string_set.h"

/* One line, or several that backslashes join. */
struct modprobe_line {
	const char *path;    /* of the file, as the machine itself calls it */
	unsigned int number; /* of the first line */
	const char *command; /* "options", "blacklist", ... */
	const char *
		name; /* a module, with underscores; of "alias" it may be a pattern, as it stands */
	const char *written; /* the same as it stands */
	char *rest;          /* all that follows, blanks in front removed; may be cut up */
};

typedef void modprobe_line_fn(void *to, struct modprobe_line *line);

/*
 * Calls @take for each line of the *.conf files of the modprobe.d directories, read as
 * modprobe.d(5) says: a file in an earlier directory hides those of the same name in later ones,
 * '#' begins a comment, a backslash at the end of a line joins the next one to it, '-' and '_' are
 * the same in a module's name. @sysroot: see path_below().
 * What cannot be read is skipped in silence: modprobe will complain about it, or it is not there.
 */
void modprobe_conf_read(const char *sysroot, modprobe_line_fn *take, void *to);

/* Writes @name to @to, of @size bytes, as the kernel has it: '-' becomes '_'. False: no room. */
bool module_name(char *to, size_t size, const char *name);

/*
 * Returns the value of ids= in @options, of an "options" line, or NULL for none; the kernel allows
 * quotes around either. Cuts @options up.
 */
const char *options_ids(char *options);

/* Whether @name, with underscores, is one of the modules that vfio consists of, variants too. */
bool is_vfio_module(const char *name);

/*
 * Says in @text what is wrong with a line "options vfio-pci ... ids=...", and sets *@ids to that
 * value, or with "install" for one of vfio's modules. Returns what to do about it, a constant, or
 * NULL if it is neither. Cuts line->rest up.
 */
const char *words_of_modprobe_line(struct text *text, struct modprobe_line *line, const char **ids);

/*
 * Warns on standard error, once for each, of lines "options vfio-pci ... ids=...": with them the
 * module takes every matching device itself when another program loads it, those included that are
 * to be kept; and of lines "install" for vfio's modules, which make modprobe run a command in their
 * place.
 * @modules: those that the image gets (vfio_modules_find()): what is built into the kernel gets
 *           no options from modprobe.d, and is not loaded.
 */
void warn_of_modprobe_conf(const char *sysroot, const struct string_set *modules);

#endif
