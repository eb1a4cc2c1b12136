#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim image: the variant drivers, in the image's table and among the modules.

bats_require_minimum_version 1.5.0

load ../kernel

# The aliases are those of Linux 6.12.
NVGRACE="vfio_pci:v000010DEd00002342sv*sd*bc*sc*i*"
MLX5="vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*"
VIRTIO="vfio_pci:v00001AF4d00001041sv*sd*bc*sc*i*"
PLAIN="vfio_pci:v*d*sv*sd*bc*sc*i*"
BASE=$'vfio-pci\nvfio_iommu_type1'

setup_file() {
	OBJECTS=$BATS_FILE_TMPDIR/objects
	export OBJECTS
	mkdir "$OBJECTS"
	object "$OBJECTS/vfio-pci-core.ko" vfio_core ''
	object "$OBJECTS/vfio-pci.ko" '' vfio_core "$PLAIN"
	object "$OBJECTS/vfio_iommu_type1.ko" '' ''
	object "$OBJECTS/nvgrace-gpu-vfio-pci.ko" '' vfio_core "$NVGRACE" "${NVGRACE/2342/2345}"
	object "$OBJECTS/mlx5_core.ko" mlx5_go '' 'pci:v000015B3d0000101Dsv*sd*bc*sc*i*'
	object "$OBJECTS/mlx5-vfio-pci.ko" '' mlx5_go "$MLX5"
	object "$OBJECTS/virtio-vfio-pci.ko" '' vfio_core "$VIRTIO"
}

setup() {
	image_setup
	VARIANTS=$OUT/usr/lib/vfio-claim/variants
}

@test "a line for each alias, their modules behind the others, each once" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 nvgrace-gpu-vfio-pci mlx5_core mlx5-vfio-pci" ""
	image
	# depmod decides on the order.
	[ "$status" -eq 0 ]
	[ "$(head -n 2 <<<"$output")" = "$BASE" ]
	[ "$(tail -n +3 <<<"$output" | sort)" = $'mlx5-vfio-pci\nnvgrace-gpu-vfio-pci' ]
	[ "$stderr" = "" ]
	[ "$(sort "$VARIANTS")" = "\
$NVGRACE nvgrace_gpu_vfio_pci
${NVGRACE/2342/2345} nvgrace_gpu_vfio_pci
$MLX5 mlx5_vfio_pci" ]
	[ "$(stat -c %a "$VARIANTS")" = 644 ]
}

@test "one that is built in has its line and is not printed" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 mlx5_core mlx5-vfio-pci" "virtio-vfio-pci"
	printf 'virtio_vfio_pci.alias=%s\0virtio_vfio_pci.license=GPL\0' "$VIRTIO" \
		>"$ROOT/lib/modules/$KVER/modules.builtin.modinfo"
	depmod -b "$ROOT" "$KVER"
	image
	done_with "$BASE"$'\nmlx5-vfio-pci'
	[ "$(cat "$VARIANTS")" = "$MLX5 mlx5_vfio_pci"$'\n'"$VIRTIO virtio_vfio_pci" ]
}

@test "none, no file; one of an earlier run is removed" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1" ""
	mkdir -p "${VARIANTS%/*}"
	echo "$MLX5 mlx5_vfio_pci" >"$VARIANTS"
	image
	done_with "$BASE"
	[ ! -e "$VARIANTS" ]
}

@test "none where vfio-pci is built in" {
	kernel lib/modules "" "vfio-pci vfio_iommu_type1"
	image
	done_with ""
	[ ! -e "$VARIANTS" ]
}

@test "a file that is missing costs this variant alone" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 nvgrace-gpu-vfio-pci mlx5_core mlx5-vfio-pci" ""
	rm "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/nvgrace-gpu-vfio-pci.ko"
	image
	[ "$status" -eq 0 ]
	[ "$output" = "$BASE"$'\nmlx5-vfio-pci' ]
	[ "$(cat "$VARIANTS")" = "$MLX5 mlx5_vfio_pci" ]
	[ "$stderr" = "vfio-claim: warning: the variant driver nvgrace_gpu_vfio_pci cannot be put into the image: $ROOT/lib/modules/$KVER/kernel/drivers/vfio/nvgrace-gpu-vfio-pci.ko is not there; its devices will get plain vfio-pci" ]
}

@test "a file that one needs is missing" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 mlx5_core mlx5-vfio-pci" ""
	rm "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/mlx5_core.ko"
	image
	[ "$status" -eq 0 ]
	[ "$output" = "$BASE" ]
	[ ! -e "$VARIANTS" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == *"mlx5_vfio_pci"*"/mlx5_core.ko is not there"* ]]
}

@test "no aliases to read is a warning" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 mlx5_core mlx5-vfio-pci" ""
	rm "$ROOT/lib/modules/$KVER/modules.alias"
	image
	[ "$status" -eq 0 ]
	[ "$output" = "$BASE" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "vfio-claim: warning: the aliases of kernel $KVER cannot be read (it is not there), so variant drivers may be missing from the image; rebuild them with 'depmod -b $ROOT $KVER'" ]]
}

@test "compressed modules" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 virtio-vfio-pci" ""
	xz --check=crc32 "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/"*.ko
	depmod -b "$ROOT" "$KVER"
	image
	done_with "$BASE"$'\nvirtio-vfio-pci'
	[ "$(cat "$VARIANTS")" = "$VIRTIO virtio_vfio_pci" ]
}

# function_here SLOT VENDOR DEVICE: a function of this machine
function_here() {
	mkdir -p "$ROOT/sys/bus/pci/devices/$1"
	printf 'pci:v%08Xd%08Xsv000010DEsd00001839bc03sc02i00\n' "$2" "$3" \
		>"$ROOT/sys/bus/pci/devices/$1/modalias"
}

# image_here: an image for this machine, whose root is in memory
image_here() {
	mkdir -p "$ROOT/proc/self"
	echo '30 1 0:25 / / rw shared:1 - tmpfs tmpfs rw' >"$ROOT/proc/self/mountinfo"
	image --hostonly
}

@test "for this machine: the modules of what is in it; the table is the same" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 nvgrace-gpu-vfio-pci mlx5_core mlx5-vfio-pci" ""
	image
	sort "$VARIANTS" >"$BATS_TEST_TMPDIR/all"
	function_here 0000:01:00.0 0x8086 0x1521
	function_here 0009:01:00.0 0x10de 0x2345 # the second of its aliases
	image_here
	done_with "$BASE"$'\nnvgrace-gpu-vfio-pci'
	sort "$VARIANTS" | diff "$BATS_TEST_TMPDIR/all" -
	rm -r "$ROOT/sys/bus/pci/devices/0009:01:00.0"
	image_here
	done_with "$BASE"
	sort "$VARIANTS" | diff "$BATS_TEST_TMPDIR/all" -
}

@test "for this machine: a file that is missing matters if there is a device for it" {
	kernel lib/modules "vfio-pci-core vfio-pci vfio_iommu_type1 mlx5_core mlx5-vfio-pci" ""
	rm "$ROOT/lib/modules/$KVER/kernel/drivers/vfio/mlx5-vfio-pci.ko"
	image_here
	done_with "$BASE"
	[ ! -e "$VARIANTS" ]
	function_here 0000:01:00.2 0x15b3 0x101e
	image_here
	[ "$status" -eq 0 ]
	[ "$output" = "$BASE" ]
	[[ "$stderr" == "vfio-claim: warning: the variant driver mlx5_vfio_pci cannot be put into the image: "* ]]
}
