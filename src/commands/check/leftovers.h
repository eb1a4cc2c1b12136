/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers.h - settings from other guides, and what they do beside vfio-claim
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
	bool given;             /* some leftover gives it to vfio-pci, and means no other device */
	bool unsure;            /* some leftover may mean it: an ID that twins have, a script */
};

/* How a leftover can be removed. */
enum leftover_removal_way {
	REMOVAL_LINE,    /* the line of the file, with those that backslashes join to it */
	REMOVAL_IDS,     /* ids= in a line of modprobe.d, or the line if it has nothing else */
	REMOVAL_WORD,    /* a word in the line of the file */
	REMOVAL_FILE,    /* the file */
	REMOVAL_CMDLINE, /* a word of the kernel command line */
	REMOVAL_BY_HAND, /* only the administrator knows what else it does */
	REMOVAL_NONE,    /* it may stay */
};

struct leftover_removal {
	enum leftover_removal_way way;
	size_t finding; /* its index in the findings */
	char *word;     /* for two of them, from malloc(3); otherwise NULL */
};

/* What `vfio-claim migrate` makes of the leftovers: a device that they give to vfio-pci. */
struct leftover_gift {
	char slot[NAME_SIZE];
	struct pci_id id;
	bool twins; /* other functions have its vendor and device ID */
	bool sure;  /* it is given, see above, or already claimed */
	bool boot_vga;
	bool needed; /* this system needs it */
};

/* All zero at the beginning; see leftovers_collect(). */
struct leftover_plan {
	struct findings findings; /* all leftovers */
	struct leftover_removal *removal;
	size_t removal_count;
	struct leftover_gift *gift; /* by slot */
	size_t gift_count;
};

/* The search. All zero except @check at the beginning. */
struct leftovers {
	struct check *check;
	struct boot_plan boot_plan; /* the requests and their texts */
	struct leftover_device *device;
	size_t count;
	struct kernel kernel; /* the running one */
	bool kernel_is_open;
	struct string_set blacklist; /* modules that do not load, with underscores */
	struct string_set seen;      /* words of command lines that have been reported */
	size_t found;                /* number of leftovers */
	struct leftover_plan *plan;  /* to fill; or NULL */
};

/* Where a leftover is. */
struct leftover_place {
	const char *topic;   /* of the finding; a constant */
	const char *path;    /* NULL for the running command line */
	unsigned int number; /* of the line; 0 for the file as a whole */
};

/* --- which devices a leftover is about; the next report names and then forgets them ------------
 */

/* Names the devices that vfio-pci would take by a list of @ids, read as the kernel reads it. */
void leftover_names_ids(struct leftovers *leftovers, const char *ids);

/* Names the devices whose slots or IDs are in @text: "0000:01:00.0", "10de 1e07". */
void leftover_names_words(struct leftovers *leftovers, const char *text);

/* Names the device in a slot, "0000:01:00.0". Returns it, or NULL. */
struct leftover_device *leftover_names_slot(struct leftovers *leftovers, const char *slot);

/* --- what is made of them ----------------------------------------------------------------------
 */

/*
 * Note that a leftover gives devices to vfio-pci: those of a list of @ids, as the kernel reads it,
 * or the one in a slot. An ID that several functions have may mean any of them.
 */
void leftover_gives_ids(struct leftovers *leftovers, const char *ids);
void leftover_gives_slot(struct leftovers *leftovers, const char *slot);

/* The same for the named devices, one of which the leftover may mean, before it is reported. */
void leftover_may_give_named(struct leftovers *leftovers);

/* Notes how the leftover that was reported last can be removed. @word: or NULL. */
void leftover_remove(struct leftovers *leftovers, enum leftover_removal_way way, const char *word);

/*
 * Finds all leftovers, and what can be made of them. @running: the running command line; @kver: the
 * running kernel. Returns 0, or -1 after printing an error. The caller frees @plan in any case.
 */
int leftovers_collect(struct leftover_plan *plan, const char *sysroot, const char *running,
		      const char *kver);

void leftover_plan_free(struct leftover_plan *plan);

/* Returns true if a leftover about this device is a problem: this system needs the device, or it is
 * the boot display and is not claimed by name. */
bool leftover_is_missed(const struct leftover_device *entry);

/* --- reports -----------------------------------------------------------------------------------
 */

/*
 * Adds a finding: the place of the leftover, its effect, and the named devices. It is a problem if
 * leftover_is_missed() is true for one of these. finding_fix() may follow.
 */
void leftover_found(struct leftovers *leftovers, const struct leftover_place *place,
		    enum level level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Returns true if @text can be part of a command to type: it contains nothing that a shell or a
 * terminal would interpret.
 */
bool leftover_is_plain(const char *text);

/* Advises to remove the file or, with @recursive, the directory, and then to run @then, if any. */
void leftover_fix_remove(struct leftovers *leftovers, const char *path, bool recursive,
			 const char *then);

/* Note the modules that do not load, to find out which drivers a device still has. */
void leftovers_note_modprobe(struct leftovers *leftovers);
void leftovers_note_cmdline(struct leftovers *leftovers);

/* --- scanners ----------------------------------------------------------------------------------
 */

/* modprobe.d; next_boot_find() does not report any of it a second time. */
void leftovers_modprobe(struct leftovers *leftovers);

/* /etc/modules, modules-load.d, initramfs-tools/modules. */
void leftovers_modules(struct leftovers *leftovers);

/* Settings, scripts and modules of the initramfs generators. */
void leftovers_initramfs(struct leftovers *leftovers);

/* udev rules and driverctl overrides. */
void leftovers_udev(struct leftovers *leftovers);

/* Services, rc.local and libvirt hooks. */
void leftovers_services(struct leftovers *leftovers);

/* A kernel command line at @place, whose path is NULL for the running one. */
void leftovers_on_cmdline(struct leftovers *leftovers, const struct leftover_place *place,
			  const char *cmdline);

/* The files in which the kernel command line is kept, the boot loader's menu, the running one. */
void leftovers_cmdline(struct leftovers *leftovers);

/*
 * Reports that @what ("blacklist nouveau") keeps @modules, with underscores, from loading, if a
 * device here has no other driver, or if guides recommend it. leftovers->blacklist must contain all
 * modules that do not load. Returns true if it reported anything.
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
 * Examines a script and reports what it does if that is @least or graver, with the line, and with
 * the devices that are named anywhere in it. Returns true if it reported anything.
 * finding_fix() may follow.
 */
bool leftover_script(struct leftovers *leftovers, const char *topic, const char *path,
		     enum script_deed least);

/* Names the devices that appear in a shell command, and in the scripts that it runs. */
void leftover_names_command(struct leftovers *leftovers, const char *command);

/* Returns what a piece of a script or rule does. */
enum script_deed script_deed(const char *text);

/* Returns what that means here, as the end of a sentence. */
const char *script_deed_words(enum script_deed deed);

#endif
