#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim plan, on machines made of files; and that the boot program then does on them what was planned.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

A=0000:01:00.0
B=0000:02:00.0

setup() {
	machine_make
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_modprobe
}

teardown() {
	tree_stop
}

plan() {
	# shellcheck disable=SC2154 # run sets it
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" plan "$@"
}

json() {
	# shellcheck disable=SC2154
	"$TOP/tests/unit/json-value" plan "$1" <<<"$output"
}

@test "a selector: the line that the boot will report" {
	plan 02:00.0
	expect status "$status" 0
	expect messages "$stderr" ""
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
}

@test "several selectors, in lists and one by one, before and behind the options" {
	plan 02:00.0,07:00.0 --json 01:00.0
	expect status "$status" 1
	expect claims "$(json '[c["value"] for c in d["claims"]]')" '["02:00.0", "07:00.0", "01:00.0"]'
	plan --kernel "$KVER" -- 02:00.0
	expect status "$status" 0
}

@test "the default entry of the boot menu and vfio-claim.conf, when nothing is given" {
	machine_menu "quiet rd.vfio.claim=02:00.0"
	echo "keep = 02:00.0" >"$ROOT/etc/vfio-claim.conf"
	plan
	expect status "$status" 0
	expect output "$output" "$B: left alone: keep=02:00.0 keeps it"
	machine_menu quiet
	echo "claim = 01:00.0" >"$ROOT/etc/vfio-claim.conf"
	plan
	expect output "$output" "$A: claimed by vfio-pci (claim=01:00.0)"
	plan 02:00.0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
}

@test "the vfio-claim.conf that this boot had does not count" {
	mkdir -p "$ROOT/run/vfio-claim"
	echo "claim = 01:00.0" >"$ROOT/run/vfio-claim/conf"
	plan
	expect output "$output" "No devices requested for the next boot."
	expect status "$status" 0
}

@test "a selector that is none: status 2, one line, which names it" {
	local selector
	for selector in 02:00.9 zz '' ',' 'a b' '02:00.0 rd.vfio=0' '"02:00.0"' boot-vga '*:*' 02:00.0=; do
		plan 01:00.0 "$selector"
		expect "status of '$selector'" "$status" 2
		expect output "$output" ""
		expect lines "${#stderr_lines[@]}" 1
		expect_in messages "$stderr" "vfio-claim: plan: '$selector' is not a selector"
	done
	plan 02:00.0,02:00.q
	expect_in messages "$stderr" "'02:00.q' is not a selector: the function must be"
	plan 02:00.0 --cmdline quiet
	expect status "$status" 2
	plan --frob
	expect status "$status" 2
	plan -- --json
	expect_in messages "$stderr" "'--json' is not a selector"
}

@test "on a given command line a mistake is what the boot would say of it: status 1" {
	plan --cmdline "rd.vfio.claim=02:00.q,02:00.0 rd.vfio.frob=1"
	expect status "$status" 1
	expect_in output "$output" "rd.vfio.claim=02:00.q: ignored: "
	expect_in output "$output" "rd.vfio.frob=1: ignored: no such setting"
	expect_in output "$output" "$B: claimed by vfio-pci"
}

@test "rd.vfio=0" {
	plan --cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	expect status "$status" 0
	expect output "$output" "rd.vfio=0: nothing is claimed"
}

@test "what this system runs from is refused, and that it takes an image of this machine" {
	tree_device 0000:03:00.0 144d:a808 010802
	tree_root_on 0000:03:00.0
	plan 144d:a808
	expect status "$status" 1
	expect output "$output" "0000:03:00.0: left alone: this system needs it for / (rd.vfio.claim=144d:a808)"
	expect_in messages "$stderr" "warning: 0000:03:00.0 is refused by an image built for this machine"
	plan --cmdline "rd.vfio.claim=144d:a808 rd.vfio.force=03:00.0"
	expect status "$status" 0
	expect_in messages "$stderr" "warning: 0000:03:00.0 is claimed by force, although this system needs it for /"
}

@test "drivers that are bound now and what this boot has reserved do not count" {
	tree_device "$B" 10de:1e07 030000 nouveau
	boot reserve
	echo vfio-pci >"$PCI/devices/$B/driver_override"
	plan 02:00.0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	expect messages "$stderr" ""
	echo mlx5-vfio-pci >"$PCI/devices/$B/driver_override"
	plan 02:00.0
	expect messages "$stderr" ""
}

@test "an override that somebody else has set: it will be gone, and back again" {
	echo pci-stub >"$PCI/devices/$B/driver_override"
	plan 02:00.0
	expect status "$status" 0
	expect_in messages "$stderr" "warning: $B: its driver_override is 'pci-stub' now; what has set it (driverctl"
}

# Opening it waits for somebody who writes, who never comes, as reading does for the device's lock.
# bats test_tags=slow
@test "an override that cannot be read, as a driver never lets go of the device" {
	rm "$PCI/devices/$B/driver_override"
	mkfifo "$PCI/devices/$B/driver_override"
	run --separate-stderr timeout 20 "$VFIO_CLAIM" --sysroot "$ROOT" plan 02:00.0
	expect status "$status" 0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	expect_in messages "$stderr" "warning: $B: its driver is stuck"
}

@test "a neighbour counts that has vfio-pci now, but will not have it; pci-stub stays" {
	tree_device 0000:03:00.0 8086:1521 020000 vfio-pci
	tree_group 7 "$B" 0000:03:00.0
	plan 02:00.0
	expect status "$status" 0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)
0000:03:00.0: left alone: if a driver takes it, it keeps the IOMMU group from being passed through; see rd.vfio.group=1 (rd.vfio.claim=02:00.0)"
	tree_device 0000:03:00.0 8086:1521 020000 pci-stub
	tree_group 7 "$B" 0000:03:00.0
	plan 02:00.0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
}

@test "virtual functions that are enabled now will not be at the boot: a warning" {
	echo 4 >"$PCI/devices/$B/sriov_numvfs"
	plan 02:00.0
	expect status "$status" 0
	expect_in output "$output" "$B: claimed by vfio-pci"
	expect_in messages "$stderr" "warning: $B has virtual functions enabled now"
}

@test "a virtual function is not there at the boot, and claimed later: status 0" {
	tree_device 0000:02:10.0 8086:1520 020000
	ln -s ../0000:02:00.0 "$PCI/devices/0000:02:10.0/physfn"
	plan 02:10.0
	expect status "$status" 0
	expect output "$output" "rd.vfio.claim=02:10.0: no such device"
	expect_in messages "$stderr" "warning: 0000:02:10.0 is a virtual function: the boot will not find it"
	plan 07:00.0
	expect status "$status" 1
}

@test "the boot display is said to go dark" {
	echo 1 >"$PCI/devices/$B/boot_vga"
	plan 02:00.0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0); it is the boot display, which goes dark"
}

@test "no IOMMU: refused; but not if the given command line turns it on" {
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group
	plan 02:00.0
	expect status "$status" 1
	expect_in output "$output" "$B: left alone: no IOMMU is active: turn on VT-d"
	plan --cmdline "intel_iommu=on rd.vfio.claim=02:00.0"
	expect status "$status" 0
	expect_in messages "$stderr" "warning: no IOMMU is active now; intel_iommu=on turns it on"
	plan --cmdline "intel_iommu=on intel_iommu=off rd.vfio.claim=02:00.0"
	expect status "$status" 1
	tree_cmdline "intel_iommu=on"
	plan --cmdline "intel_iommu=on rd.vfio.claim=02:00.0"
	expect status "$status" 1
}

@test "a kernel that cannot do vfio claims nothing; one that is not there may" {
	: >"$ROOT/lib/modules/$KVER/modules.builtin"
	PATH=$PATH:/sbin depmod -b "$ROOT" "$KVER"
	plan 02:00.0
	expect status "$status" 1
	expect_in output "$output" "$B: not claimed: loading vfio-pci"
	plan --kernel 0.0-none 02:00.0
	expect status "$status" 0
	expect_in messages "$stderr" "warning: it is not known whether kernel 0.0-none can do vfio"
}

@test "a variant driver, by its alias; by its name where it is loaded" {
	printf 'alias vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci\n' \
		>>"$ROOT/lib/modules/$KVER/modules.alias"
	mkdir -p "$ROOT/obj"
	object "$ROOT/obj/nvgrace-gpu-vfio-pci.ko" '' '' "vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i*"
	mkdir -p "$ROOT/lib/modules/$KVER/kernel"
	mv "$ROOT/obj/nvgrace-gpu-vfio-pci.ko" "$ROOT/lib/modules/$KVER/kernel/"
	depmod -b "$ROOT" "$KVER"
	plan 02:00.0
	expect output "$output" "$B: claimed by nvgrace_gpu_vfio_pci (rd.vfio.claim=02:00.0)"
	mkdir -p "$ROOT/sys/module/nvgrace_gpu_vfio_pci/drivers/pci:nvgrace-gpu-vfio-pci"
	plan 02:00.0
	expect output "$output" "$B: claimed by nvgrace-gpu-vfio-pci (rd.vfio.claim=02:00.0)"
}

@test "an ids= left in modprobe.d is warned of" {
	local ko
	: >"$ROOT/lib/modules/$KVER/modules.builtin"
	mkdir -p "$ROOT/lib/modules/$KVER/kernel" "$ROOT/etc/modprobe.d"
	for ko in vfio-pci vfio_iommu_type1; do
		object "$ROOT/lib/modules/$KVER/kernel/$ko.ko" '' ''
	done
	depmod -b "$ROOT" "$KVER"
	printf '%s\n' "options vfio-pci ids=10de:1e07" "install vfio-pci /bin/true" >"$ROOT/etc/modprobe.d/old.conf"
	plan 02:00.0
	expect status "$status" 0
	expect_in messages "$stderr" "old.conf:1: with this 'options vfio-pci ids=' line"
	expect_in messages "$stderr" "old.conf:2: this 'install vfio-pci' line"
}

@test "--json: one document" {
	tree_device 0000:03:00.0 144d:a808 010802
	tree_root_on 0000:03:00.0
	tree_driver nouveau
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$B/driver"
	plan 02:00.0 03:00.0 --json
	expect status "$status" 1
	expect devices "$(json '[[x["slot"], x["verdict"], x["driver"], x["next_driver"]] for x in d["devices"]]')" \
		'[["0000:02:00.0", "claim", "nouveau", "vfio-pci"], ["0000:03:00.0", "protected", null, null]]'
	# One that this boot has claimed.
	tree_driver vfio-pci
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$B/driver"
	plan 02:00.0 --json
	expect drivers "$(json '[[x["driver"], x["next_driver"]] for x in d["devices"]]')" '[["vfio-pci", "vfio-pci"]]'
	plan 02:00.0 03:00.0 --json
	expect report "$(json '[d["ok"], len(d["report"])]')" '[false, 2]'
	expect line "$(json 'd["report"][1]')" '"0000:02:00.0: claimed by vfio-pci (rd.vfio.claim=02:00.0)"'
}

@test "no boot menu: the running command line, and that is said" {
	rm "$ROOT/boot/grub/grub.cfg"
	tree_cmdline "rd.vfio.claim=02:00.0"
	plan
	expect status "$status" 0
	expect output "$output" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	expect messages "$stderr" \
		"vfio-claim: warning: no boot menu can be read: assuming that the next boot has the running command line"
}

@test "no command line, no kernel release: status 1 and why" {
	rm "$ROOT/proc/cmdline" "$ROOT/boot/grub/grub.cfg"
	plan
	expect status "$status" 1
	expect messages "$stderr" "vfio-claim: there is no $ROOT/proc/cmdline; in a chroot, mount /proc"
	machine_menu quiet
	sed -i "s/-$KVER//" "$ROOT/boot/grub/grub.cfg"
	rm "$ROOT/proc/sys/kernel/osrelease"
	plan 02:00.0
	expect status "$status" 1
	expect_in messages "$stderr" "there is no $ROOT/proc/sys/kernel/osrelease"
}

@test "plan writes nothing" {
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	plan 02:00.0
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before")" ""
}

@test "--help fits 80 columns" {
	plan --help
	expect status "$status" 0
	[ "$(wc -L <<<"$output")" -le 80 ]
}

# --- the plan and the boot ---------------------------------------------------------------------------

# agree CMDLINE: plan says beforehand what the boot's report says afterwards, and how it ends
agree() {
	local planned failed=0
	plan --cmdline "$1"
	planned=$output
	failed=$status
	rm -rf "$ROOT/run/vfio-claim"
	tree_cmdline "$1"
	boot reserve
	boot bind
	expect "exit status of $1" "$failed" "$status"
	# Why there is no IOMMU the boot leaves to 'vfio-claim check'.
	planned=$(sed 's/: no IOMMU is active: .* (/: no IOMMU is active; '"'vfio-claim check'"' says why (/' <<<"$planned")
	expect "plan of $1" "$(sort <<<"$planned")" "$(sed '$d' "$ROOT/run/vfio-claim/boot" | sort)"
	# As if the machine had been switched off.
	local device
	for device in "$PCI"/devices/*; do
		echo '(null)' >"$device/driver_override"
		rm -f "$device/driver"
	done
}

@test "the boot reports what was planned: every verdict" {
	mkdir -p "$ROOT/usr/lib/vfio-claim"
	tree_device 0000:00:01.0 8086:0001 060400
	tree_device 0000:03:00.0 144d:a808 010802
	tree_device 0000:04:00.0 144d:a808 010802
	tree_device 0000:05:00.0 8086:1521 020000
	tree_device 0000:05:00.1 8086:1521 020000
	tree_root_on 0000:03:00.0
	echo "0000:03:00.0@144d:a808 /" >"$ROOT/usr/lib/vfio-claim/protected"
	tree_group 9 0000:05:00.0 0000:05:00.1
	tree_group 10 0000:04:00.0
	echo "0x0 0xfff direct" >"$ROOT/sys/kernel/iommu_groups/10/reserved_regions"
	echo 1 >"$PCI/devices/$A/boot_vga"
	agree "rd.vfio.claim=02:00.0"
	agree "rd.vfio.claim=02:00.*,00:01.0"
	agree "rd.vfio.claim=10de:1e07 rd.vfio.keep=boot-vga"
	agree "rd.vfio.claim=10de:1e07 rd.vfio.keep=01:00.0"
	agree "rd.vfio.claim=144d:a808"
	agree "rd.vfio.claim=144d:a808 rd.vfio.force=04:00.0"
	agree "rd.vfio.claim=02:00.0@10de:ffff,01:00.0@10de:1e07"
	agree "rd.vfio.claim=05:00.0 rd.vfio.group=1"
	agree "vfio-pci.ids=10de:1e07,zz"
	agree "rd.vfio.claim=07:00.0 rd.vfio.timeout=no rd.vfio.claim"
	agree "rd.vfio.claim=02:00.0 rd.vfio=0"
	: >"$PCI/devices/$B/modalias"
	agree "rd.vfio.claim=02:00.0"
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group
	agree "rd.vfio.claim=10de:1e07"
}

@test "the boot reports what was planned: a neighbour with a driver" {
	tree_group 9 "$A" "$B"
	ln -s ../../../../bus/pci/drivers/nouveau "$PCI/devices/$A/driver"
	agree "rd.vfio.claim=02:00.0"
}
