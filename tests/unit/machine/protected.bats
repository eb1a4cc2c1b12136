#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim image --hostonly: the devices that must never be claimed, on machines made of files.

bats_require_minimum_version 1.5.0

load ../kernel
load ../zfs

# Controllers, as paths below /sys/devices.
AHCI=pci0000:00/0000:00:1f.2
NVME=pci0000:00/0000:00:1d.0/0000:03:00.0
HBA=pci0000:00/0000:00:01.0/0000:01:00.0
NIC=pci0000:00/0000:00:1c.0/0000:04:00.0
NIC2=pci0000:00/0000:00:1c.0/0000:04:00.1

setup() {
	image_setup
	PROTECTED=$OUT/usr/lib/vfio-claim/protected
	DEVICES=$ROOT/sys/devices
	mkdir -p "$ROOT"/{etc,dev,proc/self,proc/net} "$ROOT"/sys/{class/{block,net},dev/block} "$DEVICES"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	: >"$ROOT/proc/self/mountinfo"
	function_at $AHCI 8086:2922
	function_at $NVME 144d:a808
	function_at $HBA 1000:0097
	function_at $NIC 8086:1521
	function_at $NIC2 8086:1521
}

# function_at PATH VENDOR:DEVICE: a PCI function; what it is behind are bridges
function_at() {
	local dir=$DEVICES/$1
	mkdir -p "$dir"
	echo "0x${2%:*}" >"$dir/vendor"
	echo "0x${2#*:}" >"$dir/device"
}

# known PATH NAME M:M: makes a directory below /sys/devices known as a block device
known() {
	mkdir -p "$1"
	ln -srT "$1" "$ROOT/sys/class/block/$2"
	ln -srT "$1" "$ROOT/sys/dev/block/$3"
	echo 131072 >"$1/size"
}

# part DISK NAME M:M: a partition of a known device
part() {
	local dir
	dir=$(realpath "$ROOT/sys/class/block/$1")/$2
	known "$dir" "$2" "$3"
	echo 1 >"$dir/partition"
}

# disk PATH NAME M:M: a disk and, as M:M+1, its first partition
disk() {
	local dir=$DEVICES/$1/block/$2 name
	case $2 in *[0-9]) name=$2p1 ;; *) name=${2}1 ;; esac
	mkdir -p "$dir/slaves"
	known "$dir" "$2" "$3"
	part "$2" "$name" "${3%:*}:$((${3#*:} + 1))"
}

# volume NAME M:M [MEMBER...]: a device made of others, dm-0 or md127
volume() {
	local dir=$DEVICES/virtual/block/$1 member
	mkdir -p "$dir/slaves"
	known "$dir" "$1" "$2"
	for member in "${@:3}"; do
		ln -srT "$(realpath "$ROOT/sys/class/block/$member")" "$dir/slaves/$member"
	done
}

# mounted M:M TARGET TYPE SOURCE [OPTIONS]
mounted() {
	printf '30 1 %s / %s rw,relatime shared:1 - %s %s %s\n' "$1" "$2" "$3" "$4" "${5:-rw}" \
		>>"$ROOT/proc/self/mountinfo"
}

# swap SOURCE TYPE: an active swap area
swap() {
	[ -e "$ROOT/proc/swaps" ] ||
		printf 'Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n' >"$ROOT/proc/swaps"
	printf '%-40s%s\t1048572\t0\t-2\n' "$1" "$2" >>"$ROOT/proc/swaps"
}

# interface PATH: a network interface; its directory below /sys/devices
interface() {
	mkdir -p "$DEVICES/$1"
	ln -srT "$DEVICES/$1" "$ROOT/sys/class/net/${1##*/}"
}

# stacked NAME LOWER...: a bond, VLAN or the like
stacked() {
	local lower
	interface "virtual/net/$1"
	for lower in "${@:2}"; do
		ln -srT "$(realpath "$ROOT/sys/class/net/$lower")" "$DEVICES/virtual/net/$1/lower_$lower"
	done
}

# route INTERFACE [NETWORK MASK]: an IPv4 route, the default one if nothing else; numbers as of x86
route() {
	[ -e "$ROOT/proc/net/route" ] ||
		printf 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n' \
			>"$ROOT/proc/net/route"
	printf '%s\t%s\t010200C0\t0003\t0\t0\t0\t%s\t0\t0\t0\n' "$1" "${2:-00000000}" "${3:-00000000}" \
		>>"$ROOT/proc/net/route"
}

# route6 INTERFACE [NETWORK BITS [FLAGS]]
route6() {
	printf '%s %s 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 %s %8s\n' \
		"${2:-00000000000000000000000000000000}" "${3:-00}" "${4:-00000003}" "$1" \
		>>"$ROOT/proc/net/ipv6_route"
}

# protected_are [LINE...]: the whole file, and not a word on standard error; no line, no file
protected_are() {
	image --hostonly
	[ "$status" -eq 0 ] && [ "$output" = "" ] && [ "$stderr" = "" ] || {
		printf '%s\n' "status $status" "$output" "$stderr"
		return 1
	}
	file_is "$@"
}

# warned_and_protected TEXT [LINE...]: the same with one warning that has TEXT
warned_and_protected() {
	image --hostonly
	[ "$status" -eq 0 ] && [ "${#stderr_lines[@]}" -eq 1 ] &&
		[[ "$stderr" == "vfio-claim: warning: "*"$1"* ]] || {
		printf '%s\n' "status $status" "$stderr"
		return 1
	}
	file_is "${@:2}"
}

file_is() {
	if [ $# -eq 0 ]; then
		[ ! -e "$PROTECTED" ]
		return
	fi
	diff <(printf '%s\n' "$@") "$PROTECTED"
}

# --- from the disk to the controller ---

@test "a partition on AHCI" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 8:1 / ext4 /dev/sda1
	protected_are "0000:00:1f.2@8086:2922 /"
	[ "$(stat -c %a "$PROTECTED")" = 644 ]
}

@test "NVMe behind a root port: the path begins at the root bus" {
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	mounted 259:1 / ext4 /dev/nvme0n1p1
	protected_are "0000:00:1d.0/00.0@144d:a808 /"
}

@test "behind a switch: every bridge is a step" {
	function_at pci0000:40/0000:40:01.1/0000:41:00.0/0000:42:0a.0/0000:47:00.0 144d:a80a
	disk pci0000:40/0000:40:01.1/0000:41:00.0/0000:42:0a.0/0000:47:00.0/nvme/nvme3 nvme3n1 259:0
	mounted 259:1 / ext4 /dev/nvme3n1p1
	protected_are "0000:40:01.1/00.0/0a.0/00.0@144d:a80a /"
}

@test "NVMe behind VMD: the disk's controller in its own domain, and the VMD" {
	function_at pci0000:00/0000:00:0e.0 8086:467f
	function_at pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0 144d:a808
	disk pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0 nvme0n1 259:0
	mounted 259:1 / ext4 /dev/nvme0n1p1
	protected_are "0000:00:0e.0@8086:467f /" "10000:e0:06.0/00.0@144d:a808 /"
}

@test "a root bus below something else: arm64, Hyper-V" {
	function_at platform/40000000.pcie/pci0000:00/0000:00:02.0 1af4:1042
	disk platform/40000000.pcie/pci0000:00/0000:00:02.0/virtio1 vda 254:0
	mounted 254:1 / ext4 /dev/vda1
	protected_are "0000:00:02.0@1af4:1042 /"
}

@test "virtio-blk, the whole disk" {
	function_at pci0000:00/0000:00:02.0 1af4:1042
	disk pci0000:00/0000:00:02.0/virtio1 vda 254:0
	mounted 254:0 / ext4 /dev/vda
	protected_are "0000:00:02.0@1af4:1042 /"
}

@test "a USB disk: its xHCI" {
	function_at pci0000:00/0000:00:14.0 8086:a36d
	disk pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0 sdb 8:16
	mounted 8:17 / ext4 /dev/sdb1
	protected_are "0000:00:14.0@8086:a36d /"
}

@test "a disk on no PCI bus (eMMC): nothing to protect, nothing to say" {
	disk platform/fe340000.mmc/mmc_host/mmc0/mmc0:0001 mmcblk0 179:0
	mounted 179:1 / ext4 /dev/mmcblk0p1
	protected_are
}

@test "LVM on LUKS on md over two controllers" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	volume md127 9:127 sda1 nvme0n1p1
	volume dm-0 253:0 md127
	volume dm-1 253:1 dm-0
	volume dm-2 253:2 dm-0
	mounted 253:1 / xfs /dev/mapper/vg-root
	swap /dev/dm-2 partition
	protected_are "0000:00:1d.0/00.0@144d:a808 /,swap" "0000:00:1f.2@8086:2922 /,swap"
}

@test "multipath over two HBAs" {
	function_at pci0000:80/0000:80:02.0/0000:81:00.0 1000:0097
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sda 8:0
	disk pci0000:80/0000:80:02.0/0000:81:00.0/host2/port-2:0/end_device-2:0/target2:0:0/2:0:0:0 sdb 8:16
	volume dm-0 253:0 sda sdb
	volume dm-1 253:1 dm-0
	mounted 253:1 / ext4 /dev/mapper/mpatha-part1
	protected_are "0000:00:01.0/00.0@1000:0097 /" "0000:80:02.0/00.0@1000:0097 /"
}

@test "bcache: the disk and its cache" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	volume bcache0 252:0 sda1 nvme0n1p1
	mounted 252:0 / ext4 /dev/bcache0
	protected_are "0000:00:1d.0/00.0@144d:a808 /" "0000:00:1f.2@8086:2922 /"
}

@test "NVMe with several controllers: all of the subsystem's" {
	function_at pci0000:80/0000:80:01.0/0000:81:00.0 144d:a808
	mkdir -p "$DEVICES"/{$NVME/nvme/nvme0/nvme0c0n1,pci0000:80/0000:80:01.0/0000:81:00.0/nvme/nvme1/nvme0c1n1}
	disk virtual/nvme-subsystem/nvme-subsys0 x 1:0
	mv "$DEVICES"/virtual/nvme-subsystem/nvme-subsys0/block/x "$DEVICES"/virtual/nvme-subsystem/nvme-subsys0/nvme0n1
	rm -r "$ROOT"/sys/class/block/x* "$ROOT"/sys/dev/block/*
	known "$DEVICES"/virtual/nvme-subsystem/nvme-subsys0/nvme0n1 nvme0n1 259:0
	ln -sr "$DEVICES/$NVME/nvme/nvme0" "$DEVICES"/pci0000:80/*/*/nvme/nvme1 "$DEVICES"/virtual/nvme-subsystem/nvme-subsys0/
	part nvme0n1 nvme0n1p2 259:2
	mounted 259:2 / ext4 /dev/nvme0n1p2
	mounted 259:0 /boot ext4 /dev/nvme0n1
	protected_are "0000:00:1d.0/00.0@144d:a808 /,/boot" "0000:80:01.0/00.0@144d:a808 /,/boot"
}

@test "a partition of an md" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	volume md126 9:126 sda nvme0n1
	part md126 md126p3 259:9
	mounted 259:9 / ext4 /dev/md126p3
	protected_are "0000:00:1d.0/00.0@144d:a808 /" "0000:00:1f.2@8086:2922 /"
}

@test "a virtual function: the physical one also" {
	function_at $NVME 144d:a824
	function_at ${NVME%.0}.1 144d:a824
	ln -sr "$DEVICES/$NVME" "$DEVICES/${NVME%.0}.1/physfn"
	disk ${NVME%.0}.1/nvme/nvme1 nvme1n1 259:0
	mounted 259:1 / ext4 /dev/nvme1n1p1
	protected_are "0000:00:1d.0/00.0@144d:a824 /" "0000:00:1d.0/00.1@144d:a824 /"
}

@test "a loop device: what its file is on" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	volume loop0 7:0
	mkdir "$DEVICES/virtual/block/loop0/loop"
	echo /host/images/root.img >"$DEVICES/virtual/block/loop0/loop/backing_file"
	mounted 7:0 / ext4 /dev/loop0
	mounted 8:1 /host ntfs3 /dev/sda1
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "a loop device that leads back to itself: a warning, no endless search" {
	volume loop0 7:0
	mkdir "$DEVICES/virtual/block/loop0/loop"
	echo /images/root.img >"$DEVICES/virtual/block/loop0/loop/backing_file"
	mounted 7:0 / ext4 /dev/loop0
	warned_and_protected "cannot tell which device holds /: it is not protected"
}

@test "a member that is unknown: a warning that names it; the others are protected" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	volume drbd0 147:0
	volume md0 9:0 sda1 drbd0
	mounted 9:0 / ext4 /dev/md0
	warned_and_protected "which device holds /: nothing is known beyond drbd0; only what else was found is protected" \
		"0000:00:1f.2@8086:2922 /"
}

@test "a number that sysfs does not know" {
	mounted 8:1 / ext4 /dev/sda1
	warned_and_protected "which device holds /: nothing is known beyond /dev/sda1; it is not protected"
}

# --- from the mount point to the disk ---

@test "/usr, /boot and the EFI partition of their own; others do not count" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sdb 8:16
	mounted 259:1 / ext4 /dev/nvme0n1p1
	mounted 259:1 /boot ext4 /dev/nvme0n1p2
	mounted 8:1 /usr ext4 /dev/sda1
	mounted 8:0 /boot/efi vfat /dev/sda
	mounted 8:0 /efi vfat /dev/sda
	mounted 8:17 /srv xfs /dev/sdb1
	protected_are "0000:00:1d.0/00.0@144d:a808 /,/boot" "0000:00:1f.2@8086:2922 /usr,/boot/efi,/efi"
}

@test "mounted twice at one place: the upper one" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 0:2 / rootfs rootfs
	mounted 8:1 / ext4 /dev/sda1
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "fstab for what is not mounted: UUID, LABEL with a blank, node; quotes and comments" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	mounted 8:1 / ext4 /dev/sda1
	mkdir -p "$ROOT"/dev/disk/by-{uuid,label}
	touch "$ROOT"/dev/{nvme0n1p1,nvme0n1,sda1}
	ln -s ../../nvme0n1p1 "$ROOT/dev/disk/by-uuid/1234-ABCD"
	ln -s ../../nvme0n1 "$ROOT/dev/disk/by-label/my\\x20boot"
	printf '%s\n' '# /boot' 'UUID="1234-ABCD" /boot/efi vfat defaults 0 2' \
		'LABEL=my\040boot /boot ext4 noauto 0 2' '/dev/sda1 /usr ext4 defaults 0 0' \
		'/dev/sdz1 /srv ext4 defaults 0 0' >"$ROOT/etc/fstab"
	protected_are "0000:00:1d.0/00.0@144d:a808 /boot,/boot/efi" "0000:00:1f.2@8086:2922 /,/usr"
}

@test "fstab: a tag that leads to nothing is warned of" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 8:1 / ext4 /dev/sda1
	echo 'UUID=gone /boot ext4 noauto 0 2' >"$ROOT/etc/fstab"
	warned_and_protected "which device holds /boot: nothing is known beyond UUID=gone; it is not protected" \
		"0000:00:1f.2@8086:2922 /"
}

@test "an automount point that waits: fstab counts, without it nothing" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	mounted 8:1 / ext4 /dev/sda1
	mounted 0:40 /boot autofs systemd-1
	mounted 0:41 /efi autofs systemd-1
	echo '/dev/nvme0n1p1 /boot ext4 x-systemd.automount 0 2' >"$ROOT/etc/fstab"
	protected_are "0000:00:1d.0/00.0@144d:a808 /boot" "0000:00:1f.2@8086:2922 /"
}

@test "nothing known of /: a warning" {
	rm "$ROOT/proc/self/mountinfo"
	warned_and_protected "cannot tell which device holds /: it is not protected"
}

@test "the mounts of process 1 where there are none of self" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 8:1 / ext4 /dev/sda1
	mv "$ROOT/proc/self" "$ROOT/proc/1"
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "btrfs over two disks on different controllers, one of them LUKS" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sdb 8:16
	volume dm-0 253:0 nvme0n1p1
	local btrfs=$ROOT/sys/fs/btrfs
	mkdir -p "$btrfs"/{features,1111,2222}/devices "$ROOT/dev/mapper"
	rmdir "$btrfs/features/devices"
	ln -sr "$(realpath "$ROOT/sys/class/block/sdb")" "$btrfs/1111/devices/"
	ln -sr "$(realpath "$ROOT/sys/class/block/sda1")" "$(realpath "$ROOT/sys/class/block/dm-0")" "$btrfs/2222/devices/"
	ln -s ../dm-0 "$ROOT/dev/mapper/luks-root"
	mounted 0:30 / btrfs /dev/mapper/luks-root rw,subvol=/@
	protected_are "0000:00:1d.0/00.0@144d:a808 /" "0000:00:1f.2@8086:2922 /"
}

@test "btrfs by a source that is not known" {
	mounted 0:30 / btrfs /dev/root
	warned_and_protected "which device holds /: nothing is known beyond /dev/root; it is not protected"
}

@test "bcachefs over two disks" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	mounted 0:30 / bcachefs /dev/sda1:/dev/nvme0n1p1
	protected_are "0000:00:1d.0/00.0@144d:a808 /" "0000:00:1f.2@8086:2922 /"
}

@test "ZFS: the members of the pool by their labels, not those of another" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sdb 8:16
	zfs_member "$ROOT/dev/sda1" rpool 4711
	zfs_member "$ROOT/dev/nvme0n1p1" rpool 4711
	zfs_member "$ROOT/dev/sdb1" tank 4712
	truncate -s 65M "$ROOT/dev/sdb"
	mounted 0:30 / zfs rpool/ROOT/debian
	protected_are "0000:00:1d.0/00.0@144d:a808 /" "0000:00:1f.2@8086:2922 /"
}

@test "ZFS: a member on what was swap before" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	zfs_member "$ROOT/dev/sda1" rpool 4711
	truncate -s 1M "$ROOT/swap"
	mkswap "$ROOT/swap" >/dev/null 2>&1
	dd if="$ROOT/swap" of="$ROOT/dev/sda1" bs=4K count=1 conv=notrunc status=none
	# Left to itself, libblkid does not decide.
	[ "$(blkid -p -o value -s TYPE "$ROOT/dev/sda1" 2>/dev/null)" = "" ]
	mounted 0:30 / zfs rpool/ROOT/debian
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "ZFS: another pool of the same name, where the kernel tells which is ours" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	volume zd0 230:0
	zfs_member "$ROOT/dev/sda1" rpool 4711
	zfs_member "$ROOT/dev/nvme0n1p1" rpool 4712
	zfs_member "$ROOT/dev/zd0" rpool 4711
	mkdir -p "$ROOT/proc/spl/kstat/zfs/rpool"
	echo 4711 >"$ROOT/proc/spl/kstat/zfs/rpool/guid"
	mounted 0:30 / zfs rpool/ROOT/debian
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "ZFS: no member found" {
	mounted 0:30 / zfs rpool/ROOT/debian
	warned_and_protected "cannot tell which device holds /: it is not protected"
}

@test "a live system: the medium below overlay and squashfs" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	volume loop0 7:0
	mkdir "$DEVICES/virtual/block/loop0/loop"
	echo /run/live/medium/live/filesystem.squashfs >"$DEVICES/virtual/block/loop0/loop/backing_file"
	mounted 0:25 / overlay overlay 'rw,lowerdir=/run/live/rootfs/filesystem.squashfs/,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work'
	mounted 0:26 /run tmpfs tmpfs
	mounted 7:0 /run/live/rootfs/filesystem.squashfs squashfs /dev/loop0
	mounted 8:1 /run/live/medium iso9660 /dev/sda1
	mounted 0:27 /run/live/overlay tmpfs tmpfs
	protected_are "0000:00:1f.2@8086:2922 /"
}

@test "an overlay whose layers no mount names: a warning" {
	mounted 0:25 / overlay overlay rw,lowerdir=/lower,upperdir=/upper,workdir=/work
	warned_and_protected "cannot tell which device holds /: it is not protected"
}

@test "a root in memory: nothing to protect, nothing to say" {
	mounted 0:25 / tmpfs tmpfs
	protected_are
}

@test "virtiofs and 9p over virtio: their devices" {
	local driver
	for driver in virtiofs:5:105a 9pnet_virtio:6:1009; do
		IFS=: read -r name slot id <<<"$driver"
		function_at "pci0000:00/0000:00:0$slot.0" "1af4:$id"
		mkdir -p "$DEVICES/pci0000:00/0000:00:0$slot.0/virtio$slot" "$ROOT/sys/bus/virtio/drivers/$name"
		: >"$ROOT/sys/bus/virtio/drivers/$name/bind"
		ln -srT "$DEVICES/pci0000:00/0000:00:0$slot.0/virtio$slot" "$ROOT/sys/bus/virtio/drivers/$name/virtio$slot"
	done
	mounted 0:25 / virtiofs root
	mounted 0:26 /boot 9p boot rw,trans=virtio,version=9p2000.L
	protected_are "0000:00:05.0@1af4:105a /" "0000:00:06.0@1af4:1009 /boot"
}

# --- swap ---

@test "swap: a partition, a file, and zram, which is no device" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sdb 8:16
	volume zram0 252:0
	mounted 8:1 / ext4 /dev/sda1
	mounted 259:1 /var ext4 /dev/nvme0n1p1
	swap /dev/sdb1 partition
	swap /var/swap/one\\040file file
	swap /dev/zram0 partition
	protected_are "0000:00:01.0/00.0@1000:0097 swap" "0000:00:1d.0/00.0@144d:a808 swap" \
		"0000:00:1f.2@8086:2922 /"
}

@test "swap: what fstab has and is not active" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	mounted 8:1 / ext4 /dev/sda1
	mkdir -p "$ROOT/dev/disk/by-partuuid"
	ln -s ../../nvme0n1p1 "$ROOT/dev/disk/by-partuuid/4711-01"
	touch "$ROOT/dev/nvme0n1p1"
	printf '%s\n' 'PARTUUID=4711-01 none swap sw 0 0' '/swapfile none swap sw 0 0' \
		'/dev/gone none swap sw 0 0' >"$ROOT/etc/fstab"
	warned_and_protected "which device holds the swap area /dev/gone: nothing is known beyond /dev/gone; it is not protected" \
		"0000:00:1d.0/00.0@144d:a808 swap" "0000:00:1f.2@8086:2922 /,swap"
}

@test "swap: nodes in directories below /dev, which sysfs writes with '!'" {
	disk $HBA 'cciss!c0d0' 104:0
	mounted 0:25 / tmpfs tmpfs
	swap /dev/cciss/c0d0p1 partition
	protected_are "0000:00:01.0/00.0@1000:0097 swap"
}

@test "swap: a node counts by its number, whatever it is called" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 0:25 / tmpfs tmpfs
	mknod "$ROOT/dev/odd" b 8 1 2>/dev/null || skip "needs the right to make device nodes"
	swap /dev/odd partition
	protected_are "0000:00:1f.2@8086:2922 swap"
}

# --- network ---

@test "network: a plain NIC; not its other function, not what has no default route" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	printf '*\t00000000\t00000000\t0201\t0\t0\t1024\t00000000\t0\t0\t0\n' >"$ROOT/proc/net/route" # unreachable
	route eth0
	route eth1 0000A8C0 00FFFFFF
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route)"
}

@test "network: virtio" {
	mounted 0:25 / tmpfs tmpfs
	function_at pci0000:00/0000:00:03.0 1af4:1041
	interface pci0000:00/0000:00:03.0/virtio2/net/eth0
	route eth0
	protected_are "0000:00:03.0@1af4:1041 network (default route)"
}

@test "network: IPv6 alone; the unreachable default on lo is none" {
	mounted 0:25 / tmpfs tmpfs
	interface virtual/net/lo
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	route6 lo 00000000000000000000000000000000 00 00200200
	route6 eth1 20010db8000000000000000000000000 40
	route6 eth0
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route)"
}

@test "network: a VLAN on a bond of two NICs" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	stacked bond0 eth0 eth1
	stacked bond0.7 bond0
	route bond0.7
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route)" \
		"0000:00:1c.0/00.1@8086:1521 network (default route)"
}

@test "network: a bridge with a NIC and a virtual machine's tap" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	interface virtual/net/vnet0
	interface virtual/net/br0
	mkdir -p "$DEVICES"/{$NIC/net/eth0,virtual/net/vnet0}/brport "$DEVICES/virtual/net/br0/brif"
	ln -srT "$DEVICES/$NIC/net/eth0/brport" "$DEVICES/virtual/net/br0/brif/eth0"
	ln -srT "$DEVICES/virtual/net/vnet0/brport" "$DEVICES/virtual/net/br0/brif/vnet0"
	route br0
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route)"
}

@test "network: a port of Open vSwitch, what is plugged into the switch; a VLAN on that port" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	interface virtual/net/vnet0
	stacked ovs-system eth0 vnet0
	stacked br-ex
	stacked br-ex.7 br-ex
	route br-ex.7
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route)"
}

@test "network: two default routes, one over a tunnel of which nothing is known" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	interface virtual/net/wg0
	route eth0
	route wg0
	warned_and_protected "cannot tell which device is behind the network interface wg0: it is not protected" \
		"0000:00:1c.0/00.0@8086:1521 network (default route)"
}

@test "network: no default route" {
	mounted 0:25 / tmpfs tmpfs
	interface $NIC/net/eth0
	route eth0 0000A8C0 00FFFFFF
	protected_are
}

@test "NFS root: the way to the server beside the default route" {
	mounted 0:25 / nfs4 10.1.2.3:/srv/root rw,vers=4.2,addr=10.1.2.3,clientaddr=10.1.2.9
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	interface virtual/net/tun0
	route eth0
	route tun0 0000000A 000000FF
	route tun0 0003010A 00FFFFFF
	route eth1 0002010A 00FFFFFF
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route),root over the network" \
		"0000:00:1c.0/00.1@8086:1521 root over the network"
}

@test "NFS root over IPv6" {
	mounted 0:25 / nfs4 [2001:db8:0:8000::1]:/srv/root rw,vers=4.2,addr=2001:db8:0:8000::1
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	route6 eth0 20010db8000000000000000000000000 31
	route6 eth1 20010db8000080000000000000000000 31
	protected_are "0000:00:1c.0/00.1@8086:1521 root over the network"
}

@test "NFS root and no route: a warning" {
	mounted 0:25 / nfs 10.1.2.3:/srv/root rw,addr=10.1.2.3
	warned_and_protected "cannot tell which network device leads to the server of the root: it is not protected"
}

@test "iSCSI root, by the session of its disk; /boot is local" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk platform/host3/session1/target3:0:0/3:0:0:0 sdb 8:16
	mkdir -p "$DEVICES/platform/host3/session1/connection1:0/iscsi_connection/connection1:0"
	echo 10.1.2.3 >"$DEVICES/platform/host3/session1/connection1:0/iscsi_connection/connection1:0/address"
	mounted 8:17 / ext4 /dev/sdb1
	mounted 8:1 /boot ext4 /dev/sda1
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	route eth0
	route eth1 0002010A 00FFFFFF
	protected_are "0000:00:1c.0/00.0@8086:1521 network (default route),root over the network" \
		"0000:00:1c.0/00.1@8086:1521 root over the network" "0000:00:1f.2@8086:2922 /boot"
}

@test "root on nbd, swap on NVMe over TCP" {
	volume nbd0 43:0
	local fabrics=$DEVICES/virtual/nvme-fabrics/ctl/nvme0
	mkdir -p "$fabrics"
	known "$fabrics/nvme0n1" nvme0n1 259:0
	echo tcp >"$fabrics/transport"
	echo traddr=10.1.2.3,trsvcid=4420 >"$fabrics/address"
	mounted 43:0 / ext4 /dev/nbd0
	swap /dev/nvme0n1 partition
	interface $NIC/net/eth0
	interface $NIC2/net/eth1
	route eth1
	route eth0 0002010A 00FFFFFF
	protected_are \
		"0000:00:1c.0/00.0@8086:1521 root over the network,swap over the network" \
		"0000:00:1c.0/00.1@8086:1521 network (default route),root over the network,swap over the network"
}

@test "hibernation: resume= as a node, a tag, a number; initramfs-tools' settings; what is not there" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	disk $NVME/nvme/nvme0 nvme0n1 259:0
	disk $HBA/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0 sdb 8:16
	mounted 8:1 / ext4 /dev/sda1
	mkdir -p "$ROOT"/dev/disk/by-{uuid,partuuid,label} "$ROOT/etc/initramfs-tools/conf.d"
	ln -s ../../nvme0n1p1 "$ROOT/dev/disk/by-uuid/0b1e"
	ln -s ../../nvme0n1p1 "$ROOT/dev/disk/by-partuuid/4711-01"
	ln -s ../../nvme0n1p1 "$ROOT/dev/disk/by-label/hibernation"
	touch "$ROOT/dev/nvme0n1p1"
	for source in /dev/nvme0n1p1 UUID=0b1e PARTUUID=4711-01 LABEL=hibernation /dev/disk/by-uuid/0b1e 259:1; do
		echo "root=/dev/sda1 resume=$source quiet" >"$ROOT/proc/cmdline"
		protected_are "0000:00:1d.0/00.0@144d:a808 hibernation" "0000:00:1f.2@8086:2922 /"
	done
	# Left over from a disk that is gone, or none at all.
	for source in UUID=gone /dev/sdz1 8:77 ""; do
		echo "root=/dev/sda1 resume=$source" >"$ROOT/proc/cmdline"
		protected_are "0000:00:1f.2@8086:2922 /"
	done
	echo 'RESUME=UUID=0b1e' >"$ROOT/etc/initramfs-tools/conf.d/resume"
	protected_are "0000:00:1d.0/00.0@144d:a808 hibernation" "0000:00:1f.2@8086:2922 /"
	for value in none auto; do
		echo "RESUME=$value" >"$ROOT/etc/initramfs-tools/conf.d/resume"
		protected_are "0000:00:1f.2@8086:2922 /"
	done
	# A file on the root's own disk, and a volume of which the disk is a member.
	echo 'resume=/dev/sda1 resume_offset=34816' >"$ROOT/proc/cmdline"
	protected_are "0000:00:1f.2@8086:2922 /,hibernation"
	volume dm-3 253:3 sdb1
	echo 'resume=253:3' >"$ROOT/proc/cmdline"
	protected_are "0000:00:01.0/00.0@1000:0097 hibernation" "0000:00:1f.2@8086:2922 /"
}

# --- the option ---

@test "without --hostonly: no file; one of an earlier run is removed" {
	disk $AHCI/ata1/host0/target0:0:0/0:0:0:0 sda 8:0
	mounted 8:1 / ext4 /dev/sda1
	protected_are "0000:00:1f.2@8086:2922 /"
	image
	[ "$status" -eq 0 ]
	file_is
}

@test "nothing to read at all: a warning, and the image is made" {
	rm -r "${ROOT:?}"/{sys,proc}
	warned_and_protected "cannot tell which device holds /: it is not protected"
	[ -x "$PROGRAM" ]
}
