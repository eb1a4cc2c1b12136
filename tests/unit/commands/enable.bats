#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim enable and disable, on systems made of files whose tools are stubs; tests/pkg has real ones.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back

@test "Debian: there and back; recovery entries stay clean" {
	system_debian
	goes_there_and_back
	did enable 02:00.0
	expect "all of ours in the menu" "$(grep -c rd.vfio.claim "$MENU")" 1
	grep 'single' "$MENU"
	expect "the mode of the file" "$(stat -c %a "$ROOT/etc/default/grub.d/vfio-claim.cfg")" 640
	is_undone_after_disable
}

is_undone_after_disable() {
	did disable
	is_undone /usr/sbin/update-grub
}

@test "Debian: the drop-in has been removed, or mangled; options of the administrator's stay" {
	system_debian
	rm "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	sed -i 's/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS="pci=noaer rd.vfio.timeout=20"/' \
		"$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable 01:00.0 --add
	grep -x 'VFIO_CLAIM_OPTIONS="pci=noaer rd.vfio.timeout=20"' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0,01:00.0 rd.vfio.timeout=20 "
	printf 'VFIO_CLAIM="02:00.0\n"\nVFIO_CLAIM_OPTIONS=""\n' >"$ROOT/etc/default/grub.d/vfio-claim.cfg"
	refused 1 "line 1: cannot change VFIO_CLAIM: the value is not one plain text in quotes" enable 01:00.0
	refused 1 "line 1: cannot change VFIO_CLAIM: the value is not one plain text in quotes" disable
}

@test "Debian: what is changed, and what is put back, keeps its owner and its mode" {
	system_debian
	local file=$ROOT/etc/default/grub.d/vfio-claim.cfg
	chown 12:34 "$file" "$MENU"
	chmod 0604 "$file" "$MENU"
	did enable 02:00.0
	expect "what is changed" "$(stat -c '%u:%g %a' "$file")" "12:34 604"
	tool /usr/sbin/update-grub <<<'echo broken >/boot/grub/grub.cfg; exit 1'
	vfio disable
	expect status "$status" 1
	expect "what is put back" "$(stat -c '%u:%g %a' "$file" "$MENU" | xargs)" "12:34 604 12:34 604"
}

@test "Debian: somebody has changed the file and not run update-grub" {
	system_debian
	sed -i 's/^VFIO_CLAIM=.*/VFIO_CLAIM="02:00.0"/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable 02:00.0
	expect "what was run" "$(log)" "update-grub"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "CentOS 7: there and back, on BIOS and EFI" {
	system_centos7
	goes_there_and_back
	did enable 02:00.0
	expect "EFI" "$(cat "$ROOT/boot/efi/EFI/centos/grub.cfg")" "$(cat "$MENU")"
	expect "the rescue kernel's, too: to GRUB it is one like any other" "$(grep -c rd.vfio.claim "$MENU")" 2
	expect_not_in "what was run" "$(log)" EFI/other
	did disable
	is_undone /usr/sbin/grub2-mkconfig
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"$more' >>"$ROOT/etc/default/grub"
	refused 1 "cannot change GRUB_CMDLINE_LINUX_DEFAULT: the value is not one plain text in quotes" enable 02:00.0
}

@test "CentOS 8: there and back, with GRUB's environment" {
	system_centos8
	MENU=$ROOT/boot/grub2/grubenv
	goes_there_and_back
	is_undone /usr/sbin/grubby
}

@test "CentOS 9, Fedora: there and back, for kernels to come, too" {
	system_centos9
	goes_there_and_back
	did enable 02:00.0
	expect "for kernels to come" "$(words "$ROOT/etc/kernel/cmdline")" "rd.vfio.claim=02:00.0 "
	did disable
	is_undone /usr/sbin/grubby
	sed -i '/^options/s/$/ rd.vfio=0/' "$MENU"
	refused 1 "rd.vfio=0 on the kernel command line turns all claims off" enable 02:00.0
}

@test "Pop!_OS: there and back; the recovery entry stays as it is" {
	system_pop
	# The stub does not write JSON as kernelstub does.
	chroot "$ROOT" kernelstub --add-options "" && rm "$ROOT/log"
	goes_there_and_back
	did enable 02:00.0
	expect "the older kernel" "$(words "$ROOT/boot/efi/loader/entries/Pop_OS-oldkern.conf")" "rd.vfio.claim=02:00.0 "
	expect "recovery" "$(words "$ROOT/boot/efi/loader/entries/Recovery-1234.conf")" ""
	did disable
	is_undone /usr/bin/kernelstub
}

@test "systemd-boot: there and back; another system's entry stays as it is" {
	system_systemd_boot
	goes_there_and_back
	did enable 02:00.0
	grep -x 'options  root=UUID=0b1e rw quiet rd.vfio.claim=02:00.0 -- init-word' "$MENU"
	expect "another system's" "$(words "$ROOT/boot/loader/entries/other.conf")" ""
	expect "the fallback" "$(words "$ROOT/boot/loader/entries/arch-fallback.conf")" ""
}

@test "systemd-boot: kernel-install gets a command line for kernels to come" {
	system_systemd_boot
	tool /usr/bin/kernel-install <<<'exit 1'
	# What is quoted ends, too.
	tree_cmdline "initrd=\\initramfs-linux.img $CMDLINE initrd=\"\\u code.img\" \"BOOT_IMAGE=x y\""
	did enable 02:00.0
	expect "/etc/kernel/cmdline" "$(cat "$ROOT/etc/kernel/cmdline")" \
		"root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	printf '# mine\nroot=UUID=0b1e ro\n' >"$ROOT/etc/kernel/cmdline"
	did enable 01:00.0
	expect "/etc/kernel/cmdline" "$(cat "$ROOT/etc/kernel/cmdline")" \
		$'# mine\nroot=UUID=0b1e ro rd.vfio.claim=01:00.0'
}

@test "systemd-boot: words on several lines get the claims once, and lose them on all" {
	system_systemd_boot
	tool /usr/bin/kernel-install <<<'exit 1'
	mkdir -p "$ROOT/etc/kernel"
	printf '# mine\nroot=UUID=0b1e\nrw\n' >"$ROOT/etc/kernel/cmdline"
	printf 'title x\nlinux /vmlinuz-linux\noptions root=UUID=0b1e\noptions\trw quiet rd.vfio.claim=01:00.0\n' >"$MENU"
	did enable 02:00.0
	expect "/etc/kernel/cmdline" "$(cat "$ROOT/etc/kernel/cmdline")" $'# mine\nroot=UUID=0b1e rd.vfio.claim=02:00.0\nrw'
	expect "the entry" "$(cat "$MENU")" \
		$'title x\nlinux /vmlinuz-linux\noptions root=UUID=0b1e rd.vfio.claim=02:00.0\noptions\trw quiet'
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	did disable
	expect "the entry" "$(cat "$MENU")" $'title x\nlinux /vmlinuz-linux\noptions root=UUID=0b1e\noptions\trw quiet'
}

@test "a unified kernel image is made anew: there and back" {
	system_uki
	goes_there_and_back
	is_undone /usr/bin/kernel-install
}

@test "a unified kernel image that /etc/kernel/cmdline is ahead of is made anew" {
	local before
	system_uki
	before=$(system_sum)
	echo "$CMDLINE rd.vfio.claim=02:00.0" >"$ROOT/etc/kernel/cmdline"
	did enable 02:00.0
	expect_in "the image" "$(strings "$IMAGE")" "rd.vfio.claim=02:00.0"
	echo "$CMDLINE" >"$ROOT/etc/kernel/cmdline"
	did disable
	same_files "$before"
}

@test "--config: an image that still has what a killed disable has taken out of the file is made anew" {
	system_debian
	did enable --config 02:00.0
	rm "$ROOT/etc/vfio-claim.conf"
	did disable
	expect "the image's" "$(in_image "$IMAGE" etc/vfio-claim.conf)" ""
}

@test "--config: there and back, by the images" {
	system_debian
	local conf=$ROOT/etc/vfio-claim.conf before
	before=$(system_sum)
	tool /usr/sbin/update-initramfs <<<'exit 1'
	vfio enable --config 02:00.0
	expect "status without an image" "$status" 1
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	same_files "$before"
	did enable --config 02:00.0 --keep boot-vga --force
	expect "the file" "$(cat "$conf")" $'claim = 02:00.0\nkeep = boot-vga\nforce = 02:00.0'
	expect "the image's" "$(in_image "$IMAGE" etc/vfio-claim.conf)" "$(cat "$conf")"
	expect "the menu" "$(words "$MENU")" ""
	: >"$ROOT/log"
	did enable --config 02:00.0 --keep boot-vga --force
	expect "what the second time has run" "$(log)" ""
	printf '# mine\ntimeout = 20\nclaim = 02:00.0\n' >"$conf"
	did enable --config 01:00.0
	expect "the file" "$(cat "$conf")" $'# mine\ntimeout = 20\nclaim = 01:00.0'
	did enable --config --add 02:00.0
	expect "the file" "$(cat "$conf")" $'# mine\ntimeout = 20\nclaim = 01:00.0,02:00.0'
	printf 'claim = 02:00.0\n' >"$conf"
	did disable
	expect "the image's" "$(in_image "$IMAGE" etc/vfio-claim.conf)" ""
	expect "the image" "$(in_image "$IMAGE" made)" 1
	packed "$IMAGE" made=0 "$OURS"
	same_files "$before"
	did enable 02:00.0
	refused 1 "has rd.vfio.claim=02:00.0, which overrides the file" enable --config 01:00.0
}

@test "an image without vfio-claim is made anew; one that is none the better for it is put back" {
	system_debian
	local before
	packed "$IMAGE" "old and large"
	before=$(system_sum)
	tool /usr/sbin/update-initramfs <<<'pack-image without >"/boot/initrd.img-$3"'
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "kernel $KVER: its new image does not contain vfio-claim"
	tool /usr/sbin/update-initramfs <<<'rm "/boot/initrd.img-$3"'
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "kernel $KVER: its image is gone"
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	same_files "$before"
	rm "$ROOT/log"
	did enable 02:00.0
	expect "the image" "$(in_image "$IMAGE" made)" 1
	expect "what was run" "$(log)" $'update-grub\nmake-image -u -k '"$KVER"
}

# In a namespace of its own no mount is left, whatever happens.
@test "a disk that is full: what a failed step leaves there makes room for what was there before" {
	system_debian
	local before boot=$BATS_TEST_TMPDIR/boot
	packed "$IMAGE" "old and large"
	head -c 150000 /dev/urandom >>"$IMAGE"
	head -c 5000000 /dev/zero >"$ROOT/tmp/larger"
	tool /usr/sbin/update-initramfs <<<'cat /tmp/larger >"/boot/initrd.img-$3"'
	cp -a "$ROOT/boot" "$boot"
	before=$(system_sum)
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr unshare -m sh -c '
		mount -t tmpfs -o size=4m boot "$2/boot" && cp -a "$3/." "$2/boot" || exit 99
		"$1" --sysroot "$2" enable 02:00.0
		status=$?
		rm -r "$3" && cp -a "$2/boot" "$3" || exit 99
		exit $status' - "$VFIO_CLAIM" "$ROOT" "$boot"
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "No space left on device"
	expect_in message "$stderr" "all is as it was before"
	diff -r "$ROOT/boot" "$boot"
	same_files "$before"
}

@test "an image that cannot be looked into, or is not there: nothing is changed" {
	system_debian
	echo "not an image" >"$IMAGE"
	refused 1 "cannot read its image /boot/initrd.img-$KVER; it is not an initramfs image" enable 02:00.0
	rm "$IMAGE"
	refused 1 "there is no initramfs image of a kernel that can do vfio" enable 02:00.0
}

@test "what depmod has left of a kernel that is gone is no kernel" {
	system_debian
	mkdir -p "$ROOT/lib/modules/5.10.0-gone"
	: >"$ROOT/lib/modules/5.10.0-gone/modules.dep"
	did enable 02:00.0
	expect message "$stderr" ""
	: >"$ROOT/lib/modules/5.10.0-gone/modules.builtin"
	did enable 01:00.0
	expect_in message "$stderr" "warning: kernel 5.10.0-gone: no image found for it"
}

@test "what a boot would refuse is refused, unless it is forced" {
	system_debian
	tree_device 0000:00:1c.0 8086:a110 060400
	refused 1 "0000:00:1c.0: left alone: a bridge cannot be claimed" enable 00:1c.0
	refused 1 "it is another device" enable 02:00.0@8086:1234
	expect_in message "$stderr" "--force"
	refused 1 "0000:00:1c.0: left alone: a bridge cannot be claimed" enable 00:1c.0 --force
}

@test "what somebody has written into GRUB's settings: undone, and where that stands is said" {
	system_debian
	sed -i 's/"quiet"/"quiet rd.vfio.claim=01:00.0"/' "$ROOT/etc/default/grub"
	chroot "$ROOT" update-grub
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "vfio-claim: rd.vfio.claim=01:00.0 is set in /etc/default/grub; first: remove rd.vfio.claim=01:00.0 from /etc/default/grub, then run: update-grub"
	vfio disable
	expect_in message "$stderr" "vfio-claim: rd.vfio.claim=01:00.0 is set in /etc/default/grub; first: remove rd.vfio.claim=01:00.0 from"
}

@test "what somebody has written into GRUB's other variable: undone, and where that stands is said" {
	system_centos7
	sed -i 's/GRUB_CMDLINE_LINUX="/&rd.vfio=0 /' "$ROOT/etc/default/grub"
	chroot "$ROOT" /usr/sbin/grub2-mkconfig -o /boot/grub2/grub.cfg
	vfio enable 02:00.0
	expect_in message "$stderr" "vfio-claim: rd.vfio=0 is set in /etc/default/grub; first: remove rd.vfio=0 from /etc/default/grub, then run: grub2-mkconfig -o /boot/grub2/grub.cfg"
}

@test "a claim of which all is kept is refused, wherever that is written, and force is no help" {
	system_debian
	refused 1 "rd.vfio.claim=02:00.0: all that it names is kept; first remove what keeps it" enable 02:00.0 --keep 10de:1e07
	printf 'keep = 02:00.0\n' >"$ROOT/etc/vfio-claim.conf"
	system_images "/boot/initrd.img-$KVER"
	refused 1 "0000:02:00.0: left alone: keep=02:00.0 keeps it" enable 02:00.0
	refused 1 "rd.vfio.claim=02:00.0: all that it names is kept" enable 01:00.0 02:00.0 --force
	refused 1 "all that it names is kept" try 02:00.0
	# An ID may have one that is kept.
	did enable 10de:1e07
	expect_in output "$output" "0000:01:00.0: claimed by vfio-pci"
	expect_in output "$output" "The claims take effect at the next boot"
	# Somebody adds it later.
	printf 'keep = 10de:1e07\n' >"$ROOT/etc/vfio-claim.conf"
	refused 1 "rd.vfio.claim=10de:1e07: all that it names is kept" enable
}

@test "what this system runs from is refused, unless it is forced" {
	system_debian
	local dir=$ROOT/sys/devices/pci0000:03/0000:03:00.0
	mkdir -p "$dir/nvme/nvme0/nvme0n1" "$ROOT/sys/dev/block" "$ROOT/sys/class/block"
	echo 0x144d >"$dir/vendor"
	echo 0xa808 >"$dir/device"
	ln -sr "$dir/nvme/nvme0/nvme0n1" "$ROOT/sys/dev/block/259:0"
	ln -sr "$dir/nvme/nvme0/nvme0n1" "$ROOT/sys/class/block/nvme0n1"
	echo "30 1 259:0 / / rw - ext4 /dev/nvme0n1 rw" >"$ROOT/proc/self/mountinfo"
	refused 1 "this system needs it for /" enable 03:00.0
	did enable 03:00.0 --force
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=03:00.0 rd.vfio.force=03:00.0 "
}

@test "the IOMMU: told on Intel's when none is active, on AMD's never, iommu=pt when asked" {
	system_debian
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	did enable 02:00.0 --iommu --pt
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 intel_iommu=on iommu=pt "
	did disable
	expect "the menu" "$(words "$MENU")" ""
	rm -r "$ROOT/sys/class/iommu/dmar0" "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 intel_iommu=on "
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	did disable
	# What was typed at the menu once is not there for good.
	tree_cmdline "$CMDLINE intel_iommu=on"
	did enable 02:00.0
	expect_in message "$stderr" "although the command line asks for it"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 intel_iommu=on "
	did disable
	sed -i 's/GenuineIntel/AuthenticAMD/' "$ROOT/proc/cpuinfo"
	did enable 02:00.0 --iommu
	expect_in message "$stderr" "turn on AMD-Vi"
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "--tried: what this boot was asked for, if it went well" {
	system_debian
	refused 1 "no devices were requested for this boot" enable --tried
	tree_cmdline "$CMDLINE rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga intel_iommu=on"
	refused 1 "this boot did not do all" enable --tried
	tree_driver vfio-pci
	ln -s ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/0000:02:00.0/driver"
	did enable --tried
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga intel_iommu=on "
}

@test "the other settings: --strict, --group; a list; a device twice" {
	system_debian
	did enable 01:00.0,02:00.0 02:00.0 --strict --group
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=01:00.0,02:00.0 rd.vfio.group=1 rd.vfio.strict=1 "
}

@test "a group with a member that this system needs: what is named is set, with a warning; never that member" {
	system_debian
	tree_device 0000:03:00.0 144d:a808 010802 nvme
	tree_group 9 0000:02:00.0 0000:03:00.0
	tree_root_on 0000:03:00.0
	did enable 02:00.0 --group
	expect_in output "$(xargs <<<"$output")" "it cannot be passed through: this system needs 0000:03:00.0 in its IOMMU group"
	refused 1 "this system needs it for /" enable 02:00.0,03:00.0 --group
}

@test "no place for a command line is known; ostree without its tools" {
	system_make
	refused 1 "cannot tell where this system keeps its kernel command line: add rd.vfio.claim=02:00.0 there yourself" enable 02:00.0
	refused 1 "cannot tell where this system keeps its kernel command line" disable
	mkdir -p "$ROOT/run"
	: >"$ROOT/run/ostree-booted"
	refused 1 "has neither rpm-ostree nor bootc" enable 02:00.0
}

@test "systemd-boot has started this boot, and GRUB is installed, too" {
	system_systemd_boot
	mkdir -p "$ROOT/boot/grub" "$ROOT/sys/firmware/efi/efivars"
	printf 'menuentry x {\n linux /x quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	: >"$ROOT/etc/default/grub"
	tool /usr/bin/grub-mkconfig <<<'exit 1'
	printf '\6\0\0\0s\0y\0s\0t\0e\0m\0d\0-\0b\0o\0o\0t\0' \
		>"$ROOT/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "a signal ends it like a step that fails" {
	system_debian
	local before pid status=0
	tool /usr/sbin/update-grub <<-'END'
		echo update-grub >>/log
		until [ -e /tmp/go ]; do :; done
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
	before=$(system_sum)
	"$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 2>"$BATS_TEST_TMPDIR/stderr" &
	pid=$!
	until [ -e "$ROOT/log" ]; do sleep 0.1; done
	kill -TERM $pid
	: >"$ROOT/tmp/go"
	wait $pid || status=$?
	rm "$ROOT/tmp/go"
	expect status "$status" 143
	expect_in message "$(cat "$BATS_TEST_TMPDIR/stderr")" "interrupted by a signal"
	same_files "$before"
}

# traced STRACE-OPTION... COMMAND...: its renames are in trace; no leaks can be looked for under ptrace(2)
traced() {
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr strace -o "$BATS_TEST_TMPDIR/trace" \
		-e trace=/^rename "$@"
}

@test "a signal that comes while a file is written: the file is put back, too" {
	system_debian
	local before
	before=$(system_sum)
	traced -e inject=/^rename:signal=TERM:when=1 "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
	expect "status ($output $stderr)" "$status" 143
	grep '^rename.*vfio-claim.cfg") *= 0' "$BATS_TEST_TMPDIR/trace"
	expect_in message "$stderr" "interrupted by a signal"
	expect_in message "$stderr" "all is as it was before"
	expect "what was run" "$(log)" ""
	same_files "$before"
}

@test "wrong usage: status 2 and why" {
	system_debian
	refused 2 "no device was named" enable
	refused 2 "'02:00.q' is not a selector" enable 02:00.q
	refused 2 "is not a selector" enable 02:00.0 --keep 'x y'
	refused 2 "--tried takes what was tried" enable --tried 02:00.0
	refused 2 "unknown option --frobnicate" enable 02:00.0 --frobnicate
	refused 2 "it takes no device" disable 02:00.0
	refused 2 "unknown option" disable --force
}

@test "--help fits 80 columns" {
	system_make
	for command in enable disable; do
		did "$command" --help
		expect "lines too long" "$(grep -E '.{81}' <<<"$output")" ""
	done
}
