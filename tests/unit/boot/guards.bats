#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the image, the IOMMU groups and the state of a device have to say about its claim; variant drivers,
# the boot framebuffer, and devices that appear later.

load ../tree

A=0000:01:00.0
B=0000:02:00.0

setup() {
	tree_make
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_modprobe
	mkdir -p "$ROOT/etc" "$ROOT/usr/lib/vfio-claim"
	tree_cmdline "quiet rd.vfio.claim=02:00.0 rd.vfio.timeout=2"
}

teardown() {
	tree_stop
}

# unset_override SLOT: nobody's, or ours no more
unset_override() {
	local is
	is=$(override "$1" | tr -d '\n')
	[ "$is" = "(null)" ] || expect "override of $1" "$is" ""
}

# --- vfio-claim.conf

@test "the image's vfio-claim.conf claims when the command line says nothing" {
	tree_cmdline quiet
	printf '# cards\n\n  claim = 02:00.0\nkeep=01:00.0\n' >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
	expect report "$(head -n 1 "$ROOT/run/vfio-claim/boot")" "$B: reserved for vfio-pci (claim=02:00.0)"
}

@test "a claim on the command line replaces those of vfio-claim.conf, keeps add up" {
	tree_cmdline "rd.vfio.claim=10de:1e07"
	printf 'claim = 03:00.0\nkeep = 01:00.0\n' >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect reserved "$(reserved)" "$B"
	expect_in log "$(log)" "$A: left alone: keep=01:00.0 keeps it"
	expect_not_in log "$(log)" 03:00.0
}

@test "an empty claim on the command line replaces them too" {
	tree_cmdline "rd.vfio.claim="
	echo 'claim = 02:00.0' >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect reserved "$(reserved)" ""
}

@test "rd.vfio=0 beats vfio-claim.conf" {
	tree_cmdline "rd.vfio=0"
	echo 'claim = 02:00.0' >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "rd.vfio=0: nothing is claimed"
}

@test "rd.vfio.debug=1 notes each write with how it ended, and what cannot be opened" {
	rm "$PCI/devices/$A/modalias"
	boot reserve
	expect_not_in log "$(log)" "<7>"
	echo >"$PCI/devices/$B/driver_override"
	tree_cmdline "quiet rd.vfio.claim=02:00.0,01:00.0 rd.vfio.debug=1"
	boot reserve
	expect_in log "$(log)" "<7>vfio-claim: write bus/pci/devices/$B/driver_override: error 0"
	expect_in log "$(log)" "<7>vfio-claim: open bus/pci/devices/$A/modalias: error 2"
}

@test "a vfio-claim.conf of megabytes costs neither the memory nor the time of the boot" {
	mkdir -p "$ROOT/etc"
	yes 'claim = 02:00.0' | head -c 70000 >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect status "$status" 1
	expect_in log "$(log)" "nothing is claimed: cannot read what to claim"
}

@test "a line of vfio-claim.conf that cannot be read costs no other" {
	tree_cmdline quiet
	printf 'colour = red\nclaim\ntimeout = soon\nclaim = 02:00.0, x:y\nstrict = 1' >"$ROOT/etc/vfio-claim.conf"
	boot reserve
	expect status "$status" 1
	expect reserved "$(reserved)" "$B"
	expect_in log "$(log)" "colour=red: ignored: no such setting"
	expect_in log "$(log)" "claim: ignored: a value is missing"
	expect_in log "$(log)" "timeout=soon: ignored: must be 1 to 60 seconds"
	expect_in log "$(log)" "claim=x:y: ignored: an ID is"
}

# --- what the system runs from

# protect TEXT: what the image says of it
protect() {
	printf '%s\n' "$@" >"$ROOT/usr/lib/vfio-claim/protected"
}

@test "what the image says the system runs from is refused, by slot and by ID" {
	protect "0000:02:00.0@10de:1e07 /,/boot"
	boot reserve
	expect status "$status" 1
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "$B: left alone: this system needs it for /,/boot (rd.vfio.claim=02:00.0)"
	tree_cmdline "rd.vfio.claim=10de:1e07"
	rm -r "$ROOT/run/vfio-claim"
	boot reserve
	expect reserved "$(reserved)" "$A"
}

@test "it is found behind a bridge whose bus has another number now" {
	tree_device 0000:00:1c.4 8086:9d14 060400
	tree_device 0000:07:00.0 144d:a808 010802 - 0000:00:1c.4
	protect "0000:00:1c.4/00.0@144d:a808 /"
	tree_cmdline "rd.vfio.claim=07:00.0"
	boot reserve
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "0000:07:00.0: left alone: this system needs it for /"
}

@test "its twin can be claimed while it is in its place itself" {
	protect "0000:01:00.0@10de:1e07 /"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
}

@test "when nothing of its ID is in its place, it may be any that has the ID" {
	protect "0000:03:00.0@10de:1e07 /"
	boot reserve
	expect status "$status" 1
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "$B: left alone: this system needs it for /"
}

@test "another device in its place is not protected" {
	protect "0000:02:00.0@144d:a808 /"
	boot reserve
	expect reserved "$(reserved)" "$B"
}

@test "rd.vfio.force= takes what is protected, by its own selector only" {
	protect "0000:02:00.0@10de:1e07 /"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.force=01:00.0"
	boot reserve
	expect reserved "$(reserved)" ""
	rm -r "$ROOT/run/vfio-claim"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.force=10de:1e07"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
}

@test "force does not claim by itself, and does not beat keep" {
	tree_cmdline "rd.vfio.force=02:00.0"
	boot reserve
	expect reserved "$(reserved)" ""
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.force=02:00.0 rd.vfio.keep=02:00.0"
	boot reserve
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "rd.vfio.keep=02:00.0 keeps it"
}

@test "a line of the protected list that cannot be read is said and costs no other" {
	protect "nonsense / " "0000:02:00.0@10de:1e07 /"
	boot reserve
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "protected=nonsense: ignored"
}

# --- foreign overrides

@test "rd.vfio.force= takes a device whose driver_override somebody else has set" {
	echo nouveau >"$PCI/devices/$B/driver_override"
	boot reserve
	expect status "$status" 1
	expect override "$(override "$B")" nouveau
	expect_in log "$(log)" "another program has set it (rd.vfio.force= overrides)"
	rm -r "$ROOT/run/vfio-claim"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.force=02:00.0"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
}

# --- what only bind looks at: reserved by reserve, given back by bind

@test "a device whose virtual functions are enabled is left alone and given back" {
	echo 4 >"$PCI/devices/$B/sriov_numvfs"
	boot reserve
	expect reserved "$(reserved)" "$B"
	boot bind
	expect status "$status" 1
	unset_override "$B"
	expect_in log "$(log)" "$B: left alone: its virtual functions are enabled"
	expect modprobe "$(cat "$ROOT/modprobe.log" 2>/dev/null)" ""
}

@test "a device that could have virtual functions and has none is claimed" {
	echo 0 >"$PCI/devices/$B/sriov_numvfs"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

@test "a group with memory that must be mapped one to one is left alone, a relaxable one is not" {
	local regions
	regions=$(readlink -f "$PCI/devices/$B/iommu_group")/reserved_regions
	printf '0x00000000fee00000 0x00000000feefffff msi\n0x0000000079000000 0x000000007bffffff direct\n' >"$regions"
	boot reserve
	boot bind
	expect status "$status" 1
	unset_override "$B"
	expect_in log "$(log)" "$B: left alone: the firmware has reserved memory for it (RMRR)"
	rm -r "$ROOT/run/vfio-claim"
	printf '0x0000000079000000 0x000000007bffffff direct-relaxable\n0x0 0xf direct-x\n' >"$regions"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

@test "force overrules both" {
	echo 4 >"$PCI/devices/$B/sriov_numvfs"
	printf '0x0000000079000000 0x000000007bffffff direct\n' \
		>"$(readlink -f "$PCI/devices/$B/iommu_group")/reserved_regions"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.force=02:00.0"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

# --- groups

@test "a neighbour that stays with a host driver is named, and it is no failure" {
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_device 0000:02:00.2 10de:1ad6 0c0330 pci-stub
	tree_device 0000:02:00.3 10de:1ad7 0c8000
	tree_device 0000:00:01.0 8086:1901 060400 pcieport
	tree_group 7 "$B" 0000:02:00.1 0000:02:00.2 0000:02:00.3 0000:00:01.0
	boot reserve
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
	expect neighbour "$(driver 0000:02:00.1)" snd_hda_intel
	expect_in log "$(log)" "<4>vfio-claim: 0000:02:00.1: left alone: its driver keeps the IOMMU group from being passed through; see rd.vfio.group=1 (rd.vfio.claim=02:00.0)"
	# Its own driver may come later in the boot.
	expect_in log "$(log)" "<4>vfio-claim: 0000:02:00.3: left alone: if a driver takes it, it keeps the IOMMU group from being passed through; see rd.vfio.group=1"
	expect others "$(log | grep -c -e 02:00.2 -e 00:01.0)" 0
}

@test "rd.vfio.group=1 claims the endpoints of the group, not its bridges, not what is kept" {
	tree_device 0000:02:00.1 10de:10f7 040300
	tree_device 0000:02:00.2 10de:1ad6 0c0330
	tree_device 0000:00:01.0 8086:1901 060400
	tree_group 7 "$B" 0000:02:00.1 0000:02:00.2 0000:00:01.0
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1 rd.vfio.keep=10de:1ad6"
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B 0000:02:00.1"
	expect_in log "$(log)" "0000:02:00.2: left alone: rd.vfio.keep=10de:1ad6 keeps it"
	expect bridges "$(log | grep -c 00:01.0)" 0
}

@test "rd.vfio.group=0 and its like leave the group alone" {
	tree_device 0000:02:00.1 10de:10f7 040300
	tree_group 7 "$B" 0000:02:00.1
	tree_cmdline "rd.vfio.group=1 rd.vfio.claim=02:00.0 rd.vfio.group=off"
	boot reserve
	expect reserved "$(reserved)" "$B"
}

@test "a protected neighbour is not taken with the group" {
	tree_device 0000:02:00.1 144d:a808 010802
	tree_group 7 "$B" 0000:02:00.1
	protect "0000:02:00.1@144d:a808 /"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	boot reserve
	expect reserved "$(reserved)" "$B"
	expect_in log "$(log)" "0000:02:00.1: left alone: this system needs it for /"
}

# groups_at_probe: as on Arm and with a virtio-iommu: B shares its group with a sound device, which has its driver and
# is in no group yet; both are in it once vfio-pci has B
groups_at_probe() {
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_group 7 "$B" 0000:02:00.1
	rm "$PCI"/devices/*/iommu_group
	echo "ln -sfn ../../../kernel/iommu_groups/7 '$PCI/devices/$B/iommu_group'
	ln -sfn ../../../kernel/iommu_groups/7 '$PCI/devices/0000:02:00.1/iommu_group'" >>"$ROOT/sbin/modprobe"
	live_bus
	tree_serve "$PCI/drivers/snd_hda_intel/unbind" kernel_unbind
}

@test "rd.vfio.group=1 where groups are known only after a probe: bind decides again" {
	groups_at_probe
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	boot reserve
	expect reserved "$(reserved)" "$B"
	boot bind-early
	expect driver "$(driver "$B")" vfio-pci
	expect neighbour "$(driver 0000:02:00.1)" snd_hda_intel
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "reserved 0"
	[ -e "$ROOT/run/vfio-claim/joined" ]
	boot bind
	expect status "$status" 0
	expect neighbour "$(driver 0000:02:00.1)" vfio-pci
	expect report "$(tail -n 3 "$ROOT/run/vfio-claim/boot" | tr '\n' ';')" "$B: claimed by vfio-pci (rd.vfio.claim=02:00.0);0000:02:00.1: claimed by vfio-pci (rd.vfio.claim=02:00.0);bound 0;"
	expect lines "$(log | grep -c "$B: claimed")" 1
}

@test "rd.vfio.group=1 where groups are known only after a probe: bind alone does it, too" {
	groups_at_probe
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
	expect neighbour "$(driver 0000:02:00.1)" vfio-pci
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "bound 0"
}

@test "without rd.vfio.group=1, a neighbour that is known only after a probe is named" {
	groups_at_probe
	tree_cmdline "rd.vfio.claim=02:00.0"
	boot reserve
	boot bind-early
	boot bind
	expect status "$status" 0
	expect neighbour "$(driver 0000:02:00.1)" snd_hda_intel
	expect_in log "$(log)" "0000:02:00.1: left alone: its driver keeps the IOMMU group from being passed through; see rd.vfio.group=1"
	[ ! -e "$ROOT/run/vfio-claim/joined" ]
}

@test "a group that cannot be listed costs no claim" {
	rm -r "$(readlink -f "$PCI/devices/$B/iommu_group")/devices"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	boot reserve
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

# --- give back, or not

@test "rd.vfio.strict=1 keeps a device without a driver when its claim cannot be completed" {
	live_bus
	rm -r "$PCI/drivers/vfio-pci" "$ROOT/sbin/modprobe"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.strict=1 rd.vfio.timeout=1"
	boot reserve
	boot bind
	expect status "$status" 1
	expect reserved "$(reserved)" "$B"
	expect driver "$(driver "$B")" -
	expect_in log "$(log)" "not claimed: loading vfio-pci: no modprobe in this image; not given back (rd.vfio.strict=1)"
}

@test "rd.vfio.strict=1 keeps it without a driver when vfio-pci refuses it" {
	mkdir -p "$PCI/drivers/vfio-pci"
	: >"$PCI/drivers/vfio-pci/bind"
	printf '#!/bin/sh\n' >"$ROOT/sbin/modprobe"
	tree_serve "$PCI/drivers_probe" true
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.strict=1 rd.vfio.timeout=1"
	boot bind
	expect status "$status" 1
	expect reserved "$(reserved)" "$B"
	expect_in log "$(log)" "binding it to vfio-pci: the driver refused it; not given back"
}

# --- variant drivers

# variant_modprobe DRIVER: loads vfio-pci and the module lab_variant, whose driver is called DRIVER
variant_modprobe() {
	cat >"$ROOT/sbin/modprobe" <<-EOF2
		#!/bin/bash
		printf '%s ' "\$@" >>"$ROOT/modprobe.log"
		[ "\$2" = lab_variant ] || exit 0
		mkdir -p "$ROOT/sys/module/lab_variant/drivers/pci:$1"
	EOF2
	chmod +x "$ROOT/sbin/modprobe"
	mkdir -p "$PCI/drivers/vfio-pci" "$PCI/drivers/$1"
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
	tree_serve "$PCI/drivers_probe" kernel_probe
}

# bound_by DRIVER: what its bind does
bind_variant() {
	ln -sfn ../../../../bus/pci/drivers/lab-variant-vfio-pci "$PCI/devices/$1/driver"
}

@test "the best alias decides which module is loaded, and its driver's name is what is bound" {
	variant_modprobe lab-variant-vfio-pci
	tree_serve "$PCI/drivers/lab-variant-vfio-pci/bind" bind_variant
	cat >"$ROOT/usr/lib/vfio-claim/variants" <<-EOF2
		vfio_pci:v000010DEd*sv*sd*bc*sc*i* worse
		pci:v000010DEd00001E07sv00001AF4sd00001100bc03sc00i00 not_a_variant
		vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* lab-variant
		vfio_pci:v000010DEd00001E08sv00001AF4sd00001100bc03sc00i00 other
		vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* second
		half
	EOF2
	boot reserve
	expect reserved "$(reserved)" "$B"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" lab-variant-vfio-pci
	expect override "$(override "$B")" lab-variant-vfio-pci
	expect_in log "$(log)" "$B: claimed by lab-variant-vfio-pci (rd.vfio.claim=02:00.0)"
	expect modprobe "$(<"$ROOT/modprobe.log")" "-i vfio-pci ids= -i vfio_iommu_type1 -i lab_variant "
}

@test "when the variant driver declines, vfio-pci has the device" {
	variant_modprobe lab-variant-vfio-pci
	: >"$PCI/drivers/lab-variant-vfio-pci/declines"
	tree_serve "$PCI/drivers/lab-variant-vfio-pci/bind" true
	echo 'vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* lab_variant' >"$ROOT/usr/lib/vfio-claim/variants"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
	expect_in override "$(override "$B")" vfio-pci
}

@test "when its module is not there, vfio-pci has the device" {
	live_bus
	echo 'vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* missing' >"$ROOT/usr/lib/vfio-claim/variants"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

@test "a device that fits no variant is vfio-pci's" {
	echo 'vfio_pci:v000010DEd00001E08sv*sd*bc*sc*i* lab_variant' >"$ROOT/usr/lib/vfio-claim/variants"
	boot bind
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
	expect_not_in modprobe "$(<"$ROOT/modprobe.log")" lab_variant
}

# --- the boot framebuffer

# iomem NAME: something within the memory of B, and something elsewhere
iomem() {
	cat >"$ROOT/proc/iomem" <<-EOF2
		00001000-0009ffff : System RAM
		c0000000-febfffff : PCI Bus 0000:00
		  c0000000-cfffffff : 0000:01:00.0
		    c0000000-c02fffff : other
		  d0000000-dfffffff : PCI Bus 0000:02
		    d0000000-d0ffffff : 0000:02:00.0
		${1:+      d0000000-d02fffff : $1}
		    d1000000-d1000fff : 0000:02:00.1
		      d1000000-d1000fff : ICH HD audio
		fee00000-fee00fff : Local APIC
	EOF2
}

@test "a framebuffer that lets go of the claimed display is not mentioned" {
	local drivers=$ROOT/sys/bus/platform/drivers
	mkdir -p "$drivers/efi-framebuffer"
	: >"$drivers/efi-framebuffer/unbind"
	iomem efifb && mv "$ROOT/proc/iomem" "$ROOT/held"
	iomem "" && mv "$ROOT/proc/iomem" "$ROOT/free"
	mkfifo "$ROOT/proc/iomem"
	while true; do
		if grep -q '^efi-framebuffer.0$' "$drivers/efi-framebuffer/unbind"; then
			cat "$ROOT/free"
		else
			cat "$ROOT/held"
		fi >"$ROOT/proc/iomem"
		# The reader must be gone before the next one comes.
		sleep 0.05
	done 3>&- &
	SERVERS+=($!)
	boot bind
	expect unbound "$(<"$drivers/efi-framebuffer/unbind")" efi-framebuffer.0
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
	expect_not_in log "$(log)" "holds memory"
}

@test "a framebuffer that does not is named, with the option that keeps it away" {
	iomem BOOTFB
	boot bind
	expect status "$status" 0
	expect_in log "$(log)" "<4>vfio-claim: $B: claimed by vfio-pci (rd.vfio.claim=02:00.0); BOOTFB holds memory of it: add initcall_blacklist=sysfb_init"
}

@test "what lies in another device's memory is none of ours" {
	iomem ""
	boot bind
	expect_not_in log "$(log)" "holds memory"
}

@test "only displays are looked up" {
	tree_device "$B" 10de:1e07 010802
	iomem BOOTFB
	boot bind
	expect_not_in log "$(log)" "holds memory"
}

# --- devices that appear later

@test "late claims a device that is asked for, and says so in a file of its own" {
	boot reserve
	boot bind
	tree_device 0000:05:00.0 10de:1e07 030000
	tree_cmdline "rd.vfio.claim=05:00.0,02:00.0"
	live_bus
	boot late 0000:05:00.0
	expect status "$status" 0
	expect driver "$(driver 0000:05:00.0)" vfio-pci
	expect late "$(<"$ROOT/run/vfio-claim/late")" "0000:05:00.0: claimed by vfio-pci (rd.vfio.claim=05:00.0)"
}

@test "late claims what appears behind a bridge, and neither the bridges there nor anything else" {
	tree_device 0000:00:1d.0 8086:a330 060400
	tree_device 0000:00:1e.0 8086:a330 060400
	tree_cmdline "rd.vfio.claim=00:1d.0/*,02:00.0"
	boot reserve
	boot bind
	tree_device 0000:0a:00.0 10b5:8747 060400 - 0000:00:1d.0
	tree_device 0000:0b:01.0 10b5:8747 060400 - 0000:0a:00.0
	tree_device 0000:0c:00.0 10de:1e07 030000 - 0000:0b:01.0
	tree_device 0000:0d:00.0 10de:1e07 030000 - 0000:00:1e.0
	live_bus
	for slot in 0a:00.0 0b:01.0 0c:00.0 0d:00.0; do
		boot late "0000:$slot"
		expect "status for $slot" "$status" 0
	done
	expect driver "$(driver 0000:0c:00.0)" vfio-pci
	expect late "$(<"$ROOT/run/vfio-claim/late")" "0000:0c:00.0: claimed by vfio-pci (rd.vfio.claim=00:1d.0/*)"
	for slot in 0a:00.0 0b:01.0 0d:00.0; do
		unset_override "0000:$slot"
	done
}

@test "late takes it from the driver that was faster" {
	tree_device "$B" 10de:1e07 030000 nouveau
	live_bus
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	boot late "$B"
	expect status "$status" 0
	expect driver "$(driver "$B")" vfio-pci
}

@test "late leaves alone, without a word, what nobody has asked for" {
	live_bus
	boot late "$A"
	expect status "$status" 0
	unset_override "$A"
	expect log "$(log)" ""
	[ ! -e "$ROOT/run/vfio-claim/late" ]
}

# probed_later [WORDS]: B is claimed, and its neighbour joins its group in the real root, with its own driver
probed_later() {
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_group 7 "$B" 0000:02:00.1
	tree_device 0000:05:00.0 10de:10f7 040300 snd_hda_intel
	tree_cmdline "rd.vfio.claim=02:00.0 ${*-}"
	live_bus
	tree_serve "$PCI/drivers/snd_hda_intel/unbind" kernel_unbind
	ln -s ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$B/driver"
	mkdir -p "$ROOT/run/vfio-claim"
}

@test "join, with rd.vfio.group=1, takes what has joined the group of a claimed device, and nothing else" {
	probed_later rd.vfio.group=1
	boot join 0000:02:00.1
	expect status "$status" 0
	expect driver "$(driver 0000:02:00.1)" vfio-pci
	expect late "$(<"$ROOT/run/vfio-claim/late")" "0000:02:00.1: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	rm "$ROOT/run/vfio-claim/late"
	boot join 0000:05:00.0
	expect stranger "$(driver 0000:05:00.0)" snd_hda_intel
	[ ! -e "$ROOT/run/vfio-claim/late" ]
}

@test "join leaves what has joined a group alone: without rd.vfio.group=1, kept, protected, or if the claim has failed" {
	probed_later
	boot join 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1 rd.vfio.keep=02:00.1"
	boot join 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	expect_in log "$(log)" "0000:02:00.1: left alone: rd.vfio.keep=02:00.1 keeps it"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	protect "0000:02:00.1@10de:10f7 the default route"
	boot join 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	expect_in log "$(log)" "0000:02:00.1: left alone: this system needs it for the default route"
	# It was given back: not even when it is in the group of another claimed one.
	tree_cmdline "rd.vfio.claim=02:00.0,02:00.1 rd.vfio.group=1"
	rm "$ROOT/usr/lib/vfio-claim/protected"
	boot join 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.group=1"
	rm "$PCI/devices/$B/driver"
	boot join 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	expect override "$(override "$B")" "(null)"
}

@test "late does not ask what group a device is in, and join needs a slot" {
	probed_later rd.vfio.group=1
	boot late 0000:02:00.1
	expect driver "$(driver 0000:02:00.1)" snd_hda_intel
	expect log "$(log)" ""
	boot join
	expect status "$status" 2
	boot joins 0000:02:00.1
	expect status "$status" 2
	expect_in output "$output" "usage: joins"
}

@test "late minds keeps and rd.vfio=0" {
	tree_cmdline "rd.vfio.claim=10de:1e07 rd.vfio.keep=02:00.0"
	boot late "$B"
	unset_override "$B"
	expect_in log "$(log)" "$B: left alone: rd.vfio.keep=02:00.0 keeps it"
	tree_cmdline "rd.vfio.claim=10de:1e07 rd.vfio=0"
	boot late "$A"
	unset_override "$A"
}

@test "late knows in the real root what the image knew" {
	protect "0000:02:00.0@10de:1e07 /"
	echo 'vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* lab_variant' >"$ROOT/usr/lib/vfio-claim/variants"
	echo 'claim = 10de:1e07' >"$ROOT/etc/vfio-claim.conf"
	tree_cmdline quiet
	live_bus
	boot reserve
	boot bind
	expect driver "$(driver "$A")" vfio-pci
	rm -r "$ROOT/usr/lib/vfio-claim" "${ROOT:?}/etc" "$PCI/devices/$A/driver"
	: >"$ROOT/modprobe.log"
	boot late "$B"
	expect status "$status" 1
	unset_override "$B"
	expect_in late "$(<"$ROOT/run/vfio-claim/late")" "$B: left alone: this system needs it for /"
	boot late "$A"
	expect_in modprobe "$(<"$ROOT/modprobe.log")" lab_variant
}

@test "late of something that is not there, or no slot at all, does nothing" {
	boot late 0000:09:00.0
	expect status "$status" 0
	boot late eth0
	expect status "$status" 0
	boot late 02:00.*
	expect status "$status" 0
	unset_override "$B"
}

@test "reserve, which reads no groups, leaves alone what is behind a claimed VMD controller" {
	tree_device 0000:00:0e.0 8086:9a0b 010400 vmd
	tree_device 10000:e1:00.0 144d:a808 010802 nvme
	tree_cmdline "rd.vfio.claim=00:0e.0,10000:e1:00.0"
	boot reserve
	expect reserved "$(reserved)" 0000:00:0e.0
}
