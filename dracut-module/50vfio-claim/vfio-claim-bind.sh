#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut's init in images without systemd, last before the real root: waits for the bind
# that was started at the beginning, or does its work; ends at its deadline.
/usr/lib/vfio-claim/vfio-claim-boot bind
