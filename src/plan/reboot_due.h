/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reboot_due.h - whether the next boot will claim something else than the running system has */
#ifndef VFIO_CLAIM_PLAN_REBOOT_DUE_H
#define VFIO_CLAIM_PLAN_REBOOT_DUE_H

#include "next_boot.h"

/*
 * Compares what the next boot will do with the present drivers and with what this boot was asked
 * for. A reboot is due if a device that will be claimed is not on vfio-pci or its variant now; if
 * one that this boot claimed is, and will not be; or if a claim names a device that is not here,
 * and this boot does not wait for it. A different command line alone is no reason.
 * *@why: a sentence without a full stop that names the first reason, a new string, which the caller
 * frees; NULL if no reboot is due. Returns 0, or -1 after printing an error.
 */
int reboot_due(char **why, const struct next_boot *next);

#endif
