#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What list, plan, check and report cost on large machines, in instructions.

# bats file_tags=unsanitized

bats_require_minimum_version 1.5.0

load ../tree

NAMES=/usr/share/misc/pci.ids

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	! grep -q __asan_init "$VFIO_CLAIM" || skip "a sanitized program is no measure"
	ROOT=$BATS_TEST_TMPDIR/root
}

# machine COUNT: of so many functions, of which a fifth are to be claimed, by their ID
machine() {
	"$TOP/bench/tree" "$ROOT" "$1" $(($1 / 5)) full
	mkdir -p "$ROOT/proc/sys/kernel" "$ROOT/usr/share/misc"
	echo rd.vfio.claim=1234:1111 >"$ROOT/proc/cmdline"
	echo 6.1.0 >"$ROOT/proc/sys/kernel/osrelease"
	cp "$NAMES" "$ROOT/usr/share/misc/"
}

# cost COMMAND…: its instructions, and not those of the processes that it starts
cost() {
	valgrind --tool=callgrind --callgrind-out-file="$BATS_TEST_TMPDIR/cost" "$@" >"$BATS_TEST_TMPDIR/out" \
		2>"$BATS_TEST_TMPDIR/err" || true
	sed -n 's/^totals: //p' "$BATS_TEST_TMPDIR/cost"
}

ours() {
	cost "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
}

# bats test_tags=slow
@test "with a fifth of 2,000 functions claimed: list and plan as lspci -nn, check somewhat more" {
	local lspci count limit command
	machine 2000
	lspci=$(cost lspci -nn -O "sysfs.path=$ROOT/sys/bus/pci" -i "$NAMES")
	expect "functions that lspci sees" "$(wc -l <"$BATS_TEST_TMPDIR/out")" 2000
	while read -r limit command; do
		# shellcheck disable=SC2086 # a word each
		count=$(ours $command)
		echo "$command: $((100 * count / lspci)) hundredths of lspci's"
		expect "whether $command saw the last claim" \
			"$(grep -c 02:11.7 "$BATS_TEST_TMPDIR/out" | sed 's/[1-9][0-9]*/yes/')" yes
		[ $((100 * count / lspci)) -le "$limit" ]
	done <<-EOF
		105 list
		115 list --tree
		105 plan
		170 check
	EOF
}

# bats test_tags=slow
@test "on a machine twice as large, they cost twice as much" {
	local command few many
	for command in list "list --groups" plan check report; do
		machine 300
		# shellcheck disable=SC2086 # a word each
		few=$(ours $command)
		machine 600
		# shellcheck disable=SC2086
		many=$(ours $command)
		echo "$command: $few, $many instructions"
		[ "$many" -lt $((few * 5 / 2)) ]
	done
}
