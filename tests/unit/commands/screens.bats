#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the README and the guide show of list, check, plan and status is what they print on a terminal of 80 columns, for
# the desktop of desktop.bash. A line that is only "…" stands for any lines.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized
# bats file_tags=unsanitized

load ../kernel
load ../tree
load ../desktop

PAGES=("$TOP/README.md" "$TOP/docs/guide.md")
C=0000:02:00

setup() {
	image_setup
	# shellcheck disable=SC2034 # for desktop.bash
	KVER=6.1.0-44-amd64
	desktop_make 2>/dev/null
	desktop_image
}

# boot_with_claims: the machine as it is behind a boot that has claimed the second card
boot_with_claims() {
	rm "$PCI/devices/$C".?/driver
	tree_modprobe
	tree_cmdline "quiet intel_iommu=on rd.vfio.claim=02:00.*"
	boot reserve
	boot bind
}

# screens: the commands that $page shows with what they print, a line each
screens() {
	sed -n "s/^ *# \(vfio-claim \(list\|check\|plan\|status\).*\)/\1/p" "$page"
}

# shown COMMAND: what $page shows of it: what is as far indented, up to an empty line or the next command
shown() {
	awk -v command="# $1" '
		index($0, command) && substr($0, match($0, /[^ ]/)) == command { indent = match($0, /[^ ]/); next }
		indent && (! substr($0, indent) || index($0, "# ") == indent) { exit }
		indent { print substr($0, indent) }
	' "$page"
}

# screen COMMAND: what it prints there
screen() {
	local words=${1#vfio-claim }
	NO_COLOR=1 LC_ALL=C.UTF-8 script -qec "stty cols 80 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' $words" /dev/null \
		</dev/null | tr -d '\r'
}

# same SHOWN PRINTED: line by line
same() {
	python3 - "$1" "$2" <<-'END'
		import re, sys
		shown, printed = (text.rstrip("\n").split("\n") for text in sys.argv[1:])
		pattern = "".join("(?:.*\n)*" if line == "…" else re.escape(line) + "\n" for line in shown)
		if not re.fullmatch(pattern, "\n".join(printed) + "\n"):
		    print("shown is:", *shown, "printed is:", *printed, sep="\n")
		    sys.exit(1)
	END
}

# are_shown COMMAND...: each prints what $page shows of it
are_shown() {
	local command
	for command; do
		echo "$command"
		same "$(shown "$command")" "$(screen "$command")" || return
		[ "$(shown "$command" | wc -L)" -le 80 ]
	done
}

@test "the README and the guide show what is printed" {
	local behind=" (status|list --tree)" command count=0
	for page in "${PAGES[@]}"; do
		while read -r command; do
			[[ $command =~ $behind ]] || are_shown "$command"
			count=$((count + 1))
		done < <(screens)
	done
	[ "$count" -ge 8 ]
	boot_with_claims
	for page in "${PAGES[@]}"; do
		while read -r command; do
			[[ ! $command =~ $behind ]] || are_shown "$command"
		done < <(screens)
	done
}

@test "a screen that is not what is printed would be noticed" {
	run ! same $'one\ntwo' $'one\ntwo\nthree'
	run ! same $'one\n…\nfour' $'one\ntwo\nthree'
	same $'one\n…\nthree' $'one\ntwo\nthree'
}
