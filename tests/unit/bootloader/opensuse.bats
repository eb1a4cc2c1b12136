#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# openSUSE: sdbootutil with GRUB2-BLS and with systemd-boot, snapshots, and systems with a read-only root. The stub of
# sdbootutil is in system.bash; the real one was tried by hand (docs/tested.md).

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized

load ../kernel
load ../tree
load ../system
load ../settings

# entries: the command line of each entry
entries() {
	(cd "$ROOT/boot/efi/loader/entries" && grep ^options ./*)
}

@test "Tumbleweed: there and back; sdbootutil alone changes entries; other snapshots' stay" {
	local before
	system_tumbleweed
	before=$(system_sum)
	did enable 02:00.0 --keep boot-vga --dry-run
	expect_in "what is shown" "$output" "run: sdbootutil update-all-entries"
	same_files "$before"
	did enable 02:00.0 --keep boot-vga
	expect "what was run" "$(log)" "sdbootutil update-all-entries"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga "
	expect "the file" "$(cat "$ROOT/etc/kernel/cmdline")" "# mine
root=UUID=0b1e $FLAGS quiet rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	expect_not_in "the other snapshot's entry" "$(entries | grep snapshots/1)" rd.vfio
	: >"$ROOT/log"
	did enable 02:00.0 --keep boot-vga
	expect_in output "$output" "Nothing to change."
	expect "what the second time has run" "$(log)" ""
	did disable
	same_files "$before"
}

@test "Tumbleweed: an image without vfio-claim is made anew, under another name; if that fails, all is as before" {
	local before
	system_tumbleweed
	packed "$IMAGE" usr/bin/x
	cp "$ROOT/usr/bin/sdbootutil" "$BATS_TEST_TMPDIR/tool"
	sed -i 's/set -- made=1.*/set -- made=1 usr\/bin\/x/' "$ROOT/usr/bin/sdbootutil"
	before=$(system_sum)
	vfio enable 02:00.0
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "kernel $KVER: its new image does not contain vfio-claim"
	expect_in message "$stderr" "all is as it was before"
	diff <(echo "$before") <(system_sum)
	[ ! -e "${IMAGE%0}1" ]
	cp "$BATS_TEST_TMPDIR/tool" "$ROOT/usr/bin/sdbootutil"
	rm "$ROOT/log"
	did enable 02:00.0
	expect "what was run" "$(log)" "sdbootutil update-all-entries
sdbootutil mkinitrd"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	grep -q "initrd-${SHA}1" "$MENU"
}

@test "Tumbleweed: GRUB2-BLS's default: the newest name, the one in its environment, the one in EFI variables" {
	local vars=$ROOT/sys/firmware/efi/efivars id
	system_tumbleweed
	id=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
	sed 's/quiet/quiet rd.vfio.claim=01:00.0/' "$MENU" >"${MENU%/*}/system-mine.conf"
	sed -i 's/quiet/quiet rd.vfio.claim=02:00.0/' "$MENU"
	starts() {
		vfio plan
		expect "messages of plan" "$stderr" ""
		expect_in plan "$output" "0000:$1: claimed"
	}
	starts 02:00.0
	printf '# GRUB Environment Block\ndefault=system-mine.conf\n####' >"$ROOT/boot/efi/EFI/opensuse/grubenv"
	starts 01:00.0
	mkdir -p "$ROOT/sys/firmware/efi/efivars"
	vars=$ROOT/sys/firmware/efi/efivars
	{ printf '\7\0\0\0' && printf '%s' "${MENU##*/}" | iconv -t UTF-16LE; } >"$vars/LoaderEntryDefault-$id"
	starts 02:00.0
	{ printf '\7\0\0\0' && printf 'system-mine.conf' | iconv -t UTF-16LE; } >"$vars/LoaderEntryOneShot-$id"
	starts 01:00.0
	vfio try 02:00.0
	expect "status of try" "$status" 1
	expect_in message "$stderr" "for one boot, press e in the menu of GRUB"
}

# another: a snapshot that the next boot starts
another() {
	sed 's/snapshots.2/snapshots\/3/' "$MENU" >"${MENU%-2.conf}-3.conf"
	sed -i 's/^options/& x/' "${MENU%-2.conf}-3.conf"
}

@test "a snapshot that waits for the next boot, and a transaction, are refused, and what to do is said" {
	system_tumbleweed
	another
	refused 1 "the next boot starts another snapshot than the running one: reboot first" enable 02:00.0
	rm "${MENU%-2.conf}-3.conf"
	TRANSACTIONAL_UPDATE=1 refused 1 "boot entries must be changed outside of a transaction" enable 02:00.0
	did enable 02:00.0
}

@test "a read-only root with GRUB: only inside of a transaction" {
	system_centos7
	tool /usr/sbin/transactional-update <<<'exit 0'
	printf 'UUID=0b1e / btrfs ro 0 0\n' >"$ROOT/etc/fstab"
	refused 1 "run this command as 'transactional-update run vfio-claim ...', then reboot" enable 02:00.0
	TRANSACTIONAL_UPDATE=1 did enable 02:00.0
	refused 1 "run this command as 'transactional-update run vfio-claim ...', then reboot" disable
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	printf 'UUID=0b1e / btrfs rw 0 0\n' >"$ROOT/etc/fstab"
	did disable
}

@test "the place is chosen by the loader that started the running boot: systemd-boot's before GRUB's" {
	local vars id=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
	system_debian
	vars=$ROOT/sys/firmware/efi/efivars
	mkdir -p "$ROOT/etc/kernel" "$ROOT/boot/efi/loader/entries" "$vars"
	echo "root=UUID=0b1e quiet" >"$ROOT/etc/kernel/cmdline"
	printf 'title x\nlinux /vmlinuz-%s\noptions root=UUID=0b1e\n' "$KVER" >"$ROOT/boot/efi/loader/entries/x.conf"
	did enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "/etc/default/grub.d/vfio-claim.cfg"
	{ printf '\7\0\0\0' && printf 'systemd-boot 252' | iconv -t UTF-16LE; } >"$vars/LoaderInfo-$id"
	did enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "/etc/kernel/cmdline"
	expect_not_in "what is shown" "$output" "/etc/default/grub.d"
	{ printf '\7\0\0\0' && printf 'GRUB 2.12' | iconv -t UTF-16LE; } >"$vars/LoaderInfo-$id"
	did enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "/etc/default/grub.d/vfio-claim.cfg"
}

@test "Tumbleweed: words that are only in /etc/kernel/cmdline count for the next boot; how they are taken off is said" {
	system_tumbleweed
	sed -i 's/quiet/quiet pci-stub.ids=10de:1e07/' "$ROOT/etc/kernel/cmdline" "$MENU"
	vfio check
	expect_in check "$output" "remove pci-stub.ids=10de:1e07 from /etc/kernel/cmdline, then run: sdbootutil update-all-entries"
	sed -i 's/pci-stub.ids=10de:1e07/intel_iommu=off/' "$ROOT/etc/kernel/cmdline"
	sed -i 's/ pci-stub.ids=10de:1e07//' "$MENU"
	vfio enable 02:00.0 --dry-run
	expect_in "messages ($output)" "$stderr" "intel_iommu=off"
}

@test "MicroOS with an overlay on /etc: there and back; the snapshot's own files are not changed" {
	local upper=$BATS_TEST_TMPDIR/upper lower
	unshare -m true 2>/dev/null || skip "no namespaces can be made here"
	system_tumbleweed
	mkdir -p "$upper" "$BATS_TEST_TMPDIR/work"
	tool "/usr/sbin/transactional-update" <<<'exit 0'
	printf 'UUID=0b1e / btrfs ro 0 0\n' >"$ROOT/etc/fstab"
	lower=$(system_sum)
	cat >"$BATS_TEST_TMPDIR/booted" <<-END
		#!/bin/sh
		exec unshare -m sh -c 'mount -t overlay overlay -o \
			lowerdir=$ROOT/etc,upperdir=$upper,workdir=$BATS_TEST_TMPDIR/work $ROOT/etc && exec "\$@"' sh "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/booted"
	"$BATS_TEST_TMPDIR/booted" true || skip "no overlay can be mounted here"
	export VFIO_CLAIM_WRAPPER=$BATS_TEST_TMPDIR/booted
	did enable 02:00.0
	expect "what was run" "$(log)" "sdbootutil update-all-entries"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	expect "the file" "$(tail -n 1 "$upper/kernel/cmdline")" "root=UUID=0b1e $FLAGS quiet rd.vfio.claim=02:00.0"
	expect_not_in "the snapshot's file" "$(cat "$ROOT/etc/kernel/cmdline")" rd.vfio
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	did disable
	expect_not_in "the menu" "$(words "$MENU")" rd.vfio
	cmp "$upper/kernel/cmdline" "$ROOT/etc/kernel/cmdline"
	rm -f "$ROOT/log"
	same_files "$lower"
	sed -i 's/|| exit 0$/|| exit 3/' "$ROOT/usr/bin/sdbootutil"
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "all is as it was before"
	cmp "$upper/kernel/cmdline" "$ROOT/etc/kernel/cmdline"
}
