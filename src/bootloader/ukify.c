/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ukify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/string_set.h"
#include "../host/sysroot_files.h"
#include "efi_loader.h"

#define PRIVATE_KEY "--secureboot-private-key"
#define CERTIFICATE "--secureboot-certificate"
#define CERT_NAME   "--secureboot-certificate-name"

/* The settings that say how to sign, and the options for them (ukify(1)). */
static const struct setting {
	const char *name, *option;
} settings[] = {
	{ "SecureBootPrivateKey", PRIVATE_KEY },
	{ "SecureBootCertificate", CERTIFICATE },
	{ "SecureBootCertificateName", CERT_NAME },
	{ "SecureBootCertificateDir", "--secureboot-certificate-dir" },
	{ "SecureBootSigningTool", "--signtool" },
	{ "SigningEngine", "--signing-engine" },
	{ "SigningProvider", "--signing-provider" },
	{ "CertificateProvider", "--certificate-provider" },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* kernel-install's, which is for this system's own images, first. */
static const char *const files[] = {
	"/etc/kernel/uki.conf",        "/etc/systemd/ukify.conf",
	"/run/systemd/ukify.conf",     "/usr/local/lib/systemd/ukify.conf",
	"/usr/lib/systemd/ukify.conf",
};

static const char *given_key, *given_certificate;

void ukify_set_keys(const char *key, const char *certificate)
{
	given_key = key;
	given_certificate = certificate;
}

/* --- its configuration -------------------------------------------------------------------------
 */

/* The state while one file is read. */
struct reading {
	struct string_set options; /* "--option=VALUE" */
	bool here;                 /* in its section [UKI] */
	bool has_key;
};

/* Returns @text without blanks at both ends; modifies it. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	for (len = strlen(text); len && strchr(" \t\r", text[len - 1]); len--)
		;
	text[len] = '\0';
	return text;
}

static void add_option(struct reading *reading, const char *option, const char *value)
{
	char *word;

	if (asprintf(&word, "%s=%s", option, value) < 0)
		return;
	string_set_add(&reading->options, word);
	reading->has_key |= strcmp(option, PRIVATE_KEY) == 0 || strcmp(option, CERT_NAME) == 0;
	free(word);
}

static void read_line(void *to, struct config_line *line)
{
	struct reading *reading = to;
	char *text = line->text, *value, *name;
	size_t i;

	text[strcspn(text, "#")] = '\0'; /* as ukify's parser has it, even in a value */
	name = trim(text);
	if (*name == '[')
		reading->here = strcmp(name, "[UKI]") == 0;
	value = reading->here ? strchr(name, '=') : NULL;
	if (!value)
		return;
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	for (i = 0; *value && i < SETTINGS; i++)
		if (strcmp(name, settings[i].name) == 0)
			add_option(reading, settings[i].option, value);
}

/* Returns the options that sign, or none. */
static struct string_set signing_options(const char *sysroot)
{
	struct reading reading = { .here = false };
	size_t i;

	if (given_key) {
		add_option(&reading, PRIVATE_KEY, given_key);
		add_option(&reading, CERTIFICATE, given_certificate);
	}
	for (i = 0; !reading.has_key && i < sizeof(files) / sizeof(files[0]); i++) {
		string_set_free(&reading.options);
		reading.here = false;
		config_lines(sysroot, files[i], false, read_line, &reading);
	}
	if (!reading.has_key)
		string_set_free(&reading.options);
	return reading.options;
}

bool ukify_has_key(const char *sysroot)
{
	struct string_set options = signing_options(sysroot);
	bool has = options.count;

	string_set_free(&options);
	return has;
}

/* --- running it --------------------------------------------------------------------------------
 */

/* Before systemd 256, ukify was not in a directory of PATH. */
static const char *program(const char *sysroot)
{
	static const char old[] = "/usr/lib/systemd/ukify";

	if (has_program(sysroot, "ukify"))
		return "ukify";
	return sysroot_has(sysroot, old) ? old : NULL;
}

/* Returns true if addonx64.efi.stub, which add-ons are made from, is installed. */
static bool has_stub(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, "/usr/lib/systemd/boot/efi");
	bool has = false;
	size_t i;

	for (i = 0; i < names.count; i++)
		has |= strncmp(names.name[i], "addon", 5) == 0;
	string_set_free(&names);
	return has;
}

int ukify_check(const char *sysroot)
{
	if (!program(sysroot)) {
		message_error(
			"ukify, which builds add-ons, is not installed: install systemd-ukify (or "
			"the package of systemd that has it)");
		return -1;
	}
	if (!has_stub(sysroot)) {
		message_error(
			"/usr/lib/systemd/boot/efi has no addon*.efi.stub, from which add-ons are "
			"built: install systemd-boot-efi (Fedora: systemd-boot-unsigned)");
		return -1;
	}
	if (!efi_secure_boot(sysroot) || ukify_has_key(sysroot))
		return 0;
	message_error(
		"Secure Boot is on, and systemd-stub ignores an add-on without a signature: give "
		"--secureboot-key and --secureboot-certificate, or set SecureBootPrivateKey= and "
		"SecureBootCertificate= in /etc/kernel/uki.conf; the firmware or shim must know "
		"the certificate");
	return -1;
}

/* Returns "@option=@value", or NULL. */
static char *with_value(const char *option, const char *value)
{
	char *word;

	return asprintf(&word, "%s=%s", option, value) < 0 ? NULL : word;
}

int ukify_add_step(struct changes *changes, const char *file, const char *words, const char *initrd)
{
	struct string_set options = signing_options(changes->sysroot);
	char *cmdline = with_value("--cmdline", words), *output = with_value("--output", file);
	char *image = initrd ? with_value("--initrd", initrd) : NULL;
	/* ukify's own configuration may put other things into the add-on. */
	const char *argv[7 + SETTINGS] = { program(changes->sysroot), "build", "--config=/dev/null",
					   cmdline, output };
	int result = cmdline && output && (image || !initrd) ? 0 : -1;
	size_t i, count = 5;

	if (image)
		argv[count++] = image;
	for (i = 0; i < options.count && i < SETTINGS; i++)
		argv[count++] = options.name[i];
	if (result == 0)
		changes_run(changes, argv);
	else
		message_errno(ENOMEM, "%s", file);
	free(image);
	free(output);
	free(cmdline);
	string_set_free(&options);
	return result;
}
