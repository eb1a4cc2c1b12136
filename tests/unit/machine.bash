# SPDX-License-Identifier: GPL-2.0-or-later
# A machine of files for vfio-claim claim and release: a card with its sound, a drive, a network card, a USB controller.
# tests/faults/kernel plays the bus where something is changed.
# shellcheck shell=bash disable=SC2154

# shellcheck source=tests/unit/tree.bash
. "${BASH_SOURCE[0]%/*}/tree.bash"

BRIDGE=0000:00:01.0
CARD=0000:01:00.0
SOUND=0000:01:00.1
DRIVE=0000:02:00.0
NET=0000:03:00.0
USB=0000:04:00.0

# machine_setup_file: for setup_file()
machine_setup_file() {
	cc -D_GNU_SOURCE -std=gnu11 -O1 -Wall -Wextra -o "$BATS_FILE_TMPDIR/kernel" \
		"$TOP/tests/faults/kernel.c"
}

# machine_setup: for setup()
machine_setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	KERNEL=$BATS_FILE_TMPDIR/kernel
	FAULTS=()
	tree_make
	mkdir -p "$ROOT"/{etc,proc/self,proc/net,proc/sys/kernel} "$ROOT"/sys/{class,dev}/block \
		"$ROOT"/sys/class/{net,vfio}
	echo 6.1.0-test >"$ROOT/proc/sys/kernel/osrelease"
	mount_at tmpfs tmpfs 0:20 /
	function_at $BRIDGE 1b36:000c 060400 pcieport
	function_at $CARD 10de:1e07 030000 nouveau
	function_at $SOUND 10de:10f7 040300 snd_hda_intel
	function_at $DRIVE 144d:a808 010802 nvme
	function_at $NET 8086:1521 020000 igb
	function_at $USB 1912:0014 0c0330 xhci_hcd
	tree_group 14 $CARD $SOUND
	tree_driver vfio-pci
}

# function_at SLOT VENDOR:DEVICE CLASS DRIVER
function_at() {
	tree_device "$1" "$2" "$3" "$4"
	echo "0x${2%:*}" >"$PCI/devices/$1/vendor"
	echo "0x${2#*:}" >"$PCI/devices/$1/device"
}

# thing SLOT PATH SUBSYSTEM [MAJOR:MINOR [NODE]]: what the driver of SLOT has made, in $thing
thing() {
	local node=${2##*/}
	case $3 in
		drm) node=dri/$node ;;
		sound) node=snd/$node ;;
		input) node=input/$node ;;
		vfio-dev) node=vfio/devices/$node ;;
	esac
	thing=$(realpath "$PCI/devices/$1")/$2
	mkdir -p "$thing" "$ROOT/sys/class/$3"
	ln -sfnr "$ROOT/sys/class/$3" "$thing/subsystem"
	[ -z "${4:-}" ] || {
		echo "$4" >"$thing/dev"
		printf 'MAJOR=%s\nMINOR=%s\nDEVNAME=%s\n' "${4%:*}" "${4#*:}" "${5:-$node}" >"$thing/uevent"
	}
}

# disk SLOT PATH NAME MAJOR:MINOR: a disk; as MAJOR:MINOR+1, its first partition, NAMEp1 or NAME1
disk() {
	local minor=${4#*:} part=${3}p1
	[[ $3 == *[0-9] ]] || part=${3}1
	thing "$1" "$2/block/$3" block "$4"
	mkdir "$thing/slaves"
	ln -snr "$thing" "$ROOT/sys/class/block/$3"
	ln -snr "$thing" "$ROOT/sys/dev/block/$4"
	thing "$1" "$2/block/$3/$part" block "${4%:*}:$((minor + 1))"
	echo 1 >"$thing/partition"
	ln -snr "$thing" "$ROOT/sys/class/block/$part"
	ln -snr "$thing" "$ROOT/sys/dev/block/${4%:*}:$((minor + 1))"
}

# volume NAME MAJOR:MINOR [MAPPED] MEMBER…: a device that is assembled from these
volume() {
	local dir=$ROOT/sys/devices/virtual/block/$1 member
	mkdir -p "$dir/slaves"
	ln -snr "$dir" "$ROOT/sys/class/block/$1"
	ln -snr "$dir" "$ROOT/sys/dev/block/$2"
	[ -z "$3" ] || {
		mkdir "$dir/dm"
		echo "$3" >"$dir/dm/name"
	}
	for member in "${@:4}"; do
		ln -snr "$(realpath "$ROOT/sys/class/block/$member")" "$dir/slaves/$member"
	done
}

# mount_at TYPE SOURCE MAJOR:MINOR TARGET
mount_at() {
	echo "$((++mounts)) 1 $3 / $4 rw shared:1 - $1 $2 rw" >>"$ROOT/proc/self/mountinfo"
}

# interface SLOT PATH NAME FLAGS STATE
interface() {
	thing "$1" "${2:+$2/}net/$3" net
	echo "$4" >"$thing/flags"
	echo "$5" >"$thing/operstate"
	ln -snr "$thing" "$ROOT/sys/class/net/$3"
}

# process PID NAME NODE…: has these open, and a few other things
process() {
	local dir=$ROOT/proc/$1 node fd=3
	mkdir -p "$dir/fd"
	echo "$2" >"$dir/comm"
	ln -s 'socket:[12345]' "$dir/fd/0"
	ln -s /home/anna/card0 "$dir/fd/1"
	for node in "${@:3}"; do
		ln -s "/dev/$node" "$dir/fd/$((fd++))"
	done
}

# vfio_group NUMBER: has a node, as soon as a device of it is on vfio-pci
vfio_group() {
	mkdir -p "$ROOT/sys/devices/virtual/vfio/$1"
	echo "242:$1" >"$ROOT/sys/devices/virtual/vfio/$1/dev"
	ln -snr "$ROOT/sys/devices/virtual/vfio/$1" "$ROOT/sys/class/vfio/$1"
}

# on_vfio SLOT…: they have been claimed
on_vfio() {
	local slot
	for slot; do
		echo vfio-pci >"$PCI/devices/$slot/driver_override"
		ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$slot/driver"
	done
}

# vfio_claim WORD…: for what changes nothing, and notes that nothing was
vfio_claim() {
	local before
	before=$(state)
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" "$@" 3>&-
	expect "the machine" "$(state)" "$before"
}

# state: all of the machine
state() {
	(cd "$ROOT/sys" && find . -printf '%P %l\n' | sort && find . -type f -exec md5sum {} + | sort)
}

# changing WORD…: the same on a bus that acts; with what it said of leaks, which a process that is watched cannot
# look for, left to vfio_claim
changing() {
	local slot natives=()
	for slot in $CARD=nouveau $SOUND=snd_hda_intel $DRIVE=nvme $NET=igb $USB=xhci_hcd; do
		natives+=(--native "$slot")
	done
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 run --separate-stderr "$KERNEL" \
		--watch "$VFIO_CLAIM" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" --limit 15000 "${natives[@]}" \
		"${FAULTS[@]}" --fault "write sys/bus/pci/drivers/*/remove_id ENODEV" \
		-- "$VFIO_CLAIM" --sysroot "$ROOT" "$@" 3>&-
	status=$(sed -n 's/^exit \([0-9]*\) .*/\1/p' "$BATS_TEST_TMPDIR/log")
}

# fault WORDS: one more, of tests/faults/kernel
fault() {
	FAULTS+=(--fault "$1")
}

# wrote: what went to the bus, in its order
wrote() {
	sed -n 's|^write sys/[^ ]*/\([^/ ]*/driver_override=.*\)|\1|p; s|^write sys/bus/pci/||p' \
		"$BATS_TEST_TMPDIR/log" | grep -v remove_id | sed 's|^drivers/||'
}

# refused WORDS…: status 1, nothing changed, and each of these is a line on standard error, "SLOT: WORDS"
refused() {
	local words
	expect status "$status" 1
	expect output "$output" ""
	for words; do
		grep -qxF "vfio-claim: $words" <<<"$stderr" || expect_in stderr "$stderr" "vfio-claim: $words"$'\n'
	done
	expect_in stderr "$stderr" "vfio-claim: nothing was changed"
	expect lines "$(wc -l <<<"$stderr")" $(($# + 1))
}
