/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_proxmox.c - Proxmox systems whose boot loader reads what proxmox-boot-tool has copied to
 * EFI system partitions: the first line of /etc/kernel/cmdline for partitions with systemd-boot,
 * config_grub_d for those with GRUB
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../kernel_cmdline.h"
#include "../proxmox/esp_refresh.h"
#include "../proxmox/esps.h"

#define FILE_NAME KERNEL_CMDLINE_FILE

/* --- reading -----------------------------------------------------------------------------------
 */

/*
 * Returns the text of the file or, if it does not exist, what the tool uses instead: the running
 * command line without the loader's words (zz-proxmox-boot, update_esps()). *@is_new: set to true
 * if the file does not exist. NULL after printing an error.
 */
static char *read_file(const char *sysroot, bool *is_new)
{
	char *text = config_text(sysroot, FILE_NAME), *running, *line = NULL;

	*is_new = !text && errno == ENOENT;
	if (*is_new) {
		running = sysroot_read(sysroot, "/proc/cmdline");
		line = running ? cmdline_without_names(running, "BOOT_IMAGE initrd") : NULL;
		if (line && asprintf(&text, "%s\n", line) < 0)
			text = NULL;
		free(line);
		free(running);
		errno = ENOENT;
	}
	if (!text)
		message_error("cannot read " FILE_NAME ": %s", config_error(errno));
	return text;
}

/* Returns our words for systemd-boot, or NULL after printing an error. */
static char *read_line(const char *sysroot)
{
	bool is_new;
	char *text = read_file(sysroot, &is_new);
	char *line = text ? kernel_cmdline_first(text) : NULL;
	char *words = line ? cmdline_ours(line) : NULL;

	if (text && !words)
		message_errno(ENOMEM, FILE_NAME);
	free(line);
	free(text);
	return words;
}

/* Returns @words, which it frees, plus the words of @more that it lacks; NULL if out of memory. */
static char *join(char *words, const char *more)
{
	char *fresh = cmdline_without(more, words), *both = NULL;

	if (fresh && asprintf(&both, "%s%s%s", words, words[0] && fresh[0] ? " " : "", fresh) < 0)
		both = NULL;
	free(fresh);
	free(words);
	return both;
}

static char *read_words(const char *sysroot)
{
	char *words, *more;

	if (!esps_have(sysroot, ESP_SYSTEMD_BOOT))
		return config_grub_d.read(sysroot);
	words = read_line(sysroot);
	if (!words || !esps_have(sysroot, ESP_GRUB))
		return words;
	more = config_grub_d.read(sysroot);
	words = more ? join(words, more) : words;
	free(more);
	return words;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* Returns 0, or -1 after printing an error. */
static int set_line(struct changes *changes, const char *words)
{
	bool is_new;
	char *text = read_file(changes->sysroot, &is_new), *fresh;
	bool same;

	fresh = text ? kernel_cmdline_first_with(text, words) : NULL;
	if (text && !fresh)
		message_error("cannot change " FILE_NAME ": %s", config_error(errno));
	same = fresh && strcmp(fresh, text) == 0;
	/* Without the file, the tool would use the words of the running boot. */
	if (fresh && !(is_new && same))
		changes_file(changes, FILE_NAME, fresh);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

/* Returns true if the other loader's setting has claims left from when a partition had it. */
static bool is_left(const char *sysroot, char *(*read)(const char *sysroot))
{
	char *words;
	bool left;

	messages_mute(true);
	words = read(sysroot);
	messages_mute(false);
	left = words && words[0];
	free(words);
	return left;
}

static bool is_here(const char *sysroot)
{
	return esps_in_charge(sysroot);
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	const char *sysroot = changes->sysroot;
	bool systemd = esps_have(sysroot, ESP_SYSTEMD_BOOT), grub = esps_have(sysroot, ESP_GRUB);
	int result = 0;

	if (systemd || (sysroot_has(sysroot, FILE_NAME) && is_left(sysroot, read_line)))
		result = set_line(changes, words);
	if (result == 0 && (grub || is_left(sysroot, config_grub_d.read)))
		result = config_grub_d.set(changes, words, old);
	return result;
}

static int refresh(struct changes *changes)
{
	esp_refresh(changes);
	return 0;
}

const struct boot_config config_proxmox = {
	.what = ESPS_FILE,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = refresh,
	.prepare = esp_refresh_prepare,
};
