#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
if [ ! -e /proc/vmcore ]; then
	/usr/lib/vfio-claim/vfio-claim-boot reserve
	{
		/usr/lib/vfio-claim/vfio-claim-boot bind-early
		/usr/lib/vfio-claim/vfio-claim-boot watch
	} &
fi
