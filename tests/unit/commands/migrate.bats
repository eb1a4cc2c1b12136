#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim migrate: what other guides have left (docs/migration.md) goes, and claims come, in one transaction; on
# systems made of files whose tools are stubs.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../other_systems
load ../settings

A=0000:01:00.0 # the boot display
B=0000:02:00.0 # its twin
C=0000:03:00.0 # the root disk
D=0000:04:00.0 # a network card

# more: of a system, a boot display, the root on the disk, and a card of which there is one
more() {
	echo 1 >"$PCI/devices/$A/boot_vga"
	tree_device "$D" 8086:1521 020000
	tree_root_on "$C"
	boot_number 1 "$CMDLINE"
}

system() {
	"system_${1:-debian}"
	more
}

# put PATH LINE...: a file of the system
put() {
	mkdir -p "$ROOT${1%/*}"
	printf '%s\n' "${@:2}" >"$ROOT$1"
}

# has PATH LINE...: all of the file
has() {
	expect "$1" "$(cat "$ROOT$1")" "$(printf '%s\n' "${@:2}")"
}

gone() {
	[ ! -e "$ROOT$1" ] || {
		echo "$1 is still there: $(cat "$ROOT$1")"
		return 1
	}
}

# claims LIST: what is set
claims() {
	expect claims "$(words "$MENU")" "rd.vfio.claim=$1 "
}

# migrates [OPTION...]: as shown before, and once
migrates() {
	local before
	before=$(system_sum)
	did migrate "$@" --dry-run
	expect_in "what is shown" "$output" "Settings to be removed:"
	same_files "$before"
	did migrate "$@"
	expect_in output "$output" "check that none of the old settings is left"
	local after
	after=$(system_sum)
	did migrate
	expect_in "the second time" "$output" "Nothing to"
	same_files "$after"
}

@test "nothing to migrate" {
	system
	did migrate
	expect output "$output" "Nothing to migrate: no settings of other guides are left."
	put /etc/modprobe.d/blacklist.conf 'blacklist nouveau'
	did migrate
	expect_in output "$output" "Nothing to change."
}

@test "modprobe.d: ids= become claims, and other options and lines stay" {
	system
	put /etc/modprobe.d/vfio.conf '# the guide' 'options vfio-pci ids=8086:1521 disable_vga=1' \
		'softdep nouveau pre: vfio-pci' 'softdep snd_hda_intel \' ' pre: vfio-pci' 'options kvm ignore_msrs=1'
	put /etc/modprobe.d/stub.conf 'options pci-stub ids="8086:1521"' ''
	put /etc/modprobe.d/alias.conf 'alias pci:v00008086d00001521sv*sd*bc*sc*i* vfio-pci' 'blacklist vfio'
	migrates
	claims 8086:1521
	has /etc/modprobe.d/vfio.conf '# the guide' 'options vfio-pci disable_vga=1' 'options kvm ignore_msrs=1'
	gone /etc/modprobe.d/stub.conf
	gone /etc/modprobe.d/alias.conf
	expect "the image" "$(grep -c make-image "$ROOT/log")" 1
}

@test "modprobe.d: lines that go on behind a backslash" {
	system
	put /etc/modprobe.d/a.conf 'options vfio-pci \' '  ids=8086:1521 \' '  disable_vga=1' '# end'
	migrates
	claims 8086:1521
	has /etc/modprobe.d/a.conf 'options vfio-pci disable_vga=1' '# end'
}

@test "modprobe.d: lines that do more than load vfio stay, and are named" {
	system
	put /etc/modprobe.d/a.conf 'softdep nvidia pre: vfio-pci i2c_core' \
		'install nvidia /sbin/modprobe vfio-pci; /sbin/modprobe -i nvidia && /usr/bin/nvidia-modprobe' \
		'softdep nouveau pre: vfio-pci vfio_iommu_type1 post: vfio'
	put /etc/driverctl.d/pci-0000:04:00.0 vfio-pci
	did migrate
	expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "Settings to be kept:"
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "do: remove the modules of vfio from the line; it names others, too"
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "do: remove what is about vfio from the command, or the line if nothing else is left"
	has /etc/modprobe.d/a.conf 'softdep nvidia pre: vfio-pci i2c_core' \
		'install nvidia /sbin/modprobe vfio-pci; /sbin/modprobe -i nvidia && /usr/bin/nvidia-modprobe'
	claims 8086:1521
}

@test "twins: never guessed; named, by one or both" {
	system
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=10de:1e07,8086:1521'
	refused 1 "the old settings do not tell which of these devices are meant: $A [10de:1e07] (the boot display), $B [10de:1e07]; name those that are to be claimed: 'vfio-claim migrate SEL...'" \
		migrate </dev/null
	refused 1 "do not tell which" migrate --json </dev/null
	migrates 02:00.0
	claims 8086:1521,02:00.0
	gone /etc/modprobe.d/vfio.conf
	did disable
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=10de:1e07'
	did migrate 01:00.0,02:00.0
	claims 01:00.0,02:00.0
}

# answer TEXT COMMAND...: at a terminal
answer() {
	run script -qec "$VFIO_CLAIM --sysroot $ROOT ${*:2}" /dev/null < <(printf '%b' "$1")
	output=${output//$'\r'/}
}

@test "twins: asked for on a terminal" {
	system
	type -P script >/dev/null || skip "script(1) is not installed"
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=10de:1e07'
	answer 'n\ny\nn\n' migrate
	expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "The old settings may mean $A [10de:1e07] (the boot display). Claim it?"
	claims 02:00.0
	did disable
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=10de:1e07'
	answer 'n\nn\n' migrate
	expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "the old settings match no device of this machine"
	expect status "$status" 1
	has /etc/modprobe.d/vfio.conf 'options vfio-pci ids=10de:1e07'
}

@test "what this system needs is not claimed; what is not here neither" {
	system
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=144d:a808,8086:1521,1af4:1000'
	migrates
	claims 8086:1521
	did disable
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=144d:a808,1af4:1000'
	refused 1 "the old settings match no device of this machine" migrate
	expect_in message "$stderr" "warning: the old settings give $C [144d:a808] to vfio-pci, and this system needs it: it is not claimed"
}

@test "lists of modules, driverctl, udev" {
	system
	put /etc/modules 'loop' 'vfio' 'vfio-pci ids=8086:1521' '# end'
	put /etc/modules-load.d/vfio.conf vfio vfio_iommu_type1 vfio_virqfd vfio_pci
	put /etc/initramfs-tools/modules vfio_pci 'nvme'
	put /etc/driverctl.d/pci-0000:02:00.0 vfio-pci
	put /etc/driverctl.d/pci-0000:01:00.0 nvidia
	put /etc/udev/rules.d/10-vfio.rules '# mine' \
		'ACTION=="add", KERNEL=="0000:02:00.0", SUBSYSTEM=="pci", \' ' ATTR{driver_override}="vfio-pci"' \
		'SUBSYSTEM=="usb", MODE="0666"'
	migrates
	claims 02:00.0,8086:1521
	has /etc/modules loop '# end'
	gone /etc/modules-load.d/vfio.conf
	has /etc/initramfs-tools/modules nvme
	gone /etc/driverctl.d/pci-0000:02:00.0
	has /etc/driverctl.d/pci-0000:01:00.0 nvidia
	has /etc/udev/rules.d/10-vfio.rules '# mine' 'SUBSYSTEM=="usb", MODE="0666"'
}

@test "udev: a rule for an ID that twins have" {
	system
	put /etc/udev/rules.d/10-vfio.rules 'ATTR{vendor}=="0x10de", ATTR{device}=="0x1e07", ATTR{driver_override}="vfio-pci"'
	refused 1 "do not tell which of these devices are meant: $A [10de:1e07] (the boot display), $B" migrate
	migrates 02:00.0
	claims 02:00.0
	gone /etc/udev/rules.d/10-vfio.rules
}

@test "udev: a rule that dracut has put into an image which is complete otherwise" {
	system centos9
	# What dracut's module udev-rules does for an image of this machine (install(), "if [[ $hostonly ]]").
	tool /usr/sbin/dracut <<-'END'
		set -- made=1 usr/lib/vfio-claim/vfio-claim-boot
		for file in /etc/udev/rules.d/*.rules; do
			[ ! -e "$file" ] || set -- "$@" "${file#/}=$(cat "$file")"
		done
		pack-image "$@" >/boot/initramfs-6.1.0-test.img
	END
	put /etc/udev/rules.d/10-vfio.rules 'KERNEL=="0000:02:00.0", ATTR{driver_override}="vfio-pci"'
	did enable 04:00.0
	chroot "$ROOT" dracut
	grep -aq 10-vfio.rules "$ROOT/boot/initramfs-$KVER.img"
	did enable 04:00.0
	grep -aq 10-vfio.rules "$ROOT/boot/initramfs-$KVER.img" # for enable alone, it is complete
	migrates
	claims 04:00.0,02:00.0
	run grep -aq 10-vfio.rules "$ROOT/boot/initramfs-$KVER.img"
	expect "rules in the image" "$status" 1
}

# bats test_tags=slow
@test "udev: conditions that cannot be judged, and rules that are skipped: the user must say" {
	local rule
	for rule in 'ATTR{vendor}=="0x10de", ENV{ID_PATH}=="pci-0000:02:00.0", ' 'ATTR{vendor}=="0x10de", TEST=="rom", ' \
		'ATTR{vendor}=="0x10de", TAG!="seat", ' 'ATTR{vendor}=="0x10de", PROGRAM="/bin/of-guest %k", ' \
		'ATTR{vendor}=="0x10de", ATTR{label}=="x", ' \
		'ENV{ID_PATH}=="pci-0000:0[12]:00.0", KERNEL=="0000:0[12]:00.0", ' \
		'SUBSYSTEM!="pci", GOTO="end"
ATTR{vendor}=="0x10de", '; do
		rm -rf "$ROOT"
		system
		tree_device "$B" 10de:2204 030000
		put /etc/udev/rules.d/10-vfio.rules "${rule}ATTR{driver_override}=\"vfio-pci\""
		put /etc/driverctl.d/pci-0000:04:00.0 vfio-pci
		refused 1 "do not tell which of these devices are meant: $A [10de:1e07] (the boot display), $B [10de:2204]; name" migrate
	done
	did migrate 02:00.0
	claims 8086:1521,02:00.0
	# Malformed
	rm -rf "$ROOT"
	system
	tree_device "$B" 10de:2204 030000
	put /etc/udev/rules.d/10-vfio.rules 'ATTR{vendor}=="0x10de", ATTR{driver_override}="vfio-pci", KERNEL<"x"'
	refused 1 "do not tell which of these devices are meant: $A [10de:1e07] (the boot display), $B [10de:2204]; name" migrate
	# It need not be for vfio-pci.
	put /etc/udev/rules.d/10-vfio.rules 'KERNEL=="0000:02:00.0", RUN+="/bin/sh -c '"'echo %k >/sys/bus/pci/drivers/nvidia/unbind'"'"'
	put /etc/driverctl.d/pci-0000:04:00.0 vfio-pci
	refused 1 "do not tell which of these devices are meant: $B [10de:2204]; name" migrate
	put /etc/udev/rules.d/10-vfio.rules 'KERNEL=="0000:02:00.0", RUN+="/bin/sh -c '"'echo %k >/sys/bus/pci/drivers/nvidia/unbind'"'", \
		RUN+="/bin/sh -c '"'echo %k >/sys/bus/pci/drivers/vfio-pci/bind'"'"'
	did migrate
	claims 10de:2204,8086:1521
	gone /etc/udev/rules.d/10-vfio.rules
	# A place that only such a condition names.
	rm -rf "$ROOT"
	system
	put /etc/udev/rules.d/10-vfio.rules 'ENV{ID_PATH}=="pci-0000:02:00.0", ATTR{driver_override}="vfio-pci"'
	put /etc/driverctl.d/pci-0000:04:00.0 vfio-pci
	refused 1 "do not tell which of these devices are meant: $B [10de:1e07]; name" migrate
	# ACTION excludes no device.
	put /etc/udev/rules.d/10-vfio.rules 'ACTION=="add", ATTR{vendor}=="0x144e|0x8086", ATTR{driver_override}="vfio-pci"'
	did migrate
	claims 8086:1521
}

@test "udev: rules that have another purpose, too, stay and are named" {
	local rule
	for rule in 'KERNEL=="0000:02:00.0", RUN+="/bin/sh -c '"'echo %k >/sys/bus/pci/drivers/nvidia/unbind'"'"' \
		'KERNEL=="0000:02:00.0", ATTR{driver_override}="vfio-pci", RUN+="/usr/local/bin/fan 40"' \
		'LABEL="end", KERNEL=="0000:02:00.0", ATTR{driver_override}="vfio-pci"'; do
		rm -rf "$ROOT"
		system
		put /etc/udev/rules.d/10-vfio.rules "$rule"
		put /etc/driverctl.d/pci-0000:04:00.0 vfio-pci
		did migrate 02:00.0
		expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "Settings to be kept: /etc/udev/rules.d/10-vfio.rules:1: a rule"
		has /etc/udev/rules.d/10-vfio.rules "$rule"
		expect_in claims "$(words "$MENU")" "02:00.0"
	done
}

@test "GRUB's settings: all words of the guide go, others stay" {
	system
	put /etc/default/grub 'GRUB_DEFAULT=0' \
		'GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=8086:1521 amd_iommu=on video=efifb:off"' \
		'GRUB_CMDLINE_LINUX="rd.driver.pre=vfio-pci pci-stub.ids=8086:1521 vfio-pci.ids=8086:1521"'
	put /etc/default/grub.d/90-mine.cfg 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modules-load=vfio-pci,loop"'
	chroot "$ROOT" update-grub
	boot_number 2 "$CMDLINE vfio-pci.ids=8086:1521 rd.driver.pre=vfio-pci"
	migrates
	claims 8086:1521
	has /etc/default/grub 'GRUB_DEFAULT=0' \
		'GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on video=efifb:off"' 'GRUB_CMDLINE_LINUX=""'
	expect_not_in menu "$(cat "$MENU")" "vfio-pci.ids"
	has /etc/default/grub.d/90-mine.cfg 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modules-load=vfio-pci,loop"'
	did migrate
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "modules-load=vfio-pci,loop: it makes the image load vfio"
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "video=efifb:off"
}

@test "other places of the command line" {
	local name
	for name in centos7 centos8 centos9 systemd_boot; do
		rm -rf "$ROOT"
		system "$name"
		[ "$name" != centos8 ] || MENU=$ROOT/boot/grub2/grubenv
		case $name in
			centos7)
				sed -i 's/rhgb quiet/rhgb vfio-pci.ids=8086:1521 quiet rd.driver.pre=vfio-pci/' "$ROOT/etc/default/grub"
				chroot "$ROOT" grub2-mkconfig -o /boot/grub2/grub.cfg
				chroot "$ROOT" grub2-mkconfig -o /boot/efi/EFI/centos/grub.cfg
				;;
			centos*) chroot "$ROOT" grubby --update-kernel=ALL --args="vfio-pci.ids=8086:1521 rd.driver.pre=vfio-pci" ;;
			*) sed -i 's/ quiet/ quiet vfio-pci.ids=8086:1521 rd.driver.pre=vfio-pci/' "$MENU" ;;
		esac
		grep -q vfio-pci.ids "$MENU"
		: >"$ROOT/log"
		migrates
		claims 8086:1521
		expect_not_in "the menu of $name" "$(tr -d '\0' <"$MENU")" "vfio-pci.ids"
		expect_not_in "the menu of $name" "$(tr -d '\0' <"$MENU")" "rd.driver.pre"
	done
}

@test "dracut and mkinitcpio: words of lists" {
	system centos9
	put /etc/dracut.conf.d/vfio.conf 'add_drivers+=" vfio vfio_iommu_type1 loop "' 'force_drivers+=" vfio_pci "' \
		'kernel_cmdline+=" rd.driver.pre=vfio-pci "'
	put /etc/mkinitcpio.conf '# MODULES=(vfio_pci)' 'MODULES=(vfio_pci vfio btrfs' ' vfio_iommu_type1)' 'HOOKS=(base)'
	put /etc/driverctl.d/pci-0000:02:00.0 vfio-pci
	migrates
	has /etc/dracut.conf.d/vfio.conf 'add_drivers+=" loop "' 'force_drivers+=" "' 'kernel_cmdline+=" "'
	has /etc/mkinitcpio.conf '# MODULES=(vfio_pci)' 'MODULES=(btrfs' ')' 'HOOKS=(base)'
	claims 02:00.0
}

SCRIPT=/etc/initramfs-tools/scripts/init-top/vfio.sh

@test "scripts, services, files of packages: they stay, and are named; a grave one stops it" {
	system
	put /etc/modprobe.d/vfio.conf 'install vfio-pci /sbin/vfio-override.sh'
	put /sbin/vfio-override.sh '#!/bin/sh' 'for d in 0000:02:00.0; do' 'echo vfio-pci >/sys/bus/pci/devices/$d/driver_override' 'done'
	put /usr/lib/modprobe.d/package.conf 'softdep nouveau pre: vfio-pci'
	put /etc/rc.local '#!/bin/sh' 'echo 8086 1521 >/sys/bus/pci/drivers/vfio-pci/new_id'
	refused 1 "do not tell which of these devices are meant: $B [10de:1e07], $D [8086:1521]" migrate
	migrates 02:00.0
	claims 02:00.0
	gone /etc/modprobe.d/vfio.conf
	[ -e "$ROOT/usr/lib/modprobe.d/package.conf" ]
	did migrate
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "/usr/lib/modprobe.d/package.conf:1: this 'softdep' line"
	expect_in "what stays" "$(tr -s '\n ' ' ' <<<"$output")" "/etc/rc.local:2: a script from another guide: it writes new_id"
	# It takes the disk.
	put /etc/modules vfio-pci
	put "$SCRIPT" '#!/bin/sh' 'modprobe vfio-pci' 'echo 144d a808 >/sys/bus/pci/drivers/vfio-pci/new_id'
	refused 1 "$SCRIPT:3: a script from another guide: it writes new_id" migrate 02:00.0
	expect_in message "$stderr" "remove it yourself first: rm $SCRIPT && update-initramfs -u -k all"
	expect_in message "$stderr" "nothing was changed"
}

@test "what enable refuses, migrate refuses, and what is set stays set" {
	system
	did enable 04:00.0 --option vfio-pci.x=1 --dry-run || :
	did enable 04:00.0
	put /etc/driverctl.d/pci-0000:02:00.0 vfio-pci
	refused 1 "this system needs it for /" migrate 03:00.0
	migrates
	claims 04:00.0,02:00.0
	refused 2 "'zz' is not a selector" migrate zz
}

@test "a line that cannot be changed; a word that another file brings back" {
	system
	put /etc/modprobe.d/vfio.conf 'options vfio-pci "ids=8086:1521"'
	put /etc/default/grub 'GRUB_DEFAULT=0' 'GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=\"8086:1521\""'
	did migrate --dry-run || expect_in message "$stderr" "only you can change"
	put /etc/default/grub 'GRUB_DEFAULT=0' 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"'
	tool /usr/sbin/update-grub <<'END'
echo update-grub >>/log
grub-mkconfig -o /boot/grub/grub.cfg
echo "options vfio-pci ids=8086:1521" >/etc/modprobe.d/again.conf
END
	local before
	before=$(system_sum)
	vfio migrate
	expect status "$status" 1
	expect_in message "$stderr" "could not be removed: /etc/modprobe.d/again.conf:1"
	rm "$ROOT/etc/modprobe.d/again.conf"
	same_files "$before"
}

@test "--json" {
	system
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=8086:1521' 'blacklist nouveau'
	put /etc/rc.local '#!/bin/sh' 'echo vfio-pci >/sys/bus/pci/devices/0000:04:00.0/driver_override'
	did migrate --json
	"$TOP/tests/unit/json-value" enable <<<"$output"
	expect document "$(jq -c '[.command, .ok, .changed, .words, (.removed | length), (.left | map(split(":")[0]))]' <<<"$output")" \
		'["migrate",true,true,"rd.vfio.claim=8086:1521",1,["/etc/modprobe.d/vfio.conf","/etc/rc.local"]]'
	did migrate --json
	expect document "$("$TOP/tests/unit/json-value" enable '[d["changed"], d["removed"]]' <<<"$output")" '[false, []]'
}

@test "a step that fails, and one that is killed: all is as it was before" {
	system
	put /etc/modprobe.d/vfio.conf 'options vfio-pci ids=8086:1521'
	put /etc/modules vfio_pci
	put /etc/driverctl.d/pci-0000:02:00.0 vfio-pci
	cp "$ROOT/usr/sbin/update-initramfs" "$BATS_TEST_TMPDIR/tool"
	tool /usr/sbin/update-initramfs <<<'echo "no space here" >&2; exit 3'
	local before
	before=$(system_sum)
	vfio migrate
	expect status "$status" 1
	expect_in message "$stderr" "all is as it was before"
	same_files "$before"
	tool /usr/sbin/update-initramfs <<<'kill -TERM "$PPID"; exec make-image "$@"'
	before=$(system_sum)
	vfio migrate
	expect status "$status" 143
	same_files "$before"
	cp "$BATS_TEST_TMPDIR/tool" "$ROOT/usr/sbin/update-initramfs"
	migrates
}
