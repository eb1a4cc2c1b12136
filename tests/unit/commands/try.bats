#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim try, on machines made of files; their tools are a program that logs its arguments and does what grub-reboot
# does. Whole boots, with the real GRUB, are in tests/pkg/user.
# shellcheck disable=SC2016,SC2154 # GRUB's variables stand in single quotes; run sets the others

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

A=0000:01:00.0
WORDS="rd.vfio.claim=01:00.0"
UUID=1f5d0fbd-7db7-41ca-b3dc-c3ee32406039

setup_file() {
	# The tools, and /bin/sh: a static program, since nothing else is in the tree.
	gcc -static -x c -o "$BATS_FILE_TMPDIR/tool" - <<-'EOF'
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>

		/* Has the file hold next_entry=ID, or none, and what else there is. */
		static int set(const char *path, const char *id)
		{
			FILE *file = fopen(path, "r");
			char line[256], all[4096] = "";

			while (file && fgets(line, sizeof(line), file))
				if (strncmp(line, "next_entry=", 11) != 0)
					strcat(all, line);
			if (file)
				fclose(file);
			file = fopen(path, "w");
			fputs(all, file);
			if (*id)
				fprintf(file, "next_entry=%s\n", id);
			return fclose(file) != 0;
		}

		int main(int argc, char **argv)
		{
			const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
			FILE *log;
			int i;

			if (fopen("/broken", "r") || !(log = fopen("/commands", "a")))
				return 1;
			if (strcmp(name, "sh") == 0) {
				fprintf(log, "%s\n", argv[2]);
				fclose(log);
				if (strncmp(argv[2], "update-initramfs", 16) == 0)
					rename("/new-image", "/boot/initrd.img-6.1.0-test");
				return 0;
			}
			fputs(name, log);
			for (i = 1; i < argc; i++)
				fprintf(log, " %s", *argv[i] ? argv[i] : "''");
			fputs("\n", log);
			fclose(log);
			if (strcmp(name, "grub-reboot") == 0)
				return set("/boot/grub/grubenv", argv[1]);
			if (strcmp(name, "grub2-reboot") == 0)
				return set("/boot/grub2/grubenv", argv[1]);
			if (strstr(name, "-editenv") && argc == 4)
				return set(argv[1], "");
			if (strcmp(name, "update-initramfs") == 0)
				rename("/new-image", "/boot/initrd.img-6.1.0-test");
			return 0;
		}
	EOF
}

# A machine that can be tried on, with a current image; of its boot loader there is nothing yet.
setup() {
	image_setup
	tree_make "$ROOT"
	tree_device "$A" 10de:1e07 030000
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	mkdir -p "$ROOT"/{etc/default,boot,bin,usr/sbin,proc/self,proc/sys/kernel,dev}
	mounts ext4
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n\n' >"$ROOT/proc/cpuinfo"
	echo "BOOT_IMAGE=/vmlinuz root=UUID=$UUID ro quiet" >"$ROOT/proc/cmdline"
	cp "$BATS_FILE_TMPDIR/tool" "$ROOT/bin/sh"
	packed "$ROOT/boot/initrd.img-$KVER" usr/lib/vfio-claim/vfio-claim-boot
}

# mounts TYPE [DEVICE]: what / is
mounts() {
	echo "30 1 ${2:-8:1} / / rw - $1 /dev/x rw" >"$ROOT/proc/self/mountinfo"
}

# try [ARG...], disable [ARG...]
try() {
	claim try "$@"
}
claim() {
	# shellcheck disable=SC2086 # a wrapper is several words
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
}

done_well() {
	expect "status ($output $stderr)" "$status" 0
}

# refused PIECE: nothing has been done, and this is why
refused() {
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "$1"
	[ ! -e "$ROOT/commands" ] || {
		cat "$ROOT/commands"
		return 1
	}
}

# commands: those that were run since the last look, in one line
commands() {
	[ -e "$ROOT/commands" ] || return 0
	paste -sd ';' "$ROOT/commands"
	rm "$ROOT/commands"
}

# program NAME...: tools that the tree has
program() {
	local name
	for name; do cp "$BATS_FILE_TMPDIR/tool" "$ROOT/usr/sbin/$name"; done
}

# --- GRUB ----------------------------------------------------------------------------------------------------

# header DEFAULT: what 00_header writes
header() {
	cat <<-EOF
		if [ -s \$prefix/grubenv ]; then
		  set have_grubenv=true
		  load_env
		fi
		if [ "\${next_entry}" ] ; then
		   set default="\${next_entry}"
		   set next_entry=
		   save_env next_entry
		   set boot_once=true
		else
		   set default="$1"
		fi
		function savedefault {
		  if [ -z "\${boot_once}" ]; then
		    saved_entry="\${chosen}"
		    save_env saved_entry
		  fi
		}
	EOF
}

# entry TITLE ID KERNEL ARGUMENTS: what 10_linux writes for one
entry() {
	cat <<-EOF
		menuentry '$1' --class debian --class os \$menuentry_id_option '$2' {
			savedefault
			load_video
			if [ x\$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
			search --no-floppy --fs-uuid --set=root $UUID
			echo   'Loading Linux $3 ...'
			linux  /boot/vmlinuz-$3 root=UUID=$UUID ro $4
			initrd /boot/initrd.img-$3
		}
	EOF
}

# custom: what 41_custom writes
custom() {
	cat <<-'EOF'
		if [ -f  ${config_directory}/custom.cfg ]; then
		  source ${config_directory}/custom.cfg
		elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
		  source $prefix/custom.cfg
		fi
	EOF
}

# menu [DEFAULT]: a grub.cfg with an entry and two below a submenu
menu() {
	{
		header "${1:-0}"
		entry Debian simple 6.1.0 quiet
		echo "submenu 'Advanced options' \$menuentry_id_option 'advanced' {"
		entry 'Debian, with Linux 6.1.0' 6.1.0-advanced 6.1.0 quiet
		entry 'Debian, with Linux 5.10 (recovery mode)' 5.10-recovery 5.10 'single quiet'
		entry 'Debian, with Linux 5.10' 5.10-advanced 5.10 'quiet old=1'
		echo "}"
		echo "### BEGIN /etc/grub.d/30_os-prober ###"
		entry 'Other Linux' other 9.9 foreign
		echo "menuentry 'Windows' { chainloader +1; }"
		echo "### END /etc/grub.d/30_os-prober ###"
		custom
	} >"$ROOT/boot/grub/grub.cfg"
}

grub() {
	mkdir -p "$ROOT/boot/grub"
	program grub-reboot grub-editenv
	menu "$@"
}

CUSTOM=boot/grub/custom.cfg

# kernel_line: that of our entry
kernel_line() {
	grep -E '^\s*linux' "$ROOT/$CUSTOM"
}

@test "GRUB: a copy of the first entry, with another title and id, and the words" {
	grub
	try 01:00.0
	done_well
	expect commands "$(commands)" "grub-reboot vfio-claim-try"
	expect custom.cfg "$(cat "$ROOT/$CUSTOM")" "### BEGIN vfio-claim try ###
# Made by vfio-claim try; 'vfio-claim disable' removes it.
menuentry 'Debian (vfio-claim try)' --id vfio-claim-try --class debian --class os {
	set boot_once=true
$(entry x x 6.1.0 "quiet $WORDS" | sed 1d)
### END vfio-claim try ###"
	expect_in "what to do" "$output" "switch the machine off and on"
	expect "the menu itself" "$(grep -c vfio "$ROOT/boot/grub/grub.cfg" || true)" 0
}

@test "GRUB: what else is in custom.cfg stays; a second time changes nothing, other words take the place" {
	grub
	printf 'menuentry mine { true; }' >"$ROOT/$CUSTOM"
	try 01:00.0
	done_well
	echo '# behind' >>"$ROOT/$CUSTOM"
	commands >/dev/null
	cp "$ROOT/$CUSTOM" "$BATS_TEST_TMPDIR/before"
	try 01:00.0
	done_well
	expect_in output "$output" "Nothing to change."
	expect commands "$(commands)" ""
	cmp "$BATS_TEST_TMPDIR/before" "$ROOT/$CUSTOM"
	try 01:00.0 --pt --keep boot-vga --group
	done_well
	expect "lines of a kernel" "$(kernel_line | wc -l)" 1
	expect_in "kernel line" "$(kernel_line)" "quiet $WORDS rd.vfio.keep=boot-vga rd.vfio.group=1 iommu=pt"
	expect first "$(head -n 1 "$ROOT/$CUSTOM")" "menuentry mine { true; }"
	expect last "$(tail -n 1 "$ROOT/$CUSTOM")" "# behind"
}

@test "GRUB: lasting claims are not added to, but replaced for that boot" {
	grub
	sed -i 's/quiet$/quiet rd.vfio.claim=09:00.0 rd.vfio.strict=1 -- init/' "$ROOT/boot/grub/grub.cfg"
	try 01:00.0
	done_well
	expect_in "kernel line" "$(kernel_line)" "ro quiet $WORDS -- init"
	expect_not_in "kernel line" "$(kernel_line)" "09:00.0"
}

@test "GRUB: the entry that is started by default, by number, id, title and from the environment" {
	local default
	mkdir -p "$ROOT/boot/grub"
	for default in '1>2' 'advanced>5.10-advanced' 'Advanced options>Debian, with Linux 5.10'; do
		grub "$default"
		try 01:00.0
		done_well
		expect_in "kernel of $default" "$(kernel_line)" "old=1 $WORDS"
	done
	# What a saved entry says.
	rm "$ROOT/$CUSTOM"
	grub '${saved_entry}'
	echo 'saved_entry=1>2' >"$ROOT/boot/grub/grubenv"
	try 01:00.0
	done_well
	expect_in "kernel" "$(kernel_line)" "old=1 $WORDS"
	# A submenu is its first entry; what is not there, another system's and Windows are the first.
	for default in 1 advanced '1>9'; do
		grub "$default"
		try 01:00.0
		expect_in title "$(grep menuentry "$ROOT/$CUSTOM")" "'Debian, with Linux 6.1.0 (vfio-claim try)'"
	done
	rm "$ROOT/boot/grub/grubenv"
	for default in 7 nothing 'Other Linux' Windows '${saved_entry}'; do
		grub "$default"
		try 01:00.0
		expect_in title "$(grep menuentry "$ROOT/$CUSTOM")" "'Debian (vfio-claim try)'"
	done
}

@test "GRUB: quotes, comments, braces and words that only look like commands" {
	grub
	{
		header 0
		cat <<-'EOF'
			# menuentry 'no' { linux /no }
			function nothing { linux /no; }
			if [ x = x ]; then menuentry "It's \"mine\"" --unrestricted --hotkey=m --id it { # linux /no
				echo linux "{ ; } \" linux"; if true; then linuxefi ($root)/k-${v} a='b c' "d; e" # quiet
				fi
				initrdefi /i
			}; fi
		EOF
		custom
	} >"$ROOT/boot/grub/grub.cfg"
	try 01:00.0
	done_well
	expect "first line" "$(grep '^menuentry' "$ROOT/$CUSTOM")" \
		"menuentry 'It'\\''s \"mine\" (vfio-claim try)' --id vfio-claim-try --unrestricted --hotkey=m {"
	expect_in entry "$(cat "$ROOT/$CUSTOM")" \
		"then linuxefi (\$root)/k-\${v} a='b c' \"d; e\" $WORDS # quiet"
	expect_not_in entry "$(cat "$ROOT/$CUSTOM")" "/no;"
}

@test "GRUB: refused when the choice would not be for one boot, and nothing is changed" {
	local type
	grub
	for type in btrfs zfs f2fs overlay; do
		mounts "$type" 0:20
		try 01:00.0
		refused "GRUB cannot write to $type, where /boot/grub/grubenv is"
	done
	mounts ext4 253:0
	mkdir -p "$ROOT"/sys/{dev/block,devices/virtual/block/{dm-0/{dm,slaves},md1/{md,md1p1}}}
	ln -s ../../devices/virtual/block/dm-0 "$ROOT/sys/dev/block/253:0"
	ln -s ../../devices/virtual/block/md1/md1p1 "$ROOT/sys/dev/block/259:0"
	echo LVM-abc >"$ROOT/sys/devices/virtual/block/dm-0/dm/uuid"
	try 01:00.0
	refused "GRUB cannot write to a logical volume (LVM)"
	echo CRYPT-LUKS1-abc >"$ROOT/sys/devices/virtual/block/dm-0/dm/uuid"
	ln -s ../../md1 "$ROOT/sys/devices/virtual/block/dm-0/slaves/md1"
	try 01:00.0
	refused "GRUB cannot write to a RAID (md)"
	mounts ext4 259:0
	try 01:00.0
	refused "GRUB cannot write to a RAID (md)"
	rm "$ROOT/sys/devices/virtual/block/dm-0/slaves/md1"
	mounts ext4 253:0
	try 01:00.0
	done_well
}

@test "GRUB: refused when its menu cannot do it" {
	grub
	sed -i '/custom.cfg/d' "$ROOT/boot/grub/grub.cfg"
	try 01:00.0
	refused "/boot/grub/grub.cfg does not read custom.cfg: make sure that /etc/grub.d/41_custom is there"
	menu
	sed -i '/save_env next_entry/d' "$ROOT/boot/grub/grub.cfg"
	try 01:00.0
	refused "/boot/grub/grub.cfg has no one-time entries (next_entry)"
	menu
	sed -i 's/^linux/chainloader/' "$ROOT/boot/grub/grub.cfg"
	try 01:00.0
	refused "it has no entry that starts a Linux kernel of this system"
	menu
	rm "$ROOT/usr/sbin/grub-reboot"
	try 01:00.0
	refused "grub-reboot, which chooses the entry for one boot, is not installed"
	program grub-reboot
	echo "### BEGIN vfio-claim try ###" >"$ROOT/$CUSTOM"
	try 01:00.0
	refused "/boot/grub/custom.cfg: the line '### END vfio-claim try ###' is missing"
}

@test "GRUB: when it cannot be chosen, all is as before" {
	grub
	echo mine >"$ROOT/$CUSTOM"
	: >"$ROOT/broken"
	try 01:00.0
	refused "'grub-reboot vfio-claim-try' failed"
	expect custom.cfg "$(cat "$ROOT/$CUSTOM")" mine
	[ ! -e "$ROOT/boot/grub/grubenv" ]
	rm "$ROOT/$CUSTOM"
	try 01:00.0
	refused "all is as it was before"
	[ ! -e "$ROOT/$CUSTOM" ]
}

@test "disable takes it back: the entry, the choice, and nothing else" {
	grub
	program grub-mkconfig
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >"$ROOT/etc/default/grub"
	echo mine >"$ROOT/$CUSTOM"
	try 01:00.0
	done_well
	commands >/dev/null
	claim disable
	expect "status ($output $stderr)" "$status" 0
	expect commands "$(commands)" "grub-editenv /boot/grub/grubenv unset next_entry"
	expect custom.cfg "$(cat "$ROOT/$CUSTOM")" mine
	expect grubenv "$(cat "$ROOT/boot/grub/grubenv")" ""
	# Once more there is nothing to do; a file with nothing else in it goes.
	claim disable
	expect_in output "$output" "Nothing to change: no claim is set."
	rm "$ROOT/$CUSTOM"
	try 01:00.0
	[ -e "$ROOT/$CUSTOM" ]
	claim disable
	[ ! -e "$ROOT/$CUSTOM" ]
	# Another choice of the user's stays.
	try 01:00.0
	echo next_entry=1 >"$ROOT/boot/grub/grubenv"
	commands >/dev/null
	claim disable
	expect commands "$(commands)" ""
	expect grubenv "$(cat "$ROOT/boot/grub/grubenv")" next_entry=1
}

@test "enable takes what was tried away" {
	grub
	program grub-mkconfig update-grub
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >"$ROOT/etc/default/grub"
	try 01:00.0
	done_well
	commands >/dev/null
	# The menu is not made anew here.
	sed -i "s/quiet/& $WORDS/" "$ROOT/boot/grub/grub.cfg"
	claim enable 01:00.0
	expect "status ($output $stderr)" "$status" 0
	expect_in commands "$(commands)" "unset next_entry"
	[ ! -e "$ROOT/$CUSTOM" ]
}

@test "an image without vfio-claim is made anew first; one that is none the better for it ends the try" {
	grub
	program update-initramfs
	packed "$ROOT/boot/initrd.img-$KVER" usr/bin/x
	try 01:00.0
	expect "status ($output)" "$status" 1
	expect_in message "$stderr" "kernel $KVER: its new image does not contain vfio-claim"
	expect commands "$(commands)" "update-initramfs -u -k $KVER"
	[ ! -e "$ROOT/$CUSTOM" ]
	# As if it had done what it should.
	packed "$ROOT/new-image" usr/lib/vfio-claim/vfio-claim-boot
	try 01:00.0
	done_well
	expect commands "$(commands)" "update-initramfs -u -k $KVER;grub-reboot vfio-claim-try"
	[ -e "$ROOT/$CUSTOM" ]
}

@test "--dry-run shows it and changes nothing" {
	grub
	try 01:00.0 --dry-run
	done_well
	expect_in output "$output" "+++ /boot/grub/custom.cfg"
	expect_in output "$output" "run: grub-reboot vfio-claim-try"
	expect_not_in output "$output" "switch the machine off"
	[ ! -e "$ROOT/$CUSTOM" ] && [ ! -e "$ROOT/commands" ]
}

# --- entries of the Boot Loader Specification ----------------------------------------------------------------

MACHINE=0123456789abcdef0123456789abcdef
ENTRIES=boot/loader/entries

# bls KVER OPTIONS [FILE]: an entry as CentOS and Fedora have it
bls() {
	echo 'CONFIG_INTEL_IOMMU=y
CONFIG_INTEL_IOMMU_DEFAULT_ON=y' >"$ROOT/boot/config-$1"
	cat >"$ROOT/$ENTRIES/${3:-$MACHINE-$1.conf}" <<-EOF
		title CentOS Linux ($1) 8 (Core)
		version $1
		linux /vmlinuz-$1
		initrd /initramfs-$1.img \$tuned_initrd
		options $2
		id centos-20201108-$1
		grub_users \$grub_users
		grub_arg --unrestricted
		grub_class kernel
	EOF
}

# grub2 [DEFAULT]
grub2() {
	mkdir -p "$ROOT/boot/grub2" "$ROOT/$ENTRIES"
	program grub2-reboot grub2-editenv
	{
		header "${1:-0}"
		printf 'insmod blscfg\nblscfg\n'
		custom
	} >"$ROOT/boot/grub2/grub.cfg"
}

@test "GRUB with entry files, CentOS 8: the newest kernel's, its options from the environment" {
	grub2 '${saved_entry}'
	bls 4.18.0-80.el8 '$kernelopts $tuned_params'
	bls 4.18.0-193.el8 '$kernelopts $tuned_params'
	bls 0-rescue-x '$kernelopts' "$MACHINE-0-rescue.conf"
	cp "$ROOT/$ENTRIES/$MACHINE-4.18.0-193.el8.conf" "$ROOT/$ENTRIES/$MACHINE-4.18.0-193.el8~novfio.conf"
	echo "kernelopts=root=UUID=$UUID ro rhgb rd.vfio.claim=09:00.0 " >"$ROOT/boot/grub2/grubenv"
	try 01:00.0
	done_well
	expect entry "$(cat "$ROOT/$ENTRIES/$MACHINE-4.18.0-193.el8~vfiotry.conf")" \
		"title CentOS Linux (4.18.0-193.el8) 8 (Core) (vfio-claim try)
version 4.18.0-193.el8
linux /vmlinuz-4.18.0-193.el8
initrd /initramfs-4.18.0-193.el8.img \$tuned_initrd
options root=UUID=$UUID ro rhgb  \$tuned_params $WORDS
id centos-20201108-4.18.0-193.el8~vfiotry
grub_users \$grub_users
grub_arg --unrestricted
grub_class kernel"
	expect commands "$(commands)" "grub2-reboot $MACHINE-4.18.0-193.el8~vfiotry"
	sed -i 's/rd.vfio.claim=09:00.0//' "$ROOT/boot/grub2/grubenv"
	claim disable
	expect "status ($output $stderr)" "$status" 0
	expect_in commands "$(commands)" "grub2-editenv /boot/grub2/grubenv unset next_entry"
	[ ! -e "$ROOT/$ENTRIES/$MACHINE-4.18.0-193.el8~vfiotry.conf" ]
	# Without a value there, the variable stays.
	: >"$ROOT/boot/grub2/grubenv"
	try 01:00.0
	expect_in entry "$(cat "$ROOT/$ENTRIES/$MACHINE-4.18.0-193.el8~vfiotry.conf")" \
		"options \$kernelopts \$tuned_params $WORDS"
}

@test "GRUB with entry files, CentOS 9 and Fedora: the saved one; a new choice removes the old copy" {
	grub2 '${saved_entry}'
	bls 5.14.0-70.el9 "root=UUID=$UUID ro crashkernel=1G \$tuned_params"
	bls 5.14.0-162.el9 "root=UUID=$UUID ro"
	echo "saved_entry=$MACHINE-5.14.0-70.el9" >"$ROOT/boot/grub2/grubenv"
	try 01:00.0
	done_well
	expect_in entry "$(cat "$ROOT/$ENTRIES/$MACHINE-5.14.0-70.el9~vfiotry.conf")" \
		"options root=UUID=$UUID ro crashkernel=1G \$tuned_params $WORDS"
	for name in "CentOS Linux (5.14.0-162.el9) 8 (Core)" 0 nothing; do
		echo "saved_entry=$name" >"$ROOT/boot/grub2/grubenv"
		try 01:00.0
		done_well
		expect entries "$(cd "$ROOT/$ENTRIES" && echo *vfiotry*)" "$MACHINE-5.14.0-162.el9~vfiotry.conf"
	done
	# With a number all count, the copy, too, which is right behind its original.
	grub2 2
	try 01:00.0
	done_well
	expect entries "$(cd "$ROOT/$ENTRIES" && echo *vfiotry*)" "$MACHINE-5.14.0-70.el9~vfiotry.conf"
}

@test "GRUB with entry files: refused where the choice would not be for one boot" {
	grub2
	bls 6.5.6-300.fc39 "root=UUID=$UUID ro"
	mounts btrfs
	try 01:00.0
	refused "GRUB cannot write to btrfs, where /boot/grub2/grubenv is"
	mounts ext4
	try 01:00.0
	done_well
	rm "$ROOT/commands"
	sed -i '/save_env/d' "$ROOT/boot/grub2/grub.cfg"
	try 01:00.0
	refused "has no one-time entries (next_entry)"
}

# variable NAME TEXT: one of the firmware
variable() {
	local file=$ROOT/sys/firmware/efi/efivars/Loader$1-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
	mkdir -p "${file%/*}"
	{
		printf '\x06\0\0\0'
		printf '%s\0' "$2" | iconv -t UTF-16LE
	} >"$file"
}

# loader KVER OPTIONS [FILE]: an entry as systemd's 90-loaderentry.install writes it
loader() {
	echo 'CONFIG_INTEL_IOMMU=y
CONFIG_INTEL_IOMMU_DEFAULT_ON=y' >"$ROOT/boot/config-$1"
	cat >"$ROOT/$ENTRIES/${3:-$MACHINE-$1.conf}" <<-EOF
		# Boot Loader Specification type#1 entry
		title      Debian GNU/Linux 12 (bookworm)
		version    $1
		machine-id $MACHINE
		sort-key   debian
		options    $2
		linux      /$MACHINE/$1/linux
		initrd     /$MACHINE/$1/initrd.img-$1
	EOF
}

systemd_boot() {
	mkdir -p "$ROOT/$ENTRIES"
	program bootctl
	variable Info "systemd-boot 252.12"
	loader 6.1.0-9 "root=UUID=$UUID ro quiet"
	loader 6.1.0-13 "root=UUID=$UUID ro quiet" "$MACHINE-6.1.0-13+2-1.conf"
}

@test "systemd-boot: the newest, with a name that bootctl takes and that is never the first" {
	systemd_boot
	# An old grub.cfg does not count.
	grub
	try 01:00.0
	done_well
	expect commands "$(commands)" "bootctl set-oneshot $MACHINE-6.1.0-13-vfiotry.conf"
	expect entry "$(cat "$ROOT/$ENTRIES/$MACHINE-6.1.0-13-vfiotry.conf")" \
		"# Boot Loader Specification type#1 entry
title      Debian GNU/Linux 12 (bookworm) (vfio-claim try)
version    6.1.0-13
machine-id $MACHINE
sort-key   ~vfio-debian
options    root=UUID=$UUID ro quiet $WORDS
linux      /$MACHINE/6.1.0-13/linux
initrd     /$MACHINE/6.1.0-13/initrd.img-6.1.0-13"
	variable EntryOneShot "$MACHINE-6.1.0-13-vfiotry.conf"
	try 01:00.0
	expect_in output "$output" "Nothing to change."
	expect commands "$(commands)" ""
	claim disable
	expect "status ($output $stderr)" "$status" 0
	expect commands "$(commands)" "bootctl set-oneshot ''"
	expect entries "$(cd "$ROOT/$ENTRIES" && echo *)" "$MACHINE-6.1.0-13+2-1.conf $MACHINE-6.1.0-9.conf"
}

@test "systemd-boot: the default of loader.conf, and of bootctl before it" {
	systemd_boot
	printf 'timeout 3\ndefault  %s-6.1.0-9*\n' "$MACHINE" >"$ROOT/boot/loader/loader.conf"
	try 01:00.0
	expect commands "$(commands)" "bootctl set-oneshot $MACHINE-6.1.0-9-vfiotry.conf"
	variable EntryDefault "$MACHINE-6.1.0-13.conf"
	# Our own name counts, not that of a counted one; the pattern then fits nothing else.
	try 01:00.0
	expect_in commands "$(commands)" "6.1.0-13-vfiotry.conf"
}

@test "systemd-boot: the entry that plan speaks of is copied" {
	systemd_boot
	printf 'default %s-6.1.0-13.conf\ndefault %s-6.1.0-9.conf\n' "$MACHINE" "$MACHINE" >"$ROOT/boot/loader/loader.conf"
	try 01:00.0
	expect commands "$(commands)" "bootctl set-oneshot $MACHINE-6.1.0-9-vfiotry.conf"
	variable EntryPreferred "$MACHINE-6.1.0-13.conf"
	try 01:00.0
	expect_in commands "$(commands)" "6.1.0-13-vfiotry.conf"
	# Another system's is no copy's: the newest of this one is.
	variable EntryPreferred auto-windows
	try 01:00.0
	expect commands "$(commands)" "bootctl set-oneshot $MACHINE-6.1.0-13-vfiotry.conf"
}

@test "systemd-boot: options in two lines, or none" {
	systemd_boot
	rm "$ROOT/$ENTRIES"/*13*
	echo "options    extra=1" >>"$ROOT/$ENTRIES/$MACHINE-6.1.0-9.conf"
	try 01:00.0
	expect options "$(grep options "$ROOT/$ENTRIES/$MACHINE-6.1.0-9-vfiotry.conf")" \
		"options    root=UUID=$UUID ro quiet $WORDS
options    extra=1"
}

@test "Pop!_OS: its current entry" {
	ENTRIES=boot/efi/loader/entries
	mkdir -p "$ROOT/$ENTRIES"
	program bootctl kernelstub
	variable Info "systemd-boot 249.11-0ubuntu3"
	echo "default Pop_OS-current" >"$ROOT/boot/efi/loader/loader.conf"
	for name in current oldkern; do
		cat >"$ROOT/$ENTRIES/Pop_OS-$name.conf" <<-EOF
			title Pop!_OS
			linux /EFI/Pop_OS-$UUID/vmlinuz.efi
			initrd /EFI/Pop_OS-$UUID/initrd.img
			options root=UUID=$UUID ro quiet loglevel=0 systemd.show_status=false splash
		EOF
	done
	try 01:00.0
	done_well
	expect commands "$(commands)" "bootctl set-oneshot Pop_OS-current-vfiotry.conf"
	expect entry "$(cat "$ROOT/$ENTRIES/Pop_OS-current-vfiotry.conf")" "title Pop!_OS (vfio-claim try)
linux /EFI/Pop_OS-$UUID/vmlinuz.efi
initrd /EFI/Pop_OS-$UUID/initrd.img
options root=UUID=$UUID ro quiet loglevel=0 systemd.show_status=false splash $WORDS"
}

# --- what cannot be --------------------------------------------------------------------------------------------

@test "sealed, ostree's, or no boot menu at all: said, with what to do instead" {
	try 01:00.0
	refused "no boot menu of GRUB or systemd-boot found"
	mkdir -p "$ROOT/boot/efi/EFI/Linux"
	variable Info "systemd-boot 255"
	: >"$ROOT/boot/efi/EFI/Linux/debian.efi"
	try 01:00.0
	refused "the kernel command line is sealed in /boot/efi/EFI/Linux/debian.efi"
	mkdir -p "$ROOT/run/ostree-booted"
	try 01:00.0
	refused "was deployed by ostree"
}

@test "what enable refuses try refuses: no device, no selector, one that has moved" {
	grub
	try
	expect status "$status" 2
	expect_in message "$stderr" "no device was named"
	try 01-00
	expect status "$status" 2
	try 05:00.0@10de:1e07
	refused "no such device"
	try 05:00.0@10de:1e07 --force
	done_well
	expect_in "kernel line" "$(kernel_line)" "rd.vfio.claim=05:00.0@10de:1e07 rd.vfio.force=05:00.0@10de:1e07"
}

@test "without an IOMMU on Intel it is turned on for that boot, too" {
	grub
	rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	try 01:00.0
	done_well
	expect_in "kernel line" "$(kernel_line)" "$WORDS intel_iommu=on"
}
