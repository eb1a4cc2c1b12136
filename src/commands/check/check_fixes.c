/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_fixes.c - what to do about findings, as a command of this system
 */
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/cmdline_removal.h"
#include "../../host/sysroot_files.h"
#include "check.h"

bool devices_are_named(const struct check *check)
{
	return check->asked != check->running;
}

void fix_on_cmdline(struct check *check, const char *words)
{
	struct findings *findings = &check->findings;

	if (devices_are_named(check))
		finding_fix(findings, "vfio-claim enable '%s'", strchr(check->asked, '=') + 1);
	else if (sysroot_has(check->sysroot, "/usr/sbin/grubby"))
		finding_fix(findings, "grubby --update-kernel=ALL --args='%s'", words);
	else if (sysroot_has(check->sysroot, "/usr/bin/kernelstub"))
		finding_fix(findings, "kernelstub -a '%s'", words);
	else if (sysroot_has(check->sysroot, "/usr/sbin/update-grub") &&
		 sysroot_has(check->sysroot, "/etc/default/grub.d"))
		finding_fix(findings,
			    "echo 'GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT %s\"' "
			    ">>/etc/default/grub.d/iommu.cfg && update-grub",
			    words);
	else
		finding_fix(findings, "add %s to the kernel command line", words);
}

void fix_off_cmdline(struct check *check, const char *word)
{
	char *how = cmdline_removal(check->sysroot, NULL, word);

	if (how)
		finding_fix(&check->findings, "%s", how);
	free(how);
}

/* On EFI, systemd can make the next boot go there (systemctl(1)). */
void fix_in_firmware(struct check *check)
{
	if (sysroot_has(check->sysroot, "/sys/firmware/efi") &&
	    sysroot_has(check->sysroot, "/run/systemd/system"))
		finding_fix(&check->findings, "systemctl reboot --firmware-setup");
}
