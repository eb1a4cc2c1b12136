#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Proxmox VE whose boot loader reads what proxmox-boot-tool has copied to EFI system partitions

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

ENTRY=loader/entries/proxmox-$KVER.conf

# menus WORDS: what of ours each partition's menu has
menus_have() {
	local esp menu
	for esp in "${ESPS[@]}"; do
		menu=$esp/$ENTRY
		[ ! -d "$esp/grub" ] || menu=$esp/grub/grub.cfg
		expect "the menu on ${esp##*/}" "$(words "$menu")" "$1"
	done
}

goes_there_and_back() {
	local before after
	before=$(system_sum)
	did enable 02:00.0 --keep boot-vga --dry-run
	expect_in "what is shown" "$output" "run: proxmox-boot-tool refresh"
	expect_in "what is shown" "$output" "rd.vfio"
	same_files "$before"
	did enable 02:00.0 --keep boot-vga
	expect_in output "$output" "The claims take effect at the next boot"
	menus_have "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga "
	after=$(system_sum)
	: >"$ROOT/log"
	did enable 02:00.0 --keep boot-vga
	expect_in output "$output" "Nothing to change."
	same_files "$after"
	expect "what the second time has run" "$(log)" ""
	did enable --add 01:00.0
	menus_have "rd.vfio.claim=02:00.0,01:00.0 rd.vfio.keep=boot-vga "
	did disable
	expect_in output "$output" "Nothing is claimed from the next boot on."
	same_files "$before"
	: >"$ROOT/log"
	did disable
	expect "what the second disable has run" "$(log)" ""
}

@test "systemd-boot: there and back; the first line only" {
	system_proxmox systemd-boot
	printf '#1 root=ZFS=rpool/ROOT/pve-1 boot=zfs\nnever read rd.vfio.claim=ff:1f.7\n' >"$ROOT/etc/kernel/cmdline"
	chroot "$ROOT" proxmox-boot-tool refresh
	did enable 02:00.0
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" \
		"$(printf '#1 root=ZFS=rpool/ROOT/pve-1 boot=zfs rd.vfio.claim=02:00.0\nnever read rd.vfio.claim=ff:1f.7')"
	expect "the drop-in" "$(grep '^VFIO_CLAIM=' "$ROOT/etc/default/grub.d/vfio-claim.cfg")" 'VFIO_CLAIM=""'
	did disable
	menus_have ""
	goes_there_and_back
}

@test "GRUB: there and back; /etc/kernel/cmdline stays as it is" {
	system_proxmox grub
	goes_there_and_back
	did enable 02:00.0
	expect "the file" "$(words "$ROOT/etc/kernel/cmdline")" ""
}

@test "BIOS: GRUB on partitions that have systemd-boot, too" {
	system_proxmox systemd-boot
	mkdir "${ESPS[0]}/grub"
	rmdir "$ROOT/sys/firmware/efi/efivars" "$ROOT/sys/firmware/efi"
	chroot "$ROOT" proxmox-boot-tool refresh
	rm "$ROOT/log"
	goes_there_and_back
}

@test "a mirror; a partition for each loader: both settings, there and back" {
	system_proxmox systemd-boot systemd-boot grub
	goes_there_and_back
}

@test "a mirror's disk that is gone costs a warning" {
	system_proxmox systemd-boot gone
	did enable 02:00.0
	expect_in warning "$stderr" "warning: the EFI system partition 2222-ABCD is left out: it is missing"
	menus_have "rd.vfio.claim=02:00.0 "
	vfio check
	expect_in check "$output" "warning  the EFI system partition 2222-ABCD is left out"
	did disable
	menus_have ""
}

@test "all partitions are gone: nothing is changed" {
	system_proxmox systemd-boot
	rm "$ROOT/dev/disk/by-uuid/1111-ABCD"
	refused 1 "cannot read any EFI system partition of /etc/kernel/proxmox-boot-uuids" enable 02:00.0
}

@test "an empty list: plain GRUB" {
	system_debian
	mkdir -p "$ROOT/etc/kernel"
	printf '\n' >"$ROOT/etc/kernel/proxmox-boot-uuids"
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "a line that is no UUID of a FAT file system is never part of a path" {
	system_proxmox systemd-boot
	echo ../../1111-ABCD >>"$ROOT/etc/kernel/proxmox-boot-uuids"
	did enable 02:00.0
	expect_in warning "$stderr" "../../1111-ABCD is left out: this is not the UUID"
}

@test "the tool takes what follows a partition with GRUB for such, too: which one lacks what is said, and undone" {
	local before
	system_proxmox systemd-boot grub
	printf '%s\n' 2222-ABCD 1111-ABCD >"$ROOT/etc/kernel/proxmox-boot-uuids"
	before=$(system_sum)
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "an entry in /esp/1111-ABCD/$ENTRY has 'root=ZFS=rpool/ROOT/pve-1 boot=zfs'"
	expect_in message "$stderr" "all is as it was before"
	same_files "$before"
}

@test "a refresh that does nothing, and one that fails: undone, and the tool run once more" {
	local before
	system_proxmox systemd-boot grub
	before=$(system_sum)
	cp "$ROOT/usr/sbin/proxmox-boot-tool" "$BATS_TEST_TMPDIR/tool"
	tool /usr/sbin/proxmox-boot-tool <<<'exit 0'
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "which is not what was set"
	expect_in message "$stderr" "all is as it was before"
	cp "$BATS_TEST_TMPDIR/tool" "$ROOT/usr/sbin/proxmox-boot-tool"
	same_files "$before"

	# It writes the first partition, and then fails; the second time it is well.
	sed -i '3i [ -e /tmp/well ] || { : >/tmp/well; fails=1; }' "$ROOT/usr/sbin/proxmox-boot-tool"
	sed -i 's/^done .*/[ -z "$fails" ] || { echo "no space here" >\&2; exit 3; }\n&/' \
		"$ROOT/usr/sbin/proxmox-boot-tool"
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in "the tool's words" "$stderr" "no space here"
	expect_in output "$output" "undo: proxmox-boot-tool refresh"
	expect_in message "$stderr" "all is as it was before"
	menus_have ""
}

@test "what the tool cannot undo is said" {
	system_proxmox systemd-boot
	sed -i '3i [ ! -e /tmp/bad ] || exit 4' "$ROOT/usr/sbin/proxmox-boot-tool"
	sed -i '$a : >/tmp/bad; exit 3' "$ROOT/usr/sbin/proxmox-boot-tool"
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "may still have the new settings: run 'proxmox-boot-tool refresh'"
	expect_in message "$stderr" "everything not named above is as it was before"
	expect "the file" "$(words "$ROOT/etc/kernel/cmdline")" ""
}

@test "after an undo the menus are read back" {
	system_proxmox systemd-boot
	# A line of the menu that no file has any more
	sed -i 's/boot=zfs/boot=zfs by-hand/' "${ESPS[0]}/$ENTRY"
	sed -i '$a [ -e /tmp/well ] || { : >/tmp/well; exit 3; }' "$ROOT/usr/sbin/proxmox-boot-tool"
	vfio enable 02:00.0
	expect_in message "$stderr" "menus are not as they were before"
}

@test "images are copied, and compared with /boot" {
	system_proxmox systemd-boot grub
	packed "$IMAGE" made=0
	did enable 02:00.0
	expect "calls" "$(log)" "$(printf '%s\n' "proxmox-boot-tool refresh" "make-image -u -k $KVER" \
		"proxmox-boot-tool refresh --hook zz-proxmox-boot")"
	cmp "$IMAGE" "${ESPS[0]}/EFI/proxmox/$KVER/initrd.img-$KVER"
	cmp "$IMAGE" "${ESPS[1]}/initrd.img-$KVER"
	vfio check
	expect_in check "$output" "EFI system partitions: each has the claims that are set, and the images in /boot"
	echo >>"${ESPS[1]}/initrd.img-$KVER"
	vfio check
	expect_in check "$output" "problem  the EFI system partition 2222-ABCD has another image of kernel $KVER than /boot"
	sed -i 's/rd.vfio.claim=[^ ]*//' "${ESPS[0]}/$ENTRY"
	vfio check
	expect_in check "$output" "problem  an entry in /esp/1111-ABCD/$ENTRY has"
}

@test "a hook that does not copy the image is noticed, and all undone" {
	local before
	system_proxmox systemd-boot
	packed "$IMAGE" made=0
	chroot "$ROOT" proxmox-boot-tool refresh
	rm "$ROOT/log"
	tool /etc/initramfs/post-update.d/proxmox-boot-sync <<<"exit 0"
	before=$(system_sum)
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "has another image of kernel $KVER than /boot"
	expect_in message "$stderr" "all is as it was before"
	same_files "$before"
}

@test "dracut does not call the tool: it is called for it" {
	system_proxmox systemd-boot
	packed "$IMAGE" made=0
	mv "$ROOT/usr/sbin/update-initramfs" "$BATS_TEST_TMPDIR"
	tool /usr/sbin/dracut <<<'exec make-image "$@"'
	did enable 02:00.0
	cmp "$IMAGE" "${ESPS[0]}/EFI/proxmox/$KVER/initrd.img-$KVER"
}

@test "without /etc/kernel/cmdline the running command line counts" {
	system_proxmox systemd-boot
	rm "$ROOT/etc/kernel/cmdline"
	did disable
	[ ! -e "$ROOT/etc/kernel/cmdline" ]
	did enable 02:00.0
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" "root=ZFS=rpool/ROOT/pve-1 boot=zfs rd.vfio.claim=02:00.0"
	rm "$ROOT/etc/kernel/cmdline"
	tree_cmdline "initrd=\\EFI\\x root=ZFS=rpool/ROOT/pve-1 boot=zfs rd.vfio.claim=02:00.0"
	did disable
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
	menus_have ""
}

@test "a partition gets another loader: the claims of before go from where they were" {
	system_proxmox systemd-boot
	did enable 02:00.0
	mkdir "${ESPS[0]}/grub"
	: >"${ESPS[0]}/EFI/proxmox/grubx64.efi"
	chroot "$ROOT" proxmox-boot-tool refresh
	vfio check
	expect_in check "$output" "which 'vfio-claim enable' set"
	vfio status
	expect_in status "$output$stderr" "the boot menu's default entry, in /esp/1111-ABCD/grub/grub.cfg, lacks"
	did enable
	menus_have "rd.vfio.claim=02:00.0 "
	did disable
	expect "the file" "$(words "$ROOT/etc/kernel/cmdline")" ""
	expect "the drop-in" "$(grep '^VFIO_CLAIM=' "$ROOT/etc/default/grub.d/vfio-claim.cfg")" 'VFIO_CLAIM=""'
}

@test "plan and check read the partition, not /boot/grub/grub.cfg" {
	system_proxmox grub
	did plan
	expect_not_in "what nothing reads" "$output$stderr" "ff:1f.7"
	sed -i 's/pve-1 ro/& rd.vfio.claim=01:00.0/' "${ESPS[0]}/grub/grub.cfg"
	did plan
	expect_in plan "$output" "0000:01:00.0"
	vfio check
	expect_in check "$output" "/esp/1111-ABCD/grub/grub.cfg"
}

@test "GRUB's settings have no effect on systemd-boot: check says where they belong" {
	system_proxmox systemd-boot
	sed -i 's/="quiet"/="quiet intel_iommu=on"/' "$ROOT/etc/default/grub"
	vfio check
	expect_in check "$output" "does not have what /etc/default/grub sets: intel_iommu=on"
	expect_in fix "$output" "add it to the first line of /etc/kernel/cmdline, then run: proxmox-boot-tool refresh"
	sed -i '1s/$/ iommu=pt/' "$ROOT/etc/kernel/cmdline"
	vfio check
	expect_in check "$output" "does not have what /etc/kernel/cmdline sets: iommu=pt"
	expect_in fix "$output" "proxmox-boot-tool refresh"
}

@test "try is refused, and says why" {
	system_proxmox grub
	refused 1 "reads what proxmox-boot-tool writes to EFI system partitions, where 'try' adds no entry" try 02:00.0
}

@test "the partition from which this boot was started counts first" {
	system_proxmox systemd-boot systemd-boot
	mkdir -p "$ROOT/dev/disk/by-partuuid"
	ln -s ../../sd22 "$ROOT/dev/disk/by-partuuid/0a-b"
	printf '\6\0\0\0000\0A\0-\0B\0\0\0' \
		>"$ROOT/sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
	sed -i 's/boot=zfs/boot=zfs rd.vfio.claim=01:00.0/' "${ESPS[1]}/$ENTRY"
	did plan
	expect_in plan "$output" "0000:01:00.0"
}

@test "loader.conf on the partition chooses the entry; a pinned kernel is the next boot's" {
	local older=5.15.0-test
	system_proxmox systemd-boot
	sed "s/$KVER/$older/g; s/boot=zfs/& rd.vfio.claim=01:00.0/" "${ESPS[0]}/$ENTRY" \
		>"${ESPS[0]}/loader/entries/proxmox-$older.conf"
	did plan
	expect_not_in warning "$stderr" "cannot tell which entry"
	expect_not_in plan "$output" "0000:01:00.0"
	sed -i "s/^default .*/default proxmox-$older.conf/" "${ESPS[0]}/loader/loader.conf"
	did plan
	expect_in plan "$output" "0000:01:00.0"
}

@test "a partition without an entry that starts this system is said, and undone" {
	local before
	system_proxmox systemd-boot systemd-boot
	sed -i 's/^\(\t*\)esp=.*/&\n\1[ "$uuid" != 2222-ABCD ] || continue/' "$ROOT/usr/sbin/proxmox-boot-tool"
	rm "${ESPS[1]}/$ENTRY"
	before=$(system_sum)
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "the EFI system partition 2222-ABCD has no entry that starts this system"
	same_files "$before"
}

# --- partitions that are not mounted ---------------------------------------------------------------

# unmount: the first partition becomes a file system of its own on a loop device, which nobody has mounted
unmount() {
	local image=$BATS_TEST_TMPDIR/esp.img node=$ROOT/dev/sd12 esp=${ESPS[0]}
	# Not every kernel on which tests run has vfat.
	mke2fs -q -t ext2 "$image" 64M 2>/dev/null
	LOOP=$(losetup -f --show "$image" 2>/dev/null) || skip "there are no loop devices"
	mkdir "$BATS_TEST_TMPDIR/mnt"
	mount -t ext2 "$LOOP" "$BATS_TEST_TMPDIR/mnt" || skip "nothing can be mounted"
	cp -r "$esp/." "$BATS_TEST_TMPDIR/mnt"
	umount "$BATS_TEST_TMPDIR/mnt"
	rm -r "$esp" "$node"
	sed -i "/1111-ABCD/d" "$ROOT/proc/self/mountinfo"
	# shellcheck disable=SC2046 # two numbers
	mknod "$node" b $(stat -c '0x%t 0x%T' "$LOOP")
}

teardown() {
	umount "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || true
	[ -z "${LOOP-}" ] || losetup -d "$LOOP"
}

# nothing_left: neither a mount nor a copy
nothing_left() {
	! grep "$ROOT" /proc/self/mountinfo
	! ls "$ROOT"/run/vfio-claim.esp* 2>/dev/null
}

@test "a partition that is not mounted is read, and nothing of that stays" {
	system_proxmox systemd-boot
	sed -i 's/boot=zfs/boot=zfs rd.vfio.claim=01:00.0/' "${ESPS[0]}/$ENTRY"
	unmount
	did plan
	expect_in plan "$output" "0000:01:00.0"
	nothing_left
	vfio check
	expect_in check "$output" "an entry in 1111-ABCD/$ENTRY has 'root=ZFS=rpool/ROOT/pve-1 boot=zfs rd.vfio.claim=01:00.0'"
	expect_not_in "the image is the same" "$output" "another image"
	nothing_left
	echo >>"$IMAGE"
	vfio check
	expect_in check "$output" "1111-ABCD has another image of kernel $KVER than /boot"
}

@test "GRUB's menu on a partition that is not mounted" {
	system_proxmox grub
	sed -i 's/pve-1 ro/& rd.vfio.claim=01:00.0/' "${ESPS[0]}/grub/grub.cfg"
	unmount
	did plan
	expect_in plan "$output" "0000:01:00.0"
	nothing_left
}

@test "a partition that is mounted where it cannot be seen: nothing is changed" {
	system_proxmox systemd-boot
	unmount
	mount -t ext2 "$LOOP" "$BATS_TEST_TMPDIR/mnt"
	refused 1 "the EFI system partition 1111-ABCD: another program has mounted it" enable 02:00.0
	nothing_left
	# It is found by its number.
	mkdir -p "$ROOT/mnt"
	mount --bind "$BATS_TEST_TMPDIR/mnt" "$ROOT/mnt"
	echo "50 30 $(mountpoint -x "$LOOP") / /mnt rw - vfat /dev/loop rw" >>"$ROOT/proc/self/mountinfo"
	vfio plan
	umount "$ROOT/mnt"
	expect status "$status" 0
	expect_not_in warning "$stderr" "warning: no boot menu"
}

@test "a partition that cannot be mounted is skipped, as by the tool" {
	system_proxmox systemd-boot systemd-boot
	unmount
	dd if=/dev/zero of="$LOOP" bs=1M count=1 status=none
	did enable 02:00.0
	expect_in warning "$stderr" "warning: the EFI system partition 1111-ABCD is left out: it cannot be read"
}
