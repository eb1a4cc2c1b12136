#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Virtual functions on the running system: claim --vfs, release --vfs, and the command that the rule of udev calls, on a
# machine of files. tests/faults/kernel plays the bus, and tests/unit/make-vfs the driver that creates them.
# On a real kernel: tests/boot/scenarios/vfs.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../machine

VF=0000:03:10

setup_file() {
	machine_setup_file
}

setup() {
	machine_setup
	tree_driver igbvf
	echo 8 >"$PCI/devices/$NET/sriov_totalvfs"
	echo 0 >"$PCI/devices/$NET/sriov_numvfs"
	echo 1 >"$PCI/devices/$NET/sriov_drivers_autoprobe"
}

# creating WORD…: as changing, where the driver creates as many as are asked for, or $makes of them
creating() {
	local i
	FAULTS+=(--fault "write */$NET/sriov_numvfs=0 !make-vfs 0"
		--fault "write */$NET/sriov_numvfs=4 !make-vfs ${makes:-4}")
	FAULTS=("${FAULTS[@]/make-vfs/$TOP/tests/unit/make-vfs $ROOT $NET}")
	for i in 0 1 2 3; do
		FAULTS+=(--native "$VF.$i=igbvf")
	done
	changing "$@"
}

# has NUMBER: virtual functions that are there already, each with its own driver
has() {
	"$TOP/tests/unit/make-vfs" "$ROOT" "$NET" "$1"
	echo "$1" >"$PCI/devices/$NET/sriov_numvfs"
}

# drivers: of the virtual functions, in a line
drivers() {
	local link drivers=()
	for link in "$PCI/devices/$NET"/virtfn*; do
		[ ! -h "$link" ] || drivers+=("$(driver "$(basename "$(readlink "$link")")")")
	done
	echo "${drivers[*]}"
}

# set_to ATTRIBUTE: what it was set to, in order
set_to() {
	sed -n "s|^write .*/$NET/$1=||p" "$BATS_TEST_TMPDIR/log" | paste -sd ' '
}

CLAIMED="$VF.0: claimed by vfio-pci
$VF.1: claimed by vfio-pci
$VF.2: claimed by vfio-pci
$VF.3: claimed by vfio-pci"

# --- claim --vfs ------------------------------------------------------------------------------------

@test "claim --vfs: created with drivers kept away, and claimed; then drivers may take others again" {
	creating claim --vfs 03:00.0:4
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect output "$output" "$NET: 4 virtual functions created
$CLAIMED"
	expect drivers "$(drivers)" "vfio-pci vfio-pci vfio-pci vfio-pci"
	expect "the physical function's" "$(driver $NET)" igb
	expect autoprobe "$(set_to sriov_drivers_autoprobe)" "0 1"
	expect order "$(sed -n "s|^write .*/$NET/\(sriov_.*\)|\1|p" "$BATS_TEST_TMPDIR/log" | paste -sd " ")" \
		"sriov_drivers_autoprobe=0 sriov_numvfs=4 sriov_drivers_autoprobe=1"
	expect_not_in "the bus" "$(wrote)" "igbvf"
}

@test "claim --vfs: autoprobe stays 0 if it was 0" {
	echo 0 >"$PCI/devices/$NET/sriov_drivers_autoprobe"
	creating claim --vfs 03:00.0:4
	expect status "$status" 0
	expect autoprobe "$(set_to sriov_drivers_autoprobe)" "0 0"
}

@test "claim --vfs: what cannot be is refused, and nothing is changed" {
	vfio_claim claim --vfs 03:00.0:9
	refused "--vfs=03:00.0:9: no virtual functions are created: it can have 8 virtual functions at most"
	vfio_claim claim --vfs 02:00.0:2 --vfs 07:00.0:1
	refused "--vfs=02:00.0:2: no virtual functions are created: it cannot have virtual functions (no SR-IOV, or none allowed)" \
		"--vfs=07:00.0:1: no virtual functions are created: no such device"
	vfio_claim claim --vfs 03:00.0@8086:1234:2
	refused "--vfs=03:00.0@8086:1234:2: no virtual functions are created: it is another device, 8086:1521"
	on_vfio $NET
	vfio_claim claim --vfs 03:00.0:2
	refused "--vfs=03:00.0:2: no virtual functions are created: vfio-pci has it, and its own driver would create them"
	rm "$PCI/devices/$NET/driver"
	vfio_claim claim --vfs 03:00.0:2
	refused "--vfs=03:00.0:2: no virtual functions are created: it has no driver, which would create them"
}

@test "claim --vfs: another number is there already, or one is given as the physical function" {
	has 2
	vfio_claim claim --vfs 03:00.0:4
	refused "--vfs=03:00.0:4: no virtual functions are created: it has 2 already, and the kernel cannot change the number; 'vfio-claim release --vfs $NET' removes them"
	vfio_claim claim --vfs 03:10.0:4
	refused "--vfs=03:10.0:4: no virtual functions are created: it is itself a virtual function, of $NET"
}

@test "claim --vfs: none without an IOMMU" {
	rm -r "$ROOT/sys/class/iommu/dmar0"
	rm "$PCI"/devices/*/iommu_group
	vfio_claim claim --vfs 03:00.0:4
	expect status "$status" 1
	expect_in stderr "$stderr" "--vfs=03:00.0:4: no virtual functions are created: no IOMMU is active"
}

@test "claim --vfs: wrong words" {
	local text
	for text in 03:00.0 0000:03:00.0 03:00.0:0 03:00.0:x 03:00.0:99999 '03:00.*:4' 8086:1521:4 :4 03:00.0:4,03:00.q:4; do
		vfio_claim claim --vfs "$text"
		expect "status of $text" "$status" 2
	done
	vfio_claim claim --vfs 03:00.0:4 02:00.0
	expect status "$status" 2
}

@test "claim --vfs: why the kernel did not create them, and drivers may take others again" {
	local error words
	while IFS=: read -r error words; do
		FAULTS=()
		fault "write */$NET/sriov_numvfs=4 $error"
		changing claim --vfs 03:00.0:4
		expect status "$status" 1
		expect stderr "$stderr" "vfio-claim: $NET: no virtual functions were created: $words"
		expect autoprobe "$(set_to sriov_drivers_autoprobe)" "0 1"
	done <<-END
		ENOENT:its driver, igb, cannot create any
		EBUSY:another program has just created some
		ENOMEM:the firmware has left no room for them: turn on SR-IOV in the firmware setup, or add pci=realloc to the kernel command line
		EINVAL:igb created none; some drivers need the network interface to be up: then use 'vfio-claim claim --vfs 03:00.0:4'; see also 'dmesg'
		EIO:Input/output error; see 'dmesg'
	END
}

@test "claim --vfs: a driver that gets stuck" {
	fault "write */$NET/sriov_numvfs=1 hang"
	changing claim --vfs 03:00.0:1 --timeout 1
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $NET: no virtual functions were created: igb did not finish within 2 s"
	expect autoprobe "$(set_to sriov_drivers_autoprobe)" 0
}

@test "claim --vfs: none if drivers cannot be kept from them" {
	fault "write */$NET/sriov_drivers_autoprobe=0 EIO"
	creating claim --vfs 03:00.0:4
	expect status "$status" 1
	expect_in stderr "$stderr" "drivers cannot be kept from taking them (sriov_drivers_autoprobe: Input/output error)"
	expect created "$(set_to sriov_numvfs)" ""
}

@test "claim --vfs: none if vfio-pci is not there" {
	rm -r "$PCI/drivers/vfio-pci"
	creating claim --vfs 03:00.0:4
	expect status "$status" 1
	expect_in stderr "$stderr" "$NET: no virtual functions were created"
	expect created "$(set_to sriov_numvfs)" ""
}

@test "claim --vfs: those that are there already, except one that is in use" {
	has 4
	interface "$VF.1" "" eth7 0x1003 up
	creating claim --vfs 03:00.0:4
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $VF.1: the network interface eth7 is up"
	expect drivers "$(drivers)" "vfio-pci igbvf vfio-pci vfio-pci"
	expect created "$(set_to sriov_numvfs)" ""
	creating claim --vfs 03:00.0:4 --force
	expect status "$status" 0
	expect drivers "$(drivers)" "vfio-pci vfio-pci vfio-pci vfio-pci"
}

@test "claim --vfs: one that this boot is to keep goes to its own driver" {
	tree_cmdline "rd.vfio.keep=03:10.2"
	creating claim --vfs 03:00.0:4
	expect status "$status" 0
	expect_in output "$output" "$VF.2: left alone: rd.vfio.keep=03:10.2 keeps it"
	expect drivers "$(drivers)" "vfio-pci vfio-pci igbvf vfio-pci"
}

@test "claim --vfs: one that vfio-pci does not take has no driver" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$VF.1 EINVAL"
	fault "write sys/bus/pci/drivers_probe=$VF.1 =12"
	creating claim --vfs 03:00.0:4
	expect status "$status" 1
	expect_in stderr "$stderr" "$VF.1: not claimed: "
	expect drivers "$(drivers)" "vfio-pci - vfio-pci vfio-pci"
}

# --- release --vfs ----------------------------------------------------------------------------------

@test "release --vfs: they are removed, and drivers may take later ones" {
	has 4
	on_vfio "$VF.0" "$VF.1"
	echo 0 >"$PCI/devices/$NET/sriov_drivers_autoprobe"
	creating release --vfs 03:00.0
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect output "$output" "$NET: 4 virtual functions removed"
	expect drivers "$(drivers)" ""
	expect autoprobe "$(set_to sriov_drivers_autoprobe)" 1
	creating release --vfs 03:00.0
	expect status "$status" 0
	expect output "$output" "$NET: it has no virtual functions"
}

@test "release --vfs: not while a guest or the host uses one, unless forced" {
	has 4
	on_vfio "$VF.0"
	tree_group 21 "$VF.0"
	vfio_group 21
	process 7 qemu vfio/21
	interface "$VF.1" "" eth7 0x1003 up
	vfio_claim release --vfs 03:00.0
	refused "$VF.0: process 7 (qemu) has /dev/vfio/21 open" "$VF.1: the network interface eth7 is up"
	creating release --vfs 03:00.0 --force
	expect status "$status" 0
	expect drivers "$(drivers)" ""
}

@test "release --vfs: what has none, and what is not there" {
	vfio_claim release --vfs 02:00.0
	refused "$DRIVE: it cannot have virtual functions"
	vfio_claim release --vfs 07:00.0
	refused "07:00.0: no such device"
	vfio_claim release --vfs 03:00.0:4
	expect status "$status" 2
	fault "write */$NET/sriov_numvfs=0 EPERM"
	has 4
	changing release --vfs 03:00.0
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $NET: its virtual functions were not removed: Operation not permitted; see 'dmesg'"
}

# --- for udev ---------------------------------------------------------------------------------------

# late: what was added to the report of the boot
late() {
	cat "$ROOT/run/vfio-claim/late" 2>/dev/null
}

@test "vfs: those that the boot was asked for, said in the log and the report" {
	mkdir -p "$ROOT/run/vfio-claim"
	tree_cmdline "quiet rd.vfio.vfs=02:00.0:1,03:00.0:4"
	creating vfs $NET
	expect status "$status" 0
	expect drivers "$(drivers)" "vfio-pci vfio-pci vfio-pci vfio-pci"
	expect output "$output$stderr" ""
	expect report "$(late)" "$NET: 4 virtual functions created
$CLAIMED"
	expect log "$(log)" "<6>vfio-claim: ${NET}: 4 virtual functions created
$(sed 's/^/<6>vfio-claim: /' <<<"$CLAIMED")"
}

@test "vfs: without a kernel log, no file is made in its place" {
	mkdir -p "$ROOT/run/vfio-claim"
	rm "$ROOT/dev/kmsg"
	tree_cmdline "quiet rd.vfio.vfs=03:00.0:4"
	creating vfs $NET
	expect status "$status" 0
	[ ! -e "$ROOT/dev/kmsg" ]
}

@test "vfs: nothing for another function, with rd.vfio=0, or without a request" {
	local words
	for words in "rd.vfio.vfs=02:00.0:4" "rd.vfio.vfs=03:00.0:4 rd.vfio=0" quiet; do
		tree_cmdline "$words"
		vfio_claim vfs $NET
		expect "status of $words" "$status" 0
		expect "log of $words" "$(log)" ""
	done
}

@test "vfs: the file in the image counts, unless the command line has requests" {
	mkdir -p "$ROOT/run/vfio-claim"
	echo 'vfs = 03:00.0:4' >"$ROOT/run/vfio-claim/conf"
	tree_cmdline "rd.vfio.vfs=02:00.0:1"
	vfio_claim vfs $NET
	expect log "$(log)" ""
	tree_cmdline "quiet"
	creating vfs $NET
	expect drivers "$(drivers)" "vfio-pci vfio-pci vfio-pci vfio-pci"
}

@test "vfs: a failure is in the log and the report, and so is a request that cannot be met" {
	mkdir -p "$ROOT/run/vfio-claim"
	tree_cmdline "rd.vfio.vfs=03:00.0:4"
	makes=3
	creating vfs $NET
	expect status "$status" 1
	expect drivers "$(drivers)" "vfio-pci vfio-pci vfio-pci"
	tree_cmdline "rd.vfio.vfs=03:00.0:9"
	vfio_claim vfs $NET
	expect status "$status" 1
	expect_in report "$(late)" "rd.vfio.vfs=03:00.0:9: no virtual functions are created: it can have 8 virtual functions at most"
	expect_in log "$(log)" "<6>vfio-claim: rd.vfio.vfs=03:00.0:9: no virtual functions are created: it can have 8"
}

@test "release --vfs: a guard that names another device is heeded" {
	has 4
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" release --vfs "03:00.0@dead:beef"
	expect status "$status" 1
	expect_in stderr "$stderr" "03:00.0@dead:beef: it is another device"
	expect number "$(cat "$PCI/devices/$NET/sriov_numvfs")" 4
}

@test "a link that leads nowhere hides no other virtual function" {
	has 4
	rm -r "$(realpath "$PCI/devices/$VF.0")" "$PCI/devices/$VF.0"
	tree_names $NET
	vfio_claim list --verbose
	expect_in output "$output" "has 3 of 8 possible virtual functions (SR-IOV)"
}
