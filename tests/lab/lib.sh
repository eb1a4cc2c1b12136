# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the programs of the boot lab share; sourced by them, never run.
# Takes VFIO_CLAIM_LAB: the directory that holds everything the lab makes
# (default build/lab). Gives $lab_here, $lab_top, $lab_dir and the functions.

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

# lock NAME [-s]: holds the lock until this process ends. The descriptor is
# inherited, so whatever outlives the process must not be started after it.
lock() {
	exec 9> "$lab_dir/$1.lock"
	flock ${2:+"$2"} 9
}

unlock() {
	exec 9>&-
}

# own_mounts COMMAND…: runs it with mounts of its own, which are gone with it. In a
# plain chroot, whose / is no mount, they cannot be made private first.
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

# download SUITE DIRECTORY PACKAGE…: packages of the suite, as files, from where
# its chroot came from. This machine's own lists and sources are left out of it.
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

# make_install ROOT LOG: vfio-claim, as `make install` puts it into a system. Two
# builds at once would write the same build directory.
make_install() {
	if ! flock "$lab_dir/make.lock" make -C "$lab_top" install DESTDIR="$1" \
		> "$2" 2>&1; then
		cat "$2" >&2
		die 'make install failed'
	fi
}

# make_suite SUITE: what $lab_dir/SUITE holds (tests/lab/base, tests/lab/kernel)
make_suite() {
	case $1 in
		bookworm | trixie) "$lab_here/base" "$1" ;;
		builtin) "$lab_here/kernel" "$1" ;;
		*) die "no such suite: $1 (bookworm, trixie, builtin)" ;;
	esac
}

check_suite() {
	case $1 in
		bookworm | trixie) ;;
		*) die "no such suite: $1 (bookworm, trixie)" ;;
	esac
}
