#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut just before the switch to the real root: waits for what was started at the beginning, then binds
# the devices that other drivers hold; ends at its deadline.
/usr/lib/vfio-claim/vfio-claim-boot bind
