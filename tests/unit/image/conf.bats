#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim image: the system's vfio-claim.conf in the image, and what it says of it.

bats_require_minimum_version 1.5.0

load ../kernel

setup() {
	image_setup
	CONF=$OUT/etc/vfio-claim.conf
}

# conf LINE...: the system's file
conf() {
	mkdir -p "$ROOT/etc"
	printf '%s\n' "$@" >"$ROOT/etc/vfio-claim.conf"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	image
	[ "$status" -eq 0 ]
	cmp "$ROOT/etc/vfio-claim.conf" "$CONF"
	[ "$(stat -c %a "$CONF")" = 644 ]
}

# warned LINE TEXT: there is a warning of this line of the file, and it has the text.
warned() {
	local line
	line=$(grep -F "vfio-claim: warning: $ROOT/etc/vfio-claim.conf:$1: " <<<"$stderr") || return 1
	[[ "$line" == *"$2"* ]] || {
		echo "no '$2' in: $line"
		return 1
	}
}

@test "copied; nothing to say of what is right" {
	conf '# a comment' '' 'claim = 01:00.0, 0000:02:00.*,10de:1e07' '  keep=boot-vga' \
		'force = 03:00.0' 'group = 1' 'strict=0' 'timeout = 5'
	[ "$stderr" = "" ]
}

@test "what the boot will ignore is warned of with file and line, and copied" {
	conf 'claim = 01:00.0' 'clam = 02:00.0' '' 'claim 03:00.0' 'claim = 01:00.0,nonsense,02:00.9' \
		'timeout = soon' 'force = boot-vga'
	[ "${#stderr_lines[@]}" -eq 6 ]
	warned 2 "the boot will ignore 'clam = 02:00.0': "
	warned 4 "the boot will ignore 'claim 03:00.0': "
	warned 5 "the boot will ignore 'claim = nonsense': "
	warned 5 "the boot will ignore 'claim = 02:00.9': "
	warned 6 "the boot will ignore 'timeout = soon': "
	warned 7 "the boot will ignore 'force = boot-vga': "
}

@test "empty, without a newline at its end, with Windows' line ends" {
	conf
	: >"$ROOT/etc/vfio-claim.conf"
	image
	done_with ""
	[ -e "$CONF" ] && [ ! -s "$CONF" ]
	printf 'claim = 01:00.0\r\n\r\nclam = 1\r\nkeep = boot-vga' >"$ROOT/etc/vfio-claim.conf"
	image
	[ "${#stderr_lines[@]}" -eq 1 ]
	warned 3 "'clam = 1'"
	cmp "$ROOT/etc/vfio-claim.conf" "$CONF"
}

@test "a NUL byte ends what the boot reads" {
	conf
	printf 'claim = 01:00.0\nkeep = 02:\00000.0\nclam = 1\n' >"$ROOT/etc/vfio-claim.conf"
	image
	[ "$status" -eq 0 ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	warned 2 "the boot will ignore the rest of the file after the NUL byte in this line"
	warned 2 "the boot will ignore 'keep = 02:': "
	cmp "$ROOT/etc/vfio-claim.conf" "$CONF"
}

@test "none, none in the image; one of an earlier run is removed" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	image
	done_with ""
	[ ! -e "$OUT/etc" ]
	mkdir "$OUT/etc"
	echo 'claim = 01:00.0' >"$CONF"
	image
	done_with ""
	[ ! -e "$CONF" ]
}

@test "a directory in its place in the image" {
	mkdir -p "$ROOT/etc" "$CONF"
	echo 'claim = 01:00.0' >"$ROOT/etc/vfio-claim.conf"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	image
	[ "$status" -eq 1 ]
	[[ "$stderr" == "vfio-claim: cannot copy $ROOT/etc/vfio-claim.conf to $CONF: it is a directory" ]]
	rm "$ROOT/etc/vfio-claim.conf"
	image
	[ "$status" -eq 1 ]
	[[ "$stderr" == "vfio-claim: cannot remove $CONF, which an earlier run has left: it is a directory" ]]
}

@test "a link of the system is followed within it" {
	mkdir -p "$ROOT/etc" "$ROOT/data"
	ln -s /data/claims "$ROOT/etc/vfio-claim.conf"
	echo 'claim = 01:00.0' >"$ROOT/data/claims"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	image
	done_with ""
	[ ! -h "$CONF" ]
	cmp "$ROOT/data/claims" "$CONF"
}

# --- what it claims of that this machine runs from ---

# here: a machine that runs from one of two drives with the same ID, beside a card with two functions
here() {
	local slot id path
	mkdir -p "$ROOT"/{proc/self,sys/bus/pci/devices,sys/dev/block,sys/class/block}
	while read -r slot id path; do
		path=$ROOT/sys/devices/pci0000:00/$path
		mkdir -p "$path" "$ROOT/sys/kernel/iommu_groups/7/devices"
		printf 'pci:v0000%sd0000%ssv00000000sd00000000bc01sc08i02\n' "${id%:*}" "${id#*:}" >"$path/modalias"
		echo "0x${id%:*}" >"$path/vendor"
		echo "0x${id#*:}" >"$path/device"
		ln -srT "$path" "$ROOT/sys/bus/pci/devices/$slot"
		[[ $slot == *:03:* ]] || continue
		ln -srT "$ROOT/sys/kernel/iommu_groups/7" "$path/iommu_group"
		ln -srT "$path" "$ROOT/sys/kernel/iommu_groups/7/devices/$slot"
	done <<-END
		0000:02:00.0 144D:A808 0000:00:1c.4/0000:02:00.0
		0000:03:00.0 144D:A808 0000:00:1d.0/0000:03:00.0
		0000:03:00.1 10DE:10F7 0000:00:1d.0/0000:03:00.1
	END
	path=$ROOT/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1
	mkdir -p "$path"
	ln -srT "$path" "$ROOT/sys/dev/block/259:0"
	echo '30 1 259:0 / / rw shared:1 - ext4 /dev/nvme0n1 rw' >"$ROOT/proc/self/mountinfo"
}

# warned_here LINE TEXT...: of an image for this machine, this is all that is said
warned_here() {
	here
	image --hostonly
	[ "$status" -eq 0 ]
	[ "$(cat "$OUT/usr/lib/vfio-claim/protected")" = "0000:00:1d.0/00.0@144d:a808 /" ]
	[ "$stderr" = "vfio-claim: warning: $ROOT/etc/vfio-claim.conf:$1: $2" ] || {
		echo "$stderr"
		return 1
	}
}

REFUSED="the boot will refuse to claim 0000:03:00.0 for 'claim ="

@test "a claim by slot is warned of" {
	conf '# mine' 'claim = 02:00.0, 03:00.0'
	warned_here 2 "$REFUSED 03:00.0': this machine uses it for /"
}

@test "a claim is warned of also before the IOMMU has been switched on" {
	conf 'claim = 03:00.0'
	here
	rm "$ROOT"/sys/devices/pci0000:00/*/*/iommu_group
	image --hostonly
	warned 1 "$REFUSED 03:00.0': this machine uses it for /"
}

@test "a claim by ID, all functions or path is warned of" {
	conf 'claim = 144d:a808'
	warned_here 1 "$REFUSED 144d:a808': this machine uses it for /"
	rm -r "$ROOT/sys"
	conf '' '' 'claim = 03:00.*'
	warned_here 3 "$REFUSED 03:00.*': this machine uses it for /"
	rm -r "$ROOT/sys"
	conf 'claim = 00:1d.0/00.0'
	warned_here 1 "$REFUSED 00:1d.0/00.0': this machine uses it for /"
}

@test "a claim on the other function takes it in with its group" {
	conf 'claim = 03:00.1' 'group = 1'
	warned_here 1 "$REFUSED 03:00.1': this machine uses it for /"
}

@test "a claim that is forced is warned of all the same" {
	conf 'claim = 03:00.0' 'force = 03:00.0'
	warned_here 1 "'force' lets the boot claim 0000:03:00.0 for 'claim = 03:00.0', although this machine uses it for /"
}

@test "no warning for other devices, for what is kept, for another ID, or of an image for any machine" {
	local claim
	for claim in 02:00.0 03:00.1 $'144d:a808\nkeep = 03:00.0' 04:00.0; do
		rm -rf "$ROOT/sys"
		conf "claim = $claim"
		here
		image --hostonly
		done_with ""
	done
	conf 'claim = 03:00.0'
	done_with ""
}
