# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Measurements in the machine of bench/image; sourced by sections, after lib.sh. Each has its own boot: in one boot, the
# second would find the caches filled by the first.

slots=rd.vfio.claim=01:00.0,02:00.0
id=rd.vfio.claim=1234:1111
usual_cpu=max
# QEMU counts each byte of a rep stosb or movsb as an instruction. Without this feature, the kernel clears and copies by
# words, of which it counts fewer.
words_cpu=max,-erms

# boot_all: runs the boots on standard input, lines of arguments for bench/boot, JOBS (2) at a
# time: each keeps one processor busy
boot_all() {
	# xargs would join a line that ends with a blank with the next one.
	sed 's/ *$//' > "$work/plan"
	xargs -P "${JOBS:-2}" -L 1 "$here/boot" < "$work/plan"
	while read -r name _; do
		times=$work/boots/$name.times
		if ! [ -s "$times" ] || grep -q failed "$times"; then
			say "$name was not measured, see ${times%.times}.console: $(head -n 1 "$times")"
		fi
	done < "$work/plan"
}

# first NAME: the first run, as in a real boot, in nanoseconds; - if it was not measured
first() {
	if grep -qs failed "$work/boots/$1.times"; then
		echo -
		return
	fi
	sed -n 1p "$work/boots/$1.times" 2> /dev/null | grep . || echo -
}

# again NAME: the median of the later runs
again() {
	if grep -qs failed "$work/boots/$1.times"; then
		echo -
		return
	fi
	sed 1d "$work/boots/$1.times" | sort -n | awk '{ at[NR] = $1 } END { print NR ? at[int((NR + 1) / 2)] : "-" }'
}

# above NAME FLOOR: how much more the first run of NAME takes than that of FLOOR
above() {
	awk -v a="$(first "$1")" -v b="$(first "$2")" 'BEGIN { print a == "-" || b == "-" ? "-" : a - b }'
}
