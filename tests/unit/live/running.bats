#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim claim and release on a machine of files; tests/faults/kernel plays the bus where something is changed.
# On a real kernel: tests/boot/scenarios/running.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../machine

setup_file() {
	machine_setup_file
}

setup() {
	machine_setup
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
	expect_in stderr "$stderr" "warning: $SOUND (snd_hda_intel) shares IOMMU group 14 and keeps it from being passed through"
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
	refused "$DRIVE: its driver_override is 'nvme': driverctl or a udev rule wants another driver for it"
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

@test "release: a device whose override cannot be read keeps its driver" {
	rm "$PCI/devices/$DRIVE/driver_override"
	mkdir "$PCI/devices/$DRIVE/driver_override"
	vfio_claim release 02:00.0
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $DRIVE: not released from nvme: its driver_override cannot be read"
	expect driver "$(driver $DRIVE)" nvme
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
	failed $DRIVE "unbinding its driver: I/O error; given back; its driver is nvme"
	expect driver "$(driver $DRIVE)" nvme
}

@test "fault: vfio-pci refuses it: it goes back to its driver, and the other is claimed" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$DRIVE EINVAL"
	changing claim 02:00.0 03:00.0
	failed $DRIVE "binding it to vfio-pci: refused, see the kernel log; given back; its driver is nvme"
	expect driver "$(driver $DRIVE)" nvme
	expect "the other's driver" "$(driver $NET)" vfio-pci
	expect output "$output" "$NET: claimed by vfio-pci"
}

@test "fault: its override cannot be written" {
	fault "write */$DRIVE/driver_override=* EIO 1"
	changing claim 02:00.0
	failed $DRIVE "setting its driver_override: I/O error; its driver is nvme"
}

@test "fault: its override cannot be read" {
	rm "$PCI/devices/$DRIVE/driver_override"
	vfio_claim claim 02:00.0
	refused "$DRIVE: its driver_override cannot be read"
}

# bats test_tags=slow
@test "fault: an unbind that hangs is given up, and the others are claimed" {
	local began=$SECONDS
	fault "write sys/bus/pci/drivers/igb/unbind hang"
	changing claim 02:00.0 03:00.0 04:00.0 --timeout 2
	expect status "$status" 1
	[ $((SECONDS - began)) -le 8 ]
	expect output "$output" "$DRIVE: claimed by vfio-pci
$USB: claimed by vfio-pci"
	expect_in stderr "$stderr" "$NET: not claimed: unbinding its driver: not finished within 2 s; its driver is stuck"
	expect driver "$(driver $NET)" igb
}

# bats test_tags=slow
@test "fault: a bind that hangs, and an override that hangs" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$NET hang"
	fault "write */$USB/driver_override=* hang"
	changing claim 02:00.0 03:00.0 04:00.0 --timeout 2
	expect status "$status" 1
	expect output "$output" "$DRIVE: claimed by vfio-pci"
	expect_in stderr "$stderr" "$NET: not claimed: binding it to vfio-pci: not finished within 2 s"
	expect_in stderr "$stderr" "$USB: not claimed: setting its driver_override: not finished within 2 s"
}

# bats test_tags=slow
@test "fault: a device that hangs whoever looks at it: nothing is changed" {
	local began=$SECONDS
	fault "read */$NET/modalias hang"
	changing claim 02:00.0 03:00.0 --timeout 1
	expect status "$status" 1
	[ $((SECONDS - began)) -le 5 ]
	expect_in stderr "$stderr" "looking at the devices was not finished within 1 s
vfio-claim: nothing was changed"
	expect bus "$(wrote)" ""
}

# bats test_tags=slow
@test "fault: an override that hangs whoever reads it is refused before anything is changed" {
	fault "read */$NET/driver_override hang"
	changing claim 02:00.0 03:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$NET: its driver_override cannot be read"
	expect bus "$(wrote)" ""
}

# bats test_tags=slow
@test "fault: vfio-pci never lets go: said, and the others are released" {
	on_vfio $DRIVE $NET
	fault "write sys/bus/pci/drivers/vfio-pci/unbind=$DRIVE hang"
	changing release 02:00.0 03:00.0 --timeout 2
	expect status "$status" 1
	expect output "$output" "$NET: released to igb"
	expect stderr "$stderr" "vfio-claim: $DRIVE: not released: not finished within 2 s; vfio-pci is stuck"
}

@test "fault: vfio-pci cannot be unbound, and the override cannot be cleared" {
	on_vfio $DRIVE $NET
	fault "write sys/bus/pci/drivers/vfio-pci/unbind=$DRIVE EIO"
	fault "write */$NET/driver_override=* EIO"
	changing release 02:00.0 03:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "$DRIVE: not released: its driver is vfio-pci again"
	expect_in stderr "$stderr" "$NET: not released: clearing its driver_override: Input/output error"
}

# signalled CALLS: at these the command gets SIGTERM, as from a person at a terminal
signalled() {
	fault "$1 !kill -TERM \$(pgrep -o -f '^$VFIO_CLAIM --sysroot $ROOT')"
}

@test "claim: a signal: what is not bound yet is given back, and said, before the command ends by it" {
	signalled "write sys/bus/pci/drivers/xhci_hcd/unbind"
	changing claim 02:00.0 03:00.0 04:00.0
	expect_in log "$(<"$BATS_TEST_TMPDIR/log")" "signal 15"
	expect output "$output" "$USB: claimed by vfio-pci"
	expect stderr "$stderr" "vfio-claim: $DRIVE: not claimed: interrupted by a signal; given back; its driver is nvme
vfio-claim: $NET: not claimed: interrupted by a signal; given back; its driver is igb"
	expect overrides "$(override $DRIVE) $(override $NET) $(override $USB)" "(null) (null) vfio-pci"
	expect drivers "$(driver $DRIVE) $(driver $NET) $(driver $USB)" "nvme igb vfio-pci"
}

@test "release: a signal: the device at hand is released, the others are left alone" {
	on_vfio $DRIVE $NET
	signalled "write sys/bus/pci/drivers/vfio-pci/unbind=$DRIVE"
	changing release 02:00.0 03:00.0
	expect output "$output" "$DRIVE: released to nvme"
	expect stderr "$stderr" "vfio-claim: $NET: not released: interrupted by a signal"
	expect driver "$(driver $NET)" vfio-pci
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

@test "the hook stops and starts the desktop for the machines that get its card" {
	hook game prepare begin
	expect called "$status $called" "0 claim --desktop 01:00.*"
	hook game release end
	expect called "$status $called" "0 release --desktop 01:00.*"
	answer=1 hook game prepare begin
	expect status "$status" 1
	# It undoes itself; releasing would take what was claimed before.
	expect called "$called" "claim --desktop 01:00.*"
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
