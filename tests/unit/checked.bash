# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of vfio-claim check: a machine made of files, and what is found there. Needs kernel.bash and tree.bash.
# shellcheck shell=bash disable=SC2034,SC2154

A=0000:01:00.0
B=0000:02:00.0
C=0000:03:00.0

# A machine with which all is well: nothing is asked for. It is made once, and copied for each test.
setup_file() {
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	make_machine
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/{root,image} "$BATS_TEST_TMPDIR"
	image_setup
	PCI=$ROOT/sys/bus/pci
}

make_machine() {
	image_setup
	tree_make "$ROOT"
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	mkdir -p "$ROOT"/{etc,boot/grub,proc/self,proc/sys/kernel,dev}
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx smx\nbugs\t\t: svm\n\n' \
		>"$ROOT/proc/cpuinfo"
	: >"$ROOT/dev/kvm"
	echo ' 24:   1  0  IR-PCI-MSIX-0000:00:01.0   0-edge' >"$ROOT/proc/interrupts"
	printf 'menuentry x {\n\tlinux /vmlinuz quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	installed "$KVER" "$OURS"
}

OURS=usr/lib/vfio-claim/vfio-claim-boot

# installed KVER FILE...: its image, with these files, where initramfs-tools puts it
installed() {
	packed "$ROOT/boot/initrd.img-$1" "${@:2}"
}

# conf_in_image TEXT: this is the vfio-claim.conf in the image
conf_in_image() {
	installed "$KVER" "$OURS" "etc/vfio-claim.conf=$1"$'\n'
}

check() {
	# shellcheck disable=SC2086,SC2154 # a wrapper is several words; run sets the others
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" check "$@"
}

# finds STATUS LEVEL PIECE: the exit status, and a line of this level with this in it; and it is all that
# is not ok, unless the level is
finds() {
	expect "status ($output $stderr)" "$status" "$1"
	grep -e "^$2 " <<<"$output" | grep -qF -e "$3" || {
		printf 'no %s "%s" in:\n%s\n' "$2" "$3" "$output"
		return 1
	}
	[ "$2" = ok ] || expect "what is not ok" "$(grep -vc '^ok \|^Summary: ' <<<"$output")" "${4:-1}"
}

json() {
	"$TOP/tests/unit/json-value" check "$1" <<<"$output"
}
