/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fallback_loader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/sysroot_files.h"

int fallback_take_digit(char *text)
{
	int digit = -1;

	if (text && isdigit((unsigned char)text[0]) && (!text[1] || strcmp(text + 1, "\n") == 0))
		digit = text[0] - '0';
	free(text);
	return digit;
}

bool fallback_is_masked(const char *sysroot, const char *unit)
{
	char *own = sysroot_real(sysroot, "/etc/systemd/system/%s", unit), *text = NULL;
	bool masked;

	if (own)
		text = config_text(sysroot, own);
	masked = own && !(text && text[0]);
	free(text);
	free(own);
	return masked;
}
