/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "no_place.h"

#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../efi_loader.h"
#include "../staged_deployment.h"
#include "hand_written.h"
#include "limine_tool.h"

/*
 * snapd starts Ubuntu Core, and Ubuntu with a disk whose key is sealed in the TPM, with this word;
 * Ubuntu Core up to version 18 has snap_core= instead.
 */
static bool is_snapds(const char *sysroot)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *mode = running ? cmdline_value(running, "snapd_recovery_mode") : NULL;
	char *core = running ? cmdline_value(running, "snap_core") : NULL;
	bool is = mode || core;

	free(core);
	free(mode);
	free(running);
	return is;
}

/* Returns true if the running boot has the options of a stanza in refind.conf. */
static bool is_stanzas(const char *sysroot)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *image = running ? cmdline_value(running, "BOOT_IMAGE") : NULL;
	struct hand_written stanza;
	bool is;

	hand_written_refind(&stanza, sysroot);
	/* BOOT_IMAGE is from GRUB. */
	is = running && !image && stanza.cmdline && cmdline_has(running, stanza.cmdline);
	hand_written_free(&stanza);
	free(image);
	free(running);
	return is;
}

/* Returns true if Limine has started the running boot, and no tool writes its menu. */
static bool is_limines(const char *sysroot)
{
	struct hand_written line;
	bool is;

	if (!efi_loader_is(sysroot, "Limine") || has_program(sysroot, LIMINE_TOOL))
		return false;
	hand_written_limine(&line, sysroot);
	is = line.file;
	hand_written_free(&line);
	return is;
}

bool no_place_has_reason(const char *sysroot)
{
	return is_snapds(sysroot) || is_stanzas(sysroot) || is_limines(sysroot);
}

/* Returns false if there is no such line. */
static bool say_line(const struct hand_written *line, const char *claims, const char *afterwards)
{
	if (!line->file)
		return false;
	message_error(
		"%s is written by hand: add rd.vfio.claim=%s to line %u, %s, and to those of "
		"other entries that should claim%s; 'vfio-claim plan' then tells what the next "
		"boot will do",
		line->file, claims, line->number,
		line->in_quotes ? "inside the quotes" : "at its end", afterwards);
	return true;
}

static bool say_hand_written(const char *sysroot, const char *claims)
{
	struct hand_written line;
	bool said;

	hand_written_refind(&line, sysroot);
	said = say_line(&line, claims, "");
	hand_written_free(&line);
	if (said)
		return true;
	hand_written_limine(&line, sysroot);
	said = say_line(&line, claims,
			"; if a checksum of the file is enrolled in Limine, enroll it again "
			"('limine enroll-config')");
	hand_written_free(&line);
	return said;
}

bool no_place_say(const char *sysroot, const char *claims)
{
	if (is_ostree_booted(sysroot)) {
		message_error("this system was deployed by ostree, and has neither rpm-ostree nor "
			      "bootc: set rd.vfio.claim=%s in the image of the system",
			      claims);
		return true;
	}
	if (is_snapds(sysroot)) {
		message_error(
			"snapd starts this system from a kernel snap, whose initramfs vfio-claim "
			"cannot change: use 'vfio-claim claim' after each boot, or, if the gadget "
			"snap allows it, 'snap set system "
			"system.kernel.cmdline-append=vfio-pci.ids=VENDOR:DEVICE'");
		return true;
	}
	return say_hand_written(sysroot, claims);
}
