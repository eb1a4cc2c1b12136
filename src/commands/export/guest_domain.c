/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest_domain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"

/* No definition comes near. */
#define XML_MAX (1024 * 1024)

/* libvirtd may have to start first. */
#define VIRSH_SECONDS 60

/* Read-only, so that it changes nothing. Only system machines can have devices of the host. */
static char *ask_virsh(const char *sysroot, const char *domain)
{
	const struct tool tool = {
		.sysroot = sysroot,
		.argv = (const char *const[]){ "virsh", "--connect", "qemu:///system", "--readonly",
					       "dumpxml", "--inactive", "--domain", domain, NULL },
		.output_limit = XML_MAX,
		.seconds = VIRSH_SECONDS,
		.plain = true,
	};
	char *xml;

	if (!has_program(sysroot, "virsh")) {
		message_error("virsh is not installed: for --domain, give the path of a file with "
			      "the XML, with a slash in it");
		return NULL;
	}
	return tool_run(&tool, &xml, NULL) < 0 ? NULL : xml;
}

static char *read_file(const char *path)
{
	char *xml = config_text("", path);

	if (!xml)
		message_error("cannot read %s: %s", path, config_error(errno));
	return xml;
}

/*
 * virsh takes a number for an ID before it looks for such a name, and then text like a UUID for one
 * (libvirt, tools/virsh-util.c, virshLookupDomainInternal()). Returns 0, or -1 after printing an
 * error.
 */
static int check_name(const struct guest *guest, const char *domain)
{
	if (guest->name && strcmp(guest->name, domain) == 0)
		return 0;
	message_error("virsh takes '%s' for the ID or UUID of the virtual machine '%s': give its "
		      "name, or the path of a file with the XML, with a slash in it",
		      domain, guest->name ? guest->name : "");
	return -1;
}

int guest_of_domain(struct guest *guest, const char *sysroot, const char *domain)
{
	bool is_file = strchr(domain, '/');
	char *xml = is_file ? read_file(domain) : ask_virsh(sysroot, domain);
	int err;

	memset(guest, 0, sizeof(*guest));
	if (!xml)
		return -1;
	err = guest_read(guest, xml);
	free(xml);
	if (!err)
		return is_file ? 0 : check_name(guest, domain);
	if (err == -EINVAL)
		message_error("%s is not the XML of a libvirt domain, as virsh dumpxml prints it",
			      domain);
	else
		message_errno(err, "cannot read the definition of %s", domain);
	return -1;
}
