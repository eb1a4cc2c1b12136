#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is said after a failed step is true, and a run that is killed leaves nothing, on a system made of files.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

setup() {
	system_debian
	DROPIN=$ROOT/etc/default/grub.d/vfio-claim.cfg
}

# traced OPTION… COMMAND: no leaks can be looked for under ptrace(2)
traced() {
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr strace -o "${TRACE:-/dev/null}" "$@"
}

@test "a file that cannot be put back is named, and the others are put back" {
	tool /usr/sbin/update-grub <<<'rm /boot/grub/grub.cfg && mkdir /boot/grub/grub.cfg; exit 1'
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "cannot restore $ROOT/boot/grub/grub.cfg: it is a directory"
	expect_in message "$stderr" "everything not named above is as it was before"
	expect_not_in message "$stderr" "vfio-claim: all is as it was before"
	expect "the other file" "$(cat "$DROPIN")" "$(cat "$TOP/grub.d/vfio-claim.cfg")"
}

@test "what was put back is read back before it is said" {
	local trace=$BATS_TEST_TMPDIR/trace
	tool /usr/sbin/update-grub <<<'exit 1'
	# Images are compared in a scratch directory, in which files are written, too.
	TRACE=$trace traced -e trace=/^rename "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 --dry-run
	# The second rename after those, which puts the first file back, is said to be done.
	traced -e trace=/^rename -e inject="/^rename:retval=0:when=$(($(grep -c '^rename' "$trace") + 2))" "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
	expect "status ($output)" "$status" 1
	expect_in message "$stderr" "$ROOT/etc/default/grub.d/vfio-claim.cfg is not as it was before: its contents differ"
	expect_not_in message "$stderr" "vfio-claim: all is as it was before"
}

@test "what was put back is read back although something else could not be put back" {
	tool /usr/sbin/update-grub <<<'rm /boot/grub/grub.cfg && mkdir /boot/grub/grub.cfg; exit 1'
	traced -e trace=/^rename -e inject=/^rename:retval=0:when=2 "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
	expect "status ($output)" "$status" 1
	expect_in message "$stderr" "$ROOT/boot/grub/grub.cfg is not as it was before: its contents differ"
	expect_in message "$stderr" "$ROOT/etc/default/grub.d/vfio-claim.cfg is not as it was before: its contents differ"
}

@test "what a tool has left alone is not written again" {
	local before
	tool /usr/sbin/update-grub <<<'exit 1'
	before=$(stat -c '%i %y %z' "$MENU")
	vfio enable 02:00.0
	expect_in message "$stderr" "vfio-claim: all is as it was before"
	expect "the menu's inode and times" "$(stat -c '%i %y %z' "$MENU")" "$before"
}

@test "a file that was put back has its time of modification" {
	local before
	touch -d 2020-01-02 "$DROPIN" "$MENU"
	before=$(stat -c %y "$DROPIN" "$MENU")
	tool /usr/sbin/update-grub <<<'echo new >/boot/grub/grub.cfg; exit 1'
	vfio enable 02:00.0
	expect_in message "$stderr" "vfio-claim: all is as it was before"
	expect "times" "$(stat -c %y "$DROPIN" "$MENU")" "$before"
}

@test "a run that is killed at any step leaves nothing that the next one does not remove" {
	local before call when
	before=$(system_sum)
	for call in fsync rename unlink; do
		for when in 1 2; do
			# strace(1) ends by that signal, too.
			traced -e trace="/^$call" -e inject="/^$call:signal=KILL:when=$when" "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
			vfio disable
			expect "status of disable after a kill at $call $when ($stderr)" "$status" 0
			expect "what is left after a kill at $call $when" "$(find "$ROOT" -name '*vfio-claim-new*')" ""
			diff <(echo "$before") <(system_sum)
		done
	done
}

@test "set again in another order: nothing is written" {
	local before
	system_systemd_boot
	sed -i 's/^options.*/options rd.vfio.claim=02:00.0   root=UUID=0b1e rw  intel_iommu=on quiet -- init-word/' \
		"$ROOT"/boot/loader/entries/arch*.conf
	vfio enable 02:00.0
	expect "status ($stderr)" "$status" 0
	before=$(system_sum)
	grep -q 'claim=02:00.0   root' "$ROOT/boot/loader/entries/arch.conf"
	vfio enable 02:00.0
	expect_in output "$output" "Nothing to change."
	diff <(echo "$before") <(system_sum)
}

@test "a file with a NUL byte is refused by name" {
	local before
	printf 'GRUB_DEFAULT=0\n\0GRUB_TIMEOUT=5\n' >"$DROPIN"
	before=$(system_sum)
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "/etc/default/grub.d/vfio-claim.cfg: there is a NUL byte in it"
	diff <(echo "$before") <(system_sum)
}
