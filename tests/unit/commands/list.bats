#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim list, on sysfs trees made here.

bats_require_minimum_version 1.5.0

load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
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
		ln -sfn "../../../../bus/pci/devices/$1" "$ROOT/sys/kernel/iommu_groups/$5/devices/$1"
		ln -s "../../../kernel/iommu_groups/$5" "$dir/iommu_group"
	fi
	if [ -n "${6:-}" ]; then
		mkdir -p "$BUS/drivers/$6"
		ln -s "../../../bus/pci/drivers/$6" "$dir/driver"
	fi
}

list() {
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" list "$@"
}

# on_terminal COLUMNS [OPTION...]: the same on a terminal, without what a terminal adds.
on_terminal() {
	NO_COLOR=${NO_COLOR-1} LC_ALL=${LC_ALL-C} run script -qec \
		"stty cols $1 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' list ${*:2}" /dev/null </dev/null
	output=${output//$'\r'/}
}

# behind PARENT SLOT VENDOR DEVICE CLASS [GROUP [DRIVER]]: function_at, moved behind a bridge
behind() {
	local dir
	function_at "${@:2}"
	dir=$(readlink -f "$BUS/devices/$1")
	mv "$ROOT/sys/devices/pci${2%:*}/$2" "$dir/"
	rmdir --ignore-fail-on-non-empty "$ROOT/sys/devices/pci${2%:*}"
	ln -sfnr "$dir/$2" "$BUS/devices/$2"
	[ -z "${6:-}" ] || ln -sfnr "$ROOT/sys/kernel/iommu_groups/$6" "$dir/$2/iommu_group"
	[ -z "${7:-}" ] || ln -sfnr "$BUS/drivers/$7" "$dir/$2/driver"
}

# asked CMDLINE: what this boot was asked; the functions get what the boot program reads of them
asked() {
	local dir vendor device class
	mkdir -p "$ROOT/proc"
	echo "$1" >"$ROOT/proc/cmdline"
	for dir in "$BUS"/devices/*; do
		vendor=$(<"$dir/vendor") device=$(<"$dir/device") class=$(<"$dir/class")
		vendor=${vendor^^} device=${device^^} class=${class^^}
		echo "pci:v0000${vendor#0X}d0000${device#0X}sv00000000sd00000000bc${class:2:2}sc${class:4:2}i${class:6:2}" \
			>"$dir/modalias"
	done
}

# needed SLOT: / is on a drive of this controller
needed() {
	local dir
	dir=$(readlink -f "$BUS/devices/$1")
	mkdir -p "$dir/block/sda/slaves" "$ROOT/sys/dev/block" "$ROOT/sys/class/block" "$ROOT/proc/self"
	ln -sfnr "$dir/block/sda" "$ROOT/sys/dev/block/8:0"
	ln -sfnr "$dir/block/sda" "$ROOT/sys/class/block/sda"
	echo "30 1 8:0 / / rw - ext4 /dev/sda rw" >"$ROOT/proc/self/mountinfo"
}

json() {
	# shellcheck disable=SC2154
	"$TOP/tests/unit/json-value" list "$1" <<<"$output"
}

@test "one line for each function: slot, group, driver, class, names and IDs" {
	function_at 0000:01:00.1 10de 10f7 040300 13
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatible controller [0300]: NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
0000:01:00.1  13     -        Audio device [0403]: NVIDIA, but of this test TU102 High Definition Audio Controller [10de:10f7]" ]
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
	[ "$(tail -n +2 <<<"$output" | sed 's/PCI bridge .*//' | awk '{ print length }' | sort -u)" -eq 33 ]
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
	[[ "${lines[2]}" == *" Class [1200]: Device [fedc:ffee]" ]]
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

@test "a device that vanishes while it is read is left out, and so is what is no device" {
	function_at 0000:01:00.0 10de 1e07 030000 1
	function_at 0000:02:00.0 144d a808 010802 2
	rm "$BUS/devices/0000:01:00.0/class"
	ln -s ../../../devices/gone "$BUS/devices/0000:03:00.0"
	mkdir "$BUS/devices/strange"
	list
	expect status "$status" 0
	expect stderr "$stderr" ""
	expect slots "$(grep -o '0[0-9]:00\.0' <<<"$output")" "02:00.0"
}

@test "a pci.ids with a bad line: one line says which" {
	function_at 0000:01:00.0 10de 1e07 030000 1
	for dir in misc hwdata; do
		printf '10de  NVIDIA\nnonsense\n' >"$ROOT/usr/share/$dir/pci.ids"
	done
	# run would not show an empty line.
	"$VFIO_CLAIM" --sysroot "$ROOT" list 2>"$BATS_TEST_TMPDIR/errors" || status=$?
	expect status "$status" 1
	expect lines "$(wc -l <"$BATS_TEST_TMPDIR/errors")" 1
	expect_in message "$(<"$BATS_TEST_TMPDIR/errors")" "pci.ids, line 2"
}

@test "--groups: by their numbers, each whole that has such a kind; those in none last" {
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	function_at 0000:01:00.0 10de 1e07 030000 10 nouveau
	function_at 0000:02:00.0 10de 1e08 030000
	function_at 0000:03:00.0 10de 1e09 030000 2
	function_at 0000:04:00.0 1022 1484 010601
	function_at 0000:05:00.0 10de 10f7 040300 10
	slots() { tail -n +2 <<<"$output" | awk '{ print substr($1, 6, 2) "-" $2 }' | xargs; }
	list --groups
	[ "$status" -eq 0 ]
	expect all "$(slots)" "00-1 03-2 01-10 05-10 02-- 04--"
	list --groups gpu
	expect gpu "$(slots)" "03-2 01-10 05-10 02--"
	list --groups bridge
	expect bridge "$(slots)" "00-1"
	list --groups --json gpu
	expect json "$(json '[x["slot"][5:7] for x in d["devices"]]')" '["03", "01", "05", "02"]'
	list --groups usb
	expect message "$stderr" "vfio-claim: no such device"
	on_terminal 80 --groups gpu
	[ "$(wc -L <<<"$output")" -le 80 ]
}

# every: a function of each class that pci.ids has, and of some that it has not; their IDs are every 20th of it
every() {
	python3 - "$ROOT" <<-'EOF'
		import os, re, sys
		root = sys.argv[1]
		ids, classes, vendor, base = [], ["ff0000", "ffff00", "120100", "0ffe00", "aabbcc"], None, None
		for line in open("/usr/share/misc/pci.ids", encoding="utf-8"):
		    if match := re.match("(C )?([0-9a-f]+)  ", line):
		        vendor, base = (None, match[2]) if match[1] else (match[2], None)
		    elif match := re.match("\t([0-9a-f]+)  ", line):
		        if base:
		            classes.append(base + match[1] + "00")
		        elif vendor:
		            ids.append((vendor, match[1]))
		ids = [("fedc", "ba98"), ("10de", "fffe"), ("0000", "0000")] + ids[::20]
		for i, (vendor, device) in enumerate(ids):
		    slot = "%04x:%02x:%02x.%x" % (i >> 13, i >> 8 & 0xff, i >> 3 & 31, i & 7)
		    path = "%s/sys/devices/pci%s/%s" % (root, slot[:7], slot)
		    os.makedirs(path)
		    for name, value in (("vendor", "0x" + vendor), ("device", "0x" + device), ("irq", "0"),
		                        ("class", "0x" + classes[i % len(classes)]), ("config", "\0" * 64),
		                        ("resource", ("0x%016x 0x%016x 0x%016x\n" % (0, 0, 0)) * 7)):
		        with open(path + "/" + name, "w") as file:
		            file.write(value + "\n")
		    os.symlink(path, root + "/sys/bus/pci/devices/" + slot)
	EOF
}

@test "class and names are those of lspci -nn, to the letter" {
	cp /usr/share/misc/pci.ids "$ROOT/usr/share/misc/"
	cp /usr/share/misc/pci.ids "$ROOT/usr/share/hwdata/"
	every
	# run takes too long for so many lines. What is longer than its buffer lspci cuts.
	"$VFIO_CLAIM" --sysroot "$ROOT" list 2>/dev/null |
		sed -n 's/^\([0-9a-f:.]*\)[* ] [^ ]* *- *\(.*\)/\1 \2/p' >"$BATS_TEST_TMPDIR/ours"
	lspci -nnD -O "sysfs.path=$BUS" -i /usr/share/misc/pci.ids |
		sed 's/ (rev ..)$//' >"$BATS_TEST_TMPDIR/theirs"
	paste -d'\n' "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs" >"$BATS_TEST_TMPDIR/both"
	sed -n '1~2 { h; n; /\.\.\.$/d; x; p; }' "$BATS_TEST_TMPDIR/both" >"$BATS_TEST_TMPDIR/ours"
	sed -n '2~2 { /\.\.\.$/!p; }' "$BATS_TEST_TMPDIR/both" >"$BATS_TEST_TMPDIR/theirs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/theirs")" -gt 500 ]
	diff "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs" | head -n 6
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
}

@test "what names of drivers and devices would do to a terminal they do not; in JSON they are exact" {
	function_at 0000:01:00.0 10de 1e07 030000 13 $'e\033[2Jv\nil'
	printf '10de  N\033]0;x\aVIDIA\n\t1e07  TU102\nC 03  Dis\033[1mplay\n\t00  V\033GA\n' |
		tee "$ROOT/usr/share/misc/pci.ids" >"$ROOT/usr/share/hwdata/pci.ids"
	for option in "" --tree --groups; do
		# shellcheck disable=SC2086 # none is no word
		list $option
		[[ "$output" == *'e\x1b[2Jv\x0ail'* && "$output" == *'N\x1b]0;x\x07VIDIA'* ]]
		[[ "$output" != *$'\033'* && "$output" != *$'\a'* ]]
		on_terminal 60 "$option"
		[[ "$output" != *$'\033'* && "$output" == *'\x1b[2Jv'* ]]
	done
	list --json
	[ "$(python3 -c 'import json, sys; print(ascii(json.load(sys.stdin)["devices"][0]["driver"]))' <<<"$output")" = "'e\x1b[2Jv\nil'" ]
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
0000:01:00.0  13     nouveau  VGA compatible controller [0300]
              NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]" ]
}

@test "a narrow terminal: names cut to the width, the IDs whole" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	on_terminal 45
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatib...
              NVIDIA, but of t... [10de:1e07]" ]
	[ "$(awk '{ print length }' <<<"$output" | sort -n | tail -n1)" -le 45 ]
	# In a locale that has it, the letter for it, which is one column wide.
	LC_ALL=C.UTF-8 on_terminal 45
	[ "$output" = "\
SLOT          GROUP  DRIVER   DEVICE
0000:01:00.0  13     nouveau  VGA compatible…
              NVIDIA, but of thi… [10de:1e07]" ]
}

@test "a name that just fits is whole, and one column less cuts it" {
	local width
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	on_terminal 80
	width=$(wc -L <<<"${lines[2]}")
	on_terminal "$width"
	expect_in name "${lines[2]}" "2080 Ti] [10de:1e07]"
	on_terminal $((width - 1))
	expect_in name "${lines[2]}" "2080... [10de:1e07]"
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
	for width in 34 35 36 37; do
		on_terminal $width
		iconv -f UTF-8 -t UTF-16 <<<"$output" >/dev/null
		[[ "$output" == *"äö"*"[10de:1e07]"* ]]
	done
}

@test "marks: claimed, asked for, boot display, needed" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	function_at 0000:02:00.0 10de 1e08 030000 14 vfio-pci
	function_at 0000:03:00.0 1022 1483 010601 15 ahci
	function_at 0000:04:00.0 1022 1484 010601 16 vfio-pci
	echo 1 >"$BUS/devices/0000:01:00.0/boot_vga"
	echo 0 >"$BUS/devices/0000:02:00.0/boot_vga"
	needed 0000:03:00.0
	asked "rd.vfio.claim=02:00.0,01:00.0"
	list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	expect_in line "${lines[1]}" "[10de:1e07]  (asked for, but not claimed, boot display)"
	[[ "${lines[2]}" == *"[10de:1e08]  (claimed)" ]]
	[[ "${lines[3]}" == *"[1022:1483]  (this system needs it for /)" ]]
	[[ "${lines[4]}" == *"[1022:1484]" ]]
	asked "rd.vfio.claim=02:00.0,01:00.0 rd.vfio=0"
	list
	[[ "${lines[2]}" == *"[10de:1e08]" ]]
	asked "rd.vfio.claim=10de:1e08 rd.vfio.keep=02:00.0"
	list
	[[ "${lines[2]}" == *"[10de:1e08]" ]]
	list --json
	expect "a kept one" "$(json '[d["devices"][1]["asked"], d["devices"][1]["claimed"]]')" "[false, false]"
}

@test "the mark of what is needed holds for its place behind a bridge" {
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	behind 0000:00:01.0 0000:01:00.0 1022 1484 010601 2 ahci
	function_at 0000:02:00.0 1022 1484 010601 3 ahci
	needed 0000:01:00.0
	list
	[[ "${lines[2]}" == "0000:01:00.0"*"(this system needs it for /)" ]]
	expect_not_in line "${lines[3]}" needs
}

@test "what cannot be found out for the marks is no message" {
	function_at 0000:01:00.0 10de 1e07 030000 13 nouveau
	asked "rd.vfio.claim=01:00.0"
	mkdir -p "$ROOT/proc/self" "$ROOT/run/vfio-claim/conf"
	echo "30 1 8:0 / / rw - ext4 /dev/sda rw" >"$ROOT/proc/self/mountinfo"
	list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	[[ "${lines[1]}" == *"[10de:1e07]" ]]
	# Messages are only held back meanwhile.
	rmdir "$BUS/devices" 2>/dev/null || rm -r "$BUS/devices"
	list
	[ "$stderr" != "" ]
}

@test "kinds: by class, several together, none here, and no such word" {
	function_at 0000:01:00.0 10de 1e07 030000 1
	function_at 0000:01:00.1 10de 10f7 040300 2
	function_at 0000:02:00.0 1022 0001 0c0330 3
	function_at 0000:03:00.0 1022 0002 010802 4
	function_at 0000:04:00.0 1022 0003 028000 5
	function_at 0000:05:00.0 1022 0004 0d1100 6
	function_at 0000:06:00.0 10de 0005 030200 7
	function_at 0000:07:00.0 1022 0006 040100 8
	function_at 0000:08:00.0 1022 0007 0c0500 9
	function_at 0000:09:00.0 1022 0008 010601 10
	function_at 0000:0a:00.0 1022 0009 060400 11
	function_at 0000:0b:00.0 1022 000a 120000 12
	slots() { tail -n +2 <<<"$output" | cut -c 6-7 | xargs; }
	list gpu && expect gpu "$(slots)" "01 06"
	list audio && expect audio "$(slots)" "01 07"
	list usb && expect usb "$(slots)" "02"
	list nvme && expect nvme "$(slots)" "03"
	list sata && expect sata "$(slots)" "09"
	list storage && expect storage "$(slots)" "03 09"
	list net && expect net "$(slots)" "04 05"
	list bridge && expect bridge "$(slots)" "0a"
	list accelerator && expect accelerator "$(slots)" "0b"
	list --json usb nvme
	expect json "$(json '[x["slot"] for x in d["devices"]]')" '["0000:02:00.0", "0000:03:00.0"]'
	rm -r "$BUS/devices/0000:02:00.0"
	list usb
	[ "$status" -eq 0 ]
	expect output "$output" ""
	expect message "$stderr" "vfio-claim: no such device"
	list disk
	[ "$status" -eq 2 ]
	expect message "$stderr" "vfio-claim: list: 'disk' is not a kind of device; the kinds are gpu, audio, usb, nvme, sata, storage, net, accelerator, bridge; see 'vfio-claim list --help'"
}

@test "--tree: what is behind which bridge" {
	function_at 0000:00:00.0 1022 1483 060000 0
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	behind 0000:00:01.0 0000:01:00.0 1022 1483 060400 2 pcieport
	behind 0000:01:00.0 0000:02:00.0 10de 1e07 030000 3 nouveau
	behind 0000:01:00.0 0000:02:00.1 10de 10f7 040300 3
	function_at 0000:00:02.0 10de 1e07 030000
	function_at 10000:e1:00.0 10de 1e07 030000 7
	list --tree
	[ "$status" -eq 0 ]
	expect tree "$output" "\
pci0000:00
|-- 0000:00:00.0  AMD, but of this test Starship Bridge [1022:1483]
|     Bridge [0600], group 0, no driver
|-- 0000:00:01.0  AMD, but of this test Starship Bridge [1022:1483]
|   |   PCI bridge [0604], group 1, driver pcieport
|   \`-- 0000:01:00.0  AMD, but of this test Starship Bridge [1022:1483]
|       |   PCI bridge [0604], group 2, driver pcieport
|       |-- 0000:02:00.0  NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
|       |     VGA compatible controller [0300], group 3, driver nouveau
|       \`-- 0000:02:00.1  NVIDIA, but of this test TU102 High Definition Audio Controller [10de:10f7]
|             Audio device [0403], group 3, no driver
\`-- 0000:00:02.0  NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
      VGA compatible controller [0300], no group, no driver
pci10000:e1
\`-- 10000:e1:00.0  NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
      VGA compatible controller [0300], group 7, no driver"
	list audio --tree
	expect tree "$output" "\
pci0000:00
\`-- 0000:00:01.0  AMD, but of this test Starship Bridge [1022:1483]
    |   PCI bridge [0604], group 1, driver pcieport
    \`-- 0000:01:00.0  AMD, but of this test Starship Bridge [1022:1483]
        |   PCI bridge [0604], group 2, driver pcieport
        \`-- 0000:02:00.1  NVIDIA, but of this test TU102 High Definition Audio Controller [10de:10f7]
              Audio device [0403], group 3, no driver"
	list --tree --groups
	[ "$status" -eq 2 ]
	expect message "$stderr" "vfio-claim: list: --tree or --groups, not both; see 'vfio-claim list --help'"
	list --tree --json
	[ "$status" -eq 2 ]
}

@test "--paths: a column with what the claims know as the path; in the tree, too; on a terminal" {
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	behind 0000:00:01.0 0000:01:00.0 1022 1483 060400 2 pcieport
	behind 0000:01:00.0 0000:02:00.1 10de 10f7 040300 3
	function_at 10000:e1:00.0 10de 1e07 030000 7
	list --paths
	expect stderr "$stderr" ""
	expect table "$(sed 's/: .*//' <<<"$output")" "\
SLOT           PATH               GROUP  DRIVER    DEVICE
0000:00:01.0   00:01.0            1      pcieport  PCI bridge [0604]
0000:01:00.0   00:01.0/00.0       2      pcieport  PCI bridge [0604]
0000:02:00.1   00:01.0/00.0/00.1  3      -         Audio device [0403]
10000:e1:00.0  10000:e1:00.0      7      -         VGA compatible controller [0300]"
	list --tree --paths audio
	expect_in tree "$output" "00:01.0/00.0/00.1, Audio device [0403], group 3"
	list --json
	expect json "$(json '[x["path"] for x in d["devices"]]')" \
		'["00:01.0", "00:01.0/00.0", "00:01.0/00.0/00.1", "10000:e1:00.0"]'
	# What is shown is a selector for it.
	asked "rd.vfio.claim=00:01.0/00.0/00.1"
	list --json audio
	expect asked "$(json '[x["asked"] for x in d["devices"]]')" '[true]'
	list
	expect_not_in "table without" "$output" "/00."
	on_terminal 70 --paths
	[ "$(wc -L <<<"$output")" -le 70 ]
}

@test "--tree on a terminal of 80 columns: no line is longer, the IDs whole" {
	function_at 0000:00:01.0 1022 1483 060400 1 pcieport
	behind 0000:00:01.0 0000:01:00.0 10de 1e07 030000 3 nouveau
	echo 1 >"$BUS/devices/0000:01:00.0/boot_vga"
	needed 0000:01:00.0
	asked "rd.vfio.claim=01:00.0"
	on_terminal 80 --tree
	[ "$(wc -L <<<"$output")" -le 80 ]
	expect ids "$(grep -c '[^ ] \[10de:1e07\]$' <<<"$output")" 1
	on_terminal 40 --tree
	expect marks "$(sed -n '/1e07/,$p' <<<"$output" | tail -n +2)" "\
          VGA compatible controller
          [0300], group 3, driver
          nouveau, asked for, but not
          claimed, boot display, this
          system needs it for /"
}

@test "marks on a terminal of 80 columns: on a line of their own" {
	function_at 0000:01:00.0 10de 1e07 030000 13 vfio-pci
	asked "rd.vfio.claim=01:00.0"
	on_terminal 80
	expect output "$output" "\
SLOT          GROUP  DRIVER    DEVICE
0000:01:00.0  13     vfio-pci  VGA compatible controller [0300]
              NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti] [10de:1e07]
              claimed"
}

@test "colour: on a terminal only, not with NO_COLOR or on a dumb one" {
	function_at 0000:01:00.0 10de 1e07 030000 13 vfio-pci
	function_at 0000:02:00.0 10de 1e08 030000 14
	function_at 0000:03:00.0 1022 1483 010601 15 ahci
	needed 0000:03:00.0
	asked "rd.vfio.claim=01:00.0,02:00.0"
	export TERM=xterm NO_COLOR=
	on_terminal 80
	expect_in output "$output" $'\033[1;32m0000:01:00.0\033[0m  13'
	expect_in output "$output" $'\033[1;31m0000:02:00.0\033[0m  14'
	expect_in output "$output" $'\033[1;33m0000:03:00.0\033[0m  15'
	on_terminal 80 --tree
	expect_in output "$output" $'\033[1;32m0000:01:00.0\033[0m  NVIDIA'
	list
	expect_not_in output "$output" $'\033'
	NO_COLOR=1 on_terminal 80
	expect_not_in output "$output" $'\033'
	TERM=dumb on_terminal 80
	expect_not_in output "$output" $'\033'
}

@test "--json: one document with all that is known" {
	function_at 0000:01:00.0 10de 1e07 030000 13 vfio-pci
	function_at 0000:02:00.0 1022 1483 060401
	echo 1 >"$BUS/devices/0000:01:00.0/boot_vga"
	echo 0x3842 >"$BUS/devices/0000:01:00.0/subsystem_vendor"
	echo 0x2487 >"$BUS/devices/0000:01:00.0/subsystem_device"
	asked "rd.vfio.claim=01:00.0"
	list --json
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	expect first "$(json 'd["devices"][0]')" '{"slot": "0000:01:00.0", "path": "01:00.0", "group": "13", "driver": "vfio-pci", "class": "030000", "vendor": "10de", "device": "1e07", "subvendor": "3842", "subdevice": "2487", "class_name": "VGA compatible controller", "name": "NVIDIA, but of this test TU102 [GeForce RTX 2080 Ti]", "same_ids": false, "bridge": false, "boot_vga": true, "asked": true, "claimed": true, "needed_for": null, "in_the_way": false, "sound": null, "physical_function": null, "power_state": null, "reset": null, "reset_methods": null, "resizable_bars": null, "max_virtual_functions": null, "acs": null}'
	expect second "$(json '[d["iommu"]] + [d["devices"][1][k] for k in ("group", "driver", "bridge", "class", "subvendor")]')" \
		'[true, null, null, true, "060401", null]'
	# Names that pci.ids has not got.
	function_at 0000:03:00.0 fedc ffee 12a0b1
	list --json
	expect unknown "$(json '[d["devices"][2][k] for k in ("class", "class_name", "name")]')" '["12a0b1", "Class", "Device"]'
}

@test "messages are folded on a terminal, between words, and only there" {
	function_at 0000:01:00.0 10de 1e07 030000 ""
	on_terminal 60 gpu
	[ "$(wc -L <<<"$output")" -le 60 ]
	expect_in note "$output" $'vfio-claim: note: no IOMMU is in use'
	expect_in indented "$output" $'\n    '
	on_terminal 400 gpu
	expect "lines of the note" "$(grep -A9 'note: ' <<<"$output" | wc -l)" 1
	list gpu
	expect "lines of the note" "${#stderr_lines[@]}" 1
}

@test "usage: options and operands that are none, and --help" {
	run --separate-stderr "$VFIO_CLAIM" list --frob
	[ "$status" -eq 2 ]
	[ "$stderr" = "vfio-claim: list: unknown option --frob; see 'vfio-claim list --help'" ]
	run --separate-stderr "$VFIO_CLAIM" list --help
	[ "$status" -eq 0 ]
	[[ "$output" == "Usage: vfio-claim list"* ]]
	[ "$(wc -L <<<"$output")" -le 80 ]
	[ "$stderr" = "" ]
}
