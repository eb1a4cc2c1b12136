#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals and closed outputs in the middle of a change, on a system made of files.
# shellcheck disable=SC2154,SC2016 # run sets them; the stubs' own variables

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system

setup() {
	system_debian
}

# signalling NUMBER: update-grub sends us this signal, and then does its work
signalling() {
	tool /usr/sbin/update-grub <<-END
		read -r pid </pid
		kill -$1 "\$pid"
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
}

# enable_as PREFIX…: with its process number in /pid; through env(1), which the words are for
enable_as() {
	run --separate-stderr "$@" sh -c 'echo $$ >"$1/pid" && exec "$0" --sysroot "$1" enable 02:00.0' \
		"$VFIO_CLAIM" "$ROOT"
}

# bats test_tags=slow
@test "every signal that ends a program: undone, and then it ends by that signal" {
	local before name number
	echo >"$ROOT/pid"
	for name in HUP INT QUIT TRAP USR1 USR2 ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS 34 64; do
		number=$(kill -l "$name" 2>/dev/null) || number=$name
		[[ $number == [0-9]* ]] || number=$name
		signalling "$number"
		echo >"$ROOT/pid"
		before=$(system_sum)
		enable_as env --default-signal
		echo >"$ROOT/pid"
		expect "status at $name ($stderr)" "$status" $((128 + number))
		expect_in "message at $name" "$stderr" "interrupted by a signal ("
		expect_in "message at $name" "$stderr" "all is as it was before"
		diff <(echo "$before") <(system_sum)
	done
}

@test "a signal that is ignored changes nothing (nohup)" {
	signalling HUP
	enable_as env --ignore-signal=HUP
	expect "status ($stderr)" "$status" 0
	grep -q rd.vfio.claim=02:00.0 "$MENU"
}

@test "standard output is closed or full: the change is made, and the status tells" {
	local status=0
	("$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 2>"$BATS_TEST_TMPDIR/err" || echo $? >"$BATS_TEST_TMPDIR/status") |
		true
	expect "status of a closed pipe" "$(cat "$BATS_TEST_TMPDIR/status")" 1
	expect "messages" "$(cat "$BATS_TEST_TMPDIR/err")" "vfio-claim: cannot write to standard output: Broken pipe"
	grep -q rd.vfio.claim=02:00.0 "$MENU"
	"$VFIO_CLAIM" --sysroot "$ROOT" enable 01:00.0 2>"$BATS_TEST_TMPDIR/err" >/dev/full || status=$?
	expect "status of a full disk" "$status" 1
	expect_in "messages" "$(cat "$BATS_TEST_TMPDIR/err")" "cannot write to standard output: "
	grep -q rd.vfio.claim=01:00.0 "$MENU"
}
