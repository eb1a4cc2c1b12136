# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # what it sets is for those that source it
#
# What the programs in bench/ share; sourced by them, never run.
# Reads VFIO_CLAIM_BOOT and VFIO_CLAIM, the programs that are measured (those in build/), and VFIO_CLAIM_LAB as
# tests/lab/lib.sh does.
export LC_ALL=C

name=$(basename -- "$0")
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
here=${here%/sections}
top=$(CDPATH='' cd -- "$here/.." && pwd)
program=${VFIO_CLAIM_BOOT:-$top/build/vfio-claim-boot}
command=${VFIO_CLAIM:-$top/build/vfio-claim}
lab=${VFIO_CLAIM_LAB:-$top/build/lab}
suite=$lab/bookworm
work=$top/build/bench
results=$work/results
mkdir -p "$results"

say() {
	echo "bench: $*" >&2
}

die() {
	say "$name: $*"
	exit 1
}

have() {
	command -v "$1" > /dev/null
}

# need COMMAND PACKAGE…: in pairs; names everything that is missing
need() {
	missing=
	while [ $# -gt 0 ]; do
		have "$1" || missing="$missing $1 (package $2)"
		shift 2
	done
	[ -z "$missing" ] || die "missing:$missing"
}

# row CELL…: a line of a table
row() {
	printf '|'
	printf ' %s |' "$@"
	echo
}

# heads CELL…: the first two lines of a table, whose first column is text
heads() {
	row "$@"
	printf '|---|'
	shift
	for _ in "$@"; do
		printf -- '---:|'
	done
	echo
}

# divide A B [DIGITS]: their ratio, - if there is none
divide() {
	awk -v a="$1" -v b="$2" -v digits="${3:-3}" 'BEGIN {
		if (a == "" || a == "-" || b + 0 == 0) print "-"; else printf "%.*f\n", digits, a / b
	}'
}

# millions NUMBER
millions() {
	divide "$1" 1000000
}

# The boot program's compiler, as in the Makefile.
boot_cc() {
	make -s -C "$top" show-INITRAMFS_CC
}

# install_tree: what `make install` installs, in $installed
install_tree() {
	installed=$work/installed
	rm -rf "$installed"
	make -C "$top" install DESTDIR="$installed" > "$work/install.log" 2>&1 ||
		die "make install failed, see $work/install.log"
}
