#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The JSON of the commands is what docs/json.md and the schemas in docs/json say. Documents of many more states are
# compared by json-value in the tests of each command.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../desktop

setup() {
	image_setup
	desktop_make 2>/dev/null
	desktop_image
}

# document COMMAND...: what it prints is as described
document() {
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" "$@" --json
	"$TOP/tests/unit/json-value" "$1" <<<"$output" || {
		echo "vfio-claim $*: $stderr"
		return 1
	}
}

@test "the desktop: each command, with and without claims" {
	document list
	document check '02:00.*'
	document plan
	document plan '02:00.*,03:00.0,09:00.0'
	document plan --cmdline 'rd.vfio.claim=02:00.*,03:00.0,09:00.0,zz rd.vfio.keep=boot-vga vfio-pci.ids=10de:1e07'
	document status
	tree_cmdline 'quiet rd.vfio.claim=02:00.*,03:00.0,09:00.0,zz rd.vfio.keep=boot-vga vfio-pci.ids=10de:1e07'
	document list gpu
	document check
	document status
}

@test "the page has what the schemas say" {
	diff <(sed -n '/^## /,$p' "$TOP/docs/json.md") <("$TOP/tests/unit/json-value" --page)
}

# odd CHANGE PIECE: the document of list, changed, is refused with this message
odd() {
	run --separate-stderr "$TOP/tests/unit/json-value" list < <(jq "$1" <<<"$document")
	expect "status of $1" "$status" 1
	expect_in "message of $1" "$output" "$2"
}

@test "a document that is not as described is noticed" {
	document list
	document=$output
	odd '.devices[0].frob = 1' "list.devices[0]: 'frob' is not described"
	odd 'del(.devices[1].path)' "list.devices[1]: 'path' is missing"
	odd '.iommu = null' "list.iommu: null is not boolean"
	odd '.devices[0].class = "0300"' 'list.devices[0].class: "0300" does not match ^[0-9a-f]{6}$'
	run "$TOP/tests/unit/json-value" check <<<'{"level": "bad", "findings": []}'
	expect "status" "$status" 1
	expect_in message "$output" '"bad" is none of ok, warning, problem'
}
