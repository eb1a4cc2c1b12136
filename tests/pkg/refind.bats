#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's rEFInd on UEFI (OVMF) starts a kernel with the refind_linux.conf that its mkrlconf has made and `vfio-claim
# enable` has changed: the boot claims what that says, and nothing after `vfio-claim disable`. The packages refind and
# ovmf are unpacked, not installed: refind's installation may change how this machine boots.
# Needs root, what tests/lab/base needs, mtools and dosfstools.
# shellcheck disable=SC2154 # run sets $status and $output

bats_require_minimum_version 1.5.0

load ../unit/kernel
load ../unit/tree
load ../unit/system
load ../unit/settings
load ../unit/other_systems

setup() {
	export PATH="$PATH:/usr/sbin:/sbin"
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	LAB=$(readlink -m "${VFIO_CLAIM_LAB:-$TOP/build/lab}")
	# tests/lab/lib.sh would look beside bats for it.
	export VFIO_CLAIM_LAB=$LAB
	# shellcheck source=tests/lab/read.sh
	. "$TOP/tests/lab/read.sh"
}

# unpack_packages: in $LAB/refind
unpack_packages() {
	[ ! -e "$LAB/refind/complete" ] || return 0
	rm -rf "$LAB/refind"
	mkdir -p "$LAB/refind"
	# shellcheck source=tests/lab/lib.sh
	(. "$TOP/tests/lab/lib.sh" && download bookworm "$LAB/refind" refind ovmf)
	for deb in "$LAB"/refind/*.deb; do
		dpkg-deb -x "$deb" "$LAB/refind"
		rm "$deb"
	done
	: >"$LAB/refind/complete"
}

# mkrlconf_makes LINE: $MENU, by the real mkrlconf in a system that was booted with this command line
mkrlconf_makes() {
	mkdir -p "$BATS_TEST_TMPDIR/boot"
	echo "$1" >"$BATS_TEST_TMPDIR/cmdline"
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$1/boot" /boot && mount --bind "$1/cmdline" /proc/cmdline && bash "$2"' - \
		"$BATS_TEST_TMPDIR" "$LAB/refind/usr/sbin/mkrlconf"
	mv "$BATS_TEST_TMPDIR/boot/refind_linux.conf" "$MENU"
}

# boots_with FILE: its console is in $OUT then
boots_with() {
	local esp=$BATS_TEST_TMPDIR/esp.img kver clock firmware=$LAB/refind/usr/share/OVMF
	kver=$(<"$LAB/bookworm/kver")
	OUT=$BATS_TEST_TMPDIR/out
	rm -f "$esp"
	truncate -s 120M "$esp"
	mkfs.vfat -F 32 "$esp" >/dev/null
	mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/debian
	printf 'timeout -1\ntextonly true\nscanfor internal\nuse_nvram false\n' >"$BATS_TEST_TMPDIR/refind.conf"
	mcopy -i "$esp" "$LAB/refind/usr/share/refind/refind/refind_x64.efi" ::/EFI/BOOT/bootx64.efi
	mcopy -i "$esp" "$BATS_TEST_TMPDIR/refind.conf" ::/EFI/BOOT/
	mcopy -i "$esp" "$LAB/bookworm/root/boot/vmlinuz-$kver" ::/EFI/debian/
	mcopy -i "$esp" "$LAB/images/bookworm-initramfs-tools-claim.img" "::/EFI/debian/initrd.img-$kver"
	mcopy -i "$esp" "$1" ::/EFI/debian/refind_linux.conf
	cp "$firmware/OVMF_VARS_4M.fd" "$BATS_TEST_TMPDIR/vars.fd"
	# shellcheck source=tests/lab/machine.sh
	. "$TOP/tests/lab/machine.sh"
	# shellcheck source=tests/lab/machines/two-displays
	. "$TOP/tests/lab/machines/two-displays"
	# shellcheck source=tests/lab/lib.sh
	clock=$(. "$TOP/tests/lab/lib.sh" && guest_clock "${VFIO_CLAIM_PACE:-1}")
	# shellcheck disable=SC2086 # one word an option
	timeout --foreground -k 5 "$((300 * ${VFIO_CLAIM_PACE:-1}))" qemu-system-x86_64 -M q35,accel=tcg -cpu max -m 512 \
		-display none -vga none -monitor none -nic none -no-reboot -serial "file:$OUT.raw" \
		-drive "if=pflash,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.fd" \
		-drive "if=pflash,format=raw,file=$BATS_TEST_TMPDIR/vars.fd" -device intel-iommu,intremap=on \
		-drive "file=$LAB/root.img,format=raw,if=none,id=root,readonly=on" \
		-device virtio-blk-pci,drive=root,addr=1e.0 \
		-drive "file=$esp,format=raw,if=none,id=esp" -device ide-hd,drive=esp,bootindex=1 \
		$machine_qemu $clock </dev/null 2>"$OUT.qemu" || true
	tr -d '\r' <"$OUT.raw" >"$OUT"
	grep -q '^=== end$' "$OUT" || {
		tail -n 20 "$OUT" "$OUT.qemu"
		false
	}
}

@test "rEFInd starts what enable has set, and nothing of it after disable" {
	local line before
	"$TOP/tests/lab/image" bookworm initramfs-tools claim
	"$TOP/tests/lab/rootfs"
	unpack_packages
	system_refind
	line="console=ttyS0 quiet panic=-1 ro rootfstype=ext2 fsck.mode=skip cryptomgr.notests no_timer_check root=/dev/vda intel_iommu=on"
	tree_cmdline "$line initrd=EFI\\debian\\initrd"
	mkrlconf_makes "$line initrd=EFI\\debian\\initrd"
	expect "the lines of mkrlconf's file" "$(wc -l <"$MENU")" 3
	before=$(<"$MENU")
	did enable 02:00.0
	expect "the lines with the words" "$(grep -c 'rd.vfio.claim=02:00.0"$' "$MENU")" 1
	boots_with "$MENU"
	expect "the driver of 02:00.0" "$(lab_driver "$OUT" 02:00.0)" vfio-pci
	expect "the driver of 01:00.0" "$(lab_driver "$OUT" 01:00.0)" bochs-drm
	expect_in "the command line" "$(lab_vfio "$OUT")" "$line rd.vfio.claim=02:00.0 initrd=EFI\\debian"
	did disable
	expect "the file" "$(<"$MENU")" "$before"
	boots_with "$MENU"
	expect "the driver of 02:00.0" "$(lab_driver "$OUT" 02:00.0)" bochs-drm
}
