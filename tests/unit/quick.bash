# SPDX-License-Identifier: GPL-2.0-or-later
# What makes unit tests quick: they spend their time in bash and in processes, not in the programs that they test.
# shellcheck shell=bash disable=SC2034

# The system's own programs, python3 above all, and not wrappers that first look for one.
PATH=/usr/bin:/bin:$PATH

# quick_trace: from now on bats notes only the lines of the test itself, not those of functions that it calls, which
# costs ten times as much as what these do. For a set-up function; a failure still names the line of the test.
quick_trace() {
	set +T
}

# run [!|--separate-stderr] COMMAND...: as bats' own, of whose options it has only these, with a process instead of
# five. Returns once nobody has the command's standard output open.
run() {
	local errors='' fails=''
	case $1 in
		!)
			fails=1
			shift
			;;
		--separate-stderr)
			errors=$BATS_TEST_TMPDIR/stderr
			shift
			;;
		-*)
			echo "run: only ! and --separate-stderr are known, not $1" >&2
			return 1
			;;
	esac
	status=0 stderr=
	if [ -n "$errors" ]; then
		output=$("$@" 2>"$errors") || status=$?
		read -d '' -r stderr <"$errors" || true
		IFS=$'\n' read -d '' -r -a stderr_lines <<<"$stderr" || true
	else
		output=$("$@" 2>&1) || status=$?
	fi
	IFS=$'\n' read -d '' -r -a lines <<<"$output" || true
	[ -z "$fails" ] || [ "$status" -ne 0 ]
}

# mkdir, rm, ln and realpath as the shell's own, from bash-builtins: a test makes a hundred directories and links, and each
# would be a process. Without that package they are programs.

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
	enable -f "$quick_builtins/realpath" realpath
	ln() {
		quick_ln "$@"
	}
fi

# The project, seen from a test.
TOP=$(realpath "${BASH_SOURCE[0]%/*}/../..")
