#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# One command at a time that changes a system: enable, disable, try, claim and release; on a system made of files.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system

setup() {
	system_debian
	mkfifo "$ROOT/tmp/go"
}

# Nothing of a test that failed may be left.
teardown() {
	local pid
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	timeout 1 sh -c ': >"$1"' - "$ROOT/tmp/go" || true
}

# slow_update_grub: one that says when it has begun, and waits for go
slow_update_grub() {
	tool /usr/sbin/update-grub <<-'END'
		echo update-grub >>/log
		read -r line </tmp/go
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
}

# go: lets it go on
go() {
	timeout 20 sh -c 'echo >"$1"' - "$ROOT/tmp/go"
}

# begin NUMBER COMMAND...: in the background; its output is in out.NUMBER
begin() {
	local number=$1
	shift
	"$VFIO_CLAIM" --sysroot "$ROOT" "$@" >"$BATS_TEST_TMPDIR/out.$number" 2>&1 3>&- &
}

# until_in FILE PIECE
until_in() {
	local i
	for i in {1..600}; do
		grep -qsF -e "$2" "$1" && return
		sleep 0.05
	done
	echo "no '$2' in $1: $(cat "$1")"
	return 1
}

# patient COMMAND...: with a minute that is over at once; no leaks can be looked for under ptrace(2)
patient() {
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -f -o /dev/null \
		-e trace=clock_nanosleep -e inject=clock_nanosleep:retval=0 "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
}

# bats test_tags=slow
@test "two at a time: the second waits, says so, and decides on what the first has left" {
	local first second
	slow_update_grub
	begin 1 enable 02:00.0
	first=$!
	until_in "$ROOT/log" update-grub
	begin 2 enable --add 01:00.0
	second=$!
	until_in "$BATS_TEST_TMPDIR/out.2" "another vfio-claim (process $first) is changing this system: waiting for it to finish"
	expect "what the second has run" "$(log)" update-grub
	go
	wait "$first"
	# Its own update-grub.
	go
	wait "$second"
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU")" "rd.vfio.claim=02:00.0,01:00.0"
	grep -q '^VFIO_CLAIM="02:00.0,01:00.0"' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
}

# bats test_tags=slow
@test "one that does not end: the others give up after a minute, and change nothing; --dry-run needs no turn" {
	local first command before
	slow_update_grub
	begin 1 enable 02:00.0
	first=$!
	until_in "$ROOT/log" update-grub
	before=$(system_sum)
	for command in "enable 01:00.0" disable "try 01:00.0" "claim 01:00.0" "release 01:00.0"; do
		# shellcheck disable=SC2086 # several words
		patient $command
		expect "status of $command" "$status" 1
		expect_in "message of $command" "$stderr" "process $first is still changing this system: nothing was changed"
	done
	patient enable 01:00.0 --dry-run
	expect "status of --dry-run ($stderr)" "$status" 0
	diff <(echo "$before") <(system_sum)
	go
	wait "$first"
}

@test "one that is killed keeps nobody waiting, even while its tool still runs" {
	local first
	slow_update_grub
	begin 1 enable 02:00.0
	first=$!
	until_in "$ROOT/log" update-grub
	kill -KILL "$first"
	wait "$first" || true
	patient disable --dry-run
	begin 2 claim 01:00.0
	wait $! || true
	expect_not_in "the second's messages" "$(cat "$BATS_TEST_TMPDIR/out.2")" "waiting"
}

# bats test_tags=slow
@test "many at a time: menu and file agree afterwards" {
	local i pids=()
	for i in 1 2 3 4; do
		begin "$i" enable "0$((i % 2 + 1)):00.0"
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU")" \
		"rd.vfio.claim=$(sed -n 's/^VFIO_CLAIM="\(.*\)"/\1/p' "$ROOT/etc/default/grub.d/vfio-claim.cfg")"
}

# bats test_tags=slow
@test "a file that cannot be made: nothing is changed, and why" {
	local before
	mkdir "$ROOT/run/vfio-claim.lock"
	before=$(system_sum)
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "cannot lock $ROOT/run/vfio-claim.lock: it is a directory"
	diff <(echo "$before") <(system_sum)
	rmdir "$ROOT/run/vfio-claim.lock" "$ROOT/run"
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
	expect "status without /run ($stderr)" "$status" 0
}
