#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim image: the modules that it names, what it lays out, and what it says when it cannot.

bats_require_minimum_version 1.5.0

load ../kernel

setup_file() {
	OBJECTS=$BATS_FILE_TMPDIR/objects
	export OBJECTS
	mkdir "$OBJECTS"
	object "$OBJECTS/vfio.ko" vfio_register ''
	object "$OBJECTS/vfio-pci.ko" '' vfio_register
	object "$OBJECTS/vfio_iommu_type1.ko" '' vfio_register
	object "$OBJECTS/vfio_iommu_spapr_tce.ko" '' vfio_register
	object "$OBJECTS/vfio_virqfd.ko" '' ''
	object "$OBJECTS/iommufd.ko" '' ''
	object "$OBJECTS/nvme.ko" '' ''
	object "$OBJECTS/virtio_pci.ko" '' ''
	object "$OBJECTS/virtio_iommu.ko" '' ''
}

setup() {
	image_setup
}

# failed STATUS TEXT...: nothing on standard output, one line on standard error with every TEXT.
failed() {
	[ "$status" -eq "$1" ] || return 1
	[ "$output" = "" ] || return 1
	[ "${#stderr_lines[@]}" -eq 1 ] || { printf '%s\n' "$stderr"; return 1; }
	[[ "$stderr" == "vfio-claim: "* ]] || return 1
	shift
	local text
	for text; do
		[[ "$stderr" == *"$text"* ]] || { echo "no '$text' in: $stderr"; return 1; }
	done
}

@test "all modules, virqfd of its own: three names as the files have them" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1 vfio_virqfd iommufd nvme" ""
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1\nvfio_virqfd')"
}

@test "all modules, virqfd within vfio: two names" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1 nvme" ""
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "compressed modules: the name ends before .ko" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	xz --check=crc32 "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/"*.ko
	depmod -b "$ROOT" "$KVER"
	grep -q 'vfio-pci\.ko\.xz:' "$ROOT/lib/modules/$KVER/modules.dep"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "a virtio-iommu's driver: in an image for any machine, or for one that has such an IOMMU" {
	local machine=$ROOT/sys/bus/pci/devices
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1 virtio_pci virtio_iommu" ""
	mkdir -p "$machine/0000:00:03.0" "$ROOT/proc/self" "$ROOT/sys/bus/pci/drivers/virtio-pci"
	ln -s ../../devices/0000:00:03.0 "$ROOT/sys/bus/pci/drivers/virtio-pci/0000:00:03.0"
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1\nvirtio_pci\nvirtio_iommu')"
	echo 'pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00' >"$machine/0000:00:03.0/modalias"
	image --hostonly
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
	echo 'pci:v00001AF4d00001057sv00001AF4sd00001100bcFFsc00i00' >"$machine/0000:00:03.0/modalias"
	image --hostonly
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1\nvirtio_pci\nvirtio_iommu')"
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1 virtio_iommu" "virtio_pci"
	image --hostonly
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1\nvirtio_iommu')"
}

@test "all built in: status 0 and no output" {
	kernel lib/modules "nvme" "vfio vfio-pci vfio_iommu_type1 vfio_virqfd"
	image
	done_with ""
	[ -x "$PROGRAM" ]
}

@test "native drivers built in: no matter, and nothing to say of it" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" "nvme xhci_hcd xhci_pci ahci"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "vfio-pci a module, the rest built in: only vfio-pci" {
	kernel lib/modules "vfio-pci" "vfio vfio_iommu_type1"
	image
	done_with "vfio-pci"
}

@test "POWER: spapr where only that exists" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_spapr_tce" ""
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_spapr_tce')"
}

@test "type1 is preferred to spapr" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_spapr_tce vfio_iommu_type1" ""
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "a kernel with iommufd alone can do vfio" {
	kernel lib/modules "vfio vfio-pci iommufd" ""
	image
	done_with "$(printf 'vfio-pci\niommufd')"
}

@test "modules in /usr/lib/modules with no /lib" {
	kernel usr/lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	[ ! -e "$ROOT/lib" ]
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "an absolute /lib link of the sysroot stays within the sysroot" {
	kernel usr/lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	ln -s /usr/lib "$ROOT/lib"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "no vfio: status 1, the kernel and a remedy named, the program laid out nevertheless" {
	kernel lib/modules "nvme" ""
	image
	failed 1 "kernel $KVER cannot do vfio" "vfio-pci" "linux-modules-extra-$KVER" CONFIG_VFIO_PCI
	cmp "$ROOT/usr/lib/vfio-claim/vfio-claim-boot" "$PROGRAM"
}

@test "vfio-pci without any IOMMU backend: status 1 and no half list" {
	kernel lib/modules "vfio vfio-pci" ""
	image
	failed 1 "kernel $KVER cannot do vfio" vfio_iommu_type1 CONFIG_VFIO_IOMMU_TYPE1
}

@test "no module directory: both paths and depmod named" {
	image
	failed 1 "$ROOT/lib/modules/$KVER" "$ROOT/usr/lib/modules/$KVER" "depmod -b $ROOT $KVER"
	[ -x "$PROGRAM" ]
}

@test "no modules.dep: its path and depmod named" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	rm "$ROOT/lib/modules/$KVER/modules.dep"
	image
	failed 1 "$ROOT/lib/modules/$KVER/modules.dep is not there" "depmod -b $ROOT $KVER"
}

@test "no modules.dep.bin: its path and depmod named" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	rm "$ROOT/lib/modules/$KVER/modules.dep.bin"
	image
	failed 1 "$ROOT/lib/modules/$KVER/modules.dep.bin is not there" "depmod -b $ROOT $KVER"
}

@test "a broken index is not taken for a kernel without vfio" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	echo 'this is no index, but long enough to be one' >"$ROOT/lib/modules/$KVER/modules.dep.bin"
	image
	failed 1 "the indexes in $ROOT/lib/modules/$KVER cannot be read" "depmod -b $ROOT $KVER"
	[[ "$stderr" != *"cannot do vfio"* ]]
}

@test "a listed module whose file is gone: named" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	rm "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/vfio_iommu_type1.ko"
	image
	failed 1 "kernel/drivers/vfio/vfio_iommu_type1.ko is listed in modules.dep but is not there"
}

@test "a needed module whose file is gone: named" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	grep -q 'vfio-pci\.ko: .*/vfio\.ko' "$ROOT/lib/modules/$KVER/modules.dep"
	rm "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/vfio.ko"
	image
	failed 1 "kernel/drivers/vfio/vfio.ko is listed in modules.dep but is not there"
}

@test "a blacklist or an alias in modprobe.d does not hide vfio-pci" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT/etc/modprobe.d"
	printf 'blacklist vfio-pci\nalias vfio_pci nvme\n' >"$ROOT/etc/modprobe.d/a.conf"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

# --- modprobe.d ---

@test "options ids=: a warning with file and line, the status stays 0" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT/etc/modprobe.d"
	printf '# guide\n\noptions vfio-pci disable_vga=1 ids=10de:1e07,10de:10f7\n' \
		>"$ROOT/etc/modprobe.d/vfio.conf"
	image
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'vfio-pci\nvfio_iommu_type1')" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "vfio-claim: warning: $ROOT/etc/modprobe.d/vfio.conf:3: "* ]]
	[[ "$stderr" == *"every matching device itself, including kept ones, when anything but vfio-claim loads it; remove the line"* ]]
}

@test "options ids=: underscore, quotes, blanks, every directory, a line for each" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT"/{etc,run,usr/local/lib,usr/lib,lib}/modprobe.d
	echo 'options vfio_pci ids=1:2' >"$ROOT/etc/modprobe.d/a.conf"
	printf '\toptions\tvfio-pci\t ids="1:2, 3:4"\n' >"$ROOT/run/modprobe.d/b.conf"
	printf 'options vfio-pci "ids=1:2"' >"$ROOT/usr/local/lib/modprobe.d/c.conf" # no newline
	printf 'options vfio-pci ids=1:2\r\n' >"$ROOT/usr/lib/modprobe.d/d.conf"
	printf 'options vfio-pci ids=1:2\n\noptions vfio-pci ids=3:4\n' >"$ROOT/lib/modprobe.d/e.conf"
	image
	[ "$status" -eq 0 ]
	[ "$(cut -d' ' -f3 <<<"$stderr")" = "$(printf "$ROOT%s:\n" /etc/modprobe.d/a.conf:1 \
		/run/modprobe.d/b.conf:1 /usr/local/lib/modprobe.d/c.conf:1 \
		/usr/lib/modprobe.d/d.conf:1 /lib/modprobe.d/e.conf:1 /lib/modprobe.d/e.conf:3)" ]
}

@test "options ids=: joined lines are named by their first" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT/etc/modprobe.d"
	# The third line is still comment; the fourth to sixth are one.
	printf '%s\n' '# one' '# two \' 'options vfio-pci ids=1:2' 'options \' ' vfio-pci \' \
		' ids=3:4' 'options vfio-pci ids=5:6 \' >"$ROOT/etc/modprobe.d/a.conf"
	image
	[ "$(cut -d' ' -f3 <<<"$stderr")" = "$(printf "$ROOT/etc/modprobe.d/a.conf:%s:\n" 4 7)" ]
}

@test "options ids=: no warning where vfio-pci is built in and modprobe.d does not reach it" {
	kernel lib/modules "vfio_iommu_type1" "vfio vfio-pci"
	mkdir -p "$ROOT/etc/modprobe.d"
	echo 'options vfio-pci ids=1:2' >"$ROOT/etc/modprobe.d/a.conf"
	image
	done_with "vfio_iommu_type1"
}

@test "install: a line for each of vfio's modules, whatever way it is written; the status stays 0" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT/etc/modprobe.d"
	printf '%s\n' 'install vfio-pci /usr/local/bin/override.sh' '#install vfio /bin/true' 'install nouveau /bin/false' \
		'install vfio \' ' /bin/true' ' install vfio-iommu-type1 /sbin/modprobe -i vfio_iommu_type1' \
		>"$ROOT/etc/modprobe.d/a.conf"
	image
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'vfio-pci\nvfio_iommu_type1')" ]
	[ "${#stderr_lines[@]}" -eq 3 ]
	[[ "$stderr" == "vfio-claim: warning: $ROOT/etc/modprobe.d/a.conf:1: this 'install vfio-pci' line makes modprobe run"* ]]
	[[ "$stderr" == *"$ROOT/etc/modprobe.d/a.conf:4: this 'install vfio' line"* ]]
	[[ "$stderr" == *"$ROOT/etc/modprobe.d/a.conf:6: this 'install vfio-iommu-type1' line"* ]]
}

@test "install: no warning where all of vfio is built in" {
	kernel lib/modules "" "vfio vfio-pci vfio_iommu_type1"
	mkdir -p "$ROOT/etc/modprobe.d"
	echo 'install vfio-pci /bin/true' >"$ROOT/etc/modprobe.d/a.conf"
	image
	done_with ""
}

@test "no warning for what does no harm" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$ROOT"/etc/modprobe.d/dir.conf
	printf '%s\n' '#options vfio-pci ids=1:2' ' # options vfio-pci ids=1:2' \
		'options vfio-pci disable_vga=1' 'options vfio-pci ids=' 'options vfio-pci ids=""' \
		'options vfio ids=1:2' 'options vfio-pci-core ids=1:2' 'options pci-stub ids=1:2' \
		'options vfio-pci noids=1:2' 'install nouveau /bin/true ids=1:2' 'options' \
		'options vfio-pci' 'blacklist vfio-pci' 'softdep nvme pre: vfio-pci' \
		>"$ROOT/etc/modprobe.d/a.conf"
	echo 'options vfio-pci ids=1:2' >"$ROOT/etc/modprobe.d/a.conf.bak"
	echo 'options vfio-pci ids=1:2' >"$ROOT/etc/modprobe.d/.b.conf"
	image
	done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
}

@test "a file in /etc hides one of the same name in /usr/lib, a link to /dev/null too" {
	kernel usr/lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	ln -s usr/lib "$ROOT/lib"
	mkdir -p "$ROOT/etc/modprobe.d" "$ROOT/usr/lib/modprobe.d"
	ln -s /dev/null "$ROOT/etc/modprobe.d/a.conf"
	echo '# nothing' >"$ROOT/etc/modprobe.d/b.conf"
	for name in a b c; do
		echo 'options vfio-pci ids=1:2' >"$ROOT/usr/lib/modprobe.d/$name.conf"
	done
	image
	# /lib is /usr/lib here: c.conf is named once.
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == *"$ROOT/usr/lib/modprobe.d/c.conf:1: "* ]]
}

# --- the layout ---

@test "layout: content, mode and time of the program, whatever the umask" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	touch -d '2020-02-02 02:02:02 UTC' "$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	umask 077
	image
	done_with ""
	cmp "$ROOT/usr/lib/vfio-claim/vfio-claim-boot" "$PROGRAM"
	[ "$(stat -c '%a %Y' "$PROGRAM")" = "755 1580608922" ]
	[ "$(stat -c %a "$OUT/usr" "$OUT/usr/lib" "$OUT/usr/lib/vfio-claim" | uniq)" = 755 ]
}

@test "layout: a second run changes nothing and leaves nothing else behind" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	image
	first=$output
	find "$OUT" | sort >"$BATS_TEST_TMPDIR/before"
	image
	done_with "$first"
	find "$OUT" | sort | diff "$BATS_TEST_TMPDIR/before" -
	[ "$(cd "$OUT" && find . -type f | sort | xargs)" = \
		"./usr/lib/udev/rules.d/10-vfio-claim.rules ./usr/lib/vfio-claim/vfio-claim-boot" ]
}

@test "layout: an old program is replaced, not written over" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	mkdir -p "$OUT/usr/lib/vfio-claim"
	echo old >"$PROGRAM"
	ln "$PROGRAM" "$BATS_TEST_TMPDIR/in-use"
	image
	done_with ""
	cmp "$ROOT/usr/lib/vfio-claim/vfio-claim-boot" "$PROGRAM"
	[ "$(cat "$BATS_TEST_TMPDIR/in-use")" = old ]
}

@test "layout: links of the image are followed and kept, absolute ones within the image" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	mkdir -p "$OUT/data/lib"
	ln -s usr/lib "$OUT/lib"
	mkdir "$OUT/usr"
	ln -s /data/lib "$OUT/usr/lib"
	image
	done_with ""
	[ "$(readlink "$OUT/usr/lib")" = /data/lib ]
	[ "$(readlink "$OUT/lib")" = usr/lib ]
	cmp "$ROOT/usr/lib/vfio-claim/vfio-claim-boot" "$OUT/data/lib/vfio-claim/vfio-claim-boot"
	[ ! -e /data/lib/vfio-claim ]
}

@test "layout: a link that climbs above the image ends in the image" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	mkdir -p "$OUT/usr"
	ln -s ../../../../escaped "$OUT/usr/lib"
	image
	done_with ""
	[ -x "$OUT/escaped/vfio-claim/vfio-claim-boot" ]
	[ "$(find "$BATS_TEST_TMPDIR" -name escaped -type d)" = "$OUT/escaped" ]
}

@test "layout: links in a circle are an error, not a hang" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	ln -s usr "$OUT/usr"
	run --separate-stderr timeout 10 "$VFIO_CLAIM" --sysroot "$ROOT" image --kernel "$KVER" --output "$OUT"
	failed 1 "$OUT" "a loop of them"
}

@test "layout: no boot program to copy" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	rm "$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	image
	failed 1 "$ROOT/usr/lib/vfio-claim/vfio-claim-boot is not there" "install vfio-claim again"
	[ -z "$(ls -A "$OUT")" ]
}

@test "layout: a file where a directory has to be" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir "$OUT/usr"
	echo >"$OUT/usr/lib"
	image
	failed 1 "$OUT/usr/lib/vfio-claim" "not a directory"
}

@test "layout: udev's rule is in the image, and without it there is no image that claims" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	image
	cmp "$OUT/usr/lib/udev/rules.d/10-vfio-claim.rules" "$ROOT/usr/lib/udev/rules.d/10-vfio-claim.rules"
	rm "$ROOT/usr/lib/udev/rules.d/10-vfio-claim.rules"
	image
	failed 1 "$ROOT/usr/lib/udev/rules.d/10-vfio-claim.rules is not there" "install vfio-claim again"
}

@test "layout: no rule for a kernel with which udev cannot tell what was triggered, nor an old one" {
	local rule=$OUT/usr/lib/udev/rules.d/10-vfio-claim.rules
	for KVER in 4.13.0 4.18.0-553.el8.x86_64 10.1.0 3.10.0-1160.el7.x86_64 4.12.14 2.6.32; do
		kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
		image
		done_with "$(printf 'vfio-pci\nvfio_iommu_type1')"
		case $KVER in
			3.*|4.12.*|2.*) [ ! -e "$rule" ] ;;
			*) [ -e "$rule" ] ;;
		esac || { echo "$KVER"; return 1; }
	done
}

@test "layout: a directory in the program's place, and no temporary file left" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "$PROGRAM"
	image
	failed 1 "$PROGRAM" "it is a directory"
	[ "$(ls -A "$OUT/usr/lib/vfio-claim")" = vfio-claim-boot ]
}

@test "layout: a temporary file that a killed build has left is no obstacle" {
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	mkdir -p "${PROGRAM%/*}"
	echo half >"$PROGRAM.vfio-claim-new"
	image
	[ "$status" = 0 ]
	[ "$(ls -A "$OUT/usr/lib/vfio-claim")" = vfio-claim-boot ]
}

@test "--output is taken as it is, also relative and with a slash at its end" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	cd "$OUT"
	run --separate-stderr "$VFIO_CLAIM" image --sysroot=../root --kernel=$KVER --output=./
	done_with ""
	[ -x "$PROGRAM" ]
}

@test "--output that is no directory" {
	rmdir "$OUT"
	image
	failed 1 "--output $OUT: there is no such directory"
	[ ! -e "$OUT" ]
	touch "$OUT"
	image
	failed 1 "--output $OUT: there is no such directory"
}

@test "standard output that cannot be written to" {
	[ -e /dev/full ] || skip "no /dev/full"
	kernel lib/modules "vfio vfio-pci vfio_iommu_type1" ""
	run --separate-stderr sh -c '"$0" --sysroot "$1" image --kernel "$2" --output "$3" >/dev/full' \
		"$VFIO_CLAIM" "$ROOT" "$KVER" "$OUT"
	failed 1 "cannot write to standard output" "no space"
}

# --- usage ---

@test "usage: --kernel missing, empty, with a slash, dots" {
	run --separate-stderr "$VFIO_CLAIM" image --output "$OUT"
	failed 2 "--kernel KVER is missing" "'vfio-claim image --help'"
	for kver in "" a/b .. . /; do
		run --separate-stderr "$VFIO_CLAIM" image --kernel "$kver" --output "$OUT"
		failed 2 "'$kver' is not a kernel release"
	done
	[ -z "$(ls -A "$OUT")" ]
}

@test "usage: --output missing or empty" {
	run --separate-stderr "$VFIO_CLAIM" image --kernel "$KVER"
	failed 2 "--output DIR is missing" "'vfio-claim image --help'"
	run --separate-stderr "$VFIO_CLAIM" image --kernel "$KVER" --output ""
	failed 2 "--output"
}

@test "usage: options and operands that are none" {
	for bad in --frob --frob=1 --kern=1 --kernels -k - --=1 ---; do
		run --separate-stderr "$VFIO_CLAIM" image "$bad"
		failed 2 "image: unknown option ${bad%%=*}; " "'vfio-claim image --help'"
	done
	run --separate-stderr "$VFIO_CLAIM" image --help=1
	failed 2 "image: option --help takes no value"
	run --separate-stderr "$VFIO_CLAIM" image --kernel "$KVER" --output "$OUT" extra
	failed 2 "unexpected argument 'extra'"
	run --separate-stderr "$VFIO_CLAIM" image --kernel "$KVER" --output "$OUT" -- --help
	failed 2 "unexpected argument '--help'"
	run --separate-stderr "$VFIO_CLAIM" image --kernel
	failed 2 "option --kernel needs a value"
}

@test "usage: global options" {
	run --separate-stderr "$VFIO_CLAIM"
	failed 2 "no command" "'vfio-claim --help'"
	run --separate-stderr "$VFIO_CLAIM" frobnicate
	failed 2 "unknown command 'frobnicate'" "'vfio-claim --help'"
	run --separate-stderr "$VFIO_CLAIM" --frob image
	failed 2 "unknown option --frob" "'vfio-claim --help'"
	run --separate-stderr "$VFIO_CLAIM" --sysroot
	failed 2 "option --sysroot needs a value"
	run --separate-stderr "$VFIO_CLAIM" --sysroot "" list
	failed 2 "--sysroot"
	run --separate-stderr "$VFIO_CLAIM" image --sysroot "$BATS_TEST_TMPDIR/none"
	failed 1 "--sysroot $BATS_TEST_TMPDIR/none: there is no such directory"
}

@test "--help and --version, on standard output" {
	run --separate-stderr "$VFIO_CLAIM" --help
	[ "$status" -eq 0 ]
	[[ "$output" == "Usage: vfio-claim "*" list "*" image "* ]]
	[ "$stderr" = "" ]
	run --separate-stderr "$VFIO_CLAIM" image --help
	[ "$status" -eq 0 ]
	[[ "$output" == "Usage: vfio-claim image --kernel KVER --output DIR"* ]]
	[ "$stderr" = "" ]
	run --separate-stderr "$VFIO_CLAIM" --version
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^vfio-claim\ [0-9]+\.[0-9]+ ]]
	[ "$stderr" = "" ]
}
