/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * places.c - all places where systems keep their kernel command line. The first one that a system
 * has is used: tools that own the boot entries come before files that other tools make them from.
 * The list "The claims are written to" in man/vfio-claim.8 has the same order; tests/docs compares
 * them.
 */
#include "../boot_config.h"

const struct boot_config *const boot_config_places[] = {
	&config_ostree,         /* Fedora Atomic, bootc */
	&config_proxmox,        /* Proxmox VE with proxmox-boot-tool */
	&config_sdbootutil,     /* openSUSE Tumbleweed, MicroOS */
	&config_kernelstub,     /* Pop!_OS */
	&config_grubby,         /* Fedora, CentOS 8 and later */
	&config_grub_d,         /* Debian, Ubuntu */
	&config_default_grub,   /* CentOS 7, Arch, openSUSE Leap */
	&config_limine,         /* CachyOS, Omarchy */
	&config_refind,         /* rEFInd that finds kernels itself */
	&config_uboot,          /* Debian on boards with U-Boot */
	&config_sdboot_manage,  /* CachyOS, Manjaro */
	&config_cmdline_d,      /* unified kernel images of mkinitcpio */
	&config_kernel_install, /* systemd-boot, unified kernel images */
	NULL,
};
