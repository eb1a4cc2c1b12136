/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes.h - running processes and their namespaces (proc(5), namespaces(7))
 *
 * @sysroot: see path_below(). Strings and lists are new and the caller's to free.
 */
#ifndef VFIO_CLAIM_MACHINE_PROCESSES_H
#define VFIO_CLAIM_MACHINE_PROCESSES_H

#include "../host/string_set.h"

/* The IDs of all processes, as text. */
struct string_set processes_list(const char *sysroot);

/* The name of a process, cut to 15 bytes by the kernel; "?" when it cannot be read. NULL without
 * memory. */
char *process_name(const char *sysroot, const char *pid);

/*
 * The user whose manager, user@UID.service of systemd (systemd.special(7)), has started a process,
 * as text; NULL if none has: /proc/PID/cgroup (cgroups(7)). @pid: as text, or "self".
 */
char *process_manager_user(const char *sysroot, const char *pid);

/*
 * Lists the ID of one process for each namespace of a kind, "mnt" or "net", that this process is
 * not in itself; for "mnt" also one for each other root directory, as both determine what is seen
 * mounted. Namespaces that cannot be read, or that no process is in, are left out.
 */
struct string_set processes_of_namespaces(const char *sysroot, const char *kind);

#endif
