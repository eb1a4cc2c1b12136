# SPDX-License-Identifier: GPL-2.0-or-later
# mkdir, rm and ln as the shell's own, from bash-builtins: a test makes a hundred directories and links, and each
# would be a process, which costs more than all else that the test does. Without that package they are programs.
# shellcheck shell=bash

quick_builtins=/usr/lib/bash

# physical PATH: gives it in $physical without symbolic links, which its last part may only be if it is a directory
physical() {
	local dir=$1 name=
	[ -d "$dir" ] || name=/${dir##*/} dir=${dir%/*}
	CDPATH='' cd -P "$dir" && physical=$PWD$name && cd "$OLDPWD" || return
}

# relative PATH DIR: gives in $relative what PATH is as seen from the directory
relative() {
	local physical from to
	physical "$2" && from=$physical/ && physical "$1" && to=$physical/ || return
	while [ "${from%%/*}" = "${to%%/*}" ] && [ -n "$from" ]; do
		from=${from#*/} to=${to#*/}
	done
	relative=${from//[!\/]/}
	relative=${relative//\//..\/}$to
	relative=${relative%/}
	[ -n "$relative" ]
}

# As coreutils', for one symbolic link; what else is asked for is a program's work.
quick_ln() {
	local target=$2 link=$3 relative
	[[ $# = 3 && $1 =~ ^-s[fnrT]*$ ]] || {
		/bin/ln "$@"
		return
	}
	if [[ $1 == *r* ]]; then
		relative "$target" "${link%/*}" 2>/dev/null || {
			/bin/ln "$@"
			return
		}
		target=$relative
	fi
	if [ -h "$link" ] && [[ $1 == *f* ]]; then
		rm "$link"
	elif [ -h "$link" ] && [[ $1 == *[nT]* ]]; then
		echo "ln: $link is there" >&2
		return 1
	fi
	builtin ln -s "$target" "$link"
}

if [ -e "$quick_builtins/ln" ]; then
	enable -f "$quick_builtins/mkdir" mkdir
	enable -f "$quick_builtins/rm" rm
	enable -f "$quick_builtins/ln" ln
	ln() {
		quick_ln "$@"
	}
fi
