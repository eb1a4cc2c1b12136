#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable and disable with rEFInd, which reads refind_linux.conf at boot: no tool has to run.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../there_and_back
load ../other_systems

@test "rEFInd: there and back; the lines for a single user and with few options stay as they are" {
	system_refind
	goes_there_and_back
	did enable 02:00.0
	diff "$MENU" - <<-'END'
		"Boot with standard options"  "ro root=UUID=0b1e quiet rd.vfio.claim=02:00.0"
		"Boot to single-user mode"    "ro root=UUID=0b1e quiet single"
		"Boot with minimal options"   "ro root=/dev/vda2"
	END
}

@test "rEFInd: words that someone takes off the line are missed" {
	system_refind
	did enable 02:00.0
	vfio check
	expect_in "what is there" "$output" "what 'vfio-claim enable' set is still there: rd.vfio.claim=02:00.0"
	sed -i 's/ rd.vfio[^"]*//' "$MENU"
	vfio check
	expect_in "what is lost" "$output" "/boot/refind_linux.conf"
	expect_in "what is lost" "$output" "rd.vfio.claim=02:00.0"
	expect_in "what to do" "$output" "vfio-claim enable"
	did enable 02:00.0
	expect "the words" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
}

@test "rEFInd: the file as people write it comes back byte for byte" {
	local text
	system_refind
	for text in '# mine\n\n  "A"\t"ro root=UUID=0b1e"\n' '"A" "ro root=UUID=0b1e init=""/bin/a b"" -- x" # end' \
		'"A ""big"" one" "root=UUID=0b1e"\r\n"B" "root=UUID=0b1e single"\r\n' '"A" ""\n'; do
		printf "$text" >"$MENU"
		printf "$text" >"$BATS_TEST_TMPDIR/before"
		did enable 02:00.0
		expect "the words" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
		did disable
		cmp "$MENU" "$BATS_TEST_TMPDIR/before"
	done
	# What follows a bare -- is for init, and quotes are doubled.
	printf '"A" "ro root=UUID=0b1e init=""/bin/a b"" -- x"\n' >"$MENU"
	did enable 02:00.0
	expect "the file" "$(cat "$MENU")" '"A" "ro root=UUID=0b1e init=""/bin/a b"" rd.vfio.claim=02:00.0 -- x"'
}

@test "rEFInd: what cannot be followed is refused by its line" {
	system_refind
	printf '# mine\nBoot ro\n' >"$MENU"
	refused 1 '/boot/refind_linux.conf, line 2: it is not "TITLE" "OPTIONS"' enable 02:00.0
	printf '\n"A" "ro root=UUID=0b1e\n"B" "x"\n' >"$MENU"
	refused 1 '/boot/refind_linux.conf, line 2: it is not "TITLE" "OPTIONS"' enable 02:00.0
	printf '"A"\n' >"$MENU"
	refused 1 '/boot/refind_linux.conf, line 1: it is not "TITLE" "OPTIONS"' enable 02:00.0
	printf '# nothing\n' >"$MENU"
	refused 1 "/boot/refind_linux.conf has no line with options: make it anew with 'mkrlconf --force'" enable 02:00.0
	printf '"A" "ro root=UUID=0b1e x=""a"\n' >"$MENU"
	refused 1 "/boot/refind_linux.conf: a quote on the kernel command line is not closed" enable 02:00.0
}

@test "rEFInd: another system's file stays as it is; kernels in two directories" {
	local own=boot/efi/EFI/debian/refind_linux.conf other=boot/efi/EFI/other/refind_linux.conf
	system_refind
	mkdir -p "$ROOT/${own%/*}" "$ROOT/${other%/*}"
	printf '"A" "ro root=UUID=0b1e"\n' >"$ROOT/$own"
	printf '"A" "ro root=UUID=ffff"\n' >"$ROOT/$other"
	goes_there_and_back
	did enable 02:00.0
	expect "the other directory" "$(words "$ROOT/$own")" "rd.vfio.claim=02:00.0 "
	expect "the other system" "$(words "$ROOT/$other")" ""
}

@test "rEFInd and GRUB: what has started this system counts" {
	system_debian
	printf '"A" "ro root=UUID=0b1e"\n' >"$ROOT/boot/refind_linux.conf"
	did enable 02:00.0
	expect "GRUB's menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	expect "rEFInd's" "$(words "$ROOT/boot/refind_linux.conf")" ""
	did disable
	tree_cmdline "$CMDLINE initrd=boot\\initrd.img"
	vfio enable 02:00.0 --dry-run
	expect_not_in "what is shown" "$output" refind_linux.conf
	tree_cmdline 'ro root=UUID=0b1e initrd=boot\initrd.img-6.1.0-test'
	vfio enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "+\"A\" \"ro root=UUID=0b1e rd.vfio.claim=02:00.0\""
	tree_cmdline "$CMDLINE"
	loader "rEFInd 0.14.2"
	vfio enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "+\"A\" \"ro root=UUID=0b1e rd.vfio.claim=02:00.0\""
}

# stanza TEXT: a refind.conf with it
stanza() {
	mkdir -p "$ROOT/boot/efi/EFI/refind"
	printf '%s\n' "timeout 5" "$1" >"$ROOT/boot/efi/EFI/refind/refind.conf"
}

@test "rEFInd: a stanza in refind.conf is written by hand: its line is named" {
	local text='menuentry "Debian" {
		loader /boot/vmlinuz
		options "ro root=UUID=0b1e quiet"
		submenuentry "rescue" {
			options "root=UUID=0b1e single"
		}
	}'
	system_refind
	tree_cmdline 'ro root=UUID=0b1e quiet initrd=\boot\initrd.img'
	stanza "$text"
	refused 1 "/boot/efi/EFI/refind/refind.conf is written by hand: add rd.vfio.claim=02:00.0,01:00.0 to line 4, inside the quotes" \
		enable 02:00.0 01:00.0
	# Another loader has started this system, or the stanza is not used.
	tree_cmdline 'BOOT_IMAGE=/vmlinuz ro root=UUID=0b1e quiet'
	did enable 02:00.0
	did disable
	tree_cmdline 'ro root=UUID=0b1e quiet splash'
	stanza "${text/quiet/loud}"
	did enable 02:00.0
	did disable
	tree_cmdline 'ro root=UUID=0b1e quiet initrd=\boot\initrd.img'
	stanza "${text/loader/disabled
		loader}"
	did enable 02:00.0
	did disable
	stanza "#${text//
/
#}"
	did enable 02:00.0
	did disable
	rm "$MENU"
	stanza "$text"
	refused 1 "add rd.vfio.claim=02:00.0 to line 4, inside the quotes" enable 02:00.0
}

@test "rEFInd: try says what to do instead" {
	system_refind
	refused 1 "for one boot, press F2 twice in the menu of rEFInd, and add rd.vfio.claim=SEL to the options" try 02:00.0
}
