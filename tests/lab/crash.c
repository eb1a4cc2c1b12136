// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crash.c - loads the kernel that is to run after a crash, as kexec -p does: kexec_file_load(2), by which the
 * kernel itself adds to its command line where the memory is that it must save. For boots in which the system
 * crashes; linked statically.
 * Usage: crash KERNEL INITRD CMDLINE
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4)
		return 2;
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	if (kernel >= 0 && initrd >= 0 &&
	    syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3],
		    (unsigned long)KEXEC_FILE_ON_CRASH) == 0)
		return 0;
	perror("crash");
	return 1;
}
