/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm_seals.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_files.h"
#include "../bootloader/boot_menu.h"
#include "../bootloader/efi_loader.h"
#include "../core/text.h"
#include "../host/file_backup.h"
#include "../host/sysroot_files.h"
#include "../machine/disks/sealed_volumes.h"

#define PCR(number) (UINT32_C(1) << (number))

/* What a new command line or image can change at all. */
#define PCR_LOADED  PCR(4)  /* boot loader code: unified kernel images, too */
#define PCR_GRUB    PCR(8)  /* GRUB's commands and the kernel command line */
#define PCR_FILES   PCR(9)  /* files that GRUB reads; initrd and command line, by the kernel */
#define PCR_UNIFIED PCR(11) /* the parts of a unified kernel image */
#define PCR_CONFIG  PCR(12) /* the command line, by systemd-boot and systemd-stub */

#define PCRS_CMDLINE (PCR_LOADED | PCR_GRUB | PCR_FILES | PCR_UNIFIED | PCR_CONFIG)
#define PCRS_IMAGE   (PCR_LOADED | PCR_FILES | PCR_UNIFIED)
#define PCRS_ADDON   (PCR_LOADED | PCR_FILES | PCR_CONFIG) /* the firmware measures it, too */

#define PCR_COUNT 24

/* What a change does. */
struct measured {
	uint32_t will;   /* these PCRs will change */
	uint32_t may;    /* these may, if the system boots in another way */
	bool unified;    /* the menu has unified kernel images */
	bool resigned;   /* which are signed when rebuilt */
	uint32_t locked; /* the PCRs in systemd-pcrlock's policy */
};

/* What happens to a key; the worst is last. */
enum fate {
	FATE_GOOD,
	FATE_SIGNATURE, /* the new image needs one */
	FATE_POLICY,    /* the policy must be updated first */
	FATE_MAY_FAIL,
	FATE_FAILS,
};

/* --- what is measured --------------------------------------------------------------------------
 */

/* Sets whether the menu has a unified image, and whether it has another entry. */
static void look_at_menu(const char *sysroot, bool *unified, bool *entries)
{
	struct boot_menu menu;
	size_t i;

	boot_menu_read(&menu, sysroot);
	for (i = 0; i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL)
			*(menu.entry[i].image ? unified : entries) = true;
	boot_menu_free(&menu);
}

/* Returns true if ukify(1) or kernel-install(8) is configured to sign an image's measurements. */
static bool images_are_signed(const char *sysroot)
{
	static const char *const files[] = { "/etc/kernel/uki.conf", "/run/kernel/uki.conf",
					     "/usr/local/lib/kernel/uki.conf",
					     "/usr/lib/kernel/uki.conf",
					     "/etc/systemd/ukify.conf" };
	char *text, *at;
	bool are = false;
	size_t i;

	for (i = 0; !are && i < sizeof(files) / sizeof(files[0]); i++) {
		text = file_text(sysroot, files[i]);
		at = text ? strstr(text, "PCRPrivateKey") : NULL;
		are = at && (at == text || at[-1] == '\n');
		free(text);
	}
	return are;
}

/*
 * Returns the PCRs in the policy of systemd-pcrlock(8), {"pcrValues": [{"pcr": 4, ...}]}. Of those
 * that matter here, the default has 4 and 11 (systemd: src/pcrlock/pcrlock.c).
 */
static uint32_t read_policy(const char *sysroot)
{
	char *text = file_text(sysroot, "/var/lib/systemd/pcrlock.json");
	struct json_object *policy = text ? json_tokener_parse(text) : NULL, *list, *number;
	uint32_t pcrs = 0;
	size_t i, count;
	int pcr;

	free(text);
	if (!json_object_is_type(policy, json_type_object) ||
	    !json_object_object_get_ex(policy, "pcrValues", &list) ||
	    !json_object_is_type(list, json_type_array)) {
		json_object_put(policy);
		return PCR_LOADED | PCR_UNIFIED;
	}
	count = json_object_array_length(list);
	for (i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!json_object_is_type(entry, json_type_object) ||
		    !json_object_object_get_ex(entry, "pcr", &number))
			continue;
		pcr = json_object_get_int(number);
		pcrs |= pcr >= 0 && pcr < PCR_COUNT ? PCR(pcr) : 0;
	}
	json_object_put(policy);
	return pcrs;
}

/* Returns true if GRUB, not systemd-boot, starts kernels. */
static bool is_grub(const char *sysroot)
{
	struct string_set files = boot_files_grub(sysroot);
	bool has = files.count || sysroot_has(sysroot, "/boot/grub2/grub.cfg") ||
		   sysroot_has(sysroot, "/boot/grub2/grubenv");

	string_set_free(&files);
	return has && !efi_loader_is_systemd_boot(sysroot);
}

static struct measured measure(const char *sysroot, const struct boot_change *change)
{
	struct measured measured = { .locked = read_policy(sysroot),
				     .resigned = images_are_signed(sysroot) };
	bool entries = false;

	look_at_menu(sysroot, &measured.unified, &entries);
	if (measured.unified && ((change->cmdline && !change->addon) || change->image))
		measured.will |= PCR_LOADED | PCR_UNIFIED | PCR_FILES;
	if (change->addon)
		measured.will |= PCRS_ADDON;
	if (change->image)
		measured.will |= PCR_FILES;
	if (change->cmdline && entries)
		measured.will |= PCR_FILES | (is_grub(sysroot) ? PCR_GRUB : PCR_CONFIG);
	if (change->image)
		measured.may = PCRS_IMAGE;
	if (change->cmdline)
		measured.may |= change->addon ? PCRS_ADDON : PCRS_CMDLINE;
	return measured;
}

/* --- what becomes of a key ---------------------------------------------------------------------
 */

static enum fate judge(const struct tpm_key *key, const struct measured *measured)
{
	if (key->pcrs & measured->may)
		return key->pcrs & measured->will && !key->optional ? FATE_FAILS : FATE_MAY_FAIL;
	if (key->pcrlock && measured->locked & measured->will)
		return FATE_POLICY;
	/* Without a unified image no signed PCR is measured. */
	if (measured->unified && !measured->resigned && key->signed_pcrs & measured->will)
		return FATE_SIGNATURE;
	return FATE_GOOD;
}

/* Returns the TPM key most likely to still unlock the volume, or NULL if there is none. */
static const struct tpm_key *best_key(const struct luks_header *header,
				      const struct measured *measured)
{
	const struct tpm_key *best = NULL;
	size_t i;

	for (i = 0; i < header->count; i++)
		if (!best || judge(&header->list[i], measured) < judge(best, measured))
			best = &header->list[i];
	return best;
}

/* --- sentences ---------------------------------------------------------------------------------
 */

/* "PCR 4", "PCRs 4, 8 and 9" */
static void add_pcrs(struct text *text, uint32_t pcrs)
{
	bool many = pcrs & (pcrs - 1), first = true;
	unsigned int i;

	text_add(text, many ? "PCRs" : "PCR");
	for (i = 0; i < PCR_COUNT; i++) {
		if (!(pcrs & PCR(i)))
			continue;
		pcrs &= ~PCR(i);
		text_add(text, first ? " %u" : pcrs ? ", %u" : " and %u", i);
		first = false;
	}
}

/* Adds what to do about other keys in advance. */
static void add_advice(struct text *text, const struct sealed_volume *volume)
{
	if (volume->header.slots_known && !volume->header.has_other_key)
		text_add(text,
			 "; it has no passphrase: first add one (cryptsetup luksAddKey %s), or it "
			 "can no longer be unlocked",
			 volume->device);
	else
		text_add(text, "; have that or the recovery key at hand");
}

static const char *tool_of(const struct tpm_key *key)
{
	return key->tool == TPM_BY_CLEVIS ? "clevis" : "systemd-cryptenroll";
}

static void say_sealed(struct text *text, const struct sealed_volume *volume,
		       const struct tpm_key *key, const struct measured *measured, bool certain)
{
	text_set(text, "%s: the TPM unlocks it (%s) only with the present state of ",
		 volume->device, volume->blob ? "crypttab" : tool_of(key));
	add_pcrs(text, key->pcrs & measured->may);
	text_add(text, certain ? ", and a new kernel command line or image changes that: the first "
				 "boot with it will ask for the passphrase"
			       : ", and a new kernel command line or image may change that: the "
				 "first boot with it may ask for the passphrase");
	add_advice(text, volume);
}

/* Returns systemd's command to seal the key to the same PCRs again: a new string, or NULL. */
static char *enroll_command(const struct sealed_volume *volume, const struct tpm_key *key)
{
	struct text pcrs = { 0 };
	char *command;
	unsigned int i;

	for (i = 0; i < PCR_COUNT; i++)
		if (key->pcrs & PCR(i))
			text_add(&pcrs, pcrs.length ? "+%u" : "%u", i);
	if (asprintf(&command,
		     "systemd-cryptenroll --wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=%s%s %s",
		     pcrs.data, key->pin ? " --tpm2-with-pin=yes" : "", volume->device) < 0)
		return NULL;
	return command;
}

static char *clevis_command(const struct sealed_volume *volume, const struct tpm_key *key)
{
	char *command;

	if (key->slot < 0 ||
	    asprintf(&command, "clevis luks regen -d %s -s %d", volume->device, key->slot) < 0)
		return NULL;
	return command;
}

/*
 * Returns a new string, or NULL if the command is not known, as for a key that is kept elsewhere.
 */
static char *reseal_command(const struct sealed_volume *volume, const struct tpm_key *key)
{
	if (volume->blob)
		return NULL;
	return key->tool == TPM_BY_CLEVIS ? clevis_command(volume, key)
					  : enroll_command(volume, key);
}

static void tell_sealed(const struct sealed_volume *volume, const struct tpm_key *key,
			const struct measured *measured, bool certain, seal_fn *tell, void *to)
{
	char *command = reseal_command(volume, key);
	struct text text;

	say_sealed(&text, volume, key, measured, certain);
	tell(to, text.data, "after that boot, seal it again", command);
	free(command);
}

static void tell_policy(const struct sealed_volume *volume, const struct measured *measured,
			seal_fn *tell, void *to)
{
	struct text text;

	text_set(&text, "%s: the TPM unlocks it by the policy of systemd-pcrlock, which includes ",
		 volume->device);
	add_pcrs(&text, measured->locked & measured->will);
	text_add(&text, ": unless the policy is updated for the new kernel command line and image "
			"(lock-uki, lock-kernel-cmdline, lock-kernel-initrd), the first boot with "
			"them will ask for the passphrase or the recovery PIN");
	tell(to, text.data, "before the reboot", "/usr/lib/systemd/systemd-pcrlock make-policy");
}

static void tell_signature(const struct sealed_volume *volume, const struct tpm_key *key,
			   const struct measured *measured, seal_fn *tell, void *to)
{
	struct text text;

	text_set(&text, "%s: the TPM unlocks it only for an image whose ", volume->device);
	add_pcrs(&text, key->signed_pcrs & measured->will);
	text_add(&text, " has a valid signature, and nothing signs the new one (PCRPrivateKey= in "
			"/etc/kernel/uki.conf): the first boot with it may ask for the passphrase");
	add_advice(&text, volume);
	tell(to, text.data, NULL, NULL);
}

static void tell_unknown(const struct sealed_volume *volume, seal_fn *tell, void *to)
{
	struct text text;

	/* A missing volume is not unlocked either. */
	if (!volume->expected || volume->err == -ENOENT || volume->err == -ENOMEDIUM)
		return;
	text_set(&text,
		 "%s: cannot tell whether the TPM unlocks it, and whether a new kernel command "
		 "line or image would prevent that: its LUKS header %s",
		 volume->device,
		 volume->err == -EBADMSG ? "is damaged or of an unknown kind"
		 : volume->err == -EACCES || volume->err == -EPERM ? "can be read by root only"
								   : "cannot be read");
	tell(to, text.data, NULL, NULL);
}

static void tell_volume(const struct sealed_volume *volume, const struct measured *measured,
			seal_fn *tell, void *to)
{
	const struct tpm_key *key = best_key(&volume->header, measured);
	enum fate fate = key ? judge(key, measured) : FATE_GOOD;

	if (volume->has_file)
		return;
	if (volume->err && fate == FATE_GOOD) {
		tell_unknown(volume, tell, to);
		return;
	}
	switch (fate) {
	case FATE_GOOD:
		break;
	case FATE_SIGNATURE:
		tell_signature(volume, key, measured, tell, to);
		break;
	case FATE_POLICY:
		tell_policy(volume, measured, tell, to);
		break;
	case FATE_MAY_FAIL:
	case FATE_FAILS:
		tell_sealed(volume, key, measured, fate == FATE_FAILS, tell, to);
	}
}

void tpm_seals_tell(const char *sysroot, const char *cmdline, const struct boot_change *change,
		    seal_fn *tell, void *to)
{
	struct sealed_volumes volumes;
	struct measured measured;
	size_t i;

	sealed_volumes_find(&volumes, sysroot, cmdline);
	if (volumes.count) {
		measured = measure(sysroot, change);
		for (i = 0; i < volumes.count; i++)
			tell_volume(&volumes.list[i], &measured, tell, to);
	}
	sealed_volumes_free(&volumes);
}
