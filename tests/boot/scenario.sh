# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154 # what it sets and takes is its callers'
#
# What a scenario may say, with its defaults, and the words that its check() is written in; sourced with the
# scenario's name in $scenario and this directory in $here.
#   machine     one of tests/lab/machines
#   arguments   for the kernel command line
#   generators  what builds the image: one where it is the program alone that matters, $both or $everywhere where
#               it is called from does
#   suite       bookworm, trixie or builtin: generator and kernel
#   variant     which image (tests/lab/image)
#   files       puts what is to be on top of the image
#   seconds     how long the boot may take
#   claims      yes: it must fail with a program that does nothing
#   loses       yes: with such a program the real root is never reached
#   compare     yes: an image without vfio-claim is booted too, for same_table
#   plan        yes: what vfio-claim plan says of this boot, afterwards, must be what the boot has reported
#   check       reads the outcome in $console, says what is wrong, and returns 1 then

everywhere="initramfs-tools dracut dracut-nosystemd"
both="initramfs-tools dracut"

machine=two-displays
arguments=
generators=initramfs-tools
suite=bookworm
variant=claim
seconds=120
claims=yes
loses=no
compare=no
plan=yes

files() {
	:
}

# --- for files(): each leaves a file in $tree ---------------------------------------------------

# put PATH: standard input, as a program if it begins with #!
put() {
	mkdir -p "$tree/${1%/*}"
	cat >"$tree/$1"
	case $(head -c 2 "$tree/$1") in
		'#!') chmod 755 "$tree/$1" ;;
	esac
}

# program FILE PATH: a copy of a file that is there
program() {
	mkdir -p "$tree/${2%/*}"
	cp "$1" "$tree/$2"
}

# early: standard input, which sh runs before everything else; for the variant early
early() {
	put usr/lib/lab/early
}

# load_early NAME: a module of tests/modules is there before everything else; for the variant early
load_early() {
	program "$lab/modules/$1.ko" "usr/lib/lab/$1.ko"
	program "$lab/$suite/root/bin/kmod" usr/lib/lab/insmod
	echo "/usr/lib/lab/insmod /usr/lib/lab/$1.ko" | early
}

# second_kernel CRASH-OR-NEXT WORDS: on top of an image of the variant early, what loads the suite's kernel with that
# image and these WORDS more, for tests/lab/init to crash into, or to start (lab.crash, lab.kexec); there, standard
# input is what sh runs before everything else
second_kernel() {
	mkdir -p "$tree/usr/lib/lab"
	cat >"$tree/usr/lib/lab/second"
	early <<-END
		case \$(cat /proc/cmdline) in
			*" $2"*) . /usr/lib/lab/second ;;
			*)
				read -r words < /proc/cmdline
				/usr/lib/lab/kexec $1 /usr/lib/lab/vmlinuz /usr/lib/lab/image "\$words $2" 2> /dev/kmsg
				cp /usr/lib/lab/kexec /run/lab-kexec
				;;
		esac
	END
	second_image >"$out/$number.image"
	cc -static -o "$out/$number.kexec" "$here/../lab/kexec.c"
	program "$out/$number.image" usr/lib/lab/image
	program "$out/$number.kexec" usr/lib/lab/kexec
	program "$lab/$suite/root/boot/vmlinuz-$(cat "$lab/$suite/kver")" usr/lib/lab/vmlinuz
	rm "$out/$number.image" "$out/$number.kexec"
}

# The same image again with the same files on top; packed as a whole where nothing is packed in it, since it lies in
# memory twice.
second_image() {
	case $generator in
		dracut*) zstd -q -1 <"$lab/images/$suite-$generator-$variant.img" >"$out/$number.base" ;;
		*) cp "$lab/images/$suite-$generator-$variant.img" "$out/$number.base" ;;
	esac
	truncate -s %4 "$out/$number.base"
	cat "$out/$number.base"
	rm "$out/$number.base"
	(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# modprobe_vfio: standard input, which is what modprobe does when it is asked for a module of vfio's; the real
# one is /usr/lib/lab/modprobe
modprobe_vfio() {
	program "$lab/$suite/root/bin/kmod" usr/lib/lab/modprobe
	{
		echo '#!/bin/sh'
		echo 'case "$*" in'
		echo '*vfio*)'
		cat
		echo ';;'
		echo '*) exec /usr/lib/lab/modprobe "$@" ;;'
		echo 'esac'
	} | put usr/sbin/modprobe
}

# --- for check() --------------------------------------------------------------------------------

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

# override SLOT NAME: its driver_override; none is "-"
override() {
	is=$(lab_override "$console" "$1")
	[ "$is" = "$2" ] || wrong "the driver_override of $1 is \"$is\", should be $2"
}

# never_native SLOT: no native driver has ever had the device
never_native() {
	! lab_dmesg "$console" | grep -v 'vfio-claim: ' | grep -E 'bochs|snd_hda_intel|xhci_hcd|nvme' |
		grep "$1" || wrong "$1: a native driver has had it"
}

# reserved_first SLOT: and so since before the drivers were there
reserved_first() {
	logged "$1: reserved for" && never_native "$1"
}

# claimed SLOT [DRIVER]: bound to vfio-pci or its variant, first, and reported so
claimed() {
	driver "$1" "${2:-vfio-pci}" &&
		reserved_first "$1" &&
		logged "0000:$1: claimed by ${2:-vfio-pci}" &&
		reported "0000:$1: claimed by ${2:-vfio-pci}"
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

# lost_at_most SECONDS: the real root is reached that much later than without vfio-claim. Two equal boots can be as
# far apart as the faster one is long, when this computer has other work: that much is allowed on top.
lost_at_most() {
	is=$(lab_uptime "$console") was=$(lab_uptime "$plain_console")
	[ -n "$was" ] || wrong "no time without vfio-claim" || return
	[ "$is" -le $((2 * was + $1)) ] || wrong "the real root is reached after $is s, without vfio-claim after $was s"
}

# what_can_be_known: of a report, without what is only known in the boot: a variant driver that declines, whether a
# neighbour had its driver already when the boot ended, what else holds a display's memory, what others have made of
# vfio-pci. Of nothing a report says nothing.
what_can_be_known() {
	sed -e '/^Nothing is asked for /d' -e '/given back: vfio-pci had it: /d' -e 's/: claimed by [^ ]* (/: claimed by - (/' \
		-e 's/ if a driver takes it, it keeps / its driver keeps /' \
		-e "s/: no IOMMU is active[:;][^(]*/: no IOMMU is active /" -e 's/; [^;]* holds memory of it: .*//' | sort
}

# as_planned: what the boot has reported is what vfio-claim plan says of its command line
as_planned() {
	lab_plan "$console" | what_can_be_known >"$console.plan"
	lab_report "$console" | sed '$d' | what_can_be_known | diff "$console.plan" - ||
		wrong "the plan is not what was reported"
}

# parameter FILE VALUE: a module's parameter, as in vfio_pci/parameters/ids
parameter() {
	lab_vfio "$console" | grep -q "^/sys/module/$1 $2\$" || wrong "$1 is not $2"
}

# shellcheck source=tests/lab/read.sh
. "$here/../lab/read.sh"
# shellcheck source=/dev/null
. "$here/scenarios/$scenario"
