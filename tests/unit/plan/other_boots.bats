#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots that are not the user's own: a crash kernel that saves the memory of the crashed one, the rescue kernel, an image
# that is for any machine, a container. What the program itself does in a crash kernel is in rescue.bats,
# what is in the images in tests/hooks, a real crash in tests/boot.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings


# --- crash kernels ------------------------------------------------------------------------------

# The scripts call the program, which looks for itself: see rescue.bats.
@test "crash kernel: no unit calls the program" {
	local unit
	for unit in "$TOP"/systemd/*.service; do
		grep -qx 'ConditionPathExists=!/proc/vmcore' "$unit" || {
			echo "$unit has no such condition"
			return 1
		}
	done
}

@test "initramfs-tools: kdump-tools' own image does without" {
	local hook=$BATS_TEST_TMPDIR/hook
	sed -e "s|/usr/sbin/vfio-claim|touch $BATS_TEST_TMPDIR/asked; : |" -e "s|^\. .*hook-functions|:|" \
		"$TOP/initramfs-tools/hooks/vfio-claim" >"$hook"
	run env CONFDIR=/var/lib/kdump/initramfs-tools version=6.1.0 DESTDIR=/nowhere MODULES=dep sh "$hook"
	expect status "$status" 0
	expect output "$output" ""
	[ ! -e "$BATS_TEST_TMPDIR/asked" ]
	run env CONFDIR=/etc/initramfs-tools version=6.1.0 DESTDIR=/nowhere MODULES=dep sh "$hook"
	[ -e "$BATS_TEST_TMPDIR/asked" ]
}

# --- dracut: which images -----------------------------------------------------------------------

# dracut_check WANTED [NAME=VALUE...] -- [ARGUMENT...]: what check() says in a dracut that was called with these arguments
# and has these variables
dracut_check() {
	local wanted=$1 variables=()
	shift
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	run env -i PATH="$PATH" "${variables[@]}" bash -c '
		. "$1"
		shift
		dracut_args=("$@")
		check && echo in || echo out
	' bash "$TOP/dracut-module/50vfio-claim/module-setup.sh" "$@"
	expect "check() with ${variables[*]} -- $*" "$output" "$wanted"
}

@test "dracut: in every image but those for a crash kernel and for repairs" {
	local all=dracutmodules=all
	dracut_check in $all --
	dracut_check in $all hostonly=-h outfile=/boot/initramfs-6.1.img -- --force
	dracut_check in $all outfile=/boot/initramfs-6.1.img -- --no-hostonly --force
	# mkdumprd of kexec-tools and kdump-utils, and openSUSE's.
	dracut_check out $all hostonly=-h IN_KDUMP=1 add_dracutmodules=" kdumpbase " -- --add kdumpbase
	dracut_check out $all hostonly=-h add_dracutmodules=" kdump " -- --force --hostonly --add kdump --omit '"plymouth resume"'
	dracut_check in $all hostonly=-h omit_dracutmodules=" kdump " -- --force --omit kdump
	# dracut's own: 033 to 106, with or without an entry token; and from 107 on.
	dracut_check out $all add_dracutmodules=" rescue " outfile=/boot/initramfs-0-rescue-0123.img -- --no-hostonly -a rescue
	dracut_check out $all add_dracutmodules=" rescue " outfile=/boot/0123/0-rescue/initrd -- -f --add-confdir rescue
	dracut_check out $all outfile=/boot/initramfs-0-rescue-0123.img -- --rebuild
	# By hand; quotes are what dracut itself puts around arguments with blanks.
	dracut_check out $all add_dracutmodules=" rescue " outfile=/tmp/x -- --no-hostonly -a rescue
	dracut_check out $all add_dracutmodules=" nfs rescue " outfile=/tmp/x -- --no-hostonly --add '"nfs rescue"'
	dracut_check out $all force_add_dracutmodules=" rescue " outfile=/tmp/x -- --no-hostonly --force-add=rescue
	# All images have it, or this one is for this machine: it has a list of what is protected.
	dracut_check in $all add_dracutmodules=" rescue " outfile=/boot/initramfs-6.1.img -- --no-hostonly --force
	dracut_check in $all hostonly=-h add_dracutmodules=" rescue " outfile=/boot/initramfs-6.1.img -- --force -a rescue
}

# --- the entry of the rescue kernel -------------------------------------------------------------

# options NAME: of an entry
options() {
	sed -n 's/^options *//p' "$ROOT/boot/loader/entries/$1.conf"
}

# kernel_install COMMAND KVER: the plugin, as kernel-install calls it
kernel_install() {
	chroot "$ROOT" /bin/sh /plugin "$1" "$2" "/boot/0123/$2"
}

@test "kernel-install: the rescue kernel's entry gets rd.vfio=0, once, and no copy" {
	local rescue
	system_make
	system_programs sh cat rm sed grep sort mv cp
	cp "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/plugin"
	entry "0123-$KVER.conf" "CentOS" "root=UUID=0b1e ro rd.vfio.claim=02:00.0"
	cp "$ROOT/boot/loader/entries/0123-$KVER.conf" "$ROOT/boot/loader/entries/0123-0-rescue.conf"
	cp "$ROOT/boot/loader/entries/0123-$KVER.conf" "$ROOT/boot/loader/entries/4567-0-rescue.conf"
	echo 0123 >"$ROOT/etc/machine-id"
	chmod 0640 "$ROOT/boot/loader/entries/0123-0-rescue.conf"
	kernel_install add "$KVER"
	rescue="root=UUID=0b1e ro rd.vfio.claim=02:00.0 rd.vfio=0"
	expect "the rescue entry" "$(options 0123-0-rescue)" "$rescue"
	expect "its title" "$(grep -c 'title CentOS$' "$ROOT/boot/loader/entries/0123-0-rescue.conf")" 1
	expect "its mode" "$(stat -c %a "$ROOT/boot/loader/entries/0123-0-rescue.conf")" 640
	expect "the kernel's" "$(options "0123-$KVER")" "root=UUID=0b1e ro rd.vfio.claim=02:00.0"
	expect "its copy" "$(options "0123-$KVER~novfio")" "$rescue"
	expect "another system's" "$(options 4567-0-rescue)" "root=UUID=0b1e ro rd.vfio.claim=02:00.0"
	kernel_install add "$KVER"
	kernel_install add 0-rescue
	expect "the rescue entry, again" "$(options 0123-0-rescue)" "$rescue"
	expect "the entries" "$(cd "$ROOT/boot/loader/entries" && echo *)" \
		"0123-0-rescue.conf 0123-$KVER.conf 0123-$KVER~novfio.conf 4567-0-rescue.conf"
	# Behind a bare "--" the words are for init; and rd.vfio=0 may stand anywhere.
	sed -i 's/^options.*/options root=x -- rd.vfio=01/' "$ROOT/boot/loader/entries/0123-0-rescue.conf"
	kernel_install add "$KVER"
	expect "the rescue entry with words for init" "$(options 0123-0-rescue)" "root=x rd.vfio=0 -- rd.vfio=01"
	sed -i 's/^options.*/options rd.vfio=0 root=x/' "$ROOT/boot/loader/entries/0123-0-rescue.conf"
	kernel_install add "$KVER"
	expect "the rescue entry with it in front" "$(options 0123-0-rescue)" "rd.vfio=0 root=x"
	kernel_install remove "$KVER"
	expect "the rescue entry when a kernel goes" "$(options 0123-0-rescue)" "rd.vfio=0 root=x"
}

# A rescue kernel that came before vfio-claim, or by hand: grubby writes into all entries.
rescue_is_spared() {
	local rescue=$ROOT/boot/loader/entries/0123-0-rescue.conf before
	sed -i 's/ rd\.vfio=0//' "$rescue"
	before=$(system_sum)
	did enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "rd.vfio=0"
	diff <(echo "$before") <(system_sum)
	did enable 02:00.0
	grep -qw 'rd\.vfio=0' "$rescue"
	did enable 02:00.0
	expect_in "the second time" "$output" "Nothing to change."
	did enable 01:00.0
	expect "how often it is there" "$(grep -o 'rd\.vfio=0' "$rescue" | wc -l)" 1
	did disable
	expect "claims in it afterwards" "$(grep -c 'rd\.vfio\.' "$rescue")" 0
	grep -qw 'rd\.vfio=0' "$rescue"
	# When grubby fails, it is as it was.
	sed -i 's/ rd\.vfio=0//' "$rescue"
	before=$(system_sum)
	tool /usr/sbin/grubby <<<'exit 1'
	vfio enable 02:00.0
	expect status "$status" 1
	expect "the rescue entry" "$(grep -c 'rd\.vfio' "$rescue")" 0
}

@test "enable by grubby: the rescue kernel's entry claims nothing" {
	system_centos9
	rescue_is_spared
}

@test "enable by grubby with GRUB's environment: the rescue kernel's entry claims nothing" {
	system_centos8
	rescue_is_spared
	grep -qx 'options $kernelopts' "$ROOT/boot/loader/entries/0123-0-rescue.conf"
}

# --- images for any machine ---------------------------------------------------------------------

# checks LEVEL PIECE: a line of check that has this level and this in it
checks() {
	vfio check 02:00.0
	grep -e "^$1 " <<<"$output" | grep -qF -e "$2" || {
		printf 'no %s "%s" in:\n%s\n' "$1" "$2" "$output"
		return 1
	}
}

@test "check: an image that protects nothing, and how it would" {
	system_debian
	packed "$IMAGE" "$OURS" usr/lib/modules/{vfio,vfio-pci,vfio_iommu_type1}.ko
	# Here there is nothing to protect.
	checks ok "kernel $KVER: its image has vfio-claim and the current settings"
	tree_root_on 0000:03:00.0
	checks warning "kernel $KVER: its image has vfio-claim and the current settings, but it protects nothing"
	expect_in fix "$output" "; do: update-initramfs -u -k $KVER"
	rm "$ROOT/usr/sbin/update-initramfs"
	mv "$IMAGE" "$ROOT/boot/initramfs-$KVER.img"
	IMAGE=$ROOT/boot/initramfs-$KVER.img
	checks warning "it protects nothing"
	expect_in fix "$output" "; do: dracut --hostonly --force /boot/initramfs-$KVER.img $KVER"
	tool /usr/bin/mkinitcpio <<<'exit 0'
	checks warning "it protects nothing"
	expect_in fix "$output" "; do: add autodetect to HOOKS, then run: mkinitcpio -P"
	# Nor does enable make an image anew for that: it would be the same.
	did enable 02:00.0
	expect_not_in "what was run" "$(log)" mkinitcpio
}

# --- containers ---------------------------------------------------------------------------------

@test "check and enable in a container: it is the host's kernel" {
	system_debian
	vfio check 02:00.0
	expect_not_in "without one" "$output" container
	mkdir -p "$ROOT/run/systemd"
	echo systemd-nspawn >"$ROOT/run/systemd/container"
	checks warning "this is a container (systemd-nspawn)"
	did enable 02:00.0
	expect_in message "$stderr" "this is a container (systemd-nspawn)"
	rm "$ROOT/run/systemd/container"
	: >"$ROOT/.dockerenv"
	checks warning "this is a container (docker)"
	rm "$ROOT/.dockerenv"
	did disable
	expect_not_in message "$stderr" container
	grep -qx 'ConditionVirtualization=!container' "$TOP/systemd/vfio-claim-status.service"
}
