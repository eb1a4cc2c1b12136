# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154 # what it sets and takes is its callers'
#
# What a scenario may say, with its defaults, and the words that its check() is written in; sourced with the
# scenario's name in $scenario and this directory in $here.
#   machine     one of tests/lab/machines
#   arguments   for the kernel command line
#   generators  what builds the image
#   suite       bookworm, trixie or builtin: generator and kernel
#   variant     which image (tests/lab/image)
#   claims      yes: it must fail with a program that does nothing
#   compare     yes: an image without vfio-claim is booted too, for same_table
#   check       reads the outcome in $console, says what is wrong, and returns 1 then

everywhere="initramfs-tools dracut dracut-nosystemd"

machine=two-displays
arguments=
generators="initramfs-tools dracut"
suite=bookworm
variant=claim
claims=yes
compare=no

wrong() {
	echo "$*"
	return 1
}

# driver SLOT NAME: its driver is this one; none is "-"
driver() {
	is=$(lab_driver "$console" "$1")
	[ "$is" = "$2" ] || wrong "$1 is with \"$is\", should be with $2"
}

# logged TEXT, not_logged TEXT: in the kernel log, from vfio-claim
logged() {
	lab_dmesg "$console" | grep -q "vfio-claim: .*$1" || wrong "the kernel log lacks: $1"
}
not_logged() {
	! lab_dmesg "$console" | grep -q "vfio-claim: .*$1" || wrong "the kernel log has: $1"
}

# reserved_first SLOT: no native driver has had the device before it was reserved, or ever after
reserved_first() {
	lab_dmesg "$console" | awk -v slot="$1" '
		/vfio-claim: / && index($0, slot ": reserved for") { reserved = 1; next }
		/bochs|snd_hda_intel|xhci_hcd|nvme/ && index($0, slot) { native = $0 }
		END {
			if (!reserved) print slot ": no line says that it was reserved"
			if (native) print slot ": a native driver had it: " native
			exit !reserved || native
		}'
}

# claimed SLOT: bound to vfio-pci, first, and reported so
claimed() {
	driver "$1" vfio-pci &&
		reserved_first "$1" &&
		logged "0000:$1: claimed by vfio-pci" &&
		reported "0000:$1: claimed by vfio-pci"
}

# reported TEXT: in /run/vfio-claim/boot of the real root
reported() {
	lab_report "$console" | grep -q "$1" || wrong "/run/vfio-claim/boot lacks: $1"
}

# same_table: every function's driver and override is as in an image without vfio-claim
same_table() {
	lab_table "$plain_console" >"$console.plain-table"
	[ -s "$console.plain-table" ] || wrong "no table without vfio-claim" || return
	lab_table "$console" | diff "$console.plain-table" - || wrong "the table is another"
}

# parameter FILE VALUE: a module's parameter, as in vfio_pci/parameters/ids
parameter() {
	lab_vfio "$console" | grep -q "^/sys/module/$1 $2\$" || wrong "$1 is not $2"
}

# shellcheck source=tests/lab/read.sh
. "$here/../lab/read.sh"
# shellcheck source=/dev/null
. "$here/scenarios/$scenario"
