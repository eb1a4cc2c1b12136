#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion in bash, zsh and fish. In bash: sourced, called as bash calls it, and COMPREPLY looked at.

bats_require_minimum_version 1.5.0

# bats file_tags=unsanitized

load ../tree

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	PATH=${VFIO_CLAIM%/*}:$PATH
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
		"$("$VFIO_CLAIM" --help | sed -n '/^Options:$/q; s/^  \([a-z]*\) .*/\1/p' | xargs)"
	expect commands "$(offers "vfio-claim l")" list
	expect commands "$(offers "vfio-claim --sysroot / st")" status
	expect "a directory, not a command" "$(offers "vfio-claim --sysroot list st")" status
	expect "a directory, not a command" "$(offers "vfio-claim --sysroot=list st")" status
	expect options "$(offers "vfio-claim --")" "--version --sysroot --help"
}

@test "the options of each command, every one that there is" {
	local command
	for command in $("$VFIO_CLAIM" complete -- '' | cut -f 1); do
		expect "options of $command" "$(offers "vfio-claim $command --")" \
			"$("$VFIO_CLAIM" $command --help | sed -n '/^Options:$/,/^$/s/^  \(--[a-z-]*\).*/\1/p' | xargs)"
	done
	expect options "$(offers "vfio-claim plan 02:00.0 --c")" --cmdline
	expect "after a --" "$(offers "vfio-claim list -- --t")" ""
	expect "an operand, not a command" "$(offers "vfio-claim help list --")" "--sysroot --help"
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

@test "slots: a bridge, and everything behind it" {
	tree_device 0000:00:1c.4 8086:9d14 060400
	tree_names 0000:00:1c.4
	expect slots "$(offers "vfio-claim --sysroot $ROOT plan 00:1")" "1c.4 1c.4/*"
	expect slots "$(offers "vfio-claim --sysroot $ROOT plan 00:1c.4/")" "1c.4/*"
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
	expect formats "$(offers "vfio-claim export --format ")" "libvirt qemu nova proxmox incus kubevirt"
	expect ways "$(offers "vfio-claim export --by i")" "id"
	expect commands "$(offers "vfio-claim help st")" "status"
	expect nothing "$(offers "vfio-claim enable --option ")$(offers "vfio-claim enable --owner ")" ""
	expect file "$(offers "vfio-claim report --output=$BATS_TEST_TMPDIR/he")" "$BATS_TEST_TMPDIR/here"
}

@test "nothing of it is left in the shell but a function of its own name" {
	local before
	before=$(compgen -v | sort)
	offers "vfio-claim --sysroot $ROOT plan 01:" >/dev/null
	expect variables "$(compgen -v | sort | comm -13 <(echo "$before") - |
		grep -vxE 'COMP[A-Z_]*|BASH_REMATCH|PIPESTATUS|_|before|BATS.*|bats.*' | xargs)" ""
	expect functions "$(declare -F | sed -n 's/^declare -f //p' | grep '^_vfio_claim')" _vfio_claim
}

@test "each candidate says what it is" {
	expect line "$(vfio-claim complete -- li)" $'list\tshow the PCI devices, their IOMMU groups and drivers'
	echo 0x10de >"$PCI/devices/0000:02:00.0/vendor"
	echo 0x1e07 >"$PCI/devices/0000:02:00.0/device"
	expect line "$(vfio-claim complete -- --sysroot "$ROOT" plan 02:)" $'02:00.0\t10de:1e07'
}

@test "a system without devices, a wrong command and no word at all" {
	expect nothing "$(vfio-claim complete -- --sysroot /nonexistent plan '')" ""
	expect nothing "$(vfio-claim complete -- frobnicate '')" "$(vfio-claim complete -- '')"
	run ! vfio-claim complete
}

# in_zsh LINE: what becomes of it behind the tabulator, in a zsh on a terminal of its own
in_zsh() {
	mkdir -p "$BATS_TEST_TMPDIR/zsh"
	cat >"$BATS_TEST_TMPDIR/zsh/.zshrc" <<-END
		fpath=($TOP/completion \$fpath)
		PATH=$PATH
		autoload -Uz compinit
		compinit -u -D
		PROMPT=
		show() { print -r -- $'\n'"begin>\$BUFFER<end"; exit }
		zle -N show
		bindkey '^X' show
		bindkey '^I' complete-word
	END
	# shellcheck disable=SC2016 # for zsh
	timeout 60 zsh -fc '
		zmodload zsh/zpty
		zpty z "ZDOTDIR=$1/zsh TERM=dumb zsh -i"
		zpty -w -n z "$2"$'"'\\t\\x18'"'
		while zpty -r z line; do
			case $line in (*begin\>*\<end*) line=${line#*begin\>} && print -r -- "${line%\<end*}" ;; esac
		done
	' zsh "$BATS_TEST_TMPDIR" "$1"
}

# bats test_tags=slow
@test "zsh: commands, options, slots, files" {
	command -v zsh >/dev/null || skip "there is no zsh"
	mkdir "$BATS_TEST_TMPDIR/here"
	expect command "$(in_zsh "vfio-claim sta")" "vfio-claim status "
	expect option "$(in_zsh "vfio-claim list --gr")" "vfio-claim list --groups "
	expect slot "$(in_zsh "vfio-claim --sysroot $ROOT enable --keep=02:00.0,10000")" \
		"vfio-claim --sysroot $ROOT enable --keep=02:00.0,10000:e1:00.0 "
	expect directory "$(in_zsh "vfio-claim image --output=$BATS_TEST_TMPDIR/he")" \
		"vfio-claim image --output=$BATS_TEST_TMPDIR/here/"
}

# in_fish LINE: what fish offers at its end
in_fish() {
	HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$TOP/completion/vfio-claim.fish" "$1" | cut -f 1 | xargs
}

@test "fish: commands, options, slots, files" {
	command -v fish >/dev/null || skip "there is no fish"
	mkdir "$BATS_TEST_TMPDIR/here"
	expect command "$(in_fish "vfio-claim sta")" status
	expect option "$(in_fish "vfio-claim list --")" "--groups --help --json --paths --sysroot --tree --verbose"
	expect slot "$(in_fish "vfio-claim --sysroot $ROOT enable 02:00.0,10000")" "02:00.0,10000:e1:00.0"
	expect directory "$(in_fish "vfio-claim image --output=$BATS_TEST_TMPDIR/he")" \
		"--output=$BATS_TEST_TMPDIR/here/"
}
