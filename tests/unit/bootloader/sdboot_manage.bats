#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable and disable with sdboot-manage of CachyOS and Manjaro; a stub that removes and makes entries as the original.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

CONF=etc/sdboot-manage.conf
DROP_IN=etc/sdboot-manage.conf.d/zz-vfio-claim.conf

@test "sdboot-manage: there and back, by LINUX_OPTIONS; the fallback stays clean" {
	local fallback
	system_sdboot_manage
	fallback=$ROOT/boot/loader/entries/cachyos-fallback.conf
	goes_there_and_back
	did enable 02:00.0
	expect "the setting" "$(tail -n 1 "$ROOT/$CONF")" \
		'LINUX_OPTIONS="rd.vfio.claim=02:00.0" # added by vfio-claim'
	expect "the fallback" "$(words "$fallback")" ""
	# What a kernel's installation does.
	by_hand sdboot-manage autogen
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	did disable
	is_undone /usr/bin/sdboot-manage
	sed -i 's/#LINUX_OPTIONS=""/LINUX_OPTIONS="quiet splash"/' "$ROOT/$CONF"
	by_hand sdboot-manage gen
	goes_there_and_back
	sed -i 's/^LINUX_OPTIONS=.*/&$more/' "$ROOT/$CONF"
	refused 1 "cannot change LINUX_OPTIONS: the value is not one plain text in quotes" enable 02:00.0
}

@test "sdboot-manage: a version that reads drop-ins gets one" {
	system_sdboot_manage drop-ins
	mkdir -p "$ROOT/${DROP_IN%/*}"
	printf 'LINUX_OPTIONS+=" nowatchdog"\n' >"$ROOT/${DROP_IN%/*}/10-mine.conf"
	sed -i 's/LINUX_OPTIONS+=" /LINUX_OPTIONS="$LINUX_OPTIONS /' "$ROOT/${DROP_IN%/*}/10-mine.conf"
	by_hand sdboot-manage gen
	goes_there_and_back
	did enable 02:00.0
	expect "the entry" "$(grep options "$MENU")" $'options\troot=UUID=0b1e rw  nowatchdog rd.vfio.claim=02:00.0'
	expect "the drop-in" "$(tail -n 1 "$ROOT/$DROP_IN")" 'LINUX_OPTIONS="${LINUX_OPTIONS} rd.vfio.claim=02:00.0"'
	# A drop-in that replaces it is found.
	did disable
	printf 'LINUX_OPTIONS="quiet"\n' >"$ROOT/${DROP_IN%/*}/zzz.conf"
	by_hand sdboot-manage gen
	refused 1 "which is not what was set" enable 02:00.0
}

@test "sdboot-manage: an entry that it would remove with what it starts: undone; that of a removed kernel goes" {
	local other=boot/loader/entries/other.conf
	system_sdboot_manage
	printf 'title another\nlinux /other/vmlinuz\noptions root=UUID=ffff\n' >"$ROOT/$other"
	did enable 02:00.0
	[ ! -e "$ROOT/$other" ]
	did disable
	printf 'title another\nlinux /other/vmlinuz\noptions root=UUID=ffff\n' >"$ROOT/$other"
	mkdir -p "$ROOT/boot/other"
	: >"$ROOT/boot/other/vmlinuz"
	refused 1 "'sdboot-manage gen' has removed /boot/loader/entries/other.conf, although the kernel that it starts is still there: set REMOVE_EXISTING=\"no\"" \
		enable 02:00.0
	sed -i 's/^REMOVE_EXISTING=.*/REMOVE_EXISTING="no"/' "$ROOT/$CONF"
	rm "$ROOT/log"
	goes_there_and_back
}

@test "sdboot-manage: an entry of 'try', which it removes, too" {
	system_sdboot_manage
	tool /usr/bin/bootctl <<<'exit 0'
	did try 02:00.0
	ls "$ROOT/boot/loader/entries"/*vfiotry.conf
	did enable 02:00.0
	expect "the entries" "$(cd "$ROOT/boot/loader/entries" && echo *)" "cachyos-fallback.conf cachyos.conf"
	did disable
}

@test "sdboot-manage: entries that it makes besides are removed if it fails; the default comes back" {
	system_sdboot_manage
	printf 'default mine.conf\n' >"$ROOT/boot/loader/loader.conf"
	echo ': >/boot/loader/entries/cachyos-lts.conf; exit 3' >>"$ROOT/usr/bin/sdboot-manage"
	refused 1 "failed with status 3" enable 02:00.0
	expect_in message "$stderr" "all is as it was before"
}

@test "sdboot-manage: words that are only in the settings count for the next boot; a later drop-in may replace them" {
	system_sdboot_manage drop-ins
	mkdir -p "$ROOT/etc/sdboot-manage.conf.d"
	echo 'LINUX_OPTIONS="quiet intel_iommu=off"' >>"$ROOT/$CONF"
	vfio enable 02:00.0 --dry-run
	expect_in messages "$stderr" "intel_iommu=off"
	# shellcheck disable=SC2016 # for the script that reads it
	echo 'LINUX_OPTIONS="$LINUX_OPTIONS splash"' >"$ROOT/etc/sdboot-manage.conf.d/10-more.conf"
	vfio enable 02:00.0 --dry-run
	expect_in messages "$stderr" "intel_iommu=off"
	echo 'LINUX_OPTIONS="splash"' >"$ROOT/etc/sdboot-manage.conf.d/20-other.conf"
	vfio enable 02:00.0 --dry-run
	expect_not_in messages "$stderr" "intel_iommu=off"
}
