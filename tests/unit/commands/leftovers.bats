#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim check, and what other guides have left (docs/migration.md): each by file and line, with the right level.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

A=0000:01:00.0 # the boot display
B=0000:02:00.0 # its twin
C=0000:03:00.0 # the root disk
D=0000:04:00.0 # a network card

# The machine is made once, and copied for each test.
setup_file() {
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	make_machine
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/{root,image} "$BATS_TEST_TMPDIR"
	image_setup
	PCI=$ROOT/sys/bus/pci
}

make_machine() {
	image_setup
	tree_make "$ROOT"
	tree_device "$A" 10de:1e07 030000 nvidia
	echo 1 >"$PCI/devices/$A/boot_vga"
	tree_device "$B" 10de:1e07 030000
	tree_device "$C" 144d:a808 010802 nvme
	tree_device "$D" 8086:1521 020000 igb
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	mkdir -p "$ROOT"/{etc,boot/grub,proc/self,proc/sys/kernel,dev}
	tree_root_on "$C"
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	printf 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n' >"$ROOT/proc/cpuinfo"
	: >"$ROOT/dev/kvm"
	echo ' 24:   1  0  IR-PCI-MSIX-0000:00:01.0   0-edge' >"$ROOT/proc/interrupts"
	cmdline quiet
}

# cmdline TEXT: the running one, and that of the menu
cmdline() {
	tree_cmdline "$1"
	printf 'menuentry x {\n\tlinux /vmlinuz %s\n}\n' "$1" >"$ROOT/boot/grub/grub.cfg"
}

# put PATH LINE...: a file of the system
put() {
	mkdir -p "$ROOT${1%/*}"
	printf '%s\n' "${@:2}" >"$ROOT$1"
}

check() {
	# shellcheck disable=SC2086,SC2154 # a wrapper is several words; run sets the others
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" check "$@"
	expect messages "$stderr" ""
	# The image's own finding is of another test.
	told=$(grep -vE '^ok |^Summary: |kernel 6.1.0-test: ' <<<"$output" || true)
}

# tells LEVEL PIECE...: a line of this level has all of it in it
tells() {
	local line piece
	while IFS= read -r line; do
		[[ $line == "$1 "* ]] || continue
		for piece in "${@:2}"; do
			[[ $line == *"$piece"* ]] || continue 2
		done
		return 0
	done <<<"$output"
	printf 'no %s:' "$1"
	printf ' "%s"' "${@:2}"
	printf ' in:\n%s\n' "$output"
	return 1
}

# silent: nothing is told but what is well
silent() {
	expect "what is told" "$told" ""
	tells ok "modprobe.d: nothing there"
	tells ok "other guides: none of their settings are left"
}

# lines COUNT: so many are told
lines() {
	expect "how many are told ($told)" "$(grep -c . <<<"$told")" "$1"
}

@test "a system without any" {
	check
	silent
}

# --- modprobe.d ---

@test "modprobe.d: ids= is a warning, and a problem when this system needs a device or draws on it" {
	put /etc/modprobe.d/vfio.conf '# guide' 'options vfio-pci ids=8086:1521,ffff:ffff disable_vga=1'
	check
	tells warning "/etc/modprobe.d/vfio.conf:2: with this 'options vfio-pci ids=' line" \
		"; here it affects $D; do: remove the line"
	lines 1
	put /etc/modprobe.d/vfio.conf 'options vfio_pci \' ' ids="8086:1521, 144d:a808"'
	check
	tells problem "vfio.conf:1: with this" "here it affects $C (this system needs it for /), $D"
	lines 1
	expect status "$status" 2
	put /etc/modprobe.d/vfio.conf 'options vfio-pci "ids=10de:1e07"'
	check
	tells problem "vfio.conf:1: with this" "here it affects $A (the boot display), $B"
	# Who claims the boot display by its slot means it.
	check 01:00.0
	tells warning "vfio.conf:1: with this" "here it affects $A (the boot display), $B"
}

@test "modprobe.d: IDs as the kernel reads them" {
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=144d:a808:dead'
	check
	tells warning "a.conf:1: with this"
	expect_not_in output "$output" "here it affects"
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=144D:0xa808:ffffffff:ffffffff:010802'
	check
	tells problem "a.conf:1: with this" "$C"
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=ffffffff:ffffffff:ffffffff:ffffffff:010800:ffff00'
	check
	tells problem "a.conf:1: with this" "affects $C (this system needs it for /); do:"
}

@test "modprobe.d: the image's warnings are not told a second time" {
	local ko
	: >"$ROOT/lib/modules/$KVER/modules.builtin"
	mkdir -p "$ROOT/lib/modules/$KVER/kernel"
	for ko in vfio-pci vfio_iommu_type1; do
		object "$ROOT/lib/modules/$KVER/kernel/$ko.ko" '' ''
	done
	depmod -b "$ROOT" "$KVER" 2>/dev/null
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=144d:a808' 'options vfio-pci ids=8086:1521' 'install vfio-pci /bin/true'
	check
	tells problem "a.conf:1: with this" "$C (this system needs it for /); do:"
	tells warning "a.conf:2: with this" "affects $D; do:"
	tells warning "a.conf:3: this 'install vfio-pci' line" "do: remove the line"
	lines 3
}

@test "modprobe.d: install" {
	put /etc/modprobe.d/a.conf 'install vfio-pci /usr/local/bin/vfio-pci-override.sh' 'install vfio /bin/true' \
		'install vfio_iommu_type1 /sbin/modprobe -i vfio_iommu_type1' \
		'install nvme /sbin/modprobe vfio-pci; /sbin/modprobe -i nvme' 'install usb-storage /bin/true'
	check
	tells warning "/etc/modprobe.d/a.conf:1: this 'install vfio-pci' line makes modprobe run a command" "bypasses it at boot" "do: remove"
	tells warning "/etc/modprobe.d/a.conf:2: this 'install vfio' line"
	tells warning "/etc/modprobe.d/a.conf:3: this 'install vfio_iommu_type1' line"
	tells warning "/etc/modprobe.d/a.conf:4: this 'install' line runs a command about vfio when nvme"
	lines 4
}

@test "modprobe.d: install with devices in the command, or in the script that it runs" {
	put /etc/modprobe.d/a.conf 'install vfio-pci /sbin/modprobe -i vfio-pci; /bin/sh -c "echo 144d a808 >/sys/bus/pci/drivers/vfio-pci/new_id"' \
		'install vfio_pci /sbin/override.sh; modprobe -i vfio-pci' 'install nvme /sbin/override.sh vfio-pci'
	put /sbin/override.sh '#!/bin/sh' 'DEVS="0000:04:00.0 0000:01:00.0"' '# not 0000:03:00.0'
	check
	tells problem "a.conf:1: this 'install vfio-pci' line" "; here it affects $C (this system needs it for /); do: remove"
	tells problem "a.conf:2: this 'install vfio_pci' line" "; here it affects $A (the boot display), $D; do: remove"
	tells problem "a.conf:3: this 'install' line runs a command about vfio" "; here it affects $A (the boot display), $D; do: remove"
	# What is no script is not read.
	sed -i 1d "$ROOT/sbin/override.sh"
	check
	tells warning "a.conf:2: this 'install vfio_pci' line"
}

@test "modprobe.d: softdep, alias, pci-stub" {
	put /etc/modprobe.d/a.conf 'softdep nouveau pre: vfio-pci' 'softdep nvme post: ext4' \
		'alias pci:v0000144Dd0000A808sv*sd*bc*sc*i* vfio-pci' 'alias net-pf-10 off' \
		'options pci-stub ids=8086:1521'
	check
	tells warning "a.conf:1: this 'softdep' line makes nouveau load vfio-pci" "do: remove the line"
	tells problem "a.conf:3: this 'alias' line loads vfio-pci in place" "$C (this system needs it for /)"
	tells warning "a.conf:5: this 'options pci-stub ids=' line" "$D"
	lines 3
}

@test "modprobe.d: a driver that is kept away, where a device has no other" {
	put /etc/modprobe.d/a.conf 'blacklist nouveau' 'blacklist amdgpu' 'blacklist pcspkr' 'blacklist nvidiafb' 'blacklist vfio-pci'
	check
	# A has nvidia's.
	tells warning "a.conf:1: 'blacklist nouveau' leaves $B without a driver if" "do: remove the line"
	tells ok "a.conf:2: 'blacklist amdgpu' keeps no device of this machine from its driver"
	tells warning "a.conf:5: 'blacklist vfio-pci' does not keep vfio-claim from loading it"
	lines 2
	put /etc/modprobe.d/a.conf 'install nouveau /bin/false' 'options nouveau modeset=0' 'options radeon modeset=1' \
		'alias nouveau off' 'alias snd-hda-intel off'
	check
	tells warning "a.conf:1: 'install nouveau /bin/false' leaves $B"
	tells warning "a.conf:2: 'options nouveau modeset=0' leaves $B"
	tells warning "a.conf:4: 'alias nouveau off' leaves $B"
	lines 3
}

@test "a driver that is kept away from what the system needs, or from the boot display, is a problem" {
	put /etc/modprobe.d/a.conf 'blacklist nvme' 'install nvme /bin/false'
	check
	tells problem "a.conf:1: 'blacklist nvme' leaves $C without a driver" "; here it affects $C (this system needs it for /); do:"
	tells problem "a.conf:2: 'install nvme /bin/false' leaves" "; here it affects $C (this system needs it for /); do:"
	lines 2
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$A/driver"
	put /etc/modprobe.d/a.conf 'blacklist nouveau'
	check
	tells problem "a.conf:1: 'blacklist nouveau' leaves $A, $B without a driver" "; here it affects $A (the boot display); do:"
	check 01:00.0
	tells warning "a.conf:1: 'blacklist nouveau' leaves $A, $B without a driver if not claimed, or if the claim fails; do:"
	rm "$ROOT/etc/modprobe.d/a.conf"
	cmdline "module_blacklist=nvme"
	check
	tells problem "'module_blacklist=nvme' leaves $C without a driver" "(this system needs it for /); do:"
}

@test "modprobe.d: what is not told of has no advice that another finding would get" {
	put /etc/modprobe.d/a.conf 'blacklist pcspkr' 'install usb-storage /bin/true' 'options loop max_loop=8' 'alias net-pf-10 off'
	check
	silent
	expect_not_in output "$output" "remove the line"
}

@test "modprobe.d: a driver that is kept away, as the kernel's own modules tell" {
	local dir=$ROOT/lib/modules/$KVER/kernel name
	mkdir -p "$dir"
	for name in igb igbnew; do
		object "$dir/$name.ko" '' '' 'pci:v00008086d00001521sv*sd*bc*sc*i*'
	done
	depmod -b "$ROOT" "$KVER" 2>/dev/null
	put /etc/modprobe.d/a.conf 'blacklist igb'
	check
	silent
	put /etc/modprobe.d/b.conf 'blacklist igbnew'
	check
	tells warning "a.conf:1: 'blacklist igb' leaves $D"
	# igb has it now.
	lines 1
	rm "$PCI/devices/$D/driver"
	check
	tells warning "b.conf:1: 'blacklist igbnew' leaves $D"
	lines 2
	# Old framebuffers are blacklisted by distributions.
	mv "$dir/igb.ko" "$dir/igbfb.ko"
	depmod -b "$ROOT" "$KVER" 2>/dev/null
	put /etc/modprobe.d/a.conf 'blacklist igbfb'
	check
	tells warning "b.conf:1: 'blacklist igbnew' leaves $D"
	lines 1
}

@test "modprobe.d: what counts for modprobe counts: comments, hidden files, other names" {
	put /etc/modprobe.d/a.conf '#options vfio-pci ids=144d:a808' '# \' 'options vfio-pci ids=144d:a808' \
		'options vfio-pci disable_idle_d3=1' 'options kvm ignore_msrs=1' 'options vfio ids=1:2'
	put /etc/modprobe.d/.b.conf 'options vfio-pci ids=144d:a808'
	put /etc/modprobe.d/b.conf.bak 'options vfio-pci ids=144d:a808'
	put /usr/lib/modprobe.d/a.conf 'options vfio-pci ids=144d:a808'
	put /usr/lib/modprobe.d/c.conf 'options vfio-pci ids=144d:a808'
	ln -s /dev/null "$ROOT/etc/modprobe.d/c.conf"
	check
	silent
	put /usr/local/lib/modprobe.d/d.conf 'softdep nouveau pre: vfio-pci'
	put /lib/modprobe.d/d.conf 'softdep nouveau pre: vfio-pci'
	check
	tells warning "/usr/local/lib/modprobe.d/d.conf:1: "
	lines 1
}

# --- modules that are loaded ---

@test "/etc/modules, modules-load.d, initramfs-tools/modules" {
	put /etc/modules '# loaded at boot' 'vfio' 'vfio_iommu_type1' '  vfio_virqfd' 'vfio-pci' 'loop' '#vfio-pci'
	put /etc/modules-load.d/vfio.conf '; x' 'vfio-pci'
	put /usr/lib/modules-load.d/vfio.conf 'vfio-pci'
	put /usr/lib/modules-load.d/more.conf 'vfio'
	ln -s ../modules "$ROOT/etc/modules-load.d/modules.conf"
	put /etc/initramfs-tools/modules 'vfio-pci ids=10de:1e07' 'vfio-pci ids=8086:1521' 'vfio' 'nvme'
	check
	tells warning "/etc/modules:2: vfio is loaded at boot" "do: remove the line"
	tells warning "/etc/modules:3: vfio_iommu_type1 is loaded at boot"
	tells warning "/etc/modules:4: Linux 6.2 and later have no vfio_virqfd"
	tells warning "/etc/modules:5: vfio-pci is loaded at boot, with any ids="
	tells warning "/etc/modules-load.d/vfio.conf:2: vfio-pci is loaded at boot"
	tells warning "/usr/lib/modules-load.d/more.conf:1: vfio is loaded at boot"
	tells problem "/etc/initramfs-tools/modules:1: vfio_pci is loaded in the initramfs with this ids=" \
		"$A (the boot display), $B" "do: remove the line and run update-initramfs -u -k all"
	tells warning "/etc/initramfs-tools/modules:2: vfio_pci is loaded in the initramfs with this ids=" "affects $D;"
	tells warning "/etc/initramfs-tools/modules:3: vfio is loaded in the initramfs"
	lines 9
}

# --- images ---

@test "initramfs-tools: scripts that write to sysfs, and those that do not" {
	put /etc/initramfs-tools/scripts/init-top/bind_vfio '#!/bin/sh' 'PREREQS=""' 'DEVS="0000:04:00.0 0000:04:00.1"' \
		'for DEV in $DEVS; do' ' echo "vfio-pci" > /sys/bus/pci/devices/$DEV/driver_override' 'done' 'modprobe -i vfio-pci'
	put /etc/initramfs-tools/scripts/init-top/new '#!/bin/sh' '# echo 144d a808 > new_id' \
		'echo 10de 1e07 > /sys/bus/pci/drivers/vfio-pci/new_id'
	put /usr/share/initramfs-tools/scripts/init-premount/slots '#!/bin/sh' 'card="03:00.0"' \
		'echo vfio-pci > /sys/bus/pci/devices/0000:$card/driver_override'
	put /etc/initramfs-tools/scripts/init-top/load 'modprobe vfio-pci'
	put /etc/initramfs-tools/scripts/init-top/other '#!/bin/sh' '# vfio' 'echo nvme > /sys/bus/pci/devices/0000:03:00.0/driver_override'
	put /usr/share/initramfs-tools/scripts/init-top/00-vfio-claim 'modprobe vfio-pci'
	check
	tells warning "/etc/initramfs-tools/scripts/init-top/bind_vfio:5: a script from another guide: it writes driver_override" \
		"affects $D; do: rm /etc/initramfs-tools/scripts/init-top/bind_vfio && update-initramfs -u -k all"
	tells problem "/etc/initramfs-tools/scripts/init-top/new:3: a script from another guide: it writes new_id" "$A (the boot display), $B;"
	tells problem "/usr/share/initramfs-tools/scripts/init-premount/slots:3: " "affects $C (this system needs it for /)"
	tells warning "/etc/initramfs-tools/scripts/init-top/load:1: " "it loads vfio-pci"
	lines 4
}

@test "dracut: drivers, command line, modules" {
	put /etc/dracut.conf '# force_drivers+=" vfio_pci "' 'add_drivers+=" virtio_blk "'
	put /etc/dracut.conf.d/vfio.conf 'hostonly=yes' 'force_drivers+=" vfio_pci vfio' ' vfio_iommu_type1 "' \
		'kernel_cmdline="rd.driver.pre=vfio-pci pci-stub.ids=144d:a808"'
	put /etc/dracut.conf.d/add.conf "add_drivers+=' vfio-pci '"
	put /usr/lib/dracut/dracut.conf.d/add.conf 'force_drivers+=" vfio-pci "'
	put /usr/lib/dracut/modules.d/50vfio-claim/x.sh 'modprobe vfio-pci'
	put /usr/lib/dracut/modules.d/90kernel-modules/x.sh 'modprobe loop'
	put /usr/lib/dracut/modules.d/20gpu/module-setup.sh 'instmods vfio-pci'
	put /usr/lib/dracut/modules.d/20gpu/gpu.sh '#!/bin/sh' 'echo vfio-pci > /sys/bus/pci/devices/0000:04:00.0/driver_override'
	check
	tells warning "/etc/dracut.conf.d/vfio.conf:2: force_drivers makes the image load vfio-pci" \
		"do: remove vfio_pci from the line and run dracut --regenerate-all -f"
	tells warning "/etc/dracut.conf.d/vfio.conf:2: force_drivers makes the image load vfio"
	tells warning "/etc/dracut.conf.d/vfio.conf:3: force_drivers makes the image load vfio_iommu_type1"
	tells warning "/etc/dracut.conf.d/vfio.conf:4: rd.driver.pre=vfio-pci" \
		"do: remove rd.driver.pre=vfio-pci from /etc/dracut.conf.d/vfio.conf and rebuild the images"
	tells problem "/etc/dracut.conf.d/vfio.conf:4: pci-stub.ids=144d:a808" "$C (this system needs it for /)"
	tells warning "/etc/dracut.conf.d/add.conf:1: add_drivers adds vfio_pci to the image"
	tells warning "/usr/lib/dracut/modules.d/20gpu/gpu.sh:2: " "driver_override" "affects $D" \
		"do: rm -r /usr/lib/dracut/modules.d/20gpu && dracut --regenerate-all -f"
	lines 7
}

@test "mkinitcpio: MODULES and hooks" {
	put /etc/mkinitcpio.conf '#MODULES=(vfio)' 'MODULES=(btrfs vfio_pci? # comment vfio' '  vfio)' 'HOOKS=(base vfio udev)'
	put /etc/mkinitcpio.conf.d/old.conf 'MODULES="vfio_virqfd"'
	put /etc/initcpio/hooks/vfio '#!/usr/bin/ash' 'run_hook() {' ' echo "144d a808" > /sys/bus/pci/drivers/vfio-pci/new_id' '}'
	put /usr/lib/initcpio/hooks/vfio-claim 'modprobe vfio-pci'
	check
	tells warning "/etc/mkinitcpio.conf:2: MODULES makes the image load vfio-pci" "do: remove vfio_pci? from the line and run mkinitcpio -P"
	tells warning "/etc/mkinitcpio.conf:3: MODULES makes the image load vfio"
	tells warning "/etc/mkinitcpio.conf.d/old.conf:1: MODULES makes the image load vfio_virqfd"
	tells problem "/etc/initcpio/hooks/vfio:3: " "new_id" "$C (this system needs it for /)" "do: rm /etc/initcpio/hooks/vfio && mkinitcpio -P"
	lines 4
}

# --- the command line ---

@test "the command line: what of it is left of another guide" {
	cmdline "pci-stub.ids=8086:1521 modprobe.blacklist=pcspkr,nouveau rd.driver.pre=vfio-pci video=efifb:off initcall_blacklist=sysfb_init amd_iommu=on vfio-pci-devices=0000:03:00.0"
	check
	tells warning "command line: pci-stub.ids=8086:1521: pci-stub takes every device" "affects $D; do: remove pci-stub.ids=8086:1521 from the kernel command line"
	tells warning "command line: 'modprobe.blacklist=pcspkr,nouveau' leaves $B"
	tells warning "command line: rd.driver.pre=vfio-pci: "
	tells warning "command line: video=efifb:off: it hides the boot messages"
	tells ok "command line: initcall_blacklist=sysfb_init: "
	tells ok "command line: amd_iommu=on: the kernel has no such value"
	tells problem "command line: vfio-pci-devices=0000:03:00.0: " "$C (this system needs it for /)"
	lines 5
	# One of a list is enough, whichever.
	cmdline "modprobe.blacklist=amdgpu,nvidiafb,nouveau rd.driver.blacklist=radeon module_blacklist=vfio,nouveau"
	check
	tells warning "command line: 'modprobe.blacklist=amdgpu,nvidiafb,nouveau' leaves $B"
	tells ok "command line: 'rd.driver.blacklist=radeon' keeps no device of this machine from its driver"
	tells problem "command line: module_blacklist=vfio,nouveau: the kernel refuses to load"
	tells warning "command line: 'module_blacklist=vfio,nouveau' leaves $B"
	lines 3
	cmdline "pci_stub.ids=144d:a808 rd.driver.blacklist=nouveau module_blacklist=vfio_pci nouveau.modeset=0"
	check
	tells problem "command line: pci_stub.ids=144d:a808: " "$C (this system needs it for /)"
	tells warning "command line: 'rd.driver.blacklist=nouveau' leaves $B"
	tells problem "command line: module_blacklist=vfio_pci: the kernel refuses to load"
	tells warning "command line: 'nouveau.modeset=0' leaves $B"
	lines 4
}

@test "the command line: what is no leftover" {
	cmdline "quiet iommu=pt intel_iommu=on pcie_acs_override=downstream video=1920x1080 modprobe.blacklist=pcspkr module_blacklist=floppy rd.driver.pre=loop nvidia-drm.modeset=1 -- pci-stub.ids=144d:a808"
	check
	silent
}

@test "the command line: vfio-pci.ids= is a claim, unless it takes what is needed" {
	cmdline "vfio-pci.ids=8086:1521"
	check
	tells ok "command line: vfio-pci.ids=8086:1521: it may stay"
	cmdline "vfio-pci.ids=10de:1e07"
	check
	tells problem "command line: vfio-pci.ids=10de:1e07: it claims every device" "$A (the boot display), $B"
	cmdline "vfio-pci.ids=10de:1e07 rd.vfio.keep=boot-vga"
	check
	tells ok "command line: vfio-pci.ids=10de:1e07: it may stay"
	cmdline "vfio_pci.ids=144d:a808"
	check
	tells problem "command line: vfio_pci.ids=144d:a808: it claims every device" "$C (this system needs it for /)"
}

@test "the command line: where it is kept, and the next boot's" {
	put /etc/default/grub '# GRUB_CMDLINE_LINUX="pci-stub.ids=144d:a808"' 'GRUB_TIMEOUT=5' \
		'GRUB_CMDLINE_LINUX_DEFAULT="quiet pci-stub.ids=8086:1521"'
	put /etc/kernel/cmdline 'root=x rd.driver.pre=vfio-pci'
	cmdline "pci-stub.ids=8086:1521 rd.driver.pre=vfio-pci"
	check
	tells warning "/etc/default/grub:3: pci-stub.ids=8086:1521: "
	tells warning "/etc/kernel/cmdline:1: rd.driver.pre=vfio-pci: "
	lines 2
	rm "$ROOT/etc/default/grub" "$ROOT/etc/kernel/cmdline"
	tree_cmdline quiet
	check
	tells warning "/boot/grub/grub.cfg: pci-stub.ids=8086:1521: "
	tells warning "/boot/grub/grub.cfg: rd.driver.pre=vfio-pci: "
}

# --- the running system ---

@test "udev: rules that give devices away" {
	put /etc/udev/rules.d/10-vfio.rules '# x' \
		'ACTION=="add", SUBSYSTEM=="pci", KERNEL=="0000:04:00.0", ATTR{driver_override}="vfio-pci"' \
		'SUBSYSTEM=="pci", ATTR{vendor}=="0x10de", ATTR{device}=="0x1e07", \' ' ATTR{driver_override}="vfio-pci"' \
		'SUBSYSTEM=="pci", ATTR{class}=="0x0108*", RUN+="/bin/sh -c '"'echo \$kernel > /sys/bus/pci/devices/\$kernel/driver/unbind'"'"' \
		'SUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ATTR{boot_vga}=="0", RUN+="/usr/local/bin/vfio-bind.sh %k"' \
		'SUBSYSTEM=="pci", ATTR{[drivers/vfio-pci]new_id}="8086 1521"' \
		'SUBSYSTEM=="pci", RUN+="/bin/sh -c '"'echo 0000:01:00.0 > /sys/bus/pci/drivers/nvidia/unbind'"'"' \
		'ACTION=="add", SUBSYSTEM=="pci", RUN+="/usr/local/bin/gpu"' 'ACTION=="add", RUN+="/usr/local/bin/harmless"'
	put /usr/local/bin/gpu 'echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override'
	put /usr/local/bin/harmless 'echo mq-deadline > /sys/block/sda/queue/scheduler'
	check
	tells warning "/etc/udev/rules.d/10-vfio.rules:2: a rule from another guide: it writes driver_override" "affects $D;" "do: remove the rule"
	tells problem "10-vfio.rules:3: " "$A (the boot display), $B"
	tells problem "10-vfio.rules:5: " "it takes devices from their drivers" "$C (this system needs it for /)"
	tells warning "10-vfio.rules:6: " "affects $B;"
	tells warning "10-vfio.rules:7: " "it writes new_id" "affects $D;"
	tells problem "10-vfio.rules:8: " "affects $A (the boot display);"
	tells problem "/usr/local/bin/gpu:1: " "$C (this system needs it for /)" "remove the rule from /etc/udev/rules.d/10-vfio.rules"
	lines 7
}

@test "udev: a rule that tells devices apart by their driver" {
	put /etc/udev/rules.d/10.rules 'SUBSYSTEM=="pci", DRIVER=="nvme", ATTR{driver_override}="vfio-pci"' \
		'SUBSYSTEM=="pci", DRIVER!="nvme", ATTR{vendor}=="0x144d", ATTR{driver_override}="vfio-pci"'
	check
	tells problem "10.rules:1: a rule" "; here it affects $C (this system needs it for /); do:"
	tells warning "10.rules:2: a rule" "kept; do:"
}

@test "udev: rules of others" {
	put /etc/udev/rules.d/a.rules '#ATTR{driver_override}="vfio-pci"' 'SUBSYSTEM=="vfio", OWNER="root", GROUP="kvm"' \
		'SUBSYSTEM=="pci", KERNEL=="0000:03:00.0", ATTR{driver_override}="nvme"' \
		'SUBSYSTEM=="pci", ATTR{driver_override}=="vfio-pci", TAG+="x"' \
		'SUBSYSTEM=="usb", RUN+="/bin/sh -c '"'echo 0403 6001 > /sys/bus/usb-serial/drivers/ftdi_sio/new_id'"'"' \
		'SUBSYSTEM=="platform", ATTR{driver_override}="vfio-platform"'
	put /usr/lib/udev/rules.d/05-driverctl.rules 'ACTION=="add", TEST=="/etc/driverctl.d/$env{SUBSYSTEM}-$kernel", TAG+="systemd"'
	put /etc/udev/rules.d/b.rules ''
	put /usr/lib/udev/rules.d/b.rules 'SUBSYSTEM=="pci", ATTR{driver_override}="vfio-pci"'
	check
	silent
	put /run/udev/rules.d/c.rules 'ACTION=="add", SUBSYSTEM=="pci", ATTR{driver_override}="vfio-pci"'
	check
	tells warning "/run/udev/rules.d/c.rules:1: "
	# A rule that is for all names none.
	expect_not_in output "$output" "here it affects"
}

@test "driverctl: overrides with vfio-pci, and the twin that new_id takes" {
	put /etc/driverctl.d/pci-$D vfio-pci
	put /etc/driverctl.d/pci-0000:09:00.0 vfio-pci
	put /etc/driverctl.d/pci-$A nvidia
	put /etc/driverctl.d/vmbus-x vfio-pci
	check
	tells warning "/etc/driverctl.d/pci-$D:1: driverctl gives $D to vfio-pci" "affects $D; do: rm /etc/driverctl.d/pci-$D"
	tells warning "driverctl gives 0000:09:00.0 to vfio-pci" "there is no such device now"
	lines 2
	put /etc/driverctl.d/pci-$B vfio-pci
	check
	tells problem "driverctl gives $B to vfio-pci" "it also writes new_id" "$A (the boot display), $B"
	put /etc/driverctl.d/pci-$C vfio-pci
	check
	tells problem "driverctl gives $C to vfio-pci" "$C (this system needs it for /)"
}

@test "libvirt's hooks, services, rc.local" {
	put /etc/libvirt/hooks/qemu '#!/bin/sh' 'modprobe vfio-pci' 'echo 0 > /sys/class/vtconsole/vtcon0/bind'
	put /etc/libvirt/hooks/qemu.d/win/prepare/begin/bind.sh '#!/bin/sh' 'modprobe vfio-pci' \
		'echo "8086 1521" > /sys/bus/pci/drivers/vfio-pci/new_id'
	put /etc/systemd/system/vfio.service '[Service]' 'ExecStart=/usr/local/bin/gpu start'
	put /usr/local/bin/gpu '#!/bin/sh' 'echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override'
	put /etc/systemd/system/direct.service '[Service]' \
		"ExecStart=/bin/sh -c 'echo 0000:02:00.0 > /sys/bus/pci/drivers/vfio-pci/bind'"
	put /etc/systemd/system/sshd.service '[Service]' 'ExecStart=/usr/sbin/sshd -D'
	put /etc/rc.d/rc.local 'vfio-bind 0000:04:00.0'
	put /etc/systemd/system/driverctl.service '[Service]' 'ExecStart=/usr/sbin/driverctl set-override 0000:03:00.0 vfio-pci'
	put /etc/rc.local '#!/bin/sh' '#echo 144d a808 > /sys/bus/pci/drivers/vfio-pci/new_id' \
		'echo 8086 1521 > /sys/bus/pci/drivers/vfio-pci/new_id'
	check
	tells warning "/etc/libvirt/hooks/qemu.d/win/prepare/begin/bind.sh:3: " "it writes new_id" "affects $D; do: remove the lines"
	tells problem "/usr/local/bin/gpu:2: " "$C (this system needs it for /)" "do: systemctl disable vfio.service"
	tells warning "/etc/systemd/system/direct.service:2: " "affects $B; do: systemctl disable direct.service"
	tells warning "/etc/rc.local:3: " "it writes new_id" "affects $D; do: remove the lines"
	tells warning "/etc/rc.d/rc.local:1: " "affects $D; do: remove the lines"
	tells problem "/etc/systemd/system/driverctl.service:2: " "it writes driver_override" "$C (this system needs it for /)"
	lines 6
}

# --- as a whole ---

@test "what a shell would take for something else is in no command" {
	local name="a b;\$(reboot)"
	put "/etc/initramfs-tools/scripts/init-top/$name" 'modprobe vfio-pci'
	put "/etc/driverctl.d/pci-$name" vfio-pci
	put "/etc/systemd/system/$name.service" 'ExecStart=/usr/bin/vfio-bind'
	put /etc/default/grub.d/a.cfg "GRUB_CMDLINE_LINUX='pci-stub.ids=1:2;reboot'"
	put "/usr/lib/dracut/modules.d/$name/x.sh" 'modprobe vfio-pci'
	check
	tells warning "scripts/init-top/$name:1: " "do: remove it and run update-initramfs -u -k all"
	tells warning "modules.d/$name/x.sh:1: " "do: remove it and run dracut --regenerate-all -f"
	tells warning "pci-$name:1: " "do: remove it"
	tells warning "$name.service:1: " "do: disable the service"
	tells warning "a.cfg:1: pci-stub.ids=1:2;reboot: " "do: remove it from the kernel command line"
	# The menu has not got it yet, which is told, too.
	lines 6
}

@test "--json: a topic for each kind" {
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=144d:a808'
	put /etc/modules vfio
	put /etc/driverctl.d/pci-$D vfio-pci
	cmdline pci-stub.ids=ffff:ffff
	check --json
	expect findings "$(python3 -c 'import json, sys
for f in json.load(sys.stdin)["findings"]:
    if f["level"] != "ok" and not f["what"].startswith("kernel "):
        print(f["level"], f["topic"], f["what"].split(": ")[0].rpartition("/etc/")[2], f["fix"], sep="|")' <<<"$output")" \
		"problem|modprobe.d|modprobe.d/a.conf:1|remove the line and name the devices with rd.vfio.claim= instead
warning|modules|modules:1|remove the line
warning|driverctl|driverctl.d/pci-$D:1|rm /etc/driverctl.d/pci-$D
warning|command-line|command line|remove pci-stub.ids=ffff:ffff from the kernel command line"
}

@test "files that are none, and files of anything" {
	mkdir -p "$ROOT/etc/modprobe.d/a.conf" "$ROOT/etc/modules" "$ROOT/etc/libvirt/hooks" "$ROOT/etc/dracut.conf.d"
	mkfifo "$ROOT/etc/libvirt/hooks/qemu" "$ROOT/etc/dracut.conf"
	put /etc/dracut.conf.d/a.conf 'force_drivers+="' 'x=(' 'y="\'
	printf 'MODULES=(vfio' >"$ROOT/etc/mkinitcpio.conf"
	put /etc/udev/rules.d/a.rules 'ATTR{driver_override' 'ATTR{driver_override}' 'ATTR{driver_override}="vfio-pci' '="unbind"' 'x="new_id\'
	put /etc/driverctl.d/pci- vfio-pci
	put /etc/modprobe.d/b.conf options 'options vfio-pci' 'options vfio-pci ids=' 'options vfio-pci ids=""' install \
		'options vfio-pci "ids=' 'softdep' 'alias' 'alias vfio-pci' '\'
	head -c 4096 /dev/urandom >"$ROOT/etc/modprobe.d/c.conf"
	head -c 2M /dev/zero | tr '\0' x >"$ROOT/etc/rc.local"
	timeout 30 "$VFIO_CLAIM" --sysroot "$ROOT" check >/dev/null || [ $? -le 2 ]
	check
	tells warning "/etc/mkinitcpio.conf:1: MODULES makes the image load vfio"
}

@test "no process is started" {
	command -v strace >/dev/null || skip "there is no strace"
	put /etc/modprobe.d/a.conf 'options vfio-pci ids=144d:a808' 'blacklist nouveau'
	put /etc/systemd/system/vfio.service '[Service]' 'ExecStart=/usr/local/bin/gpu start'
	put /usr/local/bin/gpu 'echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override'
	rm -f "$ROOT"/boot/initrd*
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -o "$BATS_TEST_TMPDIR/trace" \
		"$VFIO_CLAIM" --sysroot "$ROOT" check >/dev/null || true
	expect "programs that were run" "$(grep -c execve "$BATS_TEST_TMPDIR/trace")" 1
}
