#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim report, on trees made here with secrets in them.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
load ../kernel
load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
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

@test "the command line: what is harmless stays, everything else is masked, what is for init is left out" {
	tree_cmdline 'BOOT_IMAGE=/b/geheim root=UUID=geheim ro quiet geheim geheim.x=geheim rd.vfio.claim=02:00.*,10de:1e07 rd.vfio=0 vfio-pci.ids=10de:1e07 intel_iommu=on,sm_on mitigations=off password=1 rd.luks.key=geheim ip=10.0.0.7::10.0.0.1:255.255.255.0:geheim:eth0:off rd.iscsi.password=geheim nfsroot=10.0.0.1:/geheim cifs=//geheim/x,user=anna netconsole=geheim pass="geheim geheim" video=efifb:off -- geheim'
	report
	expect cmdline "$(section "kernel command line" | sed 's/<masked-[0-9]*>/<masked>/g')" \
		'BOOT_IMAGE=<masked> root=<masked> ro quiet <masked> geheim.x=<masked> rd.vfio.claim=02:00.*,10de:1e07 rd.vfio=0 vfio-pci.ids=10de:1e07 intel_iommu=on,sm_on mitigations=off password=<masked> rd.luks.key=<masked> ip=<masked> rd.iscsi.password=<masked> nfsroot=<masked> cifs=<masked> netconsole=<masked> pass=<masked> video=efifb:off'
	report --full
	expect_in cmdline "$(section "kernel command line")" 'root=UUID=geheim'
	expect_in cmdline "$(section "kernel command line")" 'pass="geheim geheim" video=efifb:off -- geheim'
}

# secret_lines: lines of the machine, each secret between « and »
secret_lines() {
	sed 's/^\t*//' <<-'EOF'
		uuid «f81d4fae-7dec-11d0-a765-00a0c91e6bf6», LUKS-«F81D4FAE-7dec-11d0-a765-00a0c91e6bf6»
		machine id «4c4c4544004d5910804ab7c04f4b3332» and UUID=«ABCD-1234»
		MAC «52:54:00:AB:cd:ef» («52-54-00-12-34-56»), «5254.00ab.cdef», «525400abcdef» on «enx525400abcdef»
		PXE «01-52-54-00-12-34-56»; IPoIB «80:00:02:08:fe:80:00:00:00:00:00:00:24:8a:07:03:00:a7:2e:7e»
		ip «192.168.17.3», «10.0.0.0»/8, «10.1.2.3»:2049, [«10.1.2.4»]
		ip «fe80::5054:ff:fe12:3456»%eth0 «2001:db8:1:2:3:4:5:6» «2001:db8::»/32 «::ffff:10.1.2.3» «64:ff9b::10.1.2.3» «fe80::»
		on «annas-pc», «Annas-PC»: («annas-pc»=«x») user «anna» has «/home/anna/images»
		«anna@example.org» and «root@annas-pc», «storage.example.org» is at «https://example.org/x»?token=«abc»
		nfs «10.0.0.1:/export», «server:/export/images», «//server/share», «~anna/x»
		Serial: «S4EWNX0R», SerialNumber=«S4EWNX0R», serial number: «S4EWNX0R», Serial No. «#S4EWNX0R», S/N: «ABCDEFGH»
		SerialNumber «ABCDEFGH», serial «123456», serial number «ABCDEFGH»; serial = «ABCDEFGH»
		«wwn-0x5002538e40a1b2c3» «wwn-0x5002538e40a1b2c30011223344556677» «eui.0025385b71b012a5» «naa.6001405abcdef0123456789abcdef012»
		/dev/disk/by-id/«nvme-Samsung_SSD_980_S4EWNX0R123456» /dev/disk/by-label/«anna» /dev/mapper/«anna--vg-root»
		«iqn.2001-04.org.example:storage.disk2» «nqn.2014-08.org.nvmexpress:uuid:f81d4fae» x
		disk «S4EWNX0R» is «S4EWNX0R123456»
		token=«abc» password=«geheim» Key: «geheim» psk=«"geheim geheim"» passphrase «'geheim'» x
		wifi ssid «"Anna's net"» SSID «Homenet» ssid=«Homenet» bssid: «52:54:00:AB:cd:ef»
		wireguard «yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=» key: «yAnz»
		mount -t cifs username=«anna,password=geheim» user: «otto» host: «filer» login: «otto»
		rd.iscsi.initiator=«iqn.1994-05.com.redhat:x» netroot=«iscsi:user:geheim@10.0.0.5::3260::iqn.x:y»
		serial «123», customer id «99887766554» at «/srv/customers/acme»
	EOF
}

# harmless_lines: lines that a reader of a report needs as they are
harmless_lines() {
	sed 's/^\t*//' <<-'EOF'
		0000:02:00.0: claimed by vfio-pci (rd.vfio.claim=0000:02:00.0/00.0@10de:1e07:3842:2487:030000:ff0000)
		0000:02:00.0: left alone: this system needs it for /,swap (rd.vfio.claim=10de:*:*:*:030000:ff0000)
		rd.vfio.claim=02:00.q: ignored: a slot is [DDDD:]BB:DD.F
		10000:e1:00.0 14:1e:07 00:01.0/00.0 hannas-pcs
		0000:02:00.0: not claimed: loading vfio-pci: modprobe ended with status 1
		[    1.234567] vfio-pci 0000:01:00.0: vgaarb: VGA decodes changed: olddecodes=io+mem,decodes=io+mem:owns=none
		DMAR: DRHD base: 0x000000fed90000 flags: 0x0
		DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c40660462 ecap f050da
		DMAR: RMRR base: 0x0000004b800000 end: 0x0000004fffffff
		DMAR: Intel(R) Virtualization Technology for Directed I/O
		DMAR-IR: IOAPIC id 2 under DRHD base  0xfed91000 IOMMU 1
		AMD-Vi: Extended features (0x206d73ef22254ade, 0x0): PPR X2APIC NX GT IA GA PC GA_vAPIC
		AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfffffffdf8000000 flags=0x0020]
		iommu: Default domain type: Translated (set via kernel command line)
		pci 0000:01:00.0: Adding to iommu group 14
		vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xc0000000-0xcfffffff 64bit pref]
		vfio_pci: add [10de:1e07[ffffffff:ffffffff]] class 0x000000/00000000
		[drm] Initialized i915 1.6.0 20201103 for 0000:00:02.0 on minor 0
		amdgpu 0000:03:00.0: amdgpu: VRAM: 8176M 0x0000008000000000 - 0x00000081FEFFFFFF (8176M used)
		nvidia-modeset: Loading NVIDIA Kernel Mode Setting Driver for UNIX platforms  535.183.01
		simple-framebuffer simple-framebuffer.0: framebuffer at 0xe0000000, 0x300000 bytes, mode=1024x768x32
		usr/lib/modules/6.1.0-13-amd64/kernel/drivers/vfio/pci/vfio-pci-core.ko.zst
		/boot/initrd.img-5.14.0-427.13.1.el9_4.x86_64 /usr/lib/vfio-claim/vfio-claim-boot
		options vfio-pci ids=10de:1e07,10de:10f7 disable_vga=1 enable_sriov=1
		softdep nouveau pre: vfio-pci
		blacklist snd_hda_intel
		claim = 02:00.*
		timeout = 10
	EOF
}

@test "no secret survives anywhere, and with --full every one does" {
	local file secrets
	echo 'anna:x:1000:1000:Anna:/home/anna:/bin/bash' >"$ROOT/etc/passwd"
	secret_lines | tr -d '«»' >"$ROOT/run/vfio-claim/late"
	for file in dev/kmsg run/vfio-claim/boot etc/vfio-claim.conf etc/modprobe.d/a.conf; do
		sed 's/^/vfio: /' "$ROOT/run/vfio-claim/late" >"$ROOT/$file"
	done
	report
	expect status "$status" 0
	secrets=$(secret_lines | grep -o '«[^»]*»' | tr -d '«»' | sort -u)
	[ "$(grep -c . <<<"$secrets")" -gt 50 ]
	# Everything but the lines as they are without their secrets.
	section "devices that appeared later" >"$BATS_TEST_TMPDIR/late"
	expect lines "$(grep -c . "$BATS_TEST_TMPDIR/late")" "$(secret_lines | grep -c .)"
	expect "what is left of them" "$(sed 's/<[a-z]*-[0-9]*>/*/g' "$BATS_TEST_TMPDIR/late")" \
		"$(secret_lines | sed 's/«[^»]*»/*/g')"
	for file in dev/kmsg run/vfio-claim/boot etc/vfio-claim.conf etc/modprobe.d/a.conf; do
		expect "lines of $file" "$(grep -cE 'vfio: uuid <uuid-[0-9]+>, LUKS-<uuid-[0-9]+>$' <<<"$output")" 4
	done
	report --full
	expect all "$(section "devices that appeared later")" "$(cat "$ROOT/run/vfio-claim/late")"
}

@test "what a reader needs stays as it is" {
	echo 'vfio:x:1000:1000::/home/vfio:/bin/sh' >"$ROOT/etc/passwd"
	harmless_lines >"$ROOT/run/vfio-claim/late"
	report
	expect lines "$(section "devices that appeared later")" "$(harmless_lines)"
}

@test "the same secret has the same mask, however it is written; another one has another" {
	printf '%s\n' 'at 52:54:00:ab:cd:ef' 'at 5254.00AB.CDEF' 'at enx525400abcdef' 'at 52:54:00:ab:cd:ee' \
		'on annas-pc' 'on ANNAS-PC' >"$ROOT/run/vfio-claim/late"
	report
	expect masks "$(section "devices that appeared later" | sed 's/.* //' | awk '!n[$0] { n[$0] = ++c } { printf "%s ", n[$0] }')" \
		"1 1 1 2 3 3 "
}

@test "what a line would do to a terminal it does not, with --full neither" {
	local option
	printf 'vfio: a\033[2Jb\tc\377d\n' >"$ROOT/dev/kmsg"
	tree_cmdline $'rd.vfio.claim=\033[2J'
	ln -s $'../../../../bus/pci/drivers/x\033[2J' "$PCI/devices/0000:02:00.0/driver"
	for option in --sysroot="$ROOT" --full; do
		report "$option"
		expect_in log "$(section "kernel log")" 'vfio: a\x1b[2Jb\x09c\xffd'
		expect_in cmdline "$(section "kernel command line")" 'rd.vfio.claim=\x1b[2J'
		expect_in devices "$(section "PCI devices")" 'driver x\x1b[2J '
		expect_not_in report "$output" $'\033'
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
	expect log "$(section "kernel log" | sed 's/-[0-9]*>/>/')" $'vfio: on <host>\nvfio: on <host>:\nvfio: on annas'
	# A name that is none.
	echo .x >"$ROOT/proc/sys/kernel/hostname"
	report
	expect log "$(section "kernel log" | sed -n 2p)" 'vfio: on anna:'
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
	expect boot "$(section "report of the boot")" "none: no devices requested, or the image has no vfio-claim"
	run --separate-stderr "$VFIO_CLAIM" report x
	expect status "$status" 2
	run --separate-stderr "$VFIO_CLAIM" report --help
	expect status "$status" 0
	expect "long lines" "$(awk 'length > 80' <<<"$output")" ""
}
