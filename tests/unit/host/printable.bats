#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Names from outside on a terminal: no control character of theirs gets there, on a machine of files.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../tree

CARD=0000:01:00.0
SOUND=0000:01:00.1
DRIVE=0000:02:00.0

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
	mkdir -p "$ROOT"/{etc,proc/self,proc/net,proc/sys/kernel} "$ROOT"/sys/{class,dev}/block "$ROOT"/sys/class/{net,vfio,drm}
	echo 6.1.0-test >"$ROOT/proc/sys/kernel/osrelease"
	echo "30 1 0:20 / / rw shared:1 - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	tree_device $CARD 10de:1e07 030000 nouveau
	tree_device $DRIVE 144d:a808 010802 nvme
	tree_driver vfio-pci
	echo 0x144d >"$PCI/devices/$DRIVE/vendor"
	echo 0xa808 >"$PCI/devices/$DRIVE/device"
}

# no_control_characters TEXT
no_control_characters() {
	local found
	found=$(LC_ALL=C grep -ac '[[:cntrl:]]' <<<"$1") || true
	expect "lines with control characters in $1" "$found" 0
}

# vfio_claim WORD…
vfio_claim() {
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
	no_control_characters "$output"
	no_control_characters "$stderr"
	expect "lines that others have begun" "$(grep -v '^vfio-claim: ' <<<"$stderr")" ""
}

# mounted_at PLACE: the drive's file system is mounted there; \0NN as the kernel writes what is not printable
mounted_at() {
	local drive
	drive=$(realpath "$PCI/devices/$DRIVE")/nvme/nvme0/block/nvme0n1
	mkdir -p "$drive/slaves" "$ROOT/sys/class/block"
	ln -sfnr "$ROOT/sys/class/block" "$drive/subsystem"
	echo 259:0 >"$drive/dev"
	ln -sfnr "$drive" "$ROOT/sys/class/block/nvme0n1"
	ln -sfnr "$drive" "$ROOT/sys/dev/block/259:0"
	echo "31 1 259:0 / $1 rw shared:1 - ext4 /dev/nvme0n1 rw" >>"$ROOT/proc/self/mountinfo"
}

@test "the name of a process" {
	local card
	card=$(realpath "$PCI/devices/$CARD")/drm/card0
	mkdir -p "$card" "$ROOT/proc/900/fd"
	ln -sfnr "$ROOT/sys/class/drm" "$card/subsystem"
	echo 226:0 >"$card/dev"
	printf 'MAJOR=226\nMINOR=0\nDEVNAME=dri/card0\n' >"$card/uevent"
	printf 'X\e]0;owned\a\x9b2J\n' >"$ROOT/proc/900/comm"
	ln -s /dev/dri/card0 "$ROOT/proc/900/fd/3"
	vfio_claim claim 01:00.0
	expect_in message "$stderr" 'process 900 (X\x1b]0;owned\x07\x9b2J) has'
}

@test "a mount point: letters of all languages stay, what reorders the line does not" {
	mounted_at $'/m\xc3\xa9dia/\xe2\x80\xaetxt\\012vfio-claim:\\040forged\xc2\x9b\x7f'
	vfio_claim claim 02:00.0
	expect_in message "$stderr" $'mounted on /m\xc3\xa9dia/\\xe2\\x80\\xaetxt\\x0avfio-claim: forged\\xc2\\x9b\\x7f'
}

@test "UTF-8 that is none: too short, too long, half a pair, beyond the last" {
	mounted_at $'/\xc3/\xc0\xaf/\xe0\x80\xaf/\xed\xa0\x80/\xf4\x90\x80\x80/\xff'
	vfio_claim claim 02:00.0
	expect_in message "$stderr" '/\xc3/\xc0\xaf/\xe0\x80\xaf/\xed\xa0\x80/\xf4\x90\x80\x80/\xff'
	mounted_at $'/\xf4\x8f\xbf\xbf\xed\x9f\xbf\xe0\xa0\x80\xc2\xa0'
	vfio_claim claim 02:00.0
	expect_in message "$stderr" $'/\xf4\x8f\xbf\xbf\xed\x9f\xbf\xe0\xa0\x80\xc2\xa0'
}

@test "the name of a driver" {
	tree_device $SOUND 10de:10f7 040300 $'snd\e[2J'
	tree_group 14 $CARD $SOUND
	ln -sfn "../../../../bus/pci/drivers/vfio-pci" "$PCI/devices/$CARD/driver"
	vfio_claim claim 01:00.0
	expect_in message "$stderr" 'snd\x1b[2J) shares IOMMU group'
}

@test "the kernel command line, an argument and the name of a file" {
	printf 'quiet rd.vfio.claim=\e[2Jx\n' >"$ROOT/proc/cmdline"
	vfio_claim plan --cmdline $'quiet rd.vfio.claim=\xc2\x9b2Jx'
	expect_in output "$output$stderr" '\xc2\x9b2Jx'
	vfio_claim $'no\nsuch'
	expect_in message "$stderr" "unknown command 'no\\x0asuch'"
	run --separate-stderr "$VFIO_CLAIM" --sysroot $'/nowhere\e[2J\n/' plan
	no_control_characters "$output$stderr"
}

@test "on a terminal lines are folded after they are made printable" {
	local printed odd=$'\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f'
	mounted_at /
	printed=$(script -qec "stty cols 40 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' plan --cmdline rd.vfio.claim=$odd,x$odd" \
		/dev/null </dev/null) || true
	printed=${printed//$'\r'/}
	no_control_characters "$printed"
	expect_in output "$printed" '\x7f\x7f'
}
