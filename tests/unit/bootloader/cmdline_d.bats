#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable and disable with mkinitcpio's unified kernel images, whose command line is made of /etc/cmdline.d; a stub that
# joins the files with the commands of the original.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

@test "/etc/cmdline.d: there and back, by a file of our own" {
	system_cmdline_d
	goes_there_and_back
	did enable 02:00.0
	expect_in "the image's" "$(head -c 400 "$MENU" | tr -d '\0')" "quiet root=UUID=0b1e rw rd.vfio.claim=02:00.0 "
	[ ! -e "$ROOT/etc/kernel/cmdline" ]
	did disable
	is_undone /usr/bin/mkinitcpio
}

@test "/etc/cmdline.d: an image that the files are ahead of is made anew" {
	local before
	system_cmdline_d
	before=$(system_sum)
	did enable 02:00.0
	cp "$ROOT/etc/cmdline.d/vfio-claim.conf" "$BATS_TEST_TMPDIR/ours"
	rm "$ROOT/etc/cmdline.d/vfio-claim.conf"
	did disable
	same_files "$before"
	cp "$BATS_TEST_TMPDIR/ours" "$ROOT/etc/cmdline.d/vfio-claim.conf"
	did enable 02:00.0
	expect "the image's" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	# As with /etc/kernel/cmdline besides.
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e ro" >"$ROOT/etc/kernel/cmdline"
	rm "$ROOT/etc/cmdline.d/vfio-claim.conf"
	did disable
	expect "the image's" "$(words "$MENU")" ""
}

@test "/etc/cmdline.d: besides /etc/kernel/cmdline, which loses what an earlier version has set there" {
	system_cmdline_d
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e ro" >"$ROOT/etc/kernel/cmdline"
	by_hand mkinitcpio -P
	goes_there_and_back
	echo "root=UUID=0b1e ro rd.vfio.claim=01:00.0" >"$ROOT/etc/kernel/cmdline"
	did enable 02:00.0
	expect "/etc/kernel/cmdline" "$(cat "$ROOT/etc/kernel/cmdline")" "root=UUID=0b1e ro"
	expect "the image's" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "/etc/cmdline.d: an older mkinitcpio does not read it" {
	system_cmdline_d
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e ro" >"$ROOT/etc/kernel/cmdline"
	sed -i '/cmdline.d/d' "$ROOT/usr/bin/mkinitcpio"
	did enable 02:00.0
	expect "/etc/kernel/cmdline" "$(cat "$ROOT/etc/kernel/cmdline")" "root=UUID=0b1e ro rd.vfio.claim=02:00.0"
	[ ! -e "$ROOT/etc/cmdline.d/vfio-claim.conf" ]
}

@test "/etc/cmdline.d: a preset with another command line is named" {
	system_cmdline_d
	echo 'default_cmdline="/etc/my-cmdline"' >>"$ROOT/etc/mkinitcpio.d/linux.preset"
	refused 1 "/etc/mkinitcpio.d/linux.preset, line 4: default_cmdline=/etc/my-cmdline makes mkinitcpio ignore /etc/cmdline.d" \
		enable 02:00.0
	sed -i 's|/etc/my-cmdline|/etc/cmdline.d|' "$ROOT/etc/mkinitcpio.d/linux.preset"
	did enable 02:00.0
}
