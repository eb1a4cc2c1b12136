/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crypttab.h - the encrypted volumes that a boot unlocks: crypttab(5), and what the kernel command
 * line says about them: rd.luks.* and luks.* (systemd-cryptsetup-generator(8), dracut.cmdline(7)),
 * cryptdevice= (mkinitcpio's encrypt hook) and cryptopts= (initramfs-tools)
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_CRYPTTAB_H
#define VFIO_CLAIM_MACHINE_DISKS_CRYPTTAB_H

#include <stdbool.h>
#include <stddef.h>

/* The strings are from malloc(3). */
struct crypt_volume {
	char *device;      /* "UUID=...", "/dev/sda3" */
	char *key;         /* "none" or "-" for none */
	char *options;     /* "luks,tpm2-device=auto"; "" for none */
	const char *where; /* what names it: "/etc/crypttab" or a parameter; a constant */
};

/* All zero is the empty one. */
struct crypttab {
	struct crypt_volume *list;
	size_t count;
	bool off; /* the command line turns all of it off (rd.luks=0, luks=0) */
};

/*
 * Reads /etc/crypttab and the command line @cmdline (NULL for none); the latter's options are added
 * to those of the same volume. What cannot be read is left out. @sysroot: see path_below().
 */
void crypttab_read(struct crypttab *table, const char *sysroot, const char *cmdline);

void crypttab_free(struct crypttab *table);

/*
 * Returns what names a volume whose passphrase is asked for at boot: "/etc/crypttab",
 * "rd.luks.uuid"; NULL if none is. A constant.
 */
const char *crypttab_asks(const struct crypttab *table);

/*
 * The value of the option @name of a volume, up to the next comma: a new string, "" when it has no
 * value, or NULL when it is not there.
 */
char *crypt_option(const struct crypt_volume *volume, const char *name);

#endif
