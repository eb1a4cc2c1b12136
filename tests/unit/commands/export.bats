#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim export, on sysfs trees made here; its output is read by libvirt's schema, QEMU and jq.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
load ../tree
load ../system

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
	mkdir -p "$ROOT/usr/share/misc" "$ROOT/usr/share/hwdata"
	printf '%s\n' '10de  NVIDIA' $'\t1e07  TU102' $'\t10f7  Audio--Controller-' \
		'C 03  Display controller' $'\t00  VGA compatible controller' |
		tee "$ROOT/usr/share/misc/pci.ids" >"$ROOT/usr/share/hwdata/pci.ids"
	card 0000:02:00 vfio-pci
	tree_group 14 0000:02:00.0 0000:02:00.1
	tree_device 0000:00:01.0 8086:1901 060400 pcieport
	tree_names 0000:00:01.0
	tree_device 0000:03:00.0 144d:a808 010802 vfio-pci
	tree_names 0000:03:00.0
}

# card BUS:DEVICE DRIVER: a graphics card with sound
card() {
	tree_device "$1.0" 10de:1e07 030000 "$2"
	tree_device "$1.1" 10de:10f7 040300 "$2"
	tree_names "$1.0"
	tree_names "$1.1"
}

# export_as FORMAT ARG...
export_as() {
	# shellcheck disable=SC2086 # a wrapper is several words
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" export \
		--format "$@"
}

# done_quietly, refused: exit status 0 and no word; exit status 1 and no output
done_quietly() {
	expect status "$status" 0 && expect stderr "$stderr" ""
}
refused() {
	expect status "$status" 1 && expect output "$output" "" && expect_in stderr "$stderr" "$1"
}

# valid: libvirt's own schema takes the output for devices of a domain
valid() {
	printf '<domain type="kvm"><name>x</name><memory>1</memory><os><type>hvm</type></os><devices>%s</devices></domain>' \
		"$output" >"$BATS_TEST_TMPDIR/domain.xml"
	virt-xml-validate "$BATS_TEST_TMPDIR/domain.xml" domain
}

# guest_address BUS SLOT FUNCTION ATTRIBUTE: an attribute of the guest's address of this function
guest_address() {
	xmllint --xpath "string(//hostdev[source/address[@bus='0x$1' and @slot='0x$2' and @function='0x$3']]/address/@$4)" \
		"$BATS_TEST_TMPDIR/domain.xml"
}

@test "libvirt: the functions of a card share a slot of the guest, the first says so" {
	export_as libvirt '02:00.*'
	done_quietly
	[ "$output" = "\
<!-- 0000:02:00.0 VGA compatible controller [0300]: NVIDIA TU102 [10de:1e07] -->
<hostdev mode='subsystem' type='pci' managed='no'>
  <source>
    <address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
  </source>
  <address type='pci' domain='0x0000' bus='0x0f' slot='0x00' function='0x0' multifunction='on'/>
</hostdev>
<!-- 0000:02:00.1 Class [0403]: NVIDIA Audio- -Controller- [10de:10f7] -->
<hostdev mode='subsystem' type='pci' managed='no'>
  <source>
    <address domain='0x0000' bus='0x02' slot='0x00' function='0x1'/>
  </source>
  <address type='pci' domain='0x0000' bus='0x0f' slot='0x00' function='0x1'/>
</hostdev>" ]
	valid
}

@test "libvirt: a function alone is left for libvirt to place, as virsh attach-device wants it" {
	export_as libvirt 03:00.0
	done_quietly
	valid
	expect "guest address" "$(guest_address 03 00 0 bus)" ""
	expect elements "$(grep -c '<address' <<<"$output")" 1
}

@test "libvirt: without its function 0 nothing of a card shares a slot" {
	tree_device 0000:02:00.2 10de:1ad6 0c0330 vfio-pci
	tree_names 0000:02:00.2
	export_as libvirt 02:00.1 02:00.2
	expect status "$status" 0
	valid
	expect_not_in output "$output" "type='pci' domain"
}

@test "libvirt: each card has a bus of its own, from --bus on; devices alone take none" {
	card 0000:04:00 vfio-pci
	export_as libvirt --bus 7 '02:00.*' 03:00.0 '04:00.*'
	done_quietly
	valid
	expect buses "$(for at in '02 00 0' '02 00 1' '03 00 0' '04 00 0' '04 00 1'; do
		# shellcheck disable=SC2086 # three words
		echo "$(guest_address $at bus)"
	done | paste -sd' ')" "0x07 0x07  0x08 0x08"
	expect multifunction "$(grep -c "multifunction='on'" <<<"$output")" 2
	expect "of the sound" "$(guest_address 04 00 1 multifunction)" ""
	export_as libvirt --bus 255 '02:00.*' '04:00.*'
	refused "255 is the last"
}

@test "libvirt: virtual functions side by side are devices of their own" {
	local slot
	tree_device 0000:05:00.0 8086:1572 020000 i40e
	tree_names 0000:05:00.0
	for slot in 0000:05:10.{0,1}; do
		tree_device "$slot" 8086:154c 020000 vfio-pci
		tree_names "$slot"
		ln -s ../0000:05:00.0 "$PCI/devices/$slot/physfn"
	done
	export_as libvirt '05:10.*'
	done_quietly
	valid
	expect_not_in output "$output" multifunction
}

@test "libvirt: --managed; domains beyond 16 bits; the firmware's display" {
	tree_device 10000:e1:1f.7 8086:0a54 030000 nouveau
	tree_names 10000:e1:1f.7
	echo 1 >"$PCI/devices/10000:e1:1f.7/boot_vga"
	export_as libvirt --managed 10000:e1:1f.7
	done_quietly
	valid
	expect_in output "$output" "managed='yes'"
	expect_in output "$output" "<address domain='0x10000' bus='0xe1' slot='0x1f' function='0x7'/>"
	expect_in output "$output" "The firmware's display"
	export_as libvirt '02:00.*'
	expect_not_in output "$output" "firmware"
}

# q35 DEVICES...: the XML of a domain, with a root port for each of the buses 1 to 4 and a device on 1 and 3
q35() {
	local bus
	cat <<-END
		<!-- <controller type='pci' index='9' model='pcie-root-port'/> -->
		<domain type='kvm'>
		  <name>win11</name>
		  <metadata><x:a xmlns:x='http://x/'><address type='pci' bus='0x02' slot='0x00'/></x:a></metadata>
		  <memory>1</memory>
		  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
		  <devices>
		    <controller type='pci' index='0' model='pcie-root'/>
	END
	for bus in 1 2 3 4; do
		echo "<controller type='pci' index='$bus' model='pcie-root-port'>" \
			"<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x$bus'/></controller>"
	done
	cat <<-END
		    <controller type='usb' index='0' model='qemu-xhci'><address type='pci' bus='0x01' slot='0x00' function='0x0'/></controller>
		    <memballoon model='virtio'><address type='pci' bus="3" slot='0x00' function='0x0'/></memballoon>
		$*
		  </devices>
		</domain>
	END
}

# in_domain BUS SLOT FUNCTION ATTRIBUTE...: the output among the devices of $BATS_TEST_TMPDIR/win11.xml is a domain for
# libvirt's schema; prints these attributes of the guest's address of this function
in_domain() {
	local at
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/hostdevs"
	awk -v hostdevs="$BATS_TEST_TMPDIR/hostdevs" '
		/<\/devices>/ { while ((getline line <hostdevs) > 0) print line }
		{ print }' "$BATS_TEST_TMPDIR/win11.xml" >"$BATS_TEST_TMPDIR/domain.xml"
	virt-xml-validate "$BATS_TEST_TMPDIR/domain.xml" domain >&2
	for at in "${@:4}"; do guest_address "$1" "$2" "$3" "$at"; done | paste -sd' '
}

@test "libvirt: --domain puts cards behind the root ports that are free there, then on the next buses" {
	card 0000:04:00 vfio-pci
	card 0000:05:00 vfio-pci
	q35 >"$BATS_TEST_TMPDIR/win11.xml"
	export_as libvirt --domain "$BATS_TEST_TMPDIR/win11.xml" '02:00.*' 03:00.0 '04:00.*' '05:00.*'
	done_quietly
	expect first "$(in_domain 02 00 0 bus slot multifunction)" "0x02 0x00 on"
	expect "its sound" "$(in_domain 02 00 1 bus slot function)" "0x02 0x00 0x1"
	expect second "$(in_domain 04 00 0 bus)" 0x04
	expect third "$(in_domain 05 00 0 bus)" 0x05
	expect "a function alone" "$(in_domain 03 00 0 bus)" ""
}

@test "libvirt: --domain knows what the machine has already, and a machine of type pc" {
	q35 "<hostdev mode='subsystem' type='pci'><source><address domain='0x0' bus='2' slot='0x00' function='0x1'/></source>" \
		"<address type='pci' bus='0x02' slot='0x00' function='0x0'/></hostdev>" \
		"<interface type='hostdev'><source><address type='pci' domain='0x0' bus='0x04' slot='0x00' function='0x0'/></source></interface>" \
		>"$BATS_TEST_TMPDIR/win11.xml"
	export_as libvirt --domain "$BATS_TEST_TMPDIR/win11.xml" '02:00.*'
	expect status "$status" 0
	expect place "$(in_domain 02 00 0 bus)" 0x04
	expect warning "$stderr" "vfio-claim: warning: the virtual machine has 0000:02:00.1 already: replace its <hostdev> there"
	# The host's address of a USB device, and one in a disk's source, are none.
	q35 "<hostdev mode='subsystem' type='usb'><source><address bus='2' device='0'/></source></hostdev>" >"$BATS_TEST_TMPDIR/win11.xml"
	export_as libvirt --domain "$BATS_TEST_TMPDIR/win11.xml" '02:00.*'
	done_quietly
	sed -e 's/pc-q35-7.2/pc-i440fx-7.2/' -e "/type='pci' index=/d" -e "s/bus=.\(0x01\|3\). slot='0x00'/bus='0x00' slot='0x03'/" \
		"$BATS_TEST_TMPDIR/win11.xml" >"$BATS_TEST_TMPDIR/pc.xml"
	mv "$BATS_TEST_TMPDIR/pc.xml" "$BATS_TEST_TMPDIR/win11.xml"
	export_as libvirt --domain "$BATS_TEST_TMPDIR/win11.xml" '02:00.*'
	done_quietly
	expect "a slot of bus 0" "$(in_domain 02 00 1 bus slot function)" "0x00 0x04 0x1"
}

@test "libvirt: a domain without room, one that is none, and one that virsh does not know" {
	q35 "<controller type='pci' index='255' model='pcie-root-port'/>" \
		"<memballoon><address type='pci' bus='0x02' slot='0x00'/></memballoon>" \
		"<memballoon><address type='pci' bus='0x04' slot='0x00'/></memballoon>" >"$BATS_TEST_TMPDIR/full.xml"
	export_as libvirt --domain "$BATS_TEST_TMPDIR/full.xml" '02:00.*'
	expect status "$status" 0
	expect_in "the last" "$output" "bus='0xff'"
	card 0000:04:00 vfio-pci
	export_as libvirt --domain "$BATS_TEST_TMPDIR/full.xml" '02:00.*' '04:00.*'
	refused "full.xml has no place for 2 more cards"
	for text in '' 'no XML' '<domain' '<domain>' '<network/>' '<domain><!-- ' "<domain a='" '</domain>' '<a/><domain/>'; do
		echo "$text" >"$BATS_TEST_TMPDIR/none.xml"
		export_as libvirt --domain "$BATS_TEST_TMPDIR/none.xml" '02:00.*'
		refused "none.xml is not the XML of a libvirt domain"
	done
	export_as libvirt --domain ./nothing '02:00.*'
	refused "cannot read ./nothing: No such file or directory"
	export_as libvirt --domain win11 '02:00.*'
	refused "virsh is not installed"
}

@test "libvirt: --domain NAME asks virsh for what virsh edit changes" {
	q35 >"$BATS_TEST_TMPDIR/win11.xml"
	[ "$(id -u)" = 0 ] || skip "only root can use chroot(2)"
	system_programs sh cat
	cp "$BATS_TEST_TMPDIR/win11.xml" "$ROOT/win11.xml"
	tool /usr/bin/virsh <<-'END'
		echo "$*" >/virsh.log
		# virshLookupDomainInternal(): by ID, by UUID, by name
		case $7 in
			1 | 4dea22b3-1d52-d8f3-2516-782e98ab3fa0 | win11) cat /win11.xml ;;
			"a&b's <win>") cat /more.xml ;;
			*)
				echo "error: failed to get domain '$7'" >&2
				exit 1
				;;
		esac
	END
	export_as libvirt --domain win11 '02:00.*'
	done_quietly
	expect place "$(in_domain 02 00 0 bus)" 0x02
	expect call "$(cat "$ROOT/virsh.log")" "--connect qemu:///system --readonly dumpxml --inactive --domain win11"
	export_as libvirt --domain win12 '02:00.*'
	refused "failed to get domain 'win12'"
	# A machine may have the name 1, but virsh would show that with the ID 1.
	for name in 1 4dea22b3-1d52-d8f3-2516-782e98ab3fa0; do
		export_as libvirt --domain "$name" '02:00.*'
		refused "virsh takes '$name' for the ID or UUID of the virtual machine 'win11': give its name, or the path of a file"
	done
	sed 's|<name>.*|<name>a\&amp;b\&apos;s \&lt;win\&gt;</name>|' "$BATS_TEST_TMPDIR/win11.xml" >"$ROOT/more.xml"
	export_as libvirt --domain "a&b's <win>" '02:00.*'
	done_quietly
	# The name of something else in it.
	sed -i 's|<name>.*|<title/><x><name>win11</name></x>|' "$ROOT/win11.xml"
	export_as libvirt --domain win11 '02:00.*'
	refused "virsh takes 'win11' for the ID or UUID of the virtual machine ''"
}

# knows DEVICE: QEMU knows every property of this device in the output
knows() {
	local properties property
	# Every device has these two.
	properties=$(printf '  %s=\n' id bus)$'\n'
	properties+=$(qemu-system-x86_64 -device "$1,help")
	for property in $(grep -o -- "-device $1,.*" <<<"$output" | tr , '\n' | grep -o '^[a-z_-]*=' | sort -u); do
		grep -q "^  $property" <<<"$properties" || {
			echo "$1 has no $property"
			return 1
		}
	done
}

# in_qemu: starts QEMU with a device of its own in place of each of the host's; prints its devices
in_qemu() {
	local arguments
	arguments=$(sed 's/vfio-pci,\(host\|sysfsdev\)=[^,]*/pci-testdev/' <<<"$output")
	# shellcheck disable=SC2086 # as a shell takes them
	printf 'info qtree\nquit\n' | timeout 60 qemu-system-x86_64 -machine q35 -nodefaults -display none -S \
		-monitor stdio $arguments
}

@test "qemu: a root port for each card, its functions in one slot" {
	export_as qemu '02:00.*' 03:00.0
	done_quietly
	[ "$output" = "\
-device pcie-root-port,id=vfio-port0,bus=pcie.0,chassis=100,slot=0
-device vfio-pci,host=0000:02:00.0,bus=vfio-port0,addr=00.0,multifunction=on
-device vfio-pci,host=0000:02:00.1,bus=vfio-port0,addr=00.1
-device pcie-root-port,id=vfio-port1,bus=pcie.0,chassis=100,slot=1
-device vfio-pci,host=0000:03:00.0,bus=vfio-port1,addr=00.0" ]
}

@test "qemu: it knows every property, and its machine starts so" {
	tree_device 10000:e1:1f.7 8086:0a54 010802 vfio-pci
	tree_names 10000:e1:1f.7
	export_as qemu '02:00.*' 02:00.1 03:00.0 10000:e1:1f.7
	done_quietly
	expect_in output "$output" "vfio-pci,sysfsdev=/sys/bus/pci/devices/10000:e1:1f.7,"
	knows vfio-pci
	knows pcie-root-port
	run in_qemu
	output=${output//$'\r'/}
	expect status "$status" 0
	expect places "$(grep -A9 'dev: pci-testdev' <<<"$output" | grep -o 'addr = .*' | sort | paste -sd' ')" \
		"addr = 00.0 addr = 00.0 addr = 00.0 addr = 00.1"
}

@test "qemu: --iommufd, one object for all devices, and kernels without it" {
	local slot
	for slot in 0000:02:00.0 0000:02:00.1; do
		mkdir -p "$PCI/devices/$slot/vfio-dev/vfio0"
		echo 511:0 >"$PCI/devices/$slot/vfio-dev/vfio0/dev"
	done
	export_as qemu --iommufd '02:00.*'
	done_quietly
	[ "$output" = "\
-object iommufd,id=vfio-iommufd
-device pcie-root-port,id=vfio-port0,bus=pcie.0,chassis=100,slot=0
-device vfio-pci,host=0000:02:00.0,iommufd=vfio-iommufd,bus=vfio-port0,addr=00.0,multifunction=on
-device vfio-pci,host=0000:02:00.1,iommufd=vfio-iommufd,bus=vfio-port0,addr=00.1" ]
	# A kernel without CONFIG_VFIO_DEVICE_CDEV has the directory, but no number in it.
	rm "$PCI/devices/0000:02:00.1/vfio-dev/vfio0/dev"
	export_as qemu --iommufd '02:00.*'
	expect warning "$stderr" "vfio-claim: warning: 0000:02:00.1 has no file in /dev/vfio/devices: --iommufd needs a kernel with CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV, Linux 6.6 or later"
	export_as qemu '02:00.*'
	done_quietly
	expect_not_in output "$output" iommufd
}

@test "qemu: one that has iommufd knows these arguments" {
	qemu-system-x86_64 -object help | grep -qw iommufd ||
		skip "this QEMU is older than 9.0"
	export_as qemu --iommufd '02:00.*'
	knows vfio-pci
}

# json NAME: the values of the lines "NAME = ...", which must be JSON; spec NAME FILTER: one value of each
json() {
	sed -n "s/^$1 = //p" <<<"$output"
}
spec() {
	json "$1" | jq -r "$2" | paste -sd' '
}

# a machine with an SR-IOV device and one of its functions
with_sriov() {
	tree_device 0000:05:00.0 8086:1572 020000 vfio-pci
	tree_device 0000:05:10.0 8086:154c 020000 vfio-pci
	tree_names 0000:05:00.0
	tree_names 0000:05:10.0
	echo 64 >"$PCI/devices/0000:05:00.0/sriov_totalvfs"
	ln -s ../0000:05:00.0 "$PCI/devices/0000:05:10.0/physfn"
}

@test "nova: by address, the ID as a guard; the kinds of devices as libvirt sees them" {
	with_sriov
	echo 0 >"$PCI/devices/0000:03:00.0/sriov_totalvfs"
	export_as nova 03:00.0 05:00.0 05:10.0
	done_quietly
	expect section "$(grep -c '^\[pci\]$' <<<"$output")" 1
	expect addresses "$(spec device_spec .address)" "0000:03:00.0 0000:05:00.0 0000:05:10.0"
	expect IDs "$(spec device_spec '.vendor_id + ":" + .product_id')" "144d:a808 8086:1572 8086:154c"
	expect types "$(spec alias .device_type)" "type-PCI type-PF type-VF"
	expect aliases "$(spec alias '.vendor_id + ":" + .product_id')" "144d:a808 8086:1572 8086:154c"
	expect names "$(spec alias .name)" "pci-144d-a808 pf-8086-1572 vf-8086-154c"
}

@test "nova: what it takes, key by key" {
	with_sriov
	export_as nova 03:00.0 05:00.0 05:10.0
	# The schema of an alias in nova/pci/request.py, and what nova/pci/devspec.py takes.
	expect "alias keys" "$(json alias | jq -r 'keys | join(" ")' | sort -u)" \
		"device_type name product_id vendor_id"
	expect "spec keys" "$(json device_spec | jq -r 'keys | join(" ")' | sort -u)" \
		"address managed product_id vendor_id"
	expect managed "$(spec device_spec .managed)" "no no no"
	for what in device_spec alias; do
		expect "$what IDs" "$(json $what | jq 'select(([.vendor_id, .product_id] | all(test("^[0-9a-f]{4}$"))) | not)')" ""
	done
	# Every other line is a comment or the section.
	expect rest "$(grep -v -e '^#' -e '^device_spec = ' -e '^alias = ' <<<"$output")" "[pci]"
}

@test "nova: --managed leaves devices to libvirt, and the file does not speak of it" {
	export_as nova --managed 03:00.0
	done_quietly
	expect managed "$(spec device_spec .managed)" null
	expect_not_in output "$output" '"managed"'
	export_as nova 03:00.0
	expect_in output "$output" "(2025.1); older releases ignore it"
}

@test "nova: one flavor asks for all aliases" {
	export_as nova '02:00.*' 03:00.0
	done_quietly
	expect flavor "$(sed -n 's/^# openstack flavor set FLAVOR --property //p' <<<"$output")" \
		"pci_passthrough:alias=pci-10de-1e07:1,pci-10de-10f7:1,pci-144d-a808:1"
	card 0000:04:00 vfio-pci
	export_as nova '02:00.*' '04:00.*'
	expect flavor "$(sed -n 's/^# openstack flavor set FLAVOR --property //p' <<<"$output")" \
		"pci_passthrough:alias=pci-10de-1e07:2,pci-10de-10f7:2"
	expect note "$stderr" "vfio-claim: note: there are several cards of one kind, and nova chooses each function by itself: a virtual machine may get functions of different cards, and then no other can have the rest of them"
	# Every alias that the flavor asks for is defined.
	expect aliases "$(spec alias .name)" "pci-10de-1e07 pci-10de-10f7"
}

@test "nova: by ID, each once, and who else is meant by it" {
	card 0000:04:00 nouveau
	export_as nova --by id '02:00.*'
	expect status "$status" 0
	expect specs "$(spec device_spec '.vendor_id + ":" + .product_id')" "10de:1e07 10de:10f7"
	expect addresses "$(spec device_spec .address)" "null null"
	expect warnings "$stderr" "\
vfio-claim: warning: 0000:04:00.0 has an ID that is exported: nova will hand it out as well; to prevent that, use --by address
vfio-claim: warning: 0000:04:00.1 has an ID that is exported: nova will hand it out as well; to prevent that, use --by address"
	export_as nova --by id 10de:1e07
	expect specs "$(spec device_spec .product_id)" 1e07
	expect_not_in stderr "$stderr" "hand it out"
	export_as nova --by address 10de:1e07
	expect specs "$(spec device_spec .address)" "0000:02:00.0 0000:04:00.0"
	expect aliases "$(spec alias .name)" "pci-10de-1e07"
	expect_not_in stderr "$stderr" "hand it out"
}

@test "nova: a domain that it does not take is left out and said" {
	tree_device 10000:e1:1f.7 8086:0a54 010802 vfio-pci
	tree_names 10000:e1:1f.7
	export_as nova 03:00.0 10000:e1:1f.7
	expect status "$status" 0
	expect specs "$(spec device_spec .address)" "0000:03:00.0"
	expect aliases "$(spec alias .name)" "pci-144d-a808"
	expect stderr "$stderr" "vfio-claim: warning: 10000:e1:1f.7 is left out: nova takes no device in a domain beyond ffff"
	# The first of its kind is left out, the second is not.
	tree_device 10000:00:1f.7 144d:a808 010802 vfio-pci
	tree_device 10000:e2:00.0 10de:1e07 030000 vfio-pci
	tree_names 10000:00:1f.7
	tree_names 10000:e2:00.0
	rm -r "$PCI/devices/0000:03:00.0"
	tree_device ffff:03:00.0 144d:a808 010802 vfio-pci
	tree_names ffff:03:00.0
	for format in nova incus kubevirt; do
		export_as "$format" 144d:a808
		expect status "$status" 0
		expect_in "$format" "$output" "144d"
		expect_in stderr "$stderr" "10000:00:1f.7 is left out"
		export_as "$format" 10000:e2:00.0 10000:e1:1f.7
		refused "nothing to export: these are all in PCI domains beyond ffff"
	done
}

@test "the neighbours of a group that would stop the machine, and those that would not" {
	tree_device 0000:02:00.2 10de:1ad6 0c0330 xhci_hcd
	tree_device 0000:02:00.3 10de:1ad7 0c8000
	tree_names 0000:02:00.2
	tree_names 0000:02:00.3
	tree_group 14 0000:00:01.0 0000:02:00.{0,1,2,3}
	export_as libvirt 02:00.0
	expect status "$status" 0
	[ "$stderr" = "\
vfio-claim: warning: 0000:02:00.2 shares IOMMU group 14 with these and is not among them: while its driver xhci_hcd has it, no virtual machine can have any of them
vfio-claim: note: 0000:02:00.1 (vfio-pci), 0000:02:00.3 share IOMMU group 14 with these and are not among them: no other virtual machine can have them while one has these" ]
}

@test "what is not with vfio-pci now is said, unless libvirt takes it itself" {
	tree_device 0000:06:00.0 1af4:1044 00ff00 mlx5_vfio_pci
	tree_device 0000:07:00.0 1af4:1044 00ff00 virtio-pci
	tree_device 0000:08:00.0 1af4:1044 00ff00
	for slot in 0000:0{6,7,8}:00.0; do tree_names $slot; done
	export_as qemu 06:00.0 07:00.0 08:00.0
	expect status "$status" 0
	expect warnings "${#stderr_lines[@]}" 2
	expect_in stderr "${stderr_lines[0]}" "warning: 0000:07:00.0 is bound to virtio-pci now"
	expect_in stderr "${stderr_lines[1]}" "warning: 0000:08:00.0 has no driver now"
	export_as libvirt --managed 07:00.0 08:00.0
	done_quietly
	# One message for each fact, about all devices of which it is true.
	tree_device 0000:09:00.0 1af4:1044 00ff00 igb
	tree_device 0000:0a:00.0 1af4:1044 00ff00
	for slot in 0000:0{9,a}:00.0; do tree_names $slot; done
	export_as qemu 06:00.0 07:00.0 08:00.0 09:00.0 0a:00.0
	expect warnings "$stderr" "\
vfio-claim: warning: 0000:07:00.0 (virtio-pci), 0000:09:00.0 (igb) are not bound to vfio-pci now: claim them before a virtual machine can have them
vfio-claim: warning: 0000:08:00.0, 0000:0a:00.0 have no driver now: claim them before a virtual machine can have them"
	export_as proxmox 07:00.0 08:00.0
	expect warnings "$stderr" "vfio-claim: warning: 0000:07:00.0 (virtio-pci), 0000:08:00.0 are not on vfio-pci now: Proxmox VE would bind them when the virtual machine starts, and with them every device with the same ID that has no driver; claim them first"
	export_as nova 07:00.0
	expect_in stderr "$stderr" "is bound to virtio-pci"
	export_as nova --managed 07:00.0
	done_quietly
}

@test "an SR-IOV device with virtual functions enabled, and memory of the firmware's: said, but exported" {
	echo 2 >"$PCI/devices/0000:03:00.0/sriov_numvfs"
	echo '0x0000000000001000 0x0000000000001fff direct' >"$ROOT/sys/kernel/iommu_groups/0000:03:00.0/reserved_regions"
	export_as qemu 03:00.0
	expect status "$status" 0
	expect_in output "$output" 0000:03:00.0
	expect_in stderr "${stderr_lines[0]}" "has its virtual functions enabled"
	expect_in stderr "${stderr_lines[1]}" "has reserved memory for it"
}

@test "without an IOMMU it is written all the same: the machine may be another's" {
	rm -r "$ROOT/sys/class/iommu/dmar0"
	rm "$PCI"/devices/*/iommu_group
	export_as qemu 03:00.0
	done_quietly
	expect_in output "$output" 0000:03:00.0
}

@test "bridges: never one that is named, silently none that a wildcard names" {
	export_as qemu 00:01.0
	refused "0000:00:01.0: it is a bridge"
	export_as qemu 00:01.0 03:00.0
	refused "0000:00:01.0: it is a bridge"
	export_as qemu '00:01.*'
	refused "nothing to export: these are all bridges"
	export_as qemu '00:01.*' 03:00.0
	done_quietly
	expect_not_in output "$output" 0000:00:01.0
}

@test "selectors: paths, guards, IDs, lists; one that names nothing spoils all" {
	for selector in 0000:03:00.0 03:00.0@144d:a808 144d:a808 144d:a808:1af4:1100:010802 03:00.0,03:00.0; do
		export_as nova "$selector"
		done_quietly
		expect "$selector" "$(spec device_spec .address)" 0000:03:00.0
	done
	tree_device 0000:09:00.0 144d:a809 010802 vfio-pci 0000:00:01.0
	ln -sfn "../../../devices/pci0000:00/0000:00:01.0/0000:09:00.0" "$PCI/devices/0000:09:00.0"
	tree_names 0000:09:00.0
	export_as nova 00:01.0/00.0
	expect path "$(spec device_spec .address)" 0000:09:00.0
	export_as nova 03:00.0@144d:a809
	refused "0000:03:00.0: it is not the device that 03:00.0@144d:a809 asks for"
	echo nonsense >"$PCI/devices/0000:02:00.1/modalias"
	export_as nova '02:00.*'
	refused "0000:02:00.1: its ID cannot be read"
	export_as nova 03:00.0 aa:00.0
	refused "vfio-claim: aa:00.0: no such device"
}

@test "usage" {
	wrong() {
		run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" export "${@:2}"
		expect status "$status" 2 && expect output "$output" "" &&
			expect stderr "$stderr" "vfio-claim: export: $1; see 'vfio-claim export --help'"
	}
	wrong "--format libvirt, qemu, nova, proxmox, incus or kubevirt is missing" 03:00.0
	wrong "--format is libvirt, qemu, nova, proxmox, incus or kubevirt, not 'xen'" --format xen 03:00.0
	wrong "--bus and --domain cannot be used together" --format libvirt --bus 3 --domain x 03:00.0
	wrong "no device was named" --format qemu
	wrong "',' is not a selector" --format qemu ,
	wrong "'' is not a selector" --format qemu ''
	wrong "'03:00.0\\x0aforce = x' is not a selector: it has a blank or a quote in it" --format qemu '03:00.0
force = x'
	wrong "'--by' is not a selector: an ID is vendor:device, as in 10de:1e07 or 10de:*" --format qemu 03:00.0 -- --by
	wrong "'*:*' is not a selector: it names every device: give a vendor or a class" --format qemu '*:*'
	wrong "'3:0.9' is not a selector: the function must be 0 to 7 or *" --format qemu 03:00.0 3:0.9
	wrong "'boot-vga' is not a selector: boot-vga can only be kept" --format qemu boot-vga
	for bus in 0 256 -1 x '' ' 1' 1x; do
		wrong "--bus is 1 to 255, not '$bus'" --format libvirt "--bus=$bus" 03:00.0
	done
	wrong "--by is address or id, not 'name'" --format nova --by name 03:00.0
	run --separate-stderr "$VFIO_CLAIM" export --help
	expect status "$status" 0
	[[ "$output" == "Usage: vfio-claim export"*"Exit status:"* ]]
	expect "long lines" "$(awk 'length > 80' <<<"$output")" ""
}

@test "usage: an option is only taken with the formats that the help names" {
	local help words format option formats
	help=$("$VFIO_CLAIM" export --help)
	words=$(sed -n 's/^ *--format //p' <<<"$help" | tr '|' ' ')
	expect "the same words" "$words" "$(awk '/^Formats:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }' <<<"$help" | paste -sd' ')"
	expect formats "$(wc -w <<<"$words")" 6
	q35 >"$BATS_TEST_TMPDIR/win11.xml"
	for option in "--domain $BATS_TEST_TMPDIR/win11.xml" "--bus 3" --managed --iommufd "--by address" "--by id" --x-vga; do
		formats=$(sed -n "s/^  ${option%% *}[ |a-zA-Z]*  \([a-z, ]*\):.*/\1/p" <<<"$help" | tr -d ,)
		[ -n "$formats" ]
		for format in $words; do
			# shellcheck disable=SC2086 # two words
			export_as "$format" $option 03:00.0
			case " $formats " in
				*" $format "*) expect "status of $format $option ($stderr)" "$status" 0 ;;
				*)
					expect "status of $format $option" "$status" 2
					expect output "$output" ""
					expect message "$stderr" "vfio-claim: export: ${option%% *} is for --format ${formats/ / or }, not $format; see 'vfio-claim export --help'"
					;;
			esac
		done
	done
}

@test "no PCI bus" {
	rm -r "$PCI"
	export_as qemu 144d:a808
	refused "cannot list the PCI devices in $ROOT/sys/bus/pci: it is not there"
	export_as qemu 03:00.0
	refused "03:00.0: no such device"
}

# --- Proxmox VE -----------------------------------------------------------------------------------
# The keys are those of qemu-server's PVE/QemuServer/PCI.pm and pve-guest-common's PVE/Mapping/PCI.pm.

# proxmox_word LINE: the value of --map or -hostpciN on the line that begins with this, as a shell reads it
proxmox_word() {
	local line
	line=$(grep -- "^$1" <<<"$output" | head -n 1)
	eval "set -- $line"
	while [ $# -gt 0 ]; do
		case $1 in --map | -hostpci*)
			echo "$2"
			return
			;;
		esac
		shift
	done
	return 1
}

# proxmox_keys VALUE FORM: each of its keys has a value that their format allows
proxmox_keys() {
	local pci='[a-f0-9]{4,}:[a-f0-9]{2}:[a-f0-9]{2}(\.[a-f0-9])?' word
	for word in ${1//,/ }; do
		[[ $word =~ ^(node=[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?|path=$pci|(id|subsystem-id)=[0-9a-f]{4}:[0-9a-f]{4}|iommugroup=[0-9]+|$pci(\;$pci)*|mapping=[a-zA-Z][a-zA-Z0-9_-]+|(pcie|x-vga)=1)$ ]]
	done
}

proxmox_setup() {
	mkdir -p "$ROOT/proc/sys/kernel"
	echo pve1.example.org >"$ROOT/proc/sys/kernel/hostname"
	echo 0x1462 >"$PCI/devices/0000:02:00.0/subsystem_vendor"
	echo 0x3715 >"$PCI/devices/0000:02:00.0/subsystem_device"
}

@test "proxmox: a whole card without its functions, and its mapping" {
	proxmox_setup
	export_as proxmox '02:00.*' --x-vga
	done_quietly
	expect output "$output" "\
# For a virtual machine of type q35; for i440fx leave pcie=1 out. VMID is its number.
# 0000:02:00.0 VGA compatible controller [0300]: NVIDIA TU102 [10de:1e07]
qm set VMID -hostpci0 0000:02:00,pcie=1,x-vga=1
# Or, under a name that the whole cluster knows:
pvesh create /cluster/mapping/pci --id pci-0000-02-00 --map node=pve1,path=0000:02:00,id=10de:1e07,subsystem-id=1462:3715,iommugroup=14
qm set VMID -hostpci0 mapping=pci-0000-02-00,pcie=1,x-vga=1"
	proxmox_keys "$(proxmox_word 'pvesh')"
	proxmox_keys "$(proxmox_word 'qm')"
}

@test "proxmox: some functions of a card are listed; a mapping has one ID, so each gets its own" {
	proxmox_setup
	tree_device 0000:02:00.2 10de:1ad6 0c0330 vfio-pci
	tree_names 0000:02:00.2
	rm "$PCI/devices/0000:03:00.0/iommu_group"
	export_as proxmox 02:00.0 02:00.1 03:00.0
	done_quietly
	expect "the list" "$(proxmox_word qm)" "0000:02:00.0;0000:02:00.1,pcie=1"
	proxmox_keys "$(proxmox_word qm)"
	expect "another card" "$(grep -c '^qm set VMID -hostpci1 0000:03:00,pcie=1$' <<<"$output")" 1
	expect mappings "$(grep -o 'path=[^,]*' <<<"$output" | tr '\n' ' ')" \
		"path=0000:02:00.0 path=0000:02:00.1 path=0000:03:00 "
	expect_in mapping "$output" "-hostpci2 mapping=pci-0000-03-00,pcie=1"
	expect_not_in "no group" "$(grep 03:00 <<<"$output")" "iommugroup"
}

@test "proxmox: a virtual function is never a whole card" {
	tree_device 0000:04:10.0 8086:1520 020000 vfio-pci
	tree_names 0000:04:10.0
	tree_device 0000:04:00.0 8086:1521 020000 igb
	ln -s ../0000:04:00.0 "$PCI/devices/0000:04:10.0/physfn"
	export_as proxmox 04:10.0
	expect "the function" "$(proxmox_word qm)" "0000:04:10.0,pcie=1"
	expect_in "without a host name" "$output" "node=NODE,"
}

@test "proxmox: what qemu-server would take besides is said" {
	card 0000:05:00 nouveau
	tree_group 15 0000:05:00.0 0000:05:00.1
	export_as proxmox 05:00.0
	expect status "$status" 0
	expect_in stderr "$stderr" "warning: 0000:05:00.0 is not on vfio-pci now: Proxmox VE would bind it"
	expect_in stderr "$stderr" "warning: 0000:05:00.1 shares IOMMU group 15 with these: when the virtual machine starts"
}

# --- Incus ----------------------------------------------------------------------------------------
# What it takes is in incus's shared/validate (IsPCIAddress) and internal/server/device/pci.go.

@test "incus: a device of type pci for each function, never gpu" {
	export_as incus '02:00.*' 03:00.0
	done_quietly
	expect output "$output" "\
# For a virtual machine of Incus that is stopped. INSTANCE is its name.
# 0000:02:00.0 VGA compatible controller [0300]: NVIDIA TU102 [10de:1e07]
incus config device add INSTANCE pci-0000-02-00-0 pci address=0000:02:00.0
# 0000:02:00.1 Class [0403]: NVIDIA Audio--Controller- [10de:10f7]
incus config device add INSTANCE pci-0000-02-00-1 pci address=0000:02:00.1
# 0000:03:00.0 Class [0108]: Device [144d:a808]
incus config device add INSTANCE pci-0000-03-00-0 pci address=0000:03:00.0"
	while read -r line; do
		[[ $line =~ \ address=([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9a-fA-F]$ ]]
	done < <(grep -v '^#' <<<"$output")
}

@test "incus: what it would take from its driver is said, a variant of vfio-pci too" {
	card 0000:05:00 nouveau
	tree_device 0000:06:00.0 15b3:101e 020000 mlx5_vfio_pci
	tree_names 0000:06:00.0
	export_as incus 05:00.0
	expect_in stderr "$stderr" "warning: 0000:05:00.0 is not on vfio-pci now: Incus would bind it to vfio-pci when the virtual machine starts, and give it back afterwards; claim it first"
	export_as incus 05:00.0 06:00.0
	expect_in stderr "$stderr" "0000:05:00.0 (nouveau), 0000:06:00.0 (mlx5_vfio_pci) are not on vfio-pci now"
}

# --- KubeVirt -------------------------------------------------------------------------------------
# The keys are those of api/core/v1 (PciHostDevice, HostDevice); the values' forms those of its device manager.

# yaml EXPRESSION: what it is of the documents d in the output
yaml() {
	python3 -c 'import sys, yaml; d = list(yaml.safe_load_all(sys.stdin)); print('"$1"')' <<<"$output"
}

@test "kubevirt: what the cluster permits, each ID once, and what the machine asks for" {
	card 0000:04:00 vfio-pci
	export_as kubevirt '02:00.*' '04:00.*'
	expect status "$status" 0
	expect_in output "$output" "# The node: vfio-claim enable '02:00.*,04:00.*' (KubeVirt"
	expect gates "$(yaml 'd[0]["spec"]["configuration"]["developerConfiguration"]["featureGates"]')" "['HostDevices']"
	expect permitted "$(yaml '[(x["pciVendorSelector"], x["resourceName"], len(x)) for x in d[0]["spec"]["configuration"]["permittedHostDevices"]["pciHostDevices"]]')" \
		"[('10de:1e07', 'vfio-claim/10de-1e07', 2), ('10de:10f7', 'vfio-claim/10de-10f7', 2)]"
	expect wanted "$(yaml '[(x["name"], x["deviceName"]) for x in d[1]["spec"]["template"]["spec"]["domain"]["devices"]["hostDevices"]]')" \
		"[('pci-0000-02-00-0', 'vfio-claim/10de-1e07'), ('pci-0000-02-00-1', 'vfio-claim/10de-10f7'), ('pci-0000-04-00-0', 'vfio-claim/10de-1e07'), ('pci-0000-04-00-1', 'vfio-claim/10de-10f7')]"
	expect_in note "$stderr" "KubeVirt chooses each function by itself"
	expect notes "${#stderr_lines[@]}" 1
	# Numbers that YAML would read as something else stay texts.
	tree_device 0000:06:00.0 1234:5678 020000 vfio-pci
	tree_names 0000:06:00.0
	export_as kubevirt 06:00.0
	done_quietly
	expect text "$(yaml 'd[0]["spec"]["configuration"]["permittedHostDevices"]["pciHostDevices"][0]["pciVendorSelector"]')" 1234:5678
}

@test "kubevirt: what it does not offer, offers besides, or offers once" {
	card 0000:05:00 nouveau
	export_as kubevirt 02:00.0
	expect_in stderr "$stderr" "warning: 0000:05:00.0 has an ID that is exported: KubeVirt will offer it as well while it is on vfio-pci"
	export_as kubevirt 10de:1e07
	expect_in stderr "$stderr" "warning: 0000:05:00.0 is not on vfio-pci now: KubeVirt offers it only on vfio-pci: claim it"
	tree_device 0000:06:00.0 15b3:101e 020000 mlx5_vfio_pci
	tree_names 0000:06:00.0
	export_as kubevirt 06:00.0
	expect_in "a variant" "$stderr" "0000:06:00.0 is not on vfio-pci now"
	tree_device 0000:07:00.0 8086:1533 020000 vfio-pci
	tree_device 0000:07:00.1 8086:1533 020000 vfio-pci
	tree_names 0000:07:00.0
	tree_names 0000:07:00.1
	export_as kubevirt '07:00.*'
	expect stderr "$stderr" ""
	tree_group 15 0000:07:00.0 0000:07:00.1
	export_as kubevirt '07:00.*'
	expect stderr "$stderr" "vfio-claim: warning: 0000:07:00.0 and 0000:07:00.1 have the same ID and IOMMU group: KubeVirt offers only one of them"
}
