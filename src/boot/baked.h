/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the texts of the requests are: the kernel command line, and what `vfio-claim image` has put
 * into the image, of which nothing need be there.
 */
#ifndef VFIO_CLAIM_BOOT_BAKED_H
#define VFIO_CLAIM_BOOT_BAKED_H

#include <stdbool.h>

#include "../core/requests.h"

/*
 * Reads them below @root. After reserve (@late) what baked_keep() has kept goes before what stands
 * in the image, and the variant drivers are read too. Returns 0, or a negative errno value if the
 * command line, or a conf or a list of protected devices that is there, cannot be read or the conf
 * is longer than CONF_LIMIT; either way the texts are to be freed.
 */
int baked_read(struct request_texts *texts, int root, bool late);

/* Copies to /run, below @root, what of the image the real root will not have. */
void baked_keep(int root);

/* Frees what baked_read() has read. */
void baked_free(struct request_texts *texts);

#endif
