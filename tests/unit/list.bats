#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim list, on sysfs trees made here.

bats_require_minimum_version 1.5.0

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$BATS_TEST_DIRNAME/../../build/vfio-claim}")
	ROOT=$BATS_TEST_TMPDIR/root
	BUS=$ROOT/sys/bus/pci
	mkdir -p "$BUS/devices" "$BUS/drivers" "$ROOT/sys/class/iommu" "$ROOT/sys/devices" \
		"$ROOT/sys/kernel/iommu_groups" "$ROOT/usr/share/misc" "$ROOT/usr/share/hwdata"
	# libpci's path for it depends on the distribution.
	printf '%s\n' '1022  AMD, but of this test' $'\t1483  Starship Bridge' \
		'10de  NVIDIA, but of this test' $'\t1e07  TU102 [GeForce RTX 2080 Ti]' \
		$'\t10f7  TU102 High Definition Audio Controller' \
		'C 03  Display controller' $'\t00  VGA compatible controller' \
		'C 04  Multimedia controller' $'\t03  Audio device' \
		'C 06  Bridge' $'\t04  PCI bridge' | tee "$ROOT/usr/share/misc/pci.ids" \
		>"$ROOT/usr/share/hwdata/pci.ids"
}

# function SLOT VENDOR DEVICE CLASS [GROUP [DRIVER]]
function_at() {
	local dir=$ROOT/sys/devices/pci${1%:*}/$1
	mkdir -p "$dir"
	echo "0x$2" >"$dir/vendor"
	echo "0x$3" >"$dir/device"
	echo "0x$4" >"$dir/class"
	echo 0 >"$dir/irq"
	printf '0x%016x 0x%016x 0x%016x\n' {0,0,0}{,,,,,,} >"$dir/resource"
	head -c 64 /dev/zero >"$dir/config"
	ln -s "../../../devices/pci${1%:*}/$1" "$BUS/devices/$1"
	if [ -n "${5:-}" ]; then
		mkdir -p "$ROOT/sys/kernel/iommu_groups/$5/devices"
		ln -s "../../../kernel/iommu_groups/$5" "$dir/iommu_group"
	fi
	if [ -n "${6:-}" ]; then
		mkdir -p "$BUS/drivers/$6"
		ln -s "../../../bus/pci/drivers/$6" "$dir/driver"
	fi
}

list() {
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" list
}

# on_terminal COLUMNS: the same on a terminal, without what a terminal adds.
on_terminal() {
	run script -qec "stty cols $1 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' list" /dev/null </dev/null
	output=${output//$'\r'/}
}

@test "one line for each function: slot, group, driver, class, names and IDs" {
	function_at 0000:01:00.1 10de 10f7 040300 13
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatible controller: NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
0000:01:00.1  13     -        Audio device: NVIDIA, but of this test TU102 High Definition Audio Controller [10de:10f7]" ]
}

@test "--sysroot behind the command" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	run --separate-stderr "$VFIO_CLAIM" list --sysroot="$ROOT"
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "0000:01:00.0  13     nouveau  "* ]]
}

@test "sorted by address as numbers, domains beyond 16 bits last" {
	for slot in 10000:e1:00.0 0000:80:00.0 0000:0a:00.0 0000:0a:1f.7 0000:0a:02.0 ffff:00:00.0 \
		0001:00:00.0 7fffffff:00:00.0; do
		function_at $slot 1022 1483 060400 1
	done
	list
	[ "$status" -eq 0 ]
	[ "$(tail -n +2 <<<"$output" | cut -d' ' -f1 | paste -sd' ')" = "0000:0a:00.0 0000:0a:02.0\
 0000:0a:1f.7 0000:80:00.0 0001:00:00.0 ffff:00:00.0 10000:e1:00.0 7fffffff:00:00.0" ]
	# The columns stay columns.
	[ "$(tail -n +2 <<<"$output" | sed 's/PCI bridge.*//' | awk '{ print length }' | sort -u)" -eq 33 ]
}

@test "the group and driver of a domain beyond 16 bits" {
	function_at 10000:01:00.0 10de 1e07 030000 7 vfio-pci
	list
	[[ "${lines[1]}" == "10000:01:00.0  7      vfio-pci  VGA"* ]]
}

@test "names that pci.ids has not got: numbers" {
	function_at 0000:01:00.0 10de ffee 030000 1
	function_at 0000:02:00.0 fedc ffee 120000 1
	list
	[[ "${lines[1]}" == *": NVIDIA, but of this test Device [10de:ffee]" ]]
	[[ "${lines[2]}" == *" Class "*1200*": Device [fedc:ffee]" ]]
}

@test "no pci.ids at all: the table is there, without names" {
	rm -r "${ROOT:?}/usr"
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	list
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "0000:01:00.0  13     nouveau  "*"[10de:1e07]" ]]
	[[ "$output" != *NVIDIA* ]]
}

@test "identical cards are marked, and the mark explained" {
	function_at 0000:01:00.0 10de 1e07 030000 13
	function_at 0000:01:00.1 10de 10f7 040300 13
	function_at 0000:02:00.0 10de 1e07 030000 14
	list
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "0000:01:00.0* 13 "* ]]
	[[ "${lines[2]}" == "0000:01:00.1  13 "* ]]
	[[ "${lines[3]}" == "0000:02:00.0* 14 "* ]]
	[[ "$output" == *"* These IDs occur more than once"*"use its slot." ]]
}

@test "no two alike: no mark and no footnote; bridges that are alike count for nothing" {
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	function_at 0000:00:02.0 1022 1483 060400 2 pcieport
	function_at 0000:01:00.0 10de 1e07 030000 3
	list
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[[ "$output" != *"*"* ]]
}

@test "no IOMMU: a note with a remedy, the table all the same" {
	function_at 0000:01:00.0 10de 1e07 030000 "" nouveau
	list
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "0000:01:00.0  -      nouveau  VGA"* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "vfio-claim: note: no IOMMU is in use"*"AMD-Vi"*"intel_iommu=on"* ]]
}

@test "an IOMMU but no groups yet, as on arm64: no note" {
	function_at 0000:01:00.0 10de 1e07 030000
	mkdir "$ROOT/sys/class/iommu/smmu3.0x0000000009050000"
	list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
}

@test "no PCI bus, and an empty one" {
	list
	[ "$status" -eq 1 ]
	[ "$output" = "" ]
	[ "$stderr" = "vfio-claim: there is no PCI device here: $BUS/devices is empty; in a container or chroot, run this on the host or mount /sys" ]
	rm -r "$BUS"
	list
	[ "$status" -eq 1 ]
	[ "$output" = "" ]
	[[ "$stderr" == "vfio-claim: there is no PCI device here: $BUS/devices is not there; "* ]]
}

@test "libpci's own errors come as ours: a missing attribute, a strange name" {
	function_at 0000:01:00.0 10de 1e07 030000 1
	rm "$BUS/devices/0000:01:00.0/vendor"
	list
	[ "$status" -eq 1 ]
	[ "$output" = "" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "vfio-claim: the PCI bus cannot be read: "*vendor* ]]
	echo 0x10de >"$BUS/devices/0000:01:00.0/vendor"
	mkdir "$BUS/devices/strange"
	list
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "vfio-claim: the PCI bus cannot be read: "*strange* ]]
}

@test "configuration space is not read: it would wake a sleeping card" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	rm "$ROOT/sys/devices/pci0000:01/0000:01:00.0/config"
	mkfifo "$ROOT/sys/devices/pci0000:01/0000:01:00.0/config" # whoever opens it, hangs
	run --separate-stderr timeout 10 "$VFIO_CLAIM" --sysroot "$ROOT" list
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "0000:01:00.0  13 "* ]]
}

@test "a terminal that is wide enough shows what a file gets" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	list
	expected=$output
	on_terminal 200
	[ "$status" -eq 0 ]
	[ "$output" = "$expected" ]
}

@test "a terminal of 80 columns: the names on a line of their own" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	on_terminal 80
	[ "$status" -eq 0 ]
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatible controller
              NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]" ]
}

@test "a narrow terminal: names cut to the width, the IDs whole" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	on_terminal 45
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatible 
              NVIDIA, but of this [10de:1e07]" ]
	[ "$(awk '{ print length }' <<<"$output" | sort -n | tail -n1)" -le 45 ]
}

@test "a terminal narrower than the columns is no accident" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	on_terminal 10
	[ "$status" -eq 0 ]
	[[ "$output" == *"0000:01:00.0"*"[10de:1e07]"* ]]
}

@test "a cut never halves a letter of more bytes" {
	for dir in misc hwdata; do
		printf '10de  äöüäöüäöü\n\t1e07  Gerät\n' >"$ROOT/usr/share/$dir/pci.ids"
	done
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	for width in 30 31 32 33; do
		on_terminal $width
		iconv -f UTF-8 -t UTF-16 <<<"$output" >/dev/null
		[[ "$output" == *"äö"*"[10de:1e07]"* ]]
	done
}

@test "usage: options and operands that are none, and --help" {
	run --separate-stderr "$VFIO_CLAIM" list --frob
	[ "$status" -eq 2 ]
	[ "$stderr" = "vfio-claim: list: unknown option --frob; see 'vfio-claim list --help'" ]
	run --separate-stderr "$VFIO_CLAIM" list gpu
	[ "$status" -eq 2 ]
	[ "$stderr" = "vfio-claim: list: unexpected argument 'gpu'; see 'vfio-claim list --help'" ]
	run --separate-stderr "$VFIO_CLAIM" list --help
	[ "$status" -eq 0 ]
	[[ "$output" == "Usage: vfio-claim list"* ]]
	[ "$stderr" = "" ]
}
