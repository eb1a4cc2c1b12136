/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers.h - what other guides told people to write, and what it does beside vfio-claim
 * (docs/migration.md has the list). A leftover about a device that this system runs from, or about
 * the boot display, is a problem; any other is a warning.
 */
#ifndef VFIO_CLAIM_COMMANDS_CHECK_LEFTOVERS_H
#define VFIO_CLAIM_COMMANDS_CHECK_LEFTOVERS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../core/device.h"
#include "../../image/kernel.h"
#include "../../plan/boot_plan.h"
#include "check.h"

/* A PCI function of this machine that is not a bridge, which vfio-pci never takes. */
struct leftover_device {
	struct device device;
	const char *needed_for; /* what this system needs it for, or NULL */
	bool claimed;           /* by rd.vfio.claim= or a selector of the command, not by an ID of
				 * vfio-pci.ids= */
	bool named;             /* by the leftover that is being looked at */
};

/* The search. All zero but for @check is the empty one. */
struct leftovers {
	struct check *check;
	struct boot_plan boot_plan; /* its requests and what they point into */
	struct leftover_device *device;
	size_t count;
	struct kernel kernel; /* the running one */
	bool kernel_is_open;
	struct string_set blacklist; /* modules that are kept from loading, with underscores */
	struct string_set seen;      /* words of command lines that have been reported */
	size_t found;                /* leftovers */
};

/* Where a leftover is. */
struct leftover_place {
	const char *topic;   /* of the finding; a constant */
	const char *path;    /* NULL for the running command line */
	unsigned int number; /* of the line; 0 for the file as a whole */
};

/* --- which devices a leftover is about; the next report names and then forgets them ------------
 */

/* Those that vfio-pci would take by a list of @ids, read as the kernel reads them. */
void leftover_names_ids(struct leftovers *leftovers, const char *ids);

/* Those whose slots or IDs are in @text, however written: "0000:01:00.0", "10de 1e07". */
void leftover_names_words(struct leftovers *leftovers, const char *text);

/* The one at a slot, "0000:01:00.0". Returns it, or NULL. */
struct leftover_device *leftover_names_slot(struct leftovers *leftovers, const char *slot);

/* Whether a leftover about this device is a problem: this system needs the device, or it is the
 * boot display and is not claimed by name. */
bool leftover_is_missed(const struct leftover_device *entry);

/* --- saying so ---------------------------------------------------------------------------------
 */

/*
 * Adds a finding: where the leftover is, what it does, and which devices here it is about. It is a
 * problem when this system needs one of these, or when one is the boot display, unless that is
 * claimed by name. finding_fix() may follow.
 */
void leftover_found(struct leftovers *leftovers, const struct leftover_place *place,
		    enum level level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Whether @text can be part of a command that a person is to type: it contains nothing that a shell
 * or a terminal would interpret.
 */
bool leftover_is_plain(const char *text);

/* Advises to remove the file or, with @recursive, the directory, and then to run @then, if any. */
void leftover_fix_remove(struct leftovers *leftovers, const char *path, bool recursive,
			 const char *then);

/* Notes the modules that are kept from loading, to find out which drivers a device still has. */
void leftovers_note_modprobe(struct leftovers *leftovers);
void leftovers_note_cmdline(struct leftovers *leftovers);

/* --- scanners ----------------------------------------------------------------------------------
 */

/* modprobe.d; next_boot_find() does not report any of it a second time. */
void leftovers_modprobe(struct leftovers *leftovers);

/* /etc/modules, modules-load.d, initramfs-tools/modules. */
void leftovers_modules(struct leftovers *leftovers);

/* Settings, scripts and modules of the initramfs generators. */
void leftovers_images(struct leftovers *leftovers);

/* Rules of udev's, and driverctl's overrides. */
void leftovers_udev(struct leftovers *leftovers);

/* Services, rc.local and libvirt's hooks. */
void leftovers_services(struct leftovers *leftovers);

/* A kernel command line that stands at @place; NULL as path for the running one. */
void leftovers_on_cmdline(struct leftovers *leftovers, const struct leftover_place *place,
			  const char *cmdline);

/* The files in which the kernel command line is kept, the boot loader's menu, the running one. */
void leftovers_cmdline(struct leftovers *leftovers);

/*
 * Reports that @what ("blacklist nouveau") keeps @modules, with underscores, from loading, if a
 * device here has no other driver, or if guides tell people to write that. All modules that are
 * kept from loading must be in leftovers->blacklist. Returns whether it reported anything.
 * finding_fix() may follow.
 */
bool leftover_blacklist(struct leftovers *leftovers, const struct leftover_place *place,
			const struct string_set *modules, const char *what);

/* What a script does that matters here. */
enum script_deed {
	SCRIPT_NOTHING,
	SCRIPT_LOADS,     /* it loads vfio-pci */
	SCRIPT_BINDS,     /* it writes to bind or unbind of PCI drivers */
	SCRIPT_OVERRIDES, /* it writes driver_override */
	SCRIPT_NEW_ID,    /* it writes new_id */
};

/*
 * Examines a script and reports what it does if that is @least or graver, with the line, and the
 * devices that are named anywhere in the script. Returns whether it reported anything.
 * finding_fix() may follow.
 */
bool leftover_script(struct leftovers *leftovers, const char *topic, const char *path,
		     enum script_deed least);

/* Names the devices that appear in a shell command, and in the scripts that it runs. */
void leftover_names_command(struct leftovers *leftovers, const char *command);

/* What a piece of a script or rule does. */
enum script_deed script_deed(const char *text);

/* What that means here, as the end of a sentence. */
const char *script_deed_words(enum script_deed deed);

#endif
