# SPDX-License-Identifier: GPL-2.0-or-later
# What tests of commands that change a system's settings share; for system.bash's systems.
# shellcheck shell=bash disable=SC2154

vfio() {
	# shellcheck disable=SC2086,SC2154 # a wrapper is several words; run sets the others
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" "$@"
}

# did COMMAND...: it has status 0
did() {
	vfio "$@"
	expect "status of $* ($output $stderr)" "$status" 0
}

# refused STATUS PIECE COMMAND...: with this in its message, and nothing is changed
refused() {
	local wanted=$1 piece=$2 before
	shift 2
	before=$(system_sum)
	vfio "$@"
	expect "status of $* ($output $stderr)" "$status" "$wanted"
	expect_in message "$stderr" "$piece"
	same_files "$before"
}

# same_files SUM: all files are as they were then
same_files() {
	diff <(echo "$1") <(system_sum)
}

# words FILE: what of ours is in it, in a grub.cfg but for the rescue kernel's entry
words() {
	LC_ALL=C sed "/^[[:blank:]]*menuentry '.*(0-rescue/,/}/d" "$1" |
		grep -ao 'rd\.vfio[^ "#]*\|intel_iommu=[^ "#]*\|iommu=pt' | tr '\n' ' '
}

# boot_number N [CMDLINE]: the system has been started again, with this command line or that of its menu's first entry
boot_number() {
	mkdir -p "$ROOT/proc/sys/kernel/random"
	echo "boot-$1" >"$ROOT/proc/sys/kernel/random/boot_id"
	[ $# = 1 ] || tree_cmdline "$2"
}

# takes SLOT: vfio-pci has it
takes() {
	[ -d "$PCI/drivers/vfio-pci" ] || tree_driver vfio-pci
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$1/driver"
}
