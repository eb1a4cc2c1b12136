#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Named entries: enable --entry, disable --entry, plan --entry, and the entries without claims. The scripts that write
# them are the real ones, and so are kernel-install and grub-script-check; what grub-mkconfig and 10_linux do around them
# are stubs. tests/pkg/deb has the real ones, and boots.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings

ENTRIES=etc/vfio-claim.entries
NAMED="rd.vfio.claim=02:00.0 intel_iommu=on"

# system_grub: Debian, whose grub-mkconfig runs scripts in /etc/grub.d, with two kernels
system_grub() {
	system_debian
	system_programs sh cat rm mkdir sed grep tr
	install -D -m 0755 "$TOP/grub.d/42_vfio-claim" "$ROOT/etc/grub.d/42_vfio-claim"
	mkdir -p "$ROOT/usr/lib/vfio-claim"
	: >"$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	# As GRUB 2.06 in Debian 12 prints them: its functions first, a correction of an old default last.
	tool /etc/grub.d/10_linux <<-'END'
		entry() {
			echo "${4}menuentry '$1' --class debian \$menuentry_id_option 'gnulinux-$2-0b1e' {
		${4}	load_video
		${4}	echo	'Loading Linux'
		${4}	linux	/boot/vmlinuz-${5:-6.1.0-test} root=UUID=0b1e ro $3
		${4}	initrd	/boot/initrd.img-${5:-6.1.0-test}
		${4}}"
		}
		echo "Found linux image: /boot/vmlinuz-6.1.0-test" >&2
		echo 'function gfxmode {
			set gfxpayload="${1}"
		}'
		entry "Deb'\\''ian" simple "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
		echo "submenu 'Advanced options for Deb'\\''ian' \$menuentry_id_option 'gnulinux-advanced-0b1e' {"
		for kver in 6.1.0-test 6.0.0-old; do
			entry "Deb'\\''ian, with Linux $kver" "$kver-advanced" "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT" "	" "$kver"
			[ "$GRUB_DISABLE_RECOVERY" = true ] ||
				entry "Deb'\\''ian, with Linux $kver (recovery mode)" "$kver-recovery" "single $GRUB_CMDLINE_LINUX" "	" "$kver"
		done
		echo '}'
		echo 'if [ "x$default" = '\''Debian'\'' ]; then default='\''Advanced>Debian'\''; fi;'
	END
	tool /usr/sbin/grub-mkconfig <<-'END'
		# default/grub.d
		. /etc/default/grub
		for file in /etc/default/grub.d/*.cfg; do . "$file"; done
		export GRUB_CMDLINE_LINUX GRUB_CMDLINE_LINUX_DEFAULT GRUB_ENABLE_BLSCFG
		for script in /etc/grub.d/10_linux /etc/grub.d/42_vfio-claim; do
			echo "### BEGIN $script ###"
			"$script" || exit
			echo "### END $script ###"
		done >"$2"
	END
	chroot "$ROOT" /usr/sbin/update-grub 2>"$BATS_TEST_TMPDIR/messages"
	: >"$ROOT/log"
}

# titles PATTERN: of the entries and submenus of GRUB's menu whose titles have it
titles() {
	sed -n -E "s/^[[:blank:]]*(menuentry|submenu) '(.*)' .*menuentry_id_option.*/\2/p" "$MENU" | grep -- "$1" || true
}

# lines TITLE: the kernels' arguments in the entries with this end of a title
lines() {
	awk -v "end=($1)'" '/menuentry / { is = index($0, end) } is && $1 == "linux"' "$MENU" |
		sed 's/.* ro *//; s/  */ /g; s/ $//'
}

@test "named entries, GRUB: an entry for each kernel beside the plain ones, which stay; and back" {
	local before plain
	system_grub
	before=$(system_sum)
	plain=$(sed '/BEGIN .*42_vfio/,$d' "$MENU")
	did enable --entry gaming 02:00.0 --iommu --dry-run
	expect_in "what is shown" "$output" "+gaming rd.vfio.claim=02:00.0"
	same_files "$before"
	did enable --entry gaming 02:00.0 --iommu
	expect_in output "$output" "The boot menu has the entry 'Deb'ian (vfio: gaming)'"
	expect "the file" "$(grep -v '^#' "$ROOT/$ENTRIES")" "gaming $NAMED"
	expect "titles" "$(titles gaming)" "$(printf '%s\n' "Deb'\\''ian (vfio: gaming)" \
		"Advanced options for Deb'\\''ian (vfio: gaming)" "Deb'\\''ian, with Linux 6.1.0-test (vfio: gaming)" \
		"Deb'\\''ian, with Linux 6.0.0-old (vfio: gaming)")"
	expect "lines" "$(lines "vfio: gaming" | sort -u)" "quiet $NAMED"
	expect "the plain ones" "$(sed '/BEGIN .*42_vfio/,$d' "$MENU")" "$plain"
	expect "ids" "$(grep -c "menuentry_id_option 'gnulinux-.*-0b1e~vfio~gaming'" "$MENU")" 4
	: >"$ROOT/log"
	did enable --entry gaming 02:00.0 --iommu
	expect_in output "$output" "Nothing to change."
	expect "what the second time has run" "$(log)" ""
	did disable --entry gaming
	expect_in output "$output" "no longer has the entry 'gaming'"
	same_files "$before"
}

@test "named entries, GRUB: the same name replaces it; several; the claims of the plain ones are not theirs" {
	system_grub
	did enable 01:00.0 --group
	did enable --entry one 02:00.0
	did enable --entry two 02:00.0 --keep boot-vga
	expect "two" "$(lines "vfio: two" | sort -u)" "quiet rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	did enable --entry one 01:00.0
	expect "one" "$(lines "vfio: one" | sort -u)" "quiet rd.vfio.claim=01:00.0"
	expect "the file" "$(sed -n 's/^\(one\|two\) .*/\1/p' "$ROOT/$ENTRIES")" $'one\ntwo'
	expect "off" "$(lines "vfio-claim off" | sort -u)" "quiet rd.vfio=0"
	sed '/BEGIN .*42_vfio/,$d' "$MENU" >"$BATS_TEST_TMPDIR/plain"
	expect "the plain ones" "$(words "$BATS_TEST_TMPDIR/plain" | sed 's/rd.vfio.claim=01:00.0 rd.vfio.group=1 //g')" ""
	did disable
	expect_in output "$output" "entry 'one' stays"
	expect_in output "$output" "entry 'two' stays"
	expect "off, when nothing is claimed" "$(titles off)" ""
	expect "two" "$(lines "vfio: two" | sort -u)" "quiet rd.vfio.claim=02:00.0 rd.vfio.keep=boot-vga"
	did disable --entry two
	did disable --entry one
	[ ! -e "$ROOT/$ENTRIES" ]
}

@test "named entries, GRUB: what fails is undone; names and lines that are not ones" {
	local before name
	system_grub
	before=$(system_sum)
	refused 2 "'a b' is not a name for an entry: it may contain only letters, digits" enable --entry "a b" 02:00.0
	for name in "" -x 'x;y' "$(printf '%033d' 0)"; do
		vfio enable "--entry=$name" 02:00.0
		expect "status of '$name'" "$status" 2
	done
	refused 2 "no device was named for the entry 'x'" enable --entry x
	refused 2 "it takes no --tried, --add, --config or --addon" enable --entry x --add 02:00.0
	refused 1 "there is no entry 'x': 'vfio-claim enable --entry x SEL' adds one" disable --entry x
	refused 1 "the boot menu has no entry 'x'" plan --entry x
	mv "$ROOT/etc/grub.d/10_linux" "$BATS_TEST_TMPDIR/10_linux"
	printf '#!/bin/sh\n[ -z "${GRUB_DISABLE_RECOVERY-}" ] || exit 1\n' >"$ROOT/etc/grub.d/10_linux"
	sed 1d "$BATS_TEST_TMPDIR/10_linux" >>"$ROOT/etc/grub.d/10_linux"
	chmod +x "$ROOT/etc/grub.d/10_linux"
	vfio enable --entry x 02:00.0
	expect "status" "$status" 1
	expect_in message "$stderr" "did not get the entry 'x' beside the one in /boot/grub/grub.cfg"
	mv "$BATS_TEST_TMPDIR/10_linux" "$ROOT/etc/grub.d/10_linux"
	same_files "$before"
	rm "$ROOT/etc/grub.d/42_vfio-claim"
	refused 1 "/etc/grub.d/42_vfio-claim, which writes named entries, is missing" enable --entry x 02:00.0
}

# What a hand has written must not cost the menu.
@test "42_vfio-claim: always ends well; bad lines are skipped and named" {
	system_grub
	printf '%s\n' '# one' '' 'good rd.vfio.claim=01:00.0' 'bad' 'a;b rd.vfio.claim=01:00.0' 'c $(reboot)' "d it's" \
		'-e rd.vfio.claim=01:00.0' >"$ROOT/$ENTRIES"
	printf 'last rd.vfio.claim=01:00.0' >>"$ROOT/$ENTRIES"
	run --separate-stderr chroot "$ROOT" /usr/sbin/update-grub
	expect "status" "$status" 0
	expect "titles" "$(titles "^Deb[^,]* (vfio:")" \
		"$(printf '%s\n' "Deb'\\''ian (vfio: good)" "Deb'\\''ian (vfio: last)")"
	for name in bad 'a;b' c d -e; do
		expect_in message "$stderr" "'$name' is not a line 'NAME WORDS' and is skipped"
	done
	# Without the program, on a system with blscfg, and with a 10_linux that fails, there are none.
	mv "$ROOT/usr/lib/vfio-claim/vfio-claim-boot" "$ROOT/usr/lib/vfio-claim/x"
	chroot "$ROOT" /usr/sbin/update-grub
	expect "without the program" "$(titles "(vfio")" ""
	mv "$ROOT/usr/lib/vfio-claim/x" "$ROOT/usr/lib/vfio-claim/vfio-claim-boot"
	echo GRUB_ENABLE_BLSCFG=true >>"$ROOT/etc/default/grub"
	chroot "$ROOT" /usr/sbin/update-grub
	expect "with blscfg" "$(titles "(vfio")" ""
}

@test "42_vfio-claim: claims of others on the command line, or in the images, give an entry without; words for init stay last" {
	local line
	system_grub
	sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1e07 rd.vfiox -- 3"/' \
		"$ROOT/etc/default/grub"
	echo "one rd.vfio.claim=01:00.0" >"$ROOT/$ENTRIES"
	chroot "$ROOT" /usr/sbin/update-grub
	expect "off" "$(lines "vfio-claim off" | sort -u)" "quiet rd.vfiox rd.vfio=0 -- 3"
	expect "one" "$(lines "vfio: one" | sort -u)" "quiet rd.vfiox rd.vfio.claim=01:00.0 -- 3"
	sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="rd.vfio.claim=01:00.0 rd.vfio.group=1 rd.vfio=1 quiet"/' \
		"$ROOT/etc/default/grub"
	chroot "$ROOT" /usr/sbin/update-grub
	expect "off" "$(lines "vfio-claim off" | sort -u)" "quiet rd.vfio=0"
	sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="quiet"/' "$ROOT/etc/default/grub"
	for line in "#claim = 01:00.0" "keep = boot-vga"; do
		echo "$line" >"$ROOT/etc/vfio-claim.conf"
		chroot "$ROOT" /usr/sbin/update-grub
		expect "off, with $line" "$(titles off)" ""
	done
	echo " claim = 01:00.0" >"$ROOT/etc/vfio-claim.conf"
	chroot "$ROOT" /usr/sbin/update-grub
	expect "off" "$(lines "vfio-claim off" | sort -u)" "quiet rd.vfio=0"
}

@test "named entries: list, status, plan and check say which there are; plan --entry says what the boot program does" {
	system_grub
	for slot in 0000:01:00.0 0000:02:00.0 0000:03:00.0; do tree_names "$slot"; done
	did enable 01:00.0
	did enable --entry second 02:00.0 --iommu
	for command in list status plan; do
		vfio "$command"
		expect_in "$command" "$output" "  second: rd.vfio.claim=02:00.0"
		expect_in "$command" "$output" "  without claims: Deb'ian (vfio-claim off)"
		vfio "$command" --json
		expect "$command" "$(jq -c '.entries[] | [.name, .words, .title, .kernels, .ok]' <<<"$output")" \
			"$(printf '%s\n' "[\"second\",\"$NAMED\",\"Deb'ian (vfio: second)\",[\"6.1.0-test\",\"6.0.0-old\"],true]" \
				"[null,null,\"Deb'ian (vfio-claim off)\",[\"6.1.0-test\",\"6.0.0-old\"],true]")"
	done
	vfio plan --entry second --json
	expect "requests" "$(jq -r '.claims[].value, .kernel' <<<"$output")" $'02:00.0\n6.1.0-test'
	planned=$(jq -r '.devices[] | select(.verdict == "claim").slot' <<<"$output")
	refused 2 "--entry has claims and a command line of its own" plan --entry second 01:00.0
	# The boot program, on the command line of the entry
	tree_cmdline "$(lines "vfio: second" | head -n 1)"
	boot reserve
	expect "what the boot program does" "$(reserved)" "$planned"
	expect "that" "$planned" 0000:02:00.0
	vfio status
	expect_in status "$output" "This boot has the claims of the boot menu's entry 'second'."
	vfio status --quiet
	expect_not_in "status --quiet" "$output" "entry"
	vfio check
	expect_in check "$output" "each kernel in the boot menu has the entry 'second'"
	# One that has other words, and none
	cp "$MENU" "$BATS_TEST_TMPDIR/menu"
	sed -i "s/$NAMED/rd.vfio.claim=03:00.0/" "$MENU"
	vfio status
	expect_in status "$output" "NOT in the boot menu for each kernel"
	cp "$BATS_TEST_TMPDIR/menu" "$MENU"
	vfio status
	expect_not_in status "$output" "NOT in the boot menu"
	sed -i '/BEGIN .*42_vfio/,$d' "$MENU"
	vfio check
	expect_in check "$output" "a kernel in the boot menu lacks the entry 'second'"
	vfio status
	expect_in status "$output" "NOT in the boot menu for each kernel"
}

@test "named entries: one that is made the default is not taken for a loss" {
	system_grub
	did enable 01:00.0
	did enable --entry second 02:00.0 --iommu
	sed -i '1i set default="gnulinux-simple-0b1e~vfio~second"' "$MENU"
	boot_number 2 "root=UUID=0b1e ro quiet $NAMED"
	takes 0000:02:00.0
	did status
	expect_not_in status "$output" LOST
	vfio plan --json
	expect "the next boot" "$(jq -r '.claims[].value' <<<"$output")" 02:00.0
}

@test "named entries: --json of enable, disable, list, plan and status is as described" {
	system_grub
	for slot in 0000:01:00.0 0000:02:00.0 0000:03:00.0; do tree_names "$slot"; done
	tree_group 1 0000:01:00.0
	tree_group 2 0000:02:00.0
	tree_group 3 0000:03:00.0
	document() {
		vfio "$@" --json
		"$TOP/tests/unit/json-value" "$1" <<<"$output"
	}
	document enable --entry one 02:00.0 --dry-run
	document enable --entry one 02:00.0
	expect "the name" "$(jq -r '.entry, .words, .changed, .slots[0]' <<<"$output")" \
		$'one\nrd.vfio.claim=02:00.0\ntrue\n0000:02:00.0'
	document list
	document plan --entry one
	document status
	vfio disable --entry one --json
	"$TOP/tests/unit/json-value" enable <<<"$output"
	vfio disable --entry one --json
	"$TOP/tests/unit/json-value" enable <<<"$output"
	expect "status of what is not there" "$status" 1
}

# --- entries that are files of their own --------------------------------------------------------

# system_entries: systemd's kernel-install and its 90-loaderentry, the real ones, with our plugin; two kernels
system_entries() {
	local plugin=/usr/lib/kernel/install.d/90-loaderentry.install kver
	[ -f "$plugin" ] && head -n 1 /usr/bin/kernel-install | grep -q '^#!/bin/sh' ||
		skip "kernel-install is not here, or not a script"
	system_make
	system_programs sh cat rm mkdir sed grep tr sort mktemp install stat chown mv mountpoint cp
	install -D -m 0755 "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/usr/lib/kernel/install.d/95-vfio-claim.install"
	cp "$plugin" "$ROOT/usr/lib/kernel/install.d/"
	cp /usr/bin/kernel-install "$ROOT/usr/bin/"
	mkdir -p "$ROOT"/{etc/kernel,boot/loader/entries,boot/0123456789abcdef0123456789abcdef}
	echo 0123456789abcdef0123456789abcdef >"$ROOT/etc/machine-id"
	echo "${CMDLINE#* }" >"$ROOT/etc/kernel/cmdline"
	echo root:x:0:0::/: >"$ROOT/etc/passwd"
	echo root:x:0: >"$ROOT/etc/group"
	printf 'ID=debian\nPRETTY_NAME="Debian 12"\n' >"$ROOT/etc/os-release"
	STEM=$ROOT/boot/loader/entries/0123456789abcdef0123456789abcdef
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	for kver in "$KVER" 6.0.0-old; do install_kernel add "$kver"; done
	MENU=$STEM-$KVER.conf
}

# install_kernel COMMAND KVER: as the package of a kernel does
install_kernel() {
	echo kernel >"$ROOT/boot/vmlinuz-$2"
	mkdir -p "$ROOT/lib/modules/$2"
	if [ "$1" = add ]; then
		chroot "$ROOT" /usr/bin/kernel-install add "$2" "/boot/vmlinuz-$2"
	else
		chroot "$ROOT" /usr/bin/kernel-install remove "$2"
	fi
}

# entries: the names of the files, without what they all begin with
entries() {
	(cd "${STEM%/*}" && printf '%s\n' *) | sed 's/^0123456789abcdef0123456789abcdef-//' | tr '\n' ' '
}

options() {
	sed -n 's/^options[[:blank:]]*//p' "$1"
}

# bats test_tags=slow
@test "named entries, systemd-boot and kernel-install: for each kernel, and for those that come and go" {
	local line="root=UUID=0b1e ro quiet systemd.machine_id=0123456789abcdef0123456789abcdef"
	system_entries
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf "
	did enable --entry my-game 02:00.0 --iommu
	expect "entries" "$(entries)" "6.0.0-old-vfio-my-game.conf 6.0.0-old.conf 6.0.0-old~novfio.conf $KVER-vfio-my-game.conf $KVER.conf $KVER~novfio.conf "
	expect "options" "$(options "$STEM-$KVER-vfio-my-game.conf")" "$line $NAMED"
	expect "title" "$(grep ^title "$STEM-$KVER-vfio-my-game.conf")" "title      Debian 12 (vfio: my-game)"
	expect "off" "$(options "$STEM-$KVER~novfio.conf")" "$line rd.vfio=0"
	vfio status --json
	expect "entries" "$(jq -c '.entries[] | [.name, .kernels, .ok]' <<<"$output" | LC_ALL=C sort)" \
		"$(printf '%s\n' "[\"my-game\",[\"6.0.0-old\",\"$KVER\"],true]" "[null,[\"6.0.0-old\",\"$KVER\"],true]" | LC_ALL=C sort)"
	# A new kernel, the claims of the plain entries, and a kernel that goes.
	did enable 01:00.0
	install_kernel add 6.2.0-new
	expect "new" "$(options "$STEM-6.2.0-new.conf")" "${line/ systemd/ rd.vfio.claim=01:00.0 intel_iommu=on systemd}"
	expect "its named one" "$(options "$STEM-6.2.0-new-vfio-my-game.conf")" "${line/ systemd/ intel_iommu=on systemd} $NAMED"
	install_kernel remove 6.0.0-old
	expect "entries" "$(entries)" "$KVER-vfio-my-game.conf $KVER.conf $KVER~novfio.conf 6.2.0-new-vfio-my-game.conf 6.2.0-new.conf 6.2.0-new~novfio.conf "
	did disable
	did disable --entry my-game
	expect "entries" "$(entries)" "$KVER.conf $KVER~novfio.conf 6.2.0-new.conf 6.2.0-new~novfio.conf "
	[ ! -e "$ROOT/$ENTRIES" ]
}

# system_blscfg: CentOS 9 with GRUB, and our plugin; its kernel-install has made the same entries
system_blscfg() {
	system_centos9
	system_programs sh cat rm mkdir sed grep tr sort mv
	install -D -m 0755 "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/usr/lib/kernel/install.d/95-vfio-claim.install"
	mkdir -p "$ROOT/boot/grub2"
	echo 'blscfg' >"$ROOT/boot/grub2/grub.cfg"
	echo 0123 >"$ROOT/etc/machine-id"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	STEM=$ROOT/boot/loader/entries/0123
}

@test "named entries, GRUB with loader entries: grubby changes all entries, and the named ones are made again" {
	local before named line="root=UUID=0b1e ro crashkernel=1G rhgb quiet \$tuned_params"
	system_blscfg
	before=$(system_sum)
	named=$STEM-$KVER~vfio~a~b.conf
	did enable --entry a-b 02:00.0 --iommu
	expect "options" "$(options "$named")" "$line $NAMED"
	expect "id" "$(grep ^id "$named")" "id centos~vfio~a~b"
	did enable 01:00.0 --keep boot-vga
	expect "the plain one" "$(words "$MENU")" "rd.vfio.claim=01:00.0 rd.vfio.keep=boot-vga "
	expect "options" "$(options "$named")" "$line $NAMED"
	vfio plan --json
	expect "the default" "$(jq -r '.claims[].value' <<<"$output")" 01:00.0
	vfio plan --entry a-b --json
	expect "the named one" "$(jq -r '.claims[].value' <<<"$output")" 02:00.0
	did disable
	expect "options" "$(options "$named")" "$line $NAMED"
	did enable --entry a-b 01:00.0
	expect "options" "$(options "$named")" "$line rd.vfio.claim=01:00.0"
	did disable --entry a-b
	same_files "$before"
	rm "$ROOT/usr/lib/kernel/install.d/95-vfio-claim.install"
	refused 1 "95-vfio-claim.install, which copies boot entries, is missing" enable --entry a-b 02:00.0
}

@test "95-vfio-claim.install: the kernel whose version looks like a name keeps its entry" {
	local other
	system_blscfg
	rm "$ROOT/boot/grub2/grub.cfg"
	other=$STEM-$KVER-vfio-x.conf
	sed "s/^version.*/version $KVER-vfio-x/" "$MENU" >"$other"
	cp "$other" "$BATS_TEST_TMPDIR/other"
	echo "x rd.vfio.claim=02:00.0" >"$ROOT/$ENTRIES"
	run chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	expect "status" "$status" 0
	expect_in message "$output" "0123-$KVER-vfio-x.conf is the entry of another kernel: this one has no entry 'x'"
	cmp "$other" "$BATS_TEST_TMPDIR/other"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install remove "$KVER"
	cmp "$other" "$BATS_TEST_TMPDIR/other"
	vfio status --json
	expect "entries" "$(jq -c '.entries[] | [.name, .ok]' <<<"$output")" '["x",false]'
}

@test "95-vfio-claim.install: CentOS 8, whose words are in GRUB's environment; and a counted entry" {
	system_centos8
	system_programs sh cat rm mkdir sed grep tr sort mv
	install -D -m 0755 "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/plugin"
	echo blscfg >"$ROOT/boot/grub2/grub.cfg"
	echo 0123 >"$ROOT/etc/machine-id"
	sed -i 's,^kernelopts=.*,kernelopts=root=/dev/a\&b ro rd.vfio.claim=03:00.0 quiet,' "$ROOT/boot/grub2/grubenv"
	echo "x rd.vfio.claim=00:1c.4/00.0" >"$ROOT/$ENTRIES"
	mv "$MENU" "${MENU%.conf}+3-1.conf"
	chroot "$ROOT" /plugin add "$KVER"
	expect "options" "$(options "${MENU%.conf}~vfio~x.conf")" \
		'root=/dev/a&b ro quiet $tuned_params rd.vfio.claim=00:1c.4/00.0'
}

@test "named entries: where they cannot be, a sentence says what to do" {
	system_uki
	refused 1 "a named entry cannot be added to the boot menu that is made from /etc/kernel/cmdline" enable --entry x 02:00.0
	expect_in message "$stderr" "rd.vfio.claim=02:00.0"
}

# --- what the default entry is, and stays --------------------------------------------------------

@test "named entries, systemd-boot: a new kernel whose tries are used is followed by the older one, not by its own copies" {
	local entry
	system_entries
	for entry in "$STEM-$KVER" "$STEM-6.0.0-old"; do
		grep -q "^sort-key" "$entry.conf" || sed -i '1a sort-key   debian' "$entry.conf"
	done
	mv "$STEM-$KVER.conf" "$STEM-$KVER+0-3.conf"
	mkdir -p "$ROOT/sys/firmware/efi/efivars"
	printf '\006\0\0\0s\0y\0s\0t\0e\0m\0d\0-\0b\0o\0o\0t\0 \0002\0005\0002\0\0\0' \
		>"$ROOT/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
	echo "game rd.vfio.claim=02:00.0" >"$ROOT/$ENTRIES"
	for entry in "$KVER" 6.0.0-old; do
		chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$entry"
	done
	expect "sort-keys" "$(sed -n 's/^sort-key[[:blank:]]*//p' "$STEM-$KVER-vfio-game.conf" "$STEM-$KVER~novfio.conf" | sort -u)" "~vfio-debian"
	vfio plan --json
	expect "the next boot's kernel, and claims" "$(jq -c '.kernel, .claims, .off' <<<"$output")" $'"6.0.0-old"\n[]\nfalse'
	# Without sort-keys, systemd-boot would start the named one after the last try: there is none.
	sed -i '/^sort-key/d' "${STEM%/*}"/*.conf
	run chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	expect_in message "$output" "has a number of tries and no sort-key: this kernel has no entry 'game'"
	[ ! -e "$STEM-$KVER-vfio-game.conf" ]
}

@test "95-vfio-claim.install: another kernel's named entries stay, and vfio-pci.ids= is not copied" {
	local other
	system_blscfg
	rm "$ROOT/boot/grub2/grub.cfg"
	# Arch's linux and a linux-vfio of the same version, and the latter's entry 'gaming'
	other=$STEM-$KVER-vfio-vfio-gaming.conf
	sed -e "s/^version.*/version $KVER-vfio/" -e 's/^title.*/title Arch (vfio: gaming)/' "$MENU" >"$other"
	echo "gaming rd.vfio.claim=02:00.0" >"$ROOT/$ENTRIES"
	sed -i 's/^options .*/& vfio-pci.ids=10de:1e07 vfio_pci.ids="10de:1e07,10de:10f7" last/' "$MENU"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	[ -e "$other" ]
	expect_not_in "the named one" "$(options "$STEM-$KVER-vfio-gaming.conf")" ids
	expect_in "the named one" "$(options "$STEM-$KVER-vfio-gaming.conf")" " last rd.vfio.claim=02:00.0"
	expect_not_in "off" "$(options "$STEM-$KVER~novfio.conf")" ids
	echo "gaming vfio-pci.ids=10de:1e07" >"$ROOT/$ENTRIES"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install add "$KVER"
	expect_in "its own words" "$(options "$STEM-$KVER-vfio-gaming.conf")" " last vfio-pci.ids=10de:1e07"
	chroot "$ROOT" /usr/lib/kernel/install.d/95-vfio-claim.install remove "$KVER"
	[ ! -e "$STEM-$KVER-vfio-gaming.conf" ]
	[ -e "$other" ]
}

@test "named entries, GRUB with loader entries: refused if the default is a number, and would be another entry" {
	local before
	system_blscfg
	sed "s/^title.*/title CentOS, older/; s/^version.*/version 5.0.0-old/" "$MENU" >"$STEM-5.0.0-old.conf"
	printf '# GRUB Environment Block\nsaved_entry=1\n' >"$ROOT/boot/grub2/grubenv"
	printf 'load_env\nset default="${saved_entry}"\nblscfg\n' >"$ROOT/boot/grub2/grub.cfg"
	before=$(system_sum)
	vfio enable --entry game 02:00.0
	expect "status" "$status" 1
	expect_in message "$stderr" "the boot menu's default entry would be another one"
	same_files "$before"
	printf '# GRUB Environment Block\nsaved_entry=%s\n' "0123-$KVER" >"$ROOT/boot/grub2/grubenv"
	did enable --entry game 02:00.0
	expect_in output "$output" "The default entry is as it was."
}

@test "named entries: the command for one boot is printed only if GRUB starts the entry once" {
	system_grub
	tool /usr/sbin/grub-reboot <<<'exit 1'
	printf '# GRUB Environment Block\n' >"$ROOT/boot/grub/grubenv"
	mkdir -p "$ROOT/proc/self"
	echo "21 1 8:1 / / rw - ext4 /dev/sda1 rw" >"$ROOT/proc/self/mountinfo"
	sed -i "s/Deb'.*'ian/Debian/" "$ROOT/etc/grub.d/10_linux"
	did enable --entry one 02:00.0
	expect_in output "$output" "To start it at the next boot: grub-reboot 'Debian (vfio: one)'"
	echo "21 1 0:30 / / rw - btrfs /dev/sda1 rw" >"$ROOT/proc/self/mountinfo"
	did enable --entry two 02:00.0
	expect_in output "$output" "The default entry is as it was."
	expect_not_in output "$output" "grub-reboot"
}

@test "named entries: beside claims with module options, which the copies keep; --owner is refused" {
	system_grub
	did enable 01:00.0 --option vfio_pci.disable_idle_d3=1
	did enable --entry one 02:00.0
	expect "one" "$(lines "vfio: one" | sort -u)" "quiet vfio_pci.disable_idle_d3=1 rd.vfio.claim=02:00.0"
	expect "off" "$(lines "vfio-claim off" | sort -u)" "quiet vfio_pci.disable_idle_d3=1 rd.vfio=0"
	refused 2 "--owner is for the claims of the default entry: not with --entry" enable --entry one 02:00.0 --owner root
	did enable --entry one 02:00.0 --option vfio_pci.disable_idle_d3=0
	expect "one" "$(lines "vfio: one" | sort -u | grep -o 'rd.vfio.*')" "rd.vfio.claim=02:00.0 vfio_pci.disable_idle_d3=0"
	vfio check
	expect_in check "$output" "each kernel in the boot menu has the entry 'one'"
}
