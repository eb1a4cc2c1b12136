# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What tests share in which a Debian with the package is on one disk, which keeps its changes and is booted by its own
# GRUB, with two identical displays; sourced after lib.sh and tests/lab/read.sh. They set $disk, $root, $work, $deb, and
# $console, the file for what a boot prints; and may set $disk_machine, another machine, and $disk_options, options of
# QEMU, one word each.

# write_boots: each boot that reaches the real root runs the shell commands on standard input, then prints the usual report.
# There, $boot counts these boots, and run NAME COMMAND… runs one in its own section.
write_boots() {
	mv "$root/usr/local/sbin/lab-report" "$root/usr/local/sbin/lab-report-only"
	{
		cat << 'END'
boot=$(($(cat /var/lib/lab-boot 2> /dev/null) + 1))
echo "$boot" > /var/lib/lab-boot
dmesg -n 1
# run NAME COMMAND…: in a section with its status and duration. Not on the terminal, where lines are folded.
run() {
	echo "=== $1"
	shift
	read -r began rest < /proc/uptime
	"$@" > /run/lab-said 2>&1
	status=$?
	cat /run/lab-said
	echo "exit status $status"
	read -r ended rest < /proc/uptime
	echo "took $((${ended%.*} - ${began%.*})) s"
}
END
		cat
		cat << 'END'
# As after a shutdown: GRUB cannot read what is only in the journal.
sync
echo u > /proc/sysrq-trigger
. /usr/local/sbin/lab-report-only
END
	} > "$root/usr/local/sbin/lab-report"
	# A boot with a claim hangs while this file exists, after everything that vfio-claim does there.
	cat > "$root/etc/initramfs-tools/scripts/init-bottom/zz-lab-hang" <<- 'END'
		#!/bin/sh
		[ "$1" != prereqs ] || exit 0
		read -r words < /proc/cmdline
		[ -e "$rootmnt/etc/lab-hang" ] && [ "$words" != "${words#*rd.vfio.claim}" ] || exit 0
		[ "$words" = "${words%rd.vfio=0*}" ] || exit 0
		echo "=== hanging" > /dev/console
		while :; do sleep 60; done
	END
	chmod +x "$root/etc/initramfs-tools/scripts/init-bottom/zz-lab-hang"
}

apt() {
	chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o Dpkg::Use-Pty=0 "$@"
}

# The package's trigger does not rebuild the image: enable does.
finish_system() {
	settings=$root/etc/initramfs-tools/update-initramfs.conf
	chroot "$root" update-initramfs -u
	chroot "$root" update-grub
	cp "$deb" "$root/tmp/vfio-claim.deb"
	sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$settings"
	apt update && apt install /tmp/vfio-claim.deb
	sed -i 's/^update_initramfs=.*/update_initramfs=yes/' "$settings"
} > "$work/finish.log" 2>&1

# power_on [MARK]: boots, to the end or until the console says MARK; then the power is cut. The console is $console.
power_on() {
	# shellcheck disable=SC2086 # one word an option
	run_disk "$disk" '' "${disk_machine:-two-displays}" "$console" 1800 ${disk_options-} &
	machine=$!
	while [ $# -gt 0 ] && kill -0 "$machine" 2> /dev/null; do
		! grep -qs "^$1" "$console.raw" || kill "$machine"
		sleep 1
	done
	wait "$machine" || true
	[ $# -gt 0 ] || read_console "$console"
}

# said SECTION TEXT…: each is in one of its lines
said() {
	section=$1
	shift
	lab_section "$console" "$section" > "$work/section"
	for piece; do
		grep -qF -e "$piece" "$work/section" || {
			echo "$section does not say: $piece"
			cat "$work/section"
			return 1
		}
	done
}

# drivers FIRST SECOND: those of the two displays
drivers() {
	lab_table "$console"
	lab_dmesg "$console" | grep vfio-claim || true
	[ "$(lab_driver "$console" 01:00.0) $(lab_driver "$console" 02:00.0)" = "$1 $2" ]
}

claim_holds() {
	drivers bochs-drm vfio-pci && said status "exit status 0" "0000:02:00.0  on vfio-pci" &&
		said unit ActiveState=active
}

no_claim() {
	drivers bochs-drm bochs-drm && ! lab_vfio "$console" | grep rd.vfio
}
