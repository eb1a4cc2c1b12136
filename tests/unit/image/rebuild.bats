#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Rebuilding images: whatever a generator has written until it fails is put back, and no name is a command.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized

load ../kernel
load ../tree
load ../system
load ../settings

# fails_undone: enable fails with its generator, and then everything is as it was before
fails_undone() {
	local before
	before=$(system_sum)
	vfio enable 02:00.0
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "failed with status 3"
	expect_in message "$stderr" "all is as it was before"
	expect "what was run" "$(log)" "$1"
	diff <(echo "$before") <(system_sum)
}

# arch: with two presets, whose images lack vfio-claim
arch() {
	system_systemd_boot
	rm -rf "$ROOT/log"
	mkdir -p "$ROOT"/{etc/mkinitcpio.d,efi/EFI/Linux}
	packed "$IMAGE" usr/bin/x
	packed "$ROOT/boot/initramfs-linux-fallback.img" usr/bin/y
	cat >"$ROOT/etc/mkinitcpio.d/linux.preset" <<-'END'
		# mkinitcpio preset file for the 'linux' package
		ALL_kver="/boot/vmlinuz-linux"
		PRESETS=('default' 'fallback')
		#default_image="/boot/commented.img"
		default_image="/boot/initramfs-linux.img"
		fallback_image=/boot/initramfs-linux-fallback.img
		fallback_options="-S autodetect"
	END
}

@test "mkinitcpio -P: the image of a second preset that it has truncated" {
	arch
	tool /usr/bin/mkinitcpio <<-'END'
		echo "mkinitcpio $*" >>/log
		pack-image made=1 usr/lib/vfio-claim/vfio-claim-boot >/boot/initramfs-linux.img
		: >/boot/initramfs-linux-fallback.img
		exit 3
	END
	fails_undone "mkinitcpio -P"
}

@test "mkinitcpio -P: unified images of presets, those that were not there, and another kernel's" {
	arch
	packed "$ROOT/boot/initramfs-linux-lts.img" usr/bin/z
	cat >"$ROOT/etc/mkinitcpio.d/linux-lts.preset" <<-'END'
		PRESETS=('default')
		default_image="/boot/initramfs-linux-lts.img"
		default_uki="/efi/EFI/Linux/lts.efi"
		old_efi_image="/efi/EFI/Linux/old.efi"
	END
	echo old >"$ROOT/efi/EFI/Linux/old.efi"
	echo unnamed >"$ROOT/efi/EFI/Linux/unnamed.efi"
	tool /usr/bin/mkinitcpio <<-'END'
		echo "mkinitcpio $*" >>/log
		for file in /boot/initramfs-linux-lts.img /efi/EFI/Linux/old.efi /efi/EFI/Linux/lts.efi \
			/efi/EFI/Linux/unnamed.efi; do
			: >"$file"
		done
		exit 3
	END
	fails_undone "mkinitcpio -P"
}

@test "kernel-install add: the kernel's directory, its entries and the copy without claims" {
	system_make
	system_images "/boot/0123/$KVER/initrd"
	rm "$ROOT/boot/initrd.img-$KVER"
	echo 0123 >"$ROOT/etc/machine-id"
	mkdir -p "$ROOT/boot/loader/entries" "$ROOT/etc/kernel"
	packed "$IMAGE" usr/bin/x
	echo kernel >"$ROOT/boot/0123/$KVER/linux"
	echo tree >"$ROOT/boot/0123/$KVER/other.dtb"
	printf 'title x\nlinux /0123/%s/linux\ninitrd /0123/%s/initrd\noptions root=UUID=0b1e ro\n' "$KVER" "$KVER" \
		>"$ROOT/boot/loader/entries/0123-$KVER+3.conf"
	tool /usr/bin/kernel-install <<-END
		echo "kernel-install \$1 \$2" >>/log
		for file in linux initrd other.dtb; do
			: >/boot/0123/$KVER/\$file
		done
		: >/boot/loader/entries/0123-$KVER+3.conf
		: >/boot/loader/entries/0123-$KVER.conf
		: >/boot/loader/entries/0123-$KVER~novfio.conf
		exit 3
	END
	fails_undone "kernel-install add $KVER"
}

@test "update-initramfs: the copy for the boot loader that a hook of its makes" {
	system_pop
	mkdir -p "$ROOT/boot/efi/EFI/Pop_OS"
	packed "$IMAGE" usr/bin/x
	cp "$IMAGE" "$ROOT/boot/efi/EFI/Pop_OS/initrd.img"
	tool /usr/sbin/update-initramfs <<-END
		echo "update-initramfs \$*" >>/log
		: >/boot/initrd.img-$KVER
		: >/boot/efi/EFI/Pop_OS/initrd.img
		exit 3
	END
	rm -f "$ROOT/log"
	tool /usr/bin/kernelstub <<<'exit 0'
	fails_undone "update-initramfs -u -k $KVER"
}

@test "the names of kernels and of images are words, and nothing else" {
	# shellcheck disable=SC2016 # not for any shell
	local name='6.1.0 $(>pwned);>pwned;'"'"
	system_debian
	cp -r "$ROOT/lib/modules/$KVER" "$ROOT/lib/modules/$name"
	mkdir "$ROOT/lib/modules/-f"
	: >"$ROOT/lib/modules/-f/modules.builtin"
	packed "$ROOT/boot/initrd.img-$name" usr/bin/x
	tool /usr/sbin/update-initramfs <<-'END'
		printf '<%s>' "$@" >>/log
		pack-image usr/lib/vfio-claim/vfio-claim-boot >"/boot/initrd.img-$3"
	END
	vfio enable 02:00.0
	expect "status ($output $stderr)" "$status" 0
	expect_in "what was run" "$(log)" "<-u><-k><$name>"
	expect_not_in message "$stderr" "kernel -f"
	expect "files that a shell has made" "$(find "$ROOT" -name '*pwned' -not -path '*/boot/*' -not -path '*/lib/modules/*')" ""
	vfio check
	expect_in check "$output" "kernel $name: its image has vfio-claim"
}

@test "limine-update: the menu, its images, and new ones beside them" {
	local dir
	system_systemd_boot
	rm -r "$ROOT/boot/loader" "$ROOT/log" "$IMAGE" 2>/dev/null || true
	dir=$ROOT/boot/0123/linux
	mkdir -p "$dir" "$ROOT/etc/mkinitcpio.d"
	packed "$dir/initramfs-linux" usr/bin/x
	: >"$dir/vmlinuz-linux"
	printf '/x\nprotocol: linux\npath: boot():/0123/linux/vmlinuz-linux\ncmdline: root=UUID=0b1e\n%s\n' \
		"module_path: boot():/0123/linux/initramfs-linux" >"$ROOT/boot/limine.conf"
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e" >"$ROOT/etc/kernel/cmdline"
	tool /usr/bin/limine-update <<-'END'
		echo "limine-update" >>/log
		: >/boot/limine.conf
		: >/boot/0123/linux/initramfs-linux
		: >/boot/0123/linux/vmlinuz-linux
		echo new >/boot/0123/linux/initramfs-linux-2
		exit 3
	END
	fails_undone "limine-update"
}
