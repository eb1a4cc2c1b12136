#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# enable --fallback with systemd-boot: the tries in the names of entries. systemd's kernel-install and 90-loaderentry are
# the real ones, with our plugin; what systemd-boot and systemd-bless-boot do with the names is done as their sources say
# (boot.c, boot_entry_bump_counters(); bless-boot.c). Boots are in tests/pkg/counting.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../other_systems

DROP_IN=etc/systemd/system/systemd-bless-boot.service.d/vfio-claim.conf
WANTS=etc/systemd/system/multi-user.target.wants
COUNTS=var/lib/vfio-claim/fallback
VENDOR=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f

# efi NAME TEXT: a variable of systemd-boot's
efi() {
	loader "$2"
	[ "$1" = LoaderInfo ] || mv "$ROOT/sys/firmware/efi/efivars/LoaderInfo-$VENDOR" "$ROOT/sys/firmware/efi/efivars/$1-$VENDOR"
	loader "systemd-boot 252.39"
}

# features BYTES: what systemd-boot says it can do, in octal escapes
features() {
	printf '\6\0\0\0'"$1"'\0\0\0\0\0\0' >"$ROOT/sys/firmware/efi/efivars/LoaderFeatures-$VENDOR"
}

# system_counting: Debian with systemd-boot 252, two kernels, and the units
system_counting() {
	local kver plugin=/usr/lib/kernel/install.d/90-loaderentry.install
	[ -f "$plugin" ] && head -n 1 /usr/bin/kernel-install | grep -q '^#!/bin/sh' ||
		skip "kernel-install is not here, or not a script"
	system_make
	system_programs sh cat rm mkdir sed grep tr sort mktemp install stat chown mv mountpoint cp
	install -D -m 0755 "$TOP/kernel-install/95-vfio-claim.install" "$ROOT/usr/lib/kernel/install.d/95-vfio-claim.install"
	PLUGIN=/usr/lib/kernel/install.d/95-vfio-claim.install
	cp "$plugin" "$ROOT/usr/lib/kernel/install.d/"
	cp /usr/bin/kernel-install "$ROOT/usr/bin/"
	mkdir -p "$ROOT"/{etc/kernel,boot/loader/entries,boot/0123456789abcdef0123456789abcdef,"$WANTS",usr/lib/systemd/system}
	: >"$ROOT/usr/lib/systemd/system/systemd-bless-boot.service"
	ln -s /lib/systemd/system/vfio-claim-status.service "$ROOT/$WANTS/vfio-claim-status.service"
	echo 0123456789abcdef0123456789abcdef >"$ROOT/etc/machine-id"
	echo "root=UUID=0b1e ro quiet" >"$ROOT/etc/kernel/cmdline"
	echo root:x:0:0::/: >"$ROOT/etc/passwd"
	echo root:x:0: >"$ROOT/etc/group"
	printf 'ID=debian\nPRETTY_NAME="Debian 12"\n' >"$ROOT/etc/os-release"
	STEM=$ROOT/boot/loader/entries/0123456789abcdef0123456789abcdef
	tool /usr/sbin/update-initramfs <<<'exec make-image "$@"'
	loader "systemd-boot 252.39"
	features '\377\1'
	for kver in "$KVER" 6.0.0-old; do install_kernel add "$kver"; done
	OLD="6.0.0-old+2.conf 6.0.0-old~novfio.conf"
}

# install_kernel COMMAND KVER: as the package of a kernel does
install_kernel() {
	echo kernel >"$ROOT/boot/vmlinuz-$2"
	mkdir -p "$ROOT/lib/modules/$2"
	chroot "$ROOT" /usr/bin/kernel-install "$1" "$2" "/boot/vmlinuz-$2"
}

# entries: the names of the files, without what they all begin with
entries() {
	(cd "${STEM%/*}" && LC_ALL=C && printf '%s\n' *) | sed 's/^0123456789abcdef0123456789abcdef-//' | tr '\n' ' ' | sed 's/ $//'
}

# boots: what systemd-boot does with the entry of $KVER
boots() {
	local file count left tried
	rm -f "$ROOT/sys/firmware/efi/efivars/LoaderBootCountPath-$VENDOR"
	file=$(echo "$STEM-$KVER"+*.conf)
	[ -f "$file" ] || return 0
	count=${file##*+}
	count=${count%.conf}
	left=${count%-*} tried=0
	[ "$count" = "$left" ] || tried=${count#*-}
	[ "$left" -eq 0 ] || left=$((left - 1))
	mv "$file" "$STEM-$KVER+$left-$((tried + 1)).conf"
	efi LoaderBootCountPath '\loader\entries\'"${STEM##*/}-$KVER+$left-$((tried + 1)).conf"
}

# is_good: what systemd-bless-boot.service does after our unit, with our drop-in
is_good() {
	local file
	grep -qx After=vfio-claim-status.service "$ROOT/$DROP_IN"
	for file in "$STEM-$KVER"+*.conf; do mv "$file" "$STEM-$KVER.conf"; done
	grep -q '^ExecStartPost=-/bin/sh -c .*vfio-claim status --quiet --reached' "$ROOT/$DROP_IN"
	vfio status --quiet --reached
}

@test "--fallback, systemd-boot: entries get tries, a good boot gets them again; and away again" {
	local before
	system_counting
	before=$(system_sum)
	did enable 02:00.0 --fallback 2 --dry-run
	same_files "$before"
	did enable 02:00.0 --fallback 2
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
	expect "the copy comes next" "$(grep -h ^sort-key "$STEM-$KVER~novfio.conf")" "sort-key   debian"
	did enable 02:00.0 --fallback 2
	expect_in output "$output" "Nothing to change."
	boots
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	# Our unit, before it is marked as good
	did status --quiet --reached
	expect "entries" "$(entries)" "$OLD $KVER+1-1.conf $KVER~novfio.conf"
	vfio status
	expect_in status "$output" "If 2 boots in a row do not get as far as this, the boot menu's entry without claims is started (1 left)."
	is_good
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
	vfio status --json
	expect "json" "$(jq -c .fallback <<<"$output")" '{"tries":2,"left":2,"fell":false,"trouble":null}'
	# It stays with --add, and goes with new claims, or with disable.
	did enable --add 01:00.0
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
	did enable 01:00.0
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf"
	expect "the copy is the last" "$(grep -h ^sort-key "$STEM-$KVER~novfio.conf")" "sort-key   ~vfio-debian"
	[ ! -e "$ROOT/$DROP_IN" ] && [ ! -e "$ROOT/$COUNTS" ]
	did enable 01:00.0 --fallback 2
	boots
	did disable
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf"
	[ ! -e "$ROOT/$DROP_IN" ] && [ ! -e "$ROOT/$COUNTS" ]
}

@test "--fallback, systemd-boot: boots that fail; the next one is without claims and says so; enable counts again" {
	system_counting
	did enable 02:00.0 --fallback 2
	boots
	vfio plan --json
	expect "the next boot" "$(jq -c .off <<<"$output")" false
	boots
	# The last try is running.
	vfio status
	expect_not_in status "$output" "FELL BACK"
	rm "$ROOT/sys/firmware/efi/efivars/LoaderBootCountPath-$VENDOR"
	vfio plan --json
	expect "the next boot, and its kernel" "$(jq -c '.off, .kernel' <<<"$output")" $'true\n'"\"$KVER\""
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio=0"
	vfio status --quiet --reached
	expect "status" "$status" 1
	expect_in output "$output" "FELL BACK: 2 boots in a row were not marked as good (see 'systemctl status systemd-bless-boot.service boot-complete.target'), and the boot menu's entry without claims was started by itself."
	expect "entries" "$(entries)" "$OLD $KVER+0-2.conf $KVER~novfio.conf"
	vfio status --json
	"$TOP/tests/unit/json-value" status <<<"$output"
	expect "json" "$(jq -c '.fallback, .ok' <<<"$output")" $'{"tries":2,"left":0,"fell":true,"trouble":null}\nfalse'
	vfio check
	expect_in check "$output" "2 boots in a row were not marked as good (see"
	# An image that is built again does not end it.
	install_kernel add "$KVER"
	expect "entries" "$(entries)" "$OLD $KVER+0-2.conf $KVER~novfio.conf"
	did enable
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
	vfio plan --json
	expect "the next boot" "$(jq -c '.off, .claims[].value' <<<"$output")" $'false\n"02:00.0"'
	# Chosen by hand, and it succeeds
	boots
	boots
	boots
	boot_number 3 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	is_good
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
}

@test "--fallback, systemd-boot: a new kernel does not end a fall; enable or a good boot does" {
	local new="6.9.0-new~novfio.conf"
	system_counting
	did enable 02:00.0 --fallback 2
	# An old entry's tries do not matter.
	mv "$STEM-6.0.0-old+2.conf" "$STEM-6.0.0-old+0-2.conf"
	install_kernel add 6.9.0-new
	expect_in "entries" "$(entries)" " 6.9.0-new+2.conf $new"
	install_kernel remove 6.9.0-new
	boots
	boots
	rm "$ROOT/sys/firmware/efi/efivars/LoaderBootCountPath-$VENDOR"
	install_kernel add 6.9.0-new
	install_kernel add 6.9.0-new
	expect "entries" "$(entries)" "6.0.0-old+0-2.conf 6.0.0-old~novfio.conf $KVER+0-2.conf $KVER~novfio.conf 6.9.0-new+0.conf $new"
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio=0"
	vfio status --quiet --reached
	expect_in output "$output" "FELL BACK: 2 boots in a row"
	expect_in "entries" "$(entries)" " 6.9.0-new+0.conf $new"
	vfio plan --json
	expect "the next boot, and its kernel" "$(jq -c '.off, .kernel' <<<"$output")" $'true\n"6.9.0-new"'
	did enable
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf 6.9.0-new+2.conf $new"
	# The old kernel's plain entry is chosen by hand, and it succeeds.
	mv "$STEM-6.9.0-new+2.conf" "$STEM-6.9.0-new+0.conf"
	boots
	boots
	boots
	boot_number 3 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	vfio status --quiet --reached
	expect_in "entries" "$(entries)" " 6.9.0-new+0.conf $new"
	is_good
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf 6.9.0-new+2.conf $new"
}

@test "--fallback, systemd-boot: kernels come and go, with and without /etc/kernel/tries" {
	system_counting
	did enable 02:00.0 --fallback 2
	install_kernel add 6.2.0-new
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf 6.2.0-new+2.conf 6.2.0-new~novfio.conf"
	install_kernel remove 6.2.0-new
	expect "entries" "$(entries)" "$OLD $KVER+2.conf $KVER~novfio.conf"
	# Others than ours; a kernel whose version looks like a count
	echo 3 >"$ROOT/etc/kernel/tries"
	install_kernel add 6.2.0-new
	cp "$STEM-6.2.0-new+2.conf" "$STEM-6.2.0-new+3rc1.conf"
	boots
	install_kernel add "$KVER"
	chroot "$ROOT" "$PLUGIN" add 6.2.0-new
	expect "entries" "$(entries)" \
		"$OLD $KVER+1-1.conf $KVER~novfio.conf 6.2.0-new+2.conf 6.2.0-new+3rc1.conf 6.2.0-new~novfio.conf"
	rm "$STEM-6.2.0-new+3rc1.conf"
	did disable
	expect "entries" "$(entries)" \
		"6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf 6.2.0-new.conf 6.2.0-new~novfio.conf"
	# They are not ours any more.
	install_kernel add 6.2.0-new
	did enable 01:00.0
	did disable
	expect_in "entries" "$(entries)" "6.2.0-new+3.conf"
}

@test "--fallback, systemd-boot: counts of others, and entries that are made by hand, are not in the way" {
	local others mine
	system_counting
	install_kernel add 5.5.0+3
	sed 's/^title.*/title by hand/' "$STEM-$KVER.conf" >"${STEM%/*}/byhand+3.conf"
	sed 's/^machine-id.*/machine-id ffff/' "$STEM-6.0.0-old.conf" >"${STEM%/*}/ffff-5.10.0+3.conf"
	cp "${STEM%/*}/byhand+3.conf" "${STEM%/*}/other.conf"
	cp "${STEM%/*}/byhand+3.conf" "$STEM-$KVER-x+3.conf"
	sed -i '/^sort-key/s/debian/other/' "${STEM%/*}"/{byhand+3,other,*-x+3}.conf
	others="byhand+3.conf ffff-5.10.0+3.conf other.conf"
	mine="5.5.0+3.conf 5.5.0+3~novfio.conf 6.0.0-old.conf 6.0.0-old~novfio.conf $KVER-x+3.conf $KVER.conf $KVER~novfio.conf"
	expect "entries" "$(entries)" "$mine $others"
	did enable 02:00.0 --fallback 2
	expect "entries" "$(entries)" "5.5.0+3+2.conf 5.5.0+3~novfio.conf $OLD $KVER+2.conf $KVER-x+3.conf $KVER~novfio.conf $others"
	did enable 02:00.0 --fallback 2
	expect_in output "$output" "Nothing to change."
	did enable 01:00.0
	expect "entries" "$(entries)" "$mine $others"
	did enable 02:00.0 --fallback 2
	did disable
	expect "entries" "$(entries)" "$mine $others"
	# As the default, one that the plugin does not know
	sed -i '/^sort-key/s/other/a/' "${STEM%/*}/other.conf"
	is_refused "the default entry of systemd-boot's menu is not one that kernel-install made"
	expect_not_in message "$stderr$output" "as it was before"
	rm "${STEM%/*}/other.conf"
	echo other >"$ROOT/etc/machine-id"
	is_refused "the default entry of systemd-boot's menu is not one that kernel-install made"
	echo 0123456789abcdef0123456789abcdef >"$ROOT/etc/kernel/entry-token"
	did enable 02:00.0 --fallback 2
}

# is_refused TEXT: --fallback is, for this reason
is_refused() {
	refused 1 "--fallback is not possible: $1" enable 02:00.0 --fallback 2
}

@test "--fallback, systemd-boot: refused where it cannot count, or starts something else; a choice of all entries is none" {
	local choice
	system_counting
	for choice in "$KVER.conf" "0123456789abcdef0123456789abcdef-$KVER*" @saved "*-$KVER.conf" "*$KVER?conf"; do
		[ "$choice" != "$KVER.conf" ] || choice=0123456789abcdef0123456789abcdef-$choice
		echo "default $choice" >"$ROOT/boot/loader/loader.conf"
		if [ "$choice" = "0123456789abcdef0123456789abcdef-$KVER*" ]; then
			did enable 02:00.0 --fallback 2
			did disable
			continue
		fi
		is_refused "a default entry is chosen"
		rm "$ROOT/boot/loader/loader.conf"
		efi LoaderEntryDefault "$choice"
		is_refused "a default entry is chosen"
		rm "$ROOT/sys/firmware/efi/efivars/LoaderEntryDefault-$VENDOR"
	done
	# Without sort-keys, or old
	features '\377\0'
	is_refused "this systemd-boot does not count boots"
	features '\357\1'
	is_refused "this systemd-boot does not count boots, or does not sort entries by their sort-key: version 251"
	features '\377\1'
	rm "$ROOT/usr/lib/systemd/system/systemd-bless-boot.service"
	is_refused "systemd-bless-boot.service, which marks boots as good, is masked or not installed"
	: >"$ROOT/usr/lib/systemd/system/systemd-bless-boot.service"
	: >"$ROOT/dev/null"
	ln -s /dev/null "$ROOT/etc/systemd/system/systemd-bless-boot.service"
	is_refused "systemd-bless-boot.service, which marks boots as good, is masked or not installed"
	rm "$ROOT/etc/systemd/system/systemd-bless-boot.service"
	mv "$ROOT/$WANTS/vfio-claim-status.service" "$ROOT/"
	refused 1 "vfio-claim-status.service is not enabled" enable 02:00.0 --fallback 2
	mv "$ROOT/vfio-claim-status.service" "$ROOT/$WANTS/"
	mv "$ROOT$PLUGIN" "$ROOT/plugin"
	refused 1 "95-vfio-claim.install, which copies boot entries, is missing" enable 02:00.0 --fallback 2
	mv "$ROOT/plugin" "$ROOT$PLUGIN"
	sed -i 's/^sort-key/#&/' "$STEM"-*.conf
	did enable --entry game 01:00.0
	is_refused "the default entry of systemd-boot's menu has no line 'sort-key'"
	[ -e "$STEM-$KVER-vfio-game.conf" ]
	did disable --entry game
	sed -i 's/^#sort-key/sort-key/' "$STEM"-*.conf
	# A plugin that does nothing, and one that fails
	cp "$ROOT$PLUGIN" "$BATS_TEST_TMPDIR/plugin"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT$PLUGIN"
	vfio enable 02:00.0 --fallback 2
	expect "status" "$status" 1
	expect_in message "$stderr" "boots are not counted: systemd-boot's default entry does not have the count of boots"
	expect_in message "$stderr" "all is as it was before"
	sed 's/^exit .*/exit 1/' "$BATS_TEST_TMPDIR/plugin" >"$ROOT$PLUGIN"
	vfio enable 02:00.0 --fallback 2
	expect "status" "$status" 1
	expect_in message "$stderr" "all is as it was before"
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf"
	[ ! -e "$ROOT/$DROP_IN" ] && [ ! -e "$ROOT/$COUNTS" ]
}

@test "--fallback, systemd-boot: undo puts entries back before it removes their new names" {
	system_counting
	# It renames, and fails.
	sed -i 's/^exit .*/exit 1/' "$ROOT$PLUGIN"
	VFIO_CLAIM_WRAPPER="strace -o $BATS_TEST_TMPDIR/trace -e trace=rename,renameat,renameat2,unlink,sync" \
		vfio enable 02:00.0 --fallback 2
	expect "status" "$status" 1
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf"
	expect "the order" "$(sed -n '/si_status=1/,$p' "$BATS_TEST_TMPDIR/trace" |
		sed -nE 's/^(rename|unlink|sync)\(.*6\.0\.0-old(\+2)?\.conf"\) = 0$/\1 old\2/p; s/^sync.*/sync/p' | head -n 3 | tr '\n' ' ')" \
		"rename old sync unlink old+2 "
}

# expect_trouble TEXT CURE: check and status say that the fallback does not work
expect_trouble() {
	vfio status
	expect "status" "$status" 1
	expect_in status "$output" "LOST: $1"
	expect_in status "$output" "; to end this: $2"
	vfio check
	expect_in check "$output" "--fallback does not work: $1"
	expect_in check "$output" "do: $2"
}

@test "--fallback, systemd-boot: status and check read back what it needs" {
	system_counting
	did enable 02:00.0 --fallback 2
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	did status
	echo "default 0123456789abcdef0123456789abcdef-$KVER.conf" >"$ROOT/boot/loader/loader.conf"
	expect_trouble "a default entry is chosen, in loader.conf or by bootctl set-default" "bootctl set-default '', and remove 'default' from loader.conf"
	rm "$ROOT/boot/loader/loader.conf"
	mv "$STEM-$KVER~novfio.conf" "$BATS_TEST_TMPDIR/novfio"
	expect_trouble "the entry without claims is not the one that systemd-boot would start" "vfio-claim enable"
	mv "$ROOT/boot/loader" "$ROOT/boot/hidden"
	expect_trouble "no entry of systemd-boot's menu can be read" "mount the partition that has loader/entries"
	mv "$ROOT/boot/hidden" "$ROOT/boot/loader"
	sed 's/^\(sort-key *\)d/\1a/' "$STEM-$KVER+2.conf" >"${STEM%/*}/other.conf"
	expect_trouble "systemd-boot's default entry is not one that kernel-install made for this system" "vfio-claim disable, or remove"
	rm "${STEM%/*}/other.conf"
	sed -i 's/^sort-key/#&/' "$STEM"-*
	expect_trouble "systemd-boot's default entry has no line 'sort-key'" "kernel-install add"
	sed -i 's/^#sort-key/sort-key/' "$STEM"-*
	mv "$BATS_TEST_TMPDIR/novfio" "$STEM-$KVER~novfio.conf"
	mv "$STEM-$KVER+2.conf" "$STEM-$KVER.conf"
	expect_trouble "systemd-boot's default entry does not have the count of boots" "vfio-claim enable"
	did status --quiet --reached
	did status
	mv "$ROOT/$DROP_IN" "$BATS_TEST_TMPDIR/drop-in"
	expect_trouble "/$DROP_IN, which puts the count back, is missing" "vfio-claim enable"
	mv "$BATS_TEST_TMPDIR/drop-in" "$ROOT/$DROP_IN"
	rm "$ROOT/usr/lib/systemd/system/systemd-bless-boot.service"
	expect_trouble "systemd-bless-boot.service, which marks boots as good, is masked or not installed" \
		"systemctl unmask systemd-bless-boot.service; if it is not installed: apt install systemd-boot"
	: >"$ROOT/usr/lib/systemd/system/systemd-bless-boot.service"
	rm "$ROOT/$WANTS/vfio-claim-status.service"
	expect_trouble "vfio-claim-status.service is not enabled" "systemctl unmask vfio-claim-status.service &&"
	ln -s /lib/systemd/system/vfio-claim-status.service "$ROOT/$WANTS/"
	# What a purge has left
	rm "$ROOT/$COUNTS"
	vfio status
	expect_in status "$output" "LEFT OVER: /$DROP_IN is left over from 'vfio-claim enable --fallback'"
	did disable
	[ ! -e "$ROOT/$DROP_IN" ]
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER.conf $KVER~novfio.conf"
}

@test "--fallback, systemd-boot: an entry of 'try' does not come next" {
	system_counting
	tool /usr/bin/bootctl <<<'exit 0'
	did enable 02:00.0 --fallback 2
	did try 01:00.0
	expect "its sort-key" "$(grep ^sort-key "$STEM-$KVER-vfiotry.conf")" "sort-key   ~vfio-debian"
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	boots
	boots
	rm "$ROOT/sys/firmware/efi/efivars/LoaderBootCountPath-$VENDOR"
	vfio plan --json
	expect "the next boot" "$(jq -c .off <<<"$output")" true
}

@test "95-vfio-claim.install: a kernel whose version ends in a count is not a try of another" {
	local file
	system_counting
	did enable 02:00.0 --fallback 3
	# On its way: its package comes first, or it was made by hand.
	cp "$STEM-6.0.0-old+3.conf" "$STEM-6.5.0+3.conf"
	sed -i 's/6\.0\.0-old/6.5.0+3/' "$STEM-6.5.0+3.conf"
	cp "$STEM-6.5.0+3.conf" "$STEM-6.5.0+4.conf"
	sed -i /^version/d "$STEM-6.5.0+4.conf"
	mkdir -p "$ROOT/lib/modules/6.5.0+4"
	install_kernel add 6.5.0
	# There is no name for its three tries.
	expect_in "entries" "$(entries)" " 6.5.0+3.conf 6.5.0+4.conf 6.5.0.conf 6.5.0~novfio.conf"
	expect "the versions" "$(grep -h ^version "$STEM-6.5.0+3.conf" "$STEM-6.5.0.conf")" $'version    6.5.0+3\nversion    6.5.0'
	run chroot "$ROOT" "$PLUGIN" count 6.5.0
	expect "status" "$status" 1
	expect_in message "$output" "6.5.0+3.conf is the entry of another kernel: boots of this one are not counted"
	rm "$STEM-6.5.0+3.conf"
	chroot "$ROOT" "$PLUGIN" recount 6.5.0
	expect_in "entries" "$(entries)" " 6.5.0+3.conf 6.5.0+4.conf 6.5.0~novfio.conf"
	chroot "$ROOT" "$PLUGIN" forget all
	expect_in "entries" "$(entries)" " 6.5.0+4.conf 6.5.0.conf"
}

@test "95-vfio-claim.install: tries that cannot be put back, or forgotten, are noticed" {
	system_counting
	did enable 02:00.0 --fallback 2
	boot_number 2 "root=UUID=0b1e ro quiet rd.vfio.claim=02:00.0"
	takes 0000:02:00.0
	did status --quiet --reached
	# Not the default entry, whose missing count would be named.
	mv "$STEM-6.0.0-old+2.conf" "$STEM-6.0.0-old.conf"
	rm "$ROOT/bin/mv"
	vfio status --quiet --reached
	expect "status" "$status" 1
	expect_in message "$stderr" "95-vfio-claim.install"
	run chroot "$ROOT" "$PLUGIN" count 6.0.0-old
	expect "status" "$status" 1
	run chroot "$ROOT" "$PLUGIN" forget all
	expect "status" "$status" 1
}

@test "95-vfio-claim.install: an entry with tries of others and no sort-key has no copies" {
	system_counting
	mv "$STEM-$KVER.conf" "$STEM-$KVER+0-3.conf"
	sed -i /^sort-key/d "$STEM-$KVER+0-3.conf"
	run chroot "$ROOT" "$PLUGIN" add "$KVER"
	expect_in message "$output" "has a number of tries and no sort-key: this kernel has no entry without claims"
	expect "entries" "$(entries)" "6.0.0-old.conf 6.0.0-old~novfio.conf $KVER+0-3.conf"
}

@test "95-vfio-claim.install: forgets all that vfio-claim has made of entries, before the package goes" {
	local copy others="4567-1+2.conf 4567-1-vfio-game.conf 4567-1-vfiotry.conf 4567-1~novfio.conf"
	system_counting
	system_programs rmdir
	did enable 02:00.0 --fallback 2
	did enable --entry game 01:00.0
	boots
	: >"$STEM-$KVER-vfiotry.conf"
	: >"$STEM-$KVER~vfiotry.conf"
	cp "$STEM-$KVER+1-1.conf" "${STEM%/*}/4567-1+2.conf"
	# Another system's, and one that kernel-install has not made
	for copy in 1~novfio 1-vfio-game 1-vfiotry; do cp "$STEM-$KVER-vfio-game.conf" "${STEM%/*}/4567-$copy.conf"; done
	sed -i 's/^machine-id.*/machine-id 4567/' "${STEM%/*}/"4567-*.conf
	: >"${STEM%/*}/arch~vfiotry.conf"
	sed "s/^title.*/title Arch, for vfio/" "$STEM-$KVER+1-1.conf" >"$STEM-6.9-vfio-x.conf"
	chroot "$ROOT" "$PLUGIN" forget all
	expect "entries" "$(entries)" "6.0.0-old.conf $KVER.conf 6.9-vfio-x.conf $others"
	[ ! -e "$ROOT/${DROP_IN%/*}" ]
	chroot "$ROOT" "$PLUGIN" forget all
	# Others' tries stay.
	mv "$STEM-$KVER.conf" "$STEM-$KVER+3.conf"
	chroot "$ROOT" "$PLUGIN" forget all
	expect "entries" "$(entries)" "6.0.0-old.conf $KVER+3.conf 6.9-vfio-x.conf $others"
	# It is not known which are ours.
	rm "$ROOT/etc/machine-id"
	chroot "$ROOT" "$PLUGIN" forget all
	expect "entries" "$(entries)" "6.0.0-old.conf $KVER+3.conf 6.9-vfio-x.conf 4567-1+2.conf"
}
