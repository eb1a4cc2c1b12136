#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim check, on machines made of files: each finding once as it should be and once not.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../checked

# a module of these that is loaded, not built in, signed or not
loadable() {
	local ko
	: >"$ROOT/lib/modules/$KVER/modules.builtin"
	for ko in vfio-pci vfio_iommu_type1; do
		object "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/$ko.ko" '' ''
		[ "${1:-}" != signed ] || sign "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/$ko.ko"
	done
	depmod -b "$ROOT" "$KVER"
}

# sign FILE: what a signed module ends with (the kernel's include/linux/module_signature.h); names its signer
sign() {
	python3 - "$1" <<-'EOF'
		import struct, sys
		name, key, signature = b"Build key", b"\1\2", b"\0" * 8
		with open(sys.argv[1], "ab") as file:
		    file.write(name + key + signature + struct.pack(">BBBBB3xI", 1, 4, 1, len(name), len(key), len(signature)))
		    file.write(b"~Module signature appended~\n")
	EOF
}

@test "all is well: status 0, and every line is ok" {
	check
	expect "status ($output)" "$status" 0
	expect messages "$stderr" ""
	expect "not ok" "$(grep -v '^ok ' <<<"$output")" "Summary: 0 problems, 0 warnings, $(grep -c '^ok ' <<<"$output") ok"
	finds 0 ok "no devices requested"
}

@test "processor: VT-x, AMD-V, neither, and another kind" {
	check
	finds 0 ok "processor: it has VT-x (vmx)"
	printf 'vendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\n' >"$ROOT/proc/cpuinfo"
	check
	finds 0 ok "processor: it has AMD-V (svm)"
	printf 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx_x xvmx\nbugs\t\t: vmx\n' >"$ROOT/proc/cpuinfo"
	check
	finds 2 problem "processor: neither VT-x (vmx) nor AMD-V (svm), so it cannot run virtual machines; turn on VT-x"
	expect_not_in output "$output" "; do: systemctl"
	mkdir -p "$ROOT/run/systemd/system"
	check
	expect_not_in output "$output" "; do: systemctl"
	mkdir -p "$ROOT/sys/firmware/efi"
	check
	finds 2 problem "turn on VT-x in the firmware setup; do: systemctl reboot --firmware-setup"
	printf 'vendor_id\t: AuthenticAMD\nflags\t\t: fpu hypervisor lm\n' >"$ROOT/proc/cpuinfo"
	check
	finds 2 problem "nor AMD-V (svm); this is a virtual machine itself"
	printf 'processor\t: 0\nFeatures\t: fp asimd\n' >"$ROOT/proc/cpuinfo"
	check
	finds 0 ok "processor: this kind does not show"
}

@test "/dev/kvm" {
	check
	finds 0 ok "/dev/kvm: it is there"
	rm "$ROOT/dev/kvm"
	check
	finds 2 problem "/dev/kvm: it is not there"
	finds 2 problem "; do: modprobe kvm_intel"
	sed -i 's/vmx/svm/' "$ROOT/proc/cpuinfo"
	check
	finds 2 problem "; do: modprobe kvm_amd"
}

@test "IOMMU: which; none, and what the firmware's tables say of it" {
	local name
	check
	finds 0 ok "IOMMU: Intel VT-d is active, 2 groups"
	for name in "ivhd0 AMD-Vi" "smmu3.0x09050000 Arm SMMU" "virtio4 virtio-iommu" "x of another kind"; do
		rm -r "$ROOT"/sys/class/iommu/*
		mkdir "$ROOT/sys/class/iommu/${name%% *}"
		check
		finds 0 ok "IOMMU: ${name#* } is active"
	done
	rm -r "$ROOT"/sys/class/iommu/*
	check
	finds 0 ok "IOMMU: one is active, its kind is not known"
	rm -r "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	check
	finds 2 problem "IOMMU: none is active; turn on VT-d in the firmware setup"
	expect_not_in output "$output" "interrupt remapping"
	mkdir -p "$ROOT/sys/firmware/acpi/tables"
	: >"$ROOT/sys/firmware/acpi/tables/IVRS"
	check
	finds 2 problem "IOMMU: none is active, although the firmware has AMD-Vi on; the kernel's log says why; do: dmesg | grep"
	: >"$ROOT/sys/firmware/acpi/tables/DMAR"
	check
	finds 2 problem "the firmware has VT-d on; the kernel needs intel_iommu=on; do: add intel_iommu=on to the kernel command line"
	tree_cmdline "quiet intel_iommu=on"
	printf 'menuentry x {\n\tlinux /vmlinuz intel_iommu=on\n}\n' >"$ROOT/boot/grub/grub.cfg"
	check
	finds 2 problem "although the firmware has VT-d on and the command line asks for it (intel_iommu=on); the kernel's log says why; do: dmesg"
}

@test "IOMMU: advice for a guest's and for Arm's, without a word of Intel's" {
	rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	tree_device 0000:00:03.0 1af4:1057 ff0000 virtio-pci
	mkdir -p "$ROOT/sys/bus/pci/drivers/virtio-pci"
	ln -s ../../devices/0000:00:03.0 "$ROOT/sys/bus/pci/drivers/virtio-pci/0000:00:03.0"
	tree_names 0000:00:03.0
	rm "$PCI/devices/0000:00:03.0/iommu_group"
	check
	finds 2 problem "IOMMU: none is active, although this machine has a virtio-iommu: its driver, the module virtio_iommu, is not loaded; do: modprobe virtio_iommu"
	mkdir -p "$ROOT/sys/bus/virtio/drivers/virtio_iommu"
	check
	finds 2 problem "IOMMU: none is active, although this machine has a virtio-iommu; the kernel's log says why; do: dmesg | grep -i -e virtio"
	rm "$PCI/devices/0000:00:03.0"
	printf 'CPU implementer\t: 0x41\n' >"$ROOT/proc/cpuinfo"
	check
	expect_in output "$output" "IOMMU: none is active; the firmware describes no SMMU, or the kernel has no driver for it; the kernel's log says why; do: dmesg | grep -i -e SMMU"
	expect_not_in output "$output" intel_iommu
	mkdir -p "$ROOT/sys/class/dmi/id"
	echo QEMU >"$ROOT/sys/class/dmi/id/sys_vendor"
	check
	expect_in output "$output" "IOMMU: none is active: this is a virtual machine, and its host gives it none; do: have the host add a virtual IOMMU (QEMU: -M virt,iommu=smmuv3 or"
	expect_not_in output "$output" intel
}

@test "IOMMU: turned off on the command line, and how that goes away" {
	local word
	rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	mkdir -p "$ROOT"/usr/{sbin,bin} "$ROOT/sys/firmware/acpi/tables"
	: >"$ROOT/sys/firmware/acpi/tables/IVRS"
	for word in iommu=off intel_iommu=off amd_iommu=off; do
		tree_cmdline "quiet $word"
		printf 'menuentry x {\n\tlinux /vmlinuz %s\n}\n' "$word" >"$ROOT/boot/grub/grub.cfg"
		check
		finds 2 problem "IOMMU: none is active: the kernel command line has $word; do: remove $word from the kernel command line"
	done
	: >"$ROOT/usr/bin/kernelstub"
	check
	finds 2 problem "; do: kernelstub --delete-options 'amd_iommu=off'"
	: >"$ROOT/usr/sbin/grubby"
	check
	finds 2 problem "; do: grubby --update-kernel=ALL --remove-args='amd_iommu=off'"
}

@test "how words come onto the command line, as a command of this system" {
	mkdir -p "$ROOT/sys/firmware/acpi/tables"
	: >"$ROOT/sys/firmware/acpi/tables/DMAR"
	rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	mkdir -p "$ROOT"/usr/{sbin,bin} "$ROOT/etc/default/grub.d"
	: >"$ROOT/usr/sbin/update-grub"
	check
	finds 2 problem "; do: echo 'GRUB_CMDLINE_LINUX_DEFAULT=\"\$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"' >>/etc/default/grub.d/iommu.cfg && update-grub"
	: >"$ROOT/usr/bin/kernelstub"
	check
	finds 2 problem "; do: kernelstub -a 'intel_iommu=on'"
	: >"$ROOT/usr/sbin/grubby"
	check
	finds 2 problem "; do: grubby --update-kernel=ALL --args='intel_iommu=on'"
	# With a device named, that comes along with its claim.
	check 02:00.0 01:00.0
	finds 2 problem "the kernel needs intel_iommu=on; do: vfio-claim enable '02:00.0,01:00.0'" 3
}

@test "interrupt remapping: on, off, off and allowed, not known" {
	local allow=$ROOT/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	mkdir -p "${allow%/*}"
	echo N >"$allow"
	check
	finds 0 ok "interrupt remapping: it is on"
	echo ' 24:   1  0  ITS-PCI-MSIX-0000:00:01.0   0 Edge' >"$ROOT/proc/interrupts"
	check
	finds 0 ok "interrupt remapping: it is on"
	echo ' 24:   1  0  PCI-MSIX-0000:00:01.0   0-edge' >"$ROOT/proc/interrupts"
	check
	finds 2 problem "interrupt remapping: it is off"
	echo Y >"$allow"
	check
	finds 1 warning "interrupt remapping: it is off" 2
	finds 1 warning "interrupt remapping: vfio is allowed to work without it" 2
	echo N >"$allow"
	rm "$ROOT/proc/interrupts"
	check
	finds 1 warning "interrupt remapping: unknown"
}

@test "lockdown and signatures: a module without one, where they are enforced" {
	loadable
	installed "$KVER" "$OURS" x/vfio-pci.ko.xz x/vfio_iommu_type1.ko
	mkdir -p "$ROOT/sys/kernel/security" "$ROOT/sys/module/module/parameters"
	check
	finds 0 ok "kernel lockdown: this kernel has none"
	finds 0 ok "module signatures: unsigned modules are accepted"
	echo '[none] integrity confidentiality' >"$ROOT/sys/kernel/security/lockdown"
	echo N >"$ROOT/sys/module/module/parameters/sig_enforce"
	check
	finds 0 ok "kernel lockdown: none"
	echo 'none [integrity] confidentiality' >"$ROOT/sys/kernel/security/lockdown"
	check
	finds 2 problem "kernel $KVER: vfio-pci has no signature"
	finds 2 ok "kernel lockdown: integrity; vfio works with it"
	echo '[none] integrity confidentiality' >"$ROOT/sys/kernel/security/lockdown"
	echo Y >"$ROOT/sys/module/module/parameters/sig_enforce"
	check
	finds 2 problem "kernel $KVER: vfio-pci has no signature"
	loadable signed
	check
	finds 0 ok "kernel $KVER: vfio-pci has a signature, by Build key"
}

@test "kernels: one that can do vfio, one that cannot, one that is half gone" {
	check
	finds 0 ok "kernel $KVER: it has vfio-pci built in"
	mkdir -p "$ROOT/lib/modules/5.0-left"
	check
	expect status "$status" 0
	: >"$ROOT/lib/modules/$KVER/modules.builtin"
	depmod -b "$ROOT" "$KVER"
	check
	finds 2 problem "kernel $KVER cannot do vfio: it has no vfio-pci"
	mv "$ROOT/lib/modules/$KVER" "$ROOT/lib/modules/6.0-other"
	check
	finds 2 problem "kernel $KVER has no module directory" 3
	finds 2 problem "kernel 6.0-other cannot do vfio" 3
	finds 2 warning "it is not known whether kernel $KVER can do vfio" 3
}

@test "images: every kernel's; without vfio-claim, without a module, none, none that can be read" {
	check
	finds 0 ok "kernel $KVER: its image has vfio-claim and the current settings"
	mkdir -p "$ROOT/usr/sbin"
	: >"$ROOT/usr/sbin/update-initramfs"
	installed "$KVER" usr/bin/x usr/lib/vfio-claim/vfio-claim-boot.old
	check
	finds 2 problem "kernel $KVER: its image does not contain vfio-claim; do: update-initramfs -u -k $KVER"
	loadable
	installed "$KVER" lib/vfio_iommu_type1.ko /usr/lib/vfio-claim/vfio-claim-boot lib/vfio-pci-core.ko
	check
	finds 2 problem "kernel $KVER: its image does not contain the module vfio-pci; do: "
	installed "$KVER" lib/vfio_iommu_type1.ko ./usr/lib/vfio-claim/vfio-claim-boot lib/vfio-pci.ko.zst
	check
	finds 0 ok "kernel $KVER: its image has vfio-claim and the current settings"
	cp -r "$ROOT/lib/modules/$KVER" "$ROOT/lib/modules/6.0-other"
	check
	finds 1 warning "kernel 6.0-other: no image found for it in /boot"
	installed 6.0-other "$OURS" lib/{vfio_iommu_type1,vfio-pci}.ko
	check
	finds 0 ok "kernel 6.0-other: its image has vfio-claim"
	echo nonsense >"$ROOT/boot/initrd.img-6.0-other"
	check
	finds 1 warning "kernel 6.0-other: cannot read its image /boot/initrd.img-6.0-other; it is not an initramfs image"
}

@test "images: where dracut, kernel-install and mkinitcpio put them, and how they are made anew" {
	installed "$KVER" usr/bin/x
	mv "$ROOT/boot/initrd.img-$KVER" "$ROOT/boot/initramfs-$KVER.img"
	check
	finds 2 problem "; do: dracut --force /boot/initramfs-$KVER.img $KVER"
	echo 0123abcd >"$ROOT/etc/machine-id"
	mkdir -p "$ROOT/boot/0123abcd/$KVER"
	mv "$ROOT/boot/initramfs-$KVER.img" "$ROOT/boot/0123abcd/$KVER/initrd"
	check
	finds 2 problem "; do: dracut --force /boot/0123abcd/$KVER/initrd $KVER"
	mkdir -p "$ROOT/usr/lib/modules/$KVER" "$ROOT/usr/bin"
	echo linux-lts >"$ROOT/usr/lib/modules/$KVER/pkgbase"
	mv "$ROOT/boot/0123abcd/$KVER/initrd" "$ROOT/boot/initramfs-linux-lts.img"
	: >"$ROOT/usr/bin/mkinitcpio"
	check
	finds 2 problem "; do: mkinitcpio -P"
}

@test "images: the settings in them, and those of now" {
	export TMPDIR=$BATS_TEST_TMPDIR/not-there
	echo 'keep = boot-vga' >"$ROOT/etc/vfio-claim.conf"
	check
	finds 2 problem "kernel $KVER: its image does not have /etc/vfio-claim.conf"
	conf_in_image 'keep = boot-vga'
	check
	finds 0 ok "kernel $KVER: its image has vfio-claim and the current settings"
	conf_in_image 'keep = 02:00.0'
	check
	finds 2 problem "kernel $KVER: its image has an outdated /etc/vfio-claim.conf"
	rm "$ROOT/etc/vfio-claim.conf"
	check
	finds 2 problem "kernel $KVER: its image still has an /etc/vfio-claim.conf, which this system no longer has"
}

@test "images: what is protected, and the drivers that stand in for vfio-pci, then and now" {
	installed "$KVER" "$OURS" usr/lib/vfio-claim/protected=$'0000:00:1f.2@8086:2922 /\n'
	check
	finds 2 problem "kernel $KVER: its image has an outdated list of what this system runs from"
	installed "$KVER" "$OURS" usr/lib/vfio-claim/variants=$'vfio_pci:v000010DEd* nvgrace\n'
	check
	finds 2 problem "kernel $KVER: its image has an outdated list of drivers that stand in for vfio-pci"
}

@test "modprobe.d: an ids= that an old guide has left" {
	check
	finds 0 ok "modprobe.d: nothing there"
	mkdir -p "$ROOT/etc/modprobe.d"
	echo "options vfio-pci ids=10de:1e07" >"$ROOT/etc/modprobe.d/old.conf"
	check
	finds 1 warning "/etc/modprobe.d/old.conf:1: with this 'options vfio-pci ids=' line"
	expect_not_in output "$output" "nothing there has"
}

@test "the next boot's command line: GRUB's menu" {
	check
	finds 0 ok "command line: the next boot has the same settings"
	printf 'menuentry x {\n\tlinux16\t/vmlinuz quiet vga=1 intel_iommu=on rd.vfio.keep=01:00.0\n}\nlinux /vmlinuz\n' \
		>"$ROOT/boot/grub/grub.cfg"
	tree_cmdline "quiet vfio-pci.ids=1234:5678"
	check
	finds 1 warning "command line: /boot/grub/grub.cfg, for the next boot, differs from the running one: it has intel_iommu=on rd.vfio.keep=01:00.0; it lacks vfio-pci.ids=1234:5678"
	tree_cmdline "splash intel_iommu=on rd.vfio.keep=01:00.0"
	check
	finds 0 ok "command line: the next boot has the same settings"
	# What new entries begin with does not matter while there are some.
	mkdir "$ROOT/etc/kernel"
	echo "quiet intel_iommu=on" >"$ROOT/etc/kernel/cmdline"
	check
	finds 0 ok "command line: the next boot has the same settings"
	mv "$ROOT/etc/kernel/cmdline" "$ROOT/boot/grub/grub.cfg" "$BATS_TEST_TMPDIR"
	check
	finds 1 warning "no boot menu can be read: assuming that the next boot has the running command line"
	mv "$BATS_TEST_TMPDIR/cmdline" "$ROOT/etc/kernel"
	check
	finds 1 warning "command line: /etc/kernel/cmdline, for the next boot, differs from the running one: it lacks rd.vfio.keep=01:00.0" 2
}

@test "the next boot's command line: entries of the Boot Loader Specification" {
	local entries=$ROOT/boot/loader/entries
	mkdir -p "$entries" "$ROOT/boot/grub2"
	printf 'title x\noptions quiet iommu=pt\n' >"$entries/abc-1.conf"
	printf 'title x\noptions quiet rd.vfio=0\n' >"$entries/abc-1~novfio.conf"
	printf 'title x\noptions quiet rd.vfio=0\n' >"$entries/abc-0-rescue.conf"
	check
	finds 1 warning "command line: /boot/loader/entries/abc-1.conf, for the next boot, differs from the running one: it has iommu=pt"
	tree_cmdline "iommu=pt"
	check
	finds 0 ok "command line: the next boot has the same settings"
	# shellcheck disable=SC2016 # GRUB's
	echo 'options $kernelopts $tuned_params' >"$entries/abc-1.conf"
	printf '# GRUB Environment Block\nkernelopts=root=x intel_iommu=on \n####' >"$ROOT/boot/grub2/grubenv"
	check
	finds 1 warning "command line: /boot/loader/entries/abc-1.conf, for the next boot, differs from the running one: it has intel_iommu=on; it lacks iommu=pt"
}

@test "the next boot's command line: set, but not in GRUB's menu" {
	mkdir -p "$ROOT/etc/default/grub.d" "$ROOT/usr/sbin"
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=pt"' >"$ROOT/etc/default/grub"
	check
	finds 1 warning "command line: the boot loader's menu does not have what /etc/default/grub sets: iommu=pt; do: grub2-mkconfig"
	install -m 0755 /dev/null "$ROOT/usr/sbin/update-grub"
	cp "$TOP/grub.d/vfio-claim.cfg" "$ROOT/etc/default/grub.d/"
	echo "GRUB_CMDLINE_LINUX=''" >"$ROOT/etc/default/grub"
	check
	finds 0 ok "command line: the next boot has the same settings"
	sed -i 's/^VFIO_CLAIM=.*/VFIO_CLAIM="02:00.0"/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	check
	finds 1 warning "command line: the boot loader's menu does not have what /etc/default/grub.d/vfio-claim.cfg sets: rd.vfio.claim=02:00.0; do: update-grub"
	printf 'menuentry x {\nlinux /vmlinuz rd.vfio.claim=02:00.0\n}\n' >"$ROOT/boot/grub/grub.cfg"
	tree_cmdline "rd.vfio.claim=02:00.0"
	check
	finds 0 ok "command line: the next boot has the same settings"
	sed -i 's/^VFIO_CLAIM_OPTIONS=.*/VFIO_CLAIM_OPTIONS="rd.vfio.strict=1"/' "$ROOT/etc/default/grub.d/vfio-claim.cfg"
	check
	finds 1 warning "vfio-claim.cfg sets: rd.vfio.strict=1; do: update-grub"
}

@test "the next boot's command line: a unified kernel image that tells nothing" {
	mkdir -p "$ROOT/boot/EFI/Linux"
	echo nonsense >"$ROOT/boot/EFI/Linux/x.efi"
	tree_cmdline "iommu=pt"
	check
	finds 1 warning "no command line can be read in /boot/EFI/Linux/x.efi: assuming that the next boot has the running command line"
}

@test "a device: it would be claimed, is not there, is kept, is refused" {
	check 02:00.0
	finds 0 ok "$B: it would be claimed by vfio-pci (rd.vfio.claim=02:00.0)"
	finds 0 ok "$B: nothing else in its IOMMU group $B would stay with the host"
	check 07:00.0
	finds 2 problem "rd.vfio.claim=07:00.0: no such device; do: vfio-claim list"
	check 02:00.0@10de:ffff
	finds 2 problem "$B: left alone: it is another device, 10de:1e07"
	echo 'keep = 02:00.0' >"$ROOT/etc/vfio-claim.conf"
	conf_in_image 'keep = 02:00.0'
	check 02:00.0
	finds 0 ok "$B: left alone: keep=02:00.0 keeps it"
}

@test "devices: those of the running command line and of vfio-claim.conf" {
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio.frob=1"
	printf 'menuentry x {\nlinux /vmlinuz rd.vfio.claim=02:00.0 rd.vfio.frob=1\n}\n' >"$ROOT/boot/grub/grub.cfg"
	check
	finds 2 ok "$B: it would be claimed"
	finds 2 problem "rd.vfio.frob=1: ignored: no such setting"
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	printf 'menuentry x {\nlinux /vmlinuz rd.vfio.claim=02:00.0 rd.vfio=0\n}\n' >"$ROOT/boot/grub/grub.cfg"
	check
	finds 1 warning "rd.vfio=0: nothing is claimed"
	expect_not_in output "$output" "would be claimed"
	tree_cmdline quiet
	printf 'menuentry x {\nlinux /vmlinuz\n}\n' >"$ROOT/boot/grub/grub.cfg"
	echo 'claim = 01:00.0' >"$ROOT/etc/vfio-claim.conf"
	conf_in_image 'claim = 01:00.0'
	check
	finds 0 ok "$A: it would be claimed by vfio-pci (claim=01:00.0)"
}

@test "a device that this system needs" {
	tree_device "$C" 144d:a808 010802
	tree_root_on "$C"
	check 03:00.0
	finds 2 problem "$C: left alone: this system needs it for / (rd.vfio.claim=03:00.0)" 3
	finds 2 warning "$C is refused by an image built for this machine" 3
}

@test "the boot display, and the boot framebuffer" {
	echo 1 >"$PCI/devices/$B/boot_vga"
	check 01:00.0
	finds 0 ok "$B: it is the boot display; to use another card as such, choose that as the primary display"
	check 02:00.0
	finds 1 warning "$B: it is the boot display: console and passphrase prompt go dark; have a serial console or ssh, or choose another card as the primary display in the firmware setup"
	expect "how often" "$(grep -c 'boot display' <<<"$output")" 1
	rm "$PCI/devices/$A/boot_vga"
	check 02:00.0
	finds 1 warning "$B: it is the boot display: console and passphrase prompt go dark; have a serial console or ssh or a second card"
	check 01:00.0
	expect_not_in "a single one" "$output" "boot display"
	echo 0 >"$PCI/devices/$B/boot_vga"
	printf '%s\n' '00000000-00000000 : PCI Bus 0000:00' '  00000000-00000000 : 0000:01:00.0' \
		'  00000000-00000000 : 0000:02:00.0' '    00000000-00000000 : nouveau' \
		'    00000000-00000000 : efifb' '  00000000-00000000 : simplefb' >"$ROOT/proc/iomem"
	check 02:00.0
	finds 1 warning "$B: the boot framebuffer (efifb) is in its memory"
	check 01:00.0
	expect status "$status" 0
}

@test "a group: neighbours with a driver, and the very words that claim them" {
	tree_device "$C" 8086:1521 020000 igb
	tree_device 0000:03:00.1 8086:1521 020000
	tree_device 0000:00:01.0 8086:0001 060400 pcieport
	tree_group 9 "$B" "$C" 0000:03:00.1 0000:00:01.0
	native igb 'pci:v00008086d00001521sv*sd*bc*sc*i*'
	check 02:00.0
	finds 2 problem "$B: its IOMMU group 9 also has $C (igb), 0000:03:00.1, which with their own driver keep it from being passed through; claim the group as a whole, put the card into another slot, or split the group with pcie_acs_override=downstream,multifunction: that takes a patched kernel, and a guest can then reach into devices of the host; do: vfio-claim enable '02:00.0,03:00.*'"
	check "02:00.0,03:00.*"
	expect "status ($output)" "$status" 0
	expect "groups" "$(grep -c 'IOMMU group' <<<"$output")" 1
	tree_cmdline "rd.vfio.claim=02:00.0"
	printf 'menuentry x {\nlinux /vmlinuz rd.vfio.claim=02:00.0\n}\n' >"$ROOT/boot/grub/grub.cfg"
	check
	finds 2 problem "; do: vfio-claim enable --add '03:00.*'"
	tree_cmdline quiet
	printf 'menuentry x {\nlinux /vmlinuz\n}\n' >"$ROOT/boot/grub/grub.cfg"
	echo 'claim = 02:00.0' >"$ROOT/etc/vfio-claim.conf"
	conf_in_image 'claim = 02:00.0'
	check
	finds 2 problem "; do: vfio-claim enable --add --config '03:00.*'"
}

@test "a group: other functions of the same card alone, and of a card that is in two groups" {
	tree_device 0000:02:00.1 10de:10f7 040300 snd_hda_intel
	tree_group 9 "$B" 0000:02:00.1
	check 01:00.0 02:00.0
	finds 2 problem "$B: its IOMMU group 9 also has 0000:02:00.1 (snd_hda_intel), which with its own driver keeps it from being passed through; claim the card as a whole; do: vfio-claim enable '01:00.0,02:00.*'"
	check 0000:02:00.0
	finds 2 problem "; do: vfio-claim enable '02:00.*'"
	tree_device 0000:02:00.2 10de:1ad6 0c0330
	check 02:00.0
	finds 2 problem "; do: vfio-claim enable '02:00.0,02:00.1'"
	# One that is in a domain of its own.
	tree_device 10000:e1:00.0 144d:a808 010802 nvme
	tree_group 9 "$B" 0000:02:00.1 10000:e1:00.0
	check 02:00.0,02:00.1
	finds 2 problem "; do: vfio-claim enable '02:00.0,02:00.1,10000:e1:00.0'"
}

@test "a group: neighbours without a driver, with pci-stub, needed by this system, kept" {
	tree_device "$C" 144d:a808 010802
	tree_group 9 "$B" "$C"
	check 02:00.0
	finds 0 ok "$B: nothing else in its IOMMU group 9"
	native nvme 'pci:v*d*sv*sd*bc01sc08i02*'
	check 02:00.0
	finds 1 warning "$B: its IOMMU group 9 also has $C, which with its own driver keeps it"
	tree_device "$C" 144d:a808 010802 pci-stub
	tree_group 9 "$B" "$C"
	check 02:00.0
	finds 0 ok "$B: nothing else in its IOMMU group 9"
	tree_device "$C" 144d:a808 010802 nvme
	tree_group 9 "$B" "$C"
	tree_root_on "$C"
	check 02:00.0
	finds 2 problem "keeps it from being passed through; this system needs $C for /; put the card into another slot" 2
	expect_not_in "the problem" "$(grep '^problem' <<<"$output")" "; do: "
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	echo "keep = 03:00.0" >"$ROOT/etc/vfio-claim.conf"
	conf_in_image "keep = 03:00.0"
	check 02:00.0
	finds 2 problem "$B: its IOMMU group 9 also has $C (nvme), which with its own driver keeps it from being passed through; keep=03:00.0 keeps $C; put"
	expect_not_in output "$output" "; do: "
}

@test "a group: more neighbours than anybody wants to type" {
	local slots=("$B") slot
	for slot in 0000:04:0{1..9}.0; do
		slots+=("$slot")
		tree_device "$slot" 8086:1521 020000 igb
	done
	tree_group 9 "${slots[@]}"
	check 02:00.0
	finds 2 problem "; do: vfio-claim enable --group '02:00.0'"
	tree_cmdline "rd.vfio.claim=02:00.0"
	printf 'menuentry x {\nlinux /vmlinuz rd.vfio.claim=02:00.0\n}\n' >"$ROOT/boot/grub/grub.cfg"
	check
	finds 2 problem "; do: vfio-claim enable --add --group '02:00.0'"
}

@test "a group: what is refused in another one is not in the way" {
	check 02:00.0 01:00.0@10de:ffff
	finds 2 problem "$A: left alone: it is another device"
	finds 2 ok "$B: nothing else in its IOMMU group $B"
	tree_group 9 "$A" "$B"
	native nouveau 'pci:v000010DEd*sv*sd*bc03sc*i*'
	check 02:00.0 01:00.0@10de:ffff
	finds 2 warning "$B: its IOMMU group 9 also has $A" 2
}

@test "no IOMMU: a claim is refused, too" {
	rm -r "$ROOT"/sys/class/iommu/* "$ROOT"/sys/kernel/iommu_groups/* "$PCI"/devices/*/iommu_group
	check 02:00.0
	finds 2 problem "$B: left alone: no IOMMU is active" 2
}

@test "wrong usage, and a system that cannot be checked: status 3, one line, nothing printed" {
	local args
	for args in --frob zz 02:00.9 "--sysroot $ROOT/none" --json=1; do
		# shellcheck disable=SC2086 # an option and its value
		check $args
		expect "status of $args" "$status" 3
		expect output "$output" ""
		expect lines "${#stderr_lines[@]}" 1
	done
	rm "$ROOT/proc/cmdline"
	check
	expect status "$status" 3
	expect messages "$stderr" "vfio-claim: there is no $ROOT/proc; in a chroot, mount it"
	tree_cmdline quiet
	rm -r "$PCI/devices"
	check 10de:1e07
	expect status "$status" 3
	expect_in messages "$stderr" "vfio-claim: cannot list the PCI devices in $ROOT/sys/bus/pci"
}

@test "--json: one document" {
	check 07:00.0 --json
	expect status "$status" 2
	expect messages "$stderr" ""
	expect level "$(json 'd["level"]')" '"problem"'
	expect finding "$(json '[f for f in d["findings"] if f["level"] != "ok"]')" \
		'[{"level": "problem", "topic": "device", "what": "rd.vfio.claim=07:00.0: no such device", "fix": "vfio-claim list", "file": null, "line": null, "devices": []}]'
	expect fix "$(json '{f["fix"] for f in d["findings"][1:]} == {None}')" true
	check --json
	expect level "$(json 'd["level"]')" '"ok"'
	expect all "$(json 'sorted({f["level"] for f in d["findings"]})')" '["ok"]'
	mkdir "$ROOT/etc/modprobe.d"
	echo 'options vfio-pci ids=10de:1e07' >"$ROOT/etc/modprobe.d/a.conf"
	check 02:00.0 --json
	expect places "$(json '[[f["file"], f["line"], f["devices"]] for f in d["findings"] if f["file"]]')" \
		"[[\"/etc/modprobe.d/a.conf\", 1, [\"$A\", \"$B\"]]]"
	expect devices "$(json '[f["topic"] for f in d["findings"] if f["devices"] == ["'"$B"'"]]')" '["device", "group"]'
}

@test "problems first, then warnings, then what is well, and a summary" {
	mkdir "$ROOT/etc/modprobe.d"
	echo 'options vfio-pci ids=10de:1e07' >"$ROOT/etc/modprobe.d/a.conf"
	check 07:00.0 02:00.0
	expect levels "$(cut -d' ' -f1 <<<"$output" | uniq | paste -sd' ')" "problem warning ok Summary:"
	expect "the last of them" "$(tail -n 2 <<<"$output" | head -n 1)" "ok       $B: nothing else in its IOMMU group $B would stay with the host"
}

@test "files are called what the system itself calls them, and advice is given once" {
	mkdir -p "$ROOT/etc/modprobe.d"
	printf '%s\n' 'install vfio-pci /bin/true' 'options vfio-pci ids=10de:1e07' >"$ROOT/etc/modprobe.d/a.conf"
	loadable
	printf 'frob = 1\n' >"$ROOT/etc/vfio-claim.conf"
	check 02:00.0
	expect_not_in output "$output" "$ROOT"
	expect advice "$(grep 'a.conf' <<<"$output" | grep -o 'remove the line' | wc -l)" 2
	expect lines "$(grep -c 'a.conf' <<<"$output")" 2
	expect_in output "$output" "/etc/vfio-claim.conf"
}

@test "on a terminal: 80 columns, the level in colour unless NO_COLOR" {
	local lines
	run script -qec "stty cols 80 rows 24; NO_COLOR=1 '$VFIO_CLAIM' --sysroot '$ROOT' check 07:00.0 02:00.0" /dev/null </dev/null
	lines=$(tr -d '\r' <<<"$output")
	[ "$(wc -L <<<"$lines")" -le 80 ]
	expect "beginnings" "$(grep -cvE '^(ok {7}|warning {2}|problem {2}|Summary: | {9})[^ ]' <<<"$lines")" 0
	expect_in folded "$lines" "$(printf '\n         ')"
	expect_not_in colour "$output" $'\033'
	TERM=xterm NO_COLOR='' run script -qec "stty cols 80 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' check 07:00.0" /dev/null </dev/null
	expect_in colour "$output" $'\033[1;31mproblem\033[0m  rd.vfio.claim=07'
	expect_in colour "$output" $'\033[1;32mok\033[0m       /dev/kvm'
}

@test "check writes nothing" {
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	check 02:00.0
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before")" ""
}

@test "--help fits 80 columns" {
	check --help
	expect status "$status" 0
	[ "$(wc -L <<<"$output")" -le 80 ]
}
