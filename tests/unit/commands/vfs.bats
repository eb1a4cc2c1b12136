#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Virtual functions in the commands that set, show and check them, on a system of files; tests/unit/live/vfs.bats has those
# that create them.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../checked

PF=0000:04:00.0
VF=0000:04:10

setup() {
	system_debian
	tree_device $PF 8086:1521 020000 igb
	echo 0x8086 >"$PCI/devices/$PF/vendor"
	echo 0x1521 >"$PCI/devices/$PF/device"
	echo 8 >"$PCI/devices/$PF/sriov_totalvfs"
	echo 0 >"$PCI/devices/$PF/sriov_numvfs"
	echo 1 >"$PCI/devices/$PF/sriov_drivers_autoprobe"
	tree_driver igbvf
	tree_driver vfio-pci
}

# has NUMBER [DRIVER]: virtual functions, with this driver or igbvf
has() {
	local i
	"$TOP/tests/unit/make-vfs" "$ROOT" "$PF" "$1"
	for ((i = 0; i < $1; i++)); do
		[ -z "${2:-}" ] || ln -sfn "../../../../bus/pci/drivers/$2" "$PCI/devices/$VF.$i/driver"
	done
}

# booted WORDS: this boot was asked for this, and its image did what there was to do
booted() {
	mkdir -p "$ROOT/run/vfio-claim"
	echo "bound 1" >"$ROOT/run/vfio-claim/boot"
	tree_cmdline "$CMDLINE $1"
}

json() {
	"$TOP/tests/unit/json-value" "$1" "$2" <<<"$output"
}

# --- enable, disable --------------------------------------------------------------------------------

@test "enable --vfs: alone, with claims, added and replaced; disable" {
	did enable --vfs 04:00.0:4
	expect "the menu" "$(words "$MENU")" "rd.vfio.vfs=04:00.0:4 "
	expect_in output "$output" "$PF: keeps its driver; 4 virtual functions of it are created and claimed when the driver has it (rd.vfio.vfs=04:00.0:4)"
	expect_in output "$output" "The claims take effect at the next boot"
	grep -x "words = rd.vfio.vfs=04:00.0:4" "$ROOT/var/lib/vfio-claim/enabled"
	did enable --add 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.vfs=04:00.0:4 "
	did enable --add --vfs 04:00.0:2
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.vfs=04:00.0:2 "
	did enable 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	did enable --vfs 04:00.0:2 02:00.0
	did enable --vfs 04:00.0:4
	expect "the menu" "$(words "$MENU")" "rd.vfio.vfs=04:00.0:4 "
	did disable
	expect "the menu" "$(words "$MENU")" ""
}

@test "enable --vfs --stable: a path with a guard" {
	did enable --stable --vfs 04:00.0:4
	expect "the menu" "$(words "$MENU")" "rd.vfio.vfs=04:00.0@8086:1521:4 "
	expect_in output "$output" "$PF: keeps its driver; 4 virtual functions"
}

@test "enable --vfs: what is lost is set again" {
	did enable --vfs 04:00.0:4
	sed -i 's/ rd.vfio.vfs=[^ ]*//' "$MENU"
	sed -i 's/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS=""/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	vfio status
	expect_in status "$output" "lacks rd.vfio.vfs=04:00.0:4, which 'vfio-claim enable' set"
	did enable
	expect "the menu" "$(words "$MENU")" "rd.vfio.vfs=04:00.0:4 "
}

@test "enable --vfs --config: a line in the file" {
	did enable --config --vfs 04:00.0:4
	grep -x "vfs = 04:00.0:4" "$ROOT/etc/vfio-claim.conf"
	vfio plan
	expect_in output "$output" "4 virtual functions of it are created and claimed when the driver has it (vfs=04:00.0:4)"
	did disable
	[ ! -e "$ROOT/etc/vfio-claim.conf" ] || ! grep vfs "$ROOT/etc/vfio-claim.conf"
	did enable --vfs 04:00.0:4
	refused 1 "has rd.vfio.vfs=04:00.0:4, which overrides the file" enable --config --vfs 04:00.0:2
}

@test "enable --vfs: what cannot be is refused, and nothing is changed" {
	refused 1 "rd.vfio.vfs=04:00.0:9: it can have 8 virtual functions at most" enable --vfs 04:00.0:9
	refused 1 "rd.vfio.vfs=09:00.0:2: no such device" enable --vfs 09:00.0:2
	refused 1 "rd.vfio.vfs=03:00.0:2: it cannot have virtual functions" enable --vfs 03:00.0:2
	refused 1 "rd.vfio.vfs=04:00.0:2: $PF is claimed itself, and must keep its own driver" enable --vfs 04:00.0:2 04:00.0
	has 1
	refused 1 "rd.vfio.vfs=04:10.0:2: it is itself a virtual function, of $PF" enable --vfs 04:10.0:2
	refused 2 "'04:00.0:0': the number must be from 1 to 65535" enable --vfs 04:00.0:0
	refused 2 "'04:00.0': it must be SLOT:N" enable --vfs 04:00.0
	refused 2 "'8086:1521:2': it must name one function by its slot or path" enable --vfs 8086:1521:2
	refused 1 "rd.vfio.vfs=04:00.0:9: it can have 8" try --vfs 04:00.0:9
}

@test "without claims, the drop-in of GRUB uses its options only for virtual functions" {
	local options
	for options in "rd.vfio.vfs=04:00.0:2 iommu=pt" "iommu=pt"; do
		sed -i "s/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS=\"$options\"/" "$ROOT/etc/default/grub.d/vfio-claim.cfg"
		mkdir -p "$ROOT/usr/lib/vfio-claim"
		: >"$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
		chroot "$ROOT" /usr/sbin/update-grub
		expect "for $options" "$(words "$MENU")" "$([[ $options != *vfs* ]] || echo "$options ")"
	done
}

@test "enable --add: to virtual functions that were written into the drop-in by hand" {
	sed -i 's/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS="rd.vfio.vfs=04:00.0:2"/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable --add 02:00.0
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.vfs=04:00.0:2 "
}

# --- plan -------------------------------------------------------------------------------------------

@test "plan: what is created, what is not and why; JSON" {
	vfio plan --cmdline "rd.vfio.vfs=04:00.0:1,00:1f.0:2,4" --json
	expect status "$status" 1
	expect requests "$(json plan '[[v["because"]["value"], v["slot"], v["requested"], v["refused"]] for v in d["virtual_functions"]]')" \
		'[["04:00.0:1", "0000:04:00.0", 1, null], ["00:1f.0:2", null, 2, "no such device"], ["4", null, 0, "it must be SLOT:N, such as 03:00.0:4"]]'
	expect ignored "$(json plan 'd["ignored"]')" '[]'
	vfio plan --cmdline "rd.vfio.vfs=04:00.0:1"
	expect status "$status" 0
	expect output "$output" "$PF: keeps its driver; 1 virtual function of it is created and claimed when the driver has it (rd.vfio.vfs=04:00.0:1)"
	vfio plan --cmdline "rd.vfio.vfs=04:00.0:1 rd.vfio=0"
	expect output "$output" "rd.vfio=0: nothing is claimed"
	vfio plan --cmdline "rd.vfio.vfs=04:00.0:1 intel_iommu=off"
	expect status "$status" 1
	expect_in output "$output" "rd.vfio.vfs=04:00.0:1: no virtual functions are created: no IOMMU is active"
}

@test "the boot program takes the word and does nothing with it" {
	tree_cmdline "quiet rd.vfio.vfs=04:00.0:4"
	boot reserve
	expect status "$status" 0
	boot bind
	expect status "$status" 0
	expect "its log" "$(cat "$ROOT/dev/kmsg")" ""
	expect overrides "$(reserved)" ""
	expect report "$(sed 's/ .*//' "$ROOT/run/vfio-claim/boot")" bound
}

# --- status -----------------------------------------------------------------------------------------

@test "status: all are claimed" {
	has 2 vfio-pci
	booted rd.vfio.vfs=04:00.0:2
	echo "$PF: 2 virtual functions created" >"$ROOT/run/vfio-claim/late"
	vfio status
	expect status "$status" 0
	expect output "$output" "Requested:  rd.vfio.vfs=04:00.0:2
$PF  on igb, has 2 virtual functions (rd.vfio.vfs=04:00.0:2)
    reported: 2 virtual functions created
    $VF.0  on vfio-pci
    $VF.1  on vfio-pci"
}

@test "status: what is missing; JSON" {
	booted rd.vfio.vfs=04:00.0:2
	vfio status
	expect status "$status" 1
	expect_in output "$output" "$PF  on igb, has 0 virtual functions (rd.vfio.vfs=04:00.0:2): NOT AS REQUESTED: there are none"
	has 1 vfio-pci
	vfio status
	expect status "$status" 1
	expect_in output "$output" "NOT AS REQUESTED: there are 1 instead of 2"
	has 2 igbvf
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$VF.0/driver"
	vfio status
	expect_in output "$output" "NOT AS REQUESTED: 1 of 2 are not claimed"
	expect_in output "$output" "$VF.1  NOT CLAIMED, on igbvf"
	vfio status --json
	expect status "$status" 1
	expect functions "$(json status '[[f["slot"], f["driver"], f["claimed"]] for f in d["virtual_functions"][0]["functions"]]')" \
		"[[\"$VF.0\", \"vfio-pci\", true], [\"$VF.1\", \"igbvf\", false]]"
	expect ok "$(json status '[d["ok"], d["virtual_functions"][0]["ok"]]')" "[false, false]"
	booted "rd.vfio.vfs=04:00.0:2 rd.vfio.keep=04:10.1"
	vfio status
	expect status "$status" 0
	expect_in output "$output" "$VF.1  on igbvf, kept"
	booted rd.vfio.vfs=04:00.0:9
	vfio status
	expect status "$status" 1
	expect_in output "$output" "NOT AS REQUESTED: it can have 8 virtual functions at most"
	rm "$PCI/devices/$PF/driver"
	booted rd.vfio.vfs=04:00.0:2
	vfio status
	expect_in output "$output" "NOT AS REQUESTED: $PF has no driver, which would create them"
}

@test "status: one that shares its group with a device of the host" {
	has 1 vfio-pci
	tree_group 7 $PF "$VF.0"
	booted rd.vfio.vfs=04:00.0:1
	vfio status
	expect status "$status" 1
	expect_in output "$output" "$VF.0 cannot be passed through: $PF, which has a driver of the host, is in its IOMMU group"
}

# --- check ------------------------------------------------------------------------------------------

# says LEVEL TEXT: a finding that begins so
says() {
	grep -qF "$(printf '%-8s %s' "$1" "$2")" <<<"$output" || expect_in output "$output" "$1 $2"
}

@test "check: a request, what cannot be, and what else creates some" {
	machine_menu_words "rd.vfio.vfs=04:00.0:2,03:00.0:1"
	check
	says ok "$PF: it keeps its driver, igb; 2 virtual functions of it will be created and claimed, if that driver can create them (rd.vfio.vfs=04:00.0:2)"
	says problem "rd.vfio.vfs=03:00.0:1: no virtual functions are created: it cannot have virtual functions"
	has 3
	mkdir -p "$ROOT"/etc/{netplan,systemd/network,udev/rules.d,modprobe.d,NetworkManager/system-connections,tmpfiles.d}
	printf 'ethernets:\n  eth0:\n    virtual-function-count: 3\n' >"$ROOT/etc/netplan/01.yaml"
	printf '[Link]\nSR-IOVVirtualFunctions=3\n' >"$ROOT/etc/systemd/network/10-x.link"
	printf '# sriov_numvfs\nACTION=="add", ATTR{sriov_numvfs}="3"\n' >"$ROOT/etc/udev/rules.d/50-vfs.rules"
	echo 'options igb max_vfs=3' >"$ROOT/etc/modprobe.d/igb.conf"
	printf '[sriov]\ntotal-vfs=3\n' >"$ROOT/etc/NetworkManager/system-connections/x.nmconnection"
	echo "w /sys/bus/pci/devices/$PF/sriov_numvfs - - - - 3" >"$ROOT/etc/tmpfiles.d/x.conf"
	check
	says warning "$PF: it has 3 virtual functions now, and 2 are requested"
	says warning "/etc/netplan/01.yaml:3: it sets how many virtual functions a device has (virtual-function-count)"
	says warning "/etc/systemd/network/10-x.link:2: it sets"
	says warning "/etc/udev/rules.d/50-vfs.rules:2: it sets"
	says warning "/etc/modprobe.d/igb.conf:1: it sets"
	says warning "/etc/NetworkManager/system-connections/x.nmconnection:2: it sets"
	says warning "/etc/tmpfiles.d/x.conf:1: it sets"
	expect_not_in output "$output" "50-vfs.rules: line 1"
}

@test "check: what else creates some does no harm if none are requested" {
	mkdir -p "$ROOT/etc/modprobe.d"
	echo 'options igb max_vfs=3' >"$ROOT/etc/modprobe.d/igb.conf"
	check
	expect_not_in output "$output" "virtual functions"
}

# machine_menu_words WORDS: in the boot menu's default entry
machine_menu_words() {
	sed -i "s/ quiet$/ quiet $1/" "$MENU"
}

# --- list -------------------------------------------------------------------------------------------

@test "list: of which device it is a virtual function, and how many there can be" {
	local device
	for device in "$PCI"/devices/*; do
		tree_names "${device##*/}"
	done
	vfio list --verbose
	expect_in output "$output" "can have 8 virtual functions (SR-IOV)"
	has 2 vfio-pci
	for device in $VF.0 $VF.1; do tree_names $device; done
	booted rd.vfio.vfs=04:00.0:2
	vfio list --verbose
	expect_in output "$output" "has 2 of 8 possible virtual functions (SR-IOV)"
	expect_in output "$(grep "$VF.1" <<<"$output")" "claimed, virtual function of 04:00.0"
	local number=0
	for device in "$PCI"/devices/*; do
		tree_group $((++number)) "${device##*/}"
	done
	vfio list --verbose --json
	expect physical "$(json list '[[x["physical_function"], x["max_virtual_functions"], x["asked"], x["claimed"]] for x in d["devices"] if x["slot"][5:10] in ("04:00", "04:10")]')" \
		"[[null, 8, false, false], [\"$PF\", 0, true, true], [\"$PF\", 0, true, true]]"
}

# --- completion -------------------------------------------------------------------------------------

@test "completion: devices that can have virtual functions" {
	run "$VFIO_CLAIM" complete -- --sysroot "$ROOT" enable --vfs ''
	expect output "$output" "$PF:"$'\t'"at most 8"
	run "$VFIO_CLAIM" complete -- --sysroot "$ROOT" release --vfs 0000:04
	expect output "$output" "$PF"$'\t'"at most 8"
}

# --- details ----------------------------------------------------------------------------------------

@test "two requests for one function: refused, in whatever form it is named" {
	did enable --vfs 04:00.0:4
	refused 1 "rd.vfio.vfs=0000:04:00.0:8: another request names the same function" enable --add --vfs 0000:04:00.0:8
	did enable --add --vfs 04:00.0:2
	expect "the menu" "$(words "$MENU")" "rd.vfio.vfs=04:00.0:2 "
}

@test "an empty rd.vfio.vfs= replaces the file's" {
	echo "vfs = 04:00.0:4" >"$ROOT/etc/vfio-claim.conf"
	vfio plan --cmdline "intel_iommu=on rd.vfio.vfs="
	[[ $output != *"virtual function"* ]]
}

@test "plan --json: with rd.vfio=0 they are refused" {
	vfio plan --json --cmdline "intel_iommu=on rd.vfio=0 rd.vfio.vfs=04:00.0:4"
	expect refused "$(json plan 'd["virtual_functions"][0]["refused"]')" '"rd.vfio=0"'
}

@test "disable --json: a reboot is due while this boot's virtual functions are claimed" {
	did enable --vfs 04:00.0:4
	booted "rd.vfio.vfs=04:00.0:4"
	has 4 vfio-pci
	vfio disable --json
	expect due "$(json enable 'd["reboot"]["due"]')" true
	expect_in why "$output" "$VF.0 is claimed now, but will not be after a reboot"
}

@test "check: a PF on vfio-pci, one that shares its group, a drop-in that the menu lacks" {
	tree_group g1 $PF 0000:01:00.0
	did enable --vfs 04:00.0:4
	check
	grep -q "^warning .*$PF: its IOMMU group also has 0000:01:00.0" < <(tr -s '\n ' ' ' <<<"$output" | sed 's/warning /\nwarning /g')
	ln -sfn ../../../../bus/pci/drivers/vfio-pci "$PCI/devices/$PF/driver"
	check
	expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "$PF: vfio-pci has it now; its own driver would create its virtual functions"
	sed -i 's/ rd.vfio.vfs=[^ ]*//' "$MENU"
	rm -rf "$ROOT/var/lib/vfio-claim"
	check
	expect_in output "$(tr -s '\n ' ' ' <<<"$output")" "menu does not have what /etc/default/grub.d/vfio-claim.cfg sets: rd.vfio.vfs=04:00.0:4"
}

@test "list: a virtual function that this boot keeps is not called unclaimed" {
	booted "rd.vfio.vfs=04:00.0:4 rd.vfio.keep=04:10.1"
	has 4 vfio-pci
	ln -sfn "../../../../bus/pci/drivers/igbvf" "$PCI/devices/$VF.1/driver"
	local device number=0
	for device in "$PCI"/devices/*; do
		tree_names "${device##*/}"
		tree_group $((++number)) "${device##*/}"
	done
	vfio list --json
	expect asked "$(json list '[x["asked"] for x in d["devices"] if x["slot"][5:10] == "04:10"]')" "[true, false, true, true]"
}

@test "--owner: the nodes of virtual functions, too" {
	[ "$(id -u)" = 0 ] || skip "needs root for mknod(1)"
	printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n' >"$ROOT/etc/passwd"
	booted "rd.vfio.vfs=04:00.0:4"
	has 4 vfio-pci
	tree_group 31 $VF.0
	mkdir -p "$ROOT/dev/vfio" "$ROOT/sys/class/vfio" "$ROOT/sys/devices/virtual/vfio/31"
	ln -sfn ../../devices/virtual/vfio/31 "$ROOT/sys/class/vfio/31"
	echo 240:31 >"$ROOT/sys/devices/virtual/vfio/31/dev"
	mknod -m 600 "$ROOT/dev/vfio/31" c 240 31
	did own --owner alice /dev/vfio/31
	expect owner "$(stat -c %u "$ROOT/dev/vfio/31")" 1000
}
