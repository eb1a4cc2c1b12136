#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Values from outside that look like commands of a shell: names of files and directories, words of the running command
# line and of the boot menu. None is run, and none is written where a shell or a boot loader would run it.
# shellcheck disable=SC2016 # nothing is to be expanded

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

# nothing_ran: no command has made the file that all of them would
nothing_ran() {
	[ ! -e "$ROOT/hacked" ] && [ ! -e "$ROOT/boot/hacked" ]
}

# tried WORDS: the running boot has claimed what it was asked for, with these on its command line
tried() {
	tree_cmdline "$CMDLINE rd.vfio.claim=02:00.0 $1"
}

@test "enable --tried: a word that a shell would run is refused by name" {
	local word
	system_debian
	tree_driver vfio-pci
	ln -s ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/0000:02:00.0/driver"
	for word in 'iommu=$(touch${IFS}/hacked)' "iommu=';touch\${IFS}/hacked;'" 'iommu=`touch${IFS}/hacked`' \
		'iommu="pt"' 'iommu=\' 'iommu={' 'iommu=a;b'; do
		tried "$word"
		refused 1 "'$word' cannot be written where a boot loader or a shell reads it" enable --tried
		nothing_ran
	done
	# The boot itself refuses these.
	for word in "rd.vfio.x';touch\${IFS}/hacked;'" "rd.vfio.keep=';touch\${IFS}/hacked;'"; do
		tried "$word"
		refused 1 "this boot did not do all" enable --tried
		nothing_ran
	done
}

@test "grubby and kernelstub: words of the menu that are to be removed are no commands" {
	system_centos9
	sed -i "s|^options.*|& rd.vfio.x';touch\${IFS}/hacked;'=1|" "$MENU"
	refused 1 "'rd.vfio.x';touch\${IFS}/hacked;'' cannot be written" enable 02:00.0
	nothing_ran
	rm -rf "$ROOT"
	system_pop
	sed -i "s|^options.*|& rd.vfio.x=';touch\${IFS}/hacked;'|" "$MENU"
	refused 1 "cannot be written where a boot loader or a shell reads it" enable 02:00.0
	nothing_ran
}

@test "directories of the EFI system partition are no commands: grub2-mkconfig gets their names whole" {
	local name
	for name in "x'; touch hacked; '" 'a b' '$(touch hacked)' $'new\nline' '-o'; do
		system_centos7
		mkdir -p "$ROOT/boot/efi/EFI/$name"
		cp "$MENU" "$ROOT/boot/efi/EFI/$name/grub.cfg"
		did enable 02:00.0
		nothing_ran
		expect_in "the menu of $name" "$(cat "$ROOT/boot/efi/EFI/$name/grub.cfg")" "rd.vfio.claim=02:00.0"
		did disable
		rm -rf "$ROOT"
	done
}

@test "names of entries are no commands: enable takes them as they are, try refuses them" {
	local name
	system_systemd_boot
	tool /usr/bin/bootctl <<<'echo "bootctl $*" >>/log'
	for name in "a'; touch hacked; '" 'a b' '$(touch hacked)' $'a\nb' '-a'; do
		mv "$MENU" "$ROOT/boot/loader/entries/$name.conf"
		MENU=$ROOT/boot/loader/entries/$name.conf
		refused 1 "its name may contain only letters, digits, '+', '-', '_' and '.'" try 02:00.0
		did enable 02:00.0
		expect "the entry $name" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
		did disable
		nothing_ran
	done
}
