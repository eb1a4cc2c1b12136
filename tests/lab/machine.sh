# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # what it sets is for tests/lab/boot
#
# The words that the descriptions in tests/lab/machines are written in; sourced
# by tests/lab/boot. Each adds to $machine_qemu, the options for QEMU; an option
# holds no space. $machine_disk is how the kernel finds the root.
#   port N                a root port; what is behind it has bus N, if the ports
#                         are named 1, 2, … in this order
#   display N [FUNCTION]  a display behind port N: 1234:1111, bochs-drm
#   sound N [FUNCTION]    an HDA controller with a codec: snd_hda_intel
#   usb N [FUNCTION]      an xHCI controller: xhci_hcd
#   rng N                 a virtio random number generator: virtio-pci
#   pvpanic N             1b36:0011, a device with a small driver: pvpanic-pci
#   nvme N SERIAL         an NVMe drive, empty
#   nvme_root N SERIAL    an NVMe drive with the real root, instead of the usual
#   edu N                 1234:11e8, a device without a driver but tests/modules'
#   boot_vga              a VGA adapter on the root bus, the boot display
#   no_iommu              no IOMMU

machine_qemu=
machine_iommu=yes
machine_disk=virtio

qemu() {
	machine_qemu="$machine_qemu $*"
}

# The root ports sit at 00:10.0, 00:11.0, …
port() {
	qemu -device "pcie-root-port,id=port$1,chassis=$1,slot=$1,addr=$(printf %x $((15 + $1)))"
}

# behind N [FUNCTION]: where a device goes. Every function has to say that there
# may be others, or they land in groups of their own.
behind() {
	echo "bus=port$1,addr=0.${2:-0},multifunction=on"
}

display() {
	qemu -device "bochs-display,$(behind "$@")"
}

sound() {
	qemu -audiodev "none,id=audio$1"
	qemu -device "ich9-intel-hda,id=hda$1,$(behind "$@")"
	qemu -device "hda-duplex,bus=hda$1.0,audiodev=audio$1"
}

usb() {
	qemu -device "qemu-xhci,$(behind "$@")"
}

rng() {
	qemu -device "virtio-rng-pci,$(behind "$1")"
}

nvme() {
	qemu -drive "driver=null-co,size=8M,read-zeroes=on,if=none,id=nvme$1"
	qemu -device "nvme,drive=nvme$1,serial=$2,$(behind "$1")"
}

nvme_root() {
	machine_disk=nvme
	# A drive cannot be read-only, so what is written is thrown away.
	qemu -drive "file=root.img,format=raw,snapshot=on,if=none,id=nvme$1"
	qemu -device "nvme,drive=nvme$1,serial=$2,$(behind "$1")"
}

edu() {
	qemu -device "edu,$(behind "$1")"
}

pvpanic() {
	qemu -device "pvpanic-pci,$(behind "$1")"
}

boot_vga() {
	qemu -device VGA,addr=2
}

no_iommu() {
	machine_iommu=no
}
