# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What tests/lab/base and tests/lab/backport do with the packages that tests/lab/fetch-kernel downloads; sourced by them
# after tests/lab/lib.sh.

# unpack_kernel PACKAGES TREE: unpacks the kernel whose packages are in the directory PACKAGES into TREE, removes them, and
# prints its version. /lib is a link to usr/lib in a chroot and must stay one.
unpack_kernel() {
	for _deb in "$1"/linux-*.deb; do
		dpkg-deb --fsys-tarfile "$_deb" |
			tar -x --keep-directory-symlink --exclude='./usr/share' -C "$2"
		rm "$_deb"
	done
	# Older ones have it in /lib, newer ones keep the kernel and its configuration beside the modules.
	if ! [ -L "$2/lib" ] && [ -d "$2/lib/modules" ]; then
		mkdir -p "$2/usr/lib"
		mv "$2/lib/modules" "$2/usr/lib/"
		rmdir "$2/lib"
	fi
	mkdir -p "$2/boot"
	_kver=$(ls "$2/usr/lib/modules")
	for _file in vmlinuz config; do
		[ -e "$2/boot/$_file-$_kver" ] ||
			ln -s "../usr/lib/modules/$_kver/$_file" "$2/boot/$_file-$_kver"
	done
	echo "$_kver"
}

# unpack_at OFFSET PROGRAM VMLINUZ VMLINUX: unpacks the payload; fails if it is not a kernel. Every decompressor complains
# about what follows it in the file.
unpack_at() {
	tail -c "+$(($1 + 1))" "$3" | "$2" -dc > "$4" 2> /dev/null
	[ "$(head -c 4 "$4" | od -An -tx1)" = ' 7f 45 4c 46' ]
}

# extract_vmlinux VMLINUZ VMLINUX: the kernel itself is compressed inside VMLINUZ; the magic may also occur in the code
# before it.
extract_vmlinux() {
	while read -r _program _magic; do
		_offsets=$(grep -abo -P "$_magic" "$1" | cut -d : -f 1)
		for _offset in $_offsets; do
			if unpack_at "$_offset" "$_program" "$1" "$2"; then
				return 0
			fi
		done
	done <<- 'END'
		xz \xFD7zXZ\x00
		zstd \x28\xB5\x2F\xFD
		gzip \x1F\x8B\x08
		lz4 \x02\x21\x4C\x18
	END
	die "no known payload in $1"
}
