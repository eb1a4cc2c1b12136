#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How tools of the system are run, on a system made of files: tools are stubs.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system

setup() {
	system_debian
}

# enable [PREFIX…]: through env(1), which the words are for
enable_with() {
	run --separate-stderr "$@" "$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0
}

@test "the environment is clean: PATH, HOME and the locale" {
	tool /usr/sbin/update-grub <<-'END'
		export -p >>/log
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
	enable_with env IMAGE=a TO=b NAME=c OLD=d NEW=e TMPDIR="$BATS_TEST_TMPDIR" LD_LIBRARY_PATH=/x BASH_ENV=/x \
		GRUB_CMDLINE_LINUX=evil LANG=de_DE.UTF-8 LANGUAGE=de LC_TIME=C
	expect "status ($stderr)" "$status" 0
	# PWD is the shell's own.
	expect "the environment" "$(sed -n "s/^export \([^=]*\).*/\1/p" "$ROOT/log" | grep -vx PWD | sort | tr '\n' ' ')" \
		"HOME LANG LANGUAGE LC_TIME PATH "
	grep -qxF "export PATH='/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'" "$ROOT/log"
}

@test "a tool gets the signals' default actions, whoever has started us" {
	# shellcheck disable=SC2016 # for the stub
	tool /usr/sbin/update-grub <<<'kill -PIPE $$; echo lives'
	# shellcheck disable=SC2016
	enable_with sh -c 'trap "" PIPE; exec "$@"' -
	expect status "$status" 1
	expect_in message "$stderr" "'update-grub' was ended by signal 13 (Broken pipe); it printed:"
}

@test "of a tool that fails the last twenty lines are shown, however much it has printed" {
	tool /usr/sbin/update-grub <<-'END'
		i=0
		while [ $i -lt 20000 ]; do i=$((i + 1)); echo "line $i of many"; done
		printf 'the end \033[2J' >&2
		exit 3
	END
	enable_with env
	expect status "$status" 1
	expect_in message "$stderr" "'update-grub' failed with status 3; it printed:"
	expect_in message "$stderr" $'\nvfio-claim:   line 20000 of many\nvfio-claim:   the end \\x1b[2J\n'
	expect "lines shown" "$(grep -c "line [0-9]* of many" <<<"$stderr")" 19
}

@test "what a tool leaves running is not waited for, though it holds the output" {
	tool /usr/sbin/update-grub <<-'END'
		(read -r line </tmp/never) &
		exec grub-mkconfig -o /boot/grub/grub.cfg
	END
	mkfifo "$ROOT/tmp/never"
	enable_with timeout 60
	timeout 5 sh -c 'echo >"$1"' - "$ROOT/tmp/never"
	expect "status ($stderr)" "$status" 0
}

@test "a tool that is not there" {
	rm "$ROOT/bin/sh"
	enable_with env
	expect status "$status" 1
	expect_in message "$stderr" "update-grub: No such file or directory"
}
