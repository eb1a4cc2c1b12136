/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version_order.h - which of two versions is the newer one, as systemd-boot compares them (UAPI.10,
 * "Version Format Specification"). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_VERSION_ORDER_H
#define VFIO_CLAIM_BOOTLOADER_VERSION_ORDER_H

/* Returns less than 0 if @a is older, more than 0 if @b is, else 0. NULL is the oldest. */
int version_order(const char *a, const char *b);

/*
 * Compares the leading numbers, of any length, of *@a and *@b, and moves both past them. Returns
 * less than, equal to or greater than 0.
 */
int version_number_order(const char **a, const char **b);

#endif
