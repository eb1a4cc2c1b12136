/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luks_header.h"

#include <stdlib.h>

#include "../../core/array.h"

int luks_header_add(struct luks_header *header, const struct tpm_key *key)
{
	return array_add(&header->list, &header->count, key, sizeof(*key));
}

void luks_header_free(struct luks_header *header)
{
	free(header->list);
	*header = (struct luks_header){ 0 };
}
