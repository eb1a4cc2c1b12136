#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim enable --json and disable --json: the document, on systems made of files whose tools are stubs.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

A=0000:01:00.0
B=0000:02:00.0

# said FILTER: what jq makes of standard output, which is one document and nothing else, as its schema describes
said() {
	expect "documents in $output" "$(jq -s length <<<"$output")" 1
	"$TOP/tests/unit/json-value" enable <<<"$output" || return
	jq -cr "$1" <<<"$output"
}

# reboot: [due, why] of the document
reboot() {
	said '[.reboot.due, .reboot.why]'
}

# restarted CMDLINE SLOT...: the system has been started again, and these are on vfio-pci
restarted() {
	local slot
	boot_number "$RANDOM" "$1"
	shift
	for slot in "$A" "$B"; do
		rm -f "$PCI/devices/$slot/driver"
	done
	for slot; do
		takes "$slot"
	done
}

# bats test_tags=slow
@test "enable: what was changed, the slots of the next boot, a reboot; the second time nothing" {
	system_debian
	packed "$IMAGE" made=0 # without vfio-claim
	did enable 02:00.0 --keep boot-vga --json
	expect all "$(said '[.command, .ok, .dry_run, .changed, .place, .words, .sure]')" \
		'["enable",true,false,true,"/etc/default/grub.d/vfio-claim.cfg","rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga",true]'
	expect files "$(said '.files | sort')" \
		'["/boot/grub/grub.cfg","/etc/default/grub.d/vfio-claim.cfg","/var/lib/vfio-claim/enabled"]'
	expect images "$(said .images)" "[{\"kernel\":\"$KVER\",\"file\":\"/boot/initrd.img-$KVER\"}]"
	expect commands "$(said '.commands | map(split(" ")[0])')" '["update-grub","update-initramfs"]'
	expect slots "$(said .slots)" "[\"$B\"]"
	expect outcome "$(said .outcome)" "The claims take effect at the next boot; then check with 'vfio-claim status'."
	expect reboot "$(reboot)" "[true,\"$B will be claimed, and is without a driver now\"]"
	expect_in "standard error" "$stderr" "The next boot:"
	expect_in "standard error" "$stderr" "update-grub ... "
	did enable 02:00.0 --keep boot-vga --json
	expect "the second time" "$(said '[.ok, .changed, .files, .images, .commands, .reboot.due]')" \
		'[true,false,[],[],[],true]'
	expect_in "standard error" "$stderr" "Nothing to change."
	did disable --json
	expect disable "$(said '[.command, .ok, .changed, .place, .words, .slots, .sure, .outcome]')" \
		'["disable",true,true,"/etc/default/grub.d/vfio-claim.cfg",null,[],true,"Nothing is claimed from the next boot on."]'
	expect reboot "$(reboot)" '[false,null]'
	did disable --json
	expect "disable again" "$(said '[.ok, .changed, .files, .images, .commands, .reboot.due]')" \
		'[true,false,[],[],[],false]'
}

# bats test_tags=slow
@test "a reboot is due while the drivers differ from what the next boot claims, whatever the command line" {
	system_debian
	did enable 02:00.0 --json
	restarted "$CMDLINE rd.vfio.claim=02:00.0" "$B"
	did enable 02:00.0 --json
	expect "claimed as set" "$(said .changed) $(reboot)" 'false [false,null]'
	did enable 0000:02:00.0 --json
	expect "the same device in other words" "$(said .changed) $(reboot)" 'true [false,null]'
	did enable 01:00.0 02:00.0 --json
	expect "one more" "$(reboot)" "[true,\"$A will be claimed, and is without a driver now\"]"
	tree_driver nouveau
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$A/driver"
	did enable 01:00.0 02:00.0 --json
	expect "one with a driver" "$(reboot)" "[true,\"$A will be claimed, and is on nouveau now\"]"
	takes "$A"
	did enable 01:00.0 02:00.0 --json
	expect "claimed on the running system" "$(reboot)" '[false,null]'
	did enable 01:00.0 --json
	expect "one less" "$(reboot)" "[true,\"$B is claimed now, but will not be after a reboot\"]"
	did disable --json
	expect disable "$(reboot)" "[true,\"$B is claimed now, but will not be after a reboot\"]"
	rm "$PCI/devices/$B/driver"
	did disable --json
	expect "given back" "$(said .changed) $(reboot)" 'false [false,null]'
}

@test "a claim of a device that is not here: a reboot is due unless this boot waits for it" {
	system_debian
	did enable 05:00.0 --json
	expect "not sure" "$(said '[.ok, .sure, .slots]')" '[true,false,[]]'
	expect reboot "$(reboot)" \
		'[true,"rd.vfio.claim=05:00.0 names no device here; one that appears will be claimed only after a reboot"]'
	expect_in warning "$stderr" "no such device now"
	did enable 06:00.0 --dry-run --json
	expect "not sure before" "$(said '[.ok, .sure, .slots, .reboot.due]')" '[true,false,[],true]'
	restarted "$CMDLINE rd.vfio.claim=05:00.0"
	did enable 05:00.0 --json
	expect reboot "$(reboot)" '[false,null]'
	restarted "$CMDLINE rd.vfio.claim=05:00.0 rd.vfio=0"
	did enable 05:00.0 --json
	expect "a boot without claims" "$(said .reboot.due)" true
}

@test "a boot with rd.vfio=0: what another program put on vfio-pci there is none of ours" {
	system_debian
	restarted "$CMDLINE rd.vfio.claim=02:00.0 rd.vfio=0" "$B"
	did disable --json
	expect reboot "$(reboot)" '[false,null]'
}

@test "--dry-run: what would be done, and the reboot after that; nothing is changed" {
	system_debian
	packed "$IMAGE" made=0 # without vfio-claim
	local before
	before=$(system_sum)
	did enable 02:00.0 --dry-run --json
	same_files "$before"
	expect all "$(said '[.ok, .dry_run, .changed, .slots, .sure, .outcome, .reboot.due]')" \
		"[true,true,true,[\"$B\"],true,null,true]"
	expect files "$(said .files)" '["/etc/default/grub.d/vfio-claim.cfg","/var/lib/vfio-claim/enabled"]'
	expect images "$(said '.images | map(.kernel)')" "[\"$KVER\"]"
	expect commands "$(said '.commands | map(split(" ")[0])')" '["update-grub","update-initramfs"]'
	expect "what was run" "$(log)" ""
	expect_in "standard error" "$stderr" '+VFIO_CLAIM="02:00.0"'
	did enable 02:00.0
	before=$(system_sum)
	did enable 02:00.0 --dry-run --json
	expect "with the claims set" "$(said '[.changed, .files, .images, .commands, .slots, .reboot.due]')" \
		"[false,[],[],[],[\"$B\"],true]"
	restarted "$CMDLINE rd.vfio.claim=02:00.0" "$B"
	before=$(system_sum)
	did disable --dry-run --json
	same_files "$before"
	expect disable "$(said '[.changed, .slots, .sure, .reboot.due, .reboot.why]')" \
		"[true,[],true,true,\"$B is claimed now, but will not be after a reboot\"]"
}

@test "a refusal, a tool that fails, wrong usage" {
	system_debian
	tree_root_on "$B"
	local before
	before=$(system_sum)
	refused 1 "nothing was changed" enable 02:00.0 --json
	expect refused "$(said '[.ok, .changed, .words, .slots, .reboot.due]')" \
		'[false,false,"rd.vfio.claim=02:00.0",null,null]'
	tool /usr/sbin/update-grub <<<'exit 3'
	before=$(system_sum)
	refused 1 "all is as it was before" enable 01:00.0 --json
	expect "a tool fails" "$(said '[.ok, .changed, .files, .commands, .outcome]')" \
		'[false,false,[],["update-grub"],null]'
	vfio enable --json
	expect "status without a device" "$status" 2
	expect "output without a device" "$output" ""
	vfio enable --frob --json
	expect "output after wrong usage" "$output" ""
}

@test "a file that cannot be put back counts as changed" {
	system_debian
	# The menu becomes a directory while update-grub runs.
	tool /usr/sbin/update-grub <<<'rm /boot/grub/grub.cfg; mkdir -p /boot/grub/grub.cfg/x; exit 3'
	vfio enable 02:00.0 --json
	expect status "$status" 1
	expect changed "$(said '[.ok, .changed, .files]')" '[false,true,["/boot/grub/grub.cfg"]]'
	expect_in message "$stderr" "/boot/grub/grub.cfg is not as it was before"
}

@test "where the menu cannot be verified, nothing is sure" {
	system_debian
	sed -i 's/^menuentry/#&/; s/menuentry/#&/' "$ROOT/usr/sbin/grub-mkconfig"
	chroot "$ROOT" update-grub
	did enable 02:00.0 --json
	expect sure "$(said '[.ok, .changed, .sure]')" '[true,true,false]'
	expect_in outcome "$(said .outcome)" "no boot menu can be read to verify that the next boot has them"
	did disable --json
	expect "sure of disable" "$(said '[.ok, .changed, .sure]')" '[true,true,false]'
}

@test "disable: an old list of IDs still claims" {
	system_debian
	sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1e07"/' \
		"$ROOT/etc/default/grub"
	chroot "$ROOT" update-grub
	did disable --json
	expect all "$(said '[.ok, .changed, .sure, .slots, .reboot.due]')" "[true,false,false,[\"$A\",\"$B\"],true]"
	expect_in warning "$stderr" "claims 2 devices that you did not name"
}

@test "standard error that is closed or full does not spoil the document" {
	system_debian
	status=0
	output=$("$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 --json 2>&-) || status=$?
	expect "status, closed" "$status" 0
	expect "ok, closed" "$(said .ok)" true
	output=$("$VFIO_CLAIM" --sysroot "$ROOT" disable --json 2>/dev/full) || status=$?
	expect "status, full" "$status" 0
	expect "ok, full" "$(said .ok)" true
	"$VFIO_CLAIM" --sysroot "$ROOT" disable --json >/dev/full 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	expect "status, output full" "$status" 1
	expect_in message "$(<"$BATS_TEST_TMPDIR/stderr")" "cannot write to standard output"
}
