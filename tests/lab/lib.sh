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

# archive_lists SOURCES DIRECTORY: fetches apt's lists of SOURCES, a sources.list, into DIRECTORY, whatever this machine's
# own sources are. With APT_CONFIG=DIRECTORY/conf, apt uses them. Returns 1 after printing why apt cannot have them.
archive_lists() {
	mkdir -p "$2/lists/partial" "$2/cache/archives/partial"
	cat > "$2/conf" <<- END
		Dir::Etc::SourceList "$1";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$2/lists";
		Dir::Cache "$2/cache";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Check-Valid-Until "false";
	END
	APT_CONFIG=$2/conf apt-get -qq update > "$2/log" 2>&1 && return
	say "$(grep -m 1 '^E:' "$2/log" || cat "$2/log")"
	return 1
}

# download SUITE DIRECTORY PACKAGE…: packages of the suite, as files, from the
# archive of its chroot, whatever this machine's own sources are.
download() (
	_root=$lab_dir/$1/root
	cd "$2"
	shift 2
	archive_lists "$_root/etc/apt/sources.list" "$PWD/apt" || exit
	if ! APT_CONFIG=apt/conf apt-get -qq download "$@" > apt/log 2>&1; then
		cat apt/log >&2
		die "download: $*"
	fi
	rm -r apt
)

# install_tree: $lab_dir/installed holds what `make install` installs. What is made from that is made again only when
# that changes, and not with each change of the sources.
install_tree() (
	# shellcheck disable=SC2086 # one word per path
	_key=$(sum_of $lab_sources)
	_tree=$lab_dir/installed
	lock installed
	! is_keyed "$_tree" "$_key" || exit 0
	rm -rf "$_tree" "$_tree.key"
	if ! flock "$lab_dir/make.lock" make -C "$lab_top" install DESTDIR="$_tree" > "$_tree.log" 2>&1; then
		cat "$_tree.log" >&2
		die 'make install failed'
	fi
	set_key "$_tree" "$_key"
)

# make_install ROOT: installs vfio-claim, as `make install` does. /lib may be a link in ROOT.
make_install() {
	install_tree
	tar -C "$lab_dir/installed" -c . | tar -C "$1" -x --keep-directory-symlink
}

# has_own_package SUITE: tests/lab/deb builds its package, because it has another processor or older libraries
has_own_package() {
	[ "$1" = arm64 ] || [ "$1" = bullseye ]
}

# make_own SUITE: own_programs SUITE is there
make_own() {
	if has_own_package "$1"; then
		"$lab_here/deb" "$1"
	else
		install_tree
	fi
}

# own_programs SUITE: prints the path of what install_own installs
own_programs() {
	if has_own_package "$1"; then
		echo "$lab_dir/deb/$1.deb"
	else
		echo "$lab_dir/installed"
	fi
}

# install_own SUITE ROOT: installs vfio-claim into ROOT: by `make install`, or the suite's own package where the programs
# of this machine do not run
install_own() {
	if has_own_package "$1"; then
		dpkg-deb --fsys-tarfile "$(own_programs "$1")" | tar -x --keep-directory-symlink -C "$2"
	else
		make_install "$2"
	fi
}

# make_suite SUITE: what $lab_dir/SUITE holds
make_suite() {
	case $1 in
		bullseye | bookworm | trixie | forky | arm64) "$lab_here/base" "$1" ;;
		bookworm-backports | trixie-backports) "$lab_here/backport" "$1" ;;
		builtin) "$lab_here/kernel" "$1" ;;
		*) die "no such suite: $1 (bullseye, bookworm, trixie, forky, *-backports, arm64, builtin)" ;;
	esac
}

check_suite() {
	case $1 in
		bookworm | trixie) ;;
		*) die "no such suite: $1 (bookworm, trixie)" ;;
	esac
}
