#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut just before the switch to the real root: waits for the bind that was started at the
# beginning and does the rest, which is what other drivers hold; ends at its deadline. Not in a crash kernel:
# nothing may delay the dump.
[ -e /proc/vmcore ] || /usr/lib/vfio-claim/vfio-claim-boot bind
