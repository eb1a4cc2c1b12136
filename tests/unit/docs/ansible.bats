#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The Ansible role of docs/ansible with the real ansible-core: on systems made of files (vfio-claim --sysroot), over a
# local connection. The reboot is a script that does what a boot leaves behind; what installs packages is a stub.
# shellcheck disable=SC2154 # run sets them
# bats file_tags=other-tools

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

A=0000:01:00.0
B=0000:02:00.0

setup() {
	command -v ansible-playbook >/dev/null || skip "ansible-core is not installed"
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	system_debian
	mkdir -p "$ROOT/proc/sys/kernel/random" "$ROOT/run/vfio-claim"
	echo boot-0 >"$ROOT/proc/sys/kernel/random/boot_id"
	export ANSIBLE_ROLES_PATH=$TOP/docs/ansible/roles ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_NOCOLOR=1 \
		ANSIBLE_STDOUT_CALLBACK=default ANSIBLE_LOCAL_TEMP=$BATS_TEST_TMPDIR/local \
		ANSIBLE_REMOTE_TEMP=$BATS_TEST_TMPDIR/remote
	: >"$BATS_TEST_TMPDIR/ansible.cfg"
	export ANSIBLE_CONFIG=$BATS_TEST_TMPDIR/ansible.cfg
	HOOKS=$BATS_TEST_TMPDIR/hooks
	: >"$HOOKS"
	hook drain "$(printf 'echo drain >>%s' "$HOOKS")"
	hook resume "$(printf 'echo resume >>%s' "$HOOKS")"
	hook restart "$(declare -p ROOT PCI HOOKS; declare -f boots tree_driver takes; echo boots "$B")"
	sed 's/^  hosts: .*/  hosts: localhost\n  connection: local/; s/become: true/become: false/; s/gather_facts: true/gather_facts: false/' \
		"$TOP/docs/ansible/vfio-claim.yml" >"$BATS_TEST_TMPDIR/play.yml"
}

# hook NAME SCRIPT: a file with the tasks of a hook, which runs the script
hook() {
	echo "$2" >"$BATS_TEST_TMPDIR/$1"
	printf -- '- name: Hook\n  ansible.builtin.command: bash %s\n' "$BATS_TEST_TMPDIR/$1" >"$BATS_TEST_TMPDIR/$1.yml"
}

# boots SLOT...: what a boot with the menu's first entry leaves behind if it claims these
boots() {
	local slot
	echo restart >>"$HOOKS"
	sed -n 's|^.*linux /boot/vmlinuz \(.*\)|\1|p' "$ROOT/boot/grub/grub.cfg" | head -n 1 >"$ROOT/proc/cmdline"
	echo "boot-$RANDOM" >"$ROOT/proc/sys/kernel/random/boot_id"
	rm -f "$PCI"/devices/*/driver
	: >"$ROOT/run/vfio-claim/boot"
	for slot; do
		takes "$slot"
		echo "$slot: claimed by vfio-pci (rd.vfio.claim=02:00.0)" >>"$ROOT/run/vfio-claim/boot"
	done
	echo "bound 0" >>"$ROOT/run/vfio-claim/boot"
}

# play VARS [OPTION...]: runs the play; VARS: more of YAML's inline form
play() {
	local vars
	vars="{vfio_claim_install: false, vfio_claim_command: [$VFIO_CLAIM, --sysroot, $ROOT],
		vfio_claim_drain: $BATS_TEST_TMPDIR/drain.yml, vfio_claim_restart: $BATS_TEST_TMPDIR/restart.yml,
		vfio_claim_resume: $BATS_TEST_TMPDIR/resume.yml, $1}"
	shift
	run ansible-playbook -i localhost, "$BATS_TEST_TMPDIR/play.yml" -e "$vars" "$@"
}

# played CHANGED VARS [OPTION...]: it went well, and so many tasks changed something
played() {
	local changed=$1
	shift
	play "$@"
	expect "status: $output" "$status" 0
	expect_in "the end of $output" "$output" " changed=$changed "
}

hooks() {
	paste -sd' ' "$HOOKS"
}

ONE="vfio_claim_devices: ['02:00.0'], vfio_claim_keep: [boot-vga]"

@test "check mode changes nothing, then all is done, and the second run changes nothing" {
	local before
	before=$(system_sum)
	played 1 "$ONE" --check
	same_files "$before"
	expect_in "what is due" "$output" "A reboot is due: $B will be claimed, and is without a driver now"
	expect hooks "$(hooks)" ""
	played 4 "$ONE"
	expect hooks "$(hooks)" "drain restart resume"
	expect menu "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga "
	before=$(system_sum)
	: >"$HOOKS"
	played 0 "$ONE"
	played 0 "$ONE" --check
	same_files "$before"
	expect hooks "$(hooks)" ""
}

@test "the options of enable are passed on; an empty list removes the claims" {
	played 4 "vfio_claim_devices: ['02:00.0'], vfio_claim_options: [--group, --strict]"
	expect menu "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.group=1 rd.vfio.strict=1 "
	hook restart "$(declare -p ROOT PCI HOOKS; declare -f boots tree_driver takes; echo boots)"
	: >"$HOOKS"
	played 4 "vfio_claim_devices: []"
	expect menu "$(words "$MENU")" ""
	expect hooks "$(hooks)" "drain restart resume"
	played 0 "vfio_claim_devices: []"
}

@test "a run that ended between the change and the reboot is completed by the next one" {
	played 1 "$ONE, vfio_claim_reboot: false"
	expect_in "what is due" "$output" "A reboot is due: $B will be claimed"
	expect hooks "$(hooks)" ""
	played 3 "$ONE"
	expect hooks "$(hooks)" "drain restart resume"
}

@test "a claim that is refused: the play fails with the reason, and nothing is changed" {
	local before
	tree_root_on "$B"
	before=$(system_sum)
	play "$ONE" --check
	expect "status of check mode" "$status" 2
	play "$ONE"
	expect status "$status" 2
	expect_in reason "$output" "this system needs it for /"
	same_files "$before"
	expect hooks "$(hooks)" ""
}

@test "what the next boot may not do is not set, unless that is accepted" {
	local before
	before=$(system_sum)
	play "vfio_claim_devices: ['02:00.0', '05:00.0']"
	expect status "$status" 2
	expect_in reason "$output" "rd.vfio.claim=05:00.0: no such device now"
	same_files "$before"
	expect hooks "$(hooks)" ""
	played 1 "vfio_claim_devices: ['02:00.0', '05:00.0'], vfio_claim_require_sure: false, vfio_claim_reboot: false"
	expect hooks "$(hooks)" ""
}

@test "a menu that cannot be read back is noticed after it was written" {
	tool /usr/sbin/update-grub <<<'grub-mkconfig -o /boot/grub/grub.cfg && echo >/boot/grub/grub.cfg'
	play "$ONE"
	expect status "$status" 2
	expect_in reason "$output" "no boot menu can be read to verify"
	expect hooks "$(hooks)" ""
}

@test "a hook that fails: no reboot" {
	hook drain 'echo "one does not move" >&2; exit 1'
	play "$ONE"
	expect status "$status" 2
	expect_in reason "$output" "one does not move"
	expect hooks "$(hooks)" ""
}

@test "a boot that does not claim: the play fails, and does not reboot again or put the host into service" {
	hook restart "$(declare -p ROOT PCI HOOKS; declare -f boots tree_driver takes; echo boots)"
	play "$ONE"
	expect status "$status" 2
	expect_in reason "$output" "It was restarted, and still $B will be claimed, and is without a driver now"
	expect hooks "$(hooks)" "drain restart"
}

@test "a claim that is of no use: the status says so, and the play fails" {
	played 4 "$ONE"
	echo "$A: not claimed" >>"$ROOT/run/vfio-claim/boot"
	# A neighbour of the group has a driver of the host.
	tree_group "$A" "$B"
	tree_driver nouveau
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$A/driver"
	play "$ONE"
	expect status "$status" 2
	expect_in reason "$output" "does not have what was requested"
}

# installs MANAGER VARS: what the role calls to install the package where this is the package manager, as JSON. The
# modules that do it are stubs, under another name because nothing can replace those of ansible.builtin.
installs() {
	local roles=$BATS_TEST_TMPDIR/roles name
	rm -rf "$roles" "$BATS_TEST_TMPDIR/called"
	mkdir -p "$roles/vfio_claim/library" "$BATS_TEST_TMPDIR/cache"
	cp -r "$TOP/docs/ansible/roles/vfio_claim" "$roles/"
	sed -i "s/ansible.builtin.\(apt\|dnf\|yum\):/stub_\1:/; s|/var/cache/|$BATS_TEST_TMPDIR/cache/|" \
		"$roles/vfio_claim/tasks/install.yml"
	for name in apt dnf yum; do
		printf '#!/bin/sh\n# WANT_JSON\n{ echo "%s: $(cat "$1")"; } >>%s\necho "{\\"changed\\": true}"\n' \
			"$name" "$BATS_TEST_TMPDIR/called" >"$roles/vfio_claim/library/stub_$name"
	done
	sed -i "s/^  roles:/  pre_tasks:\n    - ansible.builtin.set_fact: {pkg_mgr: $1, cacheable: true}\n&/" \
		"$BATS_TEST_TMPDIR/play.yml"
	ANSIBLE_ROLES_PATH=$roles play "vfio_claim_install: true, $2"
	expect "status: $output" "$status" 0
	sed -i '/pre_tasks:/,/set_fact/d' "$BATS_TEST_TMPDIR/play.yml"
	cat "$BATS_TEST_TMPDIR/called"
}

@test "the package: apt, dnf, dnf5 and CentOS 7's yum are called; only our own file goes without a signature (stubs)" {
	local manager called file=$BATS_TEST_TMPDIR/vfio-claim.rpm
	: >"$file"
	for manager in dnf dnf5 yum; do
		called=$(installs "$manager" "vfio_claim_package: vfio-claim")
		expect "the module ($called)" "${called%%:*}" "${manager%5}"
		expect_in call "$called" '"name": "vfio-claim"'
		expect_in call "$called" '"disable_gpg_check": false'
		called=$(installs "$manager" "vfio_claim_package_file: $file")
		expect "the module ($called)" "${called%%:*}" "${manager%5}"
		expect_in call "$called" "\"name\": \"$BATS_TEST_TMPDIR/cache/vfio-claim.rpm\""
		expect_in call "$called" '"disable_gpg_check": true'
	done
	called=$(installs apt "vfio_claim_package: vfio-claim")
	expect_in call "$called" 'apt: {"name": "vfio-claim", "state": "present"'
	called=$(installs apt "vfio_claim_package_file: $file")
	expect_in call "$called" "apt: {\"deb\": \"$BATS_TEST_TMPDIR/cache/vfio-claim.rpm\""
}

@test "the play and the example of an inventory are read without an error" {
	run ansible-playbook --syntax-check -i "$TOP/docs/ansible/inventory.yml" "$TOP/docs/ansible/vfio-claim.yml"
	expect "status: $output" "$status" 0
	expect_not_in output "$output" WARNING
}
