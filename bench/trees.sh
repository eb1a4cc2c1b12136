# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Measurements on a machine of files; sourced by sections, after lib.sh.

tree=$work/tree

# make_tree COUNT CLAIMED [GROUP] [full]: see bench/tree
make_tree() {
	"$here/tree" "$tree" "$@"
}

# fresh COMMAND-LINE: as if nothing had been reserved
fresh() {
	rm -rf "$tree/run/vfio-claim"
	echo "$1" > "$tree/proc/cmdline"
	grep -lxs vfio-pci "$tree"/sys/bus/pci/devices/*/driver_override > "$work/reserved" || true
	while read -r file; do
		echo '(null)' > "$file"
	done < "$work/reserved"
}

# expect_reserved COUNT: so many overrides have been written
expect_reserved() {
	reserved=$(find "$tree/sys/devices" -name driver_override -exec grep -lx vfio-pci {} + | wc -l)
	[ "$reserved" -eq "$1" ] || die "reserve has reserved $reserved functions in $tree, not $1"
}

# user_instructions COMMAND…: prints how many instructions it executes outside the kernel, all its processes together.
# The processor's own counters are not used: virtual machines often lack them.
user_instructions() {
	rm -f "$work"/callgrind.*
	valgrind --tool=callgrind --trace-children=yes --callgrind-out-file="$work/callgrind.out.%p" \
		--log-file="$work/callgrind.log.%p" "$@" > "$work/output" 2>&1 || true
	# A process that has been forked counts on from where its parent was.
	awk '/Collected :/ { sum += $4 } END { print sum ? sum : "-" }' "$work"/callgrind.log.*
}
