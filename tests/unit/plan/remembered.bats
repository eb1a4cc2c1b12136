#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What enable decides on and says, what it remembers, and that check and status notice when it is lost; on systems made
# of files whose tools are stubs.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

A=0000:01:00.0
B=0000:02:00.0
HOLD="The claims take effect at the next boot; then check with 'vfio-claim status'."

FILE=/var/lib/vfio-claim/enabled

# --- what it decides on ------------------------------------------------------------------------------

# ids FILE: an old list of IDs for both cards is in GRUB's settings, and in the menu; this boot was started without it
ids() {
	sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1e07"/' \
		"$ROOT/etc/default/grub"
	echo 1 >"$PCI/devices/$A/boot_vga"
}

@test "vfio-pci.ids= in the menu, and not on the running command line: all that it claims is shown" {
	system_debian
	ids
	chroot "$ROOT" update-grub
	did enable 02:00.0
	expect_in "what is shown" "$output" "$A: claimed by vfio-pci (vfio-pci.ids=10de:1e07); it is the boot display"
	expect_in message "$stderr" "warning: vfio-pci.ids=10de:1e07 on the kernel command line claims 1 device that you did not name ($A); to change that: remove vfio-pci.ids=10de:1e07 from /etc/default/grub, then run: update-grub"
	expect_in "what was done" "$output" "check that the boot menu claims nothing but $A $B"
	did plan
	expect_in plan "$output" "$A: claimed by vfio-pci"
}

@test "vfio-pci.ids= in GRUB's settings alone: the menu that is made anew will have it" {
	system_debian
	ids
	did enable 02:00.0
	expect_in "what is shown" "$output" "$A: claimed by vfio-pci (vfio-pci.ids=10de:1e07); it is the boot display"
	mkdir -p "$ROOT/etc/default/grub.d"
	did disable
	expect_in output "$output" "The next boot still claims $A $B: see 'vfio-claim plan'."
	expect_in message "$stderr" "claims 2 devices that you did not name ($A, $B)"
}

@test "what is in GRUB's settings, and a file that is read later sets anew, is not on the line" {
	system_debian
	sed -i 's/"quiet"/"quiet vfio-pci.ids=10de:1e07 intel_iommu=off"/' "$ROOT/etc/default/grub"
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"' >"$ROOT/etc/default/grub.d/50-cloud.cfg"
	chroot "$ROOT" update-grub
	did enable 02:00.0
	expect_not_in "what is shown" "$output" "$A"
	expect_in output "$output" "The claims take effect"
	did disable
	# A copy is not read.
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT iommu=off"' >"$ROOT/etc/default/grub.d/60.cfg.bak"
	did enable 02:00.0
	did disable
	# It may also go on.
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="${GRUB_CMDLINE_LINUX_DEFAULT} console=ttyS0"' >"$ROOT/etc/default/grub.d/50-cloud.cfg"
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "the next boot would have no IOMMU: the kernel command line has intel_iommu=off"
}

@test "vfio-pci.ids= of a protected device: refused as plan does" {
	system_debian
	tree_root_on 0000:03:00.0
	sed -i 's/"quiet"/"quiet vfio-pci.ids=144d:a808"/' "$ROOT/etc/default/grub"
	refused 1 "0000:03:00.0: left alone: this system needs it for / (vfio-pci.ids=144d:a808)" enable 02:00.0
}

@test "what no settings show: the menu that comes out claims more than was shown, and all is undone" {
	system_debian
	local before
	before=$(system_sum)
	sed -i 's/root=UUID=0b1e ro /&vfio-pci.ids=10de:1e07 /' "$ROOT/usr/sbin/grub-mkconfig"
	before=$(system_sum)
	vfio enable 02:00.0
	expect status "$status" 1
	expect_in message "$stderr" "the boot menu's default entry, in /boot/grub/grub.cfg, would also claim $A (vfio-pci.ids=10de:1e07)"
	expect_in message "$stderr" "all is as it was before"
	rm "$ROOT/log"
	diff <(echo "$before") <(system_sum)
}

@test "a unified kernel image gets what /etc/kernel/cmdline has, and not what the old one had" {
	system_uki
	sed -i 's/$/ vfio-pci.ids=10de:1e07/' "$ROOT/etc/kernel/cmdline"
	did enable 02:00.0
	expect_in "what is shown" "$output" "$A: claimed by vfio-pci (vfio-pci.ids=10de:1e07)"
	expect_in message "$stderr" "to change that: remove vfio-pci.ids=10de:1e07 from /etc/kernel/cmdline, and rebuild the image /efi/EFI/Linux/0123-$KVER.efi"
}

@test "how an old list of IDs is removed, as a command of this system" {
	system_centos9
	sed -i '/^options/s/$/ vfio-pci.ids=10de:1e07/' "$MENU"
	did enable 02:00.0
	expect_in message "$stderr" "to change that: grubby --update-kernel=ALL --remove-args='vfio-pci.ids=10de:1e07'"
}

@test "how an old list of IDs is removed: kernelstub's, a file's" {
	system_pop
	sed -i '/^options/s/$/ vfio-pci.ids=10de:1e07/' "$MENU"
	did enable 02:00.0
	expect_in message "$stderr" "to change that: kernelstub --delete-options 'vfio-pci.ids=10de:1e07'"
}

# --- what it says then -------------------------------------------------------------------------------

@test "the claims take effect: said when the menu's default entry was read and has them, the second time, too" {
	system_debian
	did enable 02:00.0
	expect_in output "$output" "$HOLD"
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	expect_in output "$output" "$HOLD"
	did enable 02:00.0 --dry-run
	expect_not_in output "$output" "take effect"
	did disable
	expect_in output "$output" "Nothing is claimed from the next boot on."
	did disable
	expect_in output "$output" "Nothing to change: no claim is set."
	expect_not_in output "$output" "Nothing to change."
}

@test "the claims take effect: not said without an IOMMU, and with --config what it lacks is" {
	system_debian
	rm -r "$ROOT/sys/class/iommu/dmar0" "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	did enable 02:00.0
	expect_not_in output "$output" "The claims take effect"
	did disable
	sed -i 's/intel_iommu=on//' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable --config 02:00.0
	expect_not_in output "$output" "The claims take effect"
	expect_in output "$output" "the next boot will claim nothing unless it has an IOMMU by then"
	expect_in message "$stderr" "and add intel_iommu=on to the kernel command line; without one nothing will be claimed"
	expect "what is remembered" "$(grep ^words "$ROOT$FILE")" "words = rd.vfio.claim=02:00.0"
}

@test "the claims take effect: not said when no menu can be read, when another entry is the default, when none can be told" {
	system_debian
	did enable --config 02:00.0
	expect_in output "$output" "$HOLD"
	rm "$MENU"
	did enable --config 02:00.0
	expect_not_in output "$output" "The claims take effect"
	expect_in output "$output" "no boot"
	expect_in message "$stderr" "warning: no boot menu can be read"
}

@test "the claims take effect: not said when the default entry is one for recovery" {
	system_debian
	sed -i '/^head=/i head0="set default=\\"1>0\\""' "$ROOT/usr/sbin/grub-mkconfig"
	sed -i 's/^echo "$head/echo "$head0\n$head/' "$ROOT/usr/sbin/grub-mkconfig"
	did enable 02:00.0
	expect_not_in output "$output" "The claims take effect"
	expect_in output "$output" "the boot menu's default entry, in"
	expect_in output "$output" "does not have them"
	# No kernel update has lost them, and to set them again changes nothing.
	vfio status
	expect "status of status" "$status" 1
	expect_in output "$(xargs -d '\n' <<<"$output" | tr -s ' ')" "lacks rd.vfio.claim=02:00.0, which 'vfio-claim enable' set: it is one of those that 'vfio-claim enable' leaves without claims (recovery, fallback, rd.vfio=0); make another entry the default"
	expect_not_in output "$output" "kernel update"
	vfio check
	grep '^problem  the boot menu.*make another entry the default$' <<<"$output"
}

@test "the claims take effect: not said when the default is a rescue kernel, which has the words by its distribution" {
	system_centos7
	echo 'saved_entry=CentOS Linux (0-rescue-0123) 7 (Core)' >"$ROOT/boot/grub2/grubenv"
	sed -i 's/### BEGIN/set default="${saved_entry}"\n&/; s/set default="/set default=\\"\\/; s/_entry}"/_entry}\\"/' "$ROOT/usr/sbin/grub2-mkconfig"
	did enable 02:00.0
	grep -F 'set default="${saved_entry}"' "$MENU"
	expect_not_in output "$output" "The claims take effect"
	expect_in output "$output" "is for recovery, and images"
}

@test "the claims take effect: not said when nothing is known of the kernel that the default entry starts" {
	system_debian
	sed -i 's/vmlinuz /vmlinuz-6.66-gone /' "$ROOT/usr/sbin/grub-mkconfig"
	chroot "$ROOT" update-grub
	did enable 02:00.0
	expect_in message "$stderr" "warning: it is not known whether kernel 6.66-gone can do vfio"
	expect_not_in output "$output" "The claims take effect"
	expect_in output "$output" "The claims are set, but it is not known whether the next boot's kernel can do vfio:"
}

@test "the claims take effect: not said when several entries could be the default" {
	system_systemd_boot
	sed 's/Arch/Arch LTS/' "$MENU" >"${MENU%.conf}-lts.conf"
	did enable 02:00.0
	expect_in output "$output" "The claims are in all normal entries of the boot menu"
	expect_in message "$stderr" "warning: cannot tell which entry of the boot menu is the default"
}

@test "disable without a place that is known: by what the menu shows" {
	system_make
	refused 1 "no boot menu can be read: if rd.vfio.claim= is on it, remove it yourself" disable
	mkdir -p "$ROOT/boot/grub"
	printf 'menuentry x {\n linux /vmlinuz quiet rd.vfio.claim=02:00.0\n}\n' >"$ROOT/boot/grub/grub.cfg"
	refused 1 "an entry in /boot/grub/grub.cfg has 'quiet rd.vfio.claim=02:00.0'" disable
	printf 'menuentry x {\n linux /vmlinuz quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	did disable
	expect_in output "$output" "Nothing to change: no claim is set."
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	did enable --config 02:00.0
	did disable
	expect_in output "$output" "Nothing is claimed from the next boot on."
	[ ! -e "$ROOT$FILE" ]
	: >"$ROOT/run/ostree-booted"
	did disable
	sed -i 's/quiet/quiet rd.vfio.claim=02:00.0/' "$ROOT/boot/grub/grub.cfg"
	refused 1 "remove what begins with rd.vfio there yourself" disable
}

# --- what it remembers -------------------------------------------------------------------------------

@test "remembered: written with the claims, undone with them, removed by disable" {
	system_debian
	boot_number 1
	did enable 02:00.0 --keep boot-vga
	expect file "$(cat "$ROOT$FILE")" "# What 'vfio-claim enable' was asked for; 'vfio-claim disable' removes this file.
place = cmdline
words = rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga
boot = boot-1
device = 02:00.0 10de:1e07"
	did enable 02:00.0 --keep boot-vga
	boot_number 2
	did enable 02:00.0 --keep boot-vga
	expect "the boot in which it was set" "$(grep ^boot "$ROOT$FILE")" "boot = boot-1"
	tool /usr/sbin/update-grub <<<'exit 1'
	refused 1 "all is as it was before" enable 01:00.0
	did enable --config 01:00.0 --dry-run || true
	tool /usr/sbin/update-grub <<<'exec grub-mkconfig -o /boot/grub/grub.cfg'
	did disable
	[ ! -e "$ROOT$FILE" ]
	did enable --config 01:00.0
	expect "file of --config" "$(sed 1d "$ROOT$FILE")" "place = conf
words = rd.vfio.claim=01:00.0
boot = boot-2
device = 01:00.0 10de:1e07"
}

@test "remembered: the last step fails, and it is forgotten again" {
	system_debian
	tool /usr/sbin/update-grub <<<'exit 0'
	refused 1 "which is not what was set" enable 02:00.0
	[ ! -e "$ROOT$FILE" ]
}

@test "remembered: no part of an image" {
	system_debian
	did enable 02:00.0
	"$VFIO_CLAIM" --sysroot "$ROOT" image --kernel "$KVER" --output "$BATS_TEST_TMPDIR/image" --hostonly >/dev/null
	expect "what is in the image" "$(grep -r "vfio-claim enable' was asked" "$BATS_TEST_TMPDIR/image" || true)" ""
	expect "files" "$(find "$BATS_TEST_TMPDIR/image" -path '*var/lib*')" ""
}

# status PIECE COMMAND...: status 1, and this is said
lost() {
	local piece=$1
	shift
	vfio "$@"
	expect "status of $* ($output)" "$status" 1
	expect_in "output of $*" "$(xargs -d '\n' <<<"$output" | tr -s ' ')" "$piece"
}

@test "before the reboot: status says that it is set, and is content" {
	system_debian
	boot_number 1
	did enable 02:00.0
	did status
	expect output "$output" "No devices requested for this boot.
Set for the next boot, by 'vfio-claim enable': rd.vfio.claim=02:00.0"
	did status --quiet
	expect output "$output" ""
	vfio check
	expect_in check "$output" "ok       what 'vfio-claim enable' set is still there: rd.vfio.claim=02:00.0"
	expect_in check "$output" "$B: it would be claimed by vfio-pci"
}

@test "after the reboot: all is well" {
	system_debian
	boot_number 1
	did enable 02:00.0
	boot_number 2 "$CMDLINE rd.vfio.claim=02:00.0"
	takes "$B"
	did status
	expect_not_in output "$output" "LOST"
	expect_not_in output "$output" "Set for"
}

@test "lost from the menu before the reboot: status and check say so, and enable sets it again" {
	system_debian
	boot_number 1
	did enable 02:00.0 --keep boot-vga
	sed -i 's/ rd.vfio[^ ]*//g' "$MENU"
	lost "LOST: the boot menu's default entry, in /boot/grub/grub.cfg, lacks rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga, which 'vfio-claim enable' set" status --quiet
	lost '"lost":[ "the boot menu' status --json
	vfio check
	expect "status of check" "$status" 2
	grep '^problem  the boot menu.*; do: vfio-claim enable$' <<<"$output"
	boot_number 2 "$CMDLINE"
	lost "LOST: this boot was not asked for rd.vfio.claim=02:00.0" status --quiet
	did enable
	expect_in output "$output" "Set again: rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU" | xargs)" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	# This boot cannot have it any more, and nothing is amiss.
	did status --quiet
	expect output "$output" ""
	boot_number 3 "$CMDLINE rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	takes "$B"
	did status --quiet
}

@test "lost by a boot alone: an entry of another kernel; not by one that was asked for something else" {
	system_debian
	boot_number 1
	did enable 02:00.0
	boot_number 2 "$CMDLINE"
	lost "Not in effect: this boot was not asked for rd.vfio.claim=02:00.0, which 'vfio-claim enable' set; the next one will be." status --quiet
	expect_not_in output "$output" "LOST"
	expect_not_in output "$output" "the boot menu's default entry"
	boot_number 2 "$CMDLINE rd.vfio=0"
	did status --quiet
	did status
	expect output "$output" "rd.vfio=0: nothing is claimed in this boot.
Not in effect, because this boot was started with rd.vfio=0: rd.vfio.claim=02:00.0"
	boot_number 2 "$CMDLINE rd.vfio.claim=01:00.0"
	takes "$A"
	did status --quiet
}

@test "a kernel that was installed before the reboot: its entry is the default one, and lacks the claims" {
	system_centos9
	local new=$ROOT/boot/loader/entries/0123-6.99.conf
	blscfg
	boot_number 1
	did enable 02:00.0
	sed 's/ rd.vfio[^ ]*//g' "$MENU" >"$new"
	lost "the boot menu's default entry, in /boot/loader/entries/0123-6.99.conf, lacks rd.vfio.claim=02:00.0" status
	# Of an older kernel it does not matter.
	mv "$new" "$ROOT/boot/loader/entries/0123-5.0.conf"
	did status
	did enable
	expect "the older one, too" "$(grep -o 'rd\.vfio[^ ]*' "$ROOT/boot/loader/entries/0123-5.0.conf")" "rd.vfio.claim=02:00.0"
}

blscfg() {
	mkdir -p "$ROOT/boot/grub2"
	printf 'set default="${saved_entry}"\ninsmod blscfg\nblscfg\n' >"$ROOT/boot/grub2/grub.cfg"
}

@test "lost from vfio-claim.conf, and from the image of a boot" {
	system_debian
	boot_number 1
	did enable --config 02:00.0
	did status --quiet
	boot_number 2
	lost "Not in effect: this boot was not asked for rd.vfio.claim=02:00.0" status --quiet
	mkdir -p "$ROOT/run/vfio-claim"
	cp "$ROOT/etc/vfio-claim.conf" "$ROOT/run/vfio-claim/conf"
	takes "$B"
	did status --quiet
	rm "$ROOT/etc/vfio-claim.conf"
	lost "LOST: /etc/vfio-claim.conf lacks rd.vfio.claim=02:00.0" status --quiet
	did enable
	expect "the file" "$(cat "$ROOT/etc/vfio-claim.conf")" "claim = 02:00.0"
	expect "the menu" "$(grep -c rd.vfio "$MENU" || true)" 0
}

@test "--add where it was lost adds to what is remembered" {
	system_debian
	did enable 02:00.0
	sed -i 's/^VFIO_CLAIM=.*/VFIO_CLAIM=""/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	did enable --add 01:00.0
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU" | xargs)" "rd.vfio.claim=02:00.0,01:00.0"
}

@test "enable without anything: what was forced is set again by force; without a memory it is wrong usage" {
	system_debian
	refused 2 "no device was named, and none is remembered" enable
	refused 2 "no device was named" enable --keep boot-vga
	did enable 09:00.0 --force
	sed -i 's/ rd.vfio[^ ]*//g' "$MENU"
	did enable
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU" | xargs)" "rd.vfio.claim=09:00.0 rd.vfio.force=09:00.0"
}

@test "no menu can be read, as by a user who is not root: nothing is said to be lost" {
	system_debian
	boot_number 1
	did enable 02:00.0
	rm "$MENU"
	did status --quiet
}

@test "an entry that has lost the claims, beside one that has them: both get the new ones" {
	system_centos9
	local new=$ROOT/boot/loader/entries/0122-$KVER.conf
	blscfg
	did enable 02:00.0 --keep boot-vga
	sed 's/ rd.vfio[^ ]*//g' "$MENU" >"$new"
	did enable 01:00.0 --strict
	expect "the one" "$(grep -o 'rd\.vfio[^ ]*' "$MENU" | xargs)" "rd.vfio.claim=01:00.0 rd.vfio.strict=1"
	expect "the other" "$(grep -o 'rd\.vfio[^ ]*' "$new" | xargs)" "rd.vfio.claim=01:00.0 rd.vfio.strict=1"
	did disable
	expect "words that are left" "$(grep -l rd.vfio.claim "$ROOT"/boot/loader/entries/* || true)" ""
}

@test "kernelstub: an entry that has lost the claims gets them again" {
	system_pop
	did enable 02:00.0
	sed -i 's/ rd.vfio[^ ]*//g' "$MENU"
	did enable
	expect "the menu" "$(grep -o 'rd\.vfio[^ ]*' "$MENU" | xargs)" "rd.vfio.claim=02:00.0"
}

@test "--config: what the file has now does not count, what is on the command line does" {
	system_debian
	printf 'keep = 01:00.0\n' >"$ROOT/etc/vfio-claim.conf"
	did enable --config 01:00.0
	expect_in "what is shown" "$output" "$A: claimed by vfio-pci (claim=01:00.0)"
	expect_in output "$output" "$HOLD"
	did disable
	sed -i 's/root=UUID=0b1e ro /&rd.vfio.keep=boot-vga /' "$ROOT/usr/sbin/grub-mkconfig"
	chroot "$ROOT" update-grub
	echo 1 >"$PCI/devices/$A/boot_vga"
	did enable --config 10de:1e07
	expect_in "what is shown" "$output" "$A: left alone: rd.vfio.keep=boot-vga keeps it"
	expect_in "what was done" "$output" "check that the boot menu claims nothing but $B"
}
