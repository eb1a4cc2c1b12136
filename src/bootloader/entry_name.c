/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entry_name.h"

#include <string.h>

#include "../host/messages.h"

#define ALLOWED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.~"

int entry_name_check(const char *name)
{
	if (name[0] && name[0] != '-' && !name[strspn(name, ALLOWED)])
		return 0;
	message_error(
		"cannot choose the entry '%s': its name may contain only letters, digits, '+', "
		"'-', '_' and '.', and must not begin with '-'; rename its file",
		name);
	return -1;
}
