# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # what it sets is for tests/lab/boot
#
# The words that the descriptions in tests/lab/machines are written in; sourced
# by tests/lab/boot. Each adds options for QEMU to $machine_qemu; no option holds a
# space. The other results: $machine_disk is how the kernel finds the root;
# $machine_udev is yes when the root is the one with udev (tests/lab/rootfs-udev);
# $machine_desktop is yes when it is the one with a desktop;
# $machine_later has what is plugged in when that is ready, one device per line;
# $machine_arguments is for the kernel command line; $machine_iommu and
# $machine_firmware are what tests/lab/boot takes as -u and -w.
#   port N                a root port; what is behind it has bus N, if the ports
#                         are named 1, 2, … in this order
#   port_before           another one before these: all buses have other numbers
#   free_port N           a root port with room for a device that comes later
#   later WORD…           a device, in the words below, that is plugged in when the
#                         real root is ready
#   switch N COUNT        a switch behind port N: COUNT more ports, Na, Nb, …, whose buses
#                         have the next numbers but one
#   conventional N        a bridge behind port N, whose bus is N+1: what is behind it
#                         shares one IOMMU group
#   display_conventional N SLOT  a display on that bus
#   display N [FUNCTION]  a display behind port N: 1234:1111, bochs-drm
#   sound N [FUNCTION]    an HDA controller with a codec: snd_hda_intel
#   usb N [FUNCTION]      an xHCI controller: xhci_hcd
#   rng N                 a virtio random number generator: virtio-pci
#   serial N              a serial port: 1b36:0002, serial, which Debian's kernels
#                         have built in
#   pvpanic N             1b36:0011, a device with a small driver: pvpanic-pci
#   nvme N SERIAL         an NVMe drive, empty
#   nvme_root N SERIAL    an NVMe drive with the real root, instead of the usual
#   nvme_copy N SERIAL    an NVMe drive with a copy of the real root with udev
#   net N [FUNCTION]      a network card with a cable in it: e1000e
#   edu N                 1234:11e8, a device without a driver but tests/modules'
#   sriov N SERIAL [VFS]  an NVMe controller that can have four virtual functions,
#                         VFS of which are enabled when the real root is ready
#   boot_vga              a VGA adapter on the root bus, the boot display
#   framebuffer           the firmware sets a graphics mode, and the kernel draws
#   no_iommu              no IOMMU
#   virtio_iommu          a virtio-iommu instead of Intel's
#   udev_root             the real root is the one with udev
#   desktop_root          the real root is a whole Debian with a desktop
#                         (tests/lab/rootfs-desktop)

machine_qemu=
machine_iommu=intel
machine_disk=virtio
machine_firmware=bios
machine_udev=no
machine_desktop=no
machine_later=
machine_arguments=

qemu() {
	machine_qemu="$machine_qemu $*"
}

# The root ports sit at 00:10.0, 00:11.0, …
port() {
	qemu -device "pcie-root-port,id=port$1,chassis=$1,slot=$1,addr=$(printf %x $((15 + $1)))"
}

port_before() {
	qemu -device "pcie-root-port,id=before,chassis=99,slot=99,addr=f"
}

# Nothing is behind it when addresses are assigned: it reserves some.
free_port() {
	qemu -device "pcie-root-port,id=port$1,chassis=$1,slot=$1,addr=$(printf %x $((15 + $1))),mem-reserve=32M,pref32-reserve=32M"
}

# The monitor's device_add takes what -device takes.
later() {
	_now=$machine_qemu
	machine_qemu=
	"$@"
	machine_later="$machine_later${machine_qemu# -device }
"
	machine_qemu=$_now
	machine_udev=yes
	machine_arguments="$machine_arguments lab.later"
}

switch() {
	qemu -device "x3130-upstream,id=switch$1,bus=port$1"
	for _letter in $(echo a b c d | cut -d ' ' -f "1-$2"); do
		_port=$(printf %d "'$_letter")
		qemu -device "xio3130-downstream,id=port$1$_letter,bus=switch$1,chassis=$((_port + $1)),slot=$_port,addr=$((_port - 97))"
	done
}

conventional() {
	qemu -device "pcie-pci-bridge,id=bridge$1,bus=port$1"
}

display_conventional() {
	qemu -device "bochs-display,bus=bridge$1,addr=$2"
}

# behind N [FUNCTION]: where a device goes. Without multifunction=on in each of
# them, functions are in groups of their own.
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

serial() {
	qemu -chardev "null,id=serial$1"
	qemu -device "pci-serial,chardev=serial$1,$(behind "$1")"
}

nvme() {
	qemu -drive "driver=null-co,size=8M,read-zeroes=on,if=none,id=nvme$1"
	qemu -device "nvme,drive=nvme$1,serial=$2,$(behind "$1")"
}

nvme_root() {
	machine_disk=nvme
	# An NVMe drive cannot be read-only: writes are discarded.
	qemu -drive "file=root.img,format=raw,snapshot=on,if=none,id=nvme$1"
	qemu -device "nvme,drive=nvme$1,serial=$2,$(behind "$1")"
}

nvme_copy() {
	qemu -drive "file=root-udev-$suite.img,format=raw,snapshot=on,if=none,id=nvme$1"
	qemu -device "nvme,drive=nvme$1,serial=$2,$(behind "$1")"
}

net() {
	qemu -netdev "user,id=net$1,restrict=on"
	qemu -device "e1000e,netdev=net$1,romfile=,$(behind "$@")"
}

edu() {
	qemu -device "edu,$(behind "$1")"
}

pvpanic() {
	qemu -device "pvpanic-pci,$(behind "$1")"
}

sriov() {
	qemu -device "nvme-subsys,id=subsys$1"
	qemu -device "nvme,subsys=subsys$1,serial=$2,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=9,bus=port$1"
	machine_udev=yes
	[ $# -lt 3 ] || machine_arguments="lab.vfs=0000:0$1:00.0=$3"
}

boot_vga() {
	qemu -device VGA,addr=2
}

framebuffer() {
	machine_firmware=vesa
}

no_iommu() {
	machine_iommu=none
}

virtio_iommu() {
	machine_iommu=virtio
}

udev_root() {
	machine_udev=yes
}

desktop_root() {
	machine_desktop=yes
}
