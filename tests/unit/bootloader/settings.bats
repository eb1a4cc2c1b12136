#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The files in which systems keep their kernel command line, as people write them: enable and disable leave every byte
# as it was, or name what they cannot follow and change nothing. More texts than here are tried by tests/fuzz.
# shellcheck disable=SC2016 # variables of the files stand in single quotes

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

@test "/etc/default/grub: what is set and cleared comes back byte for byte" {
	system_centos7
	for text in 'GRUB_CMDLINE_LINUX_DEFAULT=quiet' 'GRUB_CMDLINE_LINUX_DEFAULT=' \
		'A=1\nGRUB_TIMEOUT=5' 'GRUB_CMDLINE_LINUX_DEFAULT="a"\nexport GRUB_CMDLINE_LINUX_DEFAULT="b  -- c " # d\n' \
		"if true; then\n\tGRUB_CMDLINE_LINUX_DEFAULT='a'\nfi\nGRUB_CMDLINE_LINUX_DEFAULT='\$x \"y z\"'; B=1\n"; do
		printf "$text" >"$ROOT/etc/default/grub"
		printf "$text" >"$BATS_TEST_TMPDIR/before"
		tool /usr/sbin/grub2-mkconfig <<-'END'
			. /etc/default/grub
			echo "### BEGIN /etc/grub.d/10_linux ###
			menuentry 'CentOS' {
				linux16 /vmlinuz-6.1.0-test root=UUID=0b1e ro $GRUB_CMDLINE_LINUX_DEFAULT
			}
			### END /etc/grub.d/10_linux ###" >"$2"
		END
		did enable 02:00.0
		expect_in "the menu" "$(cat "$MENU")" "rd.vfio.claim=02:00.0"
		did disable
		cmp "$ROOT/etc/default/grub" "$BATS_TEST_TMPDIR/before"
	done
}

# refuses_grub TEXT PIECE
refuses_grub() {
	printf "$1" >"$ROOT/etc/default/grub"
	refused 1 "/etc/default/grub, line $2" enable 02:00.0
}

@test "/etc/default/grub: what cannot be put back is refused, with its line and what to do" {
	local value
	system_centos7
	for value in 'quiet"splash"' "quiet'splash'" 'qu\\iet' '"$(cat x)"' '`x`' '"a \\\nb"' '"a"$more' '"a"b' '"${A:-b -- c}"'; do
		refuses_grub "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=$value\n" \
			'2: cannot change GRUB_CMDLINE_LINUX_DEFAULT: the value is not one plain text in quotes: write it as NAME="…"'
	done
	refuses_grub 'GRUB_CMDLINE_LINUX_DEFAULT="quiet\nA=1\n' "1: cannot change GRUB_CMDLINE_LINUX_DEFAULT: a quote, a bracket or a block is not closed"
	refuses_grub 'A="1\nB=2\n' "1: cannot change GRUB_CMDLINE_LINUX_DEFAULT: a quote, a bracket or a block is not closed"
	refuses_grub 'A=1\r\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\r\n' "2: cannot change GRUB_CMDLINE_LINUX_DEFAULT: the line ends with a carriage return"
	refuses_grub 'GRUB_CMDLINE_LINUX_DEFAULT="a"\nGRUB_CMDLINE_LINUX_DEFAULT+=" b"\n' "2: cannot change GRUB_CMDLINE_LINUX_DEFAULT: it is set with '+='"
	refuses_grub '\xef\xbb\xbfGRUB_CMDLINE_LINUX_DEFAULT="a"\n' "1: cannot change GRUB_CMDLINE_LINUX_DEFAULT: it begins with a byte order mark"
	refuses_grub 'if [ x ]; then\n\tGRUB_CMDLINE_LINUX_DEFAULT="a"\nfi\n' "2: cannot change GRUB_CMDLINE_LINUX_DEFAULT: it is set inside a condition"
	refuses_grub '[ x ] && GRUB_CMDLINE_LINUX_DEFAULT="a"\n' "1: cannot change GRUB_CMDLINE_LINUX_DEFAULT: it is set inside a condition"
	printf 'GRUB_CMDLINE_LINUX_DEFAULT='"'"'quiet "x'"'"'\n' >"$ROOT/etc/default/grub"
	refused 1 "GRUB_CMDLINE_LINUX_DEFAULT: a quote on the kernel command line is not closed: close it" enable 02:00.0
}

@test "a NUL byte: the file is named, and nothing is changed" {
	system_centos7
	printf 'A=1\n\0GRUB_CMDLINE_LINUX_DEFAULT="a"\n' >"$ROOT/etc/default/grub"
	refused 1 "cannot read /etc/default/grub: there is a NUL byte in it" enable 02:00.0
	echo A=1 >"$ROOT/etc/default/grub"
	printf 'keep = 01:00.0\n\0# mine\n' >"$ROOT/etc/vfio-claim.conf"
	refused 1 "cannot read /etc/vfio-claim.conf: there is a NUL byte in it" enable --config 02:00.0
	rm "$ROOT/etc/vfio-claim.conf"
	mkdir -p "$ROOT/var/lib/vfio-claim"
	printf '\0' >"$ROOT/var/lib/vfio-claim/enabled"
	refused 1 "cannot read $ROOT/var/lib/vfio-claim/enabled: it has a NUL byte" enable 02:00.0
	rm "$ROOT/var/lib/vfio-claim/enabled"
	printf '\0' >>"$ROOT/boot/grub2/grub.cfg"
	refused 1 "cannot read /boot/grub2/grub.cfg: there is a NUL byte in it" enable 02:00.0
}

@test "a NUL byte in an entry, or in /etc/kernel/cmdline: the file is named, and nothing is changed" {
	system_systemd_boot
	printf '# \0\n' >>"$MENU"
	refused 1 "cannot read /boot/loader/entries/arch.conf: there is a NUL byte in it" enable 02:00.0
	refused 1 "cannot read /boot/loader/entries/arch.conf: there is a NUL byte in it" disable
	printf 'title Arch Linux\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\noptions root=UUID=0b1e rw\n' >"$MENU"
	mkdir -p "$ROOT/etc/kernel"
	printf 'root=UUID=0b1e\0quiet\n' >"$ROOT/etc/kernel/cmdline"
	refused 1 "cannot read /etc/kernel/cmdline: there is a NUL byte in it" enable 02:00.0
}

@test "entries and /etc/kernel/cmdline: blanks, carriage returns and comments come back; an open quote is refused" {
	system_systemd_boot
	mkdir -p "$ROOT/etc/kernel"
	printf 'title Arch Linux\r\nlinux /vmlinuz-linux\r\ninitrd /initramfs-linux.img\r\noptions\troot=UUID=0b1e   rw  -- x \r\noptions a  b' >"$MENU"
	printf '# mine\n\n root=UUID=0b1e   rw \r\n# more' >"$ROOT/etc/kernel/cmdline"
	before=$(system_sum)
	did enable 02:00.0
	expect_in entry "$(cat "$MENU")" "root=UUID=0b1e   rw rd.vfio.claim=02:00.0  -- x "
	did disable
	same_files "$before"
	printf 'root=UUID=0b1e "a b\n' >"$ROOT/etc/kernel/cmdline"
	refused 1 "/etc/kernel/cmdline: a quote on the kernel command line is not closed" enable 02:00.0
	rm "$ROOT/etc/kernel/cmdline"
	printf 'title Arch Linux\nlinux /vmlinuz-linux\noptions root=UUID=0b1e "a b\n' >"$MENU"
	refused 1 "/boot/loader/entries/arch.conf: a quote on the kernel command line is not closed" enable 02:00.0
	refused 1 "the next boot: a quote on the kernel command line is not closed" plan 02:00.0
}

@test "a quoted value over two lines: what would be added to it is refused, not swallowed" {
	system_systemd_boot
	tool /usr/bin/bootctl <<<'echo "bootctl $*" >>/log'
	mkdir -p "$ROOT/etc/kernel"
	printf 'root=UUID=0b1e x="a\nb" rw\n' >"$ROOT/etc/kernel/cmdline"
	refused 1 "/etc/kernel/cmdline: a quote on the kernel command line is not closed" enable 02:00.0
	# The claims would go into the first line, and those behind the quote would stay.
	printf 'root=UUID=0b1e\nx="a\nb" rd.vfio.claim=01:00.0\n' >"$ROOT/etc/kernel/cmdline"
	refused 1 "/etc/kernel/cmdline: a quote on the kernel command line is not closed" enable 02:00.0
	refused 1 "/etc/kernel/cmdline: a quote on the kernel command line is not closed" disable
	rm "$ROOT/etc/kernel/cmdline"
	printf 'title Arch Linux\nlinux /vmlinuz-linux\noptions root=UUID=0b1e x="a\noptions b" rw\n' >"$MENU"
	refused 1 "/boot/loader/entries/arch.conf: a quote on the kernel command line is not closed" enable 02:00.0
	refused 1 "/boot/loader/entries/arch.conf: a quote on the kernel command line is not closed" try 02:00.0
}

@test "vfio-claim.conf: a setting without a value stays" {
	system_uki
	printf 'keep =\nclaim = ,\ngroup = 0\n' >"$ROOT/etc/vfio-claim.conf"
	before=$(cat "$ROOT/etc/vfio-claim.conf")
	did enable --config 02:00.0
	did disable
	expect "the file" "$(cat "$ROOT/etc/vfio-claim.conf")" "$before"
}

@test "words that are set already, in another order, are left alone" {
	system_systemd_boot
	sed -i 's/rw quiet/rd.vfio.keep=boot-vga rw rd.vfio.claim=02:00.0 quiet/' "$MENU"
	cp "$MENU" "$BATS_TEST_TMPDIR/before"
	did enable 02:00.0 --keep boot-vga
	cmp "$MENU" "$BATS_TEST_TMPDIR/before"
	did disable
	printf 'keep = boot-vga\n# mine\nclaim = 02:00.0' >"$ROOT/etc/vfio-claim.conf"
	cp "$ROOT/etc/vfio-claim.conf" "$BATS_TEST_TMPDIR/before"
	did enable --config 02:00.0 --keep boot-vga
	cmp "$ROOT/etc/vfio-claim.conf" "$BATS_TEST_TMPDIR/before"
}

@test "a menu that cannot be read, and /boot that is not mounted, are named" {
	system_debian
	mv "$MENU" "$BATS_TEST_TMPDIR/menu"
	mkdir "$MENU"
	refused 1 "cannot read /boot/grub/grub.cfg: it is a directory" enable 02:00.0
	refused 1 "cannot read /boot/grub/grub.cfg: it is a directory" disable
	rmdir "$MENU"
	printf 'UUID=1 / ext4 defaults 0 1\nUUID=2 /boot ext4 defaults 0 2\n' >"$ROOT/etc/fstab"
	refused 1 "/boot is not mounted, and /etc/fstab has it: mount it, then try again" enable 02:00.0
	refused 1 "/boot is not mounted, and /etc/fstab has it: mount it, then try again" disable
	vfio plan
	expect_in "messages of plan" "$stderr" "/boot is not mounted"
	# Mounted, it is only empty.
	echo "31 30 8:2 / /boot rw - ext4 /dev/sda2 rw" >>"$ROOT/proc/self/mountinfo"
	refused 1 "cannot tell where this system keeps its kernel command line" enable 02:00.0
}

@test "a unified kernel image whose command line has several lines: all of them count" {
	system_uki
	printf 'root=UUID=0b1e ro\nrd.vfio.claim=02:00.0 \n' >"$ROOT/etc/kernel/cmdline"
	chroot "$ROOT" /usr/bin/kernel-install add "$KVER"
	vfio plan
	expect_in plan "$output" "0000:02:00.0: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
}
