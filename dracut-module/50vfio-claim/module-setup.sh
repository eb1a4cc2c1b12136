#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts vfio-claim-boot and the vfio modules into the image; 'vfio-claim image' knows what it needs.

# vfio_claim_is_named MODULE: whether dracut's own command line names it, as a module or as a directory of settings (a
# configuration file may name it for all images).
vfio_claim_is_named() {
	# shellcheck disable=SC2154 # dracut_args is dracut's
	[[ " ${dracutmodules-} ${add_dracutmodules-} ${force_add_dracutmodules-} " == *[[:space:]]"$1"[[:space:]]* ]] &&
		[[ " ${dracut_args[*]//[\"=]/ } " == *[[:space:]]"$1"[[:space:]]* ]]
}

# Whether the image is one that saves the memory of a crashed system: the mkdumprd of kdump-utils and kexec-tools sets
# IN_KDUMP, openSUSE's and others name the module.
vfio_claim_is_for_kdump() {
	[ -n "${IN_KDUMP-}" ] || vfio_claim_is_named kdump
}

# Whether the image is one for repairs, as dracut's own 51-dracut-rescue builds it: it is for any machine, so it would
# protect nothing, and its entry in the boot menu is a copy of one with claims.
vfio_claim_is_for_rescue() {
	[[ ${outfile-} == *0-rescue* ]] || { [ -z "${hostonly-}" ] && vfio_claim_is_named rescue; }
}

# called by dracut
check() {
	# In every other image, even one for another machine: the kernel command line decides at boot.
	! vfio_claim_is_for_kdump && ! vfio_claim_is_for_rescue
}

# called by dracut
depends() {
	return 0
}

# Lays out the files in the image and sets $vfio_claim_modules, the modules that it needs: once, for whichever of the
# two functions below is called first, since some images have only one of them. An image for this machine protects what
# this machine runs from.
vfio_claim_image() {
	[ -z "${vfio_claim_modules+set}" ] || return 0
	vfio_claim_modules=$(/usr/sbin/vfio-claim image --kernel "${kernel:?}" --output "${initdir:?}" \
		${hostonly:+--hostonly}) ||
		dwarn "vfio-claim: this image cannot claim devices for vfio-pci"
}

# called by dracut
installkernel() {
	vfio_claim_image
	# hostonly would leave out modules that are not loaded now. One word per module:
	# shellcheck disable=SC2086
	[ -z "$vfio_claim_modules" ] || hostonly='' instmods $vfio_claim_modules
}

# vfio_claim_unit TARGET UNIT: installs a unit that the target wants.
vfio_claim_unit() {
	local wants="${systemdsystemunitdir:?}/$1.wants"

	mkdir -p "${initdir:?}$wants"
	# inst_simple fails silently, and so would a dangling link at boot.
	inst_simple "$systemdsystemunitdir/$2" ||
		dwarn "vfio-claim: no $2 in $systemdsystemunitdir: this image cannot claim devices"
	ln_r "$systemdsystemunitdir/$2" "$wants/$2"
}

# called by dracut
install() {
	vfio_claim_image
	if ! dracut_module_included systemd; then
		inst_hook cmdline 00 "${moddir:?}/vfio-claim-reserve.sh"
		inst_hook pre-pivot 00 "$moddir/vfio-claim-bind.sh"
		return 0
	fi
	vfio_claim_unit sysinit.target vfio-claim-reserve.service
	vfio_claim_unit sysinit.target vfio-claim-bind.service
	vfio_claim_unit sysinit.target vfio-claim-watch.service
	# No hook: it would make systemd run all of dracut-pre-pivot.service.
	vfio_claim_unit initrd.target vfio-claim-finish.service
}
