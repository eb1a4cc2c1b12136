#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim enable --owner: the rule of udev, what it calls, and what status and check read back, on systems made of
# files whose tools are stubs. The scenario owner of tests/boot has udev, the kernel's nodes, and a program that opens
# them as this user.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

RULE=/etc/udev/rules.d/90-vfio-claim-owner.rules
A=0000:01:00.0
B=0000:02:00.0

# system: Debian, with vfio-claim installed, a user and groups
system() {
	system_debian
	tool /usr/sbin/vfio-claim <<<'exit 1'
	printf '%s\n' root:x:0:0::/root:/bin/sh alice:x:1000:1000::/home/alice:/bin/sh \
		bob:x:1001:1001::/home/bob:/bin/sh 'odd$name:x:1002:1002::/:/bin/sh' >"$ROOT/etc/passwd"
	printf '%s\n' root:x:0: alice:x:1000: kvm:x:104:alice >"$ROOT/etc/group"
	tree_group 11 "$A"
	tree_group 12 "$B"
	boot_number 1 "$CMDLINE"
}

# nodes: both cards are on vfio-pci, as the kernel makes their nodes; this boot was asked for 02:00.0 alone
nodes() {
	local group
	boot_number 2 "$CMDLINE rd.vfio.claim=02:00.0"
	takes "$A"
	takes "$B"
	mkdir -p "$ROOT/dev/vfio/devices" "$ROOT/sys/class/vfio"
	for group in 11 12; do
		mkdir -p "$ROOT/sys/devices/virtual/vfio/$group"
		ln -sfn "../../devices/virtual/vfio/$group" "$ROOT/sys/class/vfio/$group"
		echo "240:$group" >"$ROOT/sys/devices/virtual/vfio/$group/dev"
		node "vfio/$group" 0600 240 "$group"
	done
	cdev "$A" 1
	cdev "$B" 2
	node vfio/vfio 0666 10 196
	node iommu 0660 10 125
}

# node NAME MODE MAJOR MINOR
node() {
	rm -f "$ROOT/dev/$1"
	mknod -m "$2" "$ROOT/dev/$1" c "$3" "$4"
}

# cdev SLOT NUMBER: the node of a device
cdev() {
	local dir=$PCI/devices/$1/vfio-dev/vfio$2
	mkdir -p "$dir" "$ROOT/sys/class/vfio-dev"
	ln -sfn ../../../../../class/vfio-dev "$dir/subsystem"
	echo "241:$2" >"$dir/dev"
	node "vfio/devices/vfio$2" 0600 241 "$2"
}

# owners: uid, gid and mode of all nodes
owners() {
	(cd "$ROOT/dev" && stat -c '%n %u:%g %a' vfio/11 vfio/12 vfio/vfio vfio/devices/vfio? iommu | tr '\n' ',')
}

# events OWNER: what the rule runs when udev is started
events() {
	local node
	for node in vfio/11 vfio/12 vfio/devices/vfio1 vfio/devices/vfio2 iommu; do
		did own --owner "$1" "/dev/$node"
	done
}

@test "there and back: the rule is written, kept by --add, replaced, and removed" {
	system
	local before after
	before=$(system_sum)
	did enable 02:00.0 --owner alice --dry-run
	expect_in "what is shown" "$output" "+ACTION!=\"remove\", SUBSYSTEM==\"vfio|vfio-dev\""
	same_files "$before"
	did enable 02:00.0 --owner alice
	expect_in output "$output" "From the next boot on, the nodes of the claimed devices in /dev/vfio belong to alice."
	expect_in output "$output" "'vfio-claim check --guest --memory GIB'"
	diff <(sed 1d "$TOP/tests/lab/90-vfio-claim-owner.rules") "$ROOT$RULE"
	expect mode "$(stat -c %a "$ROOT$RULE")" 644
	after=$(system_sum)
	did enable 02:00.0 --owner alice
	expect_in output "$output" "Nothing to change."
	expect_not_in output "$output" "belong to"
	did enable
	did enable --add 02:00.0
	same_files "$after"
	did enable --add --owner :kvm
	expect "the rule" "$(grep -c -- '--owner :kvm \$devnode"$' "$ROOT$RULE")" 2
	expect "the claims" "$(words "$MENU")" "rd.vfio.claim=02:00.0 "
	expect_in output "$output" "belong to the group kvm."
	did enable 01:00.0
	expect "the rule" "$(ls "$ROOT${RULE%/*}")" ""
	did enable 02:00.0 --owner alice --json
	expect owner "$("$TOP/tests/unit/json-value" enable 'd["owner"]' <<<"$output")" '"alice"'
	did disable --json
	expect owner "$("$TOP/tests/unit/json-value" enable 'd["owner"]' <<<"$output")" null
	rmdir "$ROOT${RULE%/*}" "$ROOT/etc/udev" 2>/dev/null || :
	same_files "$before"
}

@test "what was tried, and claims in the configuration file" {
	system
	did enable 02:00.0 --config --owner alice
	expect_in rule "$(cat "$ROOT$RULE")" "--owner alice "
	did enable --add --owner bob
	expect_in rule "$(cat "$ROOT$RULE")" "--owner bob "
	expect claims "$(cat "$ROOT/etc/vfio-claim.conf")" "claim = 02:00.0"
	expect_not_in message "$stderr" "leaves the kernel command line alone"
	did disable
	expect "the rule" "$(ls "$ROOT${RULE%/*}")" ""
}

@test "refused: nobody of this name, names that a rule would not read so, and no program to call" {
	system
	refused 1 "--owner carol: there is no user 'carol' in $ROOT/etc/passwd" enable 02:00.0 --owner carol
	refused 1 "a group is written with a colon, ':kvm'" enable 02:00.0 --owner kvm
	refused 1 "there is no group 'bob' in $ROOT/etc/group" enable 02:00.0 --owner :bob
	local name
	for name in '' : 'odd$name' '1000' 'alice bob' '-alice'; do
		refused 1 "there is no" enable 02:00.0 --owner="$name"
	done
	refused 2 "no device was named; --add adds it to the claims that are set" enable --owner alice
	refused 2 "--tried takes what was tried, and nothing else" enable --tried --owner alice
	refused 2 "none is remembered" enable --add --owner alice
	rm "$ROOT/usr/sbin/vfio-claim"
	refused 1 "vfio-claim is not installed in this system" enable 02:00.0 --owner alice
}

@test "a step that fails: the rule is as it was before" {
	system
	did enable 02:00.0 --owner alice
	tool /usr/sbin/update-grub <<<'exit 1'
	local before
	before=$(system_sum)
	vfio enable 01:00.0 --owner bob
	expect status "$status" 1
	same_files "$before"
	vfio disable
	expect status "$status" 1
	same_files "$before"
}

@test "a user gets the nodes of claimed devices, and no others" {
	system
	nodes
	local before
	before=$(owners)
	events alice
	expect nodes "$(owners)" "vfio/11 0:0 600,vfio/12 1000:0 600,vfio/vfio 0:0 666,vfio/devices/vfio1 0:0 600,vfio/devices/vfio2 1000:0 600,iommu 1000:0 660,"
	events alice
	expect "iommu stays the first one's" "$(events bob && owners)" \
		"vfio/11 0:0 600,vfio/12 1001:0 600,vfio/vfio 0:0 666,vfio/devices/vfio1 0:0 600,vfio/devices/vfio2 1001:0 600,iommu 1000:0 660,"
	# In a boot without claims.
	nodes
	tree_cmdline "$CMDLINE rd.vfio.claim=02:00.0 rd.vfio=0"
	events alice
	expect nodes "$(owners)" "$before"
	# The device has its own driver again: its node is another's.
	nodes
	rm "$PCI/devices/$B/driver"
	events alice
	expect nodes "$(owners)" "$before"
}

@test "a group gets them" {
	system
	nodes
	events :kvm
	expect nodes "$(owners)" "vfio/11 0:0 600,vfio/12 0:104 660,vfio/vfio 0:0 666,vfio/devices/vfio1 0:0 600,vfio/devices/vfio2 0:104 660,iommu 0:104 660,"
}

@test "own: only nodes, and only by their paths" {
	system
	nodes
	local before node
	before=$(owners)
	for node in /dev/vfio/vfio /dev/vfio/11 /dev/vfio/../vfio/11 vfio/12x /dev/null ''; do
		did own --owner alice "$node"
	done
	expect nodes "$(owners)" "${before%iommu*}iommu 1000:0 660,"
	rm "$ROOT/dev/vfio/12"
	ln -s ../../etc/passwd "$ROOT/dev/vfio/12"
	did own --owner alice /dev/vfio/12
	expect "what a link leads to" "$(stat -c %u "$ROOT/etc/passwd")" 0
	refused 1 "there is no user 'carol'" own --owner carol /dev/vfio/12
	refused 2 "it takes --owner and the path of a node" own /dev/vfio/12
	refused 2 "it takes --owner and the path of a node" own --owner alice
	refused 2 "it takes --owner and the path of a node" own --owner alice /dev/vfio/12 /dev/vfio/11
}

@test "status and check read it back" {
	system
	did enable 02:00.0 --owner alice
	nodes
	boot_number 1
	vfio status
	expect_in status "$output" "Nodes NOT owned by alice: /dev/vfio/devices/vfio2 /dev/vfio/12 (from the next boot on)"
	expect "exit status" "$status" 0
	vfio check
	expect_not_in check "$output" "belong"
	boot_number 2
	vfio status
	expect_in status "$output" "Nodes NOT owned by alice: /dev/vfio/devices/vfio2 /dev/vfio/12"
	expect_not_in status "$output" "(from the next boot on)"
	expect "exit status" "$status" 1
	vfio status --quiet
	expect_in status "$output" "Nodes NOT owned by alice"
	vfio check
	expect_in check "$output" "/dev/vfio/12 should belong to alice, and does not"
	expect_in check "$output" "do: udevadm trigger --action=add --subsystem-match=vfio --subsystem-match=vfio-dev"
	events alice
	vfio status
	expect_in status "$output" "Nodes of alice: /dev/vfio/devices/vfio2 /dev/vfio/12"
	expect_not_in status "$output" "NOT THE"
	expect "exit status" "$status" 0
	vfio status --json
	expect status "$("$TOP/tests/unit/json-value" status '[d["owner"], d["nodes"][1]]' <<<"$output")" \
		'["alice", {"node": "/dev/vfio/12", "owned": true}]'
	vfio check
	expect_in check "$output" "/dev/vfio/12 belongs to alice"
	chmod 0400 "$ROOT/dev/vfio/12"
	vfio status
	expect_in status "$output" "Nodes NOT owned by alice: /dev/vfio/12"
	sed -i /alice/d "$ROOT/etc/passwd"
	vfio status
	expect_in status "$output" "Owner alice: no such user or group."
	expect "exit status" "$status" 1
	did disable
	vfio status --json
	expect status "$("$TOP/tests/unit/json-value" status '[d["owner"], d["nodes"]]' <<<"$output")" '[null, []]'
}
