#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The NixOS module of packaging/nix, evaluated by the real nix with the library of nixpkgs (NIXPKGS_LIB, or the channel
# nixpkgs): its kernel parameters are those that vfio-claim enable would set. Nothing is built.
# shellcheck disable=SC2154 # run sets them
# bats file_tags=other-tools

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

setup() {
	command -v nix-instantiate >/dev/null || skip "nix is not installed"
	LIB=${NIXPKGS_LIB:-$(nix-instantiate --find-file nixpkgs/lib 2>/dev/null)} || LIB=
	[ -n "$LIB" ] || skip "there is no library of nixpkgs: set NIXPKGS_LIB to its directory lib"
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	export NIX_STATE_DIR=$BATS_TEST_TMPDIR/state NIX_STORE_DIR=$BATS_TEST_TMPDIR/store NIX_LOG_DIR=$BATS_TEST_TMPDIR/log
}

# evaluate SETTINGS [true|false]: the settings as JSON, with or without systemd in the initrd
evaluate() {
	run --separate-stderr nix-instantiate --eval --strict --json "$TOP/tests/nix/eval.nix" --arg lib "$LIB" \
		--argstr settings "$1" --arg systemd "${2:-true}"
}

# said FILTER
said() {
	jq -cr "$1" <<<"$output"
}

# same_words SETTINGS ARGUMENT...: the module's parameters are what enable with these arguments sets
same_words() {
	local words
	evaluate "$1"
	expect "status of $1 ($stderr)" "$status" 0
	words=$(said '.params | join(" ")')
	shift
	did enable "$@" --dry-run --json
	expect "parameters" "$words" "$(said .words)"
}

@test "the kernel parameters are those of vfio-claim enable" {
	system_debian
	same_words '{"enable":true,"claim":["02:00.0"]}' 02:00.0
	same_words '{"enable":true,"claim":["02:00.*","01:00.0"],"keep":["boot-vga"]}' 02:00.* 01:00.0 --keep boot-vga
	same_words '{"enable":true,"claim":["10de:1e07"],"group":true,"strict":true}' 10de:1e07 --group --strict
	same_words '{"enable":true,"claim":["02:00.0@10de:1e07"],"force":["02:00.0@10de:1e07"]}' 02:00.0@10de:1e07 --force
	same_words '{"enable":true,"claim":["02:00.0"],"intelIommu":true}' 02:00.0 --iommu
	tree_device 0000:04:00.0 8086:1521 020000 igb
	echo 8 >"$PCI/devices/0000:04:00.0/sriov_totalvfs"
	same_words '{"enable":true,"vfs":["04:00.0:4"]}' --vfs 04:00.0:4
}

@test "the example; the timeout; turned off, nothing is set" {
	evaluate example
	expect params "$(said .params)" '["rd.vfio.claim=02:00.*@10de:1e07","rd.vfio.keep=boot-vga","intel_iommu=on"]'
	expect problems "$(said '[.failed, .warnings]')" '[[],[]]'
	evaluate '{"enable":true,"claim":["02:00.0"],"timeout":20}'
	expect params "$(said .params)" '["rd.vfio.claim=02:00.0","rd.vfio.timeout=20"]'
	evaluate '{"enable":false,"claim":["02:00.0"]}'
	expect all "$(said '[.params, .modules, .pre, .contents]')" '[[],[],"",[]]'
}

@test "the initrd with systemd: the units of the package, wanted by their targets" {
	evaluate '{"enable":true,"claim":["02:00.0"],"variants":["mlx5_vfio_pci"]}' true
	expect modules "$(said .modules)" '["vfio_pci","vfio_iommu_type1","mlx5_vfio_pci"]'
	expect contents "$(said .contents)" '["/usr/lib/vfio-claim"]'
	expect scripts "$(said '[.pre, .post, .files]')" '["","",[]]'
	expect packages "$(said '.packages | length')" 1
	local unit
	for unit in $(said '.targets[].wants[]'); do
		[ -e "$TOP/systemd/$unit" ] || expect "unit $unit" none "in systemd/"
	done
	expect "units of sysinit" "$(said '.targets.sysinit.wants | sort | join(" ")')" \
		"vfio-claim-bind.service vfio-claim-reserve.service vfio-claim-watch.service"
	expect "units of initrd" "$(said '.targets.initrd.wants | join(" ")')" vfio-claim-finish.service
}

@test "the initrd without systemd: scripts before udev and after the mounts, which a shell understands" {
	evaluate '{"enable":true,"claim":["02:00.0"]}' false
	expect "files and targets" "$(said '[.files, .targets, .contents]')" '[["/usr/lib/vfio-claim"],{},[]]'
	said '.pre, .post' >"$BATS_TEST_TMPDIR/stage-1"
	sh -n "$BATS_TEST_TMPDIR/stage-1"
	shellcheck -s sh "$BATS_TEST_TMPDIR/stage-1"
	expect "what is called" "$(grep -o 'vfio-claim-boot [a-z-]*' "$BATS_TEST_TMPDIR/stage-1" | cut -d' ' -f 2 | paste -sd' ')" \
		"reserve bind-early watch bind"
}

# build: the package in $PACKAGE, from a copy of the sources, with the flags of package.nix
build() {
	local flags
	PACKAGE=$BATS_TEST_TMPDIR/nix/store/vfio-claim
	run --separate-stderr nix-instantiate --eval --strict --json "$TOP/tests/nix/package.nix" --arg lib "$LIB"
	mapfile -t flags < <(said '.makeFlags[]')
	[ "${#flags[@]}" -gt 5 ]
	(
		cd "$TOP" || exit
		export out=$PACKAGE
		make -s B="$BATS_TEST_TMPDIR/build" CFLAGS=-O0 "${flags[@]}" install
	) 2>&1
}

@test "the package is built with its flags, and makes the image's files; it has all units and no generator's files" {
	system_debian
	local store=$BATS_TEST_TMPDIR/nix/store systemd unit
	build
	for unit in reserve bind watch finish status; do
		[ -e "$PACKAGE/lib/systemd/system/vfio-claim-$unit.service" ]
	done
	expect "files of generators" "$(find "$PACKAGE" -path '*initramfs-tools*' -o -path '*dracut*' -o -path '*initcpio*')" ""
	expect_in "the unit of the real root" "$(<"$PACKAGE/lib/systemd/system/vfio-claim-status.service")" "$PACKAGE/bin/vfio-claim"
	mkdir -p "$store/modules"
	cp -r "$ROOT/lib" "$store/modules/"
	for systemd in true false; do
		evaluate '{"enable":true,"claim":["02:00.0"]}' "$systemd"
		said .image | sed "s|/nix/store/|$store/|g; s|^/usr/lib/vfio-claim$||" >"$BATS_TEST_TMPDIR/make"
		mkdir "$BATS_TEST_TMPDIR/$systemd"
		(cd "$BATS_TEST_TMPDIR/$systemd" && out=$PWD/out bash -eu ../make)
		cmp "$PACKAGE/lib/vfio-claim/vfio-claim-boot" "$BATS_TEST_TMPDIR/$systemd/out/usr/lib/vfio-claim/vfio-claim-boot"
	done
}

@test "what makes no sense is refused: no device, what a boot loader or a shell would change" {
	evaluate '{"enable":true}'
	expect failed "$(said '.failed | length')" 1
	local bad
	for bad in '02:00.0 quiet' '02:00.0,01:00.0' '$(reboot)' '"' ''; do
		evaluate "$(jq -nc --arg bad "$bad" '{enable: true, claim: [$bad]}')"
		expect "status of $bad" "$status" 1
		expect_in "message of $bad" "$stderr" "boot.vfio-claim.claim"
	done
	evaluate '{"enable":true,"claim":["02:00.0"],"timeout":61}'
	expect "status of a long timeout" "$status" 1
}
