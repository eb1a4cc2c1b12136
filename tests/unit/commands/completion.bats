#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion: sourced, called as bash calls it, and COMPREPLY looked at.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized
# bats file_tags=unsanitized

load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
	tree_device 0000:01:00.0 10de:1e07 030000
	tree_device 0000:01:00.1 10de:10f7 040300
	tree_device 0000:02:00.0 10de:1e07 030000
	tree_device 10000:e1:00.0 144d:a808 010802
	mkdir -p "$ROOT"/lib/modules/6.{1.0,12.0}-test
	# shellcheck source=completion/vfio-claim
	. "$TOP/completion/vfio-claim"
}

# offers LINE: what is offered at its end, in one line. bash splits it at colons and equals signs, too.
offers() {
	local rest=$1 word
	COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMPREPLY=()
	COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
	while [[ $rest =~ ^(\ +|[:=]+|[^\ :=]+)(.*)$ ]]; do
		word=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
		[[ $word == ' '* ]] || COMP_WORDS+=("$word")
	done
	[[ $1 != *' ' ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	"$(complete -p vfio-claim | sed 's/.*-F \([^ ]*\) .*/\1/')" vfio-claim "${COMP_WORDS[COMP_CWORD]}" ""
	printf '%s' "${COMPREPLY[*]}"
}

@test "the commands, every one that there is" {
	expect commands "$(offers "vfio-claim ")" \
		"$("$VFIO_CLAIM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | xargs)"
	expect commands "$(offers "vfio-claim l")" list
	expect commands "$(offers "vfio-claim --sysroot / st")" status
	expect "a directory, not a command" "$(offers "vfio-claim --sysroot list st")" status
	expect "a directory, not a command" "$(offers "vfio-claim --sysroot=list st")" status
	expect options "$(offers "vfio-claim --")" "--sysroot --help --version"
}

@test "the options of each command, every one that there is" {
	local command
	for command in $("$VFIO_CLAIM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		expect "options of $command" "$(offers "vfio-claim $command --" | tr ' ' '\n' | sort | xargs)" \
			"$("$VFIO_CLAIM" $command --help | sed "s/'vfio-claim [^']*'//g" | grep -o -e '--[a-z-]*' | sort -u | xargs)"
	done
	expect options "$(offers "vfio-claim plan 02:00.0 --c")" --cmdline
}

@test "the kinds of list, every one that there is" {
	expect kinds "$(offers "vfio-claim list ")" \
		"$("$VFIO_CLAIM" list --help | sed -n '/^KIND/{n;s/[ ,]\+/ /g;p}' | xargs)"
	expect kinds "$(offers "vfio-claim list gpu n")" "nvme net"
}

@test "slots: all, those that begin so, without their domain or with it" {
	local plan="vfio-claim --sysroot $ROOT plan"
	expect slots "$(offers "$plan ")" "01:00.0 01:00.1 01:00.* 02:00.0 10000:e1:00.0"
	# bash has split at the colon: only what is behind it is to be put in.
	expect slots "$(offers "$plan 01:")" "00.0 00.1 00.*"
	expect slots "$(offers "$plan 02")" "02:00.0"
	expect slots "$(offers "$plan 0000:0")" "01:00.0 01:00.1 01:00.* 02:00.0"
	expect slots "$(offers "$plan 0000:02:")" "00.0"
	expect slots "$(offers "$plan 10000:")" "e1:00.0"
	expect slots "$(offers "$plan 07")" ""
	expect slots "$(offers "vfio-claim plan --sysroot=$ROOT 02")" "02:00.0"
	expect slots "$(offers "vfio-claim --sysroot $ROOT export --format qemu 02")" "02:00.0"
}

@test "slots: the last one of a list, and another one" {
	local plan="vfio-claim --sysroot $ROOT plan"
	expect slots "$(offers "$plan 02:00.0,")" \
		"00.0,01:00.0 00.0,01:00.1 00.0,01:00.* 00.0,02:00.0 00.0,10000:e1:00.0"
	expect slots "$(offers "$plan 02:00.0,01:00.1")" "00.1"
	expect slots "$(offers "$plan 01:00.0 02")" "02:00.0"
}

@test "slots where bash does not split at colons" {
	local plan="vfio-claim --sysroot $ROOT plan"
	# What a user may have set.
	eval "$(declare -f offers | sed "s/(:'/('/; s/\[:=\]/[=]/; s/\[^\\\\ :=\]/[^\\\\ =]/")"
	expect slots "$(offers "$plan 01:00.")" "01:00.0 01:00.1 01:00.*"
}

@test "what an option takes: kernels, files, words, nothing" {
	mkdir -p "$BATS_TEST_TMPDIR/here/below"
	expect kernels "$(offers "vfio-claim --sysroot $ROOT image --kernel ")" "6.1.0-test 6.12.0-test"
	expect kernels "$(offers "vfio-claim --sysroot $ROOT plan --kernel=6.12")" "6.12.0-test"
	expect directories "$(offers "vfio-claim image --output $BATS_TEST_TMPDIR/he")" "$BATS_TEST_TMPDIR/here"
	expect nothing "$(offers "vfio-claim plan --cmdline ")" ""
	expect formats "$(offers "vfio-claim export --format ")" "libvirt qemu nova"
	expect ways "$(offers "vfio-claim export --by i")" "id"
}

@test "nothing of it is left in the shell but functions of its own name" {
	local before
	before=$(compgen -v | sort)
	offers "vfio-claim --sysroot $ROOT plan 01:" >/dev/null
	expect variables "$(compgen -v | sort | comm -13 <(echo "$before") - |
		grep -vxE 'COMP[A-Z_]*|BASH_REMATCH|PIPESTATUS|_|before|BATS.*|bats.*' | xargs)" ""
	expect functions "$(declare -F | sed -n 's/^declare -f //p' | grep -c '^_vfio_claim')" \
		"$(grep -c '^_vfio_claim.*() {$' "$TOP/completion/vfio-claim")"
}
