# SPDX-License-Identifier: GPL-2.0-or-later
# What ZFS writes on its disks, for tests.
# shellcheck shell=bash

# be32 NUMBER...: each in four bytes, big-endian
be32() {
	local number
	for number; do
		# shellcheck disable=SC2059
		printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((number >> 24 & 255)) $((number >> 16 & 255)) \
			$((number >> 8 & 255)) $((number & 255)))"
	done
}

# nvstring NAME VALUE, nvnumber NAME NUMBER: an entry of an nvlist as ZFS writes it on a disk
padded() {
	printf '%s' "$1"
	head -c $(((4 - ${#1} % 4) % 4)) /dev/zero
}
nvstring() {
	local size=$((24 + (${#1} + 3) / 4 * 4 + (${#2} + 3) / 4 * 4))
	be32 $size $size ${#1} && padded "$1" && be32 9 1 ${#2} && padded "$2"
}
nvnumber() {
	local size=$((28 + (${#1} + 3) / 4 * 4))
	be32 $size $size ${#1} && padded "$1" && be32 8 1 0 "$2"
}

# zfs_member FILE POOL GUID: what ZFS writes at the beginning of the member of a pool
zfs_member() {
	local i
	truncate -s 65M "$1"
	{
		printf '\1\1\0\0' && be32 0 1 && nvnumber version 5000 && nvstring name "$2" && nvnumber state 0
		nvnumber txg 4 && nvnumber pool_guid "$3" && nvnumber guid 77 && be32 0 0
	} | dd of="$1" bs=1K seek=16 conv=notrunc status=none
	for i in 0 1 2 3 4 5 6 7; do # überblocks, least significant byte first
		printf '\x0c\xb1\xba\x00\x00\x00\x00\x00\x88\x13\0\0\0\0\0\0' |
			dd of="$1" bs=1K seek=$((128 + i)) conv=notrunc status=none
	done
}
