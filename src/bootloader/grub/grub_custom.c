/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_custom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "grub_block.h"

/* Returns the path of the custom.cfg next to @menu: a new string, or NULL if out of memory. */
static char *custom_of(const char *menu)
{
	const char *slash = strrchr(menu, '/');
	char *custom;

	if (asprintf(&custom, "%.*s/custom.cfg", (int)(slash - menu), menu) < 0)
		return NULL;
	return custom;
}

/* Returns the text that a custom.cfg will have, "" for none; NULL after printing an error. */
static char *read_custom(const struct changes *changes, const char *custom)
{
	char *text = changes_text(changes, custom);

	if (!text && errno == ENOENT)
		text = strdup("");
	if (!text)
		message_error("cannot read %s: %s", custom, config_error(errno));
	return text;
}

int grub_custom_set(struct changes *changes, const char *menu, const char *maker, const char *text)
{
	char *custom = custom_of(menu);
	char *old = custom ? read_custom(changes, custom) : NULL;
	char *fresh = old ? grub_block_place(old, maker, text) : NULL;

	if (fresh && (old[0] || text))
		changes_file(changes, custom, fresh[0] ? fresh : NULL);
	else if (!fresh && old && errno == EINVAL)
		message_error("%s: the line '### END vfio-claim %s ###' is missing: remove what "
			      "'vfio-claim %s' added, then try again",
			      custom, maker, maker);
	else if (!fresh && (old || !custom))
		message_errno(ENOMEM, "%s", menu);
	free(old);
	free(custom);
	free(fresh);
	return fresh ? 0 : -1;
}

bool grub_custom_has(const char *sysroot, const char *menu, const char *maker, const char *text)
{
	char *custom = custom_of(menu);
	char *there = custom ? config_text(sysroot, custom) : NULL;
	bool has = there && grub_block_is_in(there, maker, text);

	free(there);
	free(custom);
	return has;
}
