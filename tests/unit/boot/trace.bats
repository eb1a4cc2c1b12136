#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the boot program asks of the kernel, read from a trace: nothing outside the claimed devices is written,
# and a slot costs the same in every machine. And how large the program is.

load ../tree

A=0000:01:00.0
B=0000:02:00.0

setup() {
	command -v strace >/dev/null || skip "strace is not installed"
	tree_make
	tree_device "$A" 10de:1e07 030000 nouveau
	tree_device "$B" 10de:1e07 030000 nouveau
	tree_cmdline "quiet rd.vfio.claim=02:00.0 rd.vfio.timeout=2"
	TRACE=$BATS_TEST_TMPDIR/trace
}

teardown() {
	tree_stop
}

trace() {
	strace -f -qq -s 200 -e signal=none -o "$TRACE" "$BOOT" --sysroot "$ROOT" "$@"
}

# written: every path below the machine (or below its /sys, which is opened by itself) that was opened to be written, made, renamed or removed
written() {
	grep -E 'O_WRONLY|O_RDWR|O_CREAT|^[0-9]+ +(mkdir|rename|unlink|symlink|link|chmod|truncate)' "$TRACE" |
		grep -o '"[^"]*"' | tr -d '"' | sort -u
}

@test "reserve writes only the claimed device's override and /run/vfio-claim" {
	trace reserve
	expect written "$(written | xargs)" "bus/pci/devices/$B/driver_override \
run/vfio-claim run/vfio-claim/boot run/vfio-claim/boot.new"
}

@test "bind besides these writes only the claimed slot's name, to three control files" {
	tree_modprobe
	mkdir -p "$PCI/drivers/vfio-pci"
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	# modprobe is another program: what it does is its own affair.
	sed -i 's/^{.*//' "$ROOT/sbin/modprobe"
	strace -f -qq -s 200 -b execve -e signal=none -o "$TRACE" "$BOOT" --sysroot "$ROOT" bind
	expect driver "$(driver $B)" vfio-pci
	# Whether the probe behind the bind is needed depends on how fast these files of ours are.
	expect written "$(written | grep -v drivers_probe | xargs)" "bus/pci/devices/$B/driver_override \
bus/pci/drivers/nouveau/unbind bus/pci/drivers/vfio-pci/bind dev/kmsg run/vfio-claim \
run/vfio-claim/boot run/vfio-claim/boot.new run/vfio-claim/lock"
	expect slots "$(grep -o 'write([0-9]*, "0000:[^ "]*"' "$TRACE" | cut -d '"' -f 2 | sort -u)" "$B"
}

# calls: the system calls of the trace, counted by name; not how often the clock ran out
calls() {
	grep -vE "(poll|wait4|restart_syscall|resumed)" "$TRACE" | sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' | sort | uniq -c
}

# more_functions FROM TO: functions that nobody asked for
more_functions() {
	local i name -
	# As bats looks at every command of every function.
	set +T
	for ((i = $1; i < $2; i++)); do
		printf -v name '%04x:%02x:%02x.%x' $((1 + i / 2048)) $((i / 256 % 8)) $((i / 8 % 32)) $((i % 8))
		echo "$PCI/devices/$name"
	done >"$BATS_TEST_TMPDIR/names"
	xargs mkdir -p <"$BATS_TEST_TMPDIR/names"
	while read -r name; do
		echo "pci:v00001234d00001111sv00001AF4sd00001100bc03sc80i00" >"$name/modalias"
	done <"$BATS_TEST_TMPDIR/names"
}

@test "reserve of a slot makes the same system calls with 10 functions and with 10,000" {
	local few
	# No child, whose words come when they come.
	rm "$PCI/devices/$B/driver"
	more_functions 0 8
	trace reserve
	few=$(calls)
	rm -r "$ROOT/run/vfio-claim"
	echo '(null)' >"$PCI/devices/$B/driver_override"
	more_functions 8 9998
	expect functions "$(find "$PCI/devices" -mindepth 1 -maxdepth 1 | wc -l)" 10000
	trace reserve
	expect reserved "$(<"$PCI/devices/$B/driver_override")" vfio-pci
	expect calls "$(calls)" "$few"
}

@test "reserve of a slot makes no more system calls than the first release did" {
	[ "${VFIO_CLAIM_LIBC:-klibc}" = klibc ] || skip "counted for klibc, which asks for none by itself but those for its standard files"
	rm "$PCI/devices/$B/driver"
	trace reserve
	expect reserved "$(<"$PCI/devices/$B/driver_override")" vfio-pci
	wc -l <"$TRACE"
	[ "$(wc -l <"$TRACE")" -le 37 ]
}

@test "an ID costs one attribute read per function" {
	more_functions 0 98
	tree_cmdline "rd.vfio.claim=10de:1e07 rd.vfio.keep=01:00.0"
	trace reserve
	expect reads "$(grep -c '/modalias"' "$TRACE")" 100
	expect "others' attributes" "$(grep '"bus/pci/devices/' "$TRACE" | grep -v /modalias |
		grep -vc -e "$A" -e "$B")" 0
}

# bus_list LINE…: /proc/bus/pci/devices
bus_list() {
	mkdir -p "$ROOT/proc/bus/pci"
	printf '%s\t00000000\t0\t0\n' "$@" >"$ROOT/proc/bus/pci/devices"
}

# reads SLOT…: those whose modalias reserve reads, in any order
reads() {
	rm -rf "$ROOT/run/vfio-claim"
	# A claim may name nothing.
	trace reserve || true
	expect reads "$(sed -n 's|.*"bus/pci/devices/\([^/]*\)/modalias".*|\1|p' "$TRACE" | sort | xargs)" "$*"
}

@test "with the kernel's list of functions, an ID costs nothing of those that have another" {
	more_functions 0 8
	tree_cmdline "rd.vfio.claim=10de:1e07"
	bus_list $'0000\t12341111' $'0100\t10de1e07' $'0200\t10de1e07' $'0008\t10de1e08'
	reads "$A" "$B"
	expect reserved "$(reserved)" "$A $B"
	# Any device of a vendor; a list without one of them, which has no effect on the other.
	tree_cmdline "rd.vfio.claim=10de:*"
	bus_list $'0200\t10de1e07'
	reads "$B"
}

@test "a list that does not help or cannot be understood is not relied on" {
	bus_list $'0100\t12341111' 'what is this'
	tree_cmdline "rd.vfio.claim=10de:1e07"
	reads "$A" "$B"
	bus_list $'0100\t12341111'
	for claim in "*:*:*:*:030000" "10de:1e07,00:01.0/00.0" "02:00.0,10de:1e07"; do
		tree_cmdline "rd.vfio.claim=$claim"
		reads "$A" "$B"
	done
}

# cost COUNT WORDS: the instructions of reserve on a machine of COUNT functions, all in one IOMMU group
cost() {
	"$TOP/bench/tree" "$ROOT" "$1" "$1" "$1"
	echo "rd.vfio.timeout=60 $2" >"$ROOT/proc/cmdline"
	valgrind --tool=callgrind --callgrind-out-file="$BATS_TEST_TMPDIR/cost" "$BOOT" --sysroot "$ROOT" reserve \
		>"$BATS_TEST_TMPDIR/valgrind" 2>&1 || true
	expect "reserved of $1" "$(grep -l vfio-pci "$PCI"/devices/*/driver_override | wc -l)" "$1"
	sed -n 's/^totals: //p' "$BATS_TEST_TMPDIR/cost"
}

@test "a group of twice as many functions, or an ID that twice as many have, costs less than four times as much" {
	local words few many
	for words in "rd.vfio.claim=01:00.0 rd.vfio.group=1" "rd.vfio.claim=1234:1111"; do
		few=$(cost 64 "$words")
		many=$(cost 128 "$words")
		echo "$words: $few, $many instructions"
		[ "$many" -lt $((4 * few)) ]
	done
}

@test "the program is small and static" {
	local size limit
	case ${VFIO_CLAIM_LIBC:-klibc} in
	klibc) limit=32768 ;;
	musl) limit=65536 ;;
	*) skip "no limit is set for ${VFIO_CLAIM_LIBC}" ;;
	esac
	size=$(stat -c %s "$BOOT")
	echo "${VFIO_CLAIM_LIBC:-klibc}: $size bytes of $limit"
	[ "$size" -le "$limit" ]
	run readelf -lW "$BOOT"
	expect_not_in "program headers" "$output" INTERP
	run readelf -SW "$BOOT"
	expect_not_in "sections" "$output" .symtab
}
