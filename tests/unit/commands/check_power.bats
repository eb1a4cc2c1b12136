#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim check and list --verbose, on machines made of files: power states, resets, resizable BARs, and ACS.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../checked

B1=0000:02:00.1
PORT=0000:00:01.0

# A card of two functions behind a root port, which vfio-pci has; awake, and without anything special
card() {
	tree_device "$PORT" 8086:0001 060400 pcieport
	rm "$PCI/devices/$B"
	tree_device "$B" 10de:1e07 030000 vfio-pci "$PORT"
	tree_device "$B1" 10de:10f7 040300 vfio-pci "$PORT"
	tree_group 9 "$B" "$B1"
	tree_group 1 "$PORT"
	tree_group 2 "$A"
	echo D0 | tee "$PCI/devices/$B/power_state" >"$PCI/devices/$B1/power_state"
	config "$B"
	config "$PORT" port 1d 1d
	mkdir -p "$ROOT/sys/module/vfio_pci/parameters"
	echo N >"$ROOT/sys/module/vfio_pci/parameters/disable_idle_d3"
}

# config SLOT [KIND [CAPABLE ON]]: its configuration space: "gone" is all ones; "port", "switch" (a downstream port) and
# "upstream" are PCI Express ports, with these bits of ACS if they are given
config() {
	python3 - "$PCI/devices/$1/config" "${@:2}" <<-'EOF'
		import struct, sys
		path, kind, *acs = sys.argv[1:] + ([] if len(sys.argv) > 2 else ["plain"])
		space = bytearray(4096)
		struct.pack_into("<HHHH", space, 0, 0x10de, 0x1e07, 6, 0x10)
		struct.pack_into("<B", space, 0x34, 0x40)
		types = {"port": 4, "upstream": 5, "switch": 6}
		if kind in types:
		    struct.pack_into("<BBH", space, 0x40, 0x10, 0, types[kind] << 4 | 2)
		    struct.pack_into("<I", space, 0x100, 0x140 << 20 | 1 << 16 | 0x01)
		    if acs:
		        struct.pack_into("<IHH", space, 0x140, 1 << 16 | 0x0d, int(acs[0], 16), int(acs[1], 16))
		else:
		    struct.pack_into("<BB", space, 0x40, 0x01, 0)
		if kind == "gone":
		    space = bytearray(b"\xff" * 64)
		if kind == "user":
		    space = space[:64]
		open(path, "wb").write(space)
	EOF
}

# bar SLOT NUMBER MIB BITS: a BAR of this size, which can have the sizes of these bits
bar() {
	local line number=$2
	for line in 0 1 2 3 4 5 6; do
		if [ "$line" = "$number" ]; then
			printf '0x%016x 0x%016x 0x%016x\n' $((1 << 38)) $(((1 << 38) + ($3 << 20) - 1)) 0x140204
		else
			printf '0x%016x 0x%016x 0x%016x\n' 0 0 0
		fi
	done >"$PCI/devices/$1/resource"
	printf '%016x\n' "0x$4" >"$PCI/devices/$1/resource$2_resize"
}

list() {
	local slot
	for slot in "$A" "$B" "$B1" "$PORT"; do
		[ ! -e "$PCI/devices/$slot" ] || [ -e "$PCI/devices/$slot/vendor" ] || names "$slot"
	done
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" list "$@"
}

# names SLOT: tree_names, which leaves a configuration space as it is
names() {
	local dir=$PCI/devices/$1
	[ ! -e "$dir/config" ] || cp "$dir/config" "$BATS_TEST_TMPDIR/config"
	[ ! -e "$dir/resource" ] || cp "$dir/resource" "$BATS_TEST_TMPDIR/resource"
	tree_names "$1"
	[ ! -e "$BATS_TEST_TMPDIR/config" ] || mv "$BATS_TEST_TMPDIR/config" "$dir/config"
	[ ! -e "$BATS_TEST_TMPDIR/resource" ] || mv "$BATS_TEST_TMPDIR/resource" "$dir/resource"
}

# below SLOT TEXT: list --verbose has this on the line below that of the function
below() {
	expect "below $1" "$(grep -A 1 "^$1" <<<"$output" | sed -n '2s/^ *//p')" "$2"
}

value() {
	"$TOP/tests/unit/json-value" list "[f['$2'] for f in d['devices'] if f['slot'] == '$1'][0]" <<<"$output"
}

@test "check: a device that is awake, that sleeps, and that is kept awake" {
	card
	check '02:00.*'
	expect "status ($output)" "$status" 0
	expect_not_in output "$output" "sleep"
	echo D3hot >"$PCI/devices/$B/power_state"
	check '02:00.*'
	finds 0 ok "$B: vfio-pci lets it sleep in D3hot while no guest has it; if it does not wake up (\"stuck in D3\"): add vfio_pci.disable_idle_d3=1 to the kernel command line"
	echo D3cold >"$PCI/devices/$B/power_state"
	check '02:00.*'
	finds 1 warning "$B: vfio-pci lets it sleep in D3cold while no guest has it; some devices do not wake up"
	finds 1 warning "; do: add vfio_pci.disable_idle_d3=1 to the kernel command line"
	mkdir -p "$ROOT/var/lib/vfio-claim"
	echo 'words = rd.vfio.claim=02:00.0' >"$ROOT/var/lib/vfio-claim/enabled"
	check '02:00.*'
	expect_in "the command" "$output" "; do: vfio-claim enable --add --option vfio_pci.disable_idle_d3=1"
	rm -r "$ROOT/var/lib/vfio-claim"
	# It is not its driver's doing.
	rm "$PCI/devices/$B/driver"
	check '02:00.*'
	expect "status ($output)" "$status" 0
	expect_not_in output "$output" "sleep"
	echo D0 >"$PCI/devices/$B/power_state"
	echo Y >"$ROOT/sys/module/vfio_pci/parameters/disable_idle_d3"
	check '02:00.*'
	expect_not_in "$B" "$(grep "$B" <<<"$output")" "keeps it awake"
	finds 0 ok "$B1: vfio-pci keeps it awake (D0, disable_idle_d3=Y)"
}

@test "check: a device that does not answer, and one that must not be woken up to find out" {
	card
	config "$B" gone
	check '02:00.*'
	finds 2 problem "$B: it does not answer (its configuration space reads as ones): it is stuck in D3, has failed a reset, or has no power"
	finds 2 problem "; do: add vfio_pci.disable_idle_d3=1 to the kernel command line"
	rm "$PCI/devices/$B/driver"
	check '02:00.*'
	finds 2 problem "$B: it does not answer"
	echo D3cold >"$PCI/devices/$B/power_state"
	check '02:00.*'
	expect "asleep ($output)" "$status" 0
	rm "$PCI/devices/$B/power_state"
	check '02:00.*'
	expect "unknown ($output)" "$status" 0
}

@test "check: BARs that can be resized" {
	card
	bar "$B" 1 256 3f00
	check '02:00.*'
	finds 0 ok "$B: BAR 1 has 256 MiB and can have up to 8192 MiB (resizable BAR); a guest gets it as it is"
	expect "how many" "$(grep -c BAR <<<"$output")" 1
	echo D3cold >"$PCI/devices/$B/power_state"
	check '02:00.*'
	expect_not_in "asleep" "$output" BAR
}

@test "check: ports without ACS, or with it off; those that need none" {
	card
	check '02:00.*'
	expect_not_in output "$output" ACS
	config "$PORT" port 1d 1c
	check '02:00.*'
	finds 0 ok "$PORT: this port has ACS, but it is not on, so devices behind it share an IOMMU group"
	# What it cannot control counts as on; the other bits are not needed.
	config "$PORT" port 1c 1c
	check '02:00.*'
	expect_not_in output "$output" ACS
	config "$PORT" port 7f 1d
	check '02:00.*'
	expect_not_in output "$output" ACS
	config "$PORT" switch
	check '02:00.*'
	finds 0 ok "$PORT: this port has no ACS, so devices behind it share"
	config "$PORT" upstream
	check '02:00.*'
	expect_not_in output "$output" ACS
	# What a user may read ends before the capabilities.
	config "$PORT" user
	check '02:00.*'
	expect_not_in output "$output" ACS
	config "$PORT" port
	echo D3cold >"$PCI/devices/$PORT/power_state"
	check '02:00.*'
	expect_not_in "asleep" "$output" ACS
}

@test "check: every port above a device" {
	card
	tree_device 0000:03:00.0 1b21:0001 060400 pcieport "$PORT"
	tree_device 0000:04:00.0 144d:a808 010802 - 0000:03:00.0
	config 0000:03:00.0 switch
	config "$PORT" port
	check 04:00.0
	finds 0 ok "$PORT: this port has no ACS"
	finds 0 ok "0000:03:00.0: this port has no ACS"
}

@test "list --verbose: power, reset, BARs and ACS below each function; not without it" {
	card
	echo "flr bus" >"$PCI/devices/$B/reset_method"
	echo D3hot >"$PCI/devices/$B1/power_state"
	bar "$B" 1 256 3f00
	list
	expect_not_in output "$output" reset
	expect_not_in output "$output" ACS
	list --verbose
	expect status "$status" 0
	below "$PORT" "ACS on: it keeps devices behind it apart"
	below "$B" "awake (D0), can be reset (flr bus), BAR 1 of 256 MiB can have up to 8192 MiB"
	below "$B1" "asleep (D3hot), can be reset at most together with $B"
	below "$A" "cannot be reset"
	list --verbose --tree
	expect_in tree "$output" "driver vfio-pci, asleep (D3hot), can be reset at most together with $B"
	list --tree
	expect_not_in tree "$output" asleep
}

@test "list --verbose: the other resets, states and ports" {
	card
	echo "pm bus" >"$PCI/devices/$B/reset_method"
	echo pm >"$PCI/devices/$B1/reset_method"
	: >"$PCI/devices/$A/reset"
	echo unknown >"$PCI/devices/$A/power_state"
	config "$PORT" port 1d 0
	list --verbose
	below "$B" "awake (D0), can be reset only through its power state (pm bus)"
	below "$B1" "awake (D0), can be reset only through its power state (pm)"
	below "$A" "power state unknown, can be reset"
	echo "pm bus" >"$PCI/devices/$A/reset_method"
	list --verbose
	below "$A" "power state unknown, can be reset only with its bus (pm bus)"
	below "$PORT" "ACS off: it does not keep devices behind it apart"
	config "$PORT" port
	list --verbose
	below "$PORT" "no ACS: it may not keep devices behind it apart"
	config "$PORT" user
	list --verbose
	below "$PORT" "ACS unknown: only root can read it"
	config "$PORT" upstream
	list --verbose bridge
	expect "lines ($output)" "$(wc -l <<<"$output")" 2
	echo D3cold >"$PCI/devices/$B/power_state"
	bar "$B" 1 256 3f00
	list --verbose
	below "$B" "asleep (D3cold), can be reset only through its power state (pm bus)"
}

@test "list --verbose on a narrow terminal: 80 columns" {
	card
	echo "flr bus" >"$PCI/devices/$B/reset_method"
	bar "$B" 1 256 3f00
	list # for what it makes of the machine
	NO_COLOR=1 run script -qec "stty cols 80 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' list --verbose" /dev/null </dev/null
	[ "$(tr -d '\r' <<<"$output" | wc -L)" -le 80 ]
	expect_in output "${output//$'\r'/}" $'\n              awake (D0), can be reset (flr bus), BAR 1 of 256 MiB can have up
              to 8192 MiB'
}

@test "list --json: null without --verbose" {
	card
	echo "flr bus" >"$PCI/devices/$B/reset_method"
	bar "$B" 1 256 3f00
	list --json
	expect state "$(value "$B" power_state)" null
	expect reset "$(value "$B" reset)" null
	expect bars "$(value "$B" resizable_bars)" null
	list --json --verbose
	expect state "$(value "$B" power_state)" '"D0"'
	expect reset "$(value "$B" reset)" '"alone"'
	expect methods "$(value "$B" reset_methods)" '"flr bus"'
	expect bars "$(value "$B" resizable_bars)" '[{"number": 1, "size": 268435456, "largest": 8589934592}]'
	expect acs "$(value "$B" acs)" null
	expect "reset of another" "$(value "$B1" reset)" '"together"'
	expect "methods of another" "$(value "$B1" reset_methods)" null
	expect "bars of another" "$(value "$B1" resizable_bars)" '[]'
	expect "port's acs" "$(value "$PORT" acs)" '"on"'
	expect "port's reset" "$(value "$PORT" reset)" null
	expect "port's bars" "$(value "$PORT" resizable_bars)" null
}
