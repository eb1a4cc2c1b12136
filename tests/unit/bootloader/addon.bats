#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Add-ons of unified kernel images: which ones count for the next boot, and enable --addon. ukify is a stub here;
# tests/pkg/uki has the real one, and boots what it makes.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../addon

# secure_boot: it is on
secure_boot() {
	mkdir -p "$ROOT/sys/firmware/efi/efivars"
	printf '\6\0\0\0\1' >"$ROOT/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
}

# next WORDS: the next boot has these on its command line, after the image's own
next() {
	vfio plan
	expect "status of plan ($output $stderr)" "$status" 0
	expect "the next boot's claims" "$(echo "$output" | grep -o '(rd.vfio.claim=[^)]*)' | tr -d '()' | tr '\n' ' ')" "$1"
}

@test "the next boot has the words of add-ons: of all images first, then of this one, in the order of their names" {
	system_addon
	next ""
	pe "$ROOT/efi/loader/addons/b.addon.efi" ".cmdline=rd.vfio.claim=01:00.0"
	next "rd.vfio.claim=01:00.0 "
	pe "$MENU.extra.d/a.addon.efi" ".cmdline=rd.vfio=0"
	vfio plan
	expect_in "plan" "$output" "rd.vfio=0"
	# The last one counts.
	pe "$MENU.extra.d/b.ADDON.EFI" $'.cmdline=\t\nrd.vfio=1\n'
	next "rd.vfio.claim=01:00.0 "
	# What is not printable separates words, too.
	pe "$ROOT/efi/loader/addons/b.addon.efi" $'.cmdline=\x7frd.vfio.claim=02:00.0\x01quiet\x7f'
	next "rd.vfio.claim=02:00.0 "
	pe "$ROOT/efi/loader/addons/b.addon.efi" ".cmdline=rd.vfio.claim=01:00.0"
	pe "$ROOT/efi/loader/addons/c.addon.efi" ".cmdline=-- x"
	pe "$MENU.extra.d/c.addon.efi" ".cmdline=rd.vfio.claim=02:00.0"
	next "rd.vfio.claim=01:00.0 "
}

@test "add-ons that systemd-stub ignores do not count" {
	local a
	system_addon
	a=$ROOT/efi/loader/addons/x.addon.efi
	pe "$a" ".cmdline=rd.vfio.claim=01:00.0" ".uname=$KVER"
	next "rd.vfio.claim=01:00.0 "
	pe "$a" ".cmdline=rd.vfio.claim=01:00.0" ".uname=6.6.6"
	next ""
	pe "$a" ".cmdline=rd.vfio.claim=01:00.0" ".linux=kernel"
	next ""
	pe "$a" ".cmdline=rd.vfio.claim=01:00.0"
	next "rd.vfio.claim=01:00.0 "
	image 253.5-1
	next ""
	image 254
	next "rd.vfio.claim=01:00.0 "
	mv "$a" "${a%.addon.efi}.efi"
	next ""
	mv "${a%.addon.efi}.efi" "${a%/*}/.x.addon.efi"
	next ""
	mv "${a%/*}/.x.addon.efi" "$a"
	secure_boot
	next ""
	pe "$a" --signed ".cmdline=rd.vfio.claim=01:00.0"
	next "rd.vfio.claim=01:00.0 "
}

@test "an image whose name counts attempts to boot has its add-ons under the plain name" {
	system_addon
	mv "$MENU" "${MENU%.efi}+2-1.efi"
	pe "$MENU.extra.d/a.addon.efi" ".cmdline=rd.vfio.claim=01:00.0"
	next "rd.vfio.claim=01:00.0 "
}

@test "enable --addon: there and back; the image is never touched" {
	system_addon
	local before after
	before=$(system_sum)
	did enable --addon 02:00.0 --keep boot-vga --dry-run
	expect_in "what is shown" "$output" "run: ukify build --config=/dev/null '--cmdline=rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	same_files "$before"
	did enable --addon 02:00.0 --keep boot-vga
	expect "the add-on" "$(words "$ADDON")" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga "
	expect_in "the next boot" "$output" "0000:02:00.0: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	after=$(system_sum)
	: >"$ROOT/log"
	did enable --addon 02:00.0 --keep boot-vga
	expect_in output "$output" "Nothing to change."
	same_files "$after"
	expect "what the second time has run" "$(log)" ""
	did enable --addon --add 01:00.0
	expect "the add-on with one more" "$(words "$ADDON")" "rd.vfio.claim=02:00.0,01:00.0 rd.vfio.keep=boot-vga "
	# An update of the loader has removed it.
	rm "$ADDON"
	vfio check
	expect_in "check" "$output" "lacks rd.vfio.claim=02:00.0,01:00.0 rd.vfio.keep=boot-vga"
	did enable
	expect "the add-on set again" "$(words "$ADDON")" "rd.vfio.claim=02:00.0,01:00.0 rd.vfio.keep=boot-vga "
	refused 1 "the add-on vfio-claim.addon.efi has the claims: use --addon, or first 'vfio-claim disable'" enable 01:00.0
	did disable --dry-run
	expect_in "what is shown" "$output" "remove: /efi/loader/addons/vfio-claim.addon.efi"
	did disable
	same_files "$before"
}

@test "enable --addon: a ukify that fails, or does nothing, or writes something else: all is as it was" {
	system_addon
	local before
	before=$(system_sum)
	for stub in 'echo x >"/efi/loader/addons/vfio-claim.addon.efi"; exit 3' 'exit 0' \
		'echo x >"/efi/loader/addons/vfio-claim.addon.efi"'; do
		tool /usr/bin/ukify <<<"$stub"
		cp "$ROOT/usr/bin/ukify" "$BATS_TEST_TMPDIR/stub"
		vfio enable --addon 02:00.0
		expect "status of enable with $stub" "$status" 1
		expect_in message "$stderr" "all is as it was before"
		expect "the add-on" "$(ls "$ROOT/efi/loader/addons")" ""
	done
}

@test "enable --addon is refused where it would not work, with what to do" {
	system_addon
	mv "$ROOT/usr/bin/ukify" "$BATS_TEST_TMPDIR/ukify"
	refused 1 "ukify, which builds add-ons, is not installed: install systemd-ukify" enable --addon 02:00.0
	mv "$BATS_TEST_TMPDIR/ukify" "$ROOT/usr/lib/systemd/ukify"
	mv "$ROOT/usr/lib/systemd/boot/efi" "$BATS_TEST_TMPDIR/stubs"
	refused 1 "/usr/lib/systemd/boot/efi has no addon*.efi.stub, from which add-ons are built: install systemd-boot-efi" \
		enable --addon 02:00.0
	mv "$BATS_TEST_TMPDIR/stubs" "$ROOT/usr/lib/systemd/boot/efi"
	image 252.39-1
	refused 1 "is started by systemd-stub 252, and add-ons need 254 or later" enable --addon 02:00.0
	pe "$MENU" ".cmdline=$CMDLINE" ".initrd=@$BATS_TEST_TMPDIR/initrd"
	refused 1 "is not started by systemd-stub, which reads add-ons: use --config" enable --addon 02:00.0
	image
	entry x.conf Linux "root=UUID=0b1e ro"
	refused 1 "/boot/loader/entries/x.conf is no unified kernel image, and only those have add-ons" enable --addon 02:00.0
	rm "$ROOT/boot/loader/entries/x.conf" "$MENU"
	system_images "/boot/initrd.img-$KVER"
	refused 1 "no unified kernel image is found in EFI/Linux" enable --addon 02:00.0
	refused 2 "--addon and --config exclude each other" enable --addon --config 02:00.0
	refused 2 "belong together" enable --addon --secureboot-key /k 02:00.0
	refused 2 "only an --addon is signed" enable --secureboot-key /k --secureboot-certificate /c 02:00.0
	refused 2 "must begin with '/'" enable --addon --secureboot-key k --secureboot-certificate /c 02:00.0
}

@test "Secure Boot: without a key refused; with one, given or in uki.conf, the add-on is signed" {
	system_addon
	secure_boot
	refused 1 "Secure Boot is on, and systemd-stub ignores an add-on without a signature" enable --addon 02:00.0
	did enable --addon 02:00.0 --secureboot-key /k.pem --secureboot-certificate /c.pem
	expect_in log "$(log)" "--secureboot-private-key=/k.pem --secureboot-certificate=/c.pem"
	did disable
	mkdir -p "$ROOT/etc/kernel"
	printf '[PCRSignature:x]\nSecureBootPrivateKey=/no\n[UKI]\n#SecureBootPrivateKey=/no\nInitrd=/no\n' >"$ROOT/etc/kernel/uki.conf"
	refused 1 "Secure Boot is on" enable --addon 02:00.0
	printf ' SecureBootPrivateKey = /a b.key # mine\nSecureBootCertificate=/a.pem\nSecureBootSigningTool=systemd-sbsign\nPCRPKey=/no\n' \
		>>"$ROOT/etc/kernel/uki.conf"
	: >"$ROOT/log"
	did enable --addon 02:00.0
	expect log "$(log)" "ukify build --config=/dev/null --cmdline=rd.vfio.claim=02:00.0 --output=/efi/loader/addons/vfio-claim.addon.efi --secureboot-private-key=/a b.key --secureboot-certificate=/a.pem --signtool=systemd-sbsign"
	# One that a loader's tool has left without a signature is made anew.
	pe "$ADDON" ".cmdline=rd.vfio.claim=02:00.0"
	did enable --addon 02:00.0
	next "rd.vfio.claim=02:00.0 "
}

# An initramfs by a vendor: systemd's, without vfio-claim and the modules
vendor() {
	image "${1-257.13-1}" "$CMDLINE" usr/bin/systemd-tmpfiles
}

# carried PATH: the file in the add-on's initramfs
carried() {
	local at
	at=$(grep -abo -m 1 070701 "$ADDON" | head -n 1 | cut -d : -f 1)
	tail -c "+$((at + 1))" "$ADDON" | (cd "$BATS_TEST_TMPDIR" && rm -rf carried && mkdir carried && cd carried &&
		cpio --quiet -idm && cat "$1")
}

@test "an initramfs without vfio-claim: the add-on brings it, and the real root completes the claims" {
	system_addon
	vendor
	local before file
	# The kernel has vfio-pci as a module, which the initramfs lacks.
	OBJECTS=$BATS_TEST_TMPDIR/objects
	mkdir "$OBJECTS"
	object "$OBJECTS/vfio-pci.ko" "" ""
	kernel lib/modules "vfio-pci" "vfio_iommu_type1"
	before=$(system_sum)
	did enable --addon 02:00.0
	expect_in log "$(log)" "--initrd=/var/tmp/vfio-claim-addon.cpio"
	expect "what was left" "$(ls "$ROOT/var/tmp")" ""
	cmp <(carried usr/lib/vfio-claim/vfio-claim-boot) "$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	cmp <(carried usr/lib/systemd/system/sysinit.target.wants/vfio-claim-reserve.service) \
		"$TOP/systemd/vfio-claim-reserve.service"
	cmp <(carried usr/lib/vfio-claim/vfio-claim-complete.service) "$TOP/systemd/addon/vfio-claim-complete.service"
	carried usr/lib/vfio-claim/protected
	# Each file that is kept for the real root is there, but for those that a system may lack.
	for file in $(carried usr/lib/tmpfiles.d/vfio-claim.conf | sed -n 's/^C .* //p'); do
		case $file in
		*/variants | */vfio-claim.conf) ;;
		*) carried "${file#/}" >/dev/null ;;
		esac
	done
	vfio check
	expect "what an image lacks" "$(grep 'does not contain' <<<"$output" || true)" ""
	: >"$ROOT/log"
	did enable --addon 02:00.0
	expect_in output "$output" "Nothing to change."
	# What the system runs from has changed, or its settings: the add-on is made anew.
	echo 'timeout = 20' >"$ROOT/etc/vfio-claim.conf"
	vfio check
	expect_in check "$output" "does not have /etc/vfio-claim.conf"
	did enable --addon 02:00.0
	expect "the add-on's settings" "$(carried etc/vfio-claim.conf)" "timeout = 20"
	rm "$ROOT/etc/vfio-claim.conf"
	did disable
	same_files "$before"
}

@test "an initramfs that cannot use what an add-on brings: refused" {
	system_addon
	vendor 256.7
	refused 1 "is started by systemd-stub 256, which cannot load an initramfs from an add-on; version 257 can" enable --addon 02:00.0
	image 257 "$CMDLINE" init
	refused 1 "its initramfs does not run systemd, so an add-on could not start vfio-claim" enable --addon 02:00.0
}

@test "the unit that completes the claims: systemd understands it, and it runs in the real root only" {
	mkdir -p "$BATS_TEST_TMPDIR/units"
	sed 's|/run/vfio-claim/program|/bin/true|' "$TOP/systemd/addon/vfio-claim-complete.service" \
		>"$BATS_TEST_TMPDIR/units/vfio-claim-complete.service"
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/units/vfio-claim-complete.service"
	expect complaints "$(grep vfio-claim-complete <<<"$output" || true)" ""
	grep -qx 'ConditionPathExists=!/etc/initrd-release' "$TOP/systemd/addon/vfio-claim-complete.service"
	mkdir -p "$BATS_TEST_TMPDIR/tree/usr/lib/vfio-claim" "$BATS_TEST_TMPDIR/tree/etc"
	echo p >"$BATS_TEST_TMPDIR/tree/usr/lib/vfio-claim/protected"
	echo u >"$BATS_TEST_TMPDIR/tree/usr/lib/vfio-claim/vfio-claim-complete.service"
	sed "s| /usr/lib| $BATS_TEST_TMPDIR/tree/usr/lib|; s| /etc| $BATS_TEST_TMPDIR/tree/etc|; s| /run| $BATS_TEST_TMPDIR/tree/run|" \
		"$TOP/systemd/addon/tmpfiles.conf" >"$BATS_TEST_TMPDIR/tmpfiles.conf"
	systemd-tmpfiles --create "$BATS_TEST_TMPDIR/tmpfiles.conf"
	expect "what is kept" "$(cat "$BATS_TEST_TMPDIR/tree/run/vfio-claim/protected" \
		"$BATS_TEST_TMPDIR/tree/run/systemd/system/sysinit.target.wants/vfio-claim-complete.service")" $'p\nu'
}

@test "enable without --addon, where the image keeps its command line: says that there is --addon" {
	system_addon
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "'vfio-claim enable --addon' leaves the image as it is"
	image 253
	vfio enable 02:00.0
	expect status "$status" 1
	expect "advice of --addon" "$(grep -e --addon <<<"$stderr" || true)" ""
}
