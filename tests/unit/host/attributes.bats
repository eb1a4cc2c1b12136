#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a rewritten file has beside its contents stays, on a real file system: ext4 in a file. Where that cannot be
# mounted, it is the tests' own one, and what that does not have is skipped.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

setup() {
	mkdir "$BATS_TEST_TMPDIR/root"
	truncate -s 64M "$BATS_TEST_TMPDIR/ext4"
	mkfs.ext4 -q -O ^has_journal "$BATS_TEST_TMPDIR/ext4" && mount -o loop "$BATS_TEST_TMPDIR/ext4" "$BATS_TEST_TMPDIR/root" ||
		echo "# no ext4 in a file can be mounted here" >&3
	system_debian
	DROPIN=$ROOT/etc/default/grub.d/vfio-claim.cfg
}

teardown() {
	! mountpoint -q "$BATS_TEST_TMPDIR/root" || umount "$BATS_TEST_TMPDIR/root"
}

# with_attributes FILE: owner, mode, an ACL with group::r-- and mask::rw-, an SELinux label and others
with_attributes() {
	chown 1000:1001 "$1"
	python3 - "$1" <<-'END' || skip "no ACLs or extended attributes on the file system of $BATS_TEST_TMPDIR"
		import os, struct, sys
		entries = [(1, 6, -1), (2, 6, 1002), (4, 4, -1), (16, 6, -1), (32, 0, -1)]
		acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
		os.setxattr(sys.argv[1], "system.posix_acl_access", acl)
		os.setxattr(sys.argv[1], "security.selinux", b"system_u:object_r:bootloader_etc_t:s0\0")
		os.setxattr(sys.argv[1], "user.comment", b"a\0b")
		os.setxattr(sys.argv[1], "trusted.note", b"x")
	END
}

# attributes FILE: all of them
attributes() {
	stat -c '%u:%g %a' "$1"
	python3 -c 'import os, sys
for name in sorted(os.listxattr(sys.argv[1])):
	print(name, os.getxattr(sys.argv[1], name))' "$1"
}

# acl_of_directory DIRECTORY: new files in it get an ACL
acl_of_directory() {
	python3 - "$1" <<-'END'
		import os, struct, sys
		entries = [(1, 7, -1), (2, 7, 1003), (4, 5, -1), (16, 7, -1), (32, 5, -1)]
		acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
		os.setxattr(sys.argv[1], "system.posix_acl_default", acl)
	END
}

@test "owner, mode, ACL, SELinux label and other attributes stay, there, back and when it is undone" {
	local before
	with_attributes "$DROPIN"
	acl_of_directory "$ROOT/etc/default/grub.d"
	before=$(attributes "$DROPIN")
	vfio enable 02:00.0
	expect "status ($stderr)" "$status" 0
	expect attributes "$(attributes "$DROPIN")" "$before"
	vfio disable
	expect "status ($stderr)" "$status" 0
	expect "attributes after disable" "$(attributes "$DROPIN")" "$before"
	tool /usr/sbin/update-grub <<<'exit 1'
	vfio enable 02:00.0
	expect_in message "$stderr" "vfio-claim: all is as it was before"
	expect "attributes after undo" "$(attributes "$DROPIN")" "$before"
}

@test "a file without an ACL gets none from its directory" {
	with_attributes "$ROOT/etc/default/grub"
	acl_of_directory "$ROOT/etc/default/grub.d"
	vfio enable 02:00.0
	expect "status ($stderr)" "$status" 0
	expect_not_in attributes "$(attributes "$DROPIN")" posix_acl
	expect mode "$(stat -c %a "$DROPIN")" 640
}

@test "what a tool has done to attributes is undone" {
	local before
	with_attributes "$MENU"
	before=$(attributes "$MENU")
	# A new file in its place.
	tool /usr/sbin/update-grub <<<'grub-mkconfig -o /boot/grub/grub.cfg.new && rm /boot/grub/grub.cfg && cat /boot/grub/grub.cfg.new >/boot/grub/grub.cfg; exit 1'
	vfio enable 02:00.0
	expect_in message "$stderr" "vfio-claim: all is as it was before"
	expect attributes "$(attributes "$MENU")" "$before"
}

@test "what a tool has done to attributes alone is undone" {
	local before change
	system_programs chmod chown cp mv
	with_attributes "$MENU"
	before=$(attributes "$MENU")
	# The last one is a new file with the same contents, owner and mode.
	for change in "chmod 600" "chown 5:6" "cp -p /boot/grub/grub.cfg /boot/new && rm /boot/grub/grub.cfg && mv /boot/new"; do
		tool /usr/sbin/update-grub <<<"$change /boot/grub/grub.cfg && echo changed >>/log; exit 1"
		vfio enable 02:00.0
		expect "the log" "$(log)" changed
		rm "$ROOT/log"
		expect_in "message after $change" "$stderr" "vfio-claim: all is as it was before"
		expect "attributes after $change" "$(attributes "$MENU")" "$before"
	done
}

@test "the kernel's signature of the old contents is not copied" {
	python3 -c 'import os, sys
os.setxattr(sys.argv[1], "security.ima", b"\4\4")' "$DROPIN" || skip "no security attributes on the file system of $BATS_TEST_TMPDIR"
	vfio enable 02:00.0
	expect "status ($stderr)" "$status" 0
	expect_not_in attributes "$(attributes "$DROPIN")" security.ima
}

@test "a file with two names keeps both" {
	ln "$DROPIN" "$ROOT/etc/other"
	vfio enable 02:00.0
	expect "status ($stderr)" "$status" 0
	expect "number of links" "$(stat -c %h "$DROPIN")" 2
	cmp "$DROPIN" "$ROOT/etc/other"
	vfio disable
	expect "number of links" "$(stat -c %h "$DROPIN")" 2
	cmp "$DROPIN" "$TOP/grub.d/vfio-claim.cfg"
}

@test "an immutable file, and one on a read-only file system: refused by name, and nothing is changed" {
	local before
	before=$(system_sum)
	chattr +i "$DROPIN" 2>/dev/null || skip "no immutable files on the file system of $BATS_TEST_TMPDIR"
	vfio enable 02:00.0
	chattr -i "$DROPIN"
	expect status "$status" 1
	expect_in message "$stderr" "cannot write $ROOT/etc/default/grub.d/vfio-claim.cfg: not permitted, even to root: the file may be immutable"
	expect_in message "$stderr" "vfio-claim: nothing was changed"
	expect_not_in message "$stderr" "as it was"
	diff <(echo "$before") <(system_sum)
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr unshare -m sh -c '
		mount --bind "$2/etc" "$2/etc" && mount -o remount,ro,bind "$2/etc" || exit 99
		exec "$1" --sysroot "$2" enable 02:00.0' - "$VFIO_CLAIM" "$ROOT"
	expect "status ($stderr)" "$status" 1
	expect_in message "$stderr" "cannot write $ROOT/etc/default/grub.d/vfio-claim.cfg: the file system is read-only"
	expect_not_in message "$stderr" "as it was"
	diff <(echo "$before") <(system_sum)
}

@test "a file that something is mounted on is written into" {
	cp "$DROPIN" "$BATS_TEST_TMPDIR/other"
	# shellcheck disable=SC2016
	run --separate-stderr unshare -m sh -c '
		mount --bind "$3" "$2/etc/default/grub.d/vfio-claim.cfg" || exit 99
		exec "$1" --sysroot "$2" enable 02:00.0' - "$VFIO_CLAIM" "$ROOT" "$BATS_TEST_TMPDIR/other"
	expect "status ($stderr)" "$status" 0
	grep -q '"02:00.0"' "$BATS_TEST_TMPDIR/other"
}

@test "on a FAT file system, which has neither owners nor modes" {
	local disk=$BATS_TEST_TMPDIR/disk
	system_systemd_boot
	truncate -s 8M "$disk"
	mkfs.vfat "$disk" >/dev/null || skip "no mkfs.vfat"
	cp -a "$ROOT/boot" "$BATS_TEST_TMPDIR/boot"
	# shellcheck disable=SC2016
	run --separate-stderr unshare -m sh -c '
		mount -o loop,uid=1000,umask=0077 "$3" "$2/boot" && cp -r "$4/." "$2/boot" || exit 99
		"$1" --sysroot "$2" enable 02:00.0 && cat "$2/boot/loader/entries/arch.conf"' - \
		"$VFIO_CLAIM" "$ROOT" "$disk" "$BATS_TEST_TMPDIR/boot"
	[ "$status" != 99 ] || skip "no loop device or no FAT here"
	expect "status ($stderr)" "$status" 0
	expect_in entry "$output" rd.vfio.claim=02:00.0
}
