# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the programs of the boot lab share; sourced by them, never run.
# Reads VFIO_CLAIM_LAB, the directory for everything that the lab makes (default
# build/lab). Sets $lab_here, $lab_top and $lab_dir.

lab_name=$(basename -- "$0")
lab_here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
lab_top=$(CDPATH='' cd -- "$lab_here/../.." && pwd)
lab_dir=${VFIO_CLAIM_LAB:-$lab_top/build/lab}
mkdir -p "$lab_dir"
lab_dir=$(CDPATH='' cd -- "$lab_dir" && pwd)

export LC_ALL=C

say() {
	echo "lab: $*" >&2
}

die() {
	say "$lab_name: $*"
	exit 1
}

usage() {
	echo "usage: $lab_name $*" >&2
	exit 2
}

# lock NAME: holds the lock until this process ends. Children inherit the
# descriptor, so start nothing afterwards that outlives this process.
lock() {
	exec 9> "$lab_dir/$1.lock"
	flock 9
}

unlock() {
	exec 9>&-
}

# own_mounts COMMAND…: runs it with its own mounts, which vanish with it. In a plain
# chroot, whose / is not a mount, they cannot be made private first.
own_mounts() {
	if unshare --mount true 2> /dev/null; then
		unshare --mount "$@"
	else
		unshare --mount --propagation unchanged "$@"
	fi
}

# The one line that a finished step prints: what, and the seconds since $1.
finished() {
	_since=$1
	shift
	say "$*, $(($(date +%s) - _since)) s"
}

# sum_of PATH…: a hash of the contents of these files, and of those in these
# directories, with their names. What is made from them is made again when it
# changes, and only then.
sum_of() {
	(cd "$lab_top" && find "$@" -type f -exec sha256sum {} + |
		sed "s|$lab_dir/|lab/|; s|$lab_top/||" | sort | sha256sum | cut -c 1-32)
}

# What `make install` installs depends on these, below $lab_top.
lab_sources="Makefile src dracut-module initramfs-tools mkinitcpio systemd udev grub.d kernel-install"

# is_keyed FILE KEY: FILE was made from what has this key. set_key records that.
is_keyed() {
	[ -e "$1" ] && [ "$(cat "$1.key" 2> /dev/null)" = "$2" ]
}

set_key() {
	echo "$2" > "$1.key"
}

# guest_clock PACE: QEMU's options for the clock of a guest, with tests/lab/pace's number for this machine. With the real
# clock, a guest on a very busy machine does little else than count its ticks, and its own time limits are exceeded. So
# its clock counts instructions there, which take half as long again.
guest_clock() {
	[ "$1" -le 2 ] || echo '-icount shift=0,sleep=off'
}

# binfmt_register PROCESSOR: lets the kernel start programs for it, with qemu-user-static, in any chroot. A container may
# lack what systemd does.
binfmt_register() {
	_binfmt=/proc/sys/fs/binfmt_misc
	[ -e "$_binfmt/register" ] || mount -t binfmt_misc none "$_binfmt" || die 'this kernel has no binfmt_misc'
	[ -e "$_binfmt/qemu-$1" ] || cat "/usr/lib/binfmt.d/qemu-$1.conf" > "$_binfmt/register" ||
		die "cannot start programs for $1: install qemu-user-static"
}

# download SUITE DIRECTORY PACKAGE…: packages of the suite, as files, from the
# archive of its chroot, whatever this machine's own sources are.
download() (
	_root=$lab_dir/$1/root
	cd "$2"
	shift 2
	mkdir -p apt/lists/partial apt/cache/archives/partial
	for _verb in update "download $*"; do
		# shellcheck disable=SC2086 # a verb with its packages
		apt-get -qq -o APT::Sandbox::User=root \
			-o Dir::Etc::SourceList="$_root/etc/apt/sources.list" \
			-o Dir::Etc::SourceParts=/dev/null \
			-o Dir::State::Lists="$PWD/apt/lists" \
			-o Dir::Cache="$PWD/apt/cache" $_verb > apt/log 2>&1 ||
			{
				cat apt/log >&2
				die "download: $*"
			}
	done
	rm -r apt
)

# make_install ROOT LOG: installs vfio-claim, as `make install` does. Once for all
# systems: it is kept in $lab_dir/installed. /lib may be a link in ROOT.
make_install() {
	(
		# shellcheck disable=SC2086 # one word per path
		_key=$(sum_of $lab_sources)
		_tree=$lab_dir/installed
		lock installed
		if ! is_keyed "$_tree" "$_key"; then
			rm -rf "$_tree" "$_tree.key"
			if ! flock "$lab_dir/make.lock" make -C "$lab_top" install DESTDIR="$_tree" > "$2" 2>&1; then
				cat "$2" >&2
				die 'make install failed'
			fi
			set_key "$_tree" "$_key"
		fi
		tar -C "$_tree" -c . | tar -C "$1" -x --keep-directory-symlink
	)
}

# make_suite SUITE: what $lab_dir/SUITE holds (tests/lab/base, tests/lab/kernel)
make_suite() {
	case $1 in
		bookworm | trixie | arm64) "$lab_here/base" "$1" ;;
		builtin) "$lab_here/kernel" "$1" ;;
		*) die "no such suite: $1 (bookworm, trixie, arm64, builtin)" ;;
	esac
}

check_suite() {
	case $1 in
		bookworm | trixie) ;;
		*) die "no such suite: $1 (bookworm, trixie)" ;;
	esac
}
