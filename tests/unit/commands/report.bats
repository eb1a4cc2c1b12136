#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim report, on trees made here with secrets in them.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
load ../kernel
load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-build/vfio-claim}")
	tree_make
	mkdir -p "$ROOT"/{etc/modprobe.d,run/vfio-claim,boot,proc/sys/kernel,usr/share/misc}
	echo 6.1.0-test >"$ROOT/proc/sys/kernel/osrelease"
	echo '#1 SMP' >"$ROOT/proc/sys/kernel/version"
	echo annas-pc >"$ROOT/proc/sys/kernel/hostname"
	echo 'PRETTY_NAME="Some Linux 3"' >"$ROOT/etc/os-release"
	function_at 0000:02:00.0 10DE 1E07 030000
	function_at 0000:03:00.0 144D A808 010802 nvme
	echo vfio-pci >"$PCI/devices/0000:02:00.0/driver_override"
	echo 1 >"$PCI/devices/0000:02:00.0/boot_vga"
	tree_group 14 0000:02:00.0
}

# function_at SLOT VENDOR DEVICE CLASS [DRIVER]
function_at() {
	local dir=$PCI/devices/$1
	tree_device "$1" "$2:$3" "$4" "${5:-}"
	echo "0x$2" >"$dir/vendor"
	echo "0x$3" >"$dir/device"
	echo "0x$4" >"$dir/class"
	echo 0 >"$dir/irq"
	printf '0x%016x 0x%016x 0x%016x\n' {0,0,0}{,,,,,,} >"$dir/resource"
	head -c 64 /dev/zero >"$dir/config"
}

report() {
	# shellcheck disable=SC2086 # a wrapper is several words
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" report "$@"
}

# section TITLE: what stands below the heading that begins so
section() {
	awk -v title="== $1" '/^== / { on = index($0, title) == 1; next } on && NF' <<<"$output"
}

@test "versions, devices with groups and drivers, IOMMU" {
	report
	expect status "$status" 0
	expect stderr "$stderr" ""
	expect_in versions "$(section versions)" "kernel: 6.1.0-test"
	expect_in versions "$(section versions)" 'Some Linux 3'
	expect_in versions "$(section versions)" "$("$VFIO_CLAIM" --version | cut -d' ' -f2)"
	expect IOMMU "$(section IOMMU)" dmar0
	expect devices "$(section "PCI devices" | sed 's/: .*\[/ [/')" "\
0000:02:00.0 group 14 driver - override vfio-pci boot-vga [10de:1e07]
0000:03:00.0 group 0000:03:00.0 driver nvme [144d:a808]"
}

@test "the command line: what is harmless stays, all else is masked, what is init's is not there" {
	tree_cmdline 'BOOT_IMAGE=/b/geheim root=UUID=geheim ro quiet geheim geheim.x=geheim rd.vfio.claim=02:00.*,10de:1e07 rd.vfio=0 vfio-pci.ids=10de:1e07 intel_iommu=on rd.luks.key=geheim netconsole=geheim pass="geheim geheim" -- geheim'
	report
	expect cmdline "$(section "kernel command line" | sed 's/ $//')" \
		'BOOT_IMAGE=<masked> root=<masked> ro quiet <masked> geheim.x=<masked> rd.vfio.claim=02:00.*,10de:1e07 rd.vfio=0 vfio-pci.ids=10de:1e07 intel_iommu=on rd.luks.key=<masked> netconsole=<masked> pass=<masked>'
	report --full
	expect_in cmdline "$(section "kernel command line")" 'root=UUID=geheim'
	expect_in cmdline "$(section "kernel command line")" 'pass="geheim geheim" -- geheim'
}

# plant: what must not be seen, wherever a text of the machine is taken over
secrets=(
	'f81d4fae-7dec-11d0-a765-00a0c91e6bf6' '52:54:00:AB:cd:ef' '52-54-00-12-34-56'
	'80:00:02:08:fe:80:00:00:00:00:00:00:24:8a:07:03:00:a7:2e:7e'
	'192.168.17.3' 'fe80::5054:ff:fe12:3456' '2001:db8:1:2:3:4:5:6' 'annas-pc' 'Annas-PC'
	'Serial: S4EWNX0R' 'SerialNumber=S4EWNX0R' 'serial number: S4EWNX0R' 'Serial No. #S4EWNX0R'
	'S/N: S4EWNX0R' 'wwn-0x5002538e40a1b2c3' 'eui.0025385b71b012a5' 'naa.6001405abcdef0123456789abcdef012'
)
plant() {
	local secret
	for secret in "${secrets[@]}"; do
		echo "vfio-claim: x $secret y ($secret)"
	done
}

@test "serial numbers, MAC and IP addresses, UUIDs and the host name: nowhere, or everywhere with --full" {
	local secret file kept="0000:02:00.0/00.0@10de:1e07:3842:2487:030000:ff0000 10000:e1:00.0 14:1e:07"
	for file in dev/kmsg run/vfio-claim/boot run/vfio-claim/late etc/vfio-claim.conf etc/modprobe.d/a.conf; do
		plant >"$ROOT/$file"
		echo "vfio: $kept hannas-pcs" >>"$ROOT/$file"
	done
	report
	expect status "$status" 0
	expect lines "$(grep -c 'x <.*> y (<.*>)$' <<<"$output")" $((5 * ${#secrets[@]}))
	for secret in "${secrets[@]}" S4EWNX0R; do
		expect_not_in report "$(grep -v hannas-pcs <<<"$output")" "$secret"
	done
	expect kept "$(grep -c "vfio: $kept hannas-pcs$" <<<"$output")" 5
	report --full
	for secret in "${secrets[@]}"; do
		expect "$secret" "$(grep -cF "x $secret y ($secret)" <<<"$output")" 5
	done
}

@test "the kernel log: what it is about, and never the command line" {
	printf '%s\n' 'Command line: vfio-pci.ids=geheim' 'Kernel command line: rd.vfio=geheim' \
		'Unknown kernel command line parameters "iommu geheim"' 'eth0: geheim' \
		'pci 0000:02:00.0: vgaarb: bridge' '[drm] Initialized' 'DMAR: IOMMU enabled' \
		'AMD-Vi: Interrupt remapping' 'vfio-pci 0000:02:00.0: BAR' 'vfio-claim: 0000:02:00.0: claimed' \
		>"$ROOT/dev/kmsg"
	report
	expect log "$(section "kernel log" | cut -d: -f1 | paste -sd,)" \
		"pci 0000,[drm] Initialized,DMAR,AMD-Vi,vfio-pci 0000,vfio-claim"
	expect_not_in report "$output" geheim
	rm "$ROOT/dev/kmsg"
	report
	expect log "$(section "kernel log")" "(cannot be read; try again as root)"
}

@test "settings: vfio-claim.conf whole, of modprobe.d what is about vfio or a blacklist" {
	report
	expect modprobe.d "$(section "settings: modprobe.d")" "none about vfio, and no blacklist"
	printf '%s\n' '  # geheim' 'claim = 02:00.*' >"$ROOT/etc/vfio-claim.conf"
	printf '%s\n' '# blacklist nothing' 'options vfio-pci ids=10de:1e07' ' blacklist nouveau' \
		'options wifi password=geheim' >"$ROOT/etc/modprobe.d/a.conf"
	report
	expect conf "$(section "settings: /etc/vfio-claim.conf")" 'claim = 02:00.*'
	expect modprobe.d "$(section "settings: modprobe.d")" "\
/etc/modprobe.d/a.conf: options vfio-pci ids=10de:1e07
/etc/modprobe.d/a.conf:  blacklist nouveau"
	report --full
	expect_in conf "$(section "settings: /etc/vfio-claim.conf")" '# geheim'
}

@test "a host name with its domain: the whole and its first part" {
	echo anna.example.org >"$ROOT/proc/sys/kernel/hostname"
	printf '%s\n' 'vfio: on anna.example.org' 'vfio: on anna:' 'vfio: on annas' >"$ROOT/dev/kmsg"
	report
	expect log "$(section "kernel log")" $'vfio: on <host>\nvfio: on <host>:\nvfio: on annas'
	# A name that is none.
	echo .x >"$ROOT/proc/sys/kernel/hostname"
	report
	expect log "$(section "kernel log" | head -n 1)" 'vfio: on anna.example.org'
}

@test "the image: what is ours in it; none; nonsense" {
	local image=$ROOT/boot/initrd.img-6.1.0-test
	report
	expect image "$(section "image of")" "none is found in /boot"
	packed "$image" usr/bin/x usr/lib/vfio-claim/vfio-claim-boot
	report
	expect image "$(section "image of" | tail -n 1)" usr/lib/vfio-claim/vfio-claim-boot
	packed "$image" usr/bin/x
	report
	expect image "$(section "image of" | tail -n 1)" "nothing of vfio-claim and no vfio module is in it"
	echo nonsense >"$image"
	report
	expect image "$(section "image of" | tail -n 1)" "(cannot be read: it is not an initramfs image)"
}

# Its log is read record by record, without waiting for more.
@test "this machine itself" {
	[ -r /dev/kmsg ] || skip "there is no kernel log"
	run --separate-stderr timeout 60 "$VFIO_CLAIM" report
	expect status "$status" 0
	expect_in kernel "$(section versions)" "kernel: "
	expect_not_in log "$(section "kernel log")" "cannot be read"
	expect_not_in log "$(section "kernel log")" "ommand line:"
}

@test "--output: a file for its owner alone, and one that cannot be written" {
	report --output "$BATS_TEST_TMPDIR/out"
	expect status "$status" 0
	expect output "$output" ""
	expect mode "$(stat -c %a "$BATS_TEST_TMPDIR/out")" 600
	expect first "$(head -n 1 "$BATS_TEST_TMPDIR/out")" "vfio-claim report"
	report --output "$BATS_TEST_TMPDIR/none/out"
	expect status "$status" 1
	expect_in stderr "$stderr" "cannot write $BATS_TEST_TMPDIR/none/out"
}

@test "an empty machine; usage" {
	rm -r "${ROOT:?}"/{sys,proc,etc,run,boot}
	report
	expect status "$status" 0
	expect_in versions "$(section versions)" "kernel: (cannot be read)"
	expect cmdline "$(section "kernel command line")" "(cannot be read)"
	expect boot "$(section "report of the boot")" "none: nothing was asked for, or the image has no vfio-claim"
	run --separate-stderr "$VFIO_CLAIM" report x
	expect status "$status" 2
	run --separate-stderr "$VFIO_CLAIM" report --help
	expect status "$status" 0
	expect "long lines" "$(awk 'length > 80' <<<"$output")" ""
}
