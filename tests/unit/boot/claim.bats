#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# reserve and bind on a machine of files: what they write, what they leave alone, what they say, and how
# they live with faults.

load ../tree

A=0000:01:00.0
B=0000:02:00.0

setup() {
	tree_make
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_modprobe
	tree_cmdline "quiet rd.vfio.claim=02:00.0 rd.vfio.timeout=1"
}

teardown() {
	tree_stop
}

# leaves_a_child: for tests whose child outlives the program
leaves_a_child() {
	[ -z "${VFIO_CLAIM_WRAPPER:-}" ] || skip "valgrind keeps our output open in the child that is left behind"
}

# given_back SLOT: as if we had never been here
given_back() {
	expect override "$(override "$1" | tr -d '\n')" ""
}

@test "reserve writes the override and nothing else" {
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
	expect written "$(cd "$ROOT" && find . -type f -newer "$BATS_TEST_TMPDIR/before" | sort | xargs)" \
		"./run/vfio-claim/boot ./sys/devices/pci0000:02/$B/driver_override"
	expect output "$output" ""
	expect log "$(log)" ""
	expect report "$(cat "$ROOT/run/vfio-claim/boot")" "$B: reserved for vfio-pci (rd.vfio.claim=02:00.0)
reserved 0"
}

@test "the override is written as the kernel wants it, with a newline" {
	boot reserve
	expect bytes "$(od -An -c "$PCI/devices/$B/driver_override" | tr -d ' \n')" 'vfio-pci\n'
}

@test "bind loads the modules, and what they bound is claimed" {
	boot reserve
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect "the twin's driver" "$(driver $A)" -
	expect_in log "$(log)" "<6>vfio-claim: $B: claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "bound 0"
}

@test "bind alone reserves first" {
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "modprobe is run once, past install commands, without IDs of modprobe.d and with a clean environment" {
	MODPROBE_OPTIONS=-qb LD_PRELOAD='' FOO=bar boot bind
	expect runs "$(grep -c PATH= "$ROOT/modprobe.log")" 1
	expect arguments "$(grep -o '^-i vfio-pci ids= ' "$ROOT/modprobe.log")" "-i vfio-pci ids= "
	expect_not_in environment "$(<"$ROOT/modprobe.log")" MODPROBE_OPTIONS
	expect_not_in environment "$(<"$ROOT/modprobe.log")" FOO=
}

@test "both verbs may run twice: the second time nothing happens" {
	local before
	boot reserve
	boot reserve
	boot bind
	before=$(log)
	boot bind
	expect status "$status" 0
	boot reserve
	expect status "$status" 0
	expect log "$(log)" "$before"
	expect lines "$(log | wc -l)" 1
	expect runs "$(grep -c PATH= "$ROOT/modprobe.log")" 1
}

@test "a bind that failed is not tried again, and says so again" {
	rm "$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	tree_modprobe
	boot bind
	expect status "$status" 1
	[ ! -e "$ROOT/modprobe.log" ]
}

@test "two binds at the same time do the work once" {
	local first
	sed -i '2i sleep 0.3' "$ROOT/sbin/modprobe"
	"$BOOT" --sysroot "$ROOT" bind &
	first=$!
	boot bind
	wait "$first"
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect runs "$(grep -c PATH= "$ROOT/modprobe.log")" 1
	expect lines "$(log | wc -l)" 1
}

@test "a bind that never ends is not waited for without end" {
	sed -i '2i sleep 30' "$ROOT/sbin/modprobe"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.timeout=60"
	"$BOOT" --sysroot "$ROOT" bind 3>&- &
	SERVERS+=($!)
	sleep 0.2
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.timeout=1"
	boot bind
	expect status "$status" 1
	expect_in log "$(log)" "another vfio-claim-boot is still running"
}

@test "a device that another driver holds is taken from it" {
	live_bus
	tree_device "$B" 10de:1e07 030000 nouveau
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "bind-early binds what no driver has and leaves the rest, reserved, to bind" {
	live_bus
	tree_cmdline "rd.vfio.claim=10de:1e07"
	boot reserve
	tree_device "$A" 10de:1e07 030000 nouveau
	echo vfio-pci >"$PCI/devices/$A/driver_override"
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	boot bind-early
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect "the other's driver" "$(driver $A)" nouveau
	expect "the other's override" "$(override $A)" vfio-pci
	boot bind
	expect status "$status" 0
	expect "the other's driver" "$(driver $A)" vfio-pci
	expect "log" "$(log)" "<6>vfio-claim: $B: claimed by vfio-pci (rd.vfio.claim=10de:1e07)
<6>vfio-claim: $A: claimed by vfio-pci (rd.vfio.claim=10de:1e07)"
	expect report "$(<"$ROOT/run/vfio-claim/boot")" "$B: claimed by vfio-pci (rd.vfio.claim=10de:1e07)
$A: claimed by vfio-pci (rd.vfio.claim=10de:1e07)
bound 0"
}

@test "start waits for reserve only; bind-early and watch run behind it" {
	leaves_a_child
	mkfifo "$BATS_TEST_TMPDIR/gate"
	mv "$ROOT/sbin/modprobe" "$ROOT/sbin/loads"
	printf '#!/bin/sh\nread -r _ <%s\nexec %s "$@"\n' "$BATS_TEST_TMPDIR/gate" "$ROOT/sbin/loads" >"$ROOT/sbin/modprobe"
	chmod +x "$ROOT/sbin/modprobe"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.timeout=30"
	timeout 20 "$BOOT" --sysroot "$ROOT" start 3>&- >/dev/null
	expect reserved "$(reserved)" "$B"
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "reserved 0"
	expect driver "$(driver $B)" -
	timeout 20 sh -c 'echo >"$1"; until grep -qx "bound 0" "$2"; do sleep 0.02; done' sh \
		"$BATS_TEST_TMPDIR/gate" "$ROOT/run/vfio-claim/boot"
	expect driver "$(driver $B)" vfio-pci
	# Beside watch, which runs on, bind gets the lock.
	boot bind
	expect status "$status" 0
	expect_not_in log "$(log)" "still running"
	# In use without a claim: watch gives it back.
	tree_serve "$PCI/drivers/vfio-pci/unbind" kernel_unbind
	ln -s ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$A/driver"
	ln -s "../../../devices/pci0000:01/$A" "$PCI/drivers/vfio-pci/$A"
	timeout 20 sh -c 'until grep -q "$1: .*given back" "$2"; do sleep 0.02; done' sh "$A" "$ROOT/dev/kmsg"
	# The switch to the real root.
	rm "$ROOT/proc/cmdline"
}

@test "start in the first line of a script has no prerequisites and takes the script's name" {
	expect prerequisites "$("$BOOT" --sysroot "$ROOT" start /scripts/init-top/00-vfio-claim prereqs 3>&- && echo end)" $'\nend'
	expect reserved "$(reserved)" ""
	[ ! -e "$ROOT/run/vfio-claim" ]
	tree_cmdline quiet
	boot start /scripts/init-top/00-vfio-claim
	expect status "$status" 0
	expect output "$output" ""
}

@test "what bind-early has settled is not taken for another domain's slot" {
	live_bus
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
	tree_device "$B" 10de:1e07 030000 nouveau
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	tree_device "1$B" 10de:1e07 030000 vfio-pci
	tree_cmdline "rd.vfio.claim=02:00.0,1$B"
	boot bind-early
	expect "the other domain's driver" "$(driver "1$B")" vfio-pci
	expect driver "$(driver $B)" nouveau
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "bind leaves nothing to do after a bind-early that did all" {
	boot reserve
	boot bind-early
	expect driver "$(driver $B)" vfio-pci
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "bound 0"
	boot bind
	expect status "$status" 0
	expect runs "$(grep -c PATH= "$ROOT/modprobe.log")" 1
}

@test "what bind-early gave back is not tried again by bind" {
	tree_driver vfio-pci
	printf '#!/bin/sh\n' >"$ROOT/sbin/modprobe"
	tree_serve "$PCI/drivers_probe" kernel_probe_natively
	tree_cmdline "rd.vfio.claim=10de:1e07"
	tree_device "$A" 10de:1e07 030000 nouveau
	tree_serve "$PCI/drivers/nouveau/unbind" kernel_unbind
	boot bind-early
	expect status "$status" 1
	given_back "$B"
	expect "the other's override" "$(override $A)" vfio-pci
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect lines "$(log | grep -c "$B: not claimed")" 1
	expect_in report "$(<"$ROOT/run/vfio-claim/boot")" "$B: not claimed"
	expect_in report "$(<"$ROOT/run/vfio-claim/boot")" "$A: not claimed"
}

@test "an unbind that hangs is given up, the other device is claimed" {
	leaves_a_child
	live_bus
	tree_cmdline "rd.vfio.claim=10de:1e07 rd.vfio.timeout=2"
	tree_device "$A" 10de:1e07 030000 nouveau
	# A pipe that nobody reads blocks whoever opens it.
	rm "$PCI/drivers/nouveau/unbind"
	mkfifo "$PCI/drivers/nouveau/unbind"
	boot bind
	expect status "$status" 1
	expect driver "$(driver $B)" vfio-pci
	expect_in log "$(log)" "<3>vfio-claim: $A: not claimed: unbinding its driver: not finished within 2 s; its driver is stuck"
	: <"$PCI/drivers/nouveau/unbind" # let the child go
}

@test "an override write that hangs does not cost the other device" {
	tree_cmdline "rd.vfio.claim=10de:1e07 rd.vfio.timeout=1"
	# It is being probed: the kernel makes the driver link before it asks the driver.
	tree_device "$A" 10de:1e07 030000 nouveau
	rm "$PCI/devices/$A/driver_override"
	mkfifo "$PCI/devices/$A/driver_override"
	boot reserve
	expect status "$status" 1
	expect override "$(override "$B")" vfio-pci
	expect_in log "$(log)" "$A: not claimed: setting its driver_override: not finished within 1 s"
}

@test "an unbind that fails leaves the device with its driver" {
	live_bus
	tree_device "$B" 10de:1e07 030000 nouveau
	rm "$PCI/drivers/nouveau/unbind"
	boot bind
	expect status "$status" 1
	expect driver "$(driver $B)" nouveau
	given_back "$B"
	expect_in log "$(log)" "unbinding its driver: no such file in sysfs; given back; its driver is nouveau"
}

@test "a bind that is refused gives the device back" {
	tree_driver vfio-pci
	printf '#!/bin/sh\n' >"$ROOT/sbin/modprobe"
	tree_serve "$PCI/drivers_probe" kernel_probe_natively
	boot bind
	expect status "$status" 1
	given_back "$B"
	for _ in {1..50}; do [ "$(driver $B)" = - ] || break; sleep 0.02; done
	expect driver "$(driver $B)" native
	expect_in log "$(log)" "$B: not claimed: binding it to vfio-pci: the driver refused it; given back"
}
kernel_probe_natively() {
	[ "$(override "$1")" = vfio-pci ] || kernel_probe "$1"
}

@test "no modprobe in the image: the device is given back and the log says why" {
	rm "$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: no modprobe in this image; given back"
}

@test "no vfio-pci in the image: modprobe's own words are the reason" {
	printf '#!/bin/sh\necho "modprobe: FATAL: Module vfio-pci not found" >&2\necho second\nexit 1\n' \
		>"$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: modprobe: FATAL: Module vfio-pci not found; given back"
	expect_not_in log "$(log)" second
}

@test "a modprobe that hangs is given up at the deadline" {
	printf '#!/bin/sh\nexec sleep 30\n' >"$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: not finished within 1 s; given back"
}

@test "a modprobe that talks without end does not block" {
	printf '#!/bin/sh\nhead -c 1000000 /dev/zero | tr "\\0" x\nexit 1\n' >"$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: xxxx"
}

@test "a modprobe that talks without end is given up at the deadline too" {
	printf '#!/bin/sh\nexec yes\n' >"$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: not finished within 1 s"
}

@test "a modprobe that closes its output and hangs is given up at the deadline" {
	printf '#!/bin/sh\nexec >/dev/null 2>&1\nexec sleep 30\n' >"$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 1
	given_back "$B"
	expect_in log "$(log)" "loading vfio-pci: not finished within 1 s"
}

@test "an unbind that ends after we have gone gives the device back by itself" {
	leaves_a_child
	tree_modprobe
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.timeout=1"
	tree_device "$B" 10de:1e07 030000 nouveau
	rm "$PCI/drivers/nouveau/unbind"
	mkfifo "$PCI/drivers/nouveau/unbind"
	tree_driver vfio-pci
	rm "$PCI/drivers/vfio-pci/bind" # and then the bind fails
	boot bind
	expect status "$status" 1
	expect override "$(override $B)" vfio-pci
	: <"$PCI/drivers/nouveau/unbind"
	for _ in {1..100}; do [ "$(override $B)" = vfio-pci ] || break; sleep 0.02; done
	given_back "$B"
}

@test "without standard files everything is done all the same" {
	local closed
	for closed in '<&-' '>&-' '2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		rm -rf "$ROOT/run/vfio-claim" "$PCI/devices/$B/driver"
		echo '(null)' >"$PCI/devices/$B/driver_override"
		eval "$BOOT --sysroot $ROOT bind $closed"
		expect "driver with $closed" "$(driver $B)" vfio-pci
	done
}

@test "a driver that registers a while after modprobe is waited for" {
	mv "$ROOT/sbin/modprobe" "$ROOT/sbin/real"
	printf '#!/bin/sh\n(sleep 0.2; %s) >/dev/null 2>&1 &\n' "$ROOT/sbin/real" >"$ROOT/sbin/modprobe"
	chmod +x "$ROOT/sbin/modprobe"
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "a foreign override is left as it is, and nothing is loaded for it" {
	echo pci-stub >"$PCI/devices/$B/driver_override"
	boot bind
	[ ! -e "$ROOT/modprobe.log" ]
	expect status "$status" 1
	expect override "$(override $B)" pci-stub
	expect driver "$(driver $B)" -
	expect_in log "$(log)" "$B: not claimed: setting its driver_override: another program has set it"
}

@test "a device that is with vfio-pci already is claimed as it is" {
	tree_device "$B" 10de:1e07 030000 vfio-pci
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "vfio-pci.ids= with a kept twin is hidden from the module" {
	tree_cmdline "vfio-pci.ids=10de:1e07 rd.vfio.keep=01:00.0"
	boot bind
	expect status "$status" 0
	expect_in arguments "$(<"$ROOT/modprobe.log")" "vfio-pci ids= "
	expect driver "$(driver $B)" vfio-pci
	expect "the twin's driver" "$(driver $A)" -
}

@test "vfio-pci.ids= too long for the module is named" {
	tree_cmdline "vfio-pci.ids=$(printf '10de:1e07,%.0s' {1..110}) vfio-pci.ids=10de:1e07"
	boot bind
	expect status "$status" 1
	expect driver "$(driver $B)" vfio-pci
	expect_in log "$(log)" "vfio-pci.ids=...: ignored: vfio-pci takes 1023 characters"
}

@test "vfio-pci.ids= is hidden from the module whenever we read it differently" {
	local ids
	for ids in "vfio-pci.ids=ffffffff:ffffffff" "vfio-pci.ids=10de" "rd.vfio.keep=09:00.0 -- vfio-pci.ids=10de:1e07"; do
		rm -rf "$ROOT/run/vfio-claim" "$ROOT/modprobe.log" "$PCI/devices/$B/driver"
		tree_cmdline "rd.vfio.claim=02:00.0 $ids"
		boot bind
		expect_in "arguments with $ids" "$(<"$ROOT/modprobe.log")" "vfio-pci ids= "
		expect "driver with $ids" "$(driver $B)" vfio-pci
	done
}

@test "vfio-pci.ids= that claims all it matches is left to the module too" {
	tree_cmdline "vfio-pci.ids=10de:1e07"
	boot bind
	expect status "$status" 0
	expect_not_in arguments "$(<"$ROOT/modprobe.log")" "ids="
}

@test "without an IOMMU nothing is touched and the log says what to add" {
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group
	boot bind
	expect status "$status" 1
	expect override "$(override $B)" "(null)"
	expect_in log "$(log)" "$B: left alone: no IOMMU is active; 'vfio-claim check' says why"
	[ ! -e "$ROOT/modprobe.log" ]
	expect report "$(tail -n 1 "$ROOT/run/vfio-claim/boot")" "bound 1"
}

# virtio_modprobe: a modprobe that loads the driver of a virtio-iommu, and keeps what else it was given
virtio_modprobe() {
	cat >"$ROOT/sbin/modprobe" <<-EOF
		#!/bin/sh
		echo "\$*" >>"$ROOT/modprobe.log"
		[ "\$2" != virtio_iommu ] || mkdir -p "$ROOT/sys/class/iommu/0000:00:03.0"
	EOF
	chmod +x "$ROOT/sbin/modprobe"
}

@test "the driver of a virtio-iommu is loaded before a device is reserved, and nothing else is" {
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group
	tree_device 0000:00:03.0 1af4:1057 ff0000 virtio-pci
	rm "$PCI/devices/0000:00:03.0/iommu_group"
	virtio_modprobe
	boot reserve
	expect status "$status" 0
	expect reserved "$(reserved)" "$B"
	expect_not_in log "$(log)" "left alone"
	expect loaded "$(tr '\n' ';' <"$ROOT/modprobe.log")" "-i virtio_pci;-i virtio_iommu;"
}

@test "a virtio-iommu whose driver cannot be loaded is no IOMMU, and costs no more than the deadline" {
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group
	tree_device 0000:00:03.0 1af4:1057 ff0000 virtio-pci
	rm "$PCI/devices/0000:00:03.0/iommu_group"
	printf '#!/bin/sh\necho "$*" >>%s\nexec sleep 30\n' "$ROOT/modprobe.log" >"$ROOT/sbin/modprobe"
	SECONDS=0
	boot reserve
	[ "$SECONDS" -lt 8 ]
	expect status "$status" 1
	expect reserved "$(reserved)" ""
	expect_in log "$(log)" "$B: left alone: no IOMMU is active"
	# By then udev has tried it, too.
	rm "$ROOT/modprobe.log"
	boot bind
	[ ! -e "$ROOT/modprobe.log" ]
}

@test "no driver of a virtio-iommu is loaded where there is an IOMMU, none of these, or no claim" {
	virtio_modprobe
	boot reserve
	tree_device 0000:00:03.0 1af4:1057 ff0000 virtio-pci
	rm -r "$ROOT/run/vfio-claim"
	boot reserve
	rm -r "$ROOT"/sys/class/iommu/* "$PCI"/devices/*/iommu_group "$ROOT/run/vfio-claim"
	tree_cmdline quiet
	boot reserve
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	boot reserve
	rm "$PCI/devices/0000:00:03.0"
	tree_cmdline "rd.vfio.claim=02:00.0"
	boot reserve
	expect status "$status" 1
	[ ! -e "$ROOT/modprobe.log" ]
}

@test "an IOMMU without groups yet is enough, and so is a group without an IOMMU class" {
	rm "$PCI"/devices/*/iommu_group
	boot reserve
	expect reserved "$(reserved)" "$B"
	rm -r "$ROOT/run/vfio-claim"
	echo '(null)' >"$PCI/devices/$B/driver_override"
	rm -r "$ROOT"/sys/class/iommu
	ln -s ../../../../kernel/iommu_groups/1 "$PCI/devices/$B/iommu_group"
	boot reserve
	expect reserved "$(reserved)" "$B"
}

@test "the boot display is claimed with a warning" {
	echo 1 >"$PCI/devices/$B/boot_vga"
	tree_modprobe
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
	expect_in log "$(log)" "<4>vfio-claim: $B: claimed by vfio-pci (rd.vfio.claim=02:00.0); it is the boot display"
}

@test "rd.vfio=0 touches nothing and is said once" {
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	boot reserve
	expect status "$status" 0
	boot bind
	expect status "$status" 0
	expect override "$(override $B)" "(null)"
	expect log "$(log)" "<5>vfio-claim: rd.vfio=0: nothing is claimed"
	[ ! -e "$ROOT/modprobe.log" ]
}

@test "nothing asked leaves no trace at all" {
	tree_cmdline "quiet splash rd.vfio.keep=01:00.0"
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	boot reserve
	expect status "$status" 0
	boot bind
	expect status "$status" 0
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before")" ""
}

@test "a modalias that is missing, empty or mangled: left alone, by name" {
	local fault
	for fault in 'rm modalias' ': >modalias' 'echo pci:vXX >modalias' \
		'head -c 200 /dev/zero >modalias' 'printf pci:v000010DEd00001E07 >modalias'; do
		rm -rf "$ROOT/run/vfio-claim"
		(cd "$PCI/devices/$B" && eval "$fault")
		boot reserve
		expect "status after $fault" "$status" 1
		expect "override after $fault" "$(override $B)" "(null)"
		expect_in "log after $fault" "$(log)" "$B: left alone: its modalias cannot be read"
		tree_device "$B" 10de:1e07 030000
		: >"$ROOT/dev/kmsg"
	done
}

@test "a bridge is known by its attribute, whatever kind of bridge it says it is" {
	tree_device "$B" 10de:1e07 068000
	echo 2 >"$PCI/devices/$B/secondary_bus_number"
	boot reserve
	expect status "$status" 1
	expect override "$(override $B)" "(null)"
	expect_in log "$(log)" "$B: left alone: a bridge cannot be claimed"
}

@test "what was reserved and cannot be read any more is given back" {
	boot reserve
	expect override "$(override $B)" vfio-pci
	: >"$PCI/devices/$B/modalias"
	boot bind
	expect status "$status" 1
	given_back "$B"
}

@test "a kept device that a built-in vfio-pci has taken is given back" {
	live_bus
	tree_device "$A" 10de:1e07 030000 vfio-pci
	tree_serve "$PCI/drivers/vfio-pci/bind" kernel_bind
	tree_serve "$PCI/drivers/vfio-pci/unbind" kernel_unbind
	tree_cmdline "vfio-pci.ids=10de:1e07 rd.vfio.keep=01:00.0"
	boot bind
	expect status "$status" 0
	for _ in {1..50}; do [ "$(driver $A)" = vfio-pci ] || break; sleep 0.02; done
	[ "$(driver $A)" != vfio-pci ]
	expect driver "$(driver $B)" vfio-pci
}

@test "a kernel without driver_override: reported, nothing else done" {
	rm "$PCI/devices/$B/driver_override"
	boot bind
	expect status "$status" 1
	expect_in log "$(log)" "setting its driver_override: no such file in sysfs"
	[ ! -e "$PCI/devices/$B/driver_override" ]
}

@test "without /proc, /sys, /run or /dev/kmsg the program ends by itself" {
	local gone
	for gone in proc sys run dev; do
		mv "$ROOT/$gone" "$ROOT/gone"
		boot bind
		case $gone in
		proc) expect_in log "$(log)" "nothing is claimed: cannot read what to claim" ;;
		sys) expect_in log "$(log)" "no such device" ;;
		run) expect driver "$(driver $B)" vfio-pci ;;
		dev) expect_in output "$output" "claimed by vfio-pci" ;;
		esac
		rm -rf "${ROOT:?}/$gone" "$ROOT/run/vfio-claim"
		mv "$ROOT/gone" "$ROOT/$gone"
		kernel_unbind "$B"
	done
}

@test "an ID without /sys/bus/pci is said" {
	tree_cmdline "rd.vfio.claim=10de:1e07"
	rm -r "$ROOT/sys/bus"
	boot reserve
	expect status "$status" 1
	expect_in log "$(log)" "nothing is claimed: cannot list /sys/bus/pci/devices"
}

@test "a report that cannot be written stops nothing" {
	mkdir -p "$ROOT/run/vfio-claim/boot.new"
	boot bind
	expect status "$status" 0
	expect driver "$(driver $B)" vfio-pci
}

@test "a value cannot forge a line of the log" {
	tree_cmdline $'rd.vfio.claim="02:00.0\x01<3>evil",x\x1b[2J'
	boot reserve
	expect control "$(tr -d '[:print:]\n' <"$ROOT/dev/kmsg" | wc -c)" 0
	expect_in log "$(log)" 'rd.vfio.claim=02:00.0?<3>evil": ignored'
}

@test "every line of many is logged" {
	local i
	for i in {10..39}; do tree_device "0000:$i:00.0" 1234:1111 038000; done
	tree_cmdline "rd.vfio.claim=1234:1111"
	boot reserve
	expect "lines of the report" "$(grep -c 'reserved for' "$ROOT/run/vfio-claim/boot")" 30
	boot bind
	expect lines "$(log | grep -c 'claimed by')" 30
}

@test "the vfio-claim-boot command line" {
	run "$BOOT" --help
	expect status "$status" 0
	expect_in help "$output" "Usage: vfio-claim-boot"
	run "$BOOT" --version
	expect status "$status" 0
	expect_in version "$output" "vfio-claim-boot 0"
	run "$BOOT"
	expect status "$status" 2
	expect message "$output" "vfio-claim-boot: usage: incomplete (see --help)"
	run "$BOOT" claim
	expect status "$status" 2
	expect_in message "$output" "usage: claim"
	run "$BOOT" --dry-run reserve
	expect status "$status" 2
	expect_in message "$output" "usage: --dry-run"
	run "$BOOT" reserve bind
	expect status "$status" 2
	expect_in message "$output" "usage: bind"
	run "$BOOT" reserve --sysroot
	expect status "$status" 2
	expect_in message "$output" "usage: --sysroot"
	run "$BOOT" late
	expect status "$status" 2
	expect_in message "$output" "usage: incomplete"
	run "$BOOT" late 01:00.0 02:00.0
	expect status "$status" 2
	expect_in message "$output" "usage: 02:00.0"
	run "$BOOT" --sysroot=/nowhere reserve
	expect status "$status" 2
	expect_in message "$output" "cannot open /nowhere"
	run "$BOOT" reserve "--sysroot=$ROOT"
	expect status "$status" 0
}
