#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every form of a selector, good and bad, against one machine. A row is
#     KERNEL COMMAND LINE | SLOTS THAT ARE RESERVED | A PIECE OF THE LOG
# where "-" is none, and an empty piece means that nothing but the reservations is logged.

load ../tree

setup_file() {
	tree_make "$BATS_FILE_TMPDIR/machine"
	export ROOT PCI
	tree_device 0000:00:00.0 8086:29c0 060000
	tree_device 0000:00:01.0 1b36:000c 060400
	tree_device 0000:01:00.0 10de:1e07:3842:2487 030000 - 0000:00:01.0
	echo 1 >"$PCI/devices/0000:01:00.0/boot_vga"
	tree_device 0000:01:00.1 10de:10f7:3842:2487 040300 - 0000:00:01.0
	tree_device 0000:01:00.2 10de:1ad6:3842:2487 0c0330 - 0000:00:01.0
	tree_device 0000:02:00.0 10de:1e07:1043:8666 030000
	tree_device 0000:02:00.1 10de:10f7:1043:8666 040300
	tree_device 0000:03:00.0 144d:a808 010802
	tree_device 0000:04:00.0 1b36:000c 060400
	tree_device 0000:04:00.1 8086:1521 020000
	# a switch: an upstream port, and a downstream port with a card of two functions
	tree_device 0000:00:1c.4 8086:9d14 060400
	tree_device 0000:0a:00.0 10b5:8747 060400 - 0000:00:1c.4
	tree_device 0000:0b:02.0 10b5:8747 060400 - 0000:0a:00.0
	tree_device 0000:0c:00.0 1912:0014 0c0330 - 0000:0b:02.0
	tree_device 0000:0c:00.1 1912:0015 0c0330 - 0000:0b:02.0
	tree_device 0001:01:00.0 10de:1e07:3842:2487 030200
	# a VMD controller, which is the host bridge of a domain of its own
	tree_device 0000:00:0e.0 8086:28c0 010400
	tree_device 10000:e0:06.0 8086:2030 060400 - 0000:00:0e.0/pci10000:e0
	tree_device 10000:e1:00.0 8086:0a54 010802 - 10000:e0:06.0
	tree_device ffffffff:ff:1f.7 1234:0001 ff0000
}

reset() {
	local file
	for file in "$PCI"/devices/*/driver_override; do echo '(null)' >"$file"; done
	rm -rf "$ROOT/run/vfio-claim"
	: >"$ROOT/dev/kmsg"
}

# check_row CMDLINE SLOTS PIECE
check_row() {
	local is rest
	reset
	tree_cmdline "$1"
	boot reserve
	is=$(reserved)
	[ "${is:--}" = "$2" ] || {
		printf '%s\n  reserved: %s\n  should be: %s\n' "$1" "${is:--}" "$2"
		return 1
	}
	rest=$(<"$ROOT/dev/kmsg")
	if [ -z "$3" ]; then
		[ -z "$rest" ] && [ "$status" = 0 ] && return
	else
		[[ $rest == *"$3"* ]] && return
	fi
	printf '%s\n  status %s, log: %s\n  should have: %s\n' "$1" "$status" "$rest" "$3"
	return 1
}

@test "every selector of the table reserves what it names and nothing else" {
	# bats looks at every command of every function, which takes most of the time.
	set +T
	local cmdline slots piece rows=0 failed=0
	# Without the white space at both ends of each.
	while IFS='|' read -r cmdline slots piece; do
		[ -n "$cmdline" ] || continue
		rows=$((rows + 1))
		check_row "$cmdline" "$slots" "$piece" || failed=$((failed + 1))
	done < <(sed -e '/^#/d' -e 's/[[:space:]]*|[[:space:]]*/|/g' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' \
		"$BATS_TEST_DIRNAME/selectors.table")
	echo "$rows rows, $failed failed"
	[ "$rows" -gt 100 ]
	[ "$failed" = 0 ]
}

@test "a command line of 1 MiB is read to its end" {
	local filler
	filler=$(head -c 1048576 /dev/zero | tr '\0' x)
	check_row "$filler rd.vfio.claim=02:00.0" 0000:02:00.0 ""
}

@test "4096 selectors are all read" {
	local list
	list=$(printf 'rd.vfio.claim=%04x:0001 ' {1..4095})
	check_row "$list rd.vfio.claim=02:00.0" 0000:02:00.0 "rd.vfio.claim=0fff:0001: no such"
}

@test "a NUL byte ends the command line, as it does for the kernel" {
	reset
	printf 'rd.vfio.claim=02:00.0\0 rd.vfio.claim=03:00.0\n' >"$ROOT/proc/cmdline"
	boot reserve
	expect reserved "$(reserved)" 0000:02:00.0
}

@test "an empty command line asks for nothing" {
	reset
	: >"$ROOT/proc/cmdline"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" ""
	[ ! -e "$ROOT/run/vfio-claim" ]
}
