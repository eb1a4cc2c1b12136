#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Which entry of the boot menu the next boot starts, and what plan and check then say of it; on machines made of files.
# shellcheck disable=SC2016,SC2154 # GRUB's variables stand in single quotes; run sets the others

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

A=0000:01:00.0
B=0000:02:00.0
C=0000:03:00.0

setup() {
	machine_make
	rm "$ROOT/boot/grub/grub.cfg"
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_device "$C" 8086:15bc 020000
	tree_cmdline "root=UUID=0b1e quiet rd.vfio.claim=$C"
}

plan() {
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" plan "$@"
}

# starts SLOT: the next boot claims this one alone, and nothing is doubtful about it
starts() {
	plan --kernel "$KVER"
	expect "messages of plan" "$stderr" ""
	expect "plan" "$output" "$1: claimed by vfio-pci (rd.vfio.claim=$1)"
}

# doubtful SLOT PIECE: the same, but a message says why it is not certain
doubtful() {
	plan --kernel "$KVER"
	expect "plan" "$output" "$1: claimed by vfio-pci (rd.vfio.claim=$1)"
	expect_in "messages of plan" "$stderr" "warning: cannot tell which entry of the boot menu is the default ($2"
}

# --- GRUB with a grub.cfg ----------------------------------------------------------------------------

# menuentry TITLE ID SLOT [KVER]: an entry that asks for this device
menuentry() {
	echo "menuentry '$1' --class debian \$menuentry_id_option '$2' {
	insmod gzio
	if [ x\$feature = xy ]; then
		search --set=root 0b1e
	fi
	linux /boot/vmlinuz-${4:-$KVER} root=UUID=0b1e ro quiet rd.vfio.claim=$3
	initrd /boot/initrd.img-${4:-$KVER}
}"
}

# grub DEFAULT: a menu as Debian's grub-mkconfig makes it
grub() {
	{
		echo '### BEGIN /etc/grub.d/00_header ###
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="'"$1"'"
fi
### END /etc/grub.d/00_header ###
### BEGIN /etc/grub.d/10_linux ###'
		menuentry "Debian GNU/Linux" simple "$A"
		echo "submenu 'Advanced options' \$menuentry_id_option 'advanced' {"
		menuentry "Debian, with Linux 6.1" 6.1-advanced "$B"
		menuentry "Debian, with Linux 5.10" 5.10-advanced "$C"
		echo "}
### END /etc/grub.d/10_linux ###
### BEGIN /etc/grub.d/30_os-prober ###"
		menuentry "Another Linux" other 0000:09:00.0
		echo "menuentry 'Windows' { chainloader +1; }
### END /etc/grub.d/30_os-prober ###
### BEGIN /etc/grub.d/41_custom ###
if [ -f \$prefix/custom.cfg ]; then
  source \$prefix/custom.cfg;
fi
### END /etc/grub.d/41_custom ###"
	} >"$ROOT/boot/grub/grub.cfg"
}

@test "GRUB: GRUB_DEFAULT as a number, a path, an id and a title; what is not there is the first" {
	grub 0
	starts "$A"
	for default in '1>0' 1 'advanced>6.1-advanced' 'Advanced options>Debian, with Linux 6.1' '1>7' 'advanced>gone'; do
		grub "$default"
		starts "$B"
	done
	for default in '1>1' 'advanced>5.10-advanced' '1>Debian, with Linux 5.10'; do
		grub "$default"
		starts "$C"
	done
	for default in 9 gone simple 'Debian GNU/Linux' ''; do
		grub "$default"
		starts "$A"
	done
}

@test "GRUB: GRUB_DEFAULT=saved, by what the environment has saved" {
	grub '${saved_entry}'
	starts "$A"
	printf '# GRUB Environment Block\nsaved_entry=advanced>5.10-advanced\n####' >"$ROOT/boot/grub/grubenv"
	starts "$C"
	printf '# GRUB Environment Block\nsaved_entry=\n####' >"$ROOT/boot/grub/grubenv"
	starts "$A"
	grub '$saved_entry'
	echo 'saved_entry=1>0' >"$ROOT/boot/grub/grubenv"
	starts "$B"
	grub '${mine}'
	doubtful "$A" "GRUB's menu cannot be evaluated"
	# Without saved it does not count.
	grub 0
	printf 'saved_entry=1>1\n' >"$ROOT/boot/grub/grubenv"
	starts "$A"
}

@test "GRUB: an entry that grub-reboot has chosen; what 'vfio-claim try' has made in custom.cfg" {
	grub 0
	printf 'next_entry=1>1\nsaved_entry=1>0\n' >"$ROOT/boot/grub/grubenv"
	starts "$C"
	printf 'next_entry=vfio-claim-try\n' >"$ROOT/boot/grub/grubenv"
	starts "$A"
	menuentry "Debian (vfio-claim try)" vfio-claim-try "$B" >"$ROOT/boot/grub/custom.cfg"
	starts "$B"
	: >"$ROOT/boot/grub/grubenv"
	starts "$A"
}

@test "GRUB: a default that a person has set further on counts; one that a failed boot would set does not" {
	local file=$ROOT/boot/grub/grub.cfg
	grub 0
	sed -i '/^### END .*41_custom/i set default="1>1"' "$file"
	starts "$C"
	grub 0
	sed -i '/^### BEGIN .*10_linux/i if [ "${boot_counter}" = 0 ]; then\n  if true; then\n    set default=1\n  fi\n  set default=1\nfi' "$file"
	starts "$A"
	grub 0
	echo "set default='advanced>6.1-advanced'" >"$ROOT/boot/grub/custom.cfg"
	starts "$B"
	rm "$ROOT/boot/grub/custom.cfg"
	# As a person writes a menu, without the word set; what an entry sets is set too late.
	{
		echo 'set'
		echo 'default=1'
		menuentry one one "$A"
		sed 's/{/{ set default=0;/' < <(menuentry two two "$B")
	} >"$file"
	doubtful "$A" "the boot menu does not start a kernel of this system by default"
}

@test "GRUB: in what is saved two > stand for one in a title" {
	grub '${saved_entry}'
	sed -i "s/'Advanced options'/'> Advanced > options'/; s/with Linux 5.10'/with Linux > 5.10'/" "$ROOT/boot/grub/grub.cfg"
	echo 'saved_entry=>> Advanced >> options>Debian, with Linux >> 5.10' >"$ROOT/boot/grub/grubenv"
	starts "$C"
	echo 'saved_entry=>> Advanced >> options>Debian, with Linux 6.1' >"$ROOT/boot/grub/grubenv"
	starts "$B"
	echo 'saved_entry=>> Advanced >> option' >"$ROOT/boot/grub/grubenv"
	starts "$A"
}

@test "GRUB: the default is another system's: that is said, and the first one of ours taken" {
	for default in 2 other Windows 3; do
		grub "$default"
		doubtful "$A" "the boot menu does not start a kernel of this system by default): assuming the first one, in /boot/grub/grub.cfg"
	done
}

@test "GRUB: entries of the Boot Loader Specification that are only left there do not count" {
	grub 0
	bls "0123-$KVER" "$B"
	starts "$A"
}

@test "GRUB: of a menu for BIOS and one for EFI that of this firmware, with the environment beside it" {
	grub '${saved_entry}'
	mkdir -p "$ROOT/boot/efi/EFI/centos"
	mv "$ROOT/boot/grub" "$ROOT/boot/grub2"
	cp "$ROOT/boot/grub2/grub.cfg" "$ROOT/boot/efi/EFI/centos/grub.cfg"
	echo 'saved_entry=1>1' >"$ROOT/boot/grub2/grubenv"
	echo 'saved_entry=1>0' >"$ROOT/boot/efi/EFI/centos/grubenv"
	starts "$C"
	mkdir -p "$ROOT/sys/firmware/efi"
	starts "$B"
}

# --- GRUB with entries -------------------------------------------------------------------------------

# bls NAME SLOT [LINE...]: an entry of the Boot Loader Specification
bls() {
	local name=$1 slot=$2
	shift 2
	mkdir -p "$ROOT/boot/loader/entries"
	{
		echo "title CentOS Stream ($name)"
		echo "linux /vmlinuz-${name#*-}"
		echo "initrd /initramfs-${name#*-}.img \$tuned_initrd"
		echo "options root=UUID=0b1e ro quiet rd.vfio.claim=$slot \$tuned_params"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$ROOT/boot/loader/entries/$name.conf"
}

# blscfg: the menu of Fedora's GRUB
blscfg() {
	mkdir -p "$ROOT/boot/grub2"
	printf '### BEGIN /etc/grub.d/00_header ###\nif [ "${next_entry}" ] ; then\n  set default="${next_entry}"\n  save_env next_entry\nelse\n  set default="${saved_entry}"\nfi\n### END /etc/grub.d/00_header ###\n### BEGIN /etc/grub.d/10_linux ###\ninsmod blscfg\nblscfg\n### END /etc/grub.d/10_linux ###\n' \
		>"$ROOT/boot/grub2/grub.cfg"
	environment=$ROOT/boot/grub2/grubenv
}

@test "GRUB with entries: the saved one, by name, number and title; or else that of the newest kernel" {
	blscfg
	bls 0123-5.14.0-9 "$C"
	bls 0123-5.14.0-70 "$A"
	bls 0123-5.14.0-10 "$B"
	bls 0123-0-rescue "$C"
	starts "$A"
	printf 'saved_entry=0123-5.14.0-10\n' >"$environment"
	starts "$B"
	printf 'saved_entry=2\n' >"$environment"
	starts "$C"
	printf 'saved_entry=CentOS Stream (0123-5.14.0-10)\n' >"$environment"
	starts "$B"
	printf 'saved_entry=0123-5.14.0-gone\n' >"$environment"
	starts "$A"
	printf 'saved_entry=0123-5.14.0-10\nnext_entry=0123-5.14.0-9\n' >"$environment"
	starts "$C"
}

@test "GRUB with entries: the saved one is that without claims, or another system's" {
	blscfg
	bls 0123-5.14.0-70 "$A"
	bls 0123-5.14.0-70~novfio "$B"
	sed -i 's/rd.vfio.claim=[^ ]*/rd.vfio=0/' "$ROOT/boot/loader/entries/0123-5.14.0-70~novfio.conf"
	starts "$A"
	printf 'saved_entry=0123-5.14.0-70~novfio\n' >"$environment"
	plan --kernel "$KVER"
	expect "plan" "$output" "No devices requested for the next boot."
	expect messages "$stderr" ""
	bls ffff-6.0 "$B"
	sed -i 's/0b1e/ffff/' "$ROOT/boot/loader/entries/ffff-6.0.conf"
	printf 'saved_entry=ffff-6.0\n' >"$environment"
	doubtful "$A" "the boot menu does not start a kernel of this system by default"
}

@test "GRUB with entries: what its environment has for a variable is on the command line" {
	blscfg
	bls 0123-5.14.0-70 "$A"
	printf 'tuned_params=iommu=pt rd.vfio.keep=01:00.0\n' >"$environment"
	plan
	expect "plan" "$output" "$A: left alone: rd.vfio.keep=01:00.0 keeps it"
}

@test "GRUB with entries: kernelopts, from its environment or else as grub.cfg sets it" {
	blscfg
	bls 0123-5.14.0-70 "$C"
	sed -i 's/^options.*/options $kernelopts $tuned_params/' "$ROOT/boot/loader/entries/0123-5.14.0-70.conf"
	sed -i "/^insmod blscfg/i if [ -z \"\${kernelopts}\" ]; then\n  set kernelopts=\"root=UUID=0b1e ro rd.vfio.claim=$A \"\nfi" \
		"$ROOT/boot/grub2/grub.cfg"
	starts "$A"
	printf 'boot_success=0\n' >"$environment"
	starts "$A"
	printf 'kernelopts=root=UUID=0b1e ro rd.vfio.claim=%s \n' "$B" >"$environment"
	starts "$B"
}

# --- systemd-boot ------------------------------------------------------------------------------------

# variable NAME TEXT: one of the firmware
variable() {
	local file=$ROOT/sys/firmware/efi/efivars/Loader$1-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
	mkdir -p "${file%/*}"
	{
		printf '\x06\0\0\0'
		printf '%s\0' "$2" | iconv -t UTF-16LE
	} >"$file"
}

no_variable() {
	rm "$ROOT/sys/firmware/efi/efivars/Loader$1-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}

# loader [LINE...]: systemd-boot, and its loader.conf
loader() {
	variable Info "systemd-boot 257.1"
	mkdir -p "$ROOT/boot/loader"
	printf '%s\n' "timeout 3" "$@" >"$ROOT/boot/loader/loader.conf"
}

@test "systemd-boot: without a choice by sort-key and version, and only then by name" {
	loader
	bls 0123-5.9 "$A"
	bls 0123-5.10 "$B"
	starts "$B"
	# One with a key comes before those without.
	bls a-5.4 "$C" "sort-key debian" "version 5.4"
	starts "$C"
	bls z-5.4 "$A" "sort-key debian" "version 5.12"
	starts "$A"
	bls z-5.3 "$B" "sort-key arch" "version 5.1"
	starts "$B"
}

@test "systemd-boot: an entry that has failed as often as it may comes last" {
	loader
	bls 0123-5.9 "$A"
	bls 0123-5.10+0-3 "$B"
	starts "$A"
	mv "$ROOT/boot/loader/entries/0123-5.10+0-3.conf" "$ROOT/boot/loader/entries/0123-5.10+1-2.conf"
	starts "$B"
}

@test "systemd-boot: loader.conf's default, with patterns, and @saved" {
	bls 0123-5.9 "$A"
	bls 0123-5.10 "$B"
	bls 4567-5.8 "$C"
	loader "default 4567-*"
	starts "$C"
	loader "default 0123-5.9.conf"
	starts "$A"
	loader "default 0123-*.conf"
	starts "$B"
	loader "default nothing-*"
	starts "$C"
	loader "default @saved"
	starts "$C"
	variable EntryLastBooted 0123-5.9.conf
	starts "$A"
	# The last line counts; of what begins with an @ there is nothing else.
	loader "default 0123-5.9.conf" "#default 0123-5.9.conf" "default 0123-5.10.conf" "timeout 0"
	starts "$B"
	loader "default @Saved"
	starts "$A"
	loader "default 0123-5.10.conf" "default @last"
	starts "$B"
}

@test "systemd-boot: what bootctl has chosen, once or for good, counts before loader.conf" {
	bls 0123-5.9 "$A"
	bls 0123-5.10 "$B"
	bls 0123-5.8 "$C"
	loader "default 0123-5.10.conf"
	variable EntryDefault 0123-5.9.conf
	starts "$A"
	variable EntryOneShot 0123-5.8.conf
	starts "$C"
	no_variable EntryOneShot
	variable EntryDefault @saved
	variable EntryLastBooted 0123-5.8.conf
	starts "$C"
	variable EntryDefault auto-windows
	doubtful "$B" "the boot menu does not start a kernel of this system by default"
}

@test "systemd-boot: what is preferred counts before the default, unless it has failed too often" {
	bls 0123-5.9 "$A"
	bls 0123-5.10 "$B"
	bls 0123-5.8 "$C"
	loader "default 0123-5.10.conf" "preferred 0123-5.9.conf"
	starts "$A"
	variable EntryDefault 0123-5.10.conf
	starts "$A"
	variable EntryPreferred 0123-5.8.conf
	starts "$C"
	mv "$ROOT/boot/loader/entries/0123-5.8.conf" "$ROOT/boot/loader/entries/0123-5.8+0-3.conf"
	starts "$A"
	mv "$ROOT/boot/loader/entries/0123-5.9.conf" "$ROOT/boot/loader/entries/0123-5.9+0-3.conf"
	starts "$B"
	# The default does not ask that, nor does what is for one boot.
	variable EntryDefault 0123-5.9.conf
	starts "$A"
	variable EntryOneShot 0123-5.8.conf
	starts "$C"
}

@test "systemd-boot: a unified kernel image by its name and the release of its system" {
	loader
	bls 0123-5.9 "$A"
	uki 0123-5.10.efi "root=UUID=0b1e rd.vfio.claim=$B"
	starts "$B"
	bls 0123-5.8 "$C" "sort-key arch" "version 1"
	starts "$C"
	uki 0123-5.7.efi "root=UUID=0b1e rd.vfio.claim=$A" "ID=aaa"
	starts "$A"
	variable EntryDefault 0123-5.10.efi
	starts "$B"
}

# uki NAME CMDLINE [OS-RELEASE [UNAME]]: one with these sections
uki() {
	mkdir -p "$ROOT/efi/EFI/Linux"
	python3 - "$ROOT/efi/EFI/Linux/$1" "${@:2}" <<-'EOF'
		import struct, sys
		texts = dict(zip((b".cmdline", b".osrel", b".uname"), (t.encode() for t in sys.argv[2:])))
		head = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
		head += struct.pack("<HHIIIHH", 0x8664, len(texts), 0, 0, 0, 0, 0)
		at = len(head) + 40 * len(texts)
		body = b""
		for name, text in texts.items():
		    head += name.ljust(8, b"\0") + struct.pack("<IIII", len(text), 0, len(text), at + len(body)) + bytes(16)
		    body += text
		open(sys.argv[1], "wb").write(head + body)
	EOF
}

# --- no loader that is known -------------------------------------------------------------------------

@test "no boot loader is known: one entry is the default, of several the first is taken and that is said" {
	bls 0123-5.9 "$A"
	starts "$A"
	bls 0123-5.10 "$B"
	plan
	expect_in messages "$stderr" "warning: cannot tell which entry of the boot menu is the default (the boot loader that starts this system is not known)"
}

@test "no boot menu: the running command line, and that is said" {
	plan
	expect plan "$output" "$C: claimed by vfio-pci (rd.vfio.claim=$C)"
	expect messages "$stderr" \
		"vfio-claim: warning: no boot menu can be read: assuming that the next boot has the running command line"
}

# --- plan and check ----------------------------------------------------------------------------------

@test "selectors take the place of the entry's claims; what vfio-pci.ids= on its line claims is claimed, too" {
	grub 0
	plan 03:00.0
	expect plan "$output" "$C: claimed by vfio-pci (rd.vfio.claim=03:00.0)"
	sed -i 's/quiet/quiet vfio-pci.ids=10de:1e07/' "$ROOT/boot/grub/grub.cfg"
	echo 1 >"$PCI/devices/$A/boot_vga"
	plan 03:00.0
	expect plan "$output" "$A: claimed by vfio-pci (vfio-pci.ids=10de:1e07); it is the boot display, which goes dark
$B: claimed by vfio-pci (vfio-pci.ids=10de:1e07)
$C: claimed by vfio-pci (rd.vfio.claim=03:00.0)"
	# --cmdline is what it says and nothing else.
	plan --cmdline "rd.vfio.claim=03:00.0"
	expect plan "$output" "$C: claimed by vfio-pci (rd.vfio.claim=03:00.0)"
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" check 03:00.0
	expect_in check "$output" "$A: it would be claimed by vfio-pci (vfio-pci.ids=10de:1e07)"
	expect_in check "$output" "$A: it is the boot display"
}

@test "the kernel that is asked is the default entry's" {
	grub 0
	sed -i "s/vmlinuz-$KVER/vmlinuz-6.66-gone/" "$ROOT/boot/grub/grub.cfg"
	plan
	expect_in messages "$stderr" "warning: it is not known whether kernel 6.66-gone can do vfio"
	plan --kernel "$KVER"
	expect messages "$stderr" ""
	rm "$ROOT/boot/grub/grub.cfg"
	mkdir -p "$ROOT/usr/lib/modules/$KVER"
	echo linux >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	printf 'menuentry x {\n linux /vmlinuz-linux quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	echo 6.66-running >"$ROOT/proc/sys/kernel/osrelease"
	plan
	expect messages "$stderr" ""
	printf 'menuentry x {\n linux /0123/6.66-other/linux quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	plan
	expect_in messages "$stderr" "kernel 6.66-other can do vfio"
	printf 'menuentry x {\n linux ($root)/boot/vmlinuz quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	plan
	expect_in messages "$stderr" "kernel 6.66-running can do vfio"
	: >"$ROOT/boot/vmlinuz-6.66-link"
	ln -s vmlinuz-6.66-link "$ROOT/boot/vmlinuz"
	plan
	expect_in messages "$stderr" "kernel 6.66-link can do vfio"
}

@test "the kernel of a unified kernel image: what it says of itself, or its name" {
	loader
	uki 0123-6.1.efi "root=UUID=0b1e" "ID=debian" 6.66-uname
	plan
	expect_in messages "$stderr" "kernel 6.66-uname can do vfio"
	uki 0123-6.1.efi "root=UUID=0b1e"
	mv "$ROOT/efi/EFI/Linux/0123-6.1.efi" "$ROOT/efi/EFI/Linux/0123-$KVER+2-1.efi"
	echo 6.66-running >"$ROOT/proc/sys/kernel/osrelease"
	plan
	expect messages "$stderr" ""
}

@test "plan --json names the entry's file and its kernel" {
	grub '1>0'
	plan --json
	expect entry "$(python3 -c "import json, sys; d = json.load(sys.stdin); print(d['entry'], d['kernel'])" <<<"$output")" \
		"/boot/grub/grub.cfg $KVER"
}

@test "check without a selector is about the default entry" {
	grub '1>0'
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect_in check "$output" "$B: it would be claimed by vfio-pci (rd.vfio.claim=$B)"
	expect_not_in check "$output" "$C: it would be claimed"
}

@test "check: an entry that is not the default is not the next boot, whatever it has" {
	blscfg
	bls 0123-5.14.0-70 "$C"
	bls 0123-5.14.0-9 "$A"
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect_not_in check "$output" "differs from the running one"
	printf 'saved_entry=0123-5.14.0-9\n' >"$environment"
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect_in check "$output" "/boot/loader/entries/0123-5.14.0-9.conf, for the next boot, differs from the running one: it has rd.vfio.claim=$A"
	expect_not_in check "$output" "0123-5.14.0-70.conf, for the next boot"
}
