#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut's init in images without systemd, before anything can load a driver. Not in a crash
# kernel: nothing may delay the dump.
if [ ! -e /proc/vmcore ]; then
	/usr/lib/vfio-claim/vfio-claim-boot reserve
	/usr/lib/vfio-claim/vfio-claim-boot bind-early &
fi
