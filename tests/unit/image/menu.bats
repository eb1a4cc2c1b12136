#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The image of a kernel is what the boot menu loads with it, wherever that is; in each test another image lies where
# generators usually put it, and does not count.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized

load ../kernel
load ../tree
load ../system
load ../settings

SHA=0123456789abcdef0123456789abcdef01234567

setup() {
	system_make
	rm "$IMAGE"
}

# loads FILE LINE...: the only entry of the menu
loads() {
	local file=$ROOT$1
	shift
	mkdir -p "${file%/*}"
	printf '%s\n' "title x" "options root=UUID=0b1e ro" "$@" >"$file"
}

# put PATH FILE...: an image with these files
put() {
	mkdir -p "$ROOT${1%/*}"
	packed "$ROOT$1" "${@:2}"
}

# checked PIECE: what check says of the kernel's image
checked() {
	vfio check
	expect_in "check ($stderr)" "$output" "kernel $KVER: $1"
}

GOOD="its image has vfio-claim and the current settings"
BAD="its image does not contain vfio-claim"

@test "an entry whose token is not the machine's id, with the names of sdbootutil" {
	echo 0123 >"$ROOT/etc/machine-id"
	put "/boot/efi/0123/$KVER/initrd" usr/bin/x
	put "/boot/initrd-$KVER" usr/bin/x
	put "/boot/efi/tumbleweed/$KVER/initrd-$SHA" "$OURS"
	loads /boot/efi/loader/entries/system-tumbleweed.conf "linux /tumbleweed/$KVER/linux-$SHA" \
		"initrd /tumbleweed/$KVER/initrd-$SHA"
	checked "$GOOD"
	put "/boot/efi/tumbleweed/$KVER/initrd-$SHA" usr/bin/x
	put "/boot/initrd-$KVER" "$OURS"
	checked "$BAD"
}

@test "without an entry: the entry token's directory, and the tree of modules" {
	mkdir -p "$ROOT/etc/kernel"
	echo mine >"$ROOT/etc/kernel/entry-token"
	put "/boot/mine/$KVER/initrd" "$OURS"
	checked "$GOOD"
	rm -r "$ROOT/boot/mine"
	checked "no image found for it in /boot"
	put "/usr/lib/modules/$KVER/initramfs.img" "$OURS"
	checked "$GOOD"
}

@test "several images: microcode first, and ours in any of them" {
	put /boot/intel-ucode.img kernel/x86/microcode/GenuineIntel.bin
	put /boot/main.img usr/bin/x
	put /boot/more.img "$OURS"
	put "/boot/initrd.img-$KVER" usr/bin/x
	loads /boot/loader/entries/a.conf "linux /vmlinuz-$KVER" "initrd /intel-ucode.img" "initrd /main.img" \
		"initrd /more.img"
	checked "$GOOD"
	loads /boot/loader/entries/a.conf "linux /vmlinuz-$KVER" "initrd /intel-ucode.img /main.img \$tuned_initrd"
	checked "$BAD"
	tool /usr/sbin/dracut <<<'exit 0'
	vfio check
	expect_in fix "$output" "dracut --force /boot/main.img $KVER"
}

@test "an image that the entry names and that is not here is named; none is guessed" {
	put "/boot/initrd.img-$KVER" "$OURS"
	loads /boot/loader/entries/a.conf "linux /vmlinuz-$KVER" "initrd /elsewhere.img"
	checked "its entry in /boot/loader/entries/a.conf loads the image /elsewhere.img, which is not here"
	vfio enable 02:00.0
	expect_in message "$stderr" "loads the image /elsewhere.img, which is not here; it will claim nothing"
}

# grub_loads KERNEL INITRD
grub_loads() {
	mkdir -p "$ROOT/boot/grub"
	printf 'menuentry x {\n\tlinux %s root=UUID=0b1e ro\n\tinitrd %s\n}\n' "$1" "$2" >"$ROOT/boot/grub/grub.cfg"
}

@test "GRUB's paths: a separate /boot, none, a subvolume of btrfs, a data set of ZFS" {
	put /boot/mine.img "$OURS"
	put "/boot/initrd.img-$KVER" usr/bin/x
	grub_loads "/vmlinuz-$KVER" /mine.img
	checked "$GOOD"
	grub_loads "/boot/vmlinuz-$KVER" /boot/mine.img
	checked "$GOOD"
	grub_loads "/@/boot/vmlinuz-$KVER" /@/boot/mine.img
	checked "$GOOD"
	grub_loads "/BOOT/debian@/vmlinuz-$KVER" /BOOT/debian@/mine.img
	checked "$GOOD"
	grub_loads "/top/boot/vmlinuz-$KVER" /top/boot/mine.img
	checked "its entry in /boot/grub/grub.cfg loads the image /top/boot/mine.img, which is not here"
	echo "30 1 0:20 /top / rw - btrfs /dev/sda2 rw" >"$ROOT/proc/self/mountinfo"
	checked "$GOOD"
}

@test "the default entry's image counts, if several entries start one kernel" {
	put /boot/first.img usr/bin/x
	put /boot/second.img "$OURS"
	loads /boot/loader/entries/b.conf "linux /vmlinuz-$KVER" "initrd /first.img"
	loads /boot/loader/entries/a.conf "linux /vmlinuz-$KVER" "initrd /second.img"
	mkdir -p "$ROOT/boot/grub2"
	echo 'blscfg' >"$ROOT/boot/grub2/grub.cfg"
	printf 'set default="b"\nblscfg\n' >"$ROOT/boot/grub2/grub.cfg"
	checked "$BAD"
	printf 'set default="a"\nblscfg\n' >"$ROOT/boot/grub2/grub.cfg"
	checked "$GOOD"
}

# kernel_file PATH VERSION: a kernel with only the boot header that says its version
kernel_file() {
	mkdir -p "$ROOT${1%/*}"
	{
		head -c 514 /dev/zero && printf 'HdrS'
		head -c 8 /dev/zero && printf '\0\1' # at 0x20e: 0x100, from 0x200 on
		head -c 240 /dev/zero && printf '%s (root@host) #1 SMP\0' "$2"
	} >"$ROOT$1"
}

@test "a kernel whose name does not tell its version: its boot header does" {
	put /boot/efi/EFI/Pop_OS-1/initrd.img "$OURS"
	put "/boot/initrd.img-$KVER" usr/bin/x
	loads /boot/efi/loader/entries/Pop_OS-current.conf "linux /EFI/Pop_OS-1/vmlinuz.efi" \
		"initrd /EFI/Pop_OS-1/initrd.img"
	kernel_file /boot/efi/EFI/Pop_OS-1/vmlinuz.efi "$KVER"
	checked "$GOOD"
	kernel_file /boot/efi/EFI/Pop_OS-1/vmlinuz.efi 6.2.0-other
	checked "$BAD"
	: >"$ROOT/boot/efi/EFI/Pop_OS-1/vmlinuz.efi"
	checked "$BAD"
}

@test "booster: its images take nothing from others, and are not taken for dracut's" {
	put /boot/booster-linux.img usr/bin/x
	mkdir -p "$ROOT/usr/lib/modules/$KVER"
	echo linux >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	loads /boot/loader/entries/a.conf "linux /vmlinuz-linux" "initrd /booster-linux.img"
	tool /usr/bin/dracut <<<'echo dracut >>/log'
	checked "$BAD"
	expect_in fix "$output" "booster takes nothing from other programs into its images: use mkinitcpio or dracut"
	refused 1 "its image /boot/booster-linux.img cannot be rebuilt here; booster takes nothing" enable 02:00.0
}

@test "ostree: the deployment's image, and no command that would write into it" {
	put "/boot/ostree/fedora-1/initramfs-$KVER.img" usr/bin/x
	put "/boot/initramfs-$KVER.img" "$OURS"
	mkdir -p "$ROOT/boot/loader.1"
	ln -s loader.1 "$ROOT/boot/loader"
	loads /boot/loader.1/entries/ostree-1.conf "linux /ostree/fedora-1/vmlinuz-$KVER" \
		"initrd /ostree/fedora-1/initramfs-$KVER.img"
	: >"$ROOT/run/ostree-booted"
	tool /usr/bin/dracut <<<'echo dracut >>/log'
	checked "$BAD"
	expect_in fix "$output" "it comes with the system (ostree): build an image of the system that has vfio-claim"
	expect_not_in fix "$output" "dracut --force"
}
