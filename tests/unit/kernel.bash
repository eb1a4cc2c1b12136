# SPDX-License-Identifier: GPL-2.0-or-later
# An installed kernel and an image under construction, for tests of vfio-claim image. The module trees are
# real for libkmod: tiny ELF objects, indexed by depmod.
# shellcheck shell=bash disable=SC2034,SC2154

# shellcheck source=tests/unit/quick.bash
. "${BASH_SOURCE[0]%/*}/quick.bash"

KVER=6.1.0-test
PATH=$PATH:/usr/sbin:/sbin # depmod

# object FILE EXPORTS NEEDS [ALIAS...]: a relocatable object that depmod takes for a module; EXPORTS is
# the symbol that it exports and NEEDS the one that it uses, "" for none.
object() {
	local number
	{
		echo 'const char info[] __attribute__((section(".modinfo"), used)) = "license=GPL";'
		[ -z "$2" ] || printf '%s "%s";\n' \
			'const char sym[] __attribute__((section("__ksymtab_strings"), used)) =' "$2"
		[ -z "$3" ] || printf 'extern void %s(void);\nvoid go(void)\n{\n\t%s();\n}\n' "$3" "$3"
		for ((number = 4; number <= $#; number++)); do
			printf 'const char alias%d[] __attribute__((section(".modinfo"), used)) = "alias=%s";\n' \
				"$number" "${!number}"
		done
	} | gcc -x c -fno-pic -c -o "$1" -
}

# image_setup: a root directory with the boot program in it and an empty image
image_setup() {
	quick_trace
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	ROOT=$BATS_TEST_TMPDIR/root
	OUT=$BATS_TEST_TMPDIR/image
	mkdir -p "$ROOT/usr/lib/vfio-claim" "$OUT"
	printf 'the boot program\0\377' >"$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	chmod 0600 "$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	PROGRAM=$OUT/usr/lib/vfio-claim/vfio-claim-boot
	mkdir -p "$ROOT/usr/lib/udev/rules.d"
	echo '# the rule' >"$ROOT/usr/lib/udev/rules.d/10-vfio-claim.rules"
}

# kernel DIRECTORY "MODULES" "BUILT-INS": a module directory below $ROOT, indexed. Made once for all tests of a file.
kernel() {
	local dir=$ROOT/$1/$KVER made=${BATS_FILE_TMPDIR:-$ROOT.made} kept
	kept=$made/kernel-${*//[ \/]/+}-$KVER
	if [ ! -d "$kept" ]; then
		kernel_index "$made/lib/modules/$KVER" "$2" "$3" || return
		mv "$made/lib/modules/$KVER" "$kept"
	fi
	rm -rf "$dir"
	mkdir -p "${dir%/*}"
	cp -r "$kept" "$dir"
}

# kernel_index DIRECTORY "MODULES" "BUILT-INS": depmod only knows those below a lib/modules
kernel_index() {
	local name
	mkdir -p "$1/kernel/drivers/vfio"
	for name in $2; do
		cp "$OBJECTS/$name.ko" "$1/kernel/drivers/vfio/"
	done
	: >"$1/modules.order"
	for name in $3; do
		echo "kernel/drivers/vfio/$name.ko"
	done >"$1/modules.builtin"
	depmod -b "${1%/lib/modules/*}" "$KVER"
}

# machine_make [CMDLINE]: in $ROOT the empty machine of tree_make() with a kernel that can do vfio, / in memory, and a
# boot menu with one entry
machine_make() {
	image_setup
	tree_make "$ROOT"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	mkdir -p "$ROOT"/{etc,boot/grub,proc/self,proc/sys/kernel,usr/sbin}
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	machine_menu "${1:-quiet}"
}

# machine_menu CMDLINE: what the only entry of GRUB's menu says
machine_menu() {
	printf 'menuentry x {\n\tlinux /vmlinuz-%s %s\n}\n' "$KVER" "$1" >"$ROOT/boot/grub/grub.cfg"
}

# native MODULE ALIAS...: a driver more of the kernel in lib/modules, for devices with these modaliases
native() {
	object "$ROOT/lib/modules/$KVER/kernel/drivers/$1.ko" '' '' "${@:2}"
	depmod -b "$ROOT" "$KVER" 2>/dev/null
}

# image [OPTION...]
image() {
	# shellcheck disable=SC2086 # a wrapper is several words
	run --separate-stderr ${VFIO_CLAIM_WRAPPER:-} "$VFIO_CLAIM" --sysroot "$ROOT" image \
		--kernel "$KVER" --output "$OUT" "$@"
}

# done_with MODULES: status 0, these on standard output, nothing on standard error.
done_with() {
	[ "$status" -eq 0 ] && [ "$output" = "$1" ] && [ "$stderr" = "" ] || {
		printf '%s\n' "status $status" "$output" "$stderr"
		return 1
	}
}

# packed FILE PATH[=TEXT]...: an image with these files
packed() {
	"$TOP/tests/unit/pack-image" "${@:2}" >"$1"
}

# in_image FILE PATH: a file of a plain image
in_image() {
	cpio --quiet -i --to-stdout "$2" <"$1"
}
