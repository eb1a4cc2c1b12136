#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/monitoring/vfio-claim-metrics: what it makes of the real vfio-claim status.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

B=0000:02:00.0

setup() {
	command -v jq >/dev/null || skip "jq is not installed"
	VFIO_CLAIM=$(realpath "${VFIO_CLAIM:-$TOP/build/vfio-claim}")
	system_debian
	FILE=$BATS_TEST_TMPDIR/vfio_claim.prom
}

# metrics: the file, without comments
metrics() {
	run --separate-stderr env VFIO_CLAIM="$VFIO_CLAIM --sysroot $ROOT" "$TOP/docs/monitoring/vfio-claim-metrics" "$FILE"
	expect "status ($stderr)" "$status" 0
	expect "lines that are not metrics" "$(grep -vE '^# (HELP|TYPE) [a-z_]+ |^[a-z_]+(\{[^}]*\})? [0-9]+$' "$FILE")" ""
	grep -v '^#\|_time ' "$FILE" | sed 's/^vfio_claim_//' | paste -sd' '
}

@test "nothing requested; all claimed; one not; rd.vfio=0; lost" {
	expect nothing "$(metrics)" "ok 1 requested 0 lost 0 ignored 0"
	did enable 02:00.0
	boot_number 1 "$CMDLINE rd.vfio.claim=02:00.0"
	takes "$B"
	mkdir -p "$ROOT/run/vfio-claim"
	printf '%s: claimed by vfio-pci\nbound 0\n' "$B" >"$ROOT/run/vfio-claim/boot"
	expect claimed "$(metrics)" "ok 1 requested 1 lost 0 ignored 0 device_claimed{slot=\"$B\",driver=\"vfio-pci\"} 1"
	rm "$PCI/devices/$B/driver"
	expect "not claimed" "$(metrics)" "ok 0 requested 1 lost 0 ignored 0 device_claimed{slot=\"$B\",driver=\"\"} 0"
	boot_number 2 "$CMDLINE rd.vfio.claim=02:00.0 rd.vfio=0"
	expect_in "rd.vfio=0" "$(metrics)" "ok 1 requested 0"
	boot_number 3 "$CMDLINE rd.vfio.claim=09:00.0,zz"
	expect_in ignored "$(metrics)" "ok 0 requested 1 lost 0 ignored 2"
	sed -i 's/ rd.vfio.claim=[^ ]*//' "$MENU"
	expect_in lost "$(metrics)" "lost 1"
}

@test "without an answer the old file stays, so that its time tells" {
	metrics
	cp "$FILE" "$BATS_TEST_TMPDIR/before"
	run env VFIO_CLAIM=false "$TOP/docs/monitoring/vfio-claim-metrics" "$FILE"
	[ "$status" -ne 0 ]
	cmp "$FILE" "$BATS_TEST_TMPDIR/before"
	expect "leftovers" "$(find "${FILE%/*}" -name 'vfio_claim.prom.*')" ""
}
