#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim enable --option: module options, set with the claims and removed with them, on systems made of files whose
# tools are stubs. tests/boot/scenarios has a boot with one.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../other_systems
load ../settings

IDLE=vfio_pci.disable_idle_d3=1

# parameters TYPE...: what modules.builtin.modinfo says of the modules that are built in
parameters() {
	printf 'vfio_pci.parmtype=%s\0' "$@" >"$ROOT/lib/modules/$KVER/modules.builtin.modinfo"
	printf 'vfio_pci.parm=ids:Initial PCI IDs\0vfio_iommu_type1.parmtype=dma_entry_limit:uint\0' \
		>>"$ROOT/lib/modules/$KVER/modules.builtin.modinfo"
}

# options FILE: those of modules in it, in a grub.cfg but for the rescue kernel's entry
options() {
	LC_ALL=C sed "/^[[:blank:]]*menuentry '.*(0-rescue/,/}/d" "$1" |
		grep -ao 'vfio[-_][a-z0-9_-]*\.[^ "#]*' | tr '\n' ' '
}

# system NAME: such a system, whose kernel says which parameters its modules have
system() {
	"system_$1"
	parameters disable_idle_d3:bool ids:string nointxmask:bool
}

# A system as each of them is: the option is set, kept by --add, replaced, shown by plan, and removed.
option_there_and_back() {
	local before after
	before=$(system_sum)
	did enable 02:00.0 --option "$IDLE" --dry-run
	expect_in "what is shown" "$output" "$IDLE"
	same_files "$before"
	did enable 02:00.0 --option "$IDLE"
	expect "claims" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	expect "options" "$(options "$MENU")" "$IDLE "
	after=$(system_sum)
	did enable 02:00.0 --option vfio-pci.disable-idle-d3=1
	expect_in output "$output" "Nothing to change."
	same_files "$after"
	did enable
	same_files "$after"
	did enable --add 01:00.0
	expect "with one more claim" "$(words "$MENU")$(options "$MENU")" "rd.vfio.claim=02:00.0,01:00.0 $IDLE "
	did enable --add --option vfio-pci.disable_idle_d3=0 --option vfio_pci.nointxmask=y
	expect "replaced, and one more" "$(words "$MENU")$(options "$MENU" | xargs -n 1 | sort | xargs)" \
		"rd.vfio.claim=02:00.0,01:00.0 vfio_pci.disable_idle_d3=0 vfio_pci.nointxmask=y"
	did enable 02:00.0
	expect "without" "$(words "$MENU")$(options "$MENU")" "rd.vfio.claim=02:00.0 "
	did enable 02:00.0 --option "$IDLE"
	did disable
	same_files "$before"
}

@test "there and back: Debian" {
	system debian
	option_there_and_back
}

# bats test_tags=slow
@test "there and back: CentOS 7, 8 and 9" {
	local release
	for release in 7 8 9; do
		rm -rf "$ROOT"
		system "centos$release"
		[ "$release" != 8 ] || MENU=$ROOT/boot/grub2/grubenv
		option_there_and_back
	done
}

@test "there and back: systemd-boot, Pop!_OS" {
	system systemd_boot
	option_there_and_back
	rm -rf "$ROOT"
	system pop
	chroot "$ROOT" kernelstub --add-options "" && rm "$ROOT/log"
	option_there_and_back
}

@test "what the administrator has set by hand stays, and is not set twice" {
	system debian
	sed -i "s/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT=\"quiet $IDLE\"/" "$ROOT/etc/default/grub"
	chroot "$ROOT" update-grub
	did enable 02:00.0 --option vfio_pci.disable_idle_d3=Y --option vfio_pci.nointxmask=1
	expect_in output "$output" "vfio_pci.disable_idle_d3=Y is already on the kernel command line, and not by vfio-claim: it stays there."
	expect "options" "$(options "$MENU")" "$IDLE vfio_pci.nointxmask=1 "
	did enable 01:00.0
	expect "options" "$(options "$MENU")" "$IDLE "
	did disable
	expect "options" "$(options "$MENU")" "$IDLE "
	refused 1 "vfio_pci.disable_idle_d3=0: the kernel command line already has vfio_pci.disable_idle_d3=1; first: remove vfio_pci.disable_idle_d3=1 from /etc/default/grub, then run: update-grub" \
		enable 02:00.0 --option vfio_pci.disable_idle_d3=0
}

@test "other options that the drop-in has are the administrator's" {
	system debian
	sed -i 's/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS="snd_hda_intel.power_save=0 vfio_pci.nointxmask=1"/' \
		"$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable 02:00.0 --option "$IDLE"
	did enable --add 01:00.0
	did disable
	grep -x 'VFIO_CLAIM_OPTIONS="snd_hda_intel.power_save=0 vfio_pci.nointxmask=1"' \
		"$ROOT/etc/default/grub.d/vfio-claim.cfg"
}

@test "what the kernel does not have, or would not take, is refused" {
	system debian
	refused 1 "the module vfio_pci of kernel $KVER has no parameter disable_idle_d4; 'modinfo -p vfio_pci' lists those that it has" \
		enable 02:00.0 --option vfio_pci.disable_idle_d4=1
	refused 1 "kvm.ignore_msrs=1: kernel $KVER has no module kvm" enable 02:00.0 --option kvm.ignore_msrs=1
	local value
	for value in 2 maybe -1 yes ON1 t; do
		refused 1 "the parameter is of type bool, and with this value the module would not be loaded" \
			enable 02:00.0 --option "vfio_pci.disable_idle_d3=$value"
	done
	for value in -1 4294967296 x 1x 99999999999999999999; do
		refused 1 "is of type uint" enable 02:00.0 --option "vfio_iommu_type1.dma_entry_limit=$value"
	done
	for value in 0 4294967295 0xff; do
		did enable 02:00.0 --option "vfio_iommu_type1.dma_entry_limit=$value" --dry-run
	done
	# A module that is a file of its own, and one that says nothing.
	printf '%s\n' 'const char i[] __attribute__((section(".modinfo"), used)) = "parmtype=ignore_msrs:bool";' |
		gcc -x c -fno-pic -c -o "$ROOT/lib/modules/$KVER/kernel/drivers/kvm.ko" -
	depmod -b "$ROOT" "$KVER"
	parameters disable_idle_d3:bool
	did enable 02:00.0 --option kvm.ignore_msrs=1 --dry-run
	refused 1 "has no parameter frob" enable 02:00.0 --option kvm.frob=1
	rm "$ROOT/lib/modules/$KVER/modules.builtin.modinfo"
	did enable 02:00.0 --option vfio-pci.frob=1 --dry-run
	expect_in message "$stderr" "warning: vfio_pci.frob=1: kernel $KVER does not tell which parameters vfio_pci has"
}

@test "wrong usage" {
	system debian
	local text
	for text in disable_idle_d3=1 vfio-pci.=1 .x=1 vfio_pci.disable_idle_d3 vfio_pci.disable_idle_d3= vfio-pci vfio=pci.x; do
		refused 2 "an option has the form MODULE.PARAMETER=VALUE" enable 02:00.0 --option "$text"
	done
	refused 2 "name the devices instead: 'vfio-claim enable VENDOR:DEVICE'" enable 02:00.0 --option vfio_pci.ids=10de:1e07
	refused 2 "only options of these modules can be set" enable 02:00.0 --option nouveau.modeset=0
	refused 2 "are allowed in its value" enable 02:00.0 --option "vfio-pci.x=1 init=/bin/sh"
	refused 2 "vfio_pci.x is given twice" enable 02:00.0 --option vfio-pci.x=1 --option vfio_pci.x=2
	refused 2 "no device was named; --add adds it to the claims that are set" enable --option "$IDLE"
	refused 2 "--option needs the kernel command line, which --config leaves alone" enable 02:00.0 --config --option "$IDLE"
	refused 2 "--tried takes what was tried, and nothing else" enable --tried --option "$IDLE"
	refused 2 "no device was named, and none is remembered" enable --add --option "$IDLE"
	did enable 02:00.0 --config
	refused 1 "a module option needs the kernel command line" enable --add --option "$IDLE"
}

@test "modprobe.d has it, too: the command line overrides it" {
	system debian
	mkdir -p "$ROOT/etc/modprobe.d"
	printf '# mine\noptions vfio-pci nointxmask=0 disable-idle-d3=0\n' >"$ROOT/etc/modprobe.d/mine.conf"
	did enable 02:00.0 --option "$IDLE"
	expect_in output "$output" "/etc/modprobe.d/mine.conf, line 2, sets disable-idle-d3, too: the kernel command line overrides it."
	expect "lines about it" "$(grep -c overrides <<<"$output")" 1
}

# parameter VALUE: what vfio-pci has now
parameter() {
	mkdir -p "$ROOT/sys/module/vfio_pci/parameters"
	echo "$1" >"$ROOT/sys/module/vfio_pci/parameters/disable_idle_d3"
}

@test "plan, status and check show it" {
	system debian
	boot_number 1 "$CMDLINE"
	did enable 02:00.0 --option "$IDLE" --json
	"$TOP/tests/unit/json-value" enable <<<"$output"
	expect words "$(jq -r .words <<<"$output")" "rd.vfio.claim=02:00.0 $IDLE"
	did plan
	expect_in plan "$output" "Module options: $IDLE"
	vfio plan --json
	expect plan "$("$TOP/tests/unit/json-value" plan 'd["module_options"]' <<<"$output")" "[\"$IDLE\"]"
	vfio status
	expect_not_in "before the boot" "$output" "Module option"
	boot_number 2 "$CMDLINE rd.vfio.claim=02:00.0 $IDLE"
	takes 0000:02:00.0
	mkdir -p "$ROOT/run/vfio-claim"
	parameter Y
	vfio status
	expect_in status "$output" "Module option $IDLE: in effect (Y)"
	local ok=$status
	vfio status --json
	expect status "$("$TOP/tests/unit/json-value" status 'd["module_options"]' <<<"$output")" \
		"[{\"option\": \"$IDLE\", \"loaded\": true, \"now\": \"Y\", \"in_effect\": true}]"
	vfio check
	expect_in check "$output" "the module option $IDLE is in effect (Y)"
	parameter N
	vfio status
	expect_in status "$output" "Module option $IDLE: NOT IN EFFECT (N)"
	expect "exit status" "$ok $status" "0 1"
	vfio status --quiet
	expect_in status "$output" "NOT IN EFFECT"
	vfio check
	expect_in check "$output" "this boot was asked for the module option $IDLE, but the module has N"
	rm "$ROOT/sys/module/vfio_pci/parameters/disable_idle_d3"
	vfio status
	expect_in status "$output" "Module option $IDLE: the module does not show what it has"
	rm -r "$ROOT/sys/module/vfio_pci"
	vfio status --json
	expect status "$("$TOP/tests/unit/json-value" status 'd["module_options"]' <<<"$output")" \
		"[{\"option\": \"$IDLE\", \"loaded\": false, \"now\": null, \"in_effect\": null}]"
}

@test "a kernel update drops it: check and status say so, and enable sets it again" {
	system debian
	boot_number 1 "$CMDLINE"
	did enable 02:00.0 --option "$IDLE"
	sed -i "s/ $IDLE//" "$MENU"
	vfio check
	expect_in check "$output" "lacks $IDLE, which 'vfio-claim enable' set"
	did enable
	expect options "$(options "$MENU")" "$IDLE "
	parameters nointxmask:bool
	vfio check
	expect_in check "$output" "the module option $IDLE has no effect in kernel $KVER, which has no such parameter"
	parameters disable_idle_d3:charp,int
	parameters disable_idle_d3:invbool
	vfio check
	expect_not_in check "$output" "has no effect in kernel"
}

@test "a step that fails: the options are as they were before" {
	system debian
	did enable 02:00.0 --option "$IDLE"
	local before
	before=$(system_sum)
	cp "$ROOT/usr/sbin/update-grub" "$BATS_TEST_TMPDIR/tool"
	tool /usr/sbin/update-grub <<<'echo broken >/boot/grub/grub.cfg; exit 1'
	local changed
	changed=$(system_sum)
	vfio enable 02:00.0 --option vfio_pci.nointxmask=1
	expect status "$status" 1
	same_files "$changed"
	vfio disable
	expect status "$status" 1
	same_files "$changed"
	# One that says that it has removed it, and has not.
	tool /usr/sbin/update-grub <<<"cat >/boot/grub/grub.cfg <<'END'
$(sed 's/ rd.vfio.claim=[^ ]*//' "$MENU")
END"
	vfio disable
	expect status "$status" 1
	expect_in message "$stderr" "which is not what was set"
	cp "$BATS_TEST_TMPDIR/tool" "$ROOT/usr/sbin/update-grub"
	same_files "$before"
}
