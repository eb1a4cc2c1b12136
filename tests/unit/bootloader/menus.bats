#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Menus of limine and rEFInd: the default entry's command line, its kernel and its image; and which boot loader's menu
# counts, if files of several are there.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized

load ../kernel
load ../tree
load ../system
load ../settings

setup() {
	system_make
	rm "$IMAGE"
	mkdir -p "$ROOT/usr/lib/modules/$KVER"
	echo linux-cachyos >"$ROOT/usr/lib/modules/$KVER/pkgbase"
}

# put PATH FILE...: an image with these files
put() {
	mkdir -p "$ROOT${1%/*}"
	packed "$ROOT$1" "${@:2}"
}

# claims SLOT: the next boot's, by the menu's default entry
claims() {
	vfio plan
	expect "status of plan ($output $stderr)" "$status" 0
	expect_in plan "$output" "0000:$1: claimed by vfio-pci"
}

# limine LINE...: a limine.conf as limine-entry-tool writes it, which begins with these lines
limine() {
	{
		printf '%s\n' "$@"
		cat <<-END
			/+CachyOS
			comment: machine-id=0123

			    //linux-cachyos
			    protocol: linux
			    path: boot():/0123/linux-cachyos/vmlinuz-linux-cachyos#00ff
			    cmdline: root=UUID=0b1e rw rootflags=subvol=/@ rd.vfio.claim=02:00.0
			    module_path: boot():/amd-ucode.img
			    module_path: boot():/0123/linux-cachyos/initramfs-linux-cachyos#00ff

			  //Snapshots
			    ///1
			    PROTOCOL: linux
			    KERNEL_PATH: boot():/0123/old/vmlinuz-linux-cachyos
			    KERNEL_CMDLINE: root=UUID=0b1e ro rootflags=subvol=/@/.snapshots/1/snapshot
			    MODULE_PATH: boot():/0123/old/initramfs-linux-cachyos

			/another
			    protocol: linux
			    kernel_path: boot():/another/vmlinuz
			    cmdline: root=UUID=0b1e rd.vfio.claim=01:00.0
			/Windows
			    protocol: efi
			    path: boot():/EFI/Microsoft/Boot/bootmgfw.efi
		END
	} >"$ROOT/boot/limine.conf"
}

@test "limine: default_entry counts what is shown, as limine does" {
	limine "timeout: 5" "default_entry: 2"
	claims 02:00.0
	expect "messages of plan" "$stderr" ""
	limine "default_entry: 4"
	claims 01:00.0
	expect "messages of plan" "$stderr" ""
	limine "Default_Entry: 2"
	sed -i 's,^/+,/,' "$ROOT/boot/limine.conf" # closed: what is in it does not count
	claims 01:00.0
	expect "messages of plan" "$stderr" ""
}

@test "limine: a default that is a directory, another system, or remembered, is not known" {
	local line
	for line in "timeout: 5" "default_entry: 3" "default_entry: 9" "default_entry: CachyOS" \
		$'default_entry: 2\nremember_last_entry: yes'; do
		limine "$line"
		claims 02:00.0
		expect_in "message for $line" "$stderr" "cannot tell which entry of the boot menu is the default (limine.conf does not tell)"
	done
	limine "default_entry: 5"
	claims 02:00.0
	expect_in message "$stderr" "the boot menu does not start a kernel of this system by default"
	tree_cmdline quiet
	vfio plan
	expect_in message "$stderr" "the boot menu does not start a kernel of this system by default"
}

@test "limine: the image is what module_path names" {
	limine "default_entry: 2"
	put /boot/amd-ucode.img kernel/x86/microcode/AuthenticAMD.bin
	put /boot/0123/linux-cachyos/initramfs-linux-cachyos "$OURS"
	put /boot/initramfs-linux-cachyos.img usr/bin/x
	vfio check
	expect_in check "$output" "kernel $KVER: its image has vfio-claim and the current settings"
	put /boot/0123/linux-cachyos/initramfs-linux-cachyos usr/bin/x
	put /boot/initramfs-linux-cachyos.img "$OURS"
	tool /usr/bin/mkinitcpio <<<'exit 0'
	vfio check
	expect_in check "$output" "kernel $KVER: its image does not contain vfio-claim; do: mkinitcpio -P"
	tool /usr/bin/limine-update <<<'exit 0'
	vfio check
	expect_in check "$output" "kernel $KVER: its image does not contain vfio-claim; do: limine-update"
}

@test "limine: on the EFI system partition; a unified kernel image" {
	local efi
	system_uki
	efi=$ROOT/boot/efi
	mkdir -p "$efi"/EFI/{limine,Linux}
	mv "$IMAGE" "$efi/EFI/Linux/cachyos.efi"
	rm -r "$ROOT/efi"
	printf '/x\nprotocol: efi\npath: boot():/EFI/Linux/cachyos.efi\n' >"$efi/EFI/limine/limine.conf"
	loader_info "Limine 9.3.0"
	vfio plan
	expect "messages of plan ($output)" "$stderr" ""
	printf '/x\nprotocol: efi\npath: boot():/EFI/Linux/cachyos.efi\ncmdline: root=UUID=0b1e rd.vfio.claim=02:00.0\n' \
		>"$efi/EFI/limine/limine.conf"
	claims 02:00.0
}

# loader_info TEXT: what the running boot's loader says of itself
loader_info() {
	local vars=$ROOT/sys/firmware/efi/efivars
	mkdir -p "$vars"
	{
		printf '\7\0\0\0'
		printf '%s' "$1" | iconv -t UTF-16LE
	} >"$vars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}

@test "the menu of the loader that started the running boot counts; otherwise GRUB's before limine's" {
	limine "default_entry: 2"
	mkdir -p "$ROOT/boot/grub"
	printf 'menuentry x {\n\tlinux /vmlinuz-%s root=UUID=0b1e rd.vfio.claim=01:00.0\n}\n' "$KVER" >"$ROOT/boot/grub/grub.cfg"
	claims 01:00.0
	loader_info "Limine 9.3.0"
	claims 02:00.0
	loader_info "GRUB 2.12"
	claims 01:00.0
	: >"$ROOT/boot/vmlinuz-$KVER"
	printf '"a" "root=UUID=0b1e rd.vfio.claim=0000:02:00.0"\n' >"$ROOT/boot/refind_linux.conf"
	claims 01:00.0
	loader_info "rEFInd 0.14.2"
	claims 02:00.0
}

# refind LINE...: a refind_linux.conf
refind() {
	printf '%s\n' "$@" >"$ROOT/boot/refind_linux.conf"
}

@test "rEFInd: the first line is the default, others are for repairs; the newest of several kernels is a guess" {
	: >"$ROOT/boot/vmlinuz-linux-cachyos"
	refind '# mine' '' '"Boot with standard options"  "root=UUID=0b1e rw x=""a b"" rd.vfio.claim=02:00.0"' \
		'"Boot to single-user mode" "root=UUID=0b1e single rd.vfio.claim=01:00.0"' 'unquoted line'
	claims 02:00.0
	expect "messages of plan" "$stderr" ""
	expect_not_in plan "$output" 01:00.0
	touch -d 2001-01-01 "$ROOT/boot/vmlinuz-linux-cachyos"
	: >"$ROOT/boot/vmlinuz-6.2.0-other"
	claims 02:00.0
	expect_in message "$stderr" "is the default (rEFInd starts the one that was started last)"
}

@test "rEFInd: the image is the one that options name, or the one beside the kernel that fits" {
	local good="kernel $KVER: its image has vfio-claim and the current settings"
	: >"$ROOT/boot/vmlinuz-linux-cachyos"
	refind '"a" "root=UUID=0b1e initrd=boot\amd-ucode.img initrd=boot\named.img"'
	put /boot/amd-ucode.img kernel/x86/microcode/AuthenticAMD.bin
	put /boot/named.img "$OURS"
	put /boot/initramfs-linux-cachyos.img usr/bin/x
	put /boot/initramfs-linux-cachyos-fallback.img usr/bin/x
	vfio check
	expect_in check "$output" "$good"
	put /boot/named.img usr/bin/x
	put /boot/initramfs-linux-cachyos.img "$OURS"
	vfio check
	expect_in check "$output" "kernel $KVER: its image does not contain vfio-claim"
	put /boot/initramfs-linux-cachyos.img usr/bin/x
	refind '"a" "root=UUID=0b1e"'
	vfio check
	expect_in check "$output" "kernel $KVER: its image does not contain vfio-claim"
	put /boot/initramfs-linux-cachyos.img "$OURS"
	put /boot/initramfs-linux.img usr/bin/x
	vfio check
	expect_in check "$output" "$good"
	rm "$ROOT"/boot/vmlinuz-linux-cachyos
	: >"$ROOT/boot/vmlinuz-$KVER"
	put "/boot/initrd.img-$KVER" "$OURS"
	put "/boot/initrd.img-6.1.1-test" usr/bin/x
	put /boot/initramfs-linux-cachyos.img usr/bin/x
	vfio check
	expect_in check "$output" "$good"
	mv "$ROOT/boot/initrd.img-$KVER" "$ROOT/boot/other-$KVER.img"
	rm "$ROOT/boot/initramfs-linux-cachyos.img" "$ROOT/boot/initramfs-linux-cachyos-fallback.img" "$ROOT/boot/initramfs-linux.img"
	vfio check
	expect_in "check with another version's image" "$output" "kernel $KVER: no image found"
	refind '"a" "root=UUID=0b1e initrd=boot\other-%v-test.img"'
	vfio check
	expect_in check "$output" "$good"
}

@test "claims in entries for repairs, and of other snapshots, are left: lines after the first, and what snapper keeps" {
	: >"$ROOT/boot/vmlinuz-linux-cachyos"
	refind '"a" "root=UUID=0b1e"' '"b" "root=UUID=0b1e rd.vfio.claim=01:00.0"'
	did disable
	refind '"a" "root=UUID=0b1e rd.vfio.claim=01:00.0"'
	vfio disable
	expect "status of disable" "$status" 1
	rm "$ROOT/boot/refind_linux.conf"
	limine "default_entry: 2"
	sed -i 's/ rd.vfio.claim=[^ ]*//; s,/snapshot$,& rd.vfio.claim=02:00.0,' "$ROOT/boot/limine.conf"
	tree_cmdline "root=UUID=0b1e rootflags=subvol=/@"
	did disable
	tree_cmdline "root=UUID=0b1e rootflags=subvol=/@/.snapshots/1/snapshot"
	vfio disable
	expect "status of disable" "$status" 1
}
