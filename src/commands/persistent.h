/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * persistent.h - claims for all boots to come: set, verified, and taken back
 */
#ifndef VFIO_CLAIM_COMMANDS_PERSISTENT_H
#define VFIO_CLAIM_COMMANDS_PERSISTENT_H

#include <stdbool.h>

#include "../bootloader/boot_config.h"

/*
 * To be called before a change of how a system boots. Checks that this user may change the running
 * system (one below a @sysroot may belong to anybody), and locks it, see system_lock(). With
 * @dry_run it does neither. Returns 0, or -1 after printing an error.
 */
int persistent_begin(const char *sysroot, bool dry_run);

/*
 * Has @config set @words, images made anew that lack something, and verifies both; or shows what
 * that would be. Takes away what vfio-claim try has left, remembers @words (remembered.h), and says
 * what holds then, as it is read back. @slots: the devices that the next boot may claim, see
 * outcome_slots(); with others all is undone. Returns an exit status, after printing messages.
 */
int persistent_set(const char *sysroot, const struct boot_config *config, const char *words,
		   const char *slots, bool dry_run);

/* Takes back what is set, in every place that there is. Returns an exit status, after printing
 * messages. */
int persistent_clear(const char *sysroot, bool dry_run);

#endif
