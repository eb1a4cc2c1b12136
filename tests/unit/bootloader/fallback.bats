#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable --fallback: the count of boots in GRUB's environment block. The script in grub.d is the real one, a stub does what
# grub-editenv does; that GRUB counts is shown by boots, in tests/pkg/entries.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

BLOCK=boot/grub/grubenv
WANTS=etc/systemd/system/multi-user.target.wants
COUNTS=var/lib/vfio-claim/fallback

# system_counting: Debian with GRUB on ext4, and the unit enabled
system_counting() {
	system_debian
	system_programs sh cat rm mkdir sed grep tr head
	install -D -m 0755 "$TOP/grub.d/42_vfio-claim" "$ROOT/etc/grub.d/42_vfio-claim"
	mkdir -p "$ROOT"/{usr/lib/vfio-claim,"$WANTS"}
	: >"$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	cp "$TOP/grub.d/fallback.grub" "$ROOT/usr/lib/vfio-claim/"
	ln -s /lib/systemd/system/vfio-claim-status.service "$ROOT/$WANTS/vfio-claim-status.service"
	tool /etc/grub.d/10_linux <<-'END'
		echo "menuentry 'Debian' --class debian \$menuentry_id_option 'gnulinux-simple-0b1e' {
			linux	/boot/vmlinuz-6.1.0-test root=UUID=0b1e ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT
		}"
	END
	tool /usr/sbin/grub-mkconfig <<-'END'
		# default/grub.d
		. /etc/default/grub
		for file in /etc/default/grub.d/*.cfg; do . "$file"; done
		export GRUB_CMDLINE_LINUX GRUB_CMDLINE_LINUX_DEFAULT
		{
			echo 'if [ "${next_entry}" ] ; then
			set default="${next_entry}"
			set next_entry=
			save_env next_entry
			set boot_once=true
			else
			set default="0"
			fi'
			for script in /etc/grub.d/10_linux /etc/grub.d/42_vfio-claim; do
				echo "### BEGIN $script ###"
				"$script" || exit
				echo "### END $script ###"
			done
		} >"$2"
	END
	tool /usr/sbin/grub-reboot <<<'exit 1'
	editenv /usr/bin/grub-editenv
	printf '# GRUB Environment Block\nsaved_entry=x\n' >"$ROOT/$BLOCK"
	on_file_system ext4
	chroot "$ROOT" /usr/sbin/update-grub
	: >"$ROOT/log"
}

# editenv PATH: util/grub-editenv.c, a block of 1024 bytes, filled with "#"
editenv() {
	tool "$1" <<-'END'
		[ ! -e /read-only ] || { echo "grub-editenv: error: cannot open" >&2; exit 1; }
		echo "grub-editenv $*" >>/log
		name=${3%%=*}
		text=$(grep -v -e "^$name=" -e '^#' "$1")
		[ "$2" != set ] || text=${text:+$text
		}$3
		text="# GRUB Environment Block
		${text:+$text
		}"
		text=$(echo "$text" | sed 's/^[[:blank:]]*//;/^$/d')
		printf '%s\n' "$text" >"$1"
		while [ "$(cat "$1" | tr -d '\n' | sed 's/./x/g' | grep -c 'x\{900\}')" = 0 ]; do printf '##########' >>"$1"; done
	END
}

on_file_system() {
	mkdir -p "$ROOT/proc/self"
	echo "21 1 8:1 / / rw - $1 /dev/sda1 rw" >"$ROOT/proc/self/mountinfo"
}

# count: what GRUB's block has of ours
count() {
	grep -o '^vfio_claim_[a-z]*=.*' "$ROOT/$BLOCK" | tr '\n' ' ' || true
}

# grub_counts: what GRUB does at a boot, by the commands in its menu
grub_counts() {
	local left
	left=$(sed -n 's/^vfio_claim_left=//p' "$ROOT/$BLOCK")
	if [ "$left" = 0 ]; then
		grep -q '^vfio_claim_fell=' "$ROOT/$BLOCK" || sed -i '1a vfio_claim_fell=1' "$ROOT/$BLOCK"
	elif [ -n "$left" ]; then
		grep -A 1 "vfio_claim_left}\" = $left \]" "$MENU" | grep -q "set vfio_claim_left=$((left - 1))$"
		sed -i "s/^vfio_claim_left=.*/vfio_claim_left=$((left - 1))/" "$ROOT/$BLOCK"
	fi
}

# bats test_tags=slow
@test "--fallback: sets the count, a boot that gets there puts it back; and away again" {
	local before
	system_counting
	before=$(system_sum)
	did enable 02:00.0 --fallback 3 --dry-run
	expect_in "what is shown" "$output" "vfio_claim_left=3"
	same_files "$before"
	did enable 02:00.0 --fallback 3
	expect "the count" "$(count)" "vfio_claim_left=3 "
	grep -qx 'set vfio_claim_off="gnulinux-simple-0b1e~novfio"' "$MENU"
	: >"$ROOT/log"
	did enable 02:00.0 --fallback 3
	expect_in output "$output" "Nothing to change."
	expect "what the second time has run" "$(log)" ""
	# A boot with the claim
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	grub_counts
	expect "the count at boot" "$(count)" "vfio_claim_left=2 "
	vfio status
	expect_in status "$output" "If 3 boots in a row do not get as far as this, the boot menu's entry without claims is started (2 left)."
	expect "the count without --reached" "$(count)" "vfio_claim_left=2 "
	did status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_left=3 "
	: >"$ROOT/log"
	did status --quiet --reached
	expect "nothing is written that is there" "$(log)" ""
	vfio status --json
	expect "json" "$(jq -c .fallback <<<"$output")" '{"tries":3,"left":3,"fell":false,"trouble":null}'
	vfio check
	expect_in check "$output" "after 3 boots that fail"
	# It stays with --add, and goes with new claims, or with disable.
	did enable --add 01:00.0
	expect "the count" "$(count)" "vfio_claim_left=3 "
	did enable 01:00.0
	expect "the count" "$(count)" ""
	[ ! -e "$ROOT/$COUNTS" ]
	did enable 01:00.0 --fallback 1
	expect "the count" "$(count)" "vfio_claim_left=1 "
	did disable
	expect "the count" "$(count)" ""
	[ ! -e "$ROOT/$COUNTS" ]
	vfio status --json
	expect "json" "$(jq -c .fallback <<<"$output")" null
}

# bats test_tags=slow
@test "--fallback: boots that fail; the boot that falls back says so, and so does plan; enable counts again" {
	system_counting
	did enable 02:00.0 --fallback 2
	grub_counts
	grub_counts
	expect "the count" "$(count)" "vfio_claim_left=0 "
	vfio plan --json
	expect "the next boot" "$(jq -c .off <<<"$output")" true
	grub_counts
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio=0"
	vfio status --quiet --reached
	expect "status" "$status" 1
	expect_in output "$output" "FELL BACK: 2 boots in a row did not get as far as vfio-claim-status.service, and the boot menu's entry without claims was started by itself."
	expect "the count" "$(count)" "vfio_claim_fell=1 vfio_claim_left=0 "
	vfio status --json
	"$TOP/tests/unit/json-value" status <<<"$output"
	expect "json" "$(jq -c '.fallback, .ok' <<<"$output")" $'{"tries":2,"left":0,"fell":true,"trouble":null}\nfalse'
	vfio check
	expect_in check "$output" "2 boots in a row did not get as far as vfio-claim-status.service"
	did enable
	expect "the count" "$(count)" "vfio_claim_left=2 "
	vfio plan --json
	expect "the next boot" "$(jq -c '.off, .claims[].value' <<<"$output")" $'false\n"02:00.0"'
	# Chosen by hand, and it succeeds
	grub_counts
	grub_counts
	grub_counts
	boot_number 3 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	did status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_left=2 "
}

# bats test_tags=slow
@test "--fallback: a boot without claims that is chosen by hand is not a failed one" {
	system_counting
	did enable 02:00.0 --fallback 2
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio=0"
	for _ in 1 2 3; do
		grub_counts
		did status --quiet --reached
		expect "the count" "$(count)" "vfio_claim_left=2 "
	done
	# A failed one before it stays one.
	grub_counts
	grub_counts
	did status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_left=1 "
}

@test "--fallback: refused where GRUB cannot count, or nothing would put the count back" {
	local type
	system_counting
	for type in btrfs f2fs overlay zfs; do
		on_file_system "$type"
		refused 1 "GRUB cannot write to $type, where /boot/grub/grubenv is: it cannot count boots, and --fallback is not possible" \
			enable 02:00.0 --fallback 3
	done
	on_file_system ext4
	rm "$ROOT/$WANTS/vfio-claim-status.service"
	refused 1 "vfio-claim-status.service is not enabled" enable 02:00.0 --fallback 3
	ln -s /lib/systemd/system/vfio-claim-status.service "$ROOT/$WANTS/vfio-claim-status.service"
	for type in 0 10 x -1 "" 3x; do
		vfio enable 02:00.0 "--fallback=$type"
		expect "status of '$type'" "$status" 2
		expect_in message "$stderr" "it must be from 1 to 9"
	done
	refused 2 "not with --entry" enable 02:00.0 --entry x --fallback 3
	# A tool that does nothing, one that fails, and a menu without an entry to fall back to
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/bin/grub-editenv"
	vfio enable 02:00.0 --fallback 3
	expect "status" "$status" 1
	expect_in message "$stderr" "vfio_claim_left=3 was not written to GRUB's environment block"
	expect_in message "$stderr" "all is as it was before"
	chmod -x "$ROOT/etc/grub.d/42_vfio-claim"
	printf '#!/bin/sh\ncp\n' >"$ROOT/etc/grub.d/42_vfio-claim"
	vfio enable 02:00.0 --fallback 3
	expect "status" "$status" 1
	rm "$ROOT/etc/grub.d/42_vfio-claim"
	refused 1 "--fallback needs a menu of GRUB that grub-mkconfig makes" enable 02:00.0 --fallback 3
	[ ! -e "$ROOT/$COUNTS" ]
}

@test "--fallback: a block that was lost costs no claim, and check and status say so" {
	system_counting
	did enable 02:00.0 --fallback 2
	printf '# GRUB Environment Block\n' >"$ROOT/$BLOCK"
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	vfio status --quiet --reached
	expect "status" "$status" 1
	expect_in output "$output" "LOST: GRUB's environment block does not have the count of boots"
	vfio check
	expect_in check "$output" "GRUB's environment block does not have the count of boots"
	vfio plan --json
	expect "the next boot" "$(jq -c '.off, .claims[].value' <<<"$output")" $'false\n"02:00.0"'
	rm "$ROOT/$BLOCK"
	vfio status --quiet --reached
	expect "status without a block" "$status" 1
	printf '# GRUB Environment Block\nvfio_claim_left=1\n' >"$ROOT/$BLOCK"
	: >"$ROOT/read-only"
	vfio status --quiet --reached
	expect "status of a block that cannot be written" "$status" 1
}

# bats test_tags=slow
@test "--fallback: a count that is left over is named, and cleared" {
	local command
	system_counting
	# As after a purge that has removed the record: each boot would take one off.
	for command in "enable 02:00.0" disable; do
		printf '# GRUB Environment Block\nvfio_claim_left=2\n' >"$ROOT/$BLOCK"
		vfio status
		expect "status" "$status" 1
		expect_in status "$output" "LEFT OVER: GRUB's environment block has a count of boots that 'vfio-claim enable --fallback' has not set"
		vfio check
		expect_in check "$output" "has a count of boots that 'vfio-claim enable --fallback' has not set"
		vfio status --json
		"$TOP/tests/unit/json-value" status <<<"$output"
		expect "json" "$(jq -c '.fallback | .tries, .left' <<<"$output")" $'0\n2'
		did $command
		expect "the count after $command" "$(count)" ""
	done
	# It has fallen back; the block cannot be written.
	printf '# GRUB Environment Block\nvfio_claim_left=0\nvfio_claim_fell=1\n' >"$ROOT/$BLOCK"
	cp "$ROOT/usr/bin/grub-editenv" "$BATS_TEST_TMPDIR/"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/bin/grub-editenv"
	vfio enable 02:00.0
	expect "status" "$status" 1
	expect_in message "$stderr" "vfio_claim_left was not removed from GRUB's environment block"
	cp "$BATS_TEST_TMPDIR/grub-editenv" "$ROOT/usr/bin/"
	did enable 02:00.0
	expect "the count" "$(count)" ""
	did status
	vfio check
	expect_not_in check "$output" "count of boots"
}

# expect_trouble TEXT: check and status say that the fallback does not work
expect_trouble() {
	vfio status
	expect "status" "$status" 1
	expect_in status "$output" "LOST: $1"
	vfio check
	expect_in check "$output" "--fallback does not work: $1"
	vfio status --json
	expect_in json "$(jq -r .fallback.trouble <<<"$output")" "$1"
}

# bats test_tags=slow
@test "--fallback: status and check read back that the menu counts, and that the unit is enabled" {
	local unit=vfio-claim-status.service
	system_counting
	did enable 02:00.0 --fallback 2
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	did status
	chmod -x "$ROOT/etc/grub.d/42_vfio-claim"
	mv "$ROOT/etc/grub.d/42_vfio-claim" "$BATS_TEST_TMPDIR/"
	printf '#!/bin/sh\n' >"$ROOT/etc/grub.d/42_vfio-claim"
	chmod +x "$ROOT/etc/grub.d/42_vfio-claim"
	chroot "$ROOT" /usr/sbin/update-grub
	expect_trouble "the boot menu does not count boots"
	cp "$BATS_TEST_TMPDIR/42_vfio-claim" "$ROOT/etc/grub.d/"
	chmod +x "$ROOT/etc/grub.d/42_vfio-claim"
	did enable
	did status
	# systemctl disable
	mv "$ROOT/$WANTS/$unit" "$BATS_TEST_TMPDIR/"
	expect_trouble "$unit is not enabled, or is masked"
	mv "$BATS_TEST_TMPDIR/$unit" "$ROOT/$WANTS/"
	did status
	# systemctl mask
	: >"$ROOT/dev/null"
	ln -s /dev/null "$ROOT/etc/systemd/system/$unit"
	expect_trouble "$unit is not enabled, or is masked"
	refused 1 "$unit is not enabled, or is masked" enable 02:00.0 --fallback 3
	rm "$ROOT/etc/systemd/system/$unit"
	did status
}

# bats test_tags=slow
@test "--fallback: a boot with other claims proves nothing, and one is noted whatever else fails" {
	system_counting
	did enable 02:00.0 --fallback 2
	grub_counts
	grub_counts
	grub_counts
	# A named entry, or 'try': after the fall
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=01:00.0"
	takes 0000:01:00.0
	vfio status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_fell=1 vfio_claim_left=0 "
	# Before it, such a boot takes nothing off, and puts no failed one back.
	did enable
	grub_counts
	grub_counts
	vfio status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_left=1 "
	# With what was set, and something that cannot be read
	boot_number 3 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	mv "$ROOT/sys" "$ROOT/sys.away"
	vfio status --quiet --reached
	expect "status" "$status" 1
	expect "the count" "$(count)" "vfio_claim_left=2 "
	mv "$ROOT/sys.away" "$ROOT/sys"
	grub_counts
	grub_counts
	grub_counts
	boot_number 4 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0 rd.vfio=0"
	vfio status --quiet --reached
	expect "the count" "$(count)" "vfio_claim_fell=1 vfio_claim_left=0 "
}

@test "--fallback: ids of Debian's backported kernels; one that GRUB's script cannot have is named" {
	system_counting
	sed -i "s/gnulinux-simple-0b1e/gnulinux-6.12.38+deb13-amd64:x-advanced-0b1e/" "$ROOT/etc/grub.d/10_linux"
	did enable 02:00.0 --fallback 2
	grep -qx 'set vfio_claim_off="gnulinux-6.12.38+deb13-amd64:x-advanced-0b1e~novfio"' "$MENU"
	sed -i "s/amd64:x/am d64/" "$ROOT/etc/grub.d/10_linux"
	run --separate-stderr chroot "$ROOT" /usr/sbin/update-grub
	expect "status" "$status" 0
	expect_in message "$stderr" "boots are not counted: the id 'gnulinux-6.12.38+deb13-am d64-advanced-0b1e~novfio'"
	vfio enable 02:00.0 --fallback 2
	expect "status" "$status" 1
	rm "$ROOT/usr/lib/vfio-claim/fallback.grub"
	sed -i "s/am d64/amd64/" "$ROOT/etc/grub.d/10_linux"
	run --separate-stderr chroot "$ROOT" /usr/sbin/update-grub
	expect "status" "$status" 0
	expect_in message "$stderr" "boots are not counted: /usr/lib/vfio-claim/fallback.grub is missing"
	expect_not_in menu "$(cat "$MENU")" vfio_claim_off
}

# --- entries of the Boot Loader Specification: Fedora, CentOS 8 and later ------------------------

# counting_blscfg SYSTEM: GRUB's menu as Fedora's grub2-mkconfig makes it, our plugin, and the unit enabled
counting_blscfg() {
	"$1"
	system_programs sh cat rm mkdir sed grep tr sort mv cp
	BLOCK=boot/grub2/grubenv CUSTOM=$ROOT/boot/grub2/custom.cfg GRUB=$ROOT/boot/grub2/grub.cfg
	STEM=$ROOT/boot/loader/entries/0123-$KVER
	install -D -m 0755 "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/usr/lib/kernel/install.d/95-vfio-claim.install"
	mkdir -p "$ROOT"/{usr/lib/vfio-claim,boot/grub2,"$WANTS"}
	: >"$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	cp "$TOP/grub.d/fallback.grub" "$ROOT/usr/lib/vfio-claim/"
	ln -s /usr/lib/systemd/system/vfio-claim-status.service "$ROOT/$WANTS/vfio-claim-status.service"
	echo 0123 >"$ROOT/etc/machine-id"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	cat >"$GRUB" <<-'END'
		### BEGIN /etc/grub.d/00_header ###
		if [ -f ${config_directory}/grubenv ]; then
		  load_env -f ${config_directory}/grubenv
		elif [ -s $prefix/grubenv ]; then
		  load_env
		fi
		if [ "${next_entry}" ] ; then
		   set default="${next_entry}"
		   set next_entry=
		   save_env next_entry
		   set boot_once=true
		else
		   set default="${saved_entry}"
		fi
		### END /etc/grub.d/00_header ###
		### BEGIN /etc/grub.d/08_fallback_counting ###
		insmod increment
		# Check if boot_counter exists and boot_success=0 to activate this behaviour.
		if [ -n "${boot_counter}" -a "${boot_success}" = "0" ]; then
		  # if countdown has ended, choose to boot rollback deployment,
		  # i.e. default=1 on OSTree-based systems.
		  if  [ "${boot_counter}" = "0" -o "${boot_counter}" = "-1" ]; then
		    set default=1
		    set boot_counter=-1
		  # otherwise decrement boot_counter
		  else
		    decrement boot_counter
		  fi
		  save_env boot_counter
		fi
		### END /etc/grub.d/08_fallback_counting ###
		### BEGIN /etc/grub.d/10_linux ###
		insmod blscfg
		blscfg
		### END /etc/grub.d/10_linux ###
		### BEGIN /etc/grub.d/30_uefi-firmware ###
		menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
			fwsetup
		}
		### END /etc/grub.d/30_uefi-firmware ###
		### BEGIN /etc/grub.d/41_custom ###
		if [ -f  ${config_directory}/custom.cfg ]; then
		  source ${config_directory}/custom.cfg
		elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
		  source $prefix/custom.cfg
		fi
		### END /etc/grub.d/41_custom ###
	END
	tool /usr/bin/grub2-reboot <<<'exit 1'
	tool /usr/sbin/grub2-mkconfig <<<'echo "grub2-mkconfig $*" >>/log; exit 1'
	editenv /usr/bin/grub2-editenv
	[ -e "$ROOT/$BLOCK" ] || printf '# GRUB Environment Block\nsaved_entry=0123-%s\nboot_success=1\n' "$KVER" >"$ROOT/$BLOCK"
	on_file_system ext4
	: >"$ROOT/log"
}

# blscfg_counts: what GRUB does at a boot, by the commands in custom.cfg
blscfg_counts() {
	MENU=$CUSTOM grub_counts
}

# bats test_tags=slow
@test "--fallback, blscfg: the commands are in custom.cfg, the count in the block; and away again" {
	local system before
	for system in system_centos9 system_centos8; do
		counting_blscfg "$system"
		printf 'set menu_color_normal=white/black' >"$CUSTOM"
		before=$(cat "$CUSTOM")
		did enable 02:00.0
		expect custom.cfg "$(cat "$CUSTOM")" "$before"
		did enable 02:00.0 --fallback 2
		expect "the count" "$(count)" "vfio_claim_left=2 "
		expect custom.cfg "$(cat "$CUSTOM")" "$before
### BEGIN vfio-claim enable --fallback ###
# Made by vfio-claim enable --fallback; 'vfio-claim disable' removes it.
set vfio_claim_off=\"\${saved_entry}~novfio\"
$(cat "$TOP/grub.d/fallback.grub")
### END vfio-claim enable --fallback ###"
		expect "kernelopts are left to grubby" "$(grep -c mkconfig "$ROOT/log" || true)" 0
		did enable 02:00.0 --fallback 2
		expect_in output "$output" "Nothing to change."
		did status
		vfio check
		expect_in check "$output" "after 2 boots that fail"
		# Boots that fail, the entry that is then started, and one by hand that succeeds
		blscfg_counts
		blscfg_counts
		vfio plan --json
		expect "the next boot" "$(jq -c .off <<<"$output")" true
		blscfg_counts
		boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0 rd.vfio=0"
		vfio status --quiet --reached
		expect "status" "$status" 1
		expect_in output "$output" "FELL BACK: 2 boots in a row did not get as far as vfio-claim-status.service"
		expect "the count" "$(count)" "vfio_claim_fell=1 vfio_claim_left=0 "
		boot_number 3 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
		takes 0000:02:00.0
		did status --quiet --reached
		expect "the count" "$(count)" "vfio_claim_left=2 "
		vfio plan --json
		expect "the next boot" "$(jq -c '.off, .claims[].value' <<<"$output")" $'false\n"02:00.0"'
		# New claims without it, and disable
		did enable 01:00.0
		expect "the count" "$(count)" ""
		expect custom.cfg "$(cat "$CUSTOM")" "$before"
		did enable 01:00.0 --fallback 9
		did disable
		expect "the count" "$(count)" ""
		expect custom.cfg "$(cat "$CUSTOM")" "$before"
		[ ! -e "$ROOT/$COUNTS" ]
		rm "$CUSTOM"
		did enable 01:00.0 --fallback 1
		did disable
		[ ! -e "$CUSTOM" ]
		rm -r "$ROOT"
	done
}

@test "--fallback, blscfg: refused if the default is not the saved entry of a kernel, by name" {
	local default
	counting_blscfg system_centos9
	for default in 0 1 "" "CentOS Stream ($KVER) 9" 0123-0-rescue "0123-$KVER~novfio" gone; do
		printf '# GRUB Environment Block\nsaved_entry=%s\n' "$default" >"$ROOT/$BLOCK"
		refused 1 "--fallback is not possible: GRUB's default is not the saved entry of a kernel, by name: set it with 'grubby" \
			enable 02:00.0 --fallback 2
	done
	printf '# GRUB Environment Block\nsaved_entry=0123-%s\n' "$KVER" >"$ROOT/$BLOCK"
	sed -i "s/set default=\"\${saved_entry}\"/set default=0/" "$GRUB"
	refused 1 "GRUB's default is not the saved entry" enable 02:00.0 --fallback 2
}

@test "--fallback, blscfg: refused if grub.cfg does not read custom.cfg, or GRUB cannot write, or the commands are missing" {
	counting_blscfg system_centos9
	cp "$GRUB" "$BATS_TEST_TMPDIR/grub.cfg"
	sed -i '/custom.cfg/d' "$GRUB"
	refused 1 "--fallback is not possible: GRUB's grub.cfg does not read custom.cfg" enable 02:00.0 --fallback 2
	cp "$BATS_TEST_TMPDIR/grub.cfg" "$GRUB"
	# The one of the firmware, too
	mkdir -p "$ROOT/boot/efi/EFI/centos"
	echo blscfg >"$ROOT/boot/efi/EFI/centos/grub.cfg"
	refused 1 "GRUB's grub.cfg does not read custom.cfg" enable 02:00.0 --fallback 2
	rm "$ROOT/boot/efi/EFI/centos/grub.cfg"
	on_file_system btrfs
	refused 1 "GRUB cannot write to btrfs, where /boot/grub2/grubenv is: it cannot count boots" enable 02:00.0 --fallback 2
	on_file_system ext4
	echo "### BEGIN vfio-claim enable --fallback ###" >"$CUSTOM"
	refused 1 "the line '### END vfio-claim enable --fallback ###' is missing" enable 02:00.0 --fallback 2
	refused 1 "the line '### END vfio-claim enable --fallback ###' is missing" disable
	rm "$CUSTOM" "$ROOT/usr/lib/vfio-claim/fallback.grub"
	refused 1 "cannot read /usr/lib/vfio-claim/fallback.grub" enable 02:00.0 --fallback 2
	cp "$TOP/grub.d/fallback.grub" "$ROOT/usr/lib/vfio-claim/"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/bin/grub2-editenv"
	vfio enable 02:00.0 --fallback 2
	expect "status" "$status" 1
	expect_in message "$stderr" "vfio_claim_left=2 was not written to GRUB's environment block"
	expect_in message "$stderr" "all is as it was before"
	[ ! -e "$CUSTOM" ]
}

@test "--fallback, blscfg: other lines in custom.cfg stay, and so does another block" {
	local before
	counting_blscfg system_centos9
	printf '%s\n' "# mine" "### BEGIN vfio-claim try ###" "x" "### END vfio-claim try ###" "# mine, too" >"$CUSTOM"
	before=$(cat "$CUSTOM")
	did enable 02:00.0 --fallback 2
	expect custom.cfg "$(sed '/BEGIN .*fallback/,/END/d' "$CUSTOM")" "$before"
	expect_in custom.cfg "$(cat "$CUSTOM")" "### BEGIN vfio-claim enable --fallback ###"
	did disable
	expect custom.cfg "$(cat "$CUSTOM")" "$before"
}

# bats test_tags=slow
@test "--fallback, blscfg: a missing copy is made; status and check read back the menu" {
	counting_blscfg system_centos9
	rm "$STEM~novfio.conf"
	did enable 02:00.0 --fallback 2
	grep -q '^options.* rd.vfio=0' "$STEM~novfio.conf"
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	did status
	mv "$STEM~novfio.conf" "$BATS_TEST_TMPDIR/"
	expect_trouble "GRUB's default entry has no copy without claims"
	did enable
	did status
	sed -i 's/save_env vfio_claim_left/true/' "$CUSTOM"
	expect_trouble "the commands that count boots, in GRUB's custom.cfg, are missing or were changed"
	did enable
	did status
	sed -i 's/^saved_entry=.*/saved_entry=0/' "$ROOT/$BLOCK"
	expect_trouble "GRUB's default is not the saved entry of a kernel, by name"
	sed -i "s/^saved_entry=.*/saved_entry=0123-$KVER/" "$ROOT/$BLOCK"
	did status
	sed -i '/custom.cfg/d' "$GRUB"
	expect_trouble "GRUB's grub.cfg does not read custom.cfg"
}
