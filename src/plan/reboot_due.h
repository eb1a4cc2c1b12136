/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reboot_due.h - whether the next boot will claim other devices than the running system has */
#ifndef VFIO_CLAIM_PLAN_REBOOT_DUE_H
#define VFIO_CLAIM_PLAN_REBOOT_DUE_H

#include "next_boot.h"

/*
 * Compares what the next boot will do with the current drivers and with what this boot was asked to
 * do. A reboot is due if a device that will be claimed is not on vfio-pci or its variant now; if a
 * device that this boot claimed is on it now, but will not be claimed; or if a claim names a device
 * that is not here, and this boot does not wait for it. A different command line alone is no
 * reason.
 * *@why: set to a sentence without a full stop that gives the first reason, a new string for the
 * caller to free; NULL if no reboot is due. Returns 0, or -1 after printing an error.
 */
int reboot_due(char **why, const struct next_boot *next);

#endif
