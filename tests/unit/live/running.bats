#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim claim and release on a machine of files; tests/faults/kernel plays the bus where something is changed.
# On a real kernel: tests/boot/scenarios/running.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../tree
load ../zfs

BRIDGE=0000:00:01.0
CARD=0000:01:00.0
SOUND=0000:01:00.1
DRIVE=0000:02:00.0
NET=0000:03:00.0
USB=0000:04:00.0

setup_file() {
	cc -D_GNU_SOURCE -std=gnu11 -O1 -Wall -Wextra -o "$BATS_FILE_TMPDIR/kernel" \
		"$TOP/tests/faults/kernel.c"
}

setup() {
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

# thing SLOT PATH SUBSYSTEM [MAJOR:MINOR]: what the driver of SLOT has made, in $thing
thing() {
	thing=$(realpath "$PCI/devices/$1")/$2
	mkdir -p "$thing" "$ROOT/sys/class/$3"
	ln -sfnr "$ROOT/sys/class/$3" "$thing/subsystem"
	[ -z "${4:-}" ] || echo "$4" >"$thing/dev"
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

# --- claim ------------------------------------------------------------------------------------------

@test "claim: from its driver to vfio-pci, the override first" {
	changing claim 02:00.0
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect output "$output" "$DRIVE: claimed by vfio-pci"
	expect driver "$(driver $DRIVE)" vfio-pci
	expect override "$(override $DRIVE)" vfio-pci
	expect bus "$(wrote)" "$DRIVE/driver_override=vfio-pci
nvme/unbind=$DRIVE
vfio-pci/bind=$DRIVE"
}

@test "claim: a device without a driver" {
	rm "$PCI/devices/$DRIVE/driver"
	changing claim 02:00.0
	expect status "$status" 0
	expect driver "$(driver $DRIVE)" vfio-pci
}

@test "claim: what vfio-pci has already stays there, untouched" {
	on_vfio $DRIVE
	process 7 qemu vfio/9
	vfio_claim claim 02:00.0 --timeout 3
	expect status "$status" 0
	expect output "$output" "$DRIVE: already with vfio-pci"
	expect stderr "$stderr" ""
}

@test "claim: all functions of a slot, the last one first; said in their order" {
	changing claim '01:00.*'
	expect status "$status" 0
	expect output "$output" "$CARD: claimed by vfio-pci
$SOUND: claimed by vfio-pci"
	expect bus "$(wrote | grep unbind)" "snd_hda_intel/unbind=$SOUND
nouveau/unbind=$CARD"
}

@test "claim: one that is claimed and one that is not; lists, options between" {
	on_vfio $CARD
	changing claim 01:00.0,02:00.0 --timeout=2 01:00.1
	expect status "$status" 0
	expect output "$output" "$CARD: already with vfio-pci
$SOUND: claimed by vfio-pci
$DRIVE: claimed by vfio-pci"
}

@test "claim: what stays in the group is warned of; --group takes it along" {
	changing claim 01:00.0
	expect status "$status" 0
	expect_in stderr "$stderr" "warning: $SOUND (snd_hda_intel) shares IOMMU group 14 and keeps it from any virtual machine"
	expect driver "$(driver $SOUND)" snd_hda_intel
	changing claim 01:00.0 --group
	expect stderr "$stderr" ""
	expect output "$output" "$CARD: already with vfio-pci
$SOUND: claimed by vfio-pci"
}

@test "claim: what the group brings in is judged like what is named" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	mount_at ext4 /dev/nvme0n1p1 259:1 /boot
	tree_group 14 $CARD $SOUND $DRIVE $NET
	interface $NET "" eth1 0x1003 up
	tree_cmdline "rd.vfio.keep=01:00.1"
	vfio_claim claim 01:00.0 --group
	expect status "$status" 1
	expect_in stderr "$stderr" "$DRIVE: this system needs it for /boot (it shares their IOMMU group)"
	expect_in stderr "$stderr" "$NET: the network interface eth1 is up"
	expect output "$output" "$SOUND: rd.vfio.keep=01:00.1 keeps it"
}

@test "claim: bridges are refused when they are named, and passed over in a slot and a group" {
	tree_group 14 $CARD $SOUND $BRIDGE
	vfio_claim claim 00:01.0
	refused "$BRIDGE: a bridge cannot be claimed"
	vfio_claim claim '00:01.*' --force
	expect status "$status" 0
	expect output "$output" ""
	changing claim 01:00.0 --group
	expect status "$status" 0
	expect "the bridge's driver" "$(driver $BRIDGE)" pcieport
}

@test "claim: one that is not there keeps the others from being changed" {
	vfio_claim claim 02:00.0 07:00.0 10de:ffff
	refused "07:00.0: no such device" "10de:ffff: no such device"
}

@test "claim: a guard that does not hold, also with --force" {
	vfio_claim claim 02:00.0@10de:1e07 --force
	refused "$DRIVE: it is another device, 144d:a808"
}

@test "claim: without an IOMMU nothing is touched, and it is said what to add" {
	rm -r "$ROOT/sys/class/iommu/dmar0"
	rm "$PCI"/devices/*/iommu_group
	vfio_claim claim 02:00.0 --force
	refused "$DRIVE: no IOMMU is active: turn on VT-d or AMD-Vi in the firmware setup, and add intel_iommu=on"
}

@test "claim: what cannot be identified is refused" {
	: >"$PCI/devices/$DRIVE/modalias"
	vfio_claim claim 02:00.0
	refused "$DRIVE: its modalias cannot be read"
}

@test "claim: a device with virtual functions, and one that the firmware wants mapped" {
	echo 2 >"$PCI/devices/$NET/sriov_numvfs"
	echo '0x0000000000100000 0x00000000001fffff direct' >"$PCI/devices/$USB/iommu_group/reserved_regions"
	vfio_claim claim 03:00.0 04:00.0
	refused "$NET: its virtual functions are enabled" \
		"$USB: the firmware has reserved memory for it (RMRR)"
	changing claim 03:00.0 04:00.0 --force
	expect status "$status" 0
}

@test "claim: what the boot is to keep is kept, unless forced; of a whole slot it is passed over" {
	tree_cmdline "quiet rd.vfio.keep=01:00.1"
	vfio_claim claim 01:00.1
	refused "$SOUND: rd.vfio.keep=01:00.1 keeps it"
	changing claim '01:00.*'
	expect status "$status" 0
	expect output "$output" "$SOUND: rd.vfio.keep=01:00.1 keeps it
$CARD: claimed by vfio-pci"
	expect driver "$(driver $SOUND)" snd_hda_intel
	changing claim 01:00.1 --force
	expect driver "$(driver $SOUND)" vfio-pci
}

@test "claim: somebody else's override is not overwritten without --force" {
	echo nvme >"$PCI/devices/$DRIVE/driver_override"
	vfio_claim claim 02:00.0
	refused "$DRIVE: its driver_override is 'nvme': driverctl or a rule of udev's has another driver in mind for it"
	changing claim 02:00.0 --force
	expect driver "$(driver $DRIVE)" vfio-pci
}

@test "claim: a variant driver that is there, by its own name; another device gets plain vfio-pci" {
	mkdir -p "$ROOT/lib/modules/6.1.0-test/kernel" "$ROOT/sys/module/better_vfio_pci/drivers/pci:better-vfio-pci"
	echo 'char a[] __attribute__((section(".modinfo"), used)) = "alias=vfio_pci:v0000144Dd0000A808sv*sd*bc*sc*i*";' |
		gcc -x c -c -o "$ROOT/lib/modules/6.1.0-test/kernel/better-vfio-pci.ko" -
	: >"$ROOT/lib/modules/6.1.0-test/modules.order"
	: >"$ROOT/lib/modules/6.1.0-test/modules.builtin"
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$ROOT" 6.1.0-test
	tree_driver better-vfio-pci
	changing claim 02:00.0 03:00.0
	expect status "$status" 0
	expect output "$output" "$DRIVE: claimed by better-vfio-pci
$NET: claimed by vfio-pci"
	changing claim 02:00.0
	expect output "$output" "$DRIVE: already with better-vfio-pci"
	changing release 02:00.0
	expect output "$output" "$DRIVE: released to nvme"
	expect override "$(override $DRIVE)" "(null)"
	rm -r "$PCI/drivers/better-vfio-pci"
	changing claim 02:00.0
	expect output "$output" "$DRIVE: claimed by vfio-pci"
}

# --- who uses it ------------------------------------------------------------------------------------

@test "in use: a mounted file system, on the drive, a partition, behind USB" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	disk $USB usb1/1-1/host0/target0 sda 8:0
	mount_at ext4 /dev/nvme0n1p1 259:1 /data
	mount_at vfat /dev/sda 8:0 '/media/a\040stick'
	vfio_claim claim 02:00.0 04:00.0
	refused "$DRIVE: /dev/nvme0n1p1 is mounted on /data" "$USB: /dev/sda is mounted on /media/a stick"
	changing claim 02:00.0 --force
	expect status "$status" 0
	expect stderr "$stderr" "vfio-claim: warning: $DRIVE: /dev/nvme0n1p1 is mounted on /data; it is taken by force"
}

@test "in use: what the system runs from, only by force and with a warning" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	: >"$ROOT/proc/self/mountinfo"
	mount_at ext4 /dev/nvme0n1p1 259:1 /
	vfio_claim claim 02:00.0
	refused "$DRIVE: this system needs it for /"
	changing claim 02:00.0 --force
	expect status "$status" 0
	expect_in stderr "$stderr" "warning: $DRIVE: this system needs it for /; it is taken by force"
}

@test "in use: a swap area" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	printf 'Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n/dev/nvme0n1p1                          partition\t1048572\t0\t-2\n' \
		>"$ROOT/proc/swaps"
	vfio_claim claim 02:00.0
	refused "$DRIVE: this system needs it for swap"
	changing claim 02:00.0 --force
	expect_in stderr "$stderr" "warning: $DRIVE: /dev/nvme0n1p1 is a swap area in use; it is taken by force"
}

@test "in use: LVM and RAID, mounted or not, one upon the other" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	disk $USB usb1/1-1/host0/target0 sda 8:0
	volume md0 9:0 "" nvme0n1p1 sda
	volume dm-0 253:0 vg-data md0
	vfio_claim claim 02:00.0
	refused "$DRIVE: /dev/dm-0 (vg-data) lies on it" "$DRIVE: /dev/md0 lies on it"
	mount_at xfs /dev/mapper/vg-data 253:0 /srv
	vfio_claim claim 04:00.0
	refused "$USB: /dev/mapper/vg-data is mounted on /srv" "$USB: /dev/dm-0 (vg-data) lies on it" \
		"$USB: /dev/md0 lies on it"
}

@test "in use: an imported ZFS pool, mounted or not, and not another one" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	disk $USB usb1/1-1/host0/target0 sda 8:0
	echo 133120 | tee "$ROOT"/sys/class/block/{nvme0n1p1,sda1}/size >/dev/null
	zfs_member "$ROOT/dev/nvme0n1p1" tank 4711
	zfs_member "$ROOT/dev/sda1" other 4712
	mkdir -p "$ROOT/proc/spl/kstat/zfs/tank"
	echo 4711 >"$ROOT/proc/spl/kstat/zfs/tank/guid"
	: >"$ROOT/proc/spl/kstat/zfs/arcstats"
	vfio_claim claim 02:00.0
	refused "$DRIVE: the ZFS pool tank lies on it"
	mount_at zfs tank/data 0:40 /data
	vfio_claim claim 02:00.0
	refused "$DRIVE: tank/data is mounted on /data" "$DRIVE: the ZFS pool tank lies on it"
	changing claim 04:00.0
	expect status "$status" 0
}

@test "in use: file systems in memory, of other hosts and upon other mounts are nobody's" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	mount_at tmpfs none 0:31 /tmp
	mount_at proc proc 0:32 /proc
	mount_at nfs4 server:/x 0:33 /x
	mount_at overlay overlay 0:34 /o
	mount_at fuse.sshfs anna@host: 0:35 /s
	mount_at ext4 /dev/gone 8:99 /gone
	changing claim 02:00.0
	expect stderr "$stderr" ""
	expect status "$status" 0
}

@test "in use: a network interface that is up, also behind USB and virtio" {
	interface $NET "" eth1 0x1003 up
	interface $USB usb1/1-2 usb0 0x1003 unknown
	vfio_claim claim 03:00.0 04:00.0
	refused "$NET: the network interface eth1 is up" "$USB: the network interface usb0 is up"
}

@test "in use: a network interface without a carrier, with a route and without one; one that is down" {
	interface $NET "" eth1 0x1003 down
	printf 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n' >"$ROOT/proc/net/route"
	printf 'eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n' >>"$ROOT/proc/net/route"
	vfio_claim claim 03:00.0
	refused "$NET: the network interface eth1 is up and has a route"
	sed -i 's/eth1/eth2/' "$ROOT/proc/net/route"
	changing claim 03:00.0
	expect status "$status" 0
	changing release 03:00.0
	echo 0x1002 >"$PCI/devices/$NET/net/eth1/flags"
	echo up >"$PCI/devices/$NET/net/eth1/operstate"
	changing claim 03:00.0
	expect status "$status" 0
}

@test "in use: a network interface that is a part of a bond, whatever its state" {
	interface $NET "" eth1 0x1002 down
	mkdir -p "$ROOT/sys/devices/virtual/net/bond0"
	ln -snr "$ROOT/sys/devices/virtual/net/bond0" "$PCI/devices/$NET/net/eth1/master"
	vfio_claim claim 03:00.0
	refused "$NET: the network interface eth1 is a part of bond0"
}

@test "in use: the default route" {
	interface $NET "" eth1 0x1003 up
	printf 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n' >"$ROOT/proc/net/route"
	printf 'eth1\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n' >>"$ROOT/proc/net/route"
	vfio_claim claim 03:00.0
	refused "$NET: this system needs it for network (default route)"
}

@test "in use: who has the display open, and not who has another one open" {
	thing $CARD drm/card1 drm 226:1
	thing $CARD drm/renderD129 drm 226:129
	process 900 other dri/card0
	process 901 another usb/card1
	process 1234 Xorg dri/card1 dri/renderD129 dri/card1
	process 1300 firefox dri/renderD129
	vfio_claim claim 01:00.0
	refused "$CARD: process 1234 (Xorg) has /dev/dri/card1, /dev/dri/renderD129 open" \
		"$CARD: process 1300 (firefox) has /dev/dri/renderD129 open"
	changing claim 01:00.0 --force --group
	expect status "$status" 0
	expect_in stderr "$stderr" "warning: $CARD: process 1300 (firefox) has /dev/dri/renderD129 open; it is taken by force"
}

@test "a display that only the console is on goes dark, and that is said" {
	thing $CARD drm/card1 drm 226:1
	thing $CARD drm/card1/card1-DP-1 drm
	echo enabled >"$thing/enabled"
	thing $CARD drm/card1/card1-HDMI-A-1 drm
	echo disabled >"$thing/enabled"
	changing claim '01:00.*'
	expect status "$status" 0
	expect stderr "$stderr" "vfio-claim: warning: $CARD: DP-1 goes dark"
}

@test "in use: who has NVIDIA's own node open" {
	mkdir -p "$ROOT/proc/driver/nvidia/gpus/$CARD"
	printf 'Model: \t\t RTX\nDevice Minor: \t 1\n' >"$ROOT/proc/driver/nvidia/gpus/$CARD/information"
	function_at $CARD 10de:1e07 030000 nvidia
	process 1234 python nvidia0
	process 1235 python3 nvidia1
	vfio_claim claim '01:00.*'
	refused "$CARD: process 1235 (python3) has /dev/nvidia1 open"
}

@test "in use: who has the sound open" {
	thing $SOUND sound/card1 sound
	thing $SOUND sound/card1/controlC1 sound 116:7
	thing $SOUND sound/card1/pcmC1D3p sound 116:8
	process 812 wireplumber snd/controlC1
	vfio_claim claim '01:00.*'
	refused "$SOUND: process 812 (wireplumber) has /dev/snd/controlC1 open"
}

@test "in use: who has the disk itself open" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	process 4242 qemu-system-x86 nvme0n1p1
	vfio_claim claim 02:00.0
	refused "$DRIVE: process 4242 (qemu-system-x86) has /dev/nvme0n1p1 open"
}

@test "in use: a keyboard on the USB controller is not" {
	thing $USB usb1/1-1/input/input3/event3 input 13:67
	process 700 systemd-logind input/event3
	changing claim 04:00.0
	expect status "$status" 0
}

@test "in use: of many users ten are named" {
	local number
	thing $CARD drm/card1 drm 226:1
	for number in {101..112}; do process "$number" x dri/card1; done
	vfio_claim claim 01:00.0
	expect status "$status" 1
	expect users "$(grep -c 'process' <<<"$stderr")" 10
	expect_in stderr "$stderr" "$CARD: and 2 more users"
}

@test "in use: what lies upon a mount repeats it no more than once" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	mount_at ext4 /dev/nvme0n1p1 259:1 /data
	echo '90 1 0:50 / /var/o rw - overlay overlay rw,lowerdir=/data/l,upperdir=/data/u,workdir=/data/w' \
		>>"$ROOT/proc/self/mountinfo"
	volume loop0 7:0 ""
	mkdir "$ROOT/sys/devices/virtual/block/loop0/loop"
	echo /data/image >"$ROOT/sys/devices/virtual/block/loop0/loop/backing_file"
	mount_at squashfs /dev/loop0 7:0 /snap/x
	vfio_claim claim 02:00.0
	refused "$DRIVE: /dev/nvme0n1p1 is mounted on /data"
}

# --- release ----------------------------------------------------------------------------------------

@test "release: override cleared, to its own driver, the display before its sound" {
	on_vfio $CARD $SOUND
	changing release '01:00.*'
	expect status "$status" 0
	expect stderr "$stderr" ""
	expect output "$output" "$CARD: released to nouveau
$SOUND: released to snd_hda_intel"
	expect override "$(override $CARD)" "(null)"
	expect bus "$(wrote)" "$CARD/driver_override=
vfio-pci/unbind=$CARD
drivers_probe=$CARD
$SOUND/driver_override=
vfio-pci/unbind=$SOUND
drivers_probe=$SOUND"
}

@test "release: what has its own driver is left alone; an override that is left is cleared" {
	vfio_claim release 02:00.0
	expect status "$status" 0
	expect output "$output" "$DRIVE: already with nvme"
	echo vfio-pci >"$PCI/devices/$DRIVE/driver_override"
	changing release 02:00.0
	expect output "$output" "$DRIVE: released to nvme"
	expect override "$(override $DRIVE)" "(null)"
}

@test "release: one that nobody has, and one that no driver wants" {
	rm "$PCI/devices/$DRIVE/driver"
	echo vfio-pci >"$PCI/devices/$DRIVE/driver_override"
	changing release 02:00.0
	expect output "$output" "$DRIVE: released to nvme"
	on_vfio $NET
	rm -r "$PCI/drivers/igb"
	changing release 03:00.0
	expect status "$status" 0
	expect output "$output" "$NET: released; this system has no driver for it"
}

@test "release: an ID that vfio-pci was told is forgotten first" {
	on_vfio $DRIVE
	fault "write sys/bus/pci/drivers/vfio-pci/remove_id =9 1"
	changing release 02:00.0
	expect status "$status" 0
	expect output "$output" "$DRIVE: released to nvme"
	expect stderr "$stderr" "vfio-claim: note: vfio-pci no longer takes 144d:a808 by itself before the next boot"
	expect order "$(grep -o -e 'remove_id=144d a808' -e drivers_probe= "$BATS_TEST_TMPDIR/log" | uniq | xargs)" \
		"remove_id=144d a808 drivers_probe="
}

@test "release: while a virtual machine has it, only by force" {
	on_vfio $CARD $SOUND
	vfio_group 14
	process 4242 qemu-system-x86 vfio/vfio vfio/14
	vfio_claim release '01:00.*'
	refused "$CARD: process 4242 (qemu-system-x86) has /dev/vfio/14 open" \
		"$SOUND: process 4242 (qemu-system-x86) has /dev/vfio/14 open"
	changing release '01:00.*' --force
	expect status "$status" 0
	expect driver "$(driver $CARD)" nouveau
}

@test "release: while a virtual machine has it by its own node (cdev)" {
	on_vfio $DRIVE
	thing $DRIVE vfio-dev/vfio3 vfio-dev 511:3
	process 4242 qemu-system-x86 vfio/devices/vfio3
	vfio_claim release 02:00.0
	refused "$DRIVE: process 4242 (qemu-system-x86) has /dev/vfio/devices/vfio3 open"
}

@test "release: nothing is there, a bridge, another device" {
	vfio_claim release 07:00.0 00:01.0 02:00.0@10de:1e07
	refused "07:00.0: no such device" "$BRIDGE: it is a bridge, and is never claimed" \
		"$DRIVE: it is not the device that 02:00.0@10de:1e07 asks for"
}

@test "release: without an IOMMU, too" {
	on_vfio $DRIVE
	rm -r "$ROOT/sys/class/iommu/dmar0"
	rm "$PCI"/devices/*/iommu_group
	changing release 02:00.0
	expect output "$output" "$DRIVE: released to nvme"
}

# --- faults -----------------------------------------------------------------------------------------

# failed SLOT WORDS…: status 1, the device is with its own driver without an override, and all that is said
failed() {
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $1: not claimed: $2"
	expect override "$(override "$1" | sed 's/(null)//')" ""
}

@test "fault: vfio-pci is not there" {
	rm -r "$PCI/drivers/vfio-pci"
	vfio_claim claim 02:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "vfio-claim: kernel 6.1.0-test has no module directory"
	expect_in stderr "$stderr" "vfio-claim: nothing was changed"
}

@test "fault: unbinding fails" {
	fault "write sys/bus/pci/drivers/nvme/unbind EIO"
	changing claim 02:00.0
	failed $DRIVE "unbinding its driver: Input/output error; given back; its driver is nvme"
	expect driver "$(driver $DRIVE)" nvme
}

@test "fault: vfio-pci refuses it: it goes back to its driver, and the other is claimed" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$DRIVE EINVAL"
	changing claim 02:00.0 03:00.0
	failed $DRIVE "binding it to vfio-pci: the kernel refuses it, see 'dmesg'; given back; its driver is nvme"
	expect driver "$(driver $DRIVE)" nvme
	expect "the other's driver" "$(driver $NET)" vfio-pci
	expect output "$output" "$NET: claimed by vfio-pci"
}

@test "fault: its override cannot be written" {
	fault "write */$DRIVE/driver_override=* EIO 1"
	changing claim 02:00.0
	failed $DRIVE "setting its driver_override: Input/output error; its driver is nvme"
}

@test "fault: its override cannot be read" {
	rm "$PCI/devices/$DRIVE/driver_override"
	vfio_claim claim 02:00.0
	refused "$DRIVE: its driver_override cannot be read"
}

@test "fault: an unbind that hangs is given up, and the others are claimed" {
	local began=$SECONDS
	fault "write sys/bus/pci/drivers/igb/unbind hang"
	changing claim 02:00.0 03:00.0 04:00.0 --timeout 2
	expect status "$status" 1
	[ $((SECONDS - began)) -le 8 ]
	expect output "$output" "$DRIVE: claimed by vfio-pci
$USB: claimed by vfio-pci"
	expect_in stderr "$stderr" "$NET: not claimed: unbinding its driver: not finished within 2 s; it does not let go"
	expect driver "$(driver $NET)" igb
}

@test "fault: a bind that hangs, and an override that hangs" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$NET hang"
	fault "write */$USB/driver_override=* hang"
	changing claim 02:00.0 03:00.0 04:00.0 --timeout 2
	expect status "$status" 1
	expect output "$output" "$DRIVE: claimed by vfio-pci"
	expect_in stderr "$stderr" "$NET: not claimed: binding it to vfio-pci: not finished within 2 s"
	expect_in stderr "$stderr" "$USB: not claimed: setting its driver_override: not finished within 2 s"
}

@test "fault: a device that hangs whoever looks at it: nothing is changed" {
	local began=$SECONDS
	fault "read */$NET/modalias hang"
	changing claim 02:00.0 03:00.0 --timeout 1
	expect status "$status" 1
	[ $((SECONDS - began)) -le 5 ]
	expect_in stderr "$stderr" "looking at the devices was not finished within 1 s; nothing was changed"
	expect bus "$(wrote)" ""
}

@test "fault: an override that hangs whoever reads it is refused before anything is changed" {
	fault "read */$NET/driver_override hang"
	changing claim 02:00.0 03:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$NET: its driver_override cannot be read"
	expect bus "$(wrote)" ""
}

@test "fault: vfio-pci never lets go: said, and the others are released" {
	on_vfio $DRIVE $NET
	fault "write sys/bus/pci/drivers/vfio-pci/unbind=$DRIVE hang"
	changing release 02:00.0 03:00.0 --timeout 2
	expect status "$status" 1
	expect output "$output" "$NET: released to igb"
	expect stderr "$stderr" "vfio-claim: $DRIVE: not released: not finished within 2 s; vfio-pci does not let go of it"
}

@test "fault: vfio-pci cannot be unbound, and the override cannot be cleared" {
	on_vfio $DRIVE $NET
	fault "write sys/bus/pci/drivers/vfio-pci/unbind=$DRIVE EIO"
	fault "write */$NET/driver_override=* EIO"
	changing release 02:00.0 03:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$DRIVE: not released: it is with vfio-pci again"
	expect_in stderr "$stderr" "$NET: not released: clearing its driver_override: Input/output error"
}

# --- the hook for libvirt ---------------------------------------------------------------------------

# hook MACHINE OPERATION SUB-OPERATION: with a vfio-claim that notes how it was called and ends with $answer
hook() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "$*" >>"%s"\nexit "%s"\n' "$BATS_TEST_TMPDIR/called" "${answer:-0}" \
		>"$BATS_TEST_TMPDIR/bin/vfio-claim"
	chmod +x "$BATS_TEST_TMPDIR/bin/vfio-claim"
	: >"$BATS_TEST_TMPDIR/called"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$TOP/docs/libvirt/qemu" "$@" - </dev/null
	called=$(<"$BATS_TEST_TMPDIR/called")
}

@test "the hook claims before the machine starts and releases when it has stopped" {
	# A selector is no pattern for files.
	cd "$BATS_TEST_TMPDIR" && : >02:00.x
	hook media prepare begin
	expect status "$status" 0
	expect called "$called" "claim 03:00.0 10de:1e07"
	hook win11 release end
	expect called "$called" "release 02:00.*"
	for operation in "start begin" "started begin" "stopped end" "migrate begin" "reconnect begin"; do
		# shellcheck disable=SC2086 # two words
		hook win11 $operation
		expect "called for $operation" "$status$called" 0
	done
	hook other prepare begin
	expect called "$status$called" 0
}

@test "the hook keeps the machine from starting when a device cannot be claimed, and gives the others back" {
	answer=1 hook media prepare begin
	expect status "$status" 1
	expect called "$called" "claim 03:00.0 10de:1e07
release 03:00.0 10de:1e07"
}

# --- the words --------------------------------------------------------------------------------------

@test "usage: no device, no selector, a time that is none, an option that is none" {
	local words
	for words in "claim" "release" "claim 02:00.q" "claim --timeout 0 02:00.0" "claim --timeout 61 02:00.0" \
		"claim --timeout x 02:00.0" "claim --timeout" "claim --frce 02:00.0" "release --group 02:00.0" \
		"claim boot-vga" "claim ,"; do
		# shellcheck disable=SC2086 # several words
		vfio_claim $words
		expect "status of $words" "$status" 2
		expect "lines of $words" "$(wc -l <<<"$stderr")" 1
	done
}

@test "help" {
	run "$VFIO_CLAIM" claim --help
	expect status "$status" 0
	expect_in output "$output" "Usage: vfio-claim claim SEL..."
	run "$VFIO_CLAIM" release 02:00.0 --help
	expect status "$status" 0
	expect_in output "$output" "Usage: vfio-claim release SEL..."
}

@test "on this machine itself only root may" {
	[ "$(id -u)" = 0 ] || skip "not root already"
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$VFIO_CLAIM" claim 02:00.0
	[ "$status" != 127 ] && [ "$status" != 126 ] || skip "the program is where nobody else may run it"
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: claim changes which driver has a device: try again as root"
}
