# SPDX-License-Identifier: GPL-2.0-or-later
# More systems like those of system.bash: Arch's families, rEFInd, U-Boot. Tools that Debian has are real; a stub does
# what the tool's source or its documentation says.
# shellcheck shell=bash disable=SC2034,SC2154

# by_hand COMMAND...: as somebody has run it before, whom the log does not concern
by_hand() {
	LC_ALL=C chroot "$ROOT" "$@" >/dev/null 2>&1
	rm -f "$ROOT/log"
}

# Arch: the image and the package of the kernel
arch_kernel() {
	system_images "${1:-/boot/initramfs-linux.img}"
	rm -f "$ROOT/boot/initrd.img-$KVER"
	mkdir -p "$ROOT/usr/lib/modules/$KVER"
	echo linux >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	tool /usr/bin/mkinitcpio <<<'exec make-image "$@"'
}

# loader NAME: the running boot's, as EFI variables tell
loader() {
	local dir=$ROOT/sys/firmware/efi/efivars
	mkdir -p "$dir"
	{
		printf '\6\0\0\0'
		printf '%s' "$1" | sed 's/./&\x00/g'
		printf '\0\0'
	} >"$dir/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}

# CachyOS, Manjaro: sdboot-manage, which removes all entries and makes its own. VERSION: "drop-ins" reads a directory, too
system_sdboot_manage() {
	system_make
	arch_kernel
	loader "systemd-boot 256"
	mkdir -p "$ROOT/boot/loader/entries"
	: >"$ROOT/boot/vmlinuz-linux"
	printf '# options of the kernel\n#LINUX_OPTIONS=""\n#LINUX_FALLBACK_OPTIONS=""\nREMOVE_EXISTING="yes"\n' \
		>"$ROOT/etc/sdboot-manage.conf"
	printf 'timeout 3\n' >"$ROOT/boot/loader/loader.conf"
	tool /usr/bin/sdboot-manage <<-'END'
		echo "sdboot-manage $*" >>/log
		. /etc/sdboot-manage.conf
		DROP_INS
		entries=/boot/loader/entries
		[ "$REMOVE_EXISTING" != yes ] || rm -f $entries/*.conf
		printf 'title\tCachyOS\nlinux\t/vmlinuz-linux\ninitrd\t/initramfs-linux.img\noptions\t%s %s\n' \
			"root=UUID=0b1e rw" "$LINUX_OPTIONS" >$entries/cachyos.conf
		printf 'title\tCachyOS\nlinux\t/vmlinuz-linux\ninitrd\t/initramfs-linux-fallback.img\noptions\t%s %s\n' \
			"root=UUID=0b1e rw" "$LINUX_FALLBACK_OPTIONS" >$entries/cachyos-fallback.conf
		printf 'default cachyos.conf\ntimeout 3\n' >/boot/loader/loader.conf
	END
	local lines=
	[ "${1-}" != drop-ins ] || lines='for file in /etc/sdboot-manage.conf.d/*.conf; do [ ! -f "$file" ] || . "$file"; done'
	sed -i "s#DROP_INS#$lines#" "$ROOT/usr/bin/sdboot-manage"
	by_hand sdboot-manage gen
	MENU=$ROOT/boot/loader/entries/cachyos.conf
}

# CachyOS with Limine: limine-entry-tool and its hook for mkinitcpio. The tool joins KERNEL_CMDLINE[KEY] of four places
# as limine-entry-tool.conf describes; without any it takes /etc/kernel/cmdline, or else /proc/cmdline.
system_limine() {
	system_make
	arch_kernel
	loader "Limine 9.2.0"
	echo 0123 >"$ROOT/etc/machine-id"
	mkdir -p "$ROOT/etc/limine-entry-tool.d" "$ROOT/boot/0123/linux" "$ROOT/usr/share/limine-entry-tool.d"
	printf '### Examples:\n#KERNEL_CMDLINE[default]+=rw root=UUID=...\nENABLE_UKI=no\n' >"$ROOT/etc/limine-entry-tool.conf"
	printf 'ESP_PATH="/boot"\nKERNEL_CMDLINE[default]+="%s"\n' "root=UUID=0b1e rw quiet" >"$ROOT/etc/default/limine"
	printf 'KERNEL_CMDLINE[default]+=" splash"\n' >"$ROOT/etc/limine-entry-tool.d/10-distro.conf"
	tool /usr/bin/limine-entry-tool <<-'END'
		set -f
		[ "$1" = --get-cmdline ] || exit 2
		# of KEY FILE...: what the files make of it; status 1 if none sets it
		of() {
			key=$1 all= any=
			shift
			for file; do
				[ -f "$file" ] || continue
				while IFS= read -r line || [ -n "$line" ]; do
					case $line in
						"KERNEL_CMDLINE[$key]+="*) value=${line#*]+=} all="$all " ;;
						"KERNEL_CMDLINE[$key]="*) value=${line#*]=} all= ;;
						*) continue ;;
					esac
					any=y
					case $value in \"*\" | "'"*"'") value=${value#?} value=${value%?} ;; esac
					all=$all$value
				done <"$file"
			done
			[ "$any" ]
		}
		set +f
		set -- "$2" /usr/share/limine-entry-tool.d/*.conf /etc/limine-entry-tool.conf /etc/limine-entry-tool.d/*.conf \
			/etc/default/limine
		set -f
		key=$1
		shift
		of "$key" "$@" || of default "$@" || {
			file=/etc/kernel/cmdline
			[ -f "$file" ] || file=/proc/cmdline
			all=$(cat "$file")
		}
		echo $all
	END
	tool /usr/bin/limine-mkinitcpio <<-'END'
		echo "limine-mkinitcpio $*" >>/log
		exec make-menu
	END
	tool /usr/bin/make-menu <<-'END'
		{
			echo "timeout: 5
		default_entry: 2

		/+CachyOS
		comment: machine-id=0123"
			for kernel in $(cat /kernels 2>/dev/null || echo linux); do
				echo "  //$kernel
		  protocol: linux
		  path: boot():/0123/$kernel/vmlinuz
		  cmdline: $(limine-entry-tool --get-cmdline "$kernel")
		  module_path: boot():/0123/$kernel/initramfs-$kernel.img"
			done
		} >/boot/limine.conf
	END
	by_hand make-menu
	MENU=$ROOT/boot/limine.conf
}

# rEFInd on Debian: the file as mkrlconf of the package refind 0.13.2 makes it from /proc/cmdline
system_refind() {
	system_make
	tree_cmdline 'ro root=UUID=0b1e quiet initrd=boot\initrd.img-6.1.0-test'
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	: >"$ROOT/boot/vmlinuz-6.1.0-test" # rEFInd makes entries of the kernels that it finds
	cat >"$ROOT/boot/refind_linux.conf" <<-'END'
		"Boot with standard options"  "ro root=UUID=0b1e quiet"
		"Boot to single-user mode"    "ro root=UUID=0b1e quiet single"
		"Boot with minimal options"   "ro root=/dev/vda2"
	END
	MENU=$ROOT/boot/refind_linux.conf
}

# Arch with a unified kernel image by mkinitcpio, which joins /etc/kernel/cmdline and /etc/cmdline.d; the stub does that
# with the lines of the original
system_cmdline_d() {
	system_uki
	rm "$ROOT/usr/bin/kernel-install" "$ROOT/etc/kernel/cmdline" "$ROOT"/efi/EFI/Linux/*.efi
	mkdir -p "$ROOT/etc/cmdline.d" "$ROOT/etc/mkinitcpio.d" "$ROOT/usr/lib/modules/$KVER"
	echo linux >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	printf 'root=UUID=0b1e rw\n' >"$ROOT/etc/cmdline.d/root.conf"
	printf '# mine\nquiet\n' >"$ROOT/etc/cmdline.d/10-quiet.conf"
	printf 'ALL_kver="/boot/vmlinuz-linux"\nPRESETS=(default)\ndefault_uki="/efi/EFI/Linux/arch-linux.efi"\n' \
		>"$ROOT/etc/mkinitcpio.d/linux.preset"
	IMAGE=$ROOT/efi/EFI/Linux/arch-linux.efi
	system_programs bash find sort grep tr
	tool /usr/bin/mkinitcpio <<-END
		echo "mkinitcpio \$*" >>/log
		exec bash /usr/bin/make-uki
	END
	cat >"$ROOT/usr/bin/make-uki" <<-END
		files=()
		[ ! -f /etc/kernel/cmdline ] || files+=(/etc/kernel/cmdline)
		find /etc/cmdline.d -xtype f -name '*.conf' -print0 | sort -zVu >/tmp/files
		mapfile -d '' -O "\${#files[@]}" files </tmp/files
		((\${#files[@]})) || files=(/proc/cmdline)
		words=\$(grep -ha -- '^[^#]' "\${files[@]}" | tr -s '\n' ' ')
		rm /tmp/files
		{
			cat /uki-head
			printf '%-512s' "\$words"
			$pack_image
		} >/efi/EFI/Linux/arch-linux.efi
	END
	sed -i '1a# reads /etc/cmdline.d' "$ROOT/usr/bin/mkinitcpio"
	by_hand mkinitcpio -P
	MENU=$IMAGE
}

# Debian on a board with U-Boot: the real u-boot-update and linux-version
system_uboot() {
	local perl_base unpacked=$TOP/build/unpacked
	[ -e "$unpacked/u-boot-menu" ] && [ -e "$unpacked/linux-base" ] ||
		skip "needs the packages u-boot-menu and linux-base, which tests/install-packages unpacks"
	system_make
	mkdir -p "$ROOT/sys/firmware/devicetree/base" "$ROOT"/usr/share/perl5 "$ROOT/etc/u-boot-menu/conf.d"
	system_programs sh id cmp rm mv mkdir sed cat stat grep head basename perl
	perl_base=$(perl -e 'print grep { m{/perl-base$} } @INC')
	mkdir -p "$ROOT${perl_base%/*}" "$ROOT/usr/bin"
	[ "$ROOT/bin" -ef "$ROOT/usr/bin" ] || ln -s /bin/perl "$ROOT/usr/bin/perl"
	cp -a "$perl_base" "$ROOT${perl_base%/*}"
	cp "$unpacked/linux-base/usr/share/perl5/DebianLinux.pm" "$ROOT/usr/share/perl5"
	cp "$unpacked/linux-base/usr/bin/linux-version" "$ROOT/usr/bin/"
	sed '1a echo u-boot-update >>/log' "$unpacked/u-boot-menu/usr/sbin/u-boot-update" >"$ROOT/usr/sbin/u-boot-update"
	chmod +x "$ROOT/usr/sbin/u-boot-update"
	# As shipped, except that there is no entry for the rescue target.
	cp "$unpacked/u-boot-menu/etc/default/u-boot" "$ROOT/etc/default/u-boot"
	echo 'U_BOOT_ALTERNATIVES="default"' >>"$ROOT/etc/default/u-boot"
	printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' >"$ROOT/etc/os-release"
	printf 'UUID=0b1e / ext4 defaults 0 1\n' >"$ROOT/etc/fstab"
	: >"$ROOT/boot/vmlinuz-$KVER"
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	by_hand u-boot-update
	MENU=$ROOT/boot/extlinux/extlinux.conf
}

# Void and Gentoo: GRUB's own grub-mkconfig, which reads /etc/default/grub alone, and dracut
system_void() {
	system_make
	system_images "/boot/initramfs-$KVER.img"
	rm -f "$ROOT/boot/initrd.img-$KVER"
	mkdir -p "$ROOT/boot/grub"
	printf 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="loglevel=4"\n' >"$ROOT/etc/default/grub"
	tool /usr/sbin/grub-mkconfig <<-'END'
		echo "grub-mkconfig $*" >>/log
		. /etc/default/grub
		echo "### BEGIN /etc/grub.d/10_linux ###
		menuentry 'Void GNU/Linux' --class void {
			linux /boot/vmlinuz-6.1.0-test root=UUID=0b1e ro $GRUB_CMDLINE_LINUX_DEFAULT
		}
		submenu 'Advanced options for Void GNU/Linux' {
			menuentry 'Void GNU/Linux, with Linux 6.1.0-test (recovery mode)' --class void {
				linux /boot/vmlinuz-6.1.0-test root=UUID=0b1e ro single
			}
		}
		### END /etc/grub.d/10_linux ###" >"$2"
	END
	tool /usr/bin/dracut <<<'exec make-image "$@"'
	by_hand grub-mkconfig -o /boot/grub/grub.cfg
	MENU=$ROOT/boot/grub/grub.cfg
}
