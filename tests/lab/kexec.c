// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec.c - loads a kernel for a crash or for kexec, and starts the latter, as kexec(8) does with
 * kexec_file_load(2). That adds the address of the memory to be saved to a crash kernel's command
 * line. For the lab's boots; linked statically.
 * Usage: kexec crash|next KERNEL INITRD CMDLINE; kexec start
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(unsigned long flags, const char *kernel_path, const char *initrd_path,
		const char *cmdline)
{
	int kernel = open(kernel_path, O_RDONLY), initrd = open(initrd_path, O_RDONLY);

	if (kernel < 0 || initrd < 0)
		return -1;
	return (int)syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline,
			    flags);
}

int main(int argc, char **argv)
{
	int result = -1;

	if (argc == 5)
		result = load(strcmp(argv[1], "crash") == 0 ? KEXEC_FILE_ON_CRASH : 0UL, argv[2],
			      argv[3], argv[4]);
	else if (argc == 2)
		result = reboot((int)LINUX_REBOOT_CMD_KEXEC);
	if (result != 0)
		perror("kexec");
	return result != 0;
}
