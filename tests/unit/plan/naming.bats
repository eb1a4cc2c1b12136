#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How devices are named: selectors as other tools write them, slots that shift, what is not there yet, and the
# sound of a card that is on another bus.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

# Debian with, behind root ports, a card of display and sound, a drive, a network card with virtual functions,
# and a port with nothing in it that has bus numbers for what may come.
setup() {
	system_debian
	rm -rf "$PCI"/devices/* "$ROOT"/sys/devices/pci* "$ROOT"/sys/kernel/iommu_groups/*
	tree_device 0000:00:01.0 8086:1901 060400
	tree_device 0000:01:00.0 10de:1e07 030000 - 0000:00:01.0
	tree_device 0000:01:00.1 10de:10f7 040300 - 0000:00:01.0
	tree_device 0000:00:1b.0 8086:a340 060400
	tree_device 0000:02:00.0 144d:a808 010802 - 0000:00:1b.0
	tree_device 0000:00:1c.0 8086:a338 060400
	tree_device 0000:03:00.0 8086:1521 020000 - 0000:00:1c.0
	tree_device 0000:00:1d.0 8086:a330 060400
	tree_device 0000:00:14.0 8086:a36d 0c0330
	buses 0000:00:01.0 1 1
	buses 0000:00:1b.0 2 2
	buses 0000:00:1c.0 3 3
	buses 0000:00:1d.0 5 57
}

# buses BRIDGE FIRST LAST: the numbers of the buses behind it
buses() {
	echo "$2" >"$PCI/devices/$1/secondary_bus_number"
	echo "$3" >"$PCI/devices/$1/subordinate_bus_number"
}

# words FILE: what of ours is in it
words() {
	grep -ao 'rd\.vfio[^ "#]*' "$1" | tr '\n' ' '
}

# says STATUS PIECE COMMAND...: with this in its message
says() {
	local wanted=$1 piece=$2
	shift 2
	vfio "$@"
	expect "status of $* ($output $stderr)" "$status" "$wanted"
	expect_in "messages of $*" "$stderr" "$piece"
}

# lacks PIECE COMMAND...: it is nowhere in what it prints
lacks() {
	local piece=$1
	shift
	vfio "$@"
	expect_not_in "output of $*" "$output$stderr" "$piece"
}

@test "a slot as another program writes it: wrong usage, and what to write" {
	local command
	for command in plan enable try; do
		says 2 "'01:00' is not a selector: vendor and device need four digits; 01:00.* is the whole card, 01:00.0 one function" "$command" 01:00
		says 2 "01:00.* is the whole card" "$command" 0000:01:00
		says 2 "; write 00:14.0" "$command" 00:14:0
		says 2 "; write 01:00.0" "$command" pci_0000_01_00_0
		says 2 "; write 10de:1e07" "$command" "[10de:1e07]"
		says 2 "selectors are separated by commas" "$command" "10de:1e07;10de:10f7"
	done
	says 3 "01:00.* is the whole card" check 01:00
	says 2 "01:00.* is the whole card" export --format qemu 01:00
	says 2 "01:00.* is the whole card" enable 02:00.0 --keep 0000:01:00
	says 2 "'boot-vga' is not a selector: boot-vga can only be kept; see" plan boot-vga
}

@test "a blank behind a comma: one word or two, it is the list that was meant" {
	did enable 01:00.0, 01:00.1
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.0,01:00.1 "
	did enable "01:00.1 , 01:00.0,"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.1,01:00.0 "
	did plan "01:00.0, 01:00.1"
	expect lines "$(grep -c 'claimed by' <<<"$output")" 2
	says 2 "'01:00.0 01:00.1' is not a selector: it has a blank or a quote in it" enable "01:00.0 01:00.1"
}

@test "on a command line what was meant is in the plan, the check and the JSON" {
	vfio plan --cmdline "rd.vfio.claim=01:00,01:00.1 vfio-pci.ids=02:00.0 rd.vfio.keep=00:14:0"
	expect status "$status" 1
	expect_in plan "$output" "rd.vfio.claim=01:00: ignored: vendor and device need four digits; 01:00.* is the whole card"
	expect_in plan "$output" "vfio-pci.ids=02:00.0: ignored: it takes no address, but rd.vfio.claim= does"
	expect_in plan "$output" "rd.vfio.keep=00:14:0: ignored"
	expect_in plan "$output" "0000:01:00.1: claimed by vfio-pci"
	vfio plan --cmdline "rd.vfio.claim=01:00" --json
	expect_in JSON "$output" "01:00.* is the whole card"
	echo "claim = 01:00.0 # the card" >"$ROOT/etc/vfio-claim.conf"
	vfio plan --cmdline quiet
	expect_in plan "$output" "claim=01:00.0 # the card: ignored: a comment needs a line of its own"
}

@test "rd.vfio=none, and group=no that an enable --add must not turn on" {
	vfio plan --cmdline "rd.vfio.claim=01:00.0 rd.vfio=none"
	expect plan "$output" "rd.vfio=0: nothing is claimed"
	printf 'VFIO_CLAIM="01:00.0"\nVFIO_CLAIM_OPTIONS="rd.vfio.group=no"\n' >"$ROOT/etc/default/grub.d/vfio-claim.cfg"
	cat "$BATS_TEST_TMPDIR/cfg" >>"$ROOT/etc/default/grub.d/vfio-claim.cfg"
	sed -i '/^VFIO_CLAIM_OPTIONS=""/d; /^VFIO_CLAIM=""/d' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable --add 01:00.1
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.0,01:00.1 "
}

@test "a guard that does not hold says where its ID is now" {
	local command
	for command in plan enable try; do
		says 1 "rd.vfio.claim=02:00.0@10de:1e07: 10de:1e07 is now at 01:00.0" "$command" 02:00.0@10de:1e07
		says 1 "rd.vfio.claim=04:00.0@10de:1e07: 10de:1e07 is now at 01:00.0" "$command" 04:00.0@10de:1e07
		says 1 "10de:1e07 is now at 01:00.0" "$command" 00:1b.0/00.0@10de:1e07
	done
	vfio check 02:00.0@10de:1e07
	expect_in check "$output" "warning  rd.vfio.claim=02:00.0@10de:1e07: 10de:1e07 is now at 01:00.0"
	says 1 "02:00.0@10de:1e07: 10de:1e07 is now at 01:00.0" export --format qemu 02:00.0@10de:1e07
	# All functions, one guard: said once.
	tree_device 0000:02:00.1 144d:a809 010802 - 0000:00:1b.0
	vfio plan "02:00.*@10de:1e07"
	expect "how often" "$(grep -c 'is now at' <<<"$stderr")" 1
	# Several, any, none.
	tree_device 0000:00:02.0 10de:1e07 030000
	tree_device 0000:00:03.0 10de:1e07 030000
	tree_device 0000:00:04.0 10de:1e07 030000
	says 1 "10de:1e07 is now at 00:02.0, 00:03.0, 00:04.0 and 1 more" plan 02:00.0@10de:1e07
	says 1 "10de:* is now at " plan 02:00.0@10de:*
	lacks "is now at" plan 02:00.0@dead:beef
	lacks "is now at" plan 01:00.0@10de:1e07
	lacks "is now at" plan 10de:1e07
}

@test "status says where a guarded device has gone, and one that was remembered" {
	tree_cmdline "rd.vfio.claim=02:00.0@10de:1e07,01:00.1"
	vfio status
	expect_in status "$output" "rd.vfio.claim=02:00.0@10de:1e07: 10de:1e07 is now at 01:00.0"
	expect_not_in status "$output" "01:00.1: when"
	mkdir -p "$ROOT/var/lib/vfio-claim"
	printf '# a comment\nwords = x\ndevice = 02:00.0 10de:1e07\ndevice = 01:00.1 10de:10f7\n' \
		>"$ROOT/var/lib/vfio-claim/enabled"
	tree_cmdline "rd.vfio.claim=02:00.0,01:00.1"
	vfio status
	expect_in status "$output" \
		"rd.vfio.claim=02:00.0: when 'vfio-claim enable' set it, this was 10de:1e07, which is now at 01:00.0"
	expect_not_in status "$output" "01:00.1: when"
	vfio check 02:00.0
	expect_in check "$output" "this was 10de:1e07, which is now at 01:00.0"
	# Something else is in its place, and it is nowhere.
	rm "$PCI/devices/0000:01:00.0"
	vfio status
	expect_in status "$output" "rd.vfio.claim=02:00.0: when 'vfio-claim enable' set it, this was 10de:1e07, which is not here now"
	rm "$PCI/devices/0000:02:00.0"
	vfio status
	expect_not_in status "$output" "when 'vfio-claim enable'"
}

@test "a virtual function that is not made yet is enabled without force" {
	local dir=$PCI/devices/0000:03:00.0
	echo 8 >"$dir/sriov_totalvfs"
	echo 128 >"$dir/sriov_offset"
	echo 4 >"$dir/sriov_stride"
	says 0 "warning: rd.vfio.claim=03:10.0: it is not there now; it will be claimed as soon as 03:00.0 creates this virtual function" \
		enable 03:10.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=03:10.0 "
	expect_not_in message "$stderr" "no such device now"
	did enable 03:10.4
	did enable "03:11.*"
	expect_in message "$stderr" "creates this virtual function"
	did plan 03:13.4
	vfio check 03:13.4
	expect_in check "$output" "warning  rd.vfio.claim=03:13.4: it is not there now"
	expect_not_in check "$output" "problem  rd.vfio.claim"
	# Between two of them, and behind the last.
	says 1 "" plan 03:10.1
	says 1 "" plan 03:14.0
	expect_not_in message "$stderr" "virtual function"
	# An old kernel does not say where they will be: on the same bus.
	rm "$dir/sriov_offset" "$dir/sriov_stride"
	did plan 03:10.1
	says 1 "" plan 02:10.0
}

@test "what can be plugged in is enabled without force, by slot and by path" {
	says 0 "warning: rd.vfio.claim=07:00.0: it is not there now; it will be claimed as soon as it is plugged in behind 00:1d.0" \
		enable 07:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=07:00.0 "
	says 0 "plugged in behind 00:1d.0" enable 00:1d.0/00.0/01.0/00.0@10de:1e07
	did plan 39:00.0
	# Behind the last of its buses; a second function of a device that is there; a path that begins at none.
	says 1 "" plan 3a:00.0
	expect_not_in message "$stderr" "plugged in"
	says 1 "" plan 02:00.1
	expect_not_in message "$stderr" "plugged in"
	says 1 "" plan 00:0d.0/00.0
	expect_not_in message "$stderr" "plugged in"
}

@test "a slot in which nothing can appear is set, and called out" {
	says 0 "warning: rd.vfio.claim=09:00.0: it is not there now; it will be claimed as soon as it is plugged in" enable 09:00.0
	says 0 "warning: rd.vfio.claim=c9:00.0: no such device now; if one appears, it will be claimed; 'vfio-claim list' shows what is here" \
		enable c9:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=c9:00.0 "
	says 0 "warning: rd.vfio.claim=dead:beef: no such device now" enable dead:beef
	lacks "no such device here now" enable 01:00.0
	vfio check c9:00.0
	expect_in check "$output" "problem  rd.vfio.claim=c9:00.0: no such device"
}

@test "--stable: slots as paths with a guard, and nothing else changed" {
	did enable --stable 01:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:01.0/00.0@10de:1e07 "
	did plan --cmdline "$(words "$MENU")"
	expect_in plan "$output" "0000:01:00.0: claimed by vfio-pci"
	did enable --stable "01:00.*" --keep 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:01.0/00.*@10de:1e07 rd.vfio.keep=00:1b.0/00.0@144d:a808 "
	did enable --stable 00:14.0 10de:10f7 0000:02:00.0@144d:* 00:01.0/00.1 07:00.0 --force
	expect "the menu" "$(words "$MENU")" \
		"rd.vfio.claim=00:14.0@8086:a36d,10de:10f7,00:1b.0/00.0@144d:*,00:01.0/00.1@10de:10f7,07:00.0 rd.vfio.force=00:14.0@8086:a36d,10de:10f7,00:1b.0/00.0@144d:*,00:01.0/00.1@10de:10f7,07:00.0 "
	did disable
	did enable --stable 01:00.1 --config
	expect_in "the file" "$(<"$ROOT/etc/vfio-claim.conf")" "00:01.0/00.1@10de:10f7"
}

@test "--stable: a domain of its own behind VMD, and bridges in between" {
	tree_device 0000:00:0e.0 8086:28c0 010400
	tree_device 10000:e0:06.0 8086:2030 060400 - 0000:00:0e.0/pci10000:e0
	tree_device 10000:e1:00.0 8086:0a54 010802 - 10000:e0:06.0
	tree_device 0000:0a:00.0 10b5:8747 060400 - 0000:00:1d.0
	tree_device 0000:0b:02.0 10b5:8747 060400 - 0000:0a:00.0
	tree_device 0000:0c:00.0 1912:0014 0c0330 - 0000:0b:02.0
	did enable --stable 10000:e1:00.0 0c:00.0
	expect "the menu" "$(words "$MENU")" \
		"rd.vfio.claim=10000:e0:06.0/00.0@8086:0a54,00:1d.0/00.0/02.0/00.0@1912:0014 "
	# There is no GRUB here that could do so for one boot.
	vfio try --stable 0c:00.0
	expect_in "what try would do" "$output" "claimed by vfio-pci (rd.vfio.claim=00:1d.0/00.0/02.0/00.0@1912:0014)"
}

# a dock behind the port: a switch with a display and a drive
plug_dock() {
	tree_device 0000:05:00.0 10b5:8747 060400 - 0000:00:1d.0
	tree_device 0000:06:01.0 10b5:8747 060400 - 0000:05:00.0
	tree_device 0000:06:02.0 10b5:8747 060400 - 0000:05:00.0
	tree_device 0000:07:00.0 1912:0014 0c0330 - 0000:06:01.0
	tree_device 0000:08:00.0 144d:a80a 010802 - 0000:06:02.0
	buses 0000:05:00.0 6 57
	buses 0000:06:01.0 7 7
	buses 0000:06:02.0 8 8
}

@test "everything behind a port: planned, enabled, checked, exported; no bridge is named" {
	plug_dock
	did plan "00:1d.0/*"
	expect plan "$(grep -o '0000:.*claimed by vfio-pci' <<<"$output" | xargs)" \
		"0000:07:00.0: claimed by vfio-pci 0000:08:00.0: claimed by vfio-pci"
	expect_not_in plan "$output" "05:00.0"
	did plan "05:00.0/02.0/*"
	expect_in plan "$output" "0000:08:00.0: claimed by vfio-pci (rd.vfio.claim=05:00.0/02.0/*)"
	expect_not_in plan "$output" "07:00.0"
	did enable "00:1d.0/*"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:1d.0/* "
	expect_not_in "what is remembered" "$(<"$ROOT/var/lib/vfio-claim/enabled")" "device ="
	vfio check "00:1d.0/*"
	expect_in check "$output" "0000:07:00.0: it would be claimed by vfio-pci (rd.vfio.claim=00:1d.0/*)"
	expect_not_in check "$output" "problem  rd.vfio.claim"
	did enable "00:1d.0/*" --keep "00:1d.0/00.0/02.0/*"
	expect_in output "$output" "0000:07:00.0: claimed by vfio-pci"
	expect_not_in output "$output" "0000:08:00.0: claimed"
	tree_names 0000:07:00.0
	tree_names 0000:08:00.0
	did export --format libvirt "00:1d.0/*"
	expect functions "$(grep -c '<source>' <<<"$output")" 2
	expect_in export "$output" "bus='0x08'"
	says 1 "" plan "01:00.0/*"
	expect_in plan "$output" "rd.vfio.claim=01:00.0/*: no such device"
	did plan "00:01.0/*@10de:*"
	says 1 "" plan "00:01.0/*@1002:*"
	expect_in plan "$output" "it is another device"
}

@test "everything behind a port that is empty is enabled: all that is plugged in there" {
	says 0 "warning: rd.vfio.claim=00:1d.0/*: nothing is there now; all that is plugged in behind 00:1d.0 will be claimed" \
		enable "00:1d.0/*"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:1d.0/* "
	# Another device there is no reason to refuse it.
	plug_dock
	says 1 "0000:08:00.0: left alone: it is another device, 144d:a80a" enable "00:1d.0/*@1912:*"
	rm -r "$PCI"/devices/0000:0[5-8]:*
	did enable "00:1d.0/*@1912:*"
	# A path that begins at none.
	says 1 "" plan "00:0d.0/*"
	expect_not_in message "$stderr" "plugged in"
}

@test "the system's own drive behind the port is refused; nothing else there is" {
	plug_dock
	tree_root_on 0000:08:00.0
	says 1 "0000:08:00.0: left alone: this system needs it for /" enable "00:1d.0/*"
	expect_in message "$stderr" "nothing was changed"
	did enable "00:1d.0/*" --keep 08:00.0
}

@test "--stable: everything behind a bridge by the path of the bridge, without a guard" {
	plug_dock
	did enable --stable "06:02.0/*" "00:1d.0/*" "00:1d.0/00.0/*"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:1d.0/00.0/02.0/*,00:1d.0/*,00:1d.0/00.0/* "
	did enable --stable "05:00.0/02.0/*" "06:02.0/*@144d:*"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=05:00.0/02.0/*,00:1d.0/00.0/02.0/*@144d:* "
}

@test "a plain slot is told how it would be stable; a guard, a path, an ID and a dry run are not" {
	did enable 01:00.0
	expect_in output "$output" "--stable writes 00:01.0/00.0@10de:1e07 instead, which never names another device; a guard alone would be 01:00.0@10de:1e07."
	local selector
	for selector in 01:00.0@10de:1e07 00:01.0/00.0 10de:1e07 "--stable 01:00.0" "--dry-run 01:00.0"; do
		# shellcheck disable=SC2086 # an option, too
		lacks "--stable writes" enable $selector
	done
}

# on_terminal ANSWER COMMAND...: with a person at standard input and output
on_terminal() {
	local answer=$1
	shift
	# shellcheck disable=SC2034 # for the tests
	output=$(printf '%b' "$answer" | timeout 60 script -qec \
		"$(printf '%q ' "$VFIO_CLAIM" --sysroot "$ROOT" "$@")" /dev/null)
}

# bats test_tags=slow
@test "on a terminal it is asked: Enter is yes, n is no" {
	type script
	on_terminal 'n\n' enable 01:00.0
	expect_in question "$(tr -s '\r\n' ' ' <<<"$output")" "Write 00:01.0/00.0@10de:1e07 instead, which never names another device? [Y/n]"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.0 "
	expect_not_in output "$output" "--stable writes"
	on_terminal '\n' enable 01:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=00:01.0/00.0@10de:1e07 "
	on_terminal 'n\n' enable 10de:1e07
	expect_not_in question "$output" "[Y/n]"
	on_terminal 'n\n' enable 01:00.0 --dry-run
	expect_not_in question "$output" "[Y/n]"
}

# A card with a switch of its own: the ports of the maker VENDOR, display and sound.
card_with_switch() {
	tree_device 0000:05:00.0 "$1":4fa1 060400 - 0000:00:1d.0
	tree_device 0000:06:01.0 "$1":4fa4 060400 - 0000:05:00.0
	tree_device 0000:07:00.0 8086:56a0 030000 - 0000:06:01.0
	tree_device 0000:06:04.0 "$1":4fa4 060400 - 0000:05:00.0
	tree_device 0000:08:00.0 8086:4f90 040300 - 0000:06:04.0
}

@test "the sound of a card that is on another bus is named, until it is claimed or kept" {
	card_with_switch 8086
	local piece="its sound is 08:00.0"
	says 0 "warning: 0000:07:00.0: $piece, which is on another bus of the same card and is not claimed" plan 07:00.0
	says 0 "$piece" enable 07:00.0 --dry-run
	vfio check 07:00.0
	expect_in check "$output" "warning  0000:07:00.0: $piece"
	lacks "$piece" plan 07:00.0 08:00.0
	lacks "$piece" plan --cmdline "rd.vfio.claim=07:00.0 rd.vfio.keep=08:00.0"
	lacks "$piece" plan 08:00.0
	lacks "its sound" plan 01:00.0
}

@test "list names it, too, beside the display" {
	card_with_switch 8086
	local slot
	for slot in "$PCI"/devices/*; do tree_names "${slot##*/}"; done
	did list
	expect "displays with a sound" "$(grep -o '0000:07:00.0 .*(its sound is 08:00.0)' <<<"$output" | wc -l)" 1
	expect "how often" "$(grep -c 'its sound' <<<"$output")" 1
	did list --json
	expect "in JSON" "$(python3 -c 'import json, sys; print([d["sound"] for d in json.load(sys.stdin)["devices"] if d["sound"]])' <<<"$output")" "['0000:08:00.0']"
}

@test "a switch that is not the card's has nobody's sound; one in the display's own slot is enough" {
	card_with_switch 10b5
	lacks "its sound" plan 07:00.0
	rm -rf "$PCI"/devices/0000:0[5678]* "$ROOT"/sys/devices/pci0000:00/0000:00:1d.0/*
	card_with_switch 8086
	tree_device 0000:07:00.1 8086:4f91 040300 - 0000:06:01.0
	lacks "its sound" plan 07:00.0
}

@test "a relative --sysroot, for both programs" {
	cd "$ROOT" || return
	run --separate-stderr "$VFIO_CLAIM" --sysroot . plan 01:00.0
	expect "status ($output $stderr)" "$status" 0
	expect output "$output" "0000:01:00.0: claimed by vfio-pci (rd.vfio.claim=01:00.0)"
	run --separate-stderr "$VFIO_CLAIM" --sysroot . enable 01:00.0
	expect "status ($output $stderr)" "$status" 0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.0 "
	cd etc || return
	run --separate-stderr "$VFIO_CLAIM" --sysroot .. disable
	expect "status ($output $stderr)" "$status" 0
	expect "the menu" "$(words "$MENU")" ""
	tree_cmdline "rd.vfio.claim=01:00.0"
	run "$BOOT" --sysroot .. reserve
	expect "status ($output)" "$status" 0
	expect reserved "$(reserved)" 0000:01:00.0
}
