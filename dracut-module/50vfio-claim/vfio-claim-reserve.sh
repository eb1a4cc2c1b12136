#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut's init in images without systemd.
/usr/lib/vfio-claim/vfio-claim-boot start
