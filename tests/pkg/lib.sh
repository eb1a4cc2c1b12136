# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the tests of the packages share; sourced by them, never run. Beside what tests/lab/lib.sh has:
#   $pkg_here, $pkg_lab, $pkg_dir  this directory, tests/lab, and where the disks are
#   $pkg_offset                    where a disk's file system begins
#   open_disk FILE DIR, close_disk DIR, boot_disk FILE MACHINE OUTFILE; only within own_mounts
#   check NAME COMMAND…            prints a line of TAP; $pkg_failed is 1 if any has failed
pkg_here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
pkg_lab=$pkg_here/../lab
# shellcheck source=tests/lab/lib.sh
. "$pkg_lab/lib.sh"
pkg_dir=$lab_dir/pkg
pkg_offset=1048576
mkdir -p "$pkg_dir"

# The archive that the lab's chroots were made from.
archive() {
	sed -n 's/^deb \(\[.*\] \)\{0,1\}\([^ ]*\) .*/\2/p' "$lab_dir/bookworm/root/etc/apt/sources.list" | head -n 1
}

# A small /dev where the loop device has the name that the disk has in the virtual machine: grub-mkconfig makes no
# entries for a loop device.
make_dev() {
	mount -t tmpfs dev "$1"
	while read -r node major minor; do
		mknod -m 666 "$1/$node" c "$major" "$minor"
	done <<- 'END'
		null 1 3
		zero 1 5
		full 1 7
		random 1 8
		urandom 1 9
		tty 5 0
	END
	# shellcheck disable=SC2046 # two numbers
	mknod "$1/vda" b $(stat -c '0x%t 0x%T' "$2")
	ln -s /proc/self/fd "$1/fd"
	mkdir -p "$1/pts" "$1/shm" "$1/disk/by-uuid"
	ln -s ../../vda "$1/disk/by-uuid/$(blkid -o value -s UUID "$2")"
}

# Mounts the disk's file system at DIR, as a system in which programs can run; replaces this process's /dev.
open_disk() {
	mkdir -p "$2" "$2.dev"
	make_dev "$2.dev" "$(losetup -f --show -o "$pkg_offset" "$1")"
	mount --bind "$2.dev" /dev
	mount -t ext4 /dev/vda "$2"
	# Detached with its mount, however this ends.
	losetup -d /dev/vda
	mount --bind /dev "$2/dev"
	mount -t devpts devpts "$2/dev/pts"
	mount -t tmpfs run "$2/run"
	mount -t proc proc "$2/proc"
	mount -t sysfs -o ro sys "$2/sys"
}

close_disk() {
	umount -R "$1"
	umount /dev
	umount "$1.dev"
}

# run_disk FILE OPTIONS MACHINE OUTFILE SECONDS [OPTION…]: boots from the disk's boot sector, for at most SECONDS times the
# pace of this machine (tests/lab/pace); OPTIONS are QEMU's for the drive, the last ones any others. QEMU replaces this
# shell.
run_disk() {
	_drive=file=$1,format=raw,if=none,id=root$2 _machine=$3 _out=$4 _seconds=$(($5 * ${VFIO_CLAIM_PACE:-1}))
	shift 5
	# shellcheck source=tests/lab/machine.sh
	. "$pkg_lab/machine.sh"
	# shellcheck source=tests/lab/machines/two-displays
	. "$pkg_lab/machines/$_machine"
	# shellcheck disable=SC2046,SC2086 # one word an option
	exec timeout --foreground -k 5 "$_seconds" qemu-system-x86_64 -M q35,accel=tcg -cpu max -m 512 -display none -vga none \
		-monitor none -nic none -no-reboot -serial "file:$_out.raw" -device intel-iommu,intremap=on \
		-drive "$_drive" -device virtio-blk-pci,drive=root,addr=1e.0 $machine_qemu \
		$(guest_clock "${VFIO_CLAIM_PACE:-1}") "$@" \
		< /dev/null 2> "$_out.qemu"
}

# read_console OUTFILE: what the serial line said; fails if the end is missing
read_console() {
	tr -d '\r' < "$1.raw" > "$1"
	grep -q '^=== end$' "$1" || {
		echo "the boot did not finish; its last lines:"
		tail -n 20 "$1" "$1.qemu"
		return 1
	}
}

# Writes to the disk are discarded.
boot_disk() {
	(run_disk "$1" ,snapshot=on "$2" "$3" 600) || true
	read_console "$3"
}

pkg_number=0
pkg_failed=0

check() {
	_name=$1
	pkg_number=$((pkg_number + 1))
	shift
	if _output=$("$@" 2>&1); then
		echo "ok $pkg_number - $_name"
	else
		pkg_failed=1
		echo "not ok $pkg_number - $_name"
		echo "$_output" | tail -n 30 | sed 's/^/# /'
	fi
}
