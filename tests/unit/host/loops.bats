#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable ended at each system call that changes something, and two of them at once, again and again; on systems made of
# files. Not part of make check-quick: half a minute each.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

# bats file_tags=loops

load ../kernel
load ../tree
load ../system
load ../settings

# The state of the files is the same between two of these; those that a system has not are not met.
CALLS="write pwrite64 copy_file_range mkdir unlink rename ftruncate fsync fchmod fchown fsetxattr utimensat sync clone exit_group"

# traced OPTION… COMMAND: no leaks can be looked for under ptrace(2)
traced() {
	# A suite that runs in the background is started with SIGINT and SIGQUIT ignored.
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr env --default-signal strace "$@"
}

# points COMMAND…: runs it, and sets $points, a line for each system call to end at: its name and which one of these.
# Not those that fail, as mkdir of what is there does, and not messages.
points() {
	traced -o "$BATS_TEST_TMPDIR/trace" -e "trace=/^(${CALLS// /|})\$" "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
	expect "status of $* ($stderr)" "$status" 0
	points=$(awk -F '(' '/^[a-z]/ { count[$1]++ } /^[a-z]/ && !/^write\([12],|= -1 / { print $1, count[$1] }' \
		"$BATS_TEST_TMPDIR/trace")
	[ "$(grep -c . <<<"$points")" -gt 5 ]
}

# begin OPTION…: sets $before and $after, the files without claims and with them, and the points of enable and disable
begin() {
	local there
	before=$(system_sum)
	points enable 02:00.0 "$@"
	there=$points
	after=$(system_sum)
	points disable
	points_back=$points points=$there
	same_files "$before"
}

# at POINT SIGNAL COMMAND…: runs it, which gets the signal at that system call, and waits for the tools that it has begun
at() {
	local call=${1% *} which=${1#* } signal=$2
	shift 2
	traced -o /dev/null -e "trace=/^$call\$" -e "inject=/^$call\$:signal=$signal:when=$which" \
		"$VFIO_CLAIM" --sysroot "$ROOT" "$@"
	while readlink /proc/[0-9]*/root | grep -qxF "$ROOT"; do
		sleep 0.02
	done
}

# killed_at POINT COMMAND…: each file is as before or as wanted
killed_at() {
	local point=$1 odd
	shift
	at "$point" KILL "$@"
	expect "status of $* at $point" "$status" 137
	odd=$(grep -vxF -e "$before" -e "$after" <<<"$(system_sum)" | grep -v 'vfio-claim-new') || true
	expect "files after a kill of $* at $point that are neither as before nor as wanted" "$odd" ""
}

# is_as SUM POINT: and nothing else is left there
is_as() {
	expect "what is left after a kill at $2" "$(find "$ROOT" -name '*vfio-claim-new*')" ""
	same_files "$1"
}

# kill_at_each [OPTION…]: the next run finishes what a killed one has begun, or takes it back
kill_at_each() {
	local number=0
	begin "$@"
	while read -r point <&4 && read -r back <&5; do
		killed_at "$point" enable 02:00.0 "$@"
		# Every other time, only disable follows.
		if ((number++ % 2)); then
			did enable 02:00.0 "$@"
			is_as "$after" "$point"
			killed_at "$back" disable
		fi
		did disable
		is_as "$before" "$point"
	done 4<<<"$points" 5<<<"$points_back"
}

@test "killed at any system call that changes something: no file is half written, and the next run cleans up" {
	system_debian
	kill_at_each
}

@test "… with entries of systemd-boot" {
	system_systemd_boot
	kill_at_each
}

@test "… with a unified kernel image" {
	system_uki
	kill_at_each
}

@test "… with settings that go into the images" {
	system_debian
	packed "$IMAGE" made=1 "$OURS"
	kill_at_each --config
}

@test "a signal at any of these: undone, or done when it comes too late" {
	local point name number=0 sum signals=(INT TERM HUP QUIT ALRM USR1 PIPE) undone=0
	system_debian
	begin
	for _ in 1 2; do
		while read -r point; do
			name=${signals[number++ % 7]}
			at "$point" "$name" enable 02:00.0
			sum=$(system_sum)
			if [ "$sum" = "$before" ]; then
				expect "status at $point, $name" "$status" "$((128 + $(kill -l "$name")))"
				undone=$((undone + 1))
			else
				same_files "$after"
				[ "$name" = PIPE ] || [ "$status" != 0 ] || [[ $point == exit_group* ]] ||
					expect "status at $point, $name ($stderr)" "$status" "$((128 + $(kill -l "$name")))"
				did disable
				same_files "$before"
			fi
		done <<<"$points"
	done
	[ "$undone" -gt 10 ]
}

@test "two at once, forty times: both are done, one after the other, and file and menu agree" {
	local round one other claims
	system_debian
	for round in {1..40}; do
		"$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 >"$BATS_TEST_TMPDIR/out.1" 2>&1 3>&- &
		one=$!
		sleep "0.0$((round % 10))"
		"$VFIO_CLAIM" --sysroot "$ROOT" enable 01:00.0 >"$BATS_TEST_TMPDIR/out.2" 2>&1 3>&- &
		other=$!
		wait "$one"
		wait "$other"
		claims=$(sed -n 's/^VFIO_CLAIM="\(.*\)"/\1/p' "$ROOT/etc/default/grub.d/vfio-claim.cfg")
		[[ $claims =~ ^0[12]:00.0$ ]]
		expect "the menu in round $round" "$(grep -o 'rd\.vfio[^ ]*' "$MENU")" "rd.vfio.claim=$claims"
		did enable "$claims"
		expect_in "output in round $round" "$output" "Nothing to change."
	done
}
