# SPDX-License-Identifier: GPL-2.0-or-later
# What is true of enable and disable on every system whose kernel command line they change; needs settings.bash.
# shellcheck shell=bash disable=SC2154

# A system as each of them is: what enable has set is in its menu, is there only once however often it is
# run, is shown before and not done, and disable leaves all files as they were.
goes_there_and_back() {
	local before after
	before=$(system_sum)
	did enable 02:00.0 --keep boot-vga --dry-run
	expect_in "what is shown" "$output" "rd.vfio"
	same_files "$before"
	expect "what --dry-run has run" "$(log)" ""
	did enable 02:00.0 --keep boot-vga
	expect "the menu" "$(words "$MENU")" "rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga "
	after=$(system_sum)
	: >"$ROOT/log"
	did enable 02:00.0 --keep boot-vga
	expect_in output "$output" "Nothing to change."
	same_files "$after"
	expect "what the second time has run" "$(log)" ""
	did enable 0000:01:00.0
	expect "the menu with another" "$(words "$MENU")" "rd.vfio.claim=0000:01:00.0 "
	did enable --add 02:00.* --group
	expect "the menu with one more" "$(words "$MENU")" "rd.vfio.claim=0000:01:00.0,02:00.* rd.vfio.group=1 "
	did disable
	same_files "$before"
	: >"$ROOT/log"
	did disable
	expect "what the second disable has run" "$(log)" ""
}

# A tool that fails, and one that does nothing and says that it has: all is as it was.
is_undone() {
	local tool=$1 before
	before=$(system_sum)
	cp "$ROOT$tool" "$BATS_TEST_TMPDIR/tool"
	printf '\necho "no space here" >&2\nexit 3\n' >>"$ROOT$tool"
	sed -i 's/^exec /: /' "$ROOT$tool"
	vfio enable 02:00.0
	expect "status with a tool that fails" "$status" 1
	expect_in message "$stderr" "failed with status 3"
	expect_in "the tool's words" "$stderr" "no space here"
	expect_in message "$stderr" "all is as it was before"
	sed '1a exit 0' "$BATS_TEST_TMPDIR/tool" >"$ROOT$tool"
	vfio enable 02:00.0
	expect "status with a tool that does nothing" "$status" 1
	expect_in message "$stderr" "${2:-which is not what was set}"
	cp "$BATS_TEST_TMPDIR/tool" "$ROOT$tool"
	same_files "$before"
}
