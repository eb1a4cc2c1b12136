#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the members of an IOMMU group mean for a claim: in the boot's log, in plan, check, status, claim and enable.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

A=0000:01:00.0
B=0000:02:00.0
C=0000:03:00.0
VMD=0000:00:0e.0
DRIVE=10000:e1:00.0
WIFI=10000:e2:00.0

setup() {
	machine_make
	tree_device "$A" 10de:1e07 030000 nouveau
	tree_device "$B" 10de:1e07 030000 nouveau
	tree_modprobe
}

teardown() {
	tree_stop
}

ask() {
	# shellcheck disable=SC2154 # run sets it
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
}

# finds LEVEL PIECE: check has a line of this level with this in it
finds() {
	# shellcheck disable=SC2154
	grep -e "^$1 " <<<"$output" | grep -qF -e "$2" || {
		printf 'no %s "%s" in:\n%s\n' "$1" "$2" "$output"
		return 1
	}
}

# boots CMDLINE SLOT...: from power-on to the real root; what is to be claimed has no driver yet
boots() {
	local device
	rm -rf "$ROOT/run/vfio-claim"
	: >"$ROOT/dev/kmsg"
	tree_cmdline "$1"
	shift
	for device in "$PCI"/devices/*; do
		echo '(null)' >"$device/driver_override"
	done
	for device; do
		rm -f "$PCI/devices/$device/driver"
	done
	boot reserve
	boot bind
}

# taken SLOT...: after a boot these are on vfio-pci
taken() {
	local slot
	for slot; do
		ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$slot/driver"
	done
}

# protect LINE...: what the image knows of the system
protect() {
	printf '%s\n' "$@" >"$ROOT/usr/lib/vfio-claim/protected"
}

# keyboard SLOT NAME [LOWEST-KEYS]: one behind that controller
keyboard() {
	local dir
	dir=$(readlink -f "$PCI/devices/$1")/usb1/1-1/1-1:1.0/input/$2
	mkdir -p "$dir/capabilities" "$ROOT/sys/class/input"
	echo "10000 7ff ${3:-fffffffffffffffe}" >"$dir/capabilities/key"
	ln -sfnr "$dir" "$ROOT/sys/class/input/$2"
}

# --- drivers that leave a group

@test "a host bridge without a driver: in no log, plan or check, and group=1 does not take it" {
	tree_device 0000:00:01.0 1022:1452 060000
	tree_device 0000:00:01.1 1022:1453 060400 pcieport
	tree_device 0000:02:00.1 10de:10f7 040300
	tree_group 9 0000:00:01.0 0000:00:01.1 "$B" 0000:02:00.1
	ask plan --cmdline "rd.vfio.claim=02:00.* rd.vfio.group=1"
	expect status "$status" 0
	expect plan "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.*)
0000:02:00.1: claimed by vfio-pci (rd.vfio.claim=02:00.*)"
	ask check "02:00.*"
	finds ok "$B: nothing else in its IOMMU group 9 would stay with the host"
	boots "rd.vfio.claim=02:00.* rd.vfio.group=1" "$B"
	expect status "$status" 0
	expect reserved "$(reserved)" "$B 0000:02:00.1"
	expect_not_in log "$(log)" 00:01
	ask status
	expect status "$status" 0
	expect_not_in output "$output" 00:01
	boots "rd.vfio.claim=02:00.*" "$B" 0000:02:00.1
	expect_not_in log "$(log)" 00:01
	# Who names it himself gets it.
	boots "rd.vfio.claim=02:00.*,00:01.0" "$B" 0000:02:00.1
	expect reserved "$(reserved)" "0000:00:01.0 $B 0000:02:00.1"
}

@test "an ISA bridge without a driver: check does not advise to claim it with the board's other functions" {
	tree_device 0000:00:1f.0 8086:a305 060100
	tree_device 0000:00:1f.3 8086:a348 040300 snd_hda_intel
	tree_device 0000:00:1f.4 8086:a323 0c0500 i801_smbus
	tree_group 7 0000:00:1f.{0,3,4}
	ask check 00:1f.3
	finds problem "its IOMMU group 7 also has 0000:00:1f.4 (i801_smbus), which with its own driver keeps it from being passed through; claim them as well; do: vfio-claim enable '00:1f.3,00:1f.4'"
	# With a driver it is in the way, and goes with them.
	rm "$PCI/devices/0000:00:1f.0" && tree_device 0000:00:1f.0 8086:a305 060100 lpc_ich
	tree_group 7 0000:00:1f.{0,3,4}
	ask check 00:1f.3
	finds problem "claim the card as a whole; do: vfio-claim enable '00:1f.*'"
}

@test "a host bridge with a driver of the host is in the way like anything else" {
	tree_device 0000:00:01.0 1022:1452 060000 k10temp
	tree_group 9 0000:00:01.0 "$B"
	ask plan 02:00.0
	expect_in plan "$output" "0000:00:01.0: left alone: its driver keeps the IOMMU group from being passed through"
	boots "rd.vfio.claim=02:00.0" "$B"
	expect_in log "$(log)" "<4>vfio-claim: 0000:00:01.0: left alone: its driver keeps"
	taken "$B"
	ask status
	expect status "$status" 1
	boots "rd.vfio.claim=02:00.0 rd.vfio.group=1" "$B"
	# It goes with the card, although this machine of files has nothing that would take it from its driver.
	expect_in log "$(log)" "0000:00:01.0: not claimed: binding it to vfio-pci"
}

@test "pci-stub, pcieport, vfio-pci and its variants leave a group; all other drivers keep it" {
	local driver word
	for driver in pci-stub pcieport vfio-pci mlx5_vfio_pci nvgrace-gpu-vfio-pci xe-vfio-pci; do
		tree_device "$C" 8086:1521 020000 "$driver"
		tree_group 9 "$B" "$C"
		boots "rd.vfio.claim=02:00.0" "$B"
		taken "$B"
		expect_not_in "log with $driver" "$(log)" "$C"
		ask status
		expect "status with $driver" "$status" 0
	done
	for driver in igb nvidia uio_pci_generic; do
		tree_device "$C" 8086:1521 020000 "$driver"
		tree_group 9 "$B" "$C"
		boots "rd.vfio.claim=02:00.0" "$B"
		expect "status of the boot with $driver" "$status" 0
		taken "$B"
		expect_in "log with $driver" "$(log)" "$C: left alone: its driver keeps"
		ask status
		expect "status with $driver" "$status" 1
		word=$(xargs <<<"$output")
		expect_in status "$word" "$C on $driver: its driver keeps the IOMMU group"
		expect_in status "$word" "$B is claimed, but it cannot be passed through: another device in its IOMMU group 9 has a driver of the host."
	done
	ask status --json
	expect ok "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["ok"])' <<<"$output")" False
}

@test "a member without a driver: plan and check ask the kernel's modules, the boot says if" {
	tree_device "$C" 8086:1521 020000
	tree_group 9 "$B" "$C"
	ask plan 02:00.0
	expect plan "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	ask check 02:00.0
	finds ok "$B: nothing else in its IOMMU group 9"
	native igb 'pci:v00008086d00001521sv*sd*bc*sc*i*'
	ask plan 02:00.0
	expect_in plan "$output" "$C: left alone: if a driver takes it, it keeps the IOMMU group from being passed through; see rd.vfio.group=1 (rd.vfio.claim=02:00.0)"
	ask check 02:00.0
	finds warning "$B: its IOMMU group 9 also has $C, which"
	boots "rd.vfio.claim=02:00.0" "$B"
	expect status "$status" 0
	expect_in log "$(log)" "<4>vfio-claim: $C: left alone: if a driver takes it, it keeps the IOMMU group"
	taken "$B"
	# Nobody has taken it.
	ask status
	expect status "$status" 0
	expect_not_in output "$output" "$C"
}

@test "a driver that is built in takes it, too; what cannot be found out is in the way" {
	tree_device "$C" 8086:1521 020000
	tree_group 9 "$B" "$C"
	printf 'igb.alias=pci:v00008086d00001521sv*sd*bc*sc*i*\0' >"$ROOT/lib/modules/$KVER/modules.builtin.modinfo"
	echo kernel/drivers/net/igb.ko >>"$ROOT/lib/modules/$KVER/modules.builtin"
	depmod -b "$ROOT" "$KVER" 2>/dev/null
	ask plan 02:00.0
	expect_in plan "$output" "$C: left alone: if a driver takes it"
	rm "$ROOT/lib/modules/$KVER/modules.dep.bin"
	ask plan 02:00.0
	expect_in plan "$output" "$C: left alone: if a driver takes it"
}

# --- what is kept

@test "two cards in one group and keep=boot-vga: no virtual machine can have the other, and that is said" {
	tree_group 9 "$A" "$B"
	echo 1 >"$PCI/devices/$A/boot_vga"
	ask plan --cmdline "rd.vfio.claim=10de:1e07 rd.vfio.keep=boot-vga"
	expect status "$status" 0
	expect plan "$output" "$A: left alone: rd.vfio.keep=boot-vga keeps it; its driver keeps the IOMMU group from being passed through
$B: claimed by vfio-pci (rd.vfio.claim=10de:1e07)"
	boots "rd.vfio.claim=10de:1e07 rd.vfio.keep=boot-vga" "$B"
	expect status "$status" 0
	expect_in log "$(log)" "<4>vfio-claim: $A: left alone: rd.vfio.keep=boot-vga keeps it; its driver keeps the IOMMU group from being passed through"
	taken "$B"
	ask status
	expect status "$status" 1
	expect_in output "$(xargs <<<"$output")" "$A on nouveau: rd.vfio.keep=boot-vga keeps it; its driver keeps the IOMMU group from being passed through"
	# In a group of its own it is nobody's concern.
	tree_group 10 "$A"
	ask status
	expect status "$status" 0
	ask plan --cmdline "rd.vfio.claim=10de:1e07 rd.vfio.keep=boot-vga"
	expect_in plan "$output" "$A: left alone: rd.vfio.keep=boot-vga keeps it
"
}

@test "a kept neighbour that nobody named counts, and group=1 is no advice for it" {
	tree_group 9 "$A" "$B"
	ask plan --cmdline "rd.vfio.claim=02:00.0 rd.vfio.keep=01:00.0"
	expect_in plan "$output" "$A: left alone: rd.vfio.keep=01:00.0 keeps it; its driver keeps the IOMMU group from being passed through"
	expect_not_in plan "$output" rd.vfio.group
	boots "rd.vfio.claim=02:00.0 rd.vfio.keep=01:00.0" "$B"
	expect status "$status" 0
	taken "$B"
	ask status
	expect status "$status" 1
	tree_device "$A" 10de:1e07 030000 pci-stub
	tree_group 9 "$A" "$B"
	ask status
	expect status "$status" 0
}

# --- what this system needs

@test "a group that a protected member spoils: what is named is claimed with a warning, group=1 adds nothing" {
	local group
	tree_device "$C" 144d:a808 010802 nvme
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_group 9 "$B" 0000:02:00.1 "$C"
	tree_root_on "$C"
	protect "$C@144d:a808 /"
	for group in 0 1; do
		ask plan --cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=$group"
		expect "status with group=$group" "$status" "$group"
		expect_in plan "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0); it cannot be passed through: this system needs $C in its IOMMU group"
		expect_in plan "$output" "0000:02:00.1: left alone: it cannot be passed through: this system needs $C in its IOMMU group"
		expect_in plan "$output" "$C: left alone: this system needs it for /; its driver keeps the IOMMU group from being passed through (rd.vfio"
		expect_not_in plan "$output" "see rd.vfio.group"
		boots "rd.vfio.claim=02:00.0 rd.vfio.group=$group" "$B"
		expect "status of the boot with group=$group" "$status" "$group"
		expect "reserved with group=$group" "$(reserved)" "$B"
		expect_in log "$(log)" "<4>vfio-claim: $B: "
		expect_in log "$(log)" "; it cannot be passed through: this system needs $C in its IOMMU group"
	done
	# Whoever overrules the protection gets the group.
	boots "rd.vfio.claim=02:00.0 rd.vfio.group=1 rd.vfio.force=03:00.0" "$B" 0000:02:00.1 "$C"
	expect reserved "$(reserved)" "$B 0000:02:00.1 $C"
}

@test "a protected member: check gives no command that would take it" {
	tree_device "$C" 144d:a808 010802 nvme
	tree_group 9 "$B" "$C"
	tree_root_on "$C"
	ask check 02:00.0
	finds problem "$B: its IOMMU group 9 also has $C (nvme), which with its own driver keeps it from being passed through; this system needs $C for /; put the card into another slot"
	expect "advice" "$(grep -c "IOMMU group 9.*do: " <<<"$output")" 0
}

# --- VMD

vmd_machine() {
	local vmd
	tree_device "$VMD" 8086:9a0b 010400 vmd
	vmd=$(readlink -f "$PCI/devices/$VMD")
	tree_device "$DRIVE" 144d:a808 010802 nvme "$VMD"
	mkdir "$vmd/pci10000:e1"
	mv "$vmd/$DRIVE" "$vmd/pci10000:e1/"
	ln -sfn "../../../devices/pci0000:00/$VMD/pci10000:e1/$DRIVE" "$PCI/devices/$DRIVE"
	tree_device "$WIFI" 8086:2725 028000 iwlwifi
	tree_group 5 "$VMD" "$DRIVE" "$WIFI"
}

@test "VMD: claimed as a whole, what is behind it is no neighbour" {
	vmd_machine
	ask plan 00:0e.0
	expect status "$status" 0
	expect plan "$output" "$VMD: claimed by vfio-pci (rd.vfio.claim=00:0e.0)"
	expect_in messages "$stderr" "warning: $DRIVE is behind a VMD controller that is claimed, and disappears from the host with it"
	ask check 00:0e.0
	finds ok "$VMD: nothing else in its IOMMU group 5"
	boots "rd.vfio.claim=00:0e.0 rd.vfio.group=1" "$VMD"
	expect reserved "$(reserved)" "$VMD"
	expect_not_in log "$(log)" 10000:
	# Who names both gets the controller, and the next boot has no other.
	boots "rd.vfio.claim=00:0e.0,144d:a808" "$VMD"
	expect_not_in log "$(log)" "$DRIVE: "
	expect reserved "$(reserved)" "$VMD"
	ask plan 00:0e.0,144d:a808
	expect status "$status" 1
	expect_in plan "$output" "rd.vfio.claim=144d:a808: no such device"
}

@test "VMD: what is behind it cannot be parted" {
	vmd_machine
	ask plan --cmdline "rd.vfio.claim=144d:a808 rd.vfio.group=1"
	expect_in plan "$output" "$DRIVE: claimed by vfio-pci (rd.vfio.claim=144d:a808); it cannot be passed through: it is behind the VMD controller $VMD, which can only be claimed as a whole"
	expect_in plan "$output" "$VMD: left alone: its driver keeps the IOMMU group from being passed through; claim it instead of what is behind it"
	ask check 144d:a808
	finds problem "$DRIVE: it cannot be passed through: it is behind the VMD controller $VMD, whose devices cannot be separated; claim the controller, which takes everything behind it from the host, or turn VMD off in the firmware setup; do: vfio-claim enable '00:0e.0'"
	boots "rd.vfio.claim=144d:a808 rd.vfio.group=1" "$DRIVE"
	expect reserved "$(reserved)" "$DRIVE"
	taken "$DRIVE"
	ask status
	expect status "$status" 1
	# Where the firmware has VMD off, drive and network are what they always were.
	tree_device "$VMD" 8086:9a0b 010400 -
	rm "$PCI/devices/$VMD/driver"
	tree_device "$C" 144d:a808 010802 nvme
	ask plan 03:00.0
	expect plan "$output" "$C: claimed by vfio-pci (rd.vfio.claim=03:00.0)"
}

@test "VMD: where nobody claims it, what is behind it stays, also the disk of which the claim is a twin" {
	vmd_machine
	tree_root_on "$DRIVE"
	tree_device "$C" 144d:a808 010802 nvme
	ask plan 03:00.0
	expect plan "$output" "$C: claimed by vfio-pci (rd.vfio.claim=03:00.0)"
	expect_not_in messages "$stderr" "disappears from the host"
}

# --- advice

@test "advice says that it takes the only display, or the boot display" {
	tree_device "$B" 8086:1521 020000 igb
	tree_group 9 "$A" "$B"
	ask check 02:00.0
	finds problem "; $A is the only display that the host would have; do: vfio-claim enable '02:00.0,01:00.0'"
	tree_device "$C" 1002:73bf 030000 amdgpu
	ask check 02:00.0
	expect "$output" "$(grep -c 'only display' <<<"$output")" 0
	# That one goes, too.
	ask check 02:00.0,03:00.0
	finds problem "; $A is the only display that the host would have; do:"
	echo 1 >"$PCI/devices/$A/boot_vga"
	ask check 02:00.0
	finds problem "; $A is the boot display; do: "
	ask plan 02:00.0
	expect_in plan "$output" "$A: left alone: its driver keeps the IOMMU group from being passed through; rd.vfio.group=1 takes the boot display too"
}

@test "advice says that it takes the only keyboard" {
	tree_device "$C" 8086:a36d 0c0330 xhci_hcd
	tree_group 9 "$B" "$C"
	keyboard "$C" input3
	ask check 02:00.0
	finds problem "; $C has the only keyboard; do: vfio-claim enable '02:00.0,03:00.0'"
	tree_device 0000:00:14.0 8086:a36e 0c0330 xhci_hcd
	keyboard 0000:00:14.0 input4 "0 10000"
	ask check 02:00.0
	finds problem "; $C has the only keyboard; do: "
	keyboard 0000:00:14.0 input4
	ask check 02:00.0
	finds problem "; do: vfio-claim enable '02:00.0,03:00.0'"
	expect "$output" "$(grep -c 'only keyboard' <<<"$output")" 0
}

@test "an ID that names twins: advice has slots, and never the boot display's" {
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_group 9 "$B" 0000:02:00.1
	ask check 10de:1e07
	finds problem "; 10de:1e07 also names $A: use the slot; do: vfio-claim enable '01:00.0,02:00.*'"
	echo 1 >"$PCI/devices/$A/boot_vga"
	ask check 10de:1e07
	finds problem "; 10de:1e07 also names $A, the boot display: use the slot; do: vfio-claim enable '02:00.*'"
	tree_device "$A" 10de:1e08 030000 nouveau
	ask check 10de:1e07
	finds problem "; do: vfio-claim enable '10de:1e07,02:00.*'"
}

# --- the only keyboard and a passphrase

@test "a claim of the only keyboard, where the boot asks for a passphrase, is warned of" {
	local what="but the boot asks for a passphrase"
	tree_device "$C" 8086:a36d 0c0330 xhci_hcd
	keyboard "$C" input3
	ask plan 03:00.0
	expect_in messages "$stderr" "is attached to it: the console will have no keyboard"
	echo 'root UUID=1 none luks' >"$ROOT/etc/crypttab"
	ask plan 03:00.0
	expect status "$status" 0
	expect_in messages "$stderr" "$what (/etc/crypttab)"
	ask check 03:00.0
	finds warning "$C: the only keyboard"
	ask plan 02:00.0
	expect messages "$stderr" ""
	# A key file is typed by nobody.
	printf '# root UUID=1 none luks\nroot UUID=1 /etc/key luks\n' >"$ROOT/etc/crypttab"
	ask plan 03:00.0
	expect_not_in messages "$stderr" passphrase
	rm "$ROOT/etc/crypttab"
	ask plan --cmdline "rd.vfio.claim=03:00.0 rd.luks.uuid=luks-1"
	expect_in messages "$stderr" "$what (rd.luks.uuid)"
	ask plan --cmdline "rd.vfio.claim=03:00.0 rd.luks=0"
	expect_not_in messages "$stderr" passphrase
	# One that is on no controller, as a laptop's.
	mkdir -p "$ROOT/sys/devices/platform/i8042/serio0/input/input0/capabilities"
	echo fffffffffffffffe >"$ROOT/sys/devices/platform/i8042/serio0/input/input0/capabilities/key"
	ln -sfnr "$ROOT/sys/devices/platform/i8042/serio0/input/input0" "$ROOT/sys/class/input/input0"
	ask plan --cmdline "rd.vfio.claim=03:00.0 rd.luks.uuid=luks-1"
	expect messages "$stderr" ""
}

# --- the running system

@test "claim: neighbours that stay for good are named without advice to claim them" {
	tree_device "$B" 10de:1e07 030000 vfio-pci
	tree_device "$C" 144d:a808 010802 nvme
	tree_group 9 "$B" "$C"
	ask claim 02:00.0
	expect_in messages "$stderr" "warning: $C (nvme) shares IOMMU group 9 and keeps it from being passed through: claim that one, too, or all with --group"
	keyboard "$C" input3
	ask claim 02:00.0
	expect_in messages "$stderr" "claim that one, too, or all with --group; $C has the only keyboard"
	tree_root_on "$C"
	ask claim 02:00.0
	expect messages "$stderr" "vfio-claim: warning: $C (nvme) shares IOMMU group 9 and keeps it from being passed through: this system needs it for /"
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	tree_cmdline "rd.vfio.keep=03:00.0"
	ask claim 02:00.0
	expect messages "$stderr" "vfio-claim: warning: $C (nvme) shares IOMMU group 9 and keeps it from being passed through: rd.vfio.keep=03:00.0 keeps it"
}

@test "list marks what keeps a claimed device from virtual machines, and export warns of it" {
	local device
	tree_device "$B" 10de:1e07 030000 vfio-pci
	tree_device "$C" 8086:1521 020000 igb
	tree_group 9 "$B" "$C"
	for device in "$A" "$B" "$C"; do tree_names "$device"; done
	tree_cmdline "rd.vfio.claim=02:00.0"
	ask list --groups
	expect_in list "$(grep "^$C" <<<"$output")" "keeps a claimed device from being passed through"
	expect marks "$(grep -c 'keeps a claimed' <<<"$output")" 1
	tree_device "$C" 8086:1521 020000 pcieport
	tree_group 9 "$B" "$C"
	tree_names "$C"
	ask list --groups
	expect marks "$(grep -c 'keeps a claimed' <<<"$output")" 0
	ask export --format qemu 02:00.0
	expect_in messages "$stderr" "note: $C shares IOMMU group 9"
	expect_not_in messages "$stderr" "while its driver"
}
