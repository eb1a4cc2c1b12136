#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is read of an installed image, by vfio-claim check: every compression, archives behind one another, hard links,
# unified images, and images that mean harm. What real generators build is in tests/hooks.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree

OURS=usr/lib/vfio-claim/vfio-claim-boot

# A machine whose vfio-claim.conf has one line, and whose image has not.
setup() {
	image_setup
	tree_make "$ROOT"
	kernel lib/modules "" "vfio-pci vfio_iommu_type1" 2>/dev/null
	mkdir -p "$ROOT"/{etc,boot/grub,proc/self,proc/sys/kernel}
	echo "30 1 0:20 / / rw - tmpfs tmpfs rw" >"$ROOT/proc/self/mountinfo"
	echo "$KVER" >"$ROOT/proc/sys/kernel/osrelease"
	printf 'menuentry x {\n\tlinux /vmlinuz quiet\n}\n' >"$ROOT/boot/grub/grub.cfg"
	echo 'keep = boot-vga' >"$ROOT/etc/vfio-claim.conf"
	IMAGE=$ROOT/boot/initrd.img-$KVER
	WORK=$BATS_TEST_TMPDIR/work
	mkdir "$WORK"
	# Microcode, then other files, then ours: incompressible bytes, more than any buffer holds.
	packed "$WORK/early" kernel/x86/microcode/GenuineIntel.bin=x
	packed "$WORK/other" usr/bin/x etc/vfio-claim.conf=old
	head -c 300000 /dev/urandom | base64 -w 0 >"$WORK/bulk"
	mkdir -p "$WORK/tree"/{usr/lib/vfio-claim,etc}
	cp "$WORK/bulk" "$WORK/tree/bulk"
	: >"$WORK/tree/$OURS"
	cp "$ROOT/etc/vfio-claim.conf" "$WORK/tree/etc/"
	archive "$WORK/tree" >"$WORK/main"
}

# archive DIRECTORY: what GNU cpio makes of it
archive() {
	(cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc)
}

# of_image: what check says of the image
of_image() {
	run timeout 60 "$VFIO_CLAIM" --sysroot "$ROOT" check
	grep -o "kernel $KVER: .*image.*" <<<"$output" || {
		echo "nothing of the image in: $output"
		return 1
	}
}

# is_current WHAT, is WHAT PIECE
is_current() {
	is "$1" "its image has vfio-claim and the current settings"
}
is() {
	expect_in "$1" "$(of_image)" "$2"
}

# in all ways that a generator compresses
ways=("cat" "gzip -c" "bzip2 -c" "lzma -c" "xz --check=crc32 -c" "xz --x86 --lzma2 --check=sha256 -c" "lzop -c"
	"lz4 -l -c" "zstd -c" "zstd --ultra -20 -T2 -c")

# bats test_tags=slow
@test "plain, and compressed with all that the kernel knows" {
	local way
	for way in "${ways[@]}"; do
		$way <"$WORK/main" 2>/dev/null >"$IMAGE"
		is_current "$way"
	done
}

# bats test_tags=slow
@test "archives behind one another: a later file takes the place of an earlier one" {
	local way
	for way in "${ways[@]}"; do
		{
			cat "$WORK/early" && head -c 1388 /dev/zero
			$way <"$WORK/other" && head -c 512 /dev/zero
			cat "$WORK/main"
			$way <"$WORK/early"
		} 2>/dev/null >"$IMAGE"
		is_current "$way"
		{
			$way <"$WORK/main" && head -c 512 /dev/zero
			$way <"$WORK/other" && head -c 512 /dev/zero
			gzip -c <"$WORK/early"
		} 2>/dev/null >"$IMAGE"
		is "$way" "has an outdated /etc/vfio-claim.conf"
	done
}

@test "several archives in one compressed part, and what no kernel reads behind the last one" {
	{ cat "$WORK/early" && head -c 512 /dev/zero && cat "$WORK/other" "$WORK/main" && head -c 256 /dev/zero; } |
		gzip -c >"$IMAGE"
	is_current "in one part"
	echo "#BOOTCONFIG" >>"$IMAGE"
	is_current "with junk behind"
}

@test "hard links: the data is with the last name, whichever is ours" {
	ln "$WORK/tree/etc/vfio-claim.conf" "$WORK/tree/etc/a-copy"
	ln "$WORK/tree/etc/vfio-claim.conf" "$WORK/tree/usr/z-copy"
	archive "$WORK/tree" >"$IMAGE"
	is_current "the data is with the last of three names"
	rm "$WORK/tree/usr/z-copy"
	archive "$WORK/tree" >"$IMAGE"
	is_current "the data is with ours"
	# The same file in another archive is another one.
	echo other >"$WORK/tree/etc/a-copy"
	(cd "$WORK/tree" && echo etc/a-copy | cpio --quiet -o -H newc) >>"$IMAGE"
	is_current "another archive"
}

@test "a unified image: its section .initrd" {
	mkdir -p "$ROOT/efi/EFI/Linux"
	zstd -q -c <"$WORK/main" >"$WORK/section"
	python3 - "$WORK/section" "$ROOT/efi/EFI/Linux/0123-$KVER.efi" <<-'EOF'
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		header = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HH", 0x8664, 2) + bytes(16)
		def section(name, size, raw, at):
		    return name.ljust(8, b"\0") + struct.pack("<IIII", size, 0x1000, raw, at) + bytes(16)
		raw = (len(data) + 511) // 512 * 512
		header += section(b".cmdline", 5, 512, 512) + section(b".initrd", len(data), raw, 1024)
		with open(sys.argv[2], "wb") as image:
		    image.write(header.ljust(512, b"\0") + b"quiet".ljust(512, b"\0") + data.ljust(raw, b"\0") + b"kernel")
	EOF
	is_current "a unified image"
	rm -r "$ROOT/efi"
	is "none" "no image found for it"
}

# bats test_tags=slow
@test "an image that is empty, cut off or damaged is to be rebuilt" {
	local way size
	: >"$IMAGE"
	is "empty" "its image is empty"
	head -c 4096 /dev/zero >"$IMAGE"
	is "zeros" "its image is empty"
	for way in "${ways[@]}"; do
		$way <"$WORK/main" 2>/dev/null >"$WORK/whole"
		size=$(stat -c %s "$WORK/whole")
		head -c $((size / 2)) "$WORK/whole" >"$IMAGE"
		is "$way, cut off" "its image is damaged or cut off"
	done
	{ head -c 200 "$WORK/main" && echo nonsense; } >"$IMAGE"
	is "a header that is none" "its image is damaged or cut off"
	echo "no archive at all" >"$IMAGE"
	is "no archive" "cannot read its image /boot/initrd.img-$KVER; it is not an initramfs image"
}

@test "what dracut's squash has in a file system of its own is not taken for an image without vfio-claim" {
	packed "$IMAGE" squashfs-root.img=x
	is squash "its files are in another file system"
}

@test "without a program that libarchive would need: which one" {
	lzop -c <"$WORK/main" >"$IMAGE"
	# shellcheck disable=SC2016 # for the inner shell
	run unshare -m sh -c 'mount -t tmpfs none /usr/local && mount --bind "$1" /usr/bin &&
		exec "$2" --sysroot "$3" check' - "$WORK/tree" "$VFIO_CLAIM" "$ROOT"
	# Where libarchive has it built in, no program is needed.
	[[ $output == *"install lzop, which decompresses it"* ]] ||
		expect_in message "$output" "kernel $KVER: its image has vfio-claim and the current settings"
}

# --- images that mean harm ---

@test "our names that are links, nodes or directories: not followed, not opened, not ours" {
	local file=$WORK/tree/etc/vfio-claim.conf
	rm "$file"
	ln -s /etc/shadow "$file"
	archive "$WORK/tree" >"$IMAGE"
	is link "does not have /etc/vfio-claim.conf"
	rm "$file"
	mkfifo "$file"
	archive "$WORK/tree" >"$IMAGE"
	is FIFO "does not have /etc/vfio-claim.conf"
	rm "$file"
	mknod "$file" c 1 5
	archive "$WORK/tree" >"$IMAGE"
	is "/dev/zero" "does not have /etc/vfio-claim.conf"
	# In front of a link of that name there was a file.
	cat "$WORK/main" "$IMAGE" >"$WORK/both"
	mv "$WORK/both" "$IMAGE"
	is "a node behind a file" "does not have /etc/vfio-claim.conf"
}

@test "names that lead out of the image, and archives within archives: nothing is written anywhere" {
	packed "$IMAGE" "../../../../tmp/evil-$$=x" "/etc/../etc/vfio-claim.conf=x" "$OURS"
	touch "$BATS_TEST_TMPDIR/before"
	is "names" "does not have /etc/vfio-claim.conf"
	[ ! -e "/tmp/evil-$$" ]
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before" -type f)" ""
}

# bomb BYTES NAME: an archive with a file of that many zeros
bomb() {
	python3 - "$1" "$2" <<-'EOF'
		import sys
		size, name = int(sys.argv[1]), sys.argv[2].encode() + b"\0"
		out = sys.stdout.buffer
		out.write(b"070701" + b"".join(b"%08X" % n for n in (1, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name), 0)))
		out.write(name + bytes(-(110 + len(name)) % 4))
		for _ in range(size // 1048576):
		    out.write(bytes(1048576))
	EOF
}

# bats test_tags=slow
@test "files with several names, hundreds of thousands of them, are told apart before the time is up" {
	python3 - <<-'EOF' | gzip -1 -c >"$IMAGE"
		import sys
		def entry(inode, links, name):
		    numbers = (inode, 0o100644, 0, 0, links, 0, 0, 0, 0, 0, 0, len(name) + 1, 0)
		    text = b"070701" + b"".join(b"%08X" % n for n in numbers) + name + b"\0"
		    return text + b"\0" * (-len(text) % 4)
		sys.stdout.buffer.write(b"".join(entry(inode, 2, b"x") for inode in range(400000)))
		sys.stdout.buffer.write(entry(0, 1, b"TRAILER!!!"))
	EOF
	cat "$WORK/main" >>"$IMAGE"
	is_current "the image"
}

# bats test_tags=unsanitized,slow
@test "a file of ours that is too large is not taken into memory" {
	{ bomb 1073741824 etc/vfio-claim.conf && cat "$WORK/other"; } | zstd -q -c >"$IMAGE"
	cat "$WORK/main" >>"$IMAGE"
	# shellcheck disable=SC2016 # for the inner shell
	run bash -c 'ulimit -v 600000; exec timeout 60 "$@"' - "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect_in message "$output" "kernel $KVER: its image has vfio-claim and the current settings"
}

@test "an archive without an end: a limit to what is read" {
	# Sizes that no image has: each of these names 4 GB that follow.
	bomb 4294967295 a | head -c 200 >"$IMAGE"
	truncate -s 5G "$IMAGE"
	is "a sparse file" "it contains more than any initramfs image"
	# The same directory again and again, zeros behind it.
	python3 - <<-'EOF' | gzip -1 -c >"$IMAGE"
		import sys
		entry = b"070701" + b"".join(b"%08X" % n for n in (1, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4000, 0))
		entry += b"vfio" * 999 + b"\0" * 4 + b"\0" * (-(110 + 4000) % 4)
		for _ in range(20000):
		    sys.stdout.buffer.write(entry)
	EOF
	is "names" "it contains more than any initramfs image"
}

# bats test_tags=unsanitized,slow
@test "small parts that are large when decompressed: a limit to what is read" {
	{ bomb 1073741824 a && cat "$WORK/other"; } | zstd -q -c >"$WORK/part"
	cat "$WORK/part" "$WORK/part" "$WORK/part" "$WORK/part" "$WORK/main" >"$IMAGE"
	is "4 GiB and more" "it contains more than any initramfs image"
}

# --- once ---

@test "an image is read once in a run, and by no other program" {
	zstd -q -c <"$WORK/main" >"$IMAGE"
	ASAN_OPTIONS=detect_leaks=0 run strace -f -o "$WORK/trace" -e trace=openat,execve,clone,fork,vfork "$VFIO_CLAIM" \
		--sysroot "$ROOT" check
	expect "how often it is opened" "$(grep -c "\"$IMAGE\"" "$WORK/trace")" 1
	expect "programs" "$(grep -c execve "$WORK/trace")" 1
}

# --- vfio-claim.conf of a system that means harm ---

@test "a vfio-claim.conf that is a FIFO, a device or a link to one, or too long" {
	local conf=$ROOT/etc/vfio-claim.conf
	packed "$IMAGE" "$OURS"
	rm "$conf"
	mkfifo "$conf"
	image
	expect "status with a FIFO ($stderr)" "$status" 0
	run timeout 20 "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect "that it ends" "$((status < 124))" 1
	rm "$conf"
	mknod "$ROOT/dev/zero" c 1 5
	ln -s ../dev/zero "$conf"
	image
	expect "status with a link to /dev/zero ($stderr)" "$status" 0
	[ ! -e "$OUT/etc/vfio-claim.conf" ]
	run timeout 20 "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect "that it ends" "$((status < 124))" 1
	rm "$conf"
	{ echo 'keep = boot-vga' && head -c 65536 /dev/zero | tr '\0' '#'; } >"$conf"
	image
	expect status "$status" 1
	expect_in message "$stderr" "$conf is longer than 64 KiB, which is all that the boot reads of it"
	# The boot program sees for itself that it is too long.
	expect "its size in the image" "$(stat -c %s "$OUT/etc/vfio-claim.conf")" 65537
	run timeout 20 "$VFIO_CLAIM" --sysroot "$ROOT" check
	expect_in check "$output" "/etc/vfio-claim.conf is longer than 64 KiB"
	truncate -s 1T "$conf"
	image
	expect status "$status" 1
	expect "its size in the image" "$(stat -c %s "$OUT/etc/vfio-claim.conf")" 65537
}
