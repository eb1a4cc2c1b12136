#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable and disable with limine-entry-tool; a stub that joins its settings as limine-entry-tool.conf describes.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

DROP_IN=etc/limine-entry-tool.d/zz-vfio-claim.conf

@test "Limine: there and back, by a drop-in" {
	system_limine
	goes_there_and_back
	did enable 02:00.0
	expect "the drop-in" "$(tail -n 1 "$ROOT/$DROP_IN")" 'KERNEL_CMDLINE[default]+=" rd.vfio.claim=02:00.0"'
	expect "the line" "$(grep cmdline: "$MENU")" "  cmdline: splash rd.vfio.claim=02:00.0 root=UUID=0b1e rw quiet"
	expect "what made the menu" "$(sort -u "$ROOT/log")" "limine-mkinitcpio "
	did disable
	is_undone /usr/bin/limine-mkinitcpio "an entry in /boot/limine.conf has 'splash root=UUID=0b1e rw quiet', which is not what was set"
	# What it has written by then is undone, too.
	echo old >"$ROOT/boot/0123/linux/initramfs-linux.img"
	printf '\ncd /boot/0123/linux; echo new >initramfs-linux.img; echo new >vmlinuz; exit 3\n' >>"$ROOT/usr/bin/make-menu"
	refused 1 "failed with status 3" enable 02:00.0
	expect "the image" "$(cat "$ROOT/boot/0123/linux/initramfs-linux.img")" old
	[ ! -e "$ROOT/boot/0123/linux/vmlinuz" ]
}

@test "Limine: an entry that the tool does not make of its settings: undone" {
	local before
	system_limine
	sed -i 's/\$(limine-entry-tool [^)]*)/splash root=UUID=0b1e rw quiet/' "$ROOT/usr/bin/make-menu"
	before=$(system_sum)
	refused 1 "an entry in /boot/limine.conf has 'splash root=UUID=0b1e rw quiet', which is not what was set" enable 02:00.0
	same_files "$before"
}

# bats test_tags=slow
@test "Limine: /etc/default/limine with a plain '=' replaces drop-ins: it gets the words" {
	local file text
	system_limine
	file=$ROOT/etc/default/limine
	for text in 'KERNEL_CMDLINE[default]="root=UUID=0b1e rw quiet"\n' 'KERNEL_CMDLINE[default]=root=UUID=0b1e rw' \
		"A=1\nKERNEL_CMDLINE[default]='root=UUID=0b1e'\nKERNEL_CMDLINE[default]+=' quiet'\n"; do
		printf "$text" >"$file"
		by_hand make-menu
		goes_there_and_back
		did enable 02:00.0
		[ ! -e "$ROOT/$DROP_IN" ]
		expect_in "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
		did disable
	done
}

@test "Limine: kernels with a command line of their own get the words; a fallback's does not" {
	system_limine
	printf 'linux\nlinux-zen\nlinux-fallback\n' >"$ROOT/kernels"
	printf 'KERNEL_CMDLINE[linux-zen]="root=UUID=0b1e zen"\nKERNEL_CMDLINE[linux-fallback]="root=UUID=0b1e"\n' \
		>>"$ROOT/etc/default/limine"
	printf 'KERNEL_CMDLINE[linux]+="root=UUID=0b1e own"\n' >>"$ROOT/etc/limine-entry-tool.d/10-distro.conf"
	by_hand make-menu
	before=$(system_sum)
	did enable 02:00.0
	expect "the menu" "$(grep -o 'cmdline: .*' "$MENU")" "cmdline: root=UUID=0b1e own rd.vfio.claim=02:00.0
cmdline: root=UUID=0b1e zen rd.vfio.claim=02:00.0
cmdline: root=UUID=0b1e"
	did disable
	same_files "$before"
}

@test "Limine: root= is not lost if no file sets a command line" {
	system_limine
	rm "$ROOT/etc/limine-entry-tool.d/10-distro.conf"
	printf 'ESP_PATH="/boot"\n' >"$ROOT/etc/default/limine"
	by_hand make-menu
	refused 1 "first add a line to /etc/default/limine: KERNEL_CMDLINE[default]+=\"$CMDLINE\"" enable 02:00.0
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e rw" >"$ROOT/etc/kernel/cmdline"
	by_hand make-menu
	goes_there_and_back
	did enable 02:00.0
	expect "the line" "$(grep -o 'cmdline: .*' "$MENU")" "cmdline: root=UUID=0b1e rw rd.vfio.claim=02:00.0"
	[ ! -e "$ROOT/$DROP_IN" ]
}

@test "Limine: what the tool makes of the settings is checked before the menu is made" {
	system_limine
	printf 'KERNEL_CMDLINE[default]="root=UUID=0b1e"\n' >"$ROOT/etc/limine-entry-tool.d/zzz.conf"
	by_hand make-menu
	refused 1 "limine-entry-tool makes 'root=UUID=0b1e root=UUID=0b1e rw quiet' of the settings for default: another file" \
		enable 02:00.0
	expect "what was run" "$(log)" ""
}

@test "Limine: a file written by hand: its line is named" {
	system_limine
	rm "$ROOT/usr/bin/limine-entry-tool"
	printf 'timeout: 5\n/Arch\n\tprotocol: linux\n\tpath: boot():/vmlinuz-linux\n\tCMDLINE: root=UUID=0b1e rw\n' >"$MENU"
	refused 1 "/boot/limine.conf is written by hand: add rd.vfio.claim=02:00.0 to line 5, at its end" enable 02:00.0
	expect_in message "$stderr" "enroll"
	# GRUB, which has not started this system, does not count.
	mkdir -p "$ROOT/boot/grub"
	printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >"$ROOT/etc/default/grub"
	printf "menuentry 'Arch' {\n\tlinux /vmlinuz-linux root=UUID=0b1e\n}\n" >"$ROOT/boot/grub/grub.cfg"
	tool /usr/bin/grub-mkconfig <<<'exit 3'
	refused 1 "/boot/limine.conf is written by hand: add rd.vfio.claim=02:00.0 to line 5, at its end" enable 02:00.0
	loader "GRUB 2.12"
	refused 1 "failed with status 3" enable 02:00.0
}

@test "Limine and GRUB: what has started this system counts" {
	system_limine
	mkdir -p "$ROOT/boot/grub"
	printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >"$ROOT/etc/default/grub"
	printf "menuentry 'Arch' {\n\tlinux /vmlinuz-linux root=UUID=0b1e\n}\n" >"$ROOT/boot/grub/grub.cfg"
	tool /usr/bin/grub-mkconfig <<<'exit 3'
	vfio enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "run: limine-mkinitcpio"
	loader "GRUB 2.12"
	refused 1 "failed with status 3" enable 02:00.0
}

@test "Limine: words that are only in the settings count for the next boot, but not those that a later file replaces" {
	system_limine
	echo 'KERNEL_CMDLINE[default]+=" intel_iommu=off"' >"$ROOT/etc/limine-entry-tool.d/20-mine.conf"
	vfio enable 02:00.0 --dry-run
	expect_in messages "$stderr" "intel_iommu=off"
	echo 'KERNEL_CMDLINE["linux-lts"]=" quiet"' >"$ROOT/etc/limine-entry-tool.d/30-lts.conf"
	vfio enable 02:00.0 --dry-run
	expect_not_in "messages: which key it is, is not known" "$stderr" "intel_iommu=off"
	rm "$ROOT/etc/limine-entry-tool.d/30-lts.conf"
	echo 'KERNEL_CMDLINE[default]="root=UUID=0b1e rw"' >"$ROOT/etc/default/limine"
	vfio enable 02:00.0 --dry-run
	expect_not_in messages "$stderr" "intel_iommu=off"
}

@test "Limine without settings: the words in /etc/kernel/cmdline count for the next boot" {
	system_limine
	rm "$ROOT/etc/limine-entry-tool.d"/*.conf "$ROOT/etc/default/limine"
	mkdir -p "$ROOT/etc/kernel"
	echo 'root=UUID=0b1e rw intel_iommu=off' >"$ROOT/etc/kernel/cmdline"
	vfio enable 02:00.0 --dry-run
	expect_in messages "$stderr" "intel_iommu=off"
}

@test "Limine: try says what to do instead" {
	system_limine
	refused 1 "for one boot, press e in the menu of Limine, and add rd.vfio.claim=SEL to the command line" try 02:00.0
}
