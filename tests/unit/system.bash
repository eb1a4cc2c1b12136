# SPDX-License-Identifier: GPL-2.0-or-later
# Systems for tests of what changes their boot: a root directory in which commands run (a shell, cat and the
# libraries of this machine), their files as the real systems have them, and stubs for tools that cannot be
# installed here. What a tool does is from its documentation; real ones are tried by tests/pkg.
# shellcheck shell=bash disable=SC2034,SC2154

CMDLINE="BOOT_IMAGE=/vmlinuz root=UUID=0b1e ro quiet"

# system_make: a machine with two displays and an Intel processor, its kernel and its image; in $ROOT
system_make() {
	[ "$(id -u)" = 0 ] || skip "only root can use chroot(2)"
	machine_make
	rm -r "$ROOT/boot/grub"
	tree_device 0000:01:00.0 10de:1e07 030000
	tree_device 0000:02:00.0 10de:1e07 030000
	tree_device 0000:03:00.0 144d:a808 010802
	mkdir -p "$ROOT"/{etc/default,usr/bin,bin,tmp,var/tmp}
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n' >"$ROOT/proc/cpuinfo"
	tree_cmdline "$CMDLINE"
	system_programs sh cat rm mkdir
	system_images "/boot/initrd.img-$KVER"
}

# system_programs NAME...: of this machine, with their libraries; collected once for all tests of a file
system_programs() {
	local kept=$BATS_FILE_TMPDIR/programs-${*// /-} name file
	if [ ! -d "$kept" ]; then
		mkdir -p "$kept"/{bin,dev}
		mknod -m 666 "$kept/dev/null" c 1 3
		for name; do
			cp -L "$(type -P "$name")" "$kept/bin/$name"
			while read -r file; do
				mkdir -p "$kept${file%/*}"
				cp -L "$file" "$kept$file"
			done < <(ldd "$kept/bin/$name" | grep -o '/[^ ]*')
		done
	fi
	cp -a "$kept/." "$ROOT"
}

# tool PATH: a stub in $ROOT that does what standard input says
tool() {
	mkdir -p "$ROOT${1%/*}"
	{
		echo '#!/bin/sh'
		cat
	} >"$ROOT$1"
	chmod +x "$ROOT$1"
}

OURS=usr/lib/vfio-claim/vfio-claim-boot # in an image

# system_images FILE: the image, made by update-initramfs; a file in it, "made", says how often
system_images() {
	IMAGE=$ROOT$1
	mkdir -p "${IMAGE%/*}"
	packed "$IMAGE" made=0 "$OURS"
	cp "$TOP/tests/unit/pack-image" "$ROOT/usr/bin/pack-image"
	tool /usr/sbin/make-image <<-END
		echo "make-image \$*" >>/log
		$pack_image >"$1"
	END
}

# For a stub: what a generator makes now
pack_image='set -- made=1 usr/lib/vfio-claim/vfio-claim-boot
	if [ -e /etc/vfio-claim.conf ]; then
		conf=$(cat /etc/vfio-claim.conf && echo .)
		set -- "$@" "etc/vfio-claim.conf=${conf%.}"
	fi
	pack-image "$@"'

# --- the systems --------------------------------------------------------------------------------

# Debian, Ubuntu: grub.d, initramfs-tools
system_debian() {
	system_make
	mkdir -p "$ROOT/boot/grub"
	cp "$TOP/grub.d/vfio-claim.cfg" "$BATS_TEST_TMPDIR/cfg"
	install -D -m 0640 "$BATS_TEST_TMPDIR/cfg" "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	printf 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n' >"$ROOT/etc/default/grub"
	tool /usr/sbin/grub-mkconfig <<-'END'
		. /etc/default/grub
		for file in /etc/default/grub.d/*.cfg; do . "$file"; done
		head="### BEGIN /etc/grub.d/10_linux ###"
		echo "$head
		menuentry 'Debian GNU/Linux' --class debian {
			linux /boot/vmlinuz root=UUID=0b1e ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT
		}
		submenu 'Advanced options' {
			menuentry 'Debian GNU/Linux, with Linux 6.1.0-test (recovery mode)' --class debian {
				linux /boot/vmlinuz root=UUID=0b1e ro single $GRUB_CMDLINE_LINUX
			}
		}
		### END /etc/grub.d/10_linux ###
		### BEGIN /etc/grub.d/30_os-prober ###
		menuentry 'another Linux' {
			linux /boot/vmlinuz root=UUID=ffff quiet
		}
		### END /etc/grub.d/30_os-prober ###" >"$2"
	END
	tool /usr/sbin/update-grub <<-'END'
		echo update-grub >>/log
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	chroot "$ROOT" /usr/sbin/update-grub
	rm "$ROOT/log"
	MENU=$ROOT/boot/grub/grub.cfg
}

# CentOS 7: /etc/default/grub; a menu for BIOS, one for EFI, and a stub on the EFI partition as of others. Its 10_linux
# takes the rescue kernel for one like any other.
system_centos7() {
	system_make
	system_images "/boot/initramfs-$KVER.img"
	mkdir -p "$ROOT/boot/grub2" "$ROOT/boot/efi/EFI/centos" "$ROOT/boot/efi/EFI/other"
	cat >"$ROOT/etc/default/grub" <<-'END'
		GRUB_TIMEOUT=5
		GRUB_DISTRIBUTOR="$(sed 's, release .*$,,g' /etc/system-release)"
		GRUB_DEFAULT=saved
		GRUB_CMDLINE_LINUX="crashkernel=auto rd.lvm.lv=centos/root rhgb quiet"
		GRUB_DISABLE_RECOVERY="true"
	END
	tool /usr/sbin/grub2-mkconfig <<-'END'
		echo "grub2-mkconfig $*" >>/log
		sed() { :; }
		. /etc/default/grub
		echo "### BEGIN /etc/grub.d/10_linux ###
		menuentry 'CentOS Linux (6.1.0-test) 7 (Core)' --class centos {
			linux16 /vmlinuz-6.1.0-test root=UUID=0b1e ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT
		}
		menuentry 'CentOS Linux (0-rescue-0123) 7 (Core)' --class centos {
			linux16 /vmlinuz-0-rescue-0123 root=UUID=0b1e ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT
		}
		### END /etc/grub.d/10_linux ###" >"$2"
	END
	tool /usr/sbin/dracut <<<'exec make-image "$@"'
	chroot "$ROOT" /usr/sbin/grub2-mkconfig -o /boot/grub2/grub.cfg
	cp "$ROOT/boot/grub2/grub.cfg" "$ROOT/boot/efi/EFI/centos/grub.cfg"
	echo 'configfile $prefix/grub.cfg' >"$ROOT/boot/efi/EFI/other/grub.cfg"
	rm "$ROOT/log"
	MENU=$ROOT/boot/grub2/grub.cfg
}

# entry FILE TITLE OPTIONS
entry() {
	mkdir -p "$ROOT/boot/loader/entries"
	cat >"$ROOT/boot/loader/entries/$1" <<-END
		title $2
		version $KVER
		linux /vmlinuz-$KVER
		initrd /initramfs-$KVER.img \$tuned_initrd
		options $3
		grub_users \$grub_users
		id centos
	END
}

# What grubby does to words: set_words FILE KEY, for each line of it that begins with KEY; from
# $add and $remove, of which the latter may be names
grubby_stub='
	set -f
	keep() {
		for gone in $remove; do
			case $1 in "$gone" | "$gone"=*) return 1 ;; esac
		done
		for fresh in $add; do
			[ "$1" != "$fresh" ] || return 1
			case $fresh in *=*) case $1 in "${fresh%%=*}"=*) return 1 ;; esac ;; esac
		done
	}
	set_words() {
		while IFS= read -r line; do
			case $line in
				"$2"*)
					all=$2
					for word in ${line#"$2"}; do
						! keep "$word" || all="$all $word"
					done
					echo "$all${add:+ $add}"
					;;
				*) echo "$line" ;;
			esac
		done <"$1" >"$1.new"
		cat "$1.new" >"$1"
		rm "$1.new"
	}
	echo "grubby $*" >>/log
	add="" remove=""
	for option; do
		case $option in
			--args=*) add=${option#*=} ;;
			--remove-args=*) remove=${option#*=} ;;
		esac
	done
'

# CentOS 9, Fedora: grubby and entries, all of which it changes; kernel-install/95-vfio-claim.install has made the one
# without claims, and has put rd.vfio=0 into the rescue kernel's
system_centos9() {
	system_make
	system_images "/boot/initramfs-$KVER.img"
	entry "0123-$KVER.conf" "CentOS Stream ($KVER) 9" "root=UUID=0b1e ro crashkernel=1G rhgb quiet \$tuned_params"
	entry "0123-$KVER~novfio.conf" "CentOS Stream ($KVER) 9 (vfio-claim off)" "root=UUID=0b1e ro quiet rd.vfio=0"
	entry 0123-0-rescue.conf "CentOS Stream (0-rescue-0123) 9" "root=UUID=0b1e ro quiet rd.vfio=0"
	mkdir -p "$ROOT/etc/kernel"
	echo "root=UUID=0b1e ro crashkernel=1G rhgb quiet" >"$ROOT/etc/kernel/cmdline"
	tool /usr/sbin/dracut <<<'exec make-image "$@"'
	tool /usr/sbin/grubby <<-END
		$grubby_stub
		set +f
		for file in /boot/loader/entries/*.conf; do
			set -f
			set_words "\$file" "options"
		done
		set_words /etc/kernel/cmdline ""
	END
	# It has blanks of its own.
	chroot "$ROOT" grubby --update-kernel=ALL --args=
	rm "$ROOT/log"
	MENU=$ROOT/boot/loader/entries/0123-$KVER.conf
}

# CentOS 8: the entries' options are in GRUB's environment
system_centos8() {
	system_centos9
	sed -i 's/^options.*/options $kernelopts $tuned_params/' "$MENU"
	# An entry with $kernelopts is not changed for ALL.
	sed -i 's/^options.*/options $kernelopts rd.vfio=0/' "$ROOT"/boot/loader/entries/*{rescue,novfio}.conf
	mkdir -p "$ROOT/boot/grub2"
	printf '# GRUB Environment Block\nsaved_entry=0123-%s\nkernelopts=root=UUID=0b1e ro quiet \n#######' "$KVER" \
		>"$ROOT/boot/grub2/grubenv"
	tool /usr/sbin/grubby <<-END
		$grubby_stub
		set_words /boot/grub2/grubenv "kernelopts="
	END
	sed -i 's/all=$2/all=${2%=}=/; s/all="$all $word"/all="$all$word "/; s/echo "$all${add:+ $add}"/echo "$all$add"/' \
		"$ROOT/usr/sbin/grubby"
	chroot "$ROOT" grubby --update-kernel=ALL --args=
	rm "$ROOT/log"
}

# Pop!_OS: kernelstub's configuration and what it makes of it
system_pop() {
	system_make
	mkdir -p "$ROOT"/{etc/kernelstub,boot/efi/loader/entries}
	cat >"$ROOT/etc/kernelstub/configuration" <<-'END'
		{
		  "default": {
		    "kernel_options": ["quiet", "splash"],
		    "esp_path": "/boot/efi",
		    "setup_loader": false,
		    "manage_mode": false,
		    "force_update": false,
		    "live_mode": false,
		    "config_rev": 3
		  },
		  "user": {
		    "kernel_options": [
		      "quiet",
		      "splash"
		    ],
		    "esp_path": "/boot/efi",
		    "setup_loader": true,
		    "manage_mode": true,
		    "force_update": false,
		    "live_mode": false,
		    "config_rev": 3
		  }
		}
	END
	for name in Pop_OS-current Pop_OS-oldkern; do
		printf 'title Pop!_OS\nlinux /EFI/Pop_OS/vmlinuz.efi\ninitrd /EFI/Pop_OS/initrd.img\noptions root=UUID=0b1e ro quiet splash\n' \
			>"$ROOT/boot/efi/loader/entries/$name.conf"
	done
	printf 'title Pop!_OS Recovery\nlinux /EFI/Recovery/vmlinuz.efi\noptions boot=casper hostname=recovery quiet\n' \
		>"$ROOT/boot/efi/loader/entries/Recovery-1234.conf"
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	tool /usr/bin/kernelstub <<-'END'
		set -f
		echo "kernelstub $*" >>/log
		add="" remove=""
		while [ $# -gt 0 ]; do
			case $1 in
				--add-options) add=$2 ;;
				--delete-options) remove=$2 ;;
			esac
			shift 2
		done
		words="" options=""
		while IFS= read -r line; do
			case $line in "options "*) words=${line#*ro } ;; esac
		done </boot/efi/loader/entries/Pop_OS-current.conf
		for word in $words $add; do
			for gone in $remove; do [ "$word" != "$gone" ] || continue 2; done
			options="$options $word"
		done
		echo "{ \"user\": { \"kernel_options\": \"$options\" } }" >/etc/kernelstub/configuration
		for name in current oldkern; do
			echo "title Pop!_OS
		linux /EFI/Pop_OS/vmlinuz.efi
		initrd /EFI/Pop_OS/initrd.img
		options root=UUID=0b1e ro$options" >/boot/efi/loader/entries/Pop_OS-$name.conf
		done
	END
	MENU=$ROOT/boot/efi/loader/entries/Pop_OS-current.conf
}

# Arch with systemd-boot, entries written by hand; and another system's beside them
system_systemd_boot() {
	system_make
	system_images "/boot/initramfs-linux.img"
	rm -f "$ROOT/boot/initrd.img-$KVER"
	mkdir -p "$ROOT/usr/lib/modules/$KVER" "$ROOT/boot/loader/entries"
	echo linux >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	printf 'title Arch Linux\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\noptions  root=UUID=0b1e rw quiet -- init-word\n' \
		>"$ROOT/boot/loader/entries/arch.conf"
	printf 'title Arch Linux\nlinux /vmlinuz-linux\ninitrd /initramfs-linux-fallback.img\noptions root=UUID=0b1e rw\n' \
		>"$ROOT/boot/loader/entries/arch-fallback.conf"
	printf 'title another\nlinux /other/vmlinuz\noptions root=UUID=ffff quiet\n' >"$ROOT/boot/loader/entries/other.conf"
	tool /usr/bin/mkinitcpio <<<'exec make-image "$@"'
	MENU=$ROOT/boot/loader/entries/arch.conf
}

# openSUSE Tumbleweed with GRUB2-BLS, on btrfs with snapshots: entries and images by sdbootutil. The stub does what
# update-all-entries and mkinitrd do: it takes /etc/kernel/cmdline, changes the entries of the running snapshot, and names
# images after their contents (here after how often they were made).
system_tumbleweed() {
	local number
	system_make
	rm "$IMAGE"
	SHA=0123456789abcdef0123456789abcdef0123456
	FLAGS=rootflags=subvol=@/.snapshots/2/snapshot
	mkdir -p "$ROOT"/{etc/kernel,etc/sysconfig,boot/efi/EFI/opensuse,boot/efi/loader/entries,"boot/efi/tumbleweed/$KVER"}
	echo tumbleweed >"$ROOT/etc/kernel/entry-token"
	echo 'LOADER_TYPE="grub2-bls"' >"$ROOT/etc/sysconfig/bootloader"
	printf '# mine\nroot=UUID=0b1e %s quiet\n' "$FLAGS" >"$ROOT/etc/kernel/cmdline"
	tree_cmdline "root=UUID=0b1e $FLAGS quiet"
	IMAGE=$ROOT/boot/efi/tumbleweed/$KVER/initrd-${SHA}0
	packed "$IMAGE" made=0 "$OURS"
	: >"$ROOT/boot/efi/tumbleweed/$KVER/linux-${SHA}f"
	for number in 1 2; do
		printf '%s\n' "title openSUSE" "version $number@$KVER" \
			"options root=UUID=0b1e rootflags=subvol=@/.snapshots/$number/snapshot quiet" \
			"linux /tumbleweed/$KVER/linux-${SHA}f" "initrd /tumbleweed/$KVER/initrd-${SHA}0" \
			>"$ROOT/boot/efi/loader/entries/snapper-tumbleweed-$KVER-$number.conf"
	done
	MENU=$ROOT/boot/efi/loader/entries/system-tumbleweed-$KVER-2.conf
	mv "$ROOT/boot/efi/loader/entries/snapper-tumbleweed-$KVER-2.conf" "$MENU"
	tool /usr/bin/sdbootutil <<-END
		echo "sdbootutil \$*" >>/log
		cd /boot/efi/loader/entries || exit
		entry=system-tumbleweed-$KVER-2.conf
		cmdline=""
		while IFS= read -r line; do
			case \$line in "#"*) ;; *) cmdline="\${cmdline:+\$cmdline }\$line" ;; esac
		done </etc/kernel/cmdline
		sha=0
		while IFS= read -r line; do
			case \$line in *initrd-${SHA}1) sha=1 ;; esac
		done <\$entry
		[ "\$1" != mkinitrd ] || sha=1
		echo "title openSUSE
		version 2@$KVER
		options \$cmdline
		linux /tumbleweed/$KVER/linux-${SHA}f
		initrd /tumbleweed/$KVER/initrd-$SHA\$sha" >\$entry
		[ "\$1" = mkinitrd ] || exit 0
		$pack_image >/boot/efi/tumbleweed/$KVER/initrd-${SHA}1
	END
}

# A unified kernel image by kernel-install: a PE file of two sections, .cmdline and .initrd
system_uki() {
	system_make
	rm -f "$ROOT/boot/initrd.img-$KVER"
	mkdir -p "$ROOT"/{etc/kernel,efi/EFI/Linux,boot}
	echo "$CMDLINE" >"$ROOT/etc/kernel/cmdline"
	# MZ, at 0x3c the PE header's place, and there: two sections, no optional header. Each has its size, its
	# address, its size in the file and its offset there: 512 bytes at 168, and 4096 behind them.
	{
		printf 'MZ' && head -c 58 /dev/zero && printf '\100\0\0\0PE\0\0\144\206\2\0'
		head -c 16 /dev/zero
		printf '.cmdline\0\2\0\0\0\20\0\0\0\2\0\0\250\0\0\0' && head -c 16 /dev/zero
		printf '.initrd\0\0\20\0\0\0\40\0\0\0\20\0\0\250\2\0\0' && head -c 16 /dev/zero
	} >"$ROOT/uki-head"
	IMAGE=$ROOT/efi/EFI/Linux/0123-$KVER.efi
	tool /usr/bin/kernel-install <<-END
		echo "kernel-install \$*" >>/log
		{
			cat /uki-head
			printf '%-512s' "\$(cat /etc/kernel/cmdline)
		"
			$pack_image
		} >"/efi/EFI/Linux/0123-$KVER.efi"
	END
	: >"$ROOT/boot/vmlinuz-$KVER"
	chroot "$ROOT" /usr/bin/kernel-install add "$KVER"
	rm "$ROOT/log"
	MENU=$IMAGE
}

# system_sum: of all files but the log of the stubs
system_sum() {
	(cd "$ROOT" && find . -type f ! -path ./log ! -path ./run/vfio-claim.lock -exec cksum {} + | LC_ALL=C sort -k 3)
}

# log: what the stubs have been called for
log() {
	cat "$ROOT/log" 2>/dev/null || true
}

# --- Proxmox --------------------------------------------------------------------------------------

# system_proxmox LOADER...: a partition for each, "systemd-boot" or "grub", which the next boot starts from in this
# order; "gone" is one whose disk is not there. All are mounted, below /esp: this test needs no block devices then.
# The tool does what zz-proxmox-boot of proxmox-kernel-helper 8.1.0 does; tests/pkg/proxmox runs the real one.
system_proxmox() {
	local loader number=0 esp
	system_debian
	ESPS=()
	mkdir -p "$ROOT"/{etc/kernel,etc/initramfs/post-update.d,dev/disk/by-uuid,sys/firmware/efi/efivars}
	printf 'root=ZFS=rpool/ROOT/pve-1 boot=zfs\nnever read\n' >"$ROOT/etc/kernel/cmdline"
	tree_cmdline "initrd=\\EFI\\proxmox\\$KVER\\initrd.img-$KVER root=ZFS=rpool/ROOT/pve-1 boot=zfs"
	: >"$ROOT/boot/vmlinuz-$KVER"
	for loader; do
		number=$((number + 1))
		UUID=$number$number$number$number-ABCD
		echo "$UUID" >>"$ROOT/etc/kernel/proxmox-boot-uuids"
		[ "$loader" != gone ] || continue
		esp=$ROOT/esp/$UUID
		ESPS+=("$esp")
		mkdir -p "$esp/EFI/proxmox"
		: >"$ROOT/dev/sd${number}2"
		ln -s "../../sd${number}2" "$ROOT/dev/disk/by-uuid/$UUID"
		echo "4$number 30 8:${number}2 / /esp/$UUID rw - vfat /dev/sd${number}2 rw" >>"$ROOT/proc/self/mountinfo"
		if [ "$loader" = grub ]; then
			mkdir "$esp/grub"
			: >"$esp/EFI/proxmox/grubx64.efi"
		else
			mkdir -p "$esp/loader/entries"
			printf 'timeout 3\ndefault proxmox-*\n' >"$esp/loader/loader.conf"
		fi
	done
	proxmox_tools
	chroot "$ROOT" proxmox-boot-tool refresh
	rm "$ROOT/log"
	# Not what the boot loader reads
	printf 'a menu that nothing reads: rd.vfio.claim=ff:1f.7' >"$ROOT/boot/grub/grub.cfg"
}

proxmox_tools() {
	tool /usr/sbin/update-grub <<<'exec grub-mkconfig -o "/esp/$1/grub/grub.cfg"'
	# /boot is the partition then
	sed -i 's|linux /boot/vmlinuz root=UUID=0b1e ro|linux /vmlinuz-6.1.0-test root=ZFS=rpool/ROOT/pve-1 ro|
		/^[[:blank:]]*linux .*CMDLINE_LINUX_DEFAULT/a initrd /initrd.img-6.1.0-test' "$ROOT/usr/sbin/grub-mkconfig"
	tool /usr/sbin/proxmox-boot-tool <<-'END'
		echo "proxmox-boot-tool $*" >>/log
		[ "$1" = refresh ] || exit 1
		warn() { echo "$*" >&2; }
		first_line() { IFS= read -r line <"$1" || [ -n "$line" ]; }
		if [ -f /etc/kernel/cmdline ]; then
			line=
			first_line /etc/kernel/cmdline || :
			case $line in *root=*) ;; *)
				warn "No root= parameter in /etc/kernel/cmdline found!"
				exit 1
				;;
			esac
		else
			first_line /proc/cmdline
			case $line in initrd=*) line=${line#* } ;; esac
		fi
		kver=6.1.0-test
		while IFS= read -r uuid; do
			case $uuid in
				"") continue ;;
				*[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-[0-9A-F][0-9A-F][0-9A-F][0-9A-F]*) ;;
				*)
					warn "WARN: $uuid does not look like a VFAT-UUID - skipping"
					continue
					;;
			esac
			if [ ! -e "/dev/disk/by-uuid/$uuid" ]; then
				warn "WARN: /dev/disk/by-uuid/$uuid does not exist - skipping"
				continue
			fi
			esp=/esp/$uuid
			[ ! -e "$esp/EFI/proxmox/grubx64.efi" ] || grub=1 # and so it stays, as there
			if [ -d /sys/firmware/efi ] && [ "$grub" != 1 ]; then
				if [ ! -f "$esp/loader/loader.conf" ] || [ ! -d "$esp/EFI/proxmox" ]; then
					warn "$uuid contains no loader.conf - skipping"
					continue
				fi
				mkdir -p "$esp/EFI/proxmox/$kver"
				cat "/boot/initrd.img-$kver" >"$esp/EFI/proxmox/$kver/initrd.img-$kver" || exit 1
				echo "title    Proxmox Virtual Environment
		version  $kver
		options  $line
		linux    /EFI/proxmox/$kver/vmlinuz-$kver
		initrd   /EFI/proxmox/$kver/initrd.img-$kver" >"$esp/loader/entries/proxmox-$kver.conf" || exit 1
			elif [ -d "$esp/grub" ]; then
				cat "/boot/initrd.img-$kver" >"$esp/initrd.img-$kver" || exit 1
				update-grub "$uuid" || exit 1
			else
				warn "$uuid contains no grub directory - skipping"
			fi
		done </etc/kernel/proxmox-boot-uuids
	END
	tool /usr/sbin/update-initramfs <<-'END'
		make-image "$@" && exec /etc/initramfs/post-update.d/proxmox-boot-sync
	END
	tool /etc/initramfs/post-update.d/proxmox-boot-sync <<<"exec proxmox-boot-tool refresh --hook zz-proxmox-boot"
}
