#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What an old guide has left must not cost the boot: IDs and commands in modprobe.d, what vfio-pci has got hold of without
# being asked to. Nor must a claim by ID in an image that does not know what the system runs from. And a crash kernel is
# another system.

load ../tree

A=0000:01:00.0
B=0000:02:00.0
DISK=0000:03:00.0

setup() {
	tree_make
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_device "$DISK" 144d:a808 010802
	tree_modprobe
	mkdir -p "$ROOT/usr/lib/vfio-claim"
	tree_cmdline "quiet rd.vfio.claim=02:00.0 rd.vfio.timeout=2"
}

teardown() {
	tree_stop
}

# --- install commands of modprobe.d

# modprobe_that: standard input is what modprobe does before it loads vfio-pci
modprobe_that() {
	mv "$ROOT/sbin/modprobe" "$ROOT/sbin/real"
	{
		echo '#!/bin/bash'
		echo "echo \"\$@\" >>'$ROOT/runs'"
		cat
		echo "exec '$ROOT/sbin/real' \"\$@\""
	} >"$ROOT/sbin/modprobe"
	chmod +x "$ROOT/sbin/modprobe"
}

@test "an install command of something that vfio-pci needs is passed over" {
	modprobe_that <<-EOF
		case "\$*" in
		"-i -a iommufd irqbypass vfio vfio_virqfd vfio-pci-core") touch "$ROOT/needs"; echo "Module iommufd not found"; exit 1 ;;
		*vfio-pci*) [ -e "$ROOT/needs" ] || { echo "could not insert 'vfio_pci': Unknown symbol" >&2; exit 1; } ;;
		esac
	EOF
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect runs "$(<"$ROOT/runs")" "-i vfio-pci ids=
-i -a iommufd irqbypass vfio vfio_virqfd vfio-pci-core
-i vfio-pci ids="
}

@test "a modprobe that does not know -i, as busybox', is asked without it" {
	modprobe_that <<-'EOF'
		[ "$1" != -i ] || { echo "modprobe: invalid option -- 'i'" >&2; exit 1; }
	EOF
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect_in runs "$(<"$ROOT/runs")" $'\nvfio-pci ids='
}

@test "vfio_iommu_type1 is loaded by its name where nothing else has brought it" {
	modprobe_that <<<''
	rm -r "$ROOT"/sys/module 2>/dev/null || true
	sed -i 's| "[^ ]*/sys/module/vfio_iommu_type1"||' "$ROOT/sbin/real"
	boot bind
	expect status "$status" 0
	expect runs "$(<"$ROOT/runs")" "-i vfio-pci ids=
-i vfio_iommu_type1"
}

@test "a modprobe that is not there or hangs is not run again" {
	modprobe_that <<<'exec sleep 30'
	boot bind
	expect status "$status" 1
	expect runs "$(wc -l <"$ROOT/runs")" 1
	rm -r "$ROOT/sbin" "$ROOT/run"
	mkdir "$ROOT/run"
	: >"$ROOT/dev/kmsg"
	boot bind
	expect lines "$(log | grep -c 'no modprobe in this image')" 1
}

# --- what vfio-pci holds

# held SLOT: vfio-pci has it, as the kernel shows that
held() {
	[ -d "$PCI/drivers/vfio-pci" ] || tree_driver vfio-pci
	ln -sfn "../../../../devices/pci${1%:*}/$1" "$PCI/drivers/vfio-pci/$1"
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$1/driver"
}

# let_go SLOT: what a write to unbind does; these files act later than a kernel does, so the probe comes with it
let_go() {
	rm -f "$PCI/devices/$1/driver" "$PCI/drivers/vfio-pci/$1"
	ln -sfn ../../../../bus/pci/drivers/native "$PCI/devices/$1/driver"
}

# serves: the control files act
serves() {
	tree_driver vfio-pci
	tree_serve "$PCI/drivers/vfio-pci/unbind" let_go
	tree_serve "$PCI/drivers_probe" kernel_probe
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
}

# soon SLOT DRIVER: what was written is on its way
soon() {
	for _ in {1..100}; do
		[ "$(driver "$1")" != "$2" ] || return 0
		sleep 0.02
	done
	expect "driver of $1" "$(driver "$1")" "$2"
}

protects() {
	echo "$1@144d:a808 /" >"$ROOT/usr/lib/vfio-claim/protected"
}

@test "bind-early gives back what vfio-pci holds unclaimed, and says so" {
	serves
	held "$A"
	held "$DISK"
	protects 03:00.0
	boot bind-early
	expect status "$status" 0
	soon "$A" native
	soon "$DISK" native
	expect claimed "$(driver $B)" vfio-pci
	expect_in log "$(log)" "given back: vfio-pci had it: this system needs it for /"
	expect_in log "$(log)" "given back: vfio-pci had it: no claim names it"
	expect_in report "$(<"$ROOT/run/vfio-claim/boot")" "given back"
}

@test "what bind-early has given back stands in the report of bind, too, once" {
	tree_device 0000:05:00.0 10de:1e07 030000 nouveau
	tree_cmdline "rd.vfio.claim=02:00.0,05:00.0"
	serves
	held "$A"
	boot bind-early
	soon "$A" native
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	boot bind
	expect lines "$(grep -c "$A: .*given back" "$ROOT/run/vfio-claim/boot")" 1
	expect log "$(log | grep -c "$A: .*given back")" 1
}

@test "the IDs leave the module first: vendor and device, vendor and any, any" {
	held "$A"
	strace -f -qq -s 100 -e trace=write -o "$BATS_TEST_TMPDIR/trace" "$BOOT" --sysroot "$ROOT" bind-early 3>&- || true
	for id in "10de 1e07" "10de ffffffff" "ffffffff 1e07" "ffffffff ffffffff"; do
		expect "asked to forget $id" "$(grep -q "\"$id\"" "$BATS_TEST_TMPDIR/trace" && echo yes)" yes
	done
	expect "what is written last" "$(grep -oE '"ffffffff ffffffff"|"0000:01:00.0"' "$BATS_TEST_TMPDIR/trace" |
		uniq | xargs)" "ffffffff ffffffff 0000:01:00.0"
}

@test "an override that names vfio-pci excuses what is not protected" {
	serves
	held "$A"
	held "$DISK"
	echo vfio-pci >"$PCI/devices/$A/driver_override"
	echo vfio-pci >"$PCI/devices/$DISK/driver_override"
	protects 03:00.0
	boot bind-early
	soon "$DISK" native
	expect "what somebody wants there" "$(driver $A)" vfio-pci
	expect "override of the disk" "$(override $DISK | tr -d '\n' | sed 's/(null)//')" ""
}

@test "a virtual function of a claimed device stays, one of another device goes back" {
	serves
	tree_device 0000:02:00.4 10de:1e08 030000
	tree_device 0000:01:00.4 10de:1e08 030000
	ln -s "../$B" "$PCI/devices/0000:02:00.4/physfn"
	ln -s "../$A" "$PCI/devices/0000:01:00.4/physfn"
	held 0000:02:00.4
	held 0000:01:00.4
	boot bind-early
	soon 0000:01:00.4 native
	expect "its virtual function" "$(driver 0000:02:00.4)" vfio-pci
}

@test "with nothing asked for, watch gives back what is protected, and only that" {
	serves
	tree_cmdline quiet
	protects 03:00.0
	held "$A"
	"$BOOT" --sysroot "$ROOT" watch 3>&- &
	sleep 0.2
	held "$DISK"
	soon "$DISK" native
	rm "$ROOT/proc/cmdline"
	wait $!
	expect "not protected" "$(driver $A)" vfio-pci
	expect_in log "$(log)" "given back: vfio-pci had it: this system needs it for /"
	expect_in report "$(<"$ROOT/run/vfio-claim/late")" "given back"
}

@test "watch ends at once where there is nothing to watch for, and with rd.vfio=0" {
	tree_cmdline quiet
	boot watch
	expect status "$status" 0
	protects 03:00.0
	tree_cmdline "rd.vfio=0 rd.vfio.claim=02:00.0"
	boot watch
	expect status "$status" 0
	expect log "$(log)" ""
}

@test "with rd.vfio=0 nothing is given back either" {
	serves
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	held "$A"
	held "$DISK"
	protects 03:00.0
	boot bind-early
	sleep 0.1
	expect "somebody's" "$(driver $A)" vfio-pci
	expect "somebody's disk" "$(driver $DISK)" vfio-pci
}

@test "bind, which the boot waits for, gives back what is protected, and reads no driver_override of the rest" {
	serves
	held "$A"
	held "$DISK"
	protects 03:00.0
	strace -f -qq -s 100 -e trace=open,openat -o "$BATS_TEST_TMPDIR/trace" "$BOOT" --sysroot "$ROOT" bind 3>&- || true
	soon "$DISK" native
	expect "not protected" "$(driver $A)" vfio-pci
	expect "of the rest" "$(grep -c "$A/driver_override" "$BATS_TEST_TMPDIR/trace")" 0
}

@test "of what is claimed, bind-early reads no driver_override by itself when it looks at the rest" {
	held "$A"
	held "$B"
	echo vfio-pci >"$PCI/devices/$B/driver_override"
	boot reserve
	strace -qq -s 100 -e trace=open,openat -o "$BATS_TEST_TMPDIR/trace" "$BOOT" --sysroot "$ROOT" bind-early 3>&- || true
	expect "of the other" "$(grep -c "$A/driver_override" "$BATS_TEST_TMPDIR/trace")" 1
	expect "of the claimed" "$(grep -c "$B/driver_override" "$BATS_TEST_TMPDIR/trace")" 0
}

@test "late gives nothing back" {
	serves
	held "$A"
	held "$DISK"
	protects 03:00.0
	boot late "$B"
	sleep 0.1
	expect "somebody's" "$(driver $A)" vfio-pci
	expect "somebody's disk" "$(driver $DISK)" vfio-pci
}

@test "what cannot be taken from vfio-pci is said" {
	held "$A"
	boot bind-early
	expect_in log "$(log)" "$A: not given back: vfio-pci had it: no claim names it; its driver is vfio-pci"
}

# --- an image without a list of what the system runs from

# only_disk: the machine has no other storage; root= is on it
only_disk() {
	tree_cmdline "root=UUID=1 rd.vfio.claim=$1"
	rm -rf "$ROOT/run/vfio-claim"
	: >"$ROOT/dev/kmsg"
	echo '(null)' >"$PCI/devices/$DISK/driver_override"
}

refused() {
	boot reserve
	expect "reserved ($1)" "$(override "$DISK" | tr -d '\n')" "(null)"
	expect_in "log ($1)" "$(log)" "$DISK: left alone: the root file system may be on it"
}
allowed() {
	boot reserve
	expect "reserved ($1)" "$(override "$DISK" | tr -d '\n')" vfio-pci
}

@test "by ID, the last storage is refused" {
	local id
	for id in 144d:a808 "144d:*" "*:*:*:*:010000:ff0000" "144d:a808 vfio-pci.ids=144d:a808"; do
		only_disk "$id"
		refused "$id"
	done
	tree_cmdline "root=/dev/nvme0n1p2 vfio-pci.ids=144d:a808"
	refused vfio-pci.ids
	tree_device "$DISK" 1077:2432 0c0400
	only_disk 1077:2432
	refused "Fibre Channel"
	tree_device "$DISK" 8086:467f 010400
	tree_device 10000:e1:00.0 144d:a808 010802
	only_disk 8086:467f
	refused "VMD, with a drive behind it"
}

@test "with everything else behind a bridge, the last storage is refused; by its place there, it is not" {
	tree_device 0000:00:1d.0 8086:a330 060400
	tree_device 0000:09:00.0 8086:1111 010802 - 0000:00:1d.0
	# The other storage of this machine goes as well.
	only_disk "03:00.0,00:1d.0/*"
	boot reserve
	expect_in log "$(log)" "0000:09:00.0: left alone: the root file system may be on it"
	expect "reserved" "$(override 0000:09:00.0 | tr -d '\n')" "(null)"
	only_disk "03:00.0,00:1d.0/*,00:1d.0/00.0"
	boot reserve
	expect_not_in log "$(log)" "left alone"
	expect "reserved" "$(override 0000:09:00.0 | tr -d '\n')" vfio-pci
}

@test "a slot, a force, another root or a list of what is protected allow it" {
	only_disk 03:00.0
	allowed slot
	only_disk 144d:a808,03:00.0
	allowed "slot and ID"
	only_disk "144d:a808 rd.vfio.force=144d:a808"
	allowed force
	for root in /dev/nfs 192.168.1.1:/srv live:CDLABEL=x /dev/ram0 "UUID=1 rd.iscsi.initiator=x" "UUID=1 netroot=nbd:1"; do
		only_disk "144d:a808 root=$root"
		allowed "root=$root"
	done
	tree_cmdline "rd.vfio.claim=144d:a808"
	allowed "no root="
	only_disk 144d:a808
	echo "00:1f.2@8086:2922 /" >"$ROOT/usr/lib/vfio-claim/protected"
	allowed "a list"
	only_disk 144d:a808
	: >"$ROOT/usr/lib/vfio-claim/protected"
	allowed "an empty list"
}

@test "other storage that stays allows it, on PCI or not" {
	local class path
	for class in 010601 0c0330 080501 088000 0c0010 0c0400; do
		tree_device 0000:09:00.0 8086:1111 "$class"
		only_disk 144d:a808
		allowed "$class"
	done
	# What is claimed itself does not stay, whoever names it.
	only_disk 144d:a808,09:00.0
	refused "the other claimed, too"
	only_disk "144d:a808,09:00.0 rd.vfio.keep=09:00.0"
	allowed "the other kept"
	for class in 020000 030000 0c0500 060000 040300; do
		tree_device 0000:09:00.0 8086:1111 "$class"
		only_disk 144d:a808
		refused "$class"
	done
	for path in bus/vmbus/devices/x bus/xen/devices/vbd-1 bus/nd/devices/region0 \
		bus/platform/devices/a003e00.virtio_mmio bus/platform/devices/LNRO0005:00 bus/mmc/devices/mmc0:1; do
		mkdir -p "$ROOT/sys/$path"
		only_disk 144d:a808
		allowed "$path"
		rm -r "$ROOT/sys/$path"
	done
}

@test "the claim of a display never triggers it" {
	tree_cmdline "root=UUID=1 rd.vfio.claim=10de:1e07"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$A $B"
}

# --- a crash kernel

@test "in a crash kernel no verb writes anything" {
	local verb
	held "$DISK"
	protects 03:00.0
	: >"$ROOT/proc/vmcore"
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	for verb in start reserve bind-early watch bind "late $B"; do
		# shellcheck disable=SC2086 # late has an argument
		boot $verb
		expect "status of $verb" "$status" 0
	done
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before")" ""
}
