/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_domain.h - asks libvirt for the definition of a virtual machine
 */
#ifndef VFIO_CLAIM_COMMANDS_EXPORT_GUEST_DOMAIN_H
#define VFIO_CLAIM_COMMANDS_EXPORT_GUEST_DOMAIN_H

#include "domain_xml.h"

/*
 * Reads the buses of a virtual machine (virsh(1), dumpxml --inactive: what virsh edit changes).
 * @domain: its name for virsh, which is run below @sysroot; its ID or UUID is refused. Or, with a
 * slash in it, the path of a file that has the XML, not below @sysroot. libvirt's names have no
 * slash.
 * @guest: to be released with guest_free() whatever is returned. Returns 0, or -1 after printing an
 * error.
 */
int guest_of_domain(struct guest *guest, const char *sysroot, const char *domain);

#endif
