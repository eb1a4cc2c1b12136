# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154 # what it sets and takes is its callers'
#
# What a scenario can set, with the defaults, and the words for its files() and check(); sourced with the scenario's
# name, or the absolute path of another such file, in $scenario and this directory in $here.
#   machine     one of tests/lab/machines, or the absolute path of another such file
#   arguments   for the kernel command line
#   generators  what builds the image: one where only the program matters, $both or $everywhere where it matters what
#               runs it, and for what the README promises (tests/boot/promises)
#   suite       bookworm, trixie or builtin: generator and kernel
#   variant     which image (tests/lab/image)
#   files       puts files on top of the image
#   seconds     how long the boot may take, times the pace of this machine (tests/lab/pace)
#   claims      yes: it must fail with a program that does nothing
#   loses       yes: with such a program the real root is never reached
#   compare     yes: an image without vfio-claim is booted too, for same_table
#   plan        yes: afterwards vfio-claim plan must say of this boot what the boot has reported
#   check       reads the outcome in $console; returns 1 after printing what is wrong

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

# --- for files(): each of these puts a file into $tree ------------------------------------------

# put PATH: standard input, as a program if it begins with #!
put() {
	mkdir -p "$tree/${1%/*}"
	cat >"$tree/$1"
	case $(head -c 2 "$tree/$1") in
		'#!') chmod 755 "$tree/$1" ;;
	esac
}

# program FILE PATH: a copy of FILE
program() {
	mkdir -p "$tree/${2%/*}"
	cp "$1" "$tree/$2"
}

# early: standard input, which sh runs before everything else; for the variant early
early() {
	put usr/lib/lab/early
}

# load_early NAME: a module of tests/modules, loaded before everything else; for the variant early
load_early() {
	program "$lab/modules/$1.ko" "usr/lib/lab/$1.ko"
	program "$lab/$suite/root/bin/kmod" usr/lib/lab/insmod
	echo "/usr/lib/lab/insmod /usr/lib/lab/$1.ko" | early
}

# built_in MODULE…: Debian's modules, loaded before the image's init runs, as if they were built into the kernel. The
# image need not have them.
built_in() {
	kver=$(cat "$lab/$suite/kver")
	modules=$lab/$suite/root/usr/lib/modules/$kver
	for module; do
		modprobe -d "$lab/$suite/root" -S "$kver" --show-depends "$module" || return
	done | sed -n 's|^insmod .*/lib/modules/[^/]*/\([^ ]*\).*|\1|p' >"$console.modules"
	for file in modules.order modules.builtin modules.builtin.modinfo $(sort -u "$console.modules"); do
		program "$modules/$file" "usr/lib/lab/built-in/lib/modules/$kver/$file"
	done
	rm "$console.modules"
	depmod -b "$tree/usr/lib/lab/built-in" "$kver"
	program "$lab/$suite/root/bin/kmod" usr/lib/lab/modprobe
	put usr/lib/lab/init <<-END
		#!/bin/sh
		mkdir -p /dev /proc /sys
		mount -t devtmpfs dev /dev
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		/usr/lib/lab/modprobe -d /usr/lib/lab/built-in -a $* && echo "lab: built in: $*" >/dev/kmsg
		umount /sys
		umount /proc
		umount /dev
		exec /init "\$@"
	END
}

# second_kernel crash|next WORDS: loads the suite's kernel, with the same image and these WORDS more, for tests/lab/init
# to crash into or to start (lab.crash, lab.kexec); for the variant early. In the second kernel, sh runs standard input
# before everything else.
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

# The same image with the same files on top. Dracut's is not compressed: here it is, because it is in memory twice.
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

# modprobe_vfio: standard input, which modprobe runs when it is to load a vfio module; the real modprobe is
# /usr/lib/lab/modprobe
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
	[ "$is" = "$2" ] || wrong "the driver of $1 is \"$is\", expected $2"
}

# logged TEXT, not_logged TEXT: vfio-claim's lines in the kernel log
logged() {
	lab_dmesg "$console" | grep -q "vfio-claim: .*$1" || wrong "the kernel log lacks: $1"
}
not_logged() {
	! lab_dmesg "$console" | grep -q "vfio-claim: .*$1" || wrong "the kernel log has: $1"
}

# override SLOT NAME: its driver_override; none is "-"
override() {
	is=$(lab_override "$console" "$1")
	[ "$is" = "$2" ] || wrong "the driver_override of $1 is \"$is\", expected $2"
}

# never_native SLOT: no native driver has ever had the device
never_native() {
	! lab_dmesg "$console" | grep -v 'vfio-claim: ' | grep -E 'bochs|snd_hda_intel|xhci_hcd|nvme' |
		grep "$1" || wrong "a native driver had $1"
}

# claimed SLOT [DRIVER]: reserved before the native drivers were there, bound to vfio-pci or its variant DRIVER, and reported
claimed() {
	driver "$1" "${2:-vfio-pci}" &&
		never_native "$1" &&
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
	[ -s "$console.plain-table" ] || wrong "there is no table of a boot without vfio-claim" || return
	lab_table "$console" | diff "$console.plain-table" - || wrong "drivers or overrides differ"
}

# lost_at_most SECONDS: the real root is reached that much later than without vfio-claim. On a busy computer two equal
# boots can differ by the time of the faster one: that much is allowed on top.
lost_at_most() {
	is=$(lab_uptime "$console") was=$(lab_uptime "$plain_console")
	[ -n "$was" ] || wrong "there is no time of a boot without vfio-claim" || return
	[ "$is" -le $((2 * was + $1)) ] || wrong "the real root was reached after $is s, without vfio-claim after $was s"
}

# what_can_be_known: a report without what only the boot can know: whether a variant driver declines, whether a neighbour
# already had its driver when the boot ended, what else holds a display's memory, what others did with vfio-pci. When
# nothing is requested, a report is empty.
what_can_be_known() {
	sed -e '/^No devices requested /d' -e '/^Module options: /d' -e '/given back: vfio-pci had it: /d' -e 's/: claimed by [^ ]* (/: claimed by - (/' \
		-e 's/ if a driver takes it, it keeps / its driver keeps /' \
		-e "s/: no IOMMU is active[:;,][^(]*/: no IOMMU is active /" -e 's/; [^;]* holds memory of it: .*//' | sort
}

# as_planned: the boot has reported what vfio-claim plan says of its command line
as_planned() {
	lab_plan "$console" | what_can_be_known >"$console.plan"
	lab_report "$console" | sed '$d' | what_can_be_known | diff "$console.plan" - ||
		wrong "the report differs from the plan"
}

# was_built_in: built_in has worked
was_built_in() {
	lab_dmesg "$console" | grep -q "lab: built in: " || wrong "the modules were not loaded before /init"
}

# parameter FILE VALUE: a module's parameter; FILE is as vfio_pci/parameters/ids
parameter() {
	lab_vfio "$console" | grep -q "^/sys/module/$1 $2\$" || wrong "$1 is not $2"
}

# shellcheck source=tests/lab/read.sh
. "$here/../lab/read.sh"
# shellcheck source=/dev/null
case $scenario in
	/*) . "$scenario" ;;
	*) . "$here/scenarios/$scenario" ;;
esac
