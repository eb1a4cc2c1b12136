/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outlook.h - what the boot program makes of requests, on the machine as it is now: its own
 * requests_read(), snapshot_take() and decide()
 */
#ifndef VFIO_CLAIM_PLAN_OUTLOOK_H
#define VFIO_CLAIM_PLAN_OUTLOOK_H

#include <stdbool.h>

#include "../core/decide.h"
#include "../core/requests.h"
#include "../core/snapshot.h"

/* Begin with all zero; the texts are filled in by one of the first two below, or by the caller. */
struct outlook {
	struct request_texts texts; /* from malloc(3); cut up by outlook_look() */
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
};

/*
 * Reads a text whole: *@text is new, or NULL when there is no such file. @sysroot: see
 * path_below(). Gives 0 or -1 after a message.
 */
int outlook_read_text(const char *sysroot, const char *path, char **text);

/*
 * Reads what this boot was asked for: the running command line and what the boot has kept of its
 * image. Gives 0 or -1 after a message.
 */
int outlook_read_boot(struct outlook *outlook, const char *sysroot);

/* Takes the texts apart and looks at the machine. Gives 0 or -1 after a message. */
int outlook_look(struct outlook *outlook, const char *sysroot);

/* Decides on what was looked at. Gives 0 or -1 after a message. */
int outlook_decide(struct outlook *outlook);

/* Frees what it holds. */
void outlook_free(struct outlook *outlook);

/* Whether anything is asked for, be it with a mistake. */
bool outlook_asks(const struct outlook *outlook);

#endif
