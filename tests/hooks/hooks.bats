#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The glue for the initramfs generators: what is in the images that they build with it (tests/lab/image),
# what it does where no claim is possible, and what `make install` and `make uninstall` put and take.
# Needs root, what tests/lab/base needs, and cpio, zstd, xz, readelf.
# shellcheck disable=SC2030,SC2031 # every test is a shell of its own
# shellcheck disable=SC2154        # run sets $stderr

bats_require_minimum_version 1.5.0

load ../unit/tree

# Only of these is the whole content needed; of the others the names of all files, and scripts/.
WHOLE="bookworm-initramfs-tools-claim trixie-initramfs-tools-claim bookworm-dracut-claim
	trixie-dracut-claim bookworm-dracut-nosystemd-claim"

# images SUITE: GENERATOR VARIANT per line
images() {
	printf '%s\n' "initramfs-tools plain" "initramfs-tools claim" "initramfs-tools late" \
		"dracut plain" "dracut claim"
	[ "$1" != bookworm ] || printf '%s\n' "dracut-nosystemd plain" "dracut-nosystemd claim"
}

# prepare SUITE: builds the images where they are not, and unpacks each into $TREES/NAME
prepare() {
	local generator variant name tree
	while read -r generator variant; do
		name=$1-$generator-$variant
		tree=$TREES/$name
		"$TOP/tests/lab/image" "$1" "$generator" "$variant" </dev/null || return
		"$TOP/tests/hooks/unpack" "$LAB/images/$name.img" "$tree" || return
		find "$tree" -mindepth 1 -printf '%P\n' | LC_ALL=C sort >"$TREES/$name.list"
		[[ " ${WHOLE//[[:space:]]/ } " == *" $name "* ]] ||
			find "$tree" -mindepth 1 -maxdepth 1 ! -name scripts -exec rm -rf {} + || return
	done < <(images "$1")
}

setup_file() {
	local pids=() suite pid
	export PATH="$PATH:/usr/sbin:/sbin"
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	LAB=$(readlink -m "${VFIO_CLAIM_LAB:-$TOP/build/lab}")
	TREES=$BATS_FILE_TMPDIR/trees
	export TOP LAB TREES
	mkdir "$TREES"
	for suite in bookworm trixie; do
		prepare "$suite" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || return; done
}

teardown_file() {
	rm -rf "$TREES"
}

# --- what an image must be like: NAME is SUITE-GENERATOR-VARIANT ---------------------------------

# has_only NAME FILE...: the files with vfio-claim in their name or their directory's. So neither the
# administrator's command is there nor anything that belongs to another kind of image.
has_only() {
	local name=$1
	shift
	expect "$name: what is ours" \
		"$(grep -E 'vfio-claim(/?[^/]*)$' "$TREES/$name.list" | grep -vx usr/lib/vfio-claim)" \
		"$(printf '%s\n' "$@" | LC_ALL=C sort)"
}

# has_program NAME: the boot program, as built and able to run without anything else
has_program() {
	local program=$TREES/$1/usr/lib/vfio-claim/vfio-claim-boot headers
	expect "mode of $program" "$(stat -c %a "$program")" 755 || return
	cmp "$program" "$TOP/build/vfio-claim-boot" || return
	headers=$(readelf -lW "$program") || return
	expect_in "$program" "$headers" LOAD || return
	expect_not_in "$program" "$headers" INTERP
}

# has_modules NAME: vfio-pci and what it needs, and the image's own modprobe finds it
has_modules() {
	local kver tree=$TREES/$1 dir module loads path
	kver=$(<"$LAB/${1%%-*}/kver")
	dir=$tree/usr/lib/modules/$kver
	local wanted=(vfio vfio_iommu_type1 vfio-pci vfio-pci-core)
	# Since 6.2 it is a part of vfio.
	[[ $1 != bookworm-* ]] || wanted+=(vfio_virqfd)
	for module in "${wanted[@]}"; do
		[ -n "$(find "$dir" -name "$module.ko*")" ] || {
			echo "$1 lacks the module $module"
			return 1
		}
		expect_in "$1: modules.dep" "$(<"$dir/modules.dep")" "/$module.ko" || return
	done
	for module in vfio-pci vfio_iommu_type1; do
		loads=$(chroot "$tree" /sbin/modprobe -S "$kver" --show-depends "$module" 2>&1) || {
			printf '%s: modprobe %s fails: %s\n' "$1" "$module" "$loads"
			return 1
		}
		expect_in "$1: modprobe $module" "$loads" "/$module.ko" || return
		while read -r _ path _; do
			[ -f "$tree$path" ] || {
				echo "$1 lacks $path, which $module needs"
				return 1
			}
		done <<<"$loads"
	done
}

# complaints LOG: the lines of a generator that tell of something wrong. dracut 059 does not mark its
# warnings, so every line that is ours is one.
complaints() {
	grep -E 'W:|E:|[Ee]rror|ERROR|not found|No such file|FAILED|\[[WEF]\]:|vfio-claim: ' "$1" || true
}

# log_is_clean LOG PLAIN: no complaint that PLAIN, the log of the image without us, does not have too
log_is_clean() {
	local log
	for log; do
		[ -f "$log" ] || {
			echo "no $log"
			return 1
		}
	done
	expect "$1: complaints" "$(complaints "$1" | grep -vxFf <(complaints "$2"))" ""
}

# is_quiet NAME: building it with us gave no more complaints than without
is_quiet() {
	log_is_clean "$LAB/images/$1.log" "$LAB/images/${1%-*}-plain.log"
}

# place ORDER SCRIPT: the line among the calls; SCRIPT is a pattern for grep
place() {
	sed -n 's|^/scripts/[a-z-]*/\([^ ]*\) .*|\1|p' "$1" | grep -nx "$2" | cut -d : -f 1
}

# runs_before_udev ORDER: whatever our script's name is
runs_before_udev() {
	local ours udev
	ours=$(place "$1" '.*vfio-claim') udev=$(place "$1" udev)
	# Behind everything, where it is not called at all.
	[ "${ours:-999}" -lt "${udev:-0}" ] || {
		printf 'ours is call "%s", udev is call "%s":\n' "$ours" "$udev"
		cat "$1"
		return 1
	}
}

# runs_first ORDER: before udev and before everything else
runs_first() {
	runs_before_udev "$1" || return
	expect "$1: place of our call" "$(place "$1" '.*vfio-claim')" 1
}

# has_scripts NAME: those of the source, to be run
has_scripts() {
	local script
	for script in init-top/00-vfio-claim init-bottom/00-vfio-claim; do
		[ -x "$TREES/$1/scripts/$script" ] || {
			echo "$1: $script cannot be run"
			return 1
		}
		cmp "$TREES/$1/scripts/$script" "$TOP/initramfs-tools/scripts/$script" || return
	done
}

# setting UNIT KEY: all its words, with a space around each
setting() {
	echo " $(sed -n "s/^$2=//p" "$1" | tr '\n' ' ') "
}

# has_units NAME: all of them, wanted by their targets
has_units() {
	local units=usr/lib/systemd/system unit wants link target
	for unit in vfio-claim-{reserve,bind,watch,finish}.service; do
		cmp "$TREES/$1/$units/$unit" "$TOP/systemd/$unit" || return
		wants=sysinit.target.wants
		[ "$unit" != vfio-claim-finish.service ] || wants=initrd.target.wants
		link=$TREES/$1/$units/$wants/$unit
		target=$(readlink "$link") || {
			echo "$1: $unit is not in $wants"
			return 1
		}
		# As the kernel of the booted image would follow it.
		case $target in
		/*) target=$TREES/$1$target ;;
		*) target=${link%/*}/$target ;;
		esac
		expect "$link leads to" "$(realpath "$target")" "$(realpath "$TREES/$1/$units/$unit")" || return
		expect_in "$unit" "$(setting "$TREES/$1/$units/$unit" DefaultDependencies)" " no " || return
		expect_in "$unit" "$(setting "$TREES/$1/$units/$unit" ConditionPathExists)" " /etc/initrd-release " ||
			return
		[ -e "$TREES/$1/etc/initrd-release" ] || return
		# Without "-" a failed claim were a failed unit; required, it could hold up the boot.
		expect_in "$unit" "$(setting "$TREES/$1/$units/$unit" ExecStart)" \
			" -/usr/lib/vfio-claim/vfio-claim-boot " || return
		expect_not_in "$1" "$(cd "$TREES/$1/$units" && ls -d -- *.requires/* 2>/dev/null)" "$unit" || return
	done
}

# is_ordered NAME: the reserve unit before all that can load a driver. A name that the image does not
# know orders nothing.
is_ordered() {
	local units=$TREES/$1/usr/lib/systemd/system before other
	before=$(setting "$units/vfio-claim-reserve.service" Before)
	for other in systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
		dracut-cmdline.service dracut-pre-udev.service sysinit.target; do
		expect_in "Before= of the reserve unit" "$before" " $other " || return
		[ -e "$units/$other" ] || {
			echo "$1 has no $other"
			return 1
		}
	done
	expect_in "Before= of the reserve unit" "$before" " plymouth-start.service " || return
	expect_in "After= of the bind unit" "$(setting "$units/vfio-claim-bind.service" After)" \
		" vfio-claim-reserve.service " || return
	expect_in "Before= of the bind unit" "$(setting "$units/vfio-claim-bind.service" Before)" \
		" initrd-switch-root.target " || return
	expect_in "After= of the finish unit" "$(setting "$units/vfio-claim-finish.service" After)" \
		" initrd.target initrd-parse-etc.service dracut-mount.service " || return
	expect_in "Before= of the finish unit" "$(setting "$units/vfio-claim-finish.service" Before)" \
		" initrd-cleanup.service " || return
	# The shell may need the devices.
	expect_in "Conflicts= of the finish unit" "$(setting "$units/vfio-claim-finish.service" Conflicts)" \
		" emergency.target " || return
	# systemd reads the command line otherwise than the kernel and the program do.
	for other in bind finish; do
		expect_in "conditions of $other" "$(setting "$units/vfio-claim-$other.service" ConditionPathExists)" \
			" |/run/vfio-claim/boot " || return
	done
}

# is_verified NAME: systemd, this machine's, has nothing to say about our units. Newer units of others
# may well be beyond it.
is_verified() {
	local output
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	output=$(systemd-analyze --help)
	[[ $output == *--recursive-errors=* ]] || skip "systemd-analyze verify is too old"
	output=$(timeout 20 systemd-analyze --root="$TREES/$1" --man=no --recursive-errors=no verify \
		vfio-claim-{reserve,bind,watch,finish}.service 2>&1) || {
		echo "$output"
		return 1
	}
	expect_not_in "systemd-analyze" "$output" vfio-claim || return
	expect_not_in "systemd-analyze" "$output" cycle
}

# is_plain NAME: a whole image with nothing of ours
is_plain() {
	grep -qE '(^|/)modprobe$' "$TREES/$1.list" || {
		echo "$1: this is no image"
		return 1
	}
	expect "$1: what is ours" "$(grep vfio-claim "$TREES/$1.list")" ""
}

# --- the tools of this file ----------------------------------------------------------------------

@test "unpack: plain and compressed archives behind one another, with zeros between" {
	local dir=$BATS_TEST_TMPDIR compress name
	cd "$dir"
	mkdir one two
	# The name that ends an archive also stands in programs.
	printf 'TRAILER!!!' >one/first
	printf 'second' >two/second
	for name in one two; do (cd "$name" && find . | cpio --quiet -o -H newc) >"$name.cpio"; done
	for compress in cat "zstd -c" "gzip -c" "xz -c"; do
		{ cat one.cpio && head -c 1000 /dev/zero && $compress two.cpio; } >image
		rm -rf out
		"$TOP/tests/hooks/unpack" image out
		expect "$compress" "$(cat out/first out/second)" 'TRAILER!!!second'
		# Both within the compressed part, as the kernel takes it too.
		cat one.cpio two.cpio | $compress >image
		rm -rf out
		"$TOP/tests/hooks/unpack" image out
		expect "$compress" "$(cat out/first out/second)" 'TRAILER!!!second'
	done
}

@test "unpack: what is cut off or unknown is an error" {
	cd "$BATS_TEST_TMPDIR"
	mkdir one
	head -c 3000 /dev/urandom >one/file
	(cd one && find . | cpio --quiet -o -H newc) >whole
	for compress in cat "zstd -c" "gzip -c" "xz -c"; do
		$compress whole | head -c 2000 >image
		run "$TOP/tests/hooks/unpack" image out
		expect "$compress: status" "$status" 1
	done
	{ cat whole && echo something else; } >image
	run "$TOP/tests/hooks/unpack" image out
	expect status "$status" 1
	: >image
	run "$TOP/tests/hooks/unpack" image out
	expect status "$status" 1
}

@test "the look at a log finds complaints, and only new ones" {
	local dir=$BATS_TEST_TMPDIR line
	echo "W: old" >"$dir/plain"
	printf '%s\n' "W: old" "dracut: *** Including module: vfio-claim ***" >"$dir/log"
	log_is_clean "$dir/log" "$dir/plain"
	: >"$dir/plain"
	for line in "W: new" "E: new" "module-setup.sh: line 3: inst_nothing: command not found" \
		"dracut[W]: new" "dracut: vfio-claim: this image cannot claim devices for vfio-pci" \
		"dracut-install: ERROR: installing 'nothing'"; do
		echo "$line" >"$dir/log"
		run log_is_clean "$dir/log" "$dir/plain"
		expect "status for '$line'" "$status" 1
	done
	run log_is_clean "$dir/none" "$dir/plain"
	expect status "$status" 1
}

# --- images of initramfs-tools -------------------------------------------------------------------

initramfs_tools_files() {
	has_only "$1" scripts/init-bottom/00-vfio-claim scripts/init-top/00-vfio-claim \
		usr/lib/udev/rules.d/10-vfio-claim.rules usr/lib/vfio-claim/vfio-claim-boot
	has_scripts "$1"
}

@test "bookworm initramfs-tools: the scripts and the program, nothing else of ours" {
	initramfs_tools_files bookworm-initramfs-tools-claim
	has_program bookworm-initramfs-tools-claim
}

@test "trixie initramfs-tools: the scripts and the program, nothing else of ours" {
	initramfs_tools_files trixie-initramfs-tools-claim
	has_program trixie-initramfs-tools-claim
}

@test "bookworm initramfs-tools: init-top runs first, init-bottom before udev takes /dev away" {
	runs_first "$TREES/bookworm-initramfs-tools-claim/scripts/init-top/ORDER"
	runs_before_udev "$TREES/bookworm-initramfs-tools-claim/scripts/init-bottom/ORDER"
}

@test "trixie initramfs-tools: init-top runs first, init-bottom before udev takes /dev away" {
	runs_first "$TREES/trixie-initramfs-tools-claim/scripts/init-top/ORDER"
	runs_before_udev "$TREES/trixie-initramfs-tools-claim/scripts/init-bottom/ORDER"
}

@test "control: a name that sorts behind udev is found to be late" {
	local suite
	for suite in bookworm trixie; do
		# Called at all, that is; this is no other fault.
		grep -q '^/scripts/init-top/vfio-claim ' "$TREES/$suite-initramfs-tools-late/scripts/init-top/ORDER"
		run runs_before_udev "$TREES/$suite-initramfs-tools-late/scripts/init-top/ORDER"
		expect "$suite: status" "$status" 1
		run runs_first "$TREES/$suite-initramfs-tools-late/scripts/init-top/ORDER"
		expect "$suite: status" "$status" 1
	done
}

@test "bookworm initramfs-tools: vfio-pci can be loaded" {
	has_modules bookworm-initramfs-tools-claim
}

@test "trixie initramfs-tools: vfio-pci can be loaded" {
	has_modules trixie-initramfs-tools-claim
}

@test "initramfs-tools: the build says nothing new" {
	is_quiet bookworm-initramfs-tools-claim
	is_quiet trixie-initramfs-tools-claim
}

# --- images of dracut ----------------------------------------------------------------------------

dracut_files() {
	has_only "$1" usr/lib/systemd/system/{,sysinit.target.wants/}vfio-claim-{reserve,bind,watch}.service \
		usr/lib/systemd/system/{,initrd.target.wants/}vfio-claim-finish.service usr/lib/udev/rules.d/10-vfio-claim.rules \
		usr/lib/vfio-claim/vfio-claim-boot
}

@test "bookworm dracut: the units and the program, nothing else of ours" {
	dracut_files bookworm-dracut-claim
	has_program bookworm-dracut-claim
}

@test "trixie dracut: the units and the program, nothing else of ours" {
	dracut_files trixie-dracut-claim
	has_program trixie-dracut-claim
}

@test "bookworm dracut: the units are started before all that can load a driver" {
	has_units bookworm-dracut-claim
	is_ordered bookworm-dracut-claim
}

@test "trixie dracut: the units are started before all that can load a driver" {
	has_units trixie-dracut-claim
	is_ordered trixie-dracut-claim
}

@test "bookworm dracut: systemd understands the units" {
	is_verified bookworm-dracut-claim
}

@test "trixie dracut: systemd understands the units" {
	is_verified trixie-dracut-claim
}

@test "bookworm dracut: vfio-pci can be loaded" {
	has_modules bookworm-dracut-claim
}

@test "trixie dracut: vfio-pci can be loaded" {
	has_modules trixie-dracut-claim
}

@test "dracut without systemd: hooks, first in their directories, and no units" {
	local name=bookworm-dracut-nosystemd-claim hooks=usr/lib/dracut/hooks hook
	has_only "$name" "$hooks/cmdline/00-vfio-claim-reserve.sh" "$hooks/pre-pivot/00-vfio-claim-bind.sh" \
		usr/lib/udev/rules.d/10-vfio-claim.rules usr/lib/vfio-claim/vfio-claim-boot
	for hook in cmdline/00-vfio-claim-reserve.sh pre-pivot/00-vfio-claim-bind.sh; do
		expect "first in ${hook%/*}" "$(cd "$TREES/$name/$hooks/${hook%/*}" && printf '%s\n' * |
			LC_ALL=C sort | head -n 1)" "${hook#*/}"
		cmp "$TREES/$name/$hooks/$hook" "$TOP/dracut-module/50vfio-claim/${hook#*/00-}"
	done
}

@test "dracut without systemd: the program is there, vfio-pci can be loaded" {
	has_program bookworm-dracut-nosystemd-claim
	has_modules bookworm-dracut-nosystemd-claim
}

@test "dracut: the build says nothing new" {
	is_quiet bookworm-dracut-claim
	is_quiet bookworm-dracut-nosystemd-claim
	is_quiet trixie-dracut-claim
}

@test "plain images hold nothing of ours" {
	is_plain bookworm-initramfs-tools-plain
	is_plain trixie-initramfs-tools-plain
	is_plain bookworm-dracut-plain
	is_plain trixie-dracut-plain
	is_plain bookworm-dracut-nosystemd-plain
}

# --- what is baked into an image for this machine, and not into others ---------------------------

# image_on_machine SUITE GENERATOR KIND: see tests/hooks/on-machine, and $IMAGE
image_on_machine() {
	IMAGE=$BATS_TEST_TMPDIR/$1-$2-$3
	"$TOP/tests/hooks/on-machine" "$@" "$IMAGE"
}

# knows FILE LINE...: a file of the image's; without lines, none
knows() {
	[ $# -gt 1 ] || {
		[ ! -e "$IMAGE/$1" ] || echo "$IMAGE has $1"
		[ ! -e "$IMAGE/$1" ]
		return
	}
	expect "$IMAGE: $1" "$(cat "$IMAGE/$1")" "$(printf '%s\n' "${@:2}")"
}

# has_modules_of NAME...: of the two variants, the modules of these
has_modules_of() {
	expect "$IMAGE: modules" "$(find "$IMAGE/usr/lib/modules" -name 'pci-stub.ko*' -o -name 'uio_pci_generic.ko*' |
		sed 's|.*/||; s|[.].*||' | sort)" "$(printf '%s\n' "$@")"
}

MACHINE_VARIANTS="vfio_pci:v0000144Dd0000A808sv*sd*bc*sc*i* uio_pci_generic
vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* pci_stub"

# is_for_machine SUITE GENERATOR KIND: it protects the disk, and says so of the claim, once
is_for_machine() {
	image_on_machine "$@" || return
	knows usr/lib/vfio-claim/protected "0000:00:1d.0/00.0@144d:a808 /" || return
	knows usr/lib/vfio-claim/variants "$MACHINE_VARIANTS" || return
	knows etc/vfio-claim.conf "claim = 03:00.0" || return
	has_modules_of uio_pci_generic || return
	expect "what it says" "$(grep '^vfio-claim: ' "$IMAGE.log")" \
		"vfio-claim: warning: /machine/etc/vfio-claim.conf:1: the boot will refuse to claim 0000:03:00.0 for 'claim = 03:00.0': this machine uses it for /"
}

# is_for_any SUITE GENERATOR KIND: it knows of no disk, and is ready for every device
is_for_any() {
	image_on_machine "$@" || return
	knows usr/lib/vfio-claim/protected || return
	knows usr/lib/vfio-claim/variants "$MACHINE_VARIANTS" || return
	knows etc/vfio-claim.conf "claim = 03:00.0" || return
	has_modules_of pci-stub uio_pci_generic || return
	expect "what it says" "$(grep '^vfio-claim: ' "$IMAGE.log")" ""
}

@test "bookworm initramfs-tools: for this machine in the root that runs, for any in a chroot" {
	is_for_machine bookworm initramfs-tools here
	is_for_any bookworm initramfs-tools chroot
}

@test "trixie initramfs-tools: for this machine in the root that runs, for any in a chroot" {
	is_for_machine trixie initramfs-tools here
	is_for_any trixie initramfs-tools chroot
}

@test "initramfs-tools in a container: for any machine" {
	is_for_any trixie initramfs-tools container
}

@test "bookworm dracut: for this machine with --hostonly, for any with --no-hostonly" {
	is_for_machine bookworm dracut here
	is_for_any bookworm dracut chroot
}

@test "trixie dracut: for this machine with --hostonly, for any with --no-hostonly" {
	is_for_machine trixie dracut here
	is_for_any trixie dracut chroot
}

# is_without SUITE GENERATOR KIND: but for the scripts of initramfs-tools, which do nothing in a crash kernel, nothing of
# ours is in it
is_without() {
	image_on_machine "$@" || return
	expect "$IMAGE: what is ours" "$(cd "$IMAGE" && find . -name '*vfio-claim*' ! -path './scripts/*')" "" || return
	[ -e "$IMAGE/init" ] || [ -h "$IMAGE/init" ]
}

@test "bookworm: an image for a crash kernel, or for repairs, does without" {
	is_without bookworm initramfs-tools kdump
	is_without bookworm dracut kdump
	is_without bookworm dracut rescue
	# Which is where all other images have it.
	image_on_machine bookworm dracut all
	[ -e "$IMAGE/usr/lib/vfio-claim/vfio-claim-boot" ]
}

@test "trixie dracut: an image for a crash kernel, or for repairs, does without" {
	is_without trixie dracut kdump
	is_without trixie dracut rescue
}

# --- the glue alone, with stubs ------------------------------------------------------------------

# stubs: in $STUBS, a /proc as it is in a machine's own root, vfio-claim that prints $STUB_MODULES and fails where $STUB_FAILS is set, the
# functions of initramfs-tools, and the boot program that ends with $STUB_STATUS; each notes how it
# was called in $STUBS/calls.
stubs() {
	STUBS=$BATS_TEST_TMPDIR/stubs
	mkdir -p "$STUBS/proc/1" "$STUBS/proc/self/ns"
	ln -sfn / "$STUBS/proc/1/root"
	ln -sfn 'pid:[4026531836]' "$STUBS/proc/self/ns/pid"
	: >"$STUBS/calls"
	cat >"$STUBS/vfio-claim" <<-EOF
		#!/bin/sh
		echo "vfio-claim \$*" >>"$STUBS/calls"
		[ -z "\${STUB_MODULES-}" ] || echo "\$STUB_MODULES"
		[ -z "\${STUB_FAILS-}" ] || {
			echo "vfio-claim: kernel 6.1.0-test cannot do vfio" >&2
			exit 1
		}
	EOF
	cat >"$STUBS/vfio-claim-boot" <<-EOF
		#!/bin/sh
		echo "begin \$*" >>"$STUBS/calls"
		while [ -e "$STUBS/hold-\$1" ]; do sleep 0.02; done
		echo "end \$*" >>"$STUBS/calls"
		exit \${STUB_STATUS-0}
	EOF
	cat >"$STUBS/hook-functions" <<-EOF
		echo hook-functions >>"$STUBS/calls"
		manual_add_modules() { echo "manual_add_modules \$#: \$*" >>"$STUBS/calls"; }
	EOF
	chmod +x "$STUBS/vfio-claim" "$STUBS/vfio-claim-boot"
}

# glue FILE: a copy that calls the stubs, in $GLUE
glue() {
	GLUE=$BATS_TEST_TMPDIR/${1//\//-}
	cp -p "$TOP/$1" "$GLUE"
	sed -i -e "s|/usr/sbin/vfio-claim|$STUBS/vfio-claim|g" \
		-e "s|/usr/lib/vfio-claim/vfio-claim-boot|$STUBS/vfio-claim-boot|g" \
		-e "s|/usr/share/initramfs-tools/hook-functions|$STUBS/hook-functions|g" \
		-e "s|/proc/|$STUBS/proc/|g" "$GLUE"
}

# calls LINE...: all calls so far, in this order
calls() {
	expect calls "$(<"$STUBS/calls")" "$(printf '%s\n' "$@")"
}

# hook [MODULES]: the hook of initramfs-tools, as mkinitramfs runs it
hook() {
	glue initramfs-tools/hooks/vfio-claim
	run --separate-stderr env version=6.1.0-test DESTDIR=/nowhere/image MODULES="${1:-most}" timeout 10 "$GLUE"
}

HOOK_ASKED="vfio-claim image --kernel 6.1.0-test --output /nowhere/image"

@test "initramfs-tools hook: asks for this kernel and image, adds every module, says nothing" {
	stubs
	export STUB_MODULES=$'vfio-pci\nvfio_iommu_type1'
	hook
	expect status "$status" 0
	expect "what it says" "$output$stderr" ""
	calls hook-functions "$HOOK_ASKED --hostonly" "manual_add_modules 1: vfio-pci" \
		"manual_add_modules 1: vfio_iommu_type1"
}

@test "initramfs-tools hook: a kernel without vfio gives a warning and an image" {
	stubs
	export STUB_FAILS=yes
	hook
	expect status "$status" 0
	expect "standard error" "$stderr" "vfio-claim: kernel 6.1.0-test cannot do vfio
W: vfio-claim: this image cannot claim devices for vfio-pci"
	calls hook-functions "$HOOK_ASKED --hostonly"
	# No vfio-claim at all, as after half a removal.
	rm "$STUBS/vfio-claim"
	hook
	expect status "$status" 0
	expect_in "standard error" $'\n'"$stderr" $'\nW: vfio-claim: '
}

# asks MODULES OPTION: with MODULES, this is what the hook asks vfio-claim for, and no more is said
asks() {
	: >"$STUBS/calls"
	hook "$1"
	expect "MODULES=$1: status" "$status" 0 || return
	expect "MODULES=$1: what it says" "$output$stderr" "" || return
	calls hook-functions "$HOOK_ASKED${2:+ $2}"
}

@test "initramfs-tools hook: in the running system's own root, the image is for this machine" {
	local modules
	stubs
	for modules in most dep list netboot; do asks "$modules" --hostonly; done
}

@test "initramfs-tools hook: in a chroot or a container it is for any, but with MODULES=dep" {
	stubs
	# Another root than that of process 1.
	ln -sfn /usr "$STUBS/proc/1/root"
	asks most
	asks dep --hostonly
	# No right to look at it, or no /proc at all.
	ln -sfn /nowhere "$STUBS/proc/1/root"
	asks most
	rm -r "$STUBS/proc"
	asks most
	asks dep --hostonly
	# A process 1 of its own.
	stubs
	ln -sfn 'pid:[4026532201]' "$STUBS/proc/self/ns/pid"
	asks most
	asks dep --hostonly
}

@test "initramfs-tools: asked for prerequisites, hook and scripts print an empty line and do nothing" {
	local file
	stubs
	for file in hooks/vfio-claim scripts/init-bottom/00-vfio-claim; do
		glue "initramfs-tools/$file"
		expect "$file" "$(timeout 10 "$GLUE" prereqs 3>&- && echo end)" $'\nend'
		calls ""
	done
	# This one is run by the program, which is the one that was built; mkinitramfs lets sh check it.
	cp "$TOP/initramfs-tools/scripts/init-top/00-vfio-claim" "$BATS_TEST_TMPDIR/init-top"
	sed -i "1s|/usr/lib/vfio-claim|$TOP/build|" "$BATS_TEST_TMPDIR/init-top"
	expect "init-top" "$(timeout 10 "$BATS_TEST_TMPDIR/init-top" prereqs 3>&- && echo end)" $'\nend'
	sh -n "$BATS_TEST_TMPDIR/init-top"
}

@test "initramfs-tools init-top: the program runs it" {
	stubs
	glue initramfs-tools/scripts/init-top/00-vfio-claim
	timeout 10 "$GLUE" 3>&-
	calls "begin start $GLUE" "end start $GLUE"
}

@test "initramfs-tools init-bottom: waits for bind; its failure is not the boot's" {
	stubs
	glue initramfs-tools/scripts/init-bottom/00-vfio-claim
	export STUB_STATUS=1
	timeout 10 "$GLUE" 3>&-
	calls "begin bind" "end bind"
}

# shellcheck disable=SC2016 # for the inner shell
SOURCE='. "$1"; : >"$2/went-on"'

@test "dracut hooks: the shell that sources them goes on, whatever the program says" {
	stubs
	export STUB_STATUS=1
	glue dracut-module/50vfio-claim/vfio-claim-reserve.sh
	timeout 10 sh -c "$SOURCE" sh "$GLUE" "$STUBS" 3>&-
	calls "begin start" "end start"
	rm "$STUBS/went-on"
	: >"$STUBS/calls"
	glue dracut-module/50vfio-claim/vfio-claim-bind.sh
	timeout 10 sh -c "$SOURCE" sh "$GLUE" "$STUBS" 3>&-
	calls "begin bind" "end bind"
	[ -e "$STUBS/went-on" ]
}

# module FUNCTION...: calls them in a bash that has module-setup.sh, read anew for each as dracut does, and
# stubs of dracut's functions; with $STUB_INCLUDED, the names of the other modules in the image, and
# $STUB_HOSTONLY, as dracut has it
module() {
	glue dracut-module/50vfio-claim/module-setup.sh
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr env GLUE="$GLUE" STUBS="$STUBS" kernel=6.1.0-test \
		${STUB_HOSTONLY:+hostonly="$STUB_HOSTONLY"} \
		initdir="$BATS_TEST_TMPDIR/image" moddir="$TOP/dracut-module/50vfio-claim" \
		systemdsystemunitdir=/units timeout 10 bash -c '
		note() { echo "$*" >>"$STUBS/calls"; }
		dwarn() { note "dwarn $*"; }
		instmods() { note "instmods hostonly=$hostonly $#: $*"; }
		inst_simple() {
			note "inst_simple $1"
			[[ " $STUB_MISSING " != *" ${1##*/} "* ]]
		}
		inst_hook() {
			[ -f "$3" ] || note "there is no $3"
			note "inst_hook $1 $2 ${3##*/}"
		}
		ln_r() { note "ln_r $*"; }
		dracut_module_included() { [[ " $STUB_INCLUDED " == *" $1 "* ]]; }
		inst_multiple() { note "inst_multiple $*"; }
		for step; do
			. "$GLUE"
			"$step"
		done
	' bash "$@"
	mkdir -p "$BATS_TEST_TMPDIR/image"
}

ASKED="vfio-claim image --kernel 6.1.0-test --output"
STUB_HOSTONLY=-h

@test "dracut: in every image, without other modules" {
	stubs
	module check
	expect "status of check" "$status" 0
	module depends
	expect "status of depends" "$status" 0
	expect "what depends prints" "$output$stderr" ""
	calls ""
}

@test "dracut installkernel: one argument for each line, whether they are loaded here or not" {
	stubs
	export STUB_MODULES=$'vfio-pci\nvfio_iommu_type1'
	module installkernel
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" "instmods hostonly= 2: vfio-pci vfio_iommu_type1"
}

@test "dracut installkernel: nothing to install, nothing installed" {
	stubs
	module installkernel
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly"
}

@test "dracut installkernel: a kernel without vfio gives a warning" {
	stubs
	export STUB_FAILS=yes
	module installkernel
	expect status "$status" 0
	expect "standard error" "$stderr" "vfio-claim: kernel 6.1.0-test cannot do vfio"
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" \
		"dwarn vfio-claim: this image cannot claim devices for vfio-pci"
}

@test "dracut: for this machine where dracut is told so, for any otherwise" {
	local step
	stubs
	for step in install installkernel; do
		: >"$STUBS/calls"
		STUB_HOSTONLY='' module "$step"
		expect "$step: status" "$status" 0
		expect "$step: how it asks" "$(grep ^vfio-claim "$STUBS/calls")" "$ASKED $BATS_TEST_TMPDIR/image"
		: >"$STUBS/calls"
		module "$step"
		expect "$step: how it asks" "$(grep ^vfio-claim "$STUBS/calls")" "$ASKED $BATS_TEST_TMPDIR/image --hostonly"
	done
}

@test "dracut: asks once for both, and warns once" {
	stubs
	export STUB_MODULES=vfio-pci STUB_INCLUDED="base systemd"
	module install installkernel
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" "$UNITS_INSTALLED" "instmods hostonly= 1: vfio-pci"
	: >"$STUBS/calls"
	export STUB_MODULES='' STUB_FAILS=yes
	module install installkernel
	expect status "$status" 0
	expect "standard error" "$stderr" "vfio-claim: kernel 6.1.0-test cannot do vfio"
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" \
		"dwarn vfio-claim: this image cannot claim devices for vfio-pci" "$UNITS_INSTALLED"
}

UNITS_INSTALLED="inst_simple /units/vfio-claim-reserve.service
ln_r /units/vfio-claim-reserve.service /units/sysinit.target.wants/vfio-claim-reserve.service
inst_simple /units/vfio-claim-bind.service
ln_r /units/vfio-claim-bind.service /units/sysinit.target.wants/vfio-claim-bind.service
inst_simple /units/vfio-claim-watch.service
ln_r /units/vfio-claim-watch.service /units/sysinit.target.wants/vfio-claim-watch.service
inst_simple /units/vfio-claim-finish.service
ln_r /units/vfio-claim-finish.service /units/initrd.target.wants/vfio-claim-finish.service"

@test "dracut install: units with systemd, hooks without it" {
	stubs
	export STUB_MODULES=$'vfio-pci\nvfio_iommu_type1' STUB_INCLUDED="base systemd"
	module install
	expect status "$status" 0
	expect "what it says" "$output$stderr" ""
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" "$UNITS_INSTALLED"
	# ln_r does not make directories.
	[ -d "$BATS_TEST_TMPDIR/image/units/sysinit.target.wants" ]
	: >"$STUBS/calls"
	STUB_INCLUDED="base"
	module install
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" "inst_hook cmdline 00 vfio-claim-reserve.sh" \
		"inst_hook pre-pivot 00 vfio-claim-bind.sh"
}

@test "dracut install: a unit that is not installed gives a warning, and no image that lacks the rest" {
	stubs
	export STUB_INCLUDED="base systemd" STUB_MISSING="vfio-claim-reserve.service"
	module install
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" \
		"${UNITS_INSTALLED/ln_r/dwarn vfio-claim: no vfio-claim-reserve.service in \/units: this image cannot claim devices
ln_r}"
}

@test "dracut install: a kernel without vfio gives a warning, and all the rest" {
	stubs
	export STUB_FAILS=yes STUB_INCLUDED="base systemd"
	module install
	expect status "$status" 0
	calls "$ASKED $BATS_TEST_TMPDIR/image --hostonly" \
		"dwarn vfio-claim: this image cannot claim devices for vfio-pci" "$UNITS_INSTALLED"
}

# --- make install and make uninstall -------------------------------------------------------------

# make_to D WORD...: make with a build directory of its own: another prefix is another program, of the same objects
make_to() {
	local D=$1
	shift
	[ -e "$BATS_FILE_TMPDIR/build" ] ||
		(cd "$TOP" && cp -a --parents -t "$BATS_FILE_TMPDIR" build/boot.o build/cli.o build/vfio-claim build/vfio-claim-boot)
	make -C "$TOP" B="$BATS_FILE_TMPDIR/build" DESTDIR="$D" "$@" >"$BATS_TEST_TMPDIR/make.log" 2>&1 3>&- || {
		cat "$BATS_TEST_TMPDIR/make.log"
		return 1
	}
}

# files D: what is there, without the directories
files() {
	(cd "$1" && find . ! -type d | LC_ALL=C sort)
}

# calls_command D COMMAND: all glue below D that calls vfio-claim does so at this place
calls_command() {
	local file
	for file in initramfs-tools/hooks/vfio-claim 50vfio-claim/module-setup.sh; do
		file=$(find "$1" -path "*/$file")
		expect "${file:-$1}: calls" "$(grep -o '[^[:space:]"(]*bin/vfio-claim' "$file" | sort -u)" "$2" || return
	done
	[ -x "$1$2" ] || {
		echo "$2 is not there"
		return 1
	}
}

@test "make install, make uninstall: nothing is left, and nothing of others is taken" {
	local D=$BATS_TEST_TMPDIR/D other
	mkdir "$D"
	make_to "$D" prefix=/usr install
	for other in usr/sbin/vfio-claim usr/lib/vfio-claim/vfio-claim-boot \
		usr/share/initramfs-tools/hooks/vfio-claim; do
		[ -x "$D/$other" ]
	done
	calls_command "$D" /usr/sbin/vfio-claim
	make_to "$D" prefix=/usr uninstall
	expect "left" "$(files "$D")" ""
	expect "directories left" "$(find "$D" -name '*vfio-claim*')" ""
	# With neighbours.
	make_to "$D" prefix=/usr install
	find "$D" -type d ! -path '*vfio-claim*' -exec touch {}/neighbour \;
	make_to "$D" prefix=/usr uninstall
	expect "left" "$(files "$D" | grep -v '/neighbour$')" ""
	[ -e "$D/usr/share/initramfs-tools/scripts/init-top/neighbour" ]
	expect "directories without their neighbour" \
		"$(find "$D" -type d ! -exec test -e {}/neighbour \; -print)" ""
}

@test "make install: settings that are there stay as they are" {
	local D=$BATS_TEST_TMPDIR/D settings
	mkdir "$D"
	settings=$D/etc/default/grub.d/vfio-claim.cfg
	make_to "$D" prefix=/usr install
	cmp "$settings" "$TOP/grub.d/vfio-claim.cfg"
	echo 'VFIO_CLAIM="02:00.*"' >"$settings"
	make_to "$D" prefix=/usr install
	expect "settings" "$(cat "$settings")" 'VFIO_CLAIM="02:00.*"'
}

@test "make install: only for the generators and boot loaders that are named" {
	local D=$BATS_TEST_TMPDIR/D
	mkdir "$D"
	make_to "$D" prefix=/usr GENERATORS=dracut BOOTLOADERS= install
	expect "elsewhere" "$(files "$D" | grep -E 'initramfs-tools|initcpio|etc/|install\.d')" ""
	[ -x "$D/usr/lib/dracut/modules.d/50vfio-claim/module-setup.sh" ]
}

@test "make install, make uninstall: below /usr/local, and the glue calls it there" {
	local D=$BATS_TEST_TMPDIR/D
	mkdir "$D" "$BATS_TEST_TMPDIR/image"
	make_to "$D" prefix=/usr/local install
	# mkinitramfs looks nowhere else.
	[ -x "$D/usr/share/initramfs-tools/hooks/vfio-claim" ]
	calls_command "$D" /usr/local/sbin/vfio-claim
	# It takes the program from its own place, and puts it where the images have it. There is no kernel.
	run "$D/usr/local/sbin/vfio-claim" image --sysroot "$D" --kernel none --output "$BATS_TEST_TMPDIR/image"
	cmp "$BATS_TEST_TMPDIR/image/usr/lib/vfio-claim/vfio-claim-boot" \
		"$D/usr/local/lib/vfio-claim/vfio-claim-boot"
	grep -q 'PROGRAM=="/usr/local/lib/vfio-claim/vfio-claim-boot late' \
		"$D/usr/local/lib/udev/rules.d/10-vfio-claim.rules"
	make_to "$D" prefix=/usr/local uninstall
	expect "left" "$(files "$D")" ""
}
