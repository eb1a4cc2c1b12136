#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who uses a device that vfio-claim claim is to take: on a machine of files, and with the kernel's own /proc in it.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../machine
load ../zfs

setup_file() {
	machine_setup_file
}

setup() {
	machine_setup
}

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

@test "in use: a keyboard on the USB controller is not; that it goes is said" {
	thing $USB usb1/1-1/input/input3/event3 input 13:67
	thing $USB usb1/1-1/input/input4/event4 input 13:68
	process 700 systemd-logind input/event3
	changing claim 04:00.0
	expect status "$status" 0
	expect stderr "$stderr" "vfio-claim: warning: $USB: a keyboard, a mouse or the like goes with it: /dev/input/event3"
}

@test "in use: any other node that hangs on it: of NVMe, tape, video, USB, serial lines, HID, TPM, a watchdog" {
	local node number=1
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	thing $DRIVE nvme/nvme0 nvme 242:0 nvme0
	process 100 nvme nvme0
	for node in st0 video0 bus/usb/001/002 ttyUSB0 hidraw0 tpm0 watchdog0 uio0 fb0; do
		thing $USB "usb1/1-1/${node//\//-}" "some$number" "240:$number" "$node"
		process $((200 + number++)) user "$node"
	done
	vfio_claim claim 02:00.0 04:00.0
	refused "$DRIVE: process 100 (nvme) has /dev/nvme0 open" "$USB: process 201 (user) has /dev/st0 open" \
		"$USB: process 202 (user) has /dev/video0 open" "$USB: process 203 (user) has /dev/bus/usb/001/002 open" \
		"$USB: process 204 (user) has /dev/ttyUSB0 open" "$USB: process 205 (user) has /dev/hidraw0 open" \
		"$USB: process 206 (user) has /dev/tpm0 open" "$USB: process 207 (user) has /dev/watchdog0 open" \
		"$USB: process 208 (user) has /dev/uio0 open" "$USB: process 209 (user) has /dev/fb0 open"
}

@test "in use: a mediated device of it, by the group of that" {
	thing $CARD 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 mdev
	mkdir -p "$ROOT/sys/kernel/iommu_groups/31"
	ln -snr "$ROOT/sys/kernel/iommu_groups/31" "$thing/iommu_group"
	vfio_group 31
	process 4242 qemu-system-x86 vfio/31
	vfio_claim claim '01:00.*'
	refused "$CARD: process 4242 (qemu-system-x86) has /dev/vfio/31 open"
}

@test "in use: a node that is mapped but no longer open" {
	thing $CARD drm/card1 drm 226:1
	process 812 player
	printf '%s\n' '7f0000000000-7f0000001000 r--p 00000000 00:05 7 /dev/dri/card0' \
		'7f0000002000-7f0000003000 rw-s 00000000 00:05 8 /dev/dri/card1' '7ffd0000-7ffe0000 rw-p 0 00:00 0 [stack]' \
		>"$ROOT/proc/812/maps"
	# The memory of a device cannot be mapped privately: this one does not use it.
	process 813 reader
	echo '7f0000002000-7f0000003000 rw-p 00000000 00:05 8 /dev/dri/card1' >"$ROOT/proc/813/maps"
	vfio_claim claim '01:00.*'
	refused "$CARD: process 812 (player) has /dev/dri/card1 mapped"
}

@test "in use: NVIDIA's persistence daemon, which has no file open, is named for its driver's cards alone" {
	process 900 nvidia-persiste
	changing claim 01:00.1
	expect status "$status" 0
	function_at $CARD 10de:1e07 030000 nvidia
	vfio_claim claim 01:00.0
	refused "$CARD: process 900 (nvidia-persistenced) keeps it initialized: stop it first, 'systemctl stop nvidia-persistenced'"
}

@test "in use: mounted in another mount namespace alone, and named once" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	disk $USB usb1/1-1/host0/target0 sda 8:0
	mount_at ext4 /dev/sda1 8:1 /media
	mkdir -p "$ROOT"/proc/{self,1,812,813,814}/ns
	ln -s 'mnt:[100]' "$ROOT/proc/self/ns/mnt"
	ln -s 'mnt:[100]' "$ROOT/proc/1/ns/mnt"
	ln -s 'mnt:[101]' "$ROOT/proc/812/ns/mnt"
	ln -s 'mnt:[101]' "$ROOT/proc/813/ns/mnt"
	ln -s 'mnt:[102]' "$ROOT/proc/814/ns/mnt"
	echo postgres >"$ROOT/proc/812/comm"
	printf '%s\n' '50 1 8:1 / /media rw - ext4 /dev/sda1 rw' '51 1 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw' \
		'52 1 259:1 /x /data/x rw - ext4 /dev/nvme0n1p1 rw' | tee "$ROOT"/proc/81{2,4}/mountinfo >/dev/null
	vfio_claim claim 02:00.0 04:00.0
	refused "$DRIVE: /dev/nvme0n1p1 is mounted on /data in the mount namespace of process 812 (postgres)" \
		"$USB: /dev/sda1 is mounted on /media"
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

# --- with the kernel's own /proc --------------------------------------------------------------------

# needs_mounts: skips where this cannot be tried
needs_mounts() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "no namespaces can be made here"
}

# with_proc WORD…: as vfio_claim, with the kernel's /proc in the machine
with_proc() {
	local before
	before=$(state)
	# shellcheck disable=SC2016 # for that shell
	run --separate-stderr unshare -m sh -c 'mount --bind /proc "$1/proc" && shift && exec "$@"' sh "$ROOT" \
		"$VFIO_CLAIM" --sysroot "$ROOT" "$@" 3>&-
	expect "the machine" "$(state)" "$before"
}

# holding COMMAND…: runs it until the test ends; it says that it is ready
holding() {
	local line
	exec {ready}< <(exec "$@" 3>&-)
	HELD+=($!)
	read -r -t 60 line <&"$ready" || false
	expect "what holds it" "$line" ready
}

# loop_disk: a file system in a file, as the drive's disk; its node, by a name that is no loop device's, in $node
loop_disk() {
	needs_mounts
	truncate -s 4M "$BATS_TEST_TMPDIR/image"
	mkfs.ext4 -q "$BATS_TEST_TMPDIR/image"
	LOOP=$(losetup -f --show "$BATS_TEST_TMPDIR/image") || skip "no loop device"
	number=$(lsblk -dno MAJ:MIN "$LOOP" | tr -d ' ')
	node=$BATS_TEST_TMPDIR/drive
	mknod "$node" b "${number%:*}" "${number#*:}"
	disk $DRIVE nvme/nvme0 nvme0n1 "$number"
	mkdir "$BATS_TEST_TMPDIR/data"
}

teardown() {
	local pid
	for pid in "${HELD[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
	[ -z "${LOOP:-}" ] || losetup -d "$LOOP"
}

# shellcheck disable=SC2016 # for other shells
@test "in use: really mounted in another namespace" {
	loop_disk
	holding unshare -m sh -c 'mount "$1" "$2" && echo ready && exec sleep 300' sh "$node" "$BATS_TEST_TMPDIR/data"
	with_proc claim 02:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$DRIVE: $node is mounted on $BATS_TEST_TMPDIR/data in the mount namespace of process ${HELD[0]} (sleep)"
	expect_in stderr "$stderr" "nothing was changed"
}

# shellcheck disable=SC2016 # for other shells
@test "in use: a file system that is mounted nowhere any more, and not yet gone: the kernel holds its disk" {
	loop_disk
	mknod "$ROOT/dev/nvme0n1" b "${number%:*}" "${number#*:}"
	holding unshare -m sh -c 'mount "$1" "$2" && cd "$2" && umount -l "$2" && echo ready && exec sleep 300' sh \
		"$node" "$BATS_TEST_TMPDIR/data"
	vfio_claim claim 02:00.0
	refused "$DRIVE: the kernel holds /dev/nvme0n1: for a mount, a volume, an exported disk or the like"
	kill "${HELD[0]}"
	wait "${HELD[0]}" || true
	HELD=()
	changing claim 02:00.0
	expect status "$status" 0
}

# shellcheck disable=SC2016 # for other shells
@test "in use: a node by another name, which is deleted, counts by its number" {
	needs_mounts
	mknod "$BATS_TEST_TMPDIR/gpu" c 10 237
	mknod "$BATS_TEST_TMPDIR/other" c 10 229
	thing $CARD drm/card1 drm 10:237
	holding sh -c 'exec 4<"$1" && rm "$1" && echo ready && exec sleep 300' sh "$BATS_TEST_TMPDIR/gpu"
	holding sh -c 'exec 4<"$1" && echo ready && exec sleep 300' sh "$BATS_TEST_TMPDIR/other"
	with_proc claim '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "$CARD: process ${HELD[0]} (sleep) has /dev/dri/card1 open"
	expect_not_in stderr "$stderr" "process ${HELD[1]}"
}

@test "in use: a node that is really mapped and closed" {
	loop_disk
	holding python3 -c 'import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
kept = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
os.close(fd)
# It has a duplicate of its own.
for number in range(3, 64):
    try:
        if os.readlink(f"/proc/self/fd/{number}") == sys.argv[1]:
            os.close(number)
    except OSError:
        pass
print("ready", flush=True)
time.sleep(300)' "$node"
	with_proc claim 02:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$DRIVE: process ${HELD[0]} (python3) has /dev/nvme0n1 mapped"
}

# The machine's own bus, which cannot be written.
# shellcheck disable=SC2016 # for another shell
@test "in use: a network interface in another network namespace" {
	local path slot name
	needs_mounts
	for path in /sys/class/net/*; do
		path=$(realpath "$path")
		[[ $path =~ ^.*/([0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/.*$ ]] || continue
		[ "$(<"$path/operstate")" = up ] || continue
		slot=${BASH_REMATCH[1]} name=${path##*/}
	done
	[ -n "${slot:-}" ] || skip "no network card with a carrier on PCI"
	[ -d /sys/class/iommu ] || skip "this kernel knows no IOMMU"
	run --separate-stderr unshare -mn sh -c 'rm -r "$1/sys" && mkdir "$1/sys" &&
		mount --bind /proc "$1/proc" && mount -t sysfs -o ro sysfs "$1/sys" &&
		mount -t tmpfs none "$1/sys/class/iommu" && mkdir "$1/sys/class/iommu/dmar0" && shift && exec "$@"' \
		sh "$ROOT" "$VFIO_CLAIM" --sysroot "$ROOT" claim "$slot" 3>&-
	expect status "$status" 1
	expect_in stderr "$stderr" "$slot: the network interface $name is up, in the network namespace of process "
	expect_in stderr "$stderr" "nothing was changed"
}
