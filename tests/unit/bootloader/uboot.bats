#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable and disable on a board with U-Boot, with the real u-boot-update of the package u-boot-menu.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

DROP_IN=etc/u-boot-menu/conf.d/zz-vfio-claim.conf

# bats test_tags=slow
@test "U-Boot: there and back, by a drop-in" {
	system_uboot
	goes_there_and_back
	did enable 02:00.0
	expect "what U-Boot reads" "$(grep append "$MENU")" $'\tappend root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0'
	expect "the mode of the drop-in" "$(stat -c %a "$ROOT/$DROP_IN")" 644
	did disable
	is_undone /usr/sbin/u-boot-update
}

# bats test_tags=slow
@test "U-Boot: what is set stays: in /etc/default/u-boot, in another drop-in" {
	system_uboot
	echo 'U_BOOT_PARAMETERS="ro splash"' >>"$ROOT/etc/default/u-boot"
	by_hand u-boot-update
	goes_there_and_back
	echo 'U_BOOT_PARAMETERS="rw console=ttyS2"' >"$ROOT/etc/u-boot-menu/conf.d/10-mine.conf"
	by_hand u-boot-update
	goes_there_and_back
	did enable 02:00.0
	expect "what U-Boot reads" "$(grep append "$MENU")" \
		$'\tappend root=UUID=0b1e rw console=ttyS2 rd.vfio.claim=02:00.0'
}

# bats test_tags=slow
@test "U-Boot: /etc/kernel/cmdline, if nothing else sets the command line" {
	system_uboot
	mkdir -p "$ROOT/etc/kernel"
	echo 'root=UUID=0b1e rw loglevel=4' >"$ROOT/etc/kernel/cmdline"
	by_hand u-boot-update
	goes_there_and_back
	did enable 02:00.0
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" 'root=UUID=0b1e rw loglevel=4 rd.vfio.claim=02:00.0'
	[ ! -e "$ROOT/$DROP_IN" ]
	# Once something else sets it, the words move there, and back.
	echo 'U_BOOT_PARAMETERS="ro quiet"' >>"$ROOT/etc/default/u-boot"
	did enable 02:00.0
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" 'root=UUID=0b1e rw loglevel=4'
	expect "what U-Boot reads" "$(words "$MENU")" 'rd.vfio.claim=02:00.0 '
	sed -i '/^U_BOOT_PARAMETERS/d' "$ROOT/etc/default/u-boot"
	did enable 02:00.0
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" 'root=UUID=0b1e rw loglevel=4 rd.vfio.claim=02:00.0'
	[ ! -e "$ROOT/$DROP_IN" ]
}

@test "U-Boot: a drop-in that replaces the words, and a menu that is not made: undone" {
	system_uboot
	echo 'U_BOOT_PARAMETERS="rw"' >"$ROOT/etc/u-boot-menu/conf.d/zzz.conf"
	by_hand u-boot-update
	refused 1 "which is not what was set" enable 02:00.0
	rm "$ROOT/etc/u-boot-menu/conf.d/zzz.conf"
	by_hand u-boot-update
	echo 'U_BOOT_UPDATE="false"' >>"$ROOT/etc/default/u-boot"
	refused 1 "which is not what was set" enable 02:00.0
}

@test "U-Boot: the entry for the rescue target has the words, but does not count" {
	system_uboot
	sed -i '/^U_BOOT_ALTERNATIVES/d' "$ROOT/etc/default/u-boot"
	by_hand u-boot-update
	did enable 02:00.0
	expect "the entries with them" "$(grep -c 'append.*rd.vfio.claim=02:00.0' "$MENU")" 2
	sed -i '/single/s/rd.vfio.claim=02:00.0//' "$MENU"
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
}

@test "U-Boot: a version without drop-ins takes /etc/default/u-boot, in which the variable must be set" {
	system_uboot
	sed -i 's|/etc/u-boot-menu/conf.d/\*.conf||' "$ROOT/usr/sbin/u-boot-update"
	refused 1 'does not set U_BOOT_PARAMETERS: add U_BOOT_PARAMETERS="ro quiet" to it' enable 02:00.0
	echo 'U_BOOT_PARAMETERS="ro quiet"' >>"$ROOT/etc/default/u-boot"
	by_hand u-boot-update
	goes_there_and_back
}

@test "U-Boot: the default of the menu is the next boot's" {
	system_uboot
	: >"$ROOT/boot/vmlinuz-6.12.0-test"
	echo 'U_BOOT_DEFAULT="l1"' >>"$ROOT/etc/default/u-boot"
	by_hand u-boot-update
	did enable 02:00.0
	sed -i '0,/rd.vfio.claim=02:00.0/s///' "$MENU"
	did plan
	expect_in output "$output" "0000:02:00.0: claimed"
	sed -i 's/^default.*/default l0/' "$MENU"
	did plan
	expect_not_in output "$output" "0000:02:00.0: claimed"
	sed -i '/^default/d' "$MENU"
	did plan
	expect_not_in output "$output" "0000:02:00.0: claimed"
	sed -i 's/^label l1/&\n\tMENU DEFAULT/' "$MENU"
	did plan
	expect_in output "$output" "0000:02:00.0: claimed"
}

@test "U-Boot: what has to be removed by hand, and where" {
	system_uboot
	echo 'U_BOOT_PARAMETERS="ro intel_iommu=off"' >>"$ROOT/etc/default/u-boot"
	by_hand u-boot-update
	vfio check 02:00.0
	expect_in output "$output" \
		"do: remove intel_iommu=off from U_BOOT_PARAMETERS in the settings of u-boot-menu, then run: u-boot-update"
}

@test "U-Boot: words that are only in the settings count for the next boot" {
	system_uboot
	echo 'U_BOOT_PARAMETERS="ro intel_iommu=off"' >>"$ROOT/etc/default/u-boot"
	vfio enable 02:00.0 --dry-run
	expect_in messages "$stderr" "intel_iommu=off"
	echo 'U_BOOT_PARAMETERS="ro"' >"$ROOT/etc/u-boot-menu/conf.d/mine.conf"
	vfio enable 02:00.0 --dry-run
	expect_not_in messages "$stderr" "intel_iommu=off"
}

@test "U-Boot: there is no entry for one boot" {
	system_uboot
	refused 1 "for one boot, copy an entry of /boot/extlinux/extlinux.conf under another label" try 02:00.0
}

@test "U-Boot and GRUB: what has started this system counts" {
	system_debian
	mkdir -p "$ROOT/boot/extlinux"
	printf 'default l0\nlabel l0\n\tlinux /boot/vmlinuz\n\tappend root=UUID=0b1e ro\n' >"$ROOT/boot/extlinux/extlinux.conf"
	tool /usr/sbin/u-boot-update <<<'exit 1 # /etc/u-boot-menu/conf.d'
	did enable 02:00.0
	expect "GRUB's menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	did disable
	mkdir -p "$ROOT/sys/firmware/devicetree/base"
	refused 1 "failed with status 1" enable 02:00.0
	mkdir -p "$ROOT/sys/firmware/efi"
	did enable 02:00.0
}

@test "U-Boot's file that is left over beside systemd-boot's entries is not read" {
	system_systemd_boot
	mkdir -p "$ROOT/boot/extlinux"
	printf 'label l0\n\tlinux /boot/vmlinuz\n\tappend root=UUID=0b1e ro\n' >"$ROOT/boot/extlinux/extlinux.conf"
	did enable 02:00.0
	expect "the entry" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	did disable
	rm -r "$ROOT/boot/loader"
	mkdir -p "$ROOT/sys/firmware/efi"
	refused 1 "cannot tell where this system keeps its kernel command line" enable 02:00.0
}
