/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protected_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../host/messages.h"
#include "disks/disks_needed.h"
#include "disks/resume.h"
#include "network.h"
#include "protection_search.h"

/* The list as text: a new string, or NULL after printing an error. */
static char *write_list(const struct protection *protection)
{
	char *text = NULL;
	size_t len;
	FILE *list = open_memstream(&text, &len);

	if (list)
		protection_print(protection, list);
	if (list && fclose(list) == 0)
		return text;
	message_errno(errno, "the list of protected devices cannot be made");
	free(text);
	return NULL;
}

char *protected_find(const char *sysroot)
{
	struct protection protection = { .sysroot = sysroot };
	char *list;

	disks_needed_protect(&protection);
	resume_protect(&protection);
	network_protect(&protection);
	list = write_list(&protection);
	protection_free(&protection);
	return list;
}
