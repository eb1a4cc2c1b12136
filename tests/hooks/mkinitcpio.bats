#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The glue for mkinitcpio and what is Arch's: what is in the images, what the user is told, and what the
# images of the real mkinitcpio do when they are booted. mkinitcpio is no part of Debian: with
# VFIO_CLAIM_MKINITCPIO=DIR, a checkout of it, its own functions are used; otherwise a stub of ours
# (tests/hooks/mkinitcpio-stub), and nothing is booted. The names of the tests say which.
# Needs root, what tests/lab/base needs, and cpio.
# shellcheck disable=SC2030,SC2031 # every test is a shell of its own
# shellcheck disable=SC2154        # run sets $status and $output

bats_require_minimum_version 1.5.0

load ../unit/tree

WHICH="${VFIO_CLAIM_MKINITCPIO:+real mkinitcpio}"
WHICH="${WHICH:-stub of mkinitcpio}"
PROGRAM=usr/lib/vfio-claim/vfio-claim-boot
RULE=usr/lib/udev/rules.d/10-vfio-claim.rules
UNITS=usr/lib/systemd/system

setup() {
	export PATH="$PATH:/usr/sbin:/sbin"
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	LAB=$(readlink -m "${VFIO_CLAIM_LAB:-$TOP/build/lab}")
	IMAGE=$BATS_TEST_TMPDIR/image
}

teardown() {
	rm -rf "$BATS_TEST_TMPDIR/image"
}

# build HOOKS [OPTION...]: $IMAGE, and what has been said in $SAID
build() {
	rm -rf "$IMAGE"
	"$TOP/tests/hooks/mkinitcpio-image" "${SUITE:-bookworm}" "$IMAGE" "$@" 3>&- || return
	SAID=$(<"$IMAGE.log")
}

# build_gives STATUS: what the build ended with
build_gives() {
	expect "status of the build, which said: $SAID" "$(<"$IMAGE.status")" "$1"
}

# has_only FILE...: the files with vfio-claim in their name
has_only() {
	expect "what is ours" "$(cd "$IMAGE" && find . -name '*vfio-claim*' ! -type d -printf '%P\n' | LC_ALL=C sort)" \
		"$(printf '%s\n' "$@" | LC_ALL=C sort)"
}

# hooks_of KIND: the hooks of that kind, in their order
hooks_of() {
	sed -n "s/^$1=\"\(.*\)\"/\1/p" "$IMAGE/config"
}

# is_wanted UNIT TARGET: by a link that leads to the unit in the image
is_wanted() {
	local link=$IMAGE/$UNITS/$2.wants/$1
	cmp "$TOP/systemd/$1" "$IMAGE/$UNITS/$1" || return
	expect "$1 is wanted by $2, through" "$(realpath "$(dirname "$link")/$(readlink "$link")")" \
		"$(realpath "$IMAGE/$UNITS/$1")"
}

has_units() {
	has_only "$PROGRAM" "$RULE" "$UNITS"/vfio-claim-{reserve,bind,watch,finish}.service \
		"$UNITS"/sysinit.target.wants/vfio-claim-{reserve,bind,watch}.service \
		"$UNITS"/initrd.target.wants/vfio-claim-finish.service || return
	is_wanted vfio-claim-reserve.service sysinit.target || return
	is_wanted vfio-claim-bind.service sysinit.target || return
	is_wanted vfio-claim-watch.service sysinit.target || return
	is_wanted vfio-claim-finish.service initrd.target
}

has_program() {
	expect "mode of $PROGRAM" "$(stat -c %a "$IMAGE/$PROGRAM")" 755 || return
	cmp "$IMAGE/$PROGRAM" "$TOP/build/vfio-claim-boot"
}

# can_load_vfio: the image's own modprobe, called as the boot program does, without modules.dep
can_load_vfio() {
	local kver module loads kind path
	kver=$(<"$LAB/${SUITE:-bookworm}/kver")
	[ -e "$IMAGE/usr/lib/modules/$kver/modules.dep.bin" ] || return
	[ ! -e "$IMAGE/usr/lib/modules/$kver/modules.dep" ] || return
	for module in vfio-pci vfio_iommu_type1; do
		loads=$(chroot "$IMAGE" /sbin/modprobe -S "$kver" --show-depends "$module" 2>&1) || {
			echo "modprobe $module: $loads"
			return 1
		}
		while read -r kind path _; do
			[ "$kind" = builtin ] || [ -f "$IMAGE$path" ] || {
				echo "$path is not in the image, $module needs it"
				return 1
			}
		done <<<"$loads"
	done
}

# --- images without systemd ----------------------------------------------------------------------

@test "$WHICH: the script and the program, nothing else of ours" {
	build "base vfio-claim udev"
	build_gives 0
	has_only hooks/vfio-claim "$PROGRAM" "$RULE"
	has_program
	[ -x "$IMAGE/hooks/vfio-claim" ]
	cmp "$TOP/mkinitcpio/hooks/vfio-claim" "$IMAGE/hooks/vfio-claim"
}

@test "$WHICH: the early hook is before udev's, the late one there" {
	build "base vfio-claim udev"
	expect "early hooks" "$(hooks_of EARLYHOOKS)" "vfio-claim udev"
	expect "late hooks" "$(hooks_of LATEHOOKS)" vfio-claim
	expect "hooks" "$(hooks_of HOOKS)" udev
}

@test "$WHICH: the image's modprobe can load vfio-pci" {
	build "base vfio-claim udev"
	can_load_vfio
	build "base vfio-claim systemd"
	can_load_vfio
}

@test "$WHICH: compressed modules" {
	SUITE=trixie build "base vfio-claim udev"
	build_gives 0
	SUITE=trixie can_load_vfio
}

@test "$WHICH: behind udev the build fails, says what to do, and leaves the image" {
	local hooks
	for hooks in "base udev vfio-claim" "base udev autodetect vfio-claim"; do
		build "$hooks"
		build_gives 1
		expect_in "the log" "$SAID" "ERROR: vfio-claim: too late in HOOKS"
		expect_in "the log" "$SAID" "put it before udev"
		has_program
		[ -s "$IMAGE/config" ]
	done
	build "base udev" -A vfio-claim
	build_gives 1
	expect_in "the log" "$SAID" "too late in HOOKS"
	build "base vfio-claim udev"
	expect_not_in "the log" "$SAID" "too late"
}

@test "$WHICH: without udev there is nothing to come too late for" {
	build "base vfio-claim"
	build_gives 0
	expect_not_in "the log" "$SAID" vfio-claim:
}

# What the image's shell does with the script, called as init calls it: the program is one that tells.
@test "$WHICH: start comes before udev, bind comes last" {
	build "base vfio-claim udev"
	cat >"$IMAGE/$PROGRAM" <<-'END'
		#!/usr/bin/ash
		echo "$1" >>/calls
	END
	# shellcheck disable=SC2016 # for the other shell
	timeout 20 chroot "$IMAGE" /usr/bin/ash -c '
		. /hooks/vfio-claim
		run_earlyhook
		echo udev >>/calls
		run_latehook
		echo root >>/calls
	' 3>&-
	expect "calls" "$(tr '\n' ' ' <"$IMAGE/calls")" "start udev bind root "
}

# --- images with systemd -------------------------------------------------------------------------

@test "$WHICH: with systemd, the units before it and behind it, and no script" {
	local hooks
	for hooks in "base vfio-claim systemd" "base systemd vfio-claim" "systemd vfio-claim"; do
		build "$hooks"
		expect_not_in "the log" "$SAID" vfio-claim:
		has_units
		has_program
		[ -e "$IMAGE/etc/initrd-release" ]
	done
}

@test "systemd understands the units" {
	local output
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	[[ $(systemd-analyze --help) == *--recursive-errors=* ]] || skip "systemd-analyze verify is too old"
	mkdir -p "$BATS_TEST_TMPDIR/root/$UNITS"
	cp -a "$LAB/bookworm/root/$UNITS"/*.{target,service} "$TOP"/systemd/vfio-claim-{reserve,bind,watch,finish}.service \
		"$BATS_TEST_TMPDIR/root/$UNITS"
	mkdir -p "$BATS_TEST_TMPDIR/root/${PROGRAM%/*}"
	cp "$TOP/build/vfio-claim-boot" "$BATS_TEST_TMPDIR/root/$PROGRAM"
	output=$(timeout 20 systemd-analyze --root="$BATS_TEST_TMPDIR/root" --man=no --recursive-errors=no verify \
		vfio-claim-{reserve,bind,watch,finish}.service 2>&1) || {
		echo "$output"
		return 1
	}
	expect_not_in systemd-analyze "$output" vfio-claim
	expect_not_in systemd-analyze "$output" cycle
}

# --- which machine it is for, and what may be wrong ----------------------------------------------

@test "$WHICH: with autodetect, and in no other image, what this machine runs from is protected" {
	export MKINITCPIO_SYSTEM=machine
	build "base vfio-claim udev autodetect"
	expect protected "$(cat "$IMAGE/usr/lib/vfio-claim/protected")" "0000:00:1d.0/00.0@144d:a808 /"
	build "base autodetect vfio-claim udev"
	expect protected "$(cat "$IMAGE/usr/lib/vfio-claim/protected")" "0000:00:1d.0/00.0@144d:a808 /"
	# As the fallback images are built.
	build "base vfio-claim udev autodetect" -S autodetect
	[ ! -e "$IMAGE/usr/lib/vfio-claim/protected" ]
	build "base vfio-claim udev"
	[ ! -e "$IMAGE/usr/lib/vfio-claim/protected" ]
}

@test "$WHICH: a kernel without vfio is warned of, and the image built" {
	MKINITCPIO_SYSTEM=no-vfio build "base vfio-claim udev"
	build_gives 0
	expect_in "the log" "$SAID" "WARNING: vfio-claim: this image cannot claim devices"
	has_only hooks/vfio-claim "$PROGRAM" "$RULE"
}

@test "$WHICH: a missing program is warned of, and the image built" {
	MKINITCPIO_SYSTEM=broken build "base vfio-claim udev"
	build_gives 0
	expect_in "the log" "$SAID" "vfio-claim-boot is not there"
	expect_in "the log" "$SAID" "WARNING: vfio-claim: this image cannot claim devices"
}

@test "$WHICH: missing units make the build fail, and no link leads nowhere" {
	MKINITCPIO_SYSTEM=no-units build "base vfio-claim systemd"
	build_gives 1
	expect_in "the log" "$SAID" "file not found: '/$UNITS/vfio-claim-reserve.service'"
	[ -z "$(find "$IMAGE/$UNITS" -name 'vfio-claim-*' -print)" ]
}

# --- Arch's package ------------------------------------------------------------------------------

@test "$WHICH: the package's drop-in puts us behind base" {
	MKINITCPIO_SYSTEM=drop-in build "base udev autodetect"
	build_gives 0
	expect "early hooks" "$(hooks_of EARLYHOOKS)" "vfio-claim udev"
	has_only hooks/vfio-claim "$PROGRAM" "$RULE"
	MKINITCPIO_SYSTEM=drop-in build "systemd autodetect"
	has_units
}

@test "the package's drop-in: a string or an array, and never twice" {
	local hooks
	# shellcheck source=/dev/null
	drop_in() { . "$TOP/packaging/arch/mkinitcpio.conf"; }
	hooks=$(HOOKS=(base udev fsck) && drop_in && printf '%s|' "${HOOKS[@]}")
	expect array "$hooks" "base|vfio-claim|udev|fsck|"
	# shellcheck disable=SC2178 # as an old mkinitcpio.conf has it
	hooks=$(HOOKS="base udev fsck" && drop_in && printf '%s|' "${HOOKS[@]}")
	expect string "$hooks" "base|vfio-claim|udev|fsck|"
	hooks=$(HOOKS=(base udev) && drop_in && drop_in && printf '%s|' "${HOOKS[@]}")
	expect twice "$hooks" "base|vfio-claim|udev|"
	hooks=$(HOOKS=(base fsck vfio-claim udev) && drop_in && printf '%s|' "${HOOKS[@]}")
	expect "where the user has put it" "$hooks" "base|fsck|vfio-claim|udev|"
}

# As makepkg does, where there is none.
# bats test_tags=other-tools
@test "PKGBUILD: its version is the Makefile's, its files are Arch's, its program is static" {
	cd "$TOP/packaging/arch"
	# shellcheck disable=SC2034 # for PKGBUILD
	startdir=$PWD srcdir=$BATS_TEST_TMPDIR/src pkgdir=$BATS_TEST_TMPDIR/pkg
	mkdir "$srcdir" "$pkgdir"
	# shellcheck source=/dev/null
	. ./PKGBUILD
	# shellcheck disable=SC2034 # for the PKGBUILD
	pkgver=@VERSION@
	expect version "$(pkgver)" "$(make -s -C "$TOP" show-VERSION)"
	build >/dev/null
	package >/dev/null
	# /usr/sbin and /lib are links on Arch, and no package's.
	expect "top directories" "$(ls "$pkgdir")" "etc
usr"
	expect "in /usr" "$(cd "$pkgdir/usr" && ls)" "bin
lib
share"
	expect "in /etc" "$(cd "$pkgdir/etc" && find . -type f | sort)" "./grub.d/42_vfio-claim
./mkinitcpio.conf.d/vfio-claim.conf"
	[ -s "$pkgdir/usr/lib/vfio-claim/fallback.grub" ]
	expect backup "${backup[*]}" etc/mkinitcpio.conf.d/vfio-claim.conf
	for file in bin/vfio-claim lib/vfio-claim/vfio-claim-boot lib/initcpio/{install,hooks}/vfio-claim \
		lib/systemd/system/vfio-claim-{reserve,bind,watch,finish}.service lib/udev/rules.d/10-vfio-claim.rules \
		lib/dracut/modules.d/50vfio-claim/module-setup.sh share/libalpm/hooks/90-vfio-claim-dracut.hook \
		share/libalpm/scripts/vfio-claim-dracut; do
		[ -f "$pkgdir/usr/$file" ] || {
			echo "no /usr/$file"
			return 1
		}
	done
	[ ! -e "$pkgdir/usr/share/initramfs-tools" ]
	expect "who calls the command" "$(grep -rlF /usr/sbin/vfio-claim "$pkgdir/usr/lib")" ""
	expect_in "the install hook" "$(<"$pkgdir/usr/lib/initcpio/install/vfio-claim")" "/usr/bin/vfio-claim image"
	expect_not_in "the boot program" "$(readelf -lW "$pkgdir/usr/lib/vfio-claim/vfio-claim-boot")" INTERP
	# What the pacman hook runs, and what it waits for.
	hook=$pkgdir/usr/share/libalpm/hooks/90-vfio-claim-dracut.hook
	[ -x "$pkgdir$(sed -n 's/^Exec = //p' "$hook")" ]
	[ -e "$pkgdir/$(sed -n 's/^Target = //p' "$hook")" ]
	# mkinitcpio's own hook looks at this path, so it needs none of ours.
	[ -e "$pkgdir"/usr/lib/initcpio/install/vfio-claim ]
	[ -f "$startdir/$install" ]
}

# rebuilds [PROGRAM...]: what is rebuilt on an Arch of files with dracut, and these programs
rebuilds() {
	local program bin=$BATS_TEST_TMPDIR/bin
	rm -rf "$bin" && mkdir "$bin"
	# shellcheck disable=SC2016 # for the other shell
	printf '#!/bin/sh\necho "$*"\nexit "${FAILS:-0}"\n' >"$bin/dracut"
	chmod +x "$bin/dracut"
	for program; do cp "$bin/dracut" "$bin/$program"; done
	PATH="$bin:/usr/bin:/bin" run "$TOP/packaging/arch/vfio-claim-dracut" "$ARCH"
}

@test "pacman hook: dracut's images are rebuilt, no fallback, no kernel's that is gone" {
	ARCH=$BATS_TEST_TMPDIR/arch
	mkdir -p "$ARCH"/usr/lib/modules/{6.1-arch,6.2-lts,6.0-gone} "$ARCH/boot" "$ARCH/usr/share/libalpm/hooks"
	: >"$ARCH/usr/lib/modules/6.1-arch/vmlinuz"
	: >"$ARCH/usr/lib/modules/6.2-lts/vmlinuz"
	echo linux >"$ARCH/usr/lib/modules/6.1-arch/pkgbase"
	echo linux-lts >"$ARCH/usr/lib/modules/6.2-lts/pkgbase"
	cp "$TOP/packaging/arch/90-vfio-claim-dracut.hook" "$ARCH/usr/share/libalpm/hooks/"
	rebuilds
	expect status "$status" 0
	expect_in "it says" "$output" "rebuild yours"
	: >"$ARCH/boot/initramfs-linux.img"
	: >"$ARCH/boot/initramfs-linux-fallback.img"
	: >"$ARCH/boot/initramfs-6.2-lts.img"
	: >"$ARCH/boot/initramfs-6.0-gone.img"
	rebuilds
	expect status "$status" 0
	expect calls "$output" "--force $ARCH/boot/initramfs-linux.img 6.1-arch
--force $ARCH/boot/initramfs-6.2-lts.img 6.2-lts"
	FAILS=1 rebuilds
	expect "status when dracut fails" "$status" 1
	rebuilds mkinitcpio
	expect "with mkinitcpio" "$status $output" "0 "
	printf '[Trigger]\nTarget = usr/lib/dracut/*\n' >"$ARCH/usr/share/libalpm/hooks/90-dracut-install.hook"
	rebuilds
	expect "with a hook that sees our module" "$status $output" "0 "
}

# --- boots ---------------------------------------------------------------------------------------

# boots MACHINE: $IMAGE, with the claim of 02:00.0; the console in $CONSOLE
boots() {
	CONSOLE=$BATS_TEST_TMPDIR/console
	(cd "$IMAGE" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$IMAGE.img" || return
	"$TOP/tests/lab/boot" -s "${SUITE:-bookworm}" -i "$IMAGE.img" -m "$1" -o "$CONSOLE" \
		-a rd.vfio.claim=02:00.0 3>&- || return
	rm "$IMAGE.img"
	# shellcheck source=/dev/null
	. "$TOP/tests/lab/read.sh"
}

needs_real() {
	[ -n "${VFIO_CLAIM_MKINITCPIO:-}" ] || skip "VFIO_CLAIM_MKINITCPIO, a checkout of mkinitcpio, is not set"
}

# claims_second: of two equal displays the second one, and the other driver has never had it
claims_second() {
	expect 01:00.0 "$(lab_driver "$CONSOLE" 01:00.0)" bochs-drm || return
	expect 02:00.0 "$(lab_driver "$CONSOLE" 02:00.0)" vfio-pci || return
	expect_in report "$(lab_report "$CONSOLE")" "0000:02:00.0: claimed by vfio-pci" || return
	expect_in log "$(lab_dmesg "$CONSOLE")" "vfio-claim: 0000:02:00.0: reserved" || return
	expect "bochs about 02:00.0" "$(lab_dmesg "$CONSOLE" | grep bochs | grep 02:00.0)" ""
}

@test "real mkinitcpio, boot without systemd: one of two equal displays is claimed" {
	needs_real
	build "base vfio-claim udev"
	boots two-displays
	claims_second
}

@test "real mkinitcpio, boot with systemd: one of two equal displays is claimed" {
	needs_real
	build "base vfio-claim systemd"
	boots two-displays
	claims_second
}

@test "real mkinitcpio, boot: control, without our hook both displays have their driver" {
	needs_real
	build "base udev"
	boots two-displays
	expect 02:00.0 "$(lab_driver "$CONSOLE" 02:00.0)" bochs-drm
}

# bind-early leaves it alone: only what comes at the end takes it.
@test "real mkinitcpio, boot without systemd: what a built-in driver holds is claimed at the end" {
	needs_real
	SUITE=trixie build "base vfio-claim udev"
	SUITE=trixie boots virtio-rng
	expect 01:00.0 "$(lab_driver "$CONSOLE" 01:00.0)" virtio-pci
	expect 02:00.0 "$(lab_driver "$CONSOLE" 02:00.0)" vfio-pci
}

@test "real mkinitcpio, boot with systemd: what a built-in driver holds is claimed at the end" {
	needs_real
	SUITE=trixie build "base vfio-claim systemd"
	SUITE=trixie boots virtio-rng
	expect 01:00.0 "$(lab_driver "$CONSOLE" 01:00.0)" virtio-pci
	expect 02:00.0 "$(lab_driver "$CONSOLE" 02:00.0)" vfio-pci
}
