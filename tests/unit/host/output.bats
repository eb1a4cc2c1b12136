#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# report --output writes as a shell's '>' does, on a machine of files.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
	DIR=$BATS_TEST_TMPDIR/out
	mkdir "$DIR"
}

report() {
	run --separate-stderr timeout 60 "$VFIO_CLAIM" --sysroot "$ROOT" report --output "$1"
}

@test "a device is written into, and stays one" {
	mknod -m 666 "$DIR/null" c 1 3 || skip "only root can make a device"
	report "$DIR/null"
	expect "status ($stderr)" "$status" 0
	expect "what it is" "$(stat -c %F "$DIR/null")" "character special file"
	mknod -m 666 "$DIR/full" c 1 7
	report "$DIR/full"
	expect status "$status" 1
	expect_in message "$stderr" "cannot write $DIR/full: no space is left"
}

@test "a FIFO is written into" {
	mkfifo "$DIR/fifo"
	timeout 20 cat "$DIR/fifo" >"$DIR/got" 3>&- &
	report "$DIR/fifo"
	wait $!
	expect "status ($stderr)" "$status" 0
	[ -p "$DIR/fifo" ]
	grep -q '^vfio-claim report' "$DIR/got"
}

@test "/dev/stdout" {
	report /dev/stdout
	expect "status ($stderr)" "$status" 0
	expect_in output "$output" "vfio-claim report"
}

@test "a link is followed, a file that is there keeps its mode, a new one is for its owner alone" {
	echo old >"$DIR/file"
	chmod 640 "$DIR/file"
	ln -s file "$DIR/link"
	report "$DIR/link"
	expect "status ($stderr)" "$status" 0
	[ -h "$DIR/link" ]
	expect "the first word" "$(head -c 10 "$DIR/file")" vfio-claim
	expect "its mode" "$(stat -c %a "$DIR/file")" 640
	report "$DIR/new"
	expect "mode of a new one" "$(stat -c %a "$DIR/new")" 600
}
