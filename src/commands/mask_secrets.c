/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mask_secrets.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../host/sysroot_files.h"

/* In this order: an address in the form of a MAC would else be taken for part of another. */
static const struct {
	const char *pattern, *label;
} forms[MASK_KINDS] = {
	{ "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b", "<uuid>" },
	{ "\\b([0-9a-f]{2}[:-]){5,19}[0-9a-f]{2}\\b", "<mac>" },
	{ "\\b([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\\b", "<ip>" },
	{ "([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::[0-9a-f][0-9a-f:]*", "<ip>" },
	{ "\\b[0-9]{1,3}(\\.[0-9]{1,3}){3}\\b", "<ip>" },
	{ "\\b(serial[ _-]*(number|no)?|s/n)[.]?[ ]*[:=#][ ]*[^ ,;)]+", "<serial>" },
	/* What drives are called all over the world, udev's names and the kernel's. */
	{ "\\b(wwn-0x|(naa|eui)[.])[0-9a-f]{16,32}\\b", "<serial>" },
};

/* Parameters whose values say nothing about anybody: fnmatch(3) patterns. */
static const char *const harmless_values[] = {
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
	"pci-stub.ids",
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
};

/* The same for words without a value. */
static const char *const harmless_words[] = {
	"quiet", "splash", "ro", "rw", "rhgb", "nomodeset", "debug", "single", "nosmt", "noapic",
};

/* Compiles all. Gives 0 or -ENOMEM, with nothing to be freed. */
static int compile(struct mask *mask)
{
	int i;

	for (i = 0; i < MASK_KINDS; i++) {
		if (regcomp(&mask->form[i], forms[i].pattern, REG_EXTENDED | REG_ICASE) == 0)
			continue;
		while (i--)
			regfree(&mask->form[i]);
		return -ENOMEM;
	}
	return 0;
}

int mask_begin(struct mask *mask, const char *sysroot, bool off)
{
	*mask = (struct mask){ .off = off };
	if (compile(mask) < 0)
		return -ENOMEM;
	mask->host = sysroot_read(sysroot, "/proc/sys/kernel/hostname");
	/* The log may have it without its domain. */
	if (mask->host && mask->host[0] != '.' && strchr(mask->host, '.'))
		mask->host_label = strndup(mask->host, strcspn(mask->host, "."));
	/* "localhost" and "(none)" are no secrets, and an empty name would be found everywhere. */
	if (mask->host &&
	    (!mask->host[0] || mask->host[0] == '(' || strcmp(mask->host, "localhost") == 0)) {
		free(mask->host);
		mask->host = NULL;
	}
	return 0;
}

void mask_free(struct mask *mask)
{
	int i;

	for (i = 0; i < MASK_KINDS; i++)
		regfree(&mask->form[i]);
	free(mask->host_label);
	free(mask->host);
}

/* @text with @label for its bytes from @start to @end; @text is freed. NULL without memory. */
static char *replace(char *text, size_t start, size_t end, const char *label)
{
	char *replaced;

	if (asprintf(&replaced, "%.*s%s%s", (int)start, text, label, text + end) < 0)
		replaced = NULL;
	free(text);
	return replaced;
}

static char *mask_form(char *text, const regex_t *form, const char *label)
{
	regmatch_t match;
	size_t at = 0, start;

	while (text && regexec(form, text + at, 1, &match, at ? REG_NOTBOL : 0) == 0) {
		start = at + (size_t)match.rm_so;
		text = replace(text, start, at + (size_t)match.rm_eo, label);
		at = start + strlen(label);
	}
	return text;
}

/* Whether @text from @start to @end is no part of a longer word. */
static bool is_word(const char *text, size_t start, size_t end)
{
	return (!start || !isalnum((unsigned char)text[start - 1])) &&
	       !isalnum((unsigned char)text[end]);
}

static char *mask_host(char *text, const char *host)
{
	static const char label[] = "<host>";
	size_t at = 0;
	char *found;

	while (text && (found = strcasestr(text + at, host))) {
		at = (size_t)(found - text);
		if (!is_word(text, at, at + strlen(host))) {
			at++;
			continue;
		}
		text = replace(text, at, at + strlen(host), label);
		at += strlen(label);
	}
	return text;
}

char *mask_line(const struct mask *mask, const char *line)
{
	char *text = strdup(line);
	int i;

	if (mask->off)
		return text;
	for (i = 0; i < MASK_KINDS; i++)
		text = mask_form(text, &mask->form[i], forms[i].label);
	text = mask->host ? mask_host(text, mask->host) : text;
	return mask->host_label ? mask_host(text, mask->host_label) : text;
}

static bool is_among(const char *const *patterns, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

static bool is_harmless(const struct param *param)
{
	if (param->value)
		return is_among(harmless_values,
				sizeof(harmless_values) / sizeof(harmless_values[0]), param->name);
	return is_among(harmless_words, sizeof(harmless_words) / sizeof(harmless_words[0]),
			param->name);
}

static void print_param(FILE *file, const struct param *param, bool open)
{
	if (!open && !param->value)
		fputs("<masked>", file);
	else
		fprintf(file, "%s%s%s", param->name, param->value ? "=" : "",
			param->value ? (open ? param->value : "<masked>") : "");
}

char *mask_cmdline(const struct mask *mask, char *cmdline)
{
	struct param param;
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	if (mask->off)
		return strdup(cmdline);
	file = open_memstream(&text, &size);
	if (!file)
		return NULL;
	while (param_next(&cmdline, &param)) {
		print_param(file, &param, is_harmless(&param));
		fputc(' ', file);
	}
	fclose(file);
	return text;
}
