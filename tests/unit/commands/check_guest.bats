#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim check --guest, on machines made of files: whether a virtual machine with the devices starts.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../checked

B1=0000:02:00.1

# A machine that fits a guest of 8 GiB, with a card of two functions behind a bridge, which vfio-pci has.
guest_machine() {
	tree_device 0000:00:01.0 8086:0001 060400 pcieport
	rm "$PCI/devices/$B"
	tree_device "$B" 10de:1e07 030000 vfio-pci 0000:00:01.0
	tree_device "$B1" 10de:10f7 040300 vfio-pci 0000:00:01.0
	tree_group 9 "$B" "$B1"
	echo "flr bus" | tee "$PCI/devices/$B/reset_method" >"$PCI/devices/$B1/reset_method"
	meminfo 16 12
	limits unlimited
	mkdir -p "$ROOT/sys/module/kvm/parameters" "$ROOT/sys/module/vfio_pci/parameters"
	echo N | tee "$ROOT/sys/module/kvm/parameters/ignore_msrs" >"$ROOT/sys/module/vfio_pci/parameters/disable_vga"
}

# meminfo TOTAL AVAILABLE: in GiB
meminfo() {
	printf '%s: %12d kB\n' MemTotal $(($1 * 1048576)) MemFree 4096 MemAvailable $(($2 * 1048576)) SwapTotal 0 \
		>"$ROOT/proc/meminfo"
}

# limits BYTES [CAPABILITIES]: what a process may lock
limits() {
	printf '%-25s %-20s %-20s %s\n' Limit "Soft Limit" "Hard Limit" Units "Max cpu time" unlimited unlimited seconds \
		"Max locked memory" "$1" unlimited bytes >"$ROOT/proc/self/limits"
	printf 'Name:\tvfio-claim\nCapInh:\tffffffffffffffff\nCapEff:\t%s\n' "${2:-0000000000000000}" >"$ROOT/proc/self/status"
}

# pool KIB TOTAL FREE PROMISED: hugepages of this size
pool() {
	local dir=$ROOT/sys/kernel/mm/hugepages/hugepages-$1kB
	mkdir -p "$dir"
	echo "$2" >"$dir/nr_hugepages"
	echo "$3" >"$dir/free_hugepages"
	echo "$4" >"$dir/resv_hugepages"
}

@test "a guest that starts: every line is ok, and says what was looked at" {
	guest_machine
	check '02:00.*' --guest --memory 8
	finds 0 ok "interrupt remapping: it is on"
	finds 0 ok "memory: 12.0 GiB are available, enough for a guest of 8 GiB"
	finds 0 ok "hugepages: none are reserved; only a guest that is set up for them needs some"
	finds 0 ok "locked memory: this user may lock enough for a guest of 8 GiB"
	finds 0 ok "KVM: it refuses accesses to MSRs that it does not have (ignore_msrs=N)"
	finds 0 ok "$B: nothing else in its IOMMU group 9"
	finds 0 ok "$B: vfio has it: a virtual machine can have it now"
	finds 0 ok "$B1: vfio has it"
	finds 0 ok "$B: it can be reset between guests (flr bus)"
	finds 0 ok "$B: vfio-pci gives its VGA ranges to the guest (disable_vga=N)"
	expect_not_in "what is no display" "$output" "$B1: vfio-pci gives"
	expect messages "$stderr" ""
}

@test "without --guest, and without a device: nothing about it" {
	guest_machine
	meminfo 4 1
	check '02:00.*'
	expect "status ($output)" "$status" 0
	expect_not_in output "$output" "memory: "
	expect_not_in output "$output" "MSRs"
	expect_not_in output "$output" "reset"
	meminfo 16 12
	check --guest --memory=8
	expect "status ($output)" "$status" 0
	expect_not_in output "$output" "reset"
	check --guest
	finds 0 ok "memory: not compared; add --memory with the guest's GiB"
	expect_not_in output "$output" "locked memory"
}

@test "wrong --memory: status 3, and one line that says what is right" {
	local value
	for value in 0 8G -1 '' 65537 99999999999999999999 1.5; do
		check --guest --memory="$value"
		expect "status of '$value'" "$status" 3
		expect output "$output" ""
		expect lines "${#stderr_lines[@]}" 1
	done
	check --guest --memory 8G
	expect_in message "$stderr" "--memory 8G: a guest has 1 to 65536 GiB, without a unit"
	check --memory 8
	expect status "$status" 3
	expect_in message "$stderr" "--memory is that of the guest: add --guest"
}

@test "memory: too little, too little now, unknown" {
	guest_machine
	check '02:00.*' --guest --memory 12
	finds 0 ok "memory: 12.0 GiB are available, enough"
	check '02:00.*' --guest --memory 13
	finds 2 problem "memory: only 12.0 GiB are available; a guest with a device takes all of its 13 GiB when it starts"
	check '02:00.*' --guest --memory 17
	finds 2 problem "memory: this machine has 16.0 GiB, which is less than a guest of 17 GiB needs"
	rm "$ROOT/proc/meminfo"
	check '02:00.*' --guest --memory 8
	finds 1 warning "memory: unknown: /proc/meminfo does not show it"
}

# closed NODE...: nobody may open it but who may open everything
closed() {
	chmod 0 "${@/#/$ROOT/dev/}"
}

# As a user: root's right to open everything is gone.
check_as_user() {
	local as=
	[ "$(id -u)" -ne 0 ] || as="setpriv --bounding-set -dac_override,-dac_read_search"
	VFIO_CLAIM_WRAPPER="$as ${VFIO_CLAIM_WRAPPER-}" check "$@"
}

@test "nodes: the user who would start the guest may not open them; one line for each" {
	guest_machine
	mkdir -p "$ROOT/sys/class/vfio" "$ROOT/sys/devices/virtual/vfio/9" "$ROOT/dev/vfio"
	ln -s ../../devices/virtual/vfio/9 "$ROOT/sys/class/vfio/9"
	echo 240:0 >"$ROOT/sys/devices/virtual/vfio/9/dev"
	check_as_user '02:00.*' --guest --memory 8
	expect "status without a node ($output)" "$status" 0
	: >"$ROOT/dev/vfio/9"
	check_as_user '02:00.*' --guest --memory 8
	expect "status with both open ($output)" "$status" 0
	closed vfio/9
	check_as_user '02:00.*' --guest --memory 8
	finds 1 warning "/dev/vfio/9: this user may not open it: a guest that this user starts ends with \"Permission denied\", unless root's libvirt starts it; reboot after the change; do: vfio-claim enable --add --owner USER"
	closed kvm
	check_as_user '02:00.*' --guest --memory 8
	finds 1 warning "/dev/kvm: this user may not open it: a guest that this user starts cannot use KVM, unless root's libvirt starts it; log in again after the change; do: usermod -aG kvm USER" 2
	check_as_user '02:00.*'
	expect "status without --guest ($output)" "$status" 0
	[ "$(id -u)" -eq 0 ] || return 0
	check '02:00.*' --guest --memory 8
	expect "status for root ($output)" "$status" 0
}

@test "hugepages: enough, too few, promised to others; the size with most of them" {
	guest_machine
	meminfo 16 2
	pool 2048 4096 4096 0
	check '02:00.*' --guest --memory 8
	finds 0 ok "hugepages: 8.0 GiB are free, enough for a guest of 8 GiB"
	finds 0 ok "memory: 2.0 GiB are available besides the hugepages"
	pool 2048 4096 4096 1
	check '02:00.*' --guest --memory 8
	finds 2 warning "hugepages: only 8.0 GiB are free; a guest of 8 GiB that is set up for them does not start; do: echo 4097 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages" 2
	finds 2 problem "memory: only 2.0 GiB are available" 2
	meminfo 16 12
	pool 1048576 2 2 0
	pool 2048 512 512 0
	check '02:00.*' --guest --memory 8
	finds 1 warning "hugepages: only 2.0 GiB are free; a guest of 8 GiB that is set up for them does not start; do: echo 8 >/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"
	pool 1048576 0 0 0
	pool 16777216 1 1 0
	meminfo 40 32
	check '02:00.*' --guest --memory 24
	finds 1 warning "hugepages: only 16.0 GiB are free; a guest of 24 GiB that is set up for them does not start; do: echo 2 >"
	pool 16777216 0 0 0
	pool 2048 0 0 0
	check '02:00.*' --guest --memory 8
	finds 0 ok "hugepages: none are reserved"
}

@test "locked memory: the limit of a user, root's, unknown" {
	guest_machine
	limits 8388608
	check '02:00.*' --guest --memory 8
	finds 1 warning "locked memory: this user may lock 8 MiB, and a guest of 8 GiB needs 9216: it ends with \"VFIO_MAP_DMA failed: Cannot allocate memory\", unless root's libvirt starts it"
	finds 1 warning "; do: echo '@kvm - memlock 9437184' >/etc/security/limits.d/vfio.conf"
	limits $((9437184 * 1024))
	check '02:00.*' --guest --memory 8
	finds 0 ok "locked memory: this user may lock enough"
	limits $((9437184 * 1024 - 1))
	check '02:00.*' --guest --memory 8
	finds 1 warning "locked memory: this user may lock 9215 MiB"
	# CAP_IPC_LOCK alone, and everything else
	limits 8388608 0000000000004000
	check '02:00.*' --guest --memory 8
	finds 0 ok "locked memory: no limit for root"
	limits 8388608 ffffffffffffbfff
	check '02:00.*' --guest --memory 8
	finds 1 warning "locked memory: this user may lock 8 MiB"
	rm "$ROOT/proc/self/limits"
	check '02:00.*' --guest --memory 8
	finds 1 warning "locked memory: its limit is unknown: /proc/self/limits does not show it; do: ulimit -l"
}

@test "KVM's ignore_msrs: on, and no KVM" {
	guest_machine
	echo Y >"$ROOT/sys/module/kvm/parameters/ignore_msrs"
	check '02:00.*' --guest
	finds 0 ok "KVM: it ignores accesses to MSRs that it does not have (ignore_msrs=Y)"
	rm -r "$ROOT/sys/module/kvm"
	check '02:00.*' --guest
	expect_not_in output "$output" "MSRs"
}

@test "the driver of now: another one, none" {
	guest_machine
	tree_driver nouveau
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$B/driver"
	check '02:00.*' --guest
	finds 1 warning "$B: nouveau has it now: a virtual machine can have it only after the claim; do: vfio-claim claim '$B'"
	rm "$PCI/devices/$B/driver"
	check '02:00.*' --guest
	finds 1 warning "$B: no driver has it now"
	finds 1 ok "$B1: vfio has it"
}

@test "reset: each way, and none" {
	local words
	guest_machine
	for words in flr "pm af_flr" device_specific "acpi bus" cxl_bus; do
		echo "$words" >"$PCI/devices/$B/reset_method"
		check '02:00.*' --guest
		finds 0 ok "$B: it can be reset between guests ($words)"
	done
	# As the kernel has it for the first of several functions.
	echo "pm bus" >"$PCI/devices/$B/reset_method"
	check '02:00.*' --guest
	finds 1 warning "$B: it can be reset only through its power state (pm bus)"
	echo bus >"$PCI/devices/$B/reset_method"
	check '02:00.*' --guest
	finds 0 ok "$B: it cannot be reset alone; its bus is reset if the guest has everything on it"
	mv "$PCI/devices/$B1" "$BATS_TEST_TMPDIR/aside"
	check '02:00.0' --guest
	finds 0 ok "$B: it can be reset only with its bus, where it is alone (bus)"
	mv "$BATS_TEST_TMPDIR/aside" "$PCI/devices/$B1"
	echo pm >"$PCI/devices/$B/reset_method"
	check '02:00.*' --guest
	finds 1 warning "$B: it can be reset only through its power state (pm)"
	rm "$PCI/devices/$B/reset_method"
	: >"$PCI/devices/$B/reset"
	check '02:00.*' --guest
	finds 0 ok "$B: it can be reset between guests; this kernel does not say how"
}

@test "reset: with the bus, of which the guest has all, or not" {
	guest_machine
	echo >"$PCI/devices/$B/reset_method"
	check '02:00.*' --guest
	finds 0 ok "$B: it cannot be reset alone; its bus is reset if the guest has everything on it"
	rm "$PCI/devices/$B/reset_method"
	tree_group 10 "$B1"
	check 02:00.0 --guest
	finds 1 warning "$B: it cannot be reset alone, and together with its bus only if the guest also has $B1; otherwise the guest may start only once"
	rm "$PCI/devices/$B1"
	check 02:00.0 --guest
	finds 1 warning "$B: nothing can reset it: a guest may start with it only once"
	# On a root bus, neighbours do not help.
	tree_device 0000:00:02.0 8086:3e98 030000 vfio-pci
	tree_device 0000:00:03.0 8086:3e99 040300 vfio-pci
	check 00:02.0,00:03.0 --guest
	finds 1 warning "0000:00:02.0: nothing can reset it" 2
	finds 1 warning "0000:00:03.0: nothing can reset it" 2
}

@test "a display: disable_vga, and the ROM of the boot display" {
	guest_machine
	echo Y >"$ROOT/sys/module/vfio_pci/parameters/disable_vga"
	check '02:00.*' --guest
	finds 0 ok "$B: vfio-pci leaves its VGA ranges to the host (disable_vga=Y)"
	rm "$ROOT/sys/module/vfio_pci/parameters/disable_vga"
	check '02:00.*' --guest
	finds 0 ok "$B: this kernel cannot give its VGA ranges to a guest"
	rm -r "$ROOT/sys/module/vfio_pci"
	check '02:00.*' --guest
	expect_not_in "vfio-pci is not loaded" "$output" "VGA ranges"
	expect_not_in "another card" "$output" "ROM"
	echo 1 >"$PCI/devices/$B/boot_vga"
	check '02:00.*' --guest
	finds 1 warning "$B: it is this boot's display: its ROM can be read only as the firmware has left it" 2
	finds 1 warning "; do: cd /sys/bus/pci/devices/$B && echo 1 >rom && cat rom >/root/card.rom; echo 0 >rom" 2
}

@test "--json: each finding with its topic and device" {
	guest_machine
	limits 8388608
	check '02:00.*' --guest --memory 8 --json
	expect status "$status" 1
	expect level "$(json 'd["level"]')" '"warning"'
	expect warning "$(json '[[f["topic"], f["fix"]] for f in d["findings"] if f["level"] == "warning"]')" \
		"[[\"memlock\", \"echo '@kvm - memlock 9437184' >/etc/security/limits.d/vfio.conf\"]]"
	expect topics "$(json '[f["topic"] for f in d["findings"] if f["devices"] == ["'"$B"'"]]')" \
		'["device", "group", "driver", "reset", "vga"]'
	expect topics "$(json '[f["topic"] for f in d["findings"] if f["topic"] in ("memory", "hugepages", "msrs")]')" \
		'["memory", "hugepages", "msrs"]'
}
