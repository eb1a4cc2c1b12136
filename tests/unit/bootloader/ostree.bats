#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Systems that ostree deploys. The boot menu and the staged deployments are made by the real ostree, booted as far as
# namespaces can; rpm-ostree and bootc are stubs with the options of their sources, which stage what ostree made.
# shellcheck disable=SC2154 # run sets them

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

B=0000:02:00.0
WORDS="rd.vfio.claim=02:00.0"

setup_file() {
	local words dir
	command -v ostree >/dev/null || skip "ostree is not installed"
	[ "$(id -u)" = 0 ] || skip "only root can deploy"
	for words in "" rhgb "$WORDS"; do
		dir=$BATS_FILE_TMPDIR/with-$words
		mkdir -p "$dir"
		# shellcheck disable=SC2086 # words
		"${BATS_TEST_DIRNAME%/*}/ostree-deployments" "$dir" 6.1.0-test "root=UUID=0b1e ro quiet" $words
	done
}

setup() {
	system_make
	deployed before
	mkdir -p "$ROOT/run/ostree" "$ROOT/usr/lib/modules"
	: >"$ROOT/run/ostree-booted"
	cp -r "$BATS_FILE_TMPDIR/with-/staged" "$ROOT/staged-"
	cp -r "$BATS_FILE_TMPDIR/with-rhgb/staged" "$ROOT/staged-rhgb"
	cp -r "$BATS_FILE_TMPDIR/with-$WORDS/staged" "$ROOT/staged-$WORDS"
}

# deployed before|after: the boot menu then; with an image that has vfio-claim
deployed() {
	rm -rf "${ROOT:?}/boot" "$ROOT/run/ostree/staged-deployment"
	cp -a "$BATS_FILE_TMPDIR/with-$WORDS/$1/boot" "$ROOT/boot"
	IMAGE=$(echo "$ROOT"/boot/ostree/os-*/initramfs-*.img)
	packed "$IMAGE" made=0 "$OURS"
	cp "$IMAGE" "$ROOT/boot/initramfs-$KVER.img"
	mkdir -p "$ROOT/boot/grub2"
	printf '%s\n' 'set default="${saved_entry}"' '### BEGIN /etc/grub.d/10_linux ###' 'insmod blscfg' 'blscfg' '### END /etc/grub.d/10_linux ###' \
		>"$ROOT/boot/grub2/grub.cfg"
}

# rpm_ostree: a stub; it stages a deployment with the words that are asked for, and without those to delete
rpm_ostree() {
	tool /usr/bin/rpm-ostree <<-END
		echo "rpm-ostree \$*" >>/log
		case "\$*" in
			"kargs --append-if-missing=$WORDS") cat "/staged-$WORDS" >/run/ostree/staged-deployment ;;
			"kargs --delete-if-present=$WORDS") cat /staged-rhgb >/run/ostree/staged-deployment ;;
			*) exit 1 ;;
		esac
	END
}

bootc() {
	tool /usr/bin/bootc <<-END
		echo "bootc \$*" >>/log
		case "\$*" in
			"loader-entries set-options-for-source --source=vfio-claim --options=$WORDS")
				cat "/staged-$WORDS" >/run/ostree/staged-deployment ;;
			"loader-entries set-options-for-source --source=vfio-claim") cat /staged-rhgb >/run/ostree/staged-deployment ;;
			*) exit 1 ;;
		esac
	END
}

# restarted: ostree has finished the staged deployment at shutdown
restarted() {
	deployed after
	boot_number "$RANDOM" "$(sed -n 's/^options //p' "$ROOT/boot/loader/entries/ostree-2-os.conf")"
	takes "$B"
}

# there_and_back COMMAND-TO-SET COMMAND-TO-CLEAR
there_and_back() {
	did enable 02:00.0 --dry-run
	expect_in "what is shown" "$output" "run: $1"
	expect "what --dry-run has run" "$(log)" ""
	did enable 02:00.0
	expect "what was run" "$(log)" "$1"
	expect_in outcome "$output" "The claims take effect at the next boot"
	did plan
	expect_in plan "$output" "$B: claimed by vfio-pci ($WORDS)"
	: >"$ROOT/log"
	did enable 02:00.0 --json
	expect "the second time" "$(jq -c '[.changed, .sure, .reboot.due]' <<<"$output")" "[false,true,true]"
	expect "what that has run" "$(log)" ""
	restarted
	did enable 02:00.0 --json
	expect "after the boot" "$(jq -c '[.changed, .sure, .reboot.due]' <<<"$output")" "[false,true,false]"
	did status
	did disable
	expect "what was run" "$(log)" "$2"
	expect_in outcome "$output" "Nothing is claimed from the next boot on."
	: >"$ROOT/log"
	did disable
	expect "what the second disable has run" "$(log)" ""
}

@test "rpm-ostree: there and back; the former deployment stays as it is" {
	rpm_ostree
	there_and_back "rpm-ostree kargs --append-if-missing=$WORDS" "rpm-ostree kargs --delete-if-present=$WORDS"
}

@test "bootc, where there is no rpm-ostree" {
	bootc
	there_and_back "bootc loader-entries set-options-for-source --source=vfio-claim --options=$WORDS" \
		"bootc loader-entries set-options-for-source --source=vfio-claim"
}

@test "rpm-ostree, if both are there: it also works before ostree 2026.1" {
	rpm_ostree
	bootc
	did enable 02:00.0
	expect "what was run" "$(log)" "rpm-ostree kargs --append-if-missing=$WORDS"
}

@test "a tool that fails, or stages something else: nothing is staged any more" {
	tool /usr/bin/rpm-ostree <<<'cat /staged-rhgb >/run/ostree/staged-deployment; echo "no space here" >&2; exit 1'
	refused 1 "no space here" enable 02:00.0
	tool /usr/bin/rpm-ostree <<<'cat /staged-rhgb >/run/ostree/staged-deployment'
	refused 1 "which is not what was set" enable 02:00.0
	tool /usr/bin/rpm-ostree <<<'exit 0'
	refused 1 "which is not what was set" enable 02:00.0
	[ ! -e "$ROOT/run/ostree/staged-deployment" ]
}

@test "a deployment that waits for the next boot could not be put back: refused" {
	rpm_ostree
	cp "$ROOT/staged-" "$ROOT/run/ostree/staged-deployment"
	refused 1 "reboot first, or discard it with 'rpm-ostree cleanup --pending'" enable 02:00.0
	expect "what was run" "$(log)" ""
	rm "$ROOT/usr/bin/rpm-ostree"
	bootc
	refused 1 "reboot first, or discard it with 'ostree admin undeploy 0'" enable 02:00.0
}

@test "words that the image itself brings are not removed" {
	rpm_ostree
	deployed after
	mkdir -p "$ROOT/usr/lib/bootc/kargs.d"
	printf 'kargs = ["quiet", "%s"]\n' "$WORDS" >"$ROOT/usr/lib/bootc/kargs.d/50-vfio-claim.toml"
	refused 1 "$WORDS comes with the image of this system (/usr/lib/bootc/kargs.d/50-vfio-claim.toml)" disable
	did enable 02:00.0
	expect "what was run" "$(log)" ""
}

@test "a staged deployment that cannot be read is an error, not an empty one" {
	rpm_ostree
	local size
	for size in 1 10 100 300 500; do
		head -c "$size" "$ROOT/staged-$WORDS" >"$ROOT/run/ostree/staged-deployment"
		refused 1 "cannot read /run/ostree/staged-deployment" enable 02:00.0
	done
	: >"$ROOT/run/ostree/staged-deployment"
	refused 1 "cannot read /run/ostree/staged-deployment" enable 02:00.0
}

# gvariant PYTHON: GLib's own serialization of a value of type a{sv}
gvariant() {
	/usr/bin/python3 -c "
import sys
from gi.repository import GLib
V = GLib.Variant
sys.stdout.buffer.write(V('a{sv}', $1).get_data_as_bytes().get_data())" >"$ROOT/run/ostree/staged-deployment"
}

@test "staged deployments as GLib writes them: any size, order and other keys" {
	/usr/bin/python3 -c 'from gi.repository import GLib' 2>/dev/null || skip "python3-gi is not installed"
	rpm_ostree
	local value
	for value in \
		"{'kargs': V('as', ['root=UUID=0b1e', 'ostree=/x', '$WORDS'])}" \
		"{'kargs': V('as', ['ostree=/x', '$WORDS']), 'z': V('b', True)}" \
		"{'a': V('s', 'x' * 300), 'kargs': V('as', ['ostree=/x', '$WORDS'])}" \
		"{'a': V('s', 'x' * 70000), 'kargs': V('as', ['ostree=/x', '$WORDS']), 'b': V('i', 7)}" \
		"{'kargs': V('as', ['a=' + 'y' * 400, '$WORDS', 'ostree=/x'])}"; do
		gvariant "$value"
		did plan
		expect_in "plan of $value" "$output" "$B: claimed by vfio-pci ($WORDS)"
	done
	for value in "{'kargs': V('s', '$WORDS')}" "{}"; do
		gvariant "$value"
		refused 1 "cannot read /run/ostree/staged-deployment: it is not as ostree writes it" enable 02:00.0
	done
}

@test "a staged deployment without arguments of its own gets those of this boot" {
	rpm_ostree
	cp "$ROOT/staged-" "$ROOT/run/ostree/staged-deployment"
	did plan
	expect_in "plan without claims" "$output" "No devices requested for the next boot."
	tree_cmdline "$CMDLINE $WORDS"
	did plan
	expect_in "plan with those of this boot" "$output" "$B: claimed by vfio-pci ($WORDS)"
}

@test "after a rollback the menu's first deployment counts" {
	rpm_ostree
	deployed after
	local entries=$ROOT/boot/loader/entries
	sed -i 's/^version .*/version 3/' "$entries/ostree-1-os.conf"
	mv "$entries/ostree-1-os.conf" "$entries/ostree-3-os.conf"
	did plan
	expect_in plan "$output" "No devices requested for the next boot."
	mv "$entries/ostree-2-os.conf" "$entries/ostree-10-os.conf"
	did plan
	expect_in "plan with ten" "$output" "$B: claimed by vfio-pci ($WORDS)"
}

@test "without rpm-ostree and bootc; and vfio-claim try: said, with what to do instead" {
	refused 1 "has neither rpm-ostree nor bootc" enable 02:00.0
	rpm_ostree
	refused 1 "ostree, which has no one-time entries: use 'vfio-claim enable'" try 02:00.0
}
