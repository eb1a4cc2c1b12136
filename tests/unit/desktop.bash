# SPDX-License-Identifier: GPL-2.0-or-later
# A desktop as people have them, made of files: an Intel board, two identical NVIDIA cards, the root file system on an
# NVMe drive. What a person sees of it is shown in the README. Needs tree.bash and kernel.bash.
# shellcheck shell=bash disable=SC2154

# desktop_function SLOT VENDOR:DEVICE[:SUBVENDOR:SUBDEVICE] CLASS GROUP DRIVER|- [PARENT]
desktop_function() {
	tree_device "$1" "$2" "$3" "$5" "${6:-}"
	tree_names "$1"
	desktop_groups[$4]+=" $1"
}

# The names as a pci.ids of 2024 has them; of the system here they may be older.
desktop_names() {
	mkdir -p "$ROOT/usr/share/misc" "$ROOT/usr/share/hwdata"
	# libpci's path for it depends on the distribution. "-" and "=" are its tabs.
	sed 's/^-/\t/; s/^=/\t\t/' <<-'IDS' | tee "$ROOT/usr/share/misc/pci.ids" >"$ROOT/usr/share/hwdata/pci.ids"
		10de  NVIDIA Corporation
		-10f7  TU102 High Definition Audio Controller
		-1ad6  TU102 USB 3.1 Host Controller
		-1ad7  TU102 USB Type-C UCSI Controller
		-1e07  TU102 [GeForce RTX 2080 Ti Rev. A]
		144d  Samsung Electronics Co Ltd
		-a808  NVMe SSD Controller SM981/PM981/PM983
		8086  Intel Corporation
		-15bc  Ethernet Connection (7) I219-V
		-1901  6th-10th Gen Core Processor PCIe Controller (x16)
		-3e30  8th/9th Gen Core 8-core Desktop Processor Host Bridge/DRAM Registers [Coffee Lake S]
		-a305  Z390 Chipset LPC/eSPI Controller
		-a323  Cannon Lake PCH SMBus Controller
		-a324  Cannon Lake PCH SPI Controller
		-a330  Cannon Lake PCH PCI Express Root Port #9
		-a338  Cannon Lake PCH PCI Express Root Port #1
		-a348  Cannon Lake PCH cAVS
		-a352  Cannon Lake PCH SATA AHCI Controller
		-a360  Cannon Lake PCH HECI Controller
		-a36d  Cannon Lake PCH USB 3.1 xHCI Host Controller
		-a36f  Cannon Lake PCH Shared SRAM
		C 01  Mass storage controller
		-06  SATA controller
		=01  AHCI 1.0
		-08  Non-Volatile memory controller
		=02  NVM Express
		C 02  Network controller
		-00  Ethernet controller
		C 03  Display controller
		-00  VGA compatible controller
		C 04  Multimedia controller
		-03  Audio device
		C 05  Memory controller
		-00  RAM memory
		C 06  Bridge
		-00  Host bridge
		-01  ISA bridge
		-04  PCI bridge
		C 07  Communication controller
		-80  Communication controller
		C 0c  Serial bus controller
		-03  USB controller
		=30  XHCI
		-05  SMBus
		-80  Serial bus controller
	IDS
}

# desktop_card BUS PORT GROUP: a card with display, sound, USB and its UCSI function
desktop_card() {
	desktop_function "0000:$1:00.0" 10de:1e07:3842:2487 030000 "$3" nouveau "$2"
	desktop_function "0000:$1:00.1" 10de:10f7:3842:2487 040300 "$3" snd_hda_intel "$2"
	desktop_function "0000:$1:00.2" 10de:1ad6:3842:2487 0c0330 "$3" xhci_hcd "$2"
	desktop_function "0000:$1:00.3" 10de:1ad7:3842:2487 0c8000 "$3" nvidia-gpu "$2"
}

# desktop_route SLOT: the default route through the network card there
desktop_route() {
	local card
	card=$(readlink -f "$PCI/devices/$1")
	mkdir -p "$card/net/eno1" "$ROOT"/{proc/net,sys/class/net}
	ln -sfnr "$card/net/eno1" "$ROOT/sys/class/net/eno1"
	ln -sfnr "$card" "$card/net/eno1/device"
	printf 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n%s\n' \
		$'eno1\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0' >"$ROOT/proc/net/route"
}

# What check looks at besides: processor, interrupts, an installed kernel with its image, GRUB's menu.
desktop_system() {
	local ko modules=$ROOT/lib/modules/$KVER
	mkdir -p "$modules/kernel/drivers/vfio" "$ROOT"/{boot/grub,etc,proc/sys/kernel,sys/kernel/security,usr/sbin}
	: >"$modules/modules.order"
	: >"$modules/modules.builtin"
	for ko in vfio-pci vfio_iommu_type1; do
		object "$modules/kernel/drivers/vfio/$ko.ko" '' ''
	done
	depmod -b "$ROOT" "$KVER"
	: >"$ROOT/usr/sbin/update-initramfs"
	: >"$ROOT/dev/kvm"
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	echo "[none] integrity confidentiality" >"$ROOT/sys/kernel/security/lockdown"
	echo ' 24:   1  0  IR-PCI-MSIX-0000:00:01.0   0-edge' >"$ROOT/proc/interrupts"
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx smx\n\n' >"$ROOT/proc/cpuinfo"
	tree_cmdline "quiet intel_iommu=on"
	printf 'menuentry x {\n\tlinux /vmlinuz quiet intel_iommu=on\n}\n' >"$ROOT/boot/grub/grub.cfg"
}

# desktop_image: the image of its kernel, with what vfio-claim image lays out
desktop_image() {
	local modules
	modules=$("$VFIO_CLAIM" --sysroot "$ROOT" image --kernel "$KVER" --output "$OUT" --hostonly)
	for module in $modules; do
		mkdir -p "$OUT/usr/lib/modules"
		: >"$OUT/usr/lib/modules/$module.ko"
	done
	(cd "$OUT" && find . -mindepth 1 | cpio --quiet -o -H newc) >"$ROOT/boot/initrd.img-$KVER"
}

# desktop_make: the machine, in $ROOT from now on
desktop_make() {
	local group
	local -A desktop_groups
	tree_make "$ROOT"
	desktop_function 0000:00:00.0 8086:3e30 060000 0 skl_uncore
	desktop_function 0000:00:01.0 8086:1901 060400 1 pcieport
	desktop_card 01 0000:00:01.0 1
	desktop_function 0000:00:14.0 8086:a36d 0c0330 2 xhci_hcd
	desktop_function 0000:00:14.2 8086:a36f 050000 2 -
	desktop_function 0000:00:16.0 8086:a360 078000 3 mei_me
	desktop_function 0000:00:17.0 8086:a352 010601 4 ahci
	desktop_function 0000:00:1c.0 8086:a338 060400 5 pcieport
	desktop_card 02 0000:00:1c.0 8
	desktop_function 0000:00:1d.0 8086:a330 060400 6 pcieport
	desktop_function 0000:03:00.0 144d:a808 010802 9 nvme 0000:00:1d.0
	desktop_function 0000:00:1f.0 8086:a305 060100 7 -
	desktop_function 0000:00:1f.3 8086:a348 040300 7 snd_hda_intel
	desktop_function 0000:00:1f.4 8086:a323 0c0500 7 i801_smbus
	desktop_function 0000:00:1f.5 8086:a324 0c8000 7 -
	desktop_function 0000:00:1f.6 8086:15bc 020000 7 e1000e
	# tree_device gave each a group of its own.
	rm -rf "$ROOT"/sys/kernel/iommu_groups/*
	for group in "${!desktop_groups[@]}"; do
		# shellcheck disable=SC2086 # a word each
		tree_group "$group" ${desktop_groups[$group]}
	done
	echo 1 >"$PCI/devices/0000:01:00.0/boot_vga"
	tree_root_on 0000:03:00.0
	desktop_route 0000:00:1f.6
	desktop_names
	desktop_system
}
