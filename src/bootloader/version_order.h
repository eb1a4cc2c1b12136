/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version_order.h - which of two versions is the newer one, as systemd-boot sees it (UAPI.10,
 * "Version Format Specification"). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_VERSION_ORDER_H
#define VFIO_CLAIM_BOOTLOADER_VERSION_ORDER_H

/* Returns less than 0 if @a is older, more than 0 if @b is, else 0; NULL is older than all. */
int version_order(const char *a, const char *b);

/*
 * Compares the numbers, of any length, that *@a and *@b begin with, and moves both behind them.
 * Returns less than, equal to or greater than 0.
 */
int version_number_order(const char **a, const char **b);

#endif
