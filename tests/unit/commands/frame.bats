#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds for every command: words that are mistyped, help, output that cannot be written, and VFIO_CLAIM_DEBUG.

bats_require_minimum_version 1.5.0

load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
}

# ends STATUS TEXT ARGUMENT...: standard error has TEXT and nothing is on standard output
ends() {
	local status_wanted=$1 text=$2
	shift 2
	run --separate-stderr "$VFIO_CLAIM" "$@"
	expect "status of $*" "$status" "$status_wanted"
	expect_in "message of $*" "$stderr" "$text"
	expect "output of $*" "$output" ""
}

@test "every help with SEL says what that is, and no other does" {
	local command words
	for command in $("$VFIO_CLAIM" complete -- '' | cut -f1); do
		words=$("$VFIO_CLAIM" "$command" --help)
		case ${words%%Exit status*} in
			*"SEL..."*) expect_in "$command" "$words" $'\n  02:00.*        all functions of the card' ;;
			*) expect_not_in "$command" "$words" "all functions of the card" ;;
		esac
	done
	expect_in plan "$("$VFIO_CLAIM" plan --help)" "SEL (several are separated by commas"
}

@test "a mistyped command or option: the one that was probably meant" {
	ends 2 "unknown command 'stauts'; did you mean 'status'?" stauts
	ends 2 "unknown command 'lis'; did you mean 'list'?" lis
	ends 2 "unknown command 'complte'; see" complte
	ends 2 "unknown command 'frobnicate'; see" frobnicate
	ends 2 "enable: unknown option --dryrun; did you mean --dry-run?" enable --dryrun
	ends 2 "enable: unknown option --sysrot; did you mean --sysroot?" enable --sysrot=/
	ends 2 "list: unknown option --j; see" list --j
	ends 2 "list: unknown option -j; see" list -j
	ends 2 "help: there is no command 'lists'" help lists
}

@test "help is shown wherever it is asked for, and nothing else is done" {
	local words
	for words in "--help" "-h" "help" "--sysroot /nonexistent -h" "help --json"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$VFIO_CLAIM" $words
		[ "$words" = "help --json" ] || expect "output of $words" "$output" "$("$VFIO_CLAIM" --help)"
	done
	expect_in message "$stderr" "help: unknown option --json"
	for words in "list -h" "list gpu --help --frob" "help list" "--sysroot /nonexistent list --help"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$VFIO_CLAIM" $words
		expect "status of $words" "$status" 0
		expect "output of $words" "$output" "$("$VFIO_CLAIM" list --help)"
	done
}

@test "a sysroot that is not there: the command's own status for a failure, wherever it stands" {
	ends 3 "--sysroot /nonexistent: there is no such directory" --sysroot /nonexistent check
	ends 3 "--sysroot /nonexistent: there is no such directory" check --sysroot /nonexistent
	ends 3 "check: unknown option --frob" check --frob
	ends 1 "--sysroot /nonexistent: there is no such directory" --sysroot=/nonexistent list
	ends 2 "option --sysroot needs the name of a directory" --sysroot= list
}

# cannot_write STATUS ARGUMENT...: neither to a full device nor where standard output is closed
cannot_write() {
	local wanted=$1
	shift
	status=0
	"$VFIO_CLAIM" "$@" >/dev/full 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	expect "status of $*, full" "$status" "$wanted"
	expect_in message "$(<"$BATS_TEST_TMPDIR/stderr")" "cannot write to standard output"
	status=0
	"$VFIO_CLAIM" "$@" >&- 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	expect "status of $*, closed" "$status" "$wanted"
	expect_in message "$(<"$BATS_TEST_TMPDIR/stderr")" "cannot write to standard output"
}

@test "output that cannot be written is said, and is a failure" {
	mkdir -p "$ROOT/proc/sys/kernel"
	echo 6.1.0-test >"$ROOT/proc/sys/kernel/osrelease"
	cannot_write 3 --sysroot "$ROOT" check
	cannot_write 3 check --help
	cannot_write 1 --sysroot "$ROOT" status
	cannot_write 1 --sysroot "$ROOT" plan --cmdline quiet
	cannot_write 1 --sysroot "$ROOT" report
	cannot_write 1 --help
	cannot_write 1 --version
}

@test "VFIO_CLAIM_DEBUG: what is read and run, and which system call failed, on standard error" {
	mkdir -p "$ROOT/proc/sys/kernel"
	echo 6.1.0-test >"$ROOT/proc/sys/kernel/osrelease"
	VFIO_CLAIM_DEBUG=1 run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" report
	expect_in stderr "$stderr" "vfio-claim: debug: read $ROOT/proc/sys/kernel/osrelease"
	expect_in stderr "$stderr" "vfio-claim: debug: read $ROOT/sys/kernel/security/lockdown: No such file or directory"
	VFIO_CLAIM_DEBUG=0 run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" report
	expect_not_in stderr "$stderr" "debug"
}

@test "the lock file does not take the place of a closed standard error" {
	status=0
	"$VFIO_CLAIM" --sysroot "$ROOT" disable 2>&- || status=$?
	expect status "$status" 1
	expect "lock file" "$(<"$ROOT/run/vfio-claim.lock")" ""
}
