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

# user_instructions COMMAND…: prints how many instructions it executes outside the kernel, without those of processes that
# it forks: callgrind counts on from where the parent was. The processor's own counters are not used, since many virtual
# machines lack them.
user_instructions() {
	rm -f "$work"/callgrind.*
	# shellcheck disable=SC2016 # for that shell, which becomes valgrind
	sh -c 'echo $$ > "$0.main" && exec valgrind --tool=callgrind --callgrind-out-file="$0.out.%p" \
		--log-file="$0.log.%p" "$@"' "$work/callgrind" "$@" > "$work/output" 2>&1 || true
	awk '/Collected :/ { print $4 }' "$work/callgrind.log.$(cat "$work/callgrind.main")" | grep . || echo -
}
