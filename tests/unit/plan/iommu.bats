#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether the next boot has an IOMMU: what plan, check, enable, list, status and claim make of a command line, a
# machine and a kernel. What the kernel reads is in its drivers/iommu and arch/x86/kernel/pci-dma.c.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

B=0000:02:00.0
CLAIM=rd.vfio.claim=02:00.0

teardown() {
	tree_stop
}

# machine WORD...: an Intel machine with an active IOMMU that was told nothing, but: "amd", "arm", "nocpu" processors;
# "guest"; "idle": none is active; tables that the firmware has, "DMAR", "IVRS", "VIOT", "APIC", or "none" that can
# be seen; "y", "n", "intgpu", "nodriver": how the kernel is configured; "tboot"; "optin"; and "running=LINE"
machine() {
	local word tables config
	rm -rf "$BATS_TEST_TMPDIR/root"
	machine_make
	tables=$ROOT/sys/firmware/acpi/tables config=$ROOT/boot/config-$KVER
	tree_device 0000:00:02.0 8086:3e98 030000 i915
	tree_device "$B" 10de:1e07 030000 nouveau
	tree_names 0000:00:02.0
	tree_names "$B"
	mkdir -p "$ROOT/sys/kernel/boot_params" "$tables"/{data,dynamic}
	printf 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n' >"$ROOT/proc/cpuinfo"
	for word; do
		case $word in
			amd) sed -i 's/GenuineIntel/AuthenticAMD/; s/vmx/svm/' "$ROOT/proc/cpuinfo" ;;
			arm) printf 'BogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n' >"$ROOT/proc/cpuinfo" ;;
			nocpu) rm "$ROOT/proc/cpuinfo" ;;
			guest) sed -i 's/fpu/fpu hypervisor/' "$ROOT/proc/cpuinfo" ;;
			idle) rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group ;;
			DMAR | IVRS | VIOT | APIC) : >"$tables/$word" ;;
			none) rm -r "$tables" ;;
			optin) printf 'DMAR%33s\005' '' >"$tables/DMAR" ;;
			ivhd0 | smmu3.0x9050000 | 0000:00:04.0)
				rm -rf "$ROOT"/sys/class/iommu/*
				mkdir -p "$ROOT/sys/devices/virtio1/iommu/$word"
				ln -s "../../devices/virtio1/iommu/$word" "$ROOT/sys/class/iommu/$word"
				;;
			tboot)
				head -c 88 /dev/zero >"$ROOT/sys/kernel/boot_params/data"
				printf '\0\020\0\0\0\0\0\0' >>"$ROOT/sys/kernel/boot_params/data"
				;;
			y) printf 'CONFIG_INTEL_IOMMU=y\nCONFIG_AMD_IOMMU=y\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\n' >"$config" ;;
			n) printf 'CONFIG_INTEL_IOMMU=y\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\nCONFIG_AMD_IOMMU=y\n' >"$config" ;;
			intgpu) printf 'CONFIG_INTEL_IOMMU=y\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n' >"$config" ;;
			nodriver) printf '# CONFIG_INTEL_IOMMU is not set\n# CONFIG_AMD_IOMMU is not set\n' >"$config" ;;
			running=*) tree_cmdline "${word#running=}" ;;
		esac
	done
	# The boot menu starts what runs now.
	machine_menu "$(<"$ROOT/proc/cmdline")"
}

# judged: what plan has said of the next boot: "on", "off", "maybe", in which case it warns
judged() {
	# shellcheck disable=SC2154 # run sets it
	case $status-$output in
		0-*"$B: claimed by"*) [[ $stderr == *"IOMMU"* ]] && echo maybe || echo on ;;
		1-*"$B: left alone: no IOMMU is active"*) echo off ;;
		*) echo "$status $output $stderr" ;;
	esac
}

# says VERDICT LINE...: the next boot's command lines for which that is the judgement on this machine
says() {
	local wanted=$1 line
	shift
	for line; do
		vfio plan --cmdline "$line $CLAIM"
		expect "'$line' on $MACHINE" "$(judged)" "$wanted"
		[ "$wanted" = off ] || continue
		# Whoever is told that there is none is told why, and nobody that it is claimed.
		expect_not_in "'$line' on $MACHINE" "$output" "claimed by"
	done
}

# on_a WORD...: the machine, and its name for messages
on_a() {
	MACHINE=$*
	machine "$@"
}

@test "Intel's: only on and off take turns, by their beginnings, in lists, over several words" {
	on_a DMAR n "running=intel_iommu=on"
	says on intel_iommu=on intel_iommu=on,sm_on intel_iommu=on,igfx_off intel_iommu=sm_on,on intel-iommu=on \
		"intel_iommu=off intel_iommu=on" intel_iommu=off,on intel_iommu=only "intel_iommu=on intel_iommu=sm_on" \
		"intel_iommu=on iommu=pt" '"intel_iommu=on"' 'intel_iommu="on,sm_on"' "intel_iommu=on amd_iommu=off" \
		"intel_iommu=on intel_iommu" "x=\"a intel_iommu=off\" intel_iommu=on" intel_iommu=,,on
	says off intel_iommu=off "intel_iommu=on intel_iommu=off" intel_iommu=on,off intel_iommu=offline intel_iommu=off,sm_on \
		"intel_iommu=on intel_iommu=strict,off" quiet intel_iommu=sm_on intel_iommu=igfx_off intel_iommu=ON \
		"intel_iommu=\" on\"" xintel_iommu=on intel_iommu=xon amd_iommu=on
	vfio plan --cmdline "$CLAIM intel_iommu=on -- intel_iommu=off"
	expect "behind --" "$(judged)" on
	vfio plan --cmdline "$CLAIM -- intel_iommu=on"
	expect "behind --" "$(judged)" off
}

@test "iommu=off and acpi=off stick; what only changes the use of it turns nothing off" {
	on_a DMAR n "running=intel_iommu=on"
	says off "iommu=off intel_iommu=on" "intel_iommu=on iommu=off" "iommu=pt,off intel_iommu=on" \
		"iommu=off iommu=pt intel_iommu=on" "iommu=off iommu=force intel_iommu=on" "iommu=offx intel_iommu=on" \
		"acpi=off intel_iommu=on"
	says on "iommu=pt intel_iommu=on" "iommu=soft intel_iommu=on" "iommu.passthrough=1 intel_iommu=on" \
		"iommu.passthrough=off intel_iommu=on" "iommu.strict=0 intel_iommu=on" "iommu=noforce intel_iommu=on" \
		"iommu=usedac,off intel_iommu=on" "acpi=off acpi=force intel_iommu=on" "iommu intel_iommu=on"
}

@test "with no word the next kernel's default decides" {
	on_a DMAR y "running=intel_iommu=on"
	says on quiet intel_iommu=sm_on
	says off intel_iommu=off iommu=off
	on_a DMAR intgpu "running=intel_iommu=on"
	says on quiet
	on_a DMAR n "running=intel_iommu=on"
	says off quiet
	mkdir -p "$ROOT/lib/modules/7.0-other"
	mv "$ROOT/boot/config-$KVER" "$ROOT/lib/modules/7.0-other/config"
	# Of the running one nothing is known now, and the command line is another than the running one.
	says maybe quiet
	vfio plan --kernel 7.0-other --cmdline "quiet $CLAIM"
	expect "the other kernel" "$(judged)" off
	echo CONFIG_INTEL_IOMMU_DEFAULT_ON=y >>"$ROOT/lib/modules/7.0-other/config"
	vfio plan --kernel 7.0-other --cmdline "quiet $CLAIM"
	expect "the other kernel" "${output%% (*}" "$B: claimed by vfio-pci"
	# A boot like this one ends like this one.
	on_a none
	says on quiet "quiet splash"
	on_a n DMAR
	says on quiet
	on_a nodriver DMAR "running=intel_iommu=on"
	says on quiet
}

@test "none is active: the word, the firmware, or nobody knows" {
	on_a idle DMAR n
	says off quiet intel_iommu=off iommu=off
	says maybe intel_iommu=on
	on_a idle DMAR
	says off quiet
	says maybe intel_iommu=on
	on_a idle none
	says off quiet
	says maybe intel_iommu=on intel_iommu=on,sm_on
	on_a idle APIC
	says off quiet intel_iommu=on
	on_a idle DMAR "running=intel_iommu=on"
	says off intel_iommu=on "intel_iommu=on iommu=pt"
	on_a idle none "running=quiet intel_iommu=on,sm_on"
	says off intel_iommu=on
	on_a idle DMAR y running=iommu=off
	says off iommu=off
	says maybe quiet intel_iommu=on
	on_a idle DMAR nodriver
	says off intel_iommu=on
	on_a nocpu idle none
	says off quiet
	says maybe intel_iommu=on
}

@test "AMD's is on by itself, and amd_iommu=off sticks; intel_iommu= is nothing to it" {
	on_a amd ivhd0 IVRS n
	says on quiet intel_iommu=off amd_iommu=on amd_iommu=fullflush iommu=pt amd_iommu=force_isolation
	says off amd_iommu=off "amd_iommu=off amd_iommu=on" amd_iommu=fullflush,off iommu=off "iommu=off amd_iommu=on"
	on_a amd idle IVRS running=amd_iommu=off
	says off amd_iommu=off
	says maybe quiet
	on_a amd idle APIC
	says off quiet intel_iommu=on
	on_a amd idle IVRS
	says off quiet
	# QEMU can give an Intel IOMMU to a guest on a processor of AMD's.
	on_a amd guest idle DMAR n
	says maybe intel_iommu=on
	says off quiet
}

@test "Arm's and virtio's are as they are, whatever is said" {
	on_a arm smmu3.0x9050000 none
	says on quiet iommu=off intel_iommu=off arm-smmu.disable_bypass=1 iommu.passthrough=1
	on_a guest 0000:00:04.0
	says on quiet iommu=off intel_iommu=off
	on_a arm idle none
	says off quiet intel_iommu=on
	on_a guest idle VIOT
	says off quiet
}

@test "tboot turns it on whatever is said, and what the firmware asks for counts with Thunderbolt" {
	on_a DMAR n tboot "running=intel_iommu=on"
	says on quiet intel_iommu=off iommu=off
	says off intel_iommu=off,tboot_noforce
	on_a optin n "running=intel_iommu=on"
	says maybe quiet
	says off intel_iommu=off
	# It is on now with that very line.
	on_a optin n running=quiet
	says on quiet
	on_a DMAR running=iommu=off
	says on iommu=off
	says off intel_iommu=off
}

@test "plan of selectors goes by what the running command line says of the IOMMU" {
	on_a DMAR n "running=quiet intel_iommu=on rd.vfio.claim=00:02.0"
	vfio plan 02:00.0
	expect "plan" "$(judged)" on
	on_a idle DMAR n
	vfio plan 02:00.0
	expect "plan" "$(judged)" off
	expect_in output "$output" "no IOMMU is active, but the firmware has VT-d on; the kernel needs intel_iommu=on"
	vfio plan 02:00.0 --json
	expect status "$status" 1
	expect_in output "$output" '"no-iommu"'
}

# bats test_tags=slow
@test "plan, check, list, status and claim say why there is none, and never what does not help" {
	local command machine piece wrong
	while IFS='|' read -r machine running piece wrong; do
		# shellcheck disable=SC2086 # words
		on_a idle $machine "running=$running $CLAIM"
		for command in "plan" "check" "list" "status" "claim 02:00.0"; do
			# shellcheck disable=SC2086 # words
			vfio $command
			expect_in "$command of $MACHINE" "$output$stderr" "$piece"
			# Sentences are folded at blanks on the way.
			for wrong in $wrong; do
				expect_not_in "$command of $MACHINE" "$output$stderr" "${wrong//_/ }"
			done
			expect_not_in "$command of $MACHINE" "$output" "claimed by"
		done
	done <<-'END'
		DMAR|iommu=off|command line has iommu=off|VT-d firmware intel_iommu=on
		DMAR|intel_iommu=off|command line has intel_iommu=off|VT-d firmware AMD-Vi
		DMAR|intel_iommu=on,off|command line has intel_iommu=on,off|VT-d firmware AMD-Vi
		amd IVRS|amd_iommu=off|command line has amd_iommu=off|VT-d firmware intel_iommu
		amd IVRS|intel_iommu=off|AMD-Vi on|VT-d
		amd APIC|quiet|turn on AMD-Vi|VT-d intel_iommu
		amd none|intel_iommu=on|turn on AMD-Vi|VT-d
		APIC y|quiet|turn on VT-d|AMD-Vi intel_iommu
		none|intel_iommu=on|turn on VT-d|AMD-Vi
		guest APIC|quiet|its host gives it none|firmware_setup turn_on AMD-Vi
		guest none|intel_iommu=on|virtual machine|firmware_setup turn_on
		guest amd none|quiet|virtual machine|firmware_setup turn_on intel_iommu
		nodriver DMAR|intel_iommu=on|without a driver|firmware_setup turn_on
		DMAR|intel_iommu=on,sm_on|log says why|needs_intel turn_on
	END
}

@test "status: the boot reports that there is none, and the command says why" {
	on_a idle DMAR "running=iommu=off $CLAIM"
	boot bind
	expect_in log "$(contents "$ROOT/dev/kmsg")" "$B: left alone: no IOMMU is active"
	vfio status
	expect status "$status" 1
	expect_in output "$output" "now: no IOMMU is active: the kernel command line has iommu=off"
}

@test "check: a device in no group although its driver is bound is a problem; plan warns" {
	on_a "running=intel_iommu=on,igfx_off $CLAIM"
	rm "$PCI/devices/0000:00:02.0/iommu_group"
	vfio check 00:02.0
	expect status "$status" 2
	expect_in output "$output" "problem  0000:00:02.0: it is in no IOMMU group"
	expect_in output "$output" "igfx_off"
	expect_not_in output "$output" "would be claimed"
	vfio plan 00:02.0
	expect_in message "$stderr" "0000:00:02.0: it is in no IOMMU group"
	# With that word it would have none, whatever it has now.
	on_a DMAR n "running=intel_iommu=on"
	vfio plan --cmdline "intel_iommu=on,igfx_off rd.vfio.claim=00:02.0"
	expect_in message "$stderr" "warning: 0000:00:02.0: with intel_iommu=igfx_off"
	on_a "running=intel_iommu=on,igfx_off $CLAIM"
	rm "$PCI/devices/0000:00:02.0/iommu_group"
	# Without that word it will have one.
	vfio plan --cmdline "intel_iommu=on rd.vfio.claim=00:02.0"
	expect message "$stderr" ""
	# The boot display of the others is not among those that igfx_off leaves out.
	vfio plan 02:00.0
	expect message "$stderr" ""
	on_a arm smmu3.0x9050000 none
	rm "$PCI/devices/$B/iommu_group"
	vfio check 02:00.0
	expect status "$status" 2
	expect_in output "$output" "no stream ID"
	# Its group shows only when a driver comes.
	rm "$PCI/devices/$B/driver"
	vfio plan 02:00.0
	expect message "$stderr" ""
	on_a amd ivhd0
	rm "$PCI/devices/$B/iommu_group" "$PCI/devices/$B/driver"
	vfio plan 02:00.0
	expect_in message "$stderr" "$B: it is in no IOMMU group"
}

# debian WORD...: a system whose boot menu can be changed, with that of the machine
debian() {
	system_make
	system_debian
	for word; do
		case $word in
			amd) sed -i 's/GenuineIntel/AuthenticAMD/; s/vmx/svm/' "$ROOT/proc/cpuinfo" ;;
			guest) sed -i 's/fpu/fpu hypervisor/' "$ROOT/proc/cpuinfo" ;;
			idle) rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group ;;
			DMAR | IVRS | APIC)
				mkdir -p "$ROOT/sys/firmware/acpi/tables"
				: >"$ROOT/sys/firmware/acpi/tables/$word"
				;;
			y | n)
				printf 'CONFIG_INTEL_IOMMU=y\nCONFIG_AMD_IOMMU=y\nCONFIG_INTEL_IOMMU_DEFAULT_ON=%s\n' "$word" \
					>"$ROOT/boot/config-$KVER"
				;;
			*=*)
				tree_cmdline "$CMDLINE $word"
				sed -i "s|^GRUB_CMDLINE_LINUX=.*|GRUB_CMDLINE_LINUX=\"$word\"|" "$ROOT/etc/default/grub"
				chroot "$ROOT" /usr/sbin/update-grub
				rm "$ROOT/log"
				;;
		esac
	done
}

# enable ARG...
enable() {
	vfio enable 02:00.0 "$@"
}

# menu: what enable has set in the boot menu, of claims and the IOMMU, behind all else
menu() {
	sed -n 's/.* rd\.vfio/rd.vfio/p' "$MENU" | grep -o 'rd\.vfio[^ "#]*\|intel_iommu=[^ "#]*\|iommu=pt' | tr '\n' ' '
}

@test "enable: a word that turns it off is named with its place, and nothing is changed" {
	local word before
	for word in iommu=off intel_iommu=off intel_iommu=on,off; do
		debian idle DMAR "$word"
		before=$(system_sum)
		enable
		expect "status with $word" "$status" 1
		expect_in message "$stderr" "the next boot would have no IOMMU: the kernel command line has $word"
		expect_in message "$stderr" "remove $word from /etc/default/grub, then run: update-grub"
		expect_in message "$stderr" "nothing was changed"
		expect_not_in all "$output$stderr" "The claims take effect"
		expect_not_in all "$output$stderr" "firmware"
		diff <(echo "$before") <(system_sum)
		rm -r "$ROOT"
	done
	debian amd idle IVRS amd_iommu=off
	enable --iommu
	expect status "$status" 1
	expect_in message "$stderr" "the kernel command line has amd_iommu=off"
	expect_not_in all "$output$stderr" "VT-d"
}

# bats test_tags=slow
@test "enable: it adds intel_iommu=on where that decides, and what it says at the end is true" {
	local words wanted closing
	while IFS='|' read -r words wanted closing; do
		# shellcheck disable=SC2086 # words
		debian $words
		enable
		expect "status with $words ($stderr)" "$status" 0
		expect "the menu with $words" "$(menu)" "$CLAIM $wanted"
		expect_in "output with $words" "$output" "$closing"
		[[ $closing == "The claims take effect"* ]] || expect_not_in "output with $words" "$output" "The claims take effect"
		rm -r "$ROOT"
	done <<-'END'
		quiet||The claims take effect at the next boot
		DMAR y||The claims take effect at the next boot
		DMAR n intel_iommu=on,sm_on||The claims take effect at the next boot
		idle DMAR|intel_iommu=on |whether the next boot will have the IOMMU
		idle DMAR n|intel_iommu=on |whether the next boot will have the IOMMU
		idle|intel_iommu=on |whether the next boot will have the IOMMU
		idle APIC|intel_iommu=on |the next boot will claim nothing unless
		idle APIC y||the next boot will claim nothing unless
		idle intel_iommu=on||the next boot will claim nothing unless
		idle guest|intel_iommu=on |whether the next boot will have the IOMMU
		idle guest APIC|intel_iommu=on |the next boot will claim nothing unless
		idle amd||the next boot will claim nothing unless
		idle amd IVRS||the next boot will claim nothing unless
	END
}

@test "enable --iommu: on comes behind off, and wins; --config cannot say it" {
	debian intel_iommu=off
	enable --iommu
	expect "status ($stderr)" "$status" 0
	expect "the menu" "$(menu)" "$CLAIM intel_iommu=on "
	rm -r "$ROOT"
	debian idle DMAR n
	enable --config
	expect status "$status" 0
	expect_not_in output "$output" "The claims take effect"
	expect_in message "$stderr" "the kernel needs intel_iommu=on"
}

@test "enable: a device in no group is set, but not said to hold" {
	debian
	tree_driver nouveau
	ln -s ../../../../bus/pci/drivers/nouveau "$PCI/devices/$B/driver"
	rm "$PCI/devices/$B/iommu_group"
	enable
	expect status "$status" 0
	expect_in message "$stderr" "$B: it is in no IOMMU group"
	expect_in output "$output" "vfio-pci will refuse what is in no IOMMU group"
	expect_not_in output "$output" "The claims take effect"
}

@test "enable: what a guard refuses is refused without an IOMMU, too" {
	debian idle APIC
	tree_root_on 0000:03:00.0
	vfio enable 03:00.0
	expect status "$status" 1
	expect_in message "$stderr" "this system needs it for /"
}
