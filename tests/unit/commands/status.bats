#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim status, on machines made of files that the boot program has been run on.

bats_require_minimum_version 1.5.0

load ../tree

A=0000:01:00.0
B=0000:02:00.0

setup() {
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	tree_make
	tree_device "$A" 10de:1e07 030000
	tree_device "$B" 10de:1e07 030000
	tree_modprobe
	tree_cmdline "quiet rd.vfio.claim=02:00.0 rd.vfio.timeout=1"
}

teardown() {
	tree_stop
}

status() {
	# shellcheck disable=SC2154 # run sets it
	run --separate-stderr "$VFIO_CLAIM" --sysroot "$ROOT" status "$@"
}

# json EXPRESSION: of the document $output, by Python, as one line of JSON
json() {
	# shellcheck disable=SC2154
	"$TOP/tests/unit/json-value" status "$1" <<<"$output"
}

# conf TEXT: in the image of this boot
conf() {
	mkdir -p "$ROOT/etc"
	printf '%s\n' "$1" >"$ROOT/etc/vfio-claim.conf"
}

@test "claimed at boot and claimed now" {
	boot reserve
	boot bind
	status
	expect status "$status" 0
	expect messages "$stderr" ""
	expect output "$output" "\
Requested:  rd.vfio.claim=02:00.0
$B  on vfio-pci (rd.vfio.claim=02:00.0)
    reported: claimed by vfio-pci (rd.vfio.claim=02:00.0)
The requested device is claimed."
}

@test "claimed at boot, but with another driver by now: the links of now count" {
	boot bind
	rm "$PCI/devices/$B/driver"
	status
	expect status "$status" 1
	expect_in output "$output" "$B  NOT CLAIMED, without a driver (rd.vfio.claim=02:00.0)"
	expect_in output "$output" "reported: claimed by vfio-pci"
	tree_device "$B" 10de:1e07 030000 nouveau
	status
	expect status "$status" 1
	expect_in output "$output" "$B  NOT CLAIMED, on nouveau (rd.vfio.claim=02:00.0)"
	expect_in output "$output" "The requested device is not claimed."
}

@test "not claimed at boot, but by now" {
	rm "$ROOT/sbin/modprobe"
	boot bind
	status
	expect status "$status" 1
	expect_in output "$output" "reported: not claimed: loading vfio-pci"
	tree_device "$B" 10de:1e07 030000 vfio-pci
	status
	expect status "$status" 0
}

@test "nothing was asked for: success, and with --quiet not a word" {
	tree_cmdline "quiet rd.vfio.keep=01:00.0"
	boot bind
	status
	expect status "$status" 0
	expect output "$output" "No devices requested for this boot."
	status --quiet
	expect status "$status" 0
	expect output "$output$stderr" ""
}

@test "--quiet hides nothing else" {
	boot bind
	status --quiet
	expect status "$status" 0
	expect_in output "$output" "$B  on vfio-pci"
}

@test "an image without vfio-claim: no report, and what to do" {
	tree_device "$B" 10de:1e07 030000 nouveau
	status
	expect status "$status" 1
	expect_in output "$output" "This boot left no report: its image does not contain vfio-claim"
	expect_in output "$output" "Rebuild the initramfs"
	expect_in output "$output" "$B  NOT CLAIMED, on nouveau"
	status --json
	expect stage "$(json 'd["stage"]')" '"none"'
}

@test "an image that did not know vfio-claim.conf: a warning, as this boot was not asked" {
	tree_cmdline quiet
	conf "claim = 02:00.0"
	status
	expect status "$status" 0
	expect_in messages "$stderr" "warning: /etc/vfio-claim.conf asks for devices, but the image of this boot did not know it"
	conf "keep = 02:00.0"
	status
	expect messages "$stderr" ""
}

@test "the vfio-claim.conf of the boot counts, not that of now" {
	tree_cmdline quiet
	conf "claim = 02:00.0"
	boot bind
	conf "claim = 01:00.0"
	status
	expect status "$status" 0
	expect messages "$stderr" ""
	expect_in output "$output" "$B  on vfio-pci (claim=02:00.0)"
	expect_not_in output "$output" "$A"
}

@test "refused: the device is named with the boot's reason, and the status is 1" {
	mkdir -p "$ROOT/usr/lib/vfio-claim"
	echo "0000:02:00.0@10de:1e07 /" >"$ROOT/usr/lib/vfio-claim/protected"
	boot bind
	rm -r "$ROOT/usr/lib/vfio-claim"
	status
	expect status "$status" 1
	expect_in output "$output" "reported: left alone: this system needs it for / (rd.vfio.claim=02:00.0)"
	status --json
	expect verdict "$(json 'd["devices"][0]["verdict"]')" '"protected"'
}

@test "what is not understood, and what is not there, is named: status 1" {
	tree_cmdline "rd.vfio.claim=02:00.0,02:00.q"
	boot bind
	status
	expect status "$status" 1
	expect_in output "$output" "rd.vfio.claim=02:00.q: ignored: "
	rm -r "$ROOT/run/vfio-claim"
	tree_cmdline "rd.vfio.claim=02:00.0,07:00.0"
	boot bind
	status
	expect status "$status" 1
	expect_in output "$output" "rd.vfio.claim=07:00.0: no such device now"
	status --json
	expect unmatched "$(json 'd["unmatched"]')" '[{"param": "rd.vfio.claim", "value": "07:00.0"}]'
}

@test "a device that has appeared since and was claimed: status 0, and its line" {
	tree_cmdline "rd.vfio.claim=02:00.0,07:00.0"
	boot bind
	live_bus
	tree_device 0000:07:00.0 8086:1521 020000
	boot late 0000:07:00.0
	status
	expect status "$status" 0
	expect_in output "$output" "0000:07:00.0  on vfio-pci (rd.vfio.claim=07:00.0)
    reported: claimed by vfio-pci (rd.vfio.claim=07:00.0)"
	expect_in output "$output" "All 2 requested devices are claimed."
}

@test "a variant driver counts as claimed, another driver's module does not" {
	mkdir -p "$ROOT/usr/lib/vfio-claim" "$ROOT/run/vfio-claim" "$ROOT/sys/module/"{mlx5_vfio_pci,nouveau}
	echo "vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* mlx5_vfio_pci" >"$ROOT/run/vfio-claim/variants"
	tree_device "$B" 10de:1e07 030000 mlx5-vfio-pci
	ln -s "../../../../module/mlx5_vfio_pci" "$PCI/drivers/mlx5-vfio-pci/module"
	status
	expect status "$status" 0
	rm "$PCI/drivers/mlx5-vfio-pci/module"
	ln -s "../../../../module/nouveau" "$PCI/drivers/mlx5-vfio-pci/module"
	status
	expect status "$status" 1
}

@test "a guard that does not hold: not claimed, even if the other device is on vfio-pci" {
	tree_cmdline "rd.vfio.claim=02:00.0@10de:ffff"
	boot bind
	tree_device "$B" 10de:1e07 030000 vfio-pci
	status
	expect status "$status" 1
	expect_in output "$output" "it is another device, 10de:1e07"
}

@test "kept devices are shown and count for nothing, neighbours with a driver count" {
	tree_cmdline "rd.vfio.claim=02:00.0,01:00.0 rd.vfio.keep=01:00.0"
	tree_device 0000:03:00.0 8086:1521 020000 igb
	tree_group 7 "$B" 0000:03:00.0
	boot bind
	status
	expect status "$status" 1
	expect_in output "$output" "$A  without a driver: rd.vfio.keep=01:00.0 keeps it"
	expect_in output "$output" "0000:03:00.0  on igb: its driver keeps the IOMMU group"
	tree_device 0000:03:00.0 8086:1521 020000 vfio-pci
	tree_group 7 "$B" 0000:03:00.0
	status
	expect status "$status" 0
	expect_not_in output "$output" 0000:03:00.0
}

@test "rd.vfio=0: nothing is claimed, and that is as asked" {
	tree_cmdline "rd.vfio.claim=02:00.0 rd.vfio=0"
	boot bind
	status
	expect status "$status" 0
	expect_in output "$output" "rd.vfio=0: nothing is claimed in this boot."
	status --json
	expect off "$(json '[d["off"], d["ok"]]')" "[true, true]"
}

@test "a boot that stopped after reserve, and a report cut short, are said" {
	boot reserve
	status
	expect status "$status" 1
	expect_in output "$output" "The boot did not finish"
	sed -i '$d' "$ROOT/run/vfio-claim/boot"
	status
	expect_in output "$output" "is cut short"
	expect_in output "$output" "reported: reserved for vfio-pci"
}

@test "--json: one document, nothing else on standard output" {
	boot bind
	status --json
	expect status "$status" 0
	expect document "$(json 'd["devices"]')" '[{"slot": "0000:02:00.0", "verdict": "claim", "because": {"param": "rd.vfio.claim", "value": "02:00.0"}, "asked": true, "claimed": true, "driver": "vfio-pci", "reported": ["claimed by vfio-pci (rd.vfio.claim=02:00.0)"]}]'
	expect rest "$(json '[d["asked"], d["off"], d["ok"], d["stage"], d["claims"], d["ignored"]]')" \
		'[true, false, true, "bound", [{"param": "rd.vfio.claim", "value": "02:00.0"}], []]'
}

@test "--json is JSON whatever stands on the command line" {
	printf 'rd.vfio.claim=02:00.0,\377"\\\303\244\355\240\200/\001x\n' >"$ROOT/proc/cmdline"
	status --json
	expect status "$status" 1
	expect ignored "$(json 'd["ignored"][0]["value"]')" '"\ufffd\"\\\u00e4\ufffd\ufffd\ufffd/\u0001x"'
}

@test "control characters of the command line do not reach the terminal" {
	printf 'rd.vfio.claim=02:00.\033[2Jq\n' >"$ROOT/proc/cmdline"
	status
	expect_not_in output "$output" $'\033'
	expect_in output "$output" "02:00.?[2Jq"
}

@test "no command line can be read: status 1 and why, not success" {
	rm "$ROOT/proc/cmdline"
	status
	expect status "$status" 1
	expect output "$output" ""
	expect messages "$stderr" "vfio-claim: there is no $ROOT/proc/cmdline; in a chroot, mount /proc"
	tree_cmdline "rd.vfio.claim=02:00.0"
	mkdir -p "$ROOT/run/vfio-claim/boot"
	status
	expect status "$status" 1
	expect_in messages "$stderr" "cannot read $ROOT/run/vfio-claim/boot: it is a directory"
}

@test "status writes nothing" {
	boot bind
	touch "$BATS_TEST_TMPDIR/before"
	sleep 0.01
	status
	expect written "$(find "$ROOT" -newer "$BATS_TEST_TMPDIR/before")" ""
}

@test "a terminal of 80 columns: no line is longer, and nothing is lost" {
	local whole
	tree_group 7 "$B" "$A"
	tree_device "$A" 10de:1e07 030000 nouveau
	tree_group 7 "$B" "$A"
	boot bind
	status
	whole=$(xargs <<<"$output")
	run script -qec "stty cols 80 rows 24; '$VFIO_CLAIM' --sysroot '$ROOT' status" /dev/null </dev/null
	output=${output//$'\r'/}
	expect words "$(xargs <<<"$output")" "$whole"
	[ "$(wc -L <<<"$output")" -le 80 ]
	[ "${#lines[@]}" -gt 4 ]
}

@test "usage: options and operands that are none, and --help" {
	status --frob
	expect status "$status" 2
	expect messages "$stderr" "vfio-claim: status: unknown option --frob; see 'vfio-claim status --help'"
	status 02:00.0
	expect status "$status" 2
	status --help
	expect status "$status" 0
	expect_in help "$output" "Exit status:"
	[ "$(wc -L <<<"$output")" -le 80 ]
}

# --- the unit ----------------------------------------------------------------------------------------

UNIT=$TOP/systemd/vfio-claim-status.service

@test "the unit is one that systemd understands" {
	mkdir -p "$BATS_TEST_TMPDIR/units"
	sed "s|/usr/sbin/vfio-claim|$VFIO_CLAIM|" "$UNIT" >"$BATS_TEST_TMPDIR/units/vfio-claim-status.service"
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/units/vfio-claim-status.service"
	expect complaints "$(grep vfio-claim-status <<<"$output" || true)" ""
	expect status "$status" 0
}

@test "nothing waits for the unit: it is before nothing, and after the target that wants it" {
	local wants after
	expect before "$(grep -c -e ^Before= -e ^RequiredBy= "$UNIT" || true)" 0
	wants=$(sed -n 's/^WantedBy=//p' "$UNIT")
	after=$(sed -n 's/^After=//p' "$UNIT")
	expect wants "$wants" multi-user.target
	expect_in after " $after " " $wants "
}

@test "what the unit runs ends with 1 for a claim that failed, and is silent when nothing was asked" {
	local command
	command=$(sed -n 's|^ExecStart=/usr/sbin/vfio-claim ||p' "$UNIT")
	expect_in command " $command " " --quiet "
	# shellcheck disable=SC2086 # several words
	run "$VFIO_CLAIM" --sysroot "$ROOT" $command
	expect status "$status" 1
	tree_cmdline quiet
	# shellcheck disable=SC2086
	run "$VFIO_CLAIM" --sysroot "$ROOT" $command
	expect status "$status" 0
	expect output "$output" ""
}
