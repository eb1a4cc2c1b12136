#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Systems whose kernel command line or images are not ours to change: what to do instead is said, and nothing is changed.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

@test "Void, Gentoo: /etc/default/grub and dracut, there and back" {
	system_void
	goes_there_and_back
	is_undone /usr/sbin/grub-mkconfig
	packed "$IMAGE" "old"
	: >"$ROOT/log"
	did enable 02:00.0
	expect_in "what was run" "$(log)" "make-image --force /boot/initramfs-$KVER.img $KVER"
}

@test "ugrd, booster: a generator that cannot include vfio-claim is named" {
	local name
	system_void
	rm "$ROOT/usr/bin/dracut"
	for name in ugrd booster genkernel mkinitfs; do
		tool "/usr/bin/$name" <<<'exit 1'
		refused 1 "$name makes the images of this system, and it cannot include vfio-claim: use dracut" enable 02:00.0
		rm "$ROOT/usr/bin/$name"
	done
	tool /usr/bin/ugrd <<<'exit 1'
	tool /usr/bin/dracut <<<'exec make-image "$@"'
	did enable 02:00.0
}

@test "Ubuntu Core, and Ubuntu with a disk that the TPM unlocks: what snapd can do is said" {
	local word
	system_debian
	for word in snapd_recovery_mode=run "snap_core=core18_1.snap snap_kernel=pc-kernel_1.snap"; do
		tree_cmdline "$word console=tty1 panic=-1"
		refused 1 "snapd starts this system from a kernel snap" enable 02:00.0
		expect_in message "$stderr" "snap set system system.kernel.cmdline-append=vfio-pci.ids=VENDOR:DEVICE"
	done
}
