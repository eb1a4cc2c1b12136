/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resume.h - the device from which a machine resumes after hibernation
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_RESUME_H
#define VFIO_CLAIM_MACHINE_DISKS_RESUME_H

#include "../protection_search.h"

/*
 * Protects what is behind the device that resume= on the running kernel command line names
 * (Documentation/admin-guide/kernel-parameters.txt, dracut.cmdline(7)), and RESUME in the settings
 * of initramfs-tools (initramfs.conf(5)): a claim that takes it would lose the saved session. A
 * device that is not there is ignored: no boot can resume from it, and such settings are often
 * outdated.
 */
void resume_protect(struct protection *protection);

#endif
