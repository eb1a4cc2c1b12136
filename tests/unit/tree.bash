# SPDX-License-Identifier: GPL-2.0-or-later
# A machine of files for tests: a /sys, /proc, /dev and /run under $ROOT that vfio-claim-boot is given as
# its --sysroot. It is for breadth; what counts is shown on real kernels by tests/boot.
# shellcheck shell=bash disable=SC2154

# shellcheck source=tests/unit/quick.bash
. "${BASH_SOURCE[0]%/*}/quick.bash"

BOOT=${VFIO_CLAIM_BOOT:-$TOP/build/vfio-claim-boot}

# tree_make [DIR]: an empty machine with an IOMMU, in $ROOT from now on
tree_make() {
	quick_trace
	ROOT=${1:-$BATS_TEST_TMPDIR/machine}
	PCI=$ROOT/sys/bus/pci
	mkdir -p "$ROOT"/{proc,dev,run,sbin,sys/class/iommu/dmar0,sys/devices,sys/kernel/iommu_groups} \
		"$PCI"/{devices,drivers}
	: >"$ROOT/dev/kmsg" >"$PCI/drivers_probe"
	tree_cmdline "quiet"
}

# tree_cmdline TEXT: the kernel command line
tree_cmdline() {
	printf '%s\n' "$1" >"$ROOT/proc/cmdline"
}

# tree_driver NAME: a registered driver
tree_driver() {
	mkdir -p "$PCI/drivers/$1"
	: >"$PCI/drivers/$1/bind"
	: >"$PCI/drivers/$1/unbind"
	: >"$PCI/drivers/$1/remove_id"
}

# tree_device SLOT VENDOR:DEVICE[:SUBVENDOR:SUBDEVICE] CLASS [DRIVER|- [PARENT]]: a function, alone in its
# IOMMU group, on its root bus or behind the bridge PARENT; class 0604* is a bridge
tree_device() {
	local dir=$PCI/devices/$1 class=${3^^} vendor device subvendor subdevice above
	IFS=: read -r vendor device subvendor subdevice <<<"${2^^}"
	above=$ROOT/sys/devices/pci${1%:*}
	[ -z "${5:-}" ] || above=$(readlink -f "$PCI/devices/$5")
	mkdir -p "$above/$1"
	ln -sfn "../../../devices/${above##*/sys/devices/}/$1" "$dir"
	printf 'pci:v0000%sd0000%ssv0000%ssd0000%sbc%ssc%si%s\n' "$vendor" "$device" \
		"${subvendor:-1AF4}" "${subdevice:-1100}" "${class:0:2}" "${class:2:2}" "${class:4:2}" \
		>"$dir/modalias"
	echo '(null)' >"$dir/driver_override"
	# What the kernel shows for bridges only.
	[[ $3 != 0604* ]] || echo 1 >"$dir/secondary_bus_number"
	[[ $3 != 0300* ]] || echo 0 >"$dir/boot_vga"
	tree_group "$1" "$1"
	[ "${4:--}" = - ] || {
		[ -d "$PCI/drivers/$4" ] || tree_driver "$4"
		ln -sfn "../../../../bus/pci/drivers/$4" "$dir/driver"
	}
}

# tree_names SLOT: what libpci wants to know of it, too
tree_names() {
	local dir=$PCI/devices/$1 alias class
	read -r alias <"$dir/modalias"
	class=${alias##*bc}
	echo "0x${alias:9:4}" >"$dir/vendor"
	echo "0x${alias:18:4}" >"$dir/device"
	echo "0x${class:0:2}${class:4:2}${class:7:2}" >"$dir/class"
	echo 0 >"$dir/irq"
	printf '0x%016x 0x%016x 0x%016x\n' {0,0,0}{,,,,,,} >"$dir/resource"
	printf '\0%.0s' {1..64} >"$dir/config"
}

# tree_group NAME SLOT...: the functions of an IOMMU group; each leaves the one that it was in
tree_group() {
	local group=$ROOT/sys/kernel/iommu_groups/$1 slot link
	shift
	[ -d "$group/devices" ] || mkdir -p "$group/devices"
	: >"$group/reserved_regions"
	for slot; do
		for link in "$ROOT"/sys/kernel/iommu_groups/*/devices/"$slot"; do
			[ ! -h "$link" ] || rm "$link"
		done
		ln -sfn "../../../../bus/pci/devices/$slot" "$group/devices/$slot"
		ln -sfnr "$group" "$PCI/devices/$slot/iommu_group"
	done
}

# tree_root_on SLOT: / is on an NVMe drive there
tree_root_on() {
	local dir
	dir=$(readlink -f "$PCI/devices/$1")
	mkdir -p "$dir/nvme/nvme0/nvme0n1/slaves" "$ROOT"/{sys/dev/block,sys/class/block,proc/self}
	sed -n 's/pci:v0000\(....\)d0000\(....\).*/0x\1/p' "$dir/modalias" >"$dir/vendor"
	sed -n 's/pci:v0000\(....\)d0000\(....\).*/0x\2/p' "$dir/modalias" >"$dir/device"
	ln -sfnr "$dir/nvme/nvme0/nvme0n1" "$ROOT/sys/dev/block/259:0"
	ln -sfnr "$dir/nvme/nvme0/nvme0n1" "$ROOT/sys/class/block/nvme0n1"
	echo "30 1 259:0 / / rw - ext4 /dev/nvme0n1 rw" >"$ROOT/proc/self/mountinfo"
}

# tree_modprobe: a modprobe that loads vfio-pci, with vfio_iommu_type1 by a softdep; vfio-pci binds at once every unbound device whose override
# names it; what it was given is kept in $ROOT/modprobe.log
tree_modprobe() {
	cat >"$ROOT/sbin/modprobe" <<-EOF
		#!/bin/bash
		{ printf '%s ' "\$@"; env; } >>"$ROOT/modprobe.log"
		# A driver appears with all its files at once.
		mkdir -p "$ROOT/new" "$ROOT/sys/module/vfio_iommu_type1" && : >"$ROOT/new/bind"
		[ -d "$PCI/drivers/vfio-pci" ] || mv "$ROOT/new" "$PCI/drivers/vfio-pci"
		for dir in "$PCI"/devices/*; do
			[ -e "\$dir/driver" ] || [ -h "\$dir/driver" ] && continue
			[ "\$(cat "\$dir/driver_override")" != vfio-pci ] ||
				ln -s ../../../../bus/pci/drivers/vfio-pci "\$dir/driver"
		done
	EOF
	chmod +x "$ROOT/sbin/modprobe"
}

# tree_serve FIFO COMMAND [LENGTH]: a control file that acts: calls COMMAND with each slot (or LENGTH characters)
# written to it
tree_serve() {
	rm -f "$1"
	mkfifo "$1"
	while true; do
		while read -r -N "${3:-12}" slot; do "$2" "$slot"; done <"$1"
	done 3>&- &
	SERVERS+=($!)
}

# tree_stop: ends what tree_serve has started; for teardown()
tree_stop() {
	[ -z "${SERVERS[*]:-}" ] || kill "${SERVERS[@]}" 2>/dev/null || true
}

# what a kernel does on bind, unbind and drivers_probe
kernel_bind() {
	# What was written to the other control file may still be on its way.
	while [ -h "$PCI/devices/$1/driver" ]; do sleep 0.01; done
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$1/driver"
}
kernel_unbind() {
	rm -f "$PCI/devices/$1/driver"
}
kernel_probe() {
	local driver
	driver=$(tr -d '\n' <"$PCI/devices/$1/driver_override")
	[ "$driver" != "(null)" ] || driver=
	[ ! -e "$PCI/drivers/${driver:-native}/declines" ] || return 0
	ln -sn "../../../../bus/pci/drivers/${driver:-native}" "$PCI/devices/$1/driver" 2>/dev/null || true
}

# live_bus: the control files of the bus act as a kernel does
live_bus() {
	mkdir -p "$PCI/drivers/vfio-pci"
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
	tree_serve "$PCI/drivers_probe" kernel_probe
}

# boot VERB [ARG...]: runs the program on the machine
boot() {
	# shellcheck disable=SC2086 # a wrapper is several words
	run ${VFIO_CLAIM_WRAPPER:-} "$BOOT" --sysroot "$ROOT" "$@" 3>&-
}

# contents FILE: as cat, without a process
contents() {
	local text
	[ -r "$1" ] || {
		echo "$1 is not there" >&2
		return 1
	}
	IFS= read -r -d '' text <"$1" || true
	printf '%s' "$text"
}

# override SLOT, driver SLOT: what stands there now
override() {
	contents "$PCI/devices/$1/driver_override"
}
driver() {
	local link
	link=$(readlink "$PCI/devices/$1/driver") || link=-
	echo "${link##*/}"
}

# reserved: the slots whose override is vfio-pci, in one line
reserved() {
	local dir override slots=()
	for dir in "$PCI"/devices/*; do
		override=
		[ ! -f "$dir/driver_override" ] || read -r override <"$dir/driver_override" || true
		[ "$override" != vfio-pci ] || slots+=("${dir##*/}")
	done
	echo "${slots[*]}"
}

# log: what went to the kernel log
log() {
	contents "$ROOT/dev/kmsg"
}

# expect WHAT IS WANTED
expect() {
	[ "$2" = "$3" ] || {
		printf '%s: is "%s", should be "%s"\n' "$1" "$2" "$3"
		return 1
	}
}

# expect_in WHAT TEXT PIECE, expect_not_in WHAT TEXT PIECE
expect_in() {
	[[ $2 == *"$3"* ]] || {
		printf '%s lacks "%s":\n%s\n' "$1" "$3" "$2"
		return 1
	}
}
expect_not_in() {
	[[ $2 != *"$3"* ]] || {
		printf '%s has "%s":\n%s\n' "$1" "$3" "$2"
		return 1
	}
}
