/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mask_known.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 128 /* no harmless key or word is this long */

/* The longest number, and the longest word of letters and digits, that identify nothing. */
#define SHORT_NUMBER 7
#define SHORT_MIXED  5

/* The longest run of letters that is a word. */
#define LONG_WORD 32

/* Lists of fnmatch(3) patterns; NULL ends them. */

/* Parameters of the kernel and of modules, settings of vfio-claim.conf, keys in the kernel log. */
static const char *const harmless_keys[] = {
	"rd.vfio",
	"rd.vfio.*",
	"vfio[-_]*.*",
	"vfio.*",
	"iommu",
	"iommu.*",
	"intel_iommu",
	"amd_iommu",
	"arm-smmu*.*",
	"kvm.*",
	"kvm[-_]*.*",
	"pci",
	"pcie_*",
	"pci[-_]stub.ids",
	"xen-pciback.hide",
	"modprobe.blacklist",
	"rd.driver.*",
	"module_blacklist",
	"initcall_blacklist",
	"video",
	"vga",
	"nouveau.*",
	"nvidia*.*",
	"amdgpu.*",
	"radeon.*",
	"i915.*",
	"xe.*",
	"hugepages",
	"hugepagesz",
	"default_hugepagesz",
	"loglevel",
	"console",
	"lockdown",
	"module.sig_enforce",
	"fbcon",
	"efi",
	"claim",
	"keep",
	"force",
	"group",
	"strict",
	"timeout",
	"ids",
	"disable_vga",
	"modeset",
	"decodes",
	"olddecodes",
	"owns",
	"locks",
	"domain",
	"address",
	"flags",
	"device",
	"pasid",
	"mode",
	"PRETTY_NAME",
	NULL,
};

static const char *const secret_keys[] = {
	"*pass*", "*token*", "*secret*", "*key*",  "psk", "pin",
	"*user*", "*login*", "*cred*",   "*ssid*", NULL,
};

static const char *const harmless_flags[] = {
	"quiet", "splash", "ro",    "rw",     "rhgb", "nomodeset",
	"debug", "single", "nosmt", "noapic", NULL,
};

static const char *const plain_values[] = {
	"on", "off", "yes", "no", "y", "n", "true", "false", "none", "auto", "force", "pt", NULL,
};

static const char *const number_words[] = {
	"cap", "ecap", "features", "efr", "efr2", "reg_base_addr", NULL,
};

/* Harmless words of letters and digits that have none of the forms below. */
static const char *const harmless_mixed[] = { "x2apic", NULL };

/* Words that announce a secret, and words that do so only with a colon. */
static const char *const announcing[] = {
	"password", "passwd",   "passphrase", "ssid",         "bssid",    "essid",
	"token",    "hostname", "username",   "serialnumber", "serialno", NULL,
};
static const char *const announcing_with_colon[] = {
	"serial", "s/n",    "sn",  "*key",    "user",     "host",    "login",  "uuid",   "owner",
	"psk",    "secret", "pin", "account", "machine*", "*token*", "*pass*", "*cred*", NULL,
};

/* The last part of names with dots that are not domains. */
static const char *const suffixes[] = {
	"conf",  "cfg",     "ko", "zst", "xz",  "gz", "img", "efi",
	"rules", "service", "sh", "txt", "bin", "fw", "ids", NULL,
};

/* Directories whose contents have harmless names, and directories that are harmless themselves. */
static const char *const harmless_below[] = {
	"/etc/*",
	"/usr/*",
	"/lib/*",
	"/lib64/*",
	"/boot/*",
	"/sys/*",
	"/proc/*",
	"/run/*",
	"/bin/*",
	"/sbin/*",
	"/dev/*",
	"/var/lib/vfio-claim*",
	"/var/lib/libvirt*",
	NULL,
};
static const char *const harmless_directories[] = {
	"/",    "/etc",   "/usr", "/lib",     "/boot",    "/sys",  "/proc",
	"/run", "/dev",   "/var", "/home",    "/srv",     "/root", "/opt",
	"/mnt", "/media", "/tmp", "/var/log", "/var/lib", "/efi",  NULL,
};
/* After these comes the name of a disk, a volume or a user. */
static const char *const secret_below[] = {
	"/by-id/",        "/by-uuid/", "/by-label/", "/by-partuuid/",
	"/by-partlabel/", "/mapper/",  "/user/",     NULL,
};

/* Returns true if a pattern of the list matches, whatever the case. */
static bool is_among(const char *const *patterns, const char *word, size_t len)
{
	char copy[LONGEST];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, word, len);
	copy[len] = '\0';
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, copy, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool mask_key_is_harmless(const char *key, size_t len)
{
	return is_among(harmless_keys, key, len);
}

bool mask_key_is_secret(const char *key, size_t len)
{
	return is_among(secret_keys, key, len);
}

bool mask_flag_is_harmless(const char *word)
{
	return is_among(harmless_flags, word, strlen(word));
}

static size_t digits(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && isdigit((unsigned char)text[count]))
		count++;
	return count;
}

static size_t letters(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && isalpha((unsigned char)text[count]))
		count++;
	return count;
}

bool mask_value_is_plain(const char *value, size_t len)
{
	return is_among(plain_values, value, len) ||
	       (len <= SHORT_NUMBER && digits(value, len) == len);
}

bool mask_announces_number(const char *word, size_t len)
{
	return is_among(number_words, word, len);
}

enum mask_announcement mask_announces(const char *word, size_t len, bool colon)
{
	if (is_among(announcing, word, len) ||
	    (colon && is_among(announcing_with_colon, word, len)))
		return MASK_NEXT;
	return is_among((const char *const[]){ "serial", NULL }, word, len) ? MASK_SERIAL
									    : MASK_NOTHING;
}

bool mask_is_number_word(const char *word, size_t len)
{
	return is_among((const char *const[]){ "number", "no", "nr", NULL }, word, len);
}

/* "0xfed90000": no address in memory has more than 52 bits. */
static bool is_memory_address(const char *piece, size_t len)
{
	size_t i = 2;

	if (len < 3 || piece[0] != '0' || (piece[1] != 'x' && piece[1] != 'X'))
		return false;
	while (i < len && piece[i] == '0')
		i++;
	return strspn(piece + 2, "0123456789abcdefABCDEF") >= len - 2 && len - i <= 52 / 4;
}

/* "20201103" */
static bool is_date(const char *piece, size_t len)
{
	return len == 8 && digits(piece, len) == len &&
	       (strncmp(piece, "19", 2) == 0 || strncmp(piece, "20", 2) == 0) &&
	       (piece[4] == '0' || piece[4] == '1') && piece[6] <= '3';
}

/* "8176M", "1080p", "1024x768" */
static bool is_size(const char *piece, size_t len)
{
	static const char *const units[] = { "k",   "m",   "g",   "t",  "kb",  "mb",  "gb", "kib",
					     "mib", "gib", "bit", "hz", "mhz", "ghz", "ms", "us",
					     "s",   "x",   "p",   "th", "nd",  "st",  "rd", NULL };
	size_t number = digits(piece, len);

	if (!number || number > SHORT_NUMBER)
		return false;
	if (piece[number] == 'x' && len > number + 1)
		return len <= strlen("1024x1024x32") && strspn(piece, "0123456789x") >= len;
	return is_among(units, piece + number, len - number);
}

/* "nvme0n1p2", "vfio10", "amd64": a word, a short number, and single letters with their numbers. */
static bool is_device_name(const char *piece, size_t len)
{
	size_t at = letters(piece, len), number;

	if (!at || islower((unsigned char)piece[0]) == 0)
		return false;
	while (at < len) {
		number = digits(piece + at, len - at);
		if (!number || number > 3)
			return false;
		at += number;
		if (at == len)
			return true;
		if (!strchr("npscfd", piece[at++]))
			return false;
	}
	return false;
}

bool mask_piece_is_harmless(const char *piece, size_t len)
{
	if (letters(piece, len) == len)
		return len <= LONG_WORD;
	if (digits(piece, len) == len)
		return len <= SHORT_NUMBER || is_date(piece, len) || strspn(piece, "0") >= len;
	return len <= SHORT_MIXED || is_among(harmless_mixed, piece, len) ||
	       is_memory_address(piece, len) || is_size(piece, len) || is_device_name(piece, len);
}

bool mask_is_domain(const char *word, size_t len)
{
	size_t i, last = 0;

	for (i = 0; i < len; i++) {
		if (word[i] == '.')
			last = i + 1;
		else if (!isalnum((unsigned char)word[i]) && word[i] != '-')
			return false;
	}
	return last > 1 && len - last >= 2 && letters(word + last, len - last) == len - last &&
	       !is_among(suffixes, word + last, len - last) && !mask_key_is_harmless(word, len);
}

size_t mask_path_harmless(const char *path, size_t len)
{
	char copy[LONGEST];
	const char *const *part;
	const char *at;

	if (is_among(harmless_directories, path, len))
		return len;
	if (len >= sizeof(copy) || !is_among(harmless_below, path, len))
		return 0;
	memcpy(copy, path, len);
	copy[len] = '\0';
	for (part = secret_below; *part; part++) {
		at = strstr(copy, *part);
		if (at)
			return (size_t)(at - copy) + strlen(*part);
	}
	return len;
}
