#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What enable, try, disable and check say before anything is changed: keys sealed in the TPM, a command line that is
# too long, a file system without room; and, with plan, the only keyboard. LUKS headers are cryptsetup's own.

bats_require_minimum_version 1.5.0

load ../kernel
load ../tree
load ../system
load ../settings
load ../addon

DISK=/dev/nvme0n1p3
POLICY_HASH=$(printf 'ab%.0s' {1..32})

setup_file() {
	format luks2 --luks2-metadata-size 16k --luks2-keyslots-size 256k "$BATS_FILE_TMPDIR/luks2"
	format luks1 "$BATS_FILE_TMPDIR/luks1"
}

# format TYPE OPTION... FILE: a LUKS volume with a passphrase
format() {
	local file=${*: -1}
	truncate -s 4M "$file"
	printf pass | cryptsetup luksFormat -q --key-size 256 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --type "$@" -
}

# refused PIECE COMMAND...: with this in its message, and nothing is changed
refused() {
	local piece=$1 before
	shift
	before=$(system_sum)
	vfio "$@"
	expect "status of $* ($output $stderr)" "$status" 1
	expect_in message "$stderr" "$piece"
	expect_in message "$stderr" "nothing was changed"
	diff <(echo "$before") <(system_sum)
}

# silent PIECE: it has said nothing of that
silent() {
	# shellcheck disable=SC2154 # run sets it
	[[ $output$stderr != *"$1"* ]] || {
		echo "it says: $output $stderr"
		return 1
	}
}

# --- keys in the TPM ----------------------------------------------------------------------------

# encrypted [VERSION]: / is on dm-0, which is the LUKS volume $DISK
encrypted() {
	local dm=$ROOT/sys/devices/virtual/block/dm-0
	mkdir -p "$dm/dm" "$dm/slaves/nvme0n1p3" "$ROOT"/{dev,sys/class/block,sys/dev/block}
	echo root >"$dm/dm/name"
	echo "CRYPT-LUKS${1:-2}-0123-root" >"$dm/dm/uuid"
	ln -sfnr "$dm" "$ROOT/sys/class/block/dm-0"
	ln -sfnr "$dm" "$ROOT/sys/dev/block/253:0"
	cp "$BATS_FILE_TMPDIR/luks${1:-2}" "$ROOT$DISK"
}

# token JSON: such a token in the header
token() {
	cryptsetup token import "$ROOT$DISK" <<<"$1"
}

# sealed PCRS [MORE]: what systemd-cryptenroll writes
sealed() {
	token '{"type":"systemd-tpm2","keyslots":["0"],"tpm2-blob":"AAAA","tpm2-pcrs":['"$1"'],"tpm2-pcr-bank":"sha256",
		"tpm2-primary-alg":"ecc","tpm2-policy-hash":"'"$POLICY_HASH"'"'"${2:-,\"tpm2-pin\":false}"'}'
}

# jwe PIN JSON: the first part of what clevis writes
jwe() {
	printf '{"alg":"dir","clevis":{"pin":"%s","%s":%s},"enc":"A256GCM"}' "$1" "$1" "$2" | base64 -w0 | tr '+/' '-_' | tr -d =
}

# bound JWE: a token of clevis' with it
bound() {
	token '{"type":"clevis","keyslots":["0"],"jwe":{"ciphertext":"","encrypted_key":"","iv":"","protected":"'"$1"'","tag":""}}'
}

# key_added: a second passphrase
key_added() {
	printf pass | cryptsetup luksAddKey -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - "$ROOT$DISK" <(printf other)
}

@test "a key sealed to PCRs that a new command line changes: said beforehand, with what to do" {
	system_debian
	encrypted
	sealed 4,7,8,9
	key_added
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "warning: $DISK: the TPM unlocks it (systemd-cryptenroll) only with the present state of PCRs 4, 8 and 9,"
	expect_in message "$stderr" "the first boot with it will ask for the passphrase; have that or the recovery key at hand"
	expect_in message "$stderr" "--wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=4+7+8+9 $DISK"
	vfio check 02:00.0
	expect_in output "$output" "warning  $DISK: the TPM unlocks it"
	expect_in output "$output" "do: systemd-cryptenroll --wipe-slot=tpm2"
	did enable 02:00.0
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
	did enable 02:00.0
	expect_in output "$output" "Nothing to change."
	silent passphrase
	did disable
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
}

@test "each PCR that the boot loader, the kernel or systemd measure into; and those that stay" {
	system_debian
	local pcr
	for pcr in 4 8 9 11 12; do
		encrypted
		sealed "$pcr,7"
		did enable 02:00.0 --dry-run
		expect_in "message for PCR $pcr" "$stderr" "only with the present state of PCR $pcr,"
	done
	for pcr in "" 0 1 2 3 5 7 14 15 0,1,2,3,5,7,14,15; do
		encrypted
		sealed "$pcr"
		did enable 02:00.0 --dry-run
		silent TPM
	done
}

@test "what certainly changes depends on who starts the kernel" {
	system_systemd_boot
	encrypted
	sealed 8
	vfio check 02:00.0
	expect_in output "$output" "the first boot with it may ask for the passphrase"
	encrypted
	sealed 12
	vfio check 02:00.0
	expect_in output "$output" "the first boot with it will ask for the passphrase"
	rm -r "$ROOT"
	system_centos8
	encrypted
	sealed 8
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
	encrypted
	sealed 12
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it may ask for the passphrase"
	rm -r "$ROOT"
	system_uki
	encrypted
	sealed 11
	vfio check 02:00.0
	expect_in output "$output" "the first boot with it will ask for the passphrase"
}

@test "an add-on beside a unified kernel image changes the command line's PCRs, not those of the image" {
	system_addon
	encrypted
	sealed "" ',"tpm2_pubkey_pcrs":[11],"tpm2_pubkey":"AAAA"'
	did enable --addon 02:00.0
	silent TPM
	did disable
	silent TPM
	encrypted
	sealed 12
	did enable --addon 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
}

@test "enable --config changes images and no command line" {
	system_debian
	encrypted
	sealed 8
	did enable 02:00.0 --config --dry-run
	silent TPM
	encrypted
	sealed 9
	did enable 02:00.0 --config --dry-run
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
}

@test "a volume without any passphrase: one is to be added first" {
	system_debian
	encrypted
	sealed 8
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "it has no passphrase: first add one (cryptsetup luksAddKey $DISK)"
	key_added
	did enable 02:00.0 --dry-run
	silent "it has no passphrase"
}

@test "a second key of the TPM's that stays good opens it" {
	system_debian
	encrypted
	sealed 8
	sealed 7
	did enable 02:00.0 --dry-run
	silent TPM
	encrypted
	sealed 8
	sealed 9 ',"tpm2-pin":true'
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it will ask for the passphrase"
}

@test "a signed policy needs a signature of the new image, one of systemd-pcrlock's to be made anew" {
	local signed=',"tpm2_pubkey_pcrs":[11],"tpm2_pubkey":"AAAA"'
	system_debian
	encrypted
	sealed "" "$signed"
	did enable 02:00.0 --dry-run
	silent TPM
	sealed "" ',"tpm2_pcrlock":true,"tpm2_pcrlock_nv":"AAAA"'
	did enable 02:00.0 --dry-run
	silent TPM
	encrypted
	sealed "" ',"tpm2_pcrlock":true,"tpm2_pcrlock_nv":"AAAA"'
	mkdir -p "$ROOT/var/lib/systemd"
	echo '{"pcrBank":"sha256","pcrValues":[{"pcr":9,"values":["00"]},{"pcr":7,"values":["00"]},3]}' \
		>"$ROOT/var/lib/systemd/pcrlock.json"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "by the policy of systemd-pcrlock, which includes PCR 9"
	expect_in message "$stderr" "before the reboot: /usr/lib/systemd/systemd-pcrlock make-policy"
	rm -r "$ROOT"
	system_uki
	encrypted
	sealed "" "$signed"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "only for an image whose PCR 11 has a valid signature, and nothing signs the new one"
	printf '[UKI]\n\n[PCRSignature:all]\nPCRPrivateKey=/etc/key.pem\n' >"$ROOT/etc/kernel/uki.conf"
	did enable 02:00.0 --dry-run
	silent TPM
	encrypted
	sealed "" ',"tpm2_pcrlock":true,"tpm2_pcrlock_nv":"AAAA"'
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "which includes PCRs 4 and 11"
}

@test "clevis: the PCRs of its binding, also where it is one of several pins" {
	system_debian
	encrypted
	bound "$(jwe tpm2 '{"hash":"sha256","key":"ecc","pcr_bank":"sha256","pcr_ids":"7,9,8"}')"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "(clevis) only with the present state of PCRs 8 and 9,"
	expect_in message "$stderr" "after that boot, seal it again: clevis luks regen -d $DISK -s 0"
	encrypted
	bound "$(jwe tpm2 '{"hash":"sha256","pcr_bank":"sha1","pcr_ids":"0,7"}')"
	did enable 02:00.0 --dry-run
	silent TPM
	local tpm tang
	tpm=$(jwe tpm2 '{"pcr_ids":"9"}').x.x.x.x tang=$(jwe tang '{"url":"http://x"}').x.x.x.x
	encrypted
	bound "$(jwe sss '{"jwe":["'"$tpm"'","'"$tang"'"],"p":"x","t":2}')"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it will ask"
	encrypted
	bound "$(jwe sss '{"jwe":["'"$tpm"'","'"$tang"'"],"p":"x","t":1}')"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the first boot with it may ask"
	encrypted
	bound "$(jwe tang '{"url":"http://x"}')"
	sealed 8
	did enable 02:00.0 --dry-run
	silent TPM
}

@test "clevis on LUKS1, by luksmeta" {
	system_debian
	encrypted 1
	luksmeta init -f -d "$ROOT$DISK"
	did enable 02:00.0 --dry-run
	silent TPM
	printf '%s.x.x.x.x' "$(jwe tpm2 '{"pcr_ids":"8"}')" |
		luksmeta save -s 1 -u cb6e8904-81ff-40da-a84a-07ab9ab5715e -d "$ROOT$DISK"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "$DISK: the TPM unlocks it (clevis) only with the present state of PCR 8,"
	expect_in message "$stderr" "clevis luks regen -d $DISK -s 1"
}

@test "crypttab and the command line name volumes, and PCRs where the header does not" {
	system_debian
	mkdir -p "$ROOT/dev/disk/by-uuid" "$ROOT/etc"
	cp "$BATS_FILE_TMPDIR/luks2" "$ROOT$DISK"
	local uuid
	uuid=$(cryptsetup luksUUID "$ROOT$DISK")
	ln -s ../../nvme0n1p3 "$ROOT/dev/disk/by-uuid/$uuid"
	sealed 8
	did enable 02:00.0 --dry-run
	silent TPM
	printf '# a table\nroot\tUUID=%s none luks,discard\n' "$uuid" >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "$DISK: the TPM unlocks it"
	rm "$ROOT/etc/crypttab"
	tree_cmdline "$CMDLINE rd.luks.name=$uuid=root"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "$DISK: the TPM unlocks it"
	cp "$BATS_FILE_TMPDIR/luks2" "$ROOT$DISK"
	did enable 02:00.0 --dry-run
	silent TPM
	tree_cmdline "$CMDLINE rd.luks.uuid=luks-$uuid rd.luks.options=$uuid=discard,tpm2-device=auto,tpm2-pcrs=7+kernel-config+9"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "$DISK: the TPM unlocks it (crypttab) only with the present state of PCRs 9 and 12,"
	tree_cmdline "$CMDLINE rd.luks.uuid=luks-$uuid rd.luks.options=tpm2-device=auto,tpm2-pcrs=7"
	did enable 02:00.0 --dry-run
	silent TPM
	tree_cmdline "$CMDLINE"
	printf 'root /dev/gone /key.blob tpm2-device=auto,tpm2-pcrs=4\n' >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "/dev/gone: the TPM unlocks it (crypttab) only with the present state of PCR 4,"
}

@test "a key file opens a volume whatever the TPM says; a header may be elsewhere; one device has many names" {
	system_debian
	encrypted
	sealed 8
	printf 'data %s /etc/key luks\n' "$DISK" >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	silent TPM
	printf 'data %s /key.blob luks,tpm2-device=auto\n' "$DISK" >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "the TPM unlocks it"
	mkdir -p "$ROOT/dev/disk/by-id"
	ln -s ../../nvme0n1p3 "$ROOT/dev/disk/by-id/nvme-x-part3"
	printf 'data /dev/disk/by-id/nvme-x-part3 none luks\n' >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	expect "how often it is said" "$(grep -c "the TPM unlocks it" <<<"$stderr")" 1
	mv "$ROOT$DISK" "$ROOT/etc/header"
	head -c 4096 /dev/urandom >"$ROOT$DISK"
	did enable 02:00.0 --dry-run
	silent TPM
	printf 'data %s none luks,header=/etc/header\n' "$DISK" >"$ROOT/etc/crypttab"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "$DISK: the TPM unlocks it"
}

# header JSON [SIZE [VERSION]]: a LUKS2 header that says it is so large
header() {
	python3 - "$ROOT$DISK" "$@" <<-'END'
		import struct, sys
		path, text, size, version = (sys.argv[1:] + [None] * 3)[:4]
		head = b"LUKS\xba\xbe" + struct.pack(">HQ", int(version or 2), int(size or 16384))
		with open(path, "wb") as f:
		    f.write(head.ljust(4096, b"\0") + text.encode().ljust(12288, b"\0"))
	END
}

# bats test_tags=slow
@test "a header that is damaged, or made to harm: no crash, and that it is not known" {
	system_debian
	local sound='{"keyslots":{},"tokens":{"0":{"type":"systemd-tpm2","keyslots":["0"],"tpm2-pcrs":[8]}}}' text
	encrypted
	header "$sound"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "only with the present state of PCR 8,"
	for text in "" "{" "[]" "7" '{"tokens":' '{"tokens":{"0":{"type":"clevis","jwe":7}}}' \
		'{"tokens":{"0":{"type":"clevis","jwe":{"protected":"!!"}}}}' \
		'{"tokens":{"0":{"type":"clevis","jwe":"e30"}}}' "$(printf '[%.0s' {1..5000})"; do
		header "$text"
		did enable 02:00.0 --dry-run
		expect_in "message for $text" "$stderr" "its LUKS header is damaged or of an unknown kind"
	done
	for text in '{"tokens":[]}' '{"tokens":{"0":7,"1":[],"2":{"type":7}}}' '{"tokens":{"0":{"type":"x"}}}' \
		'{"tokens":{"0":{"type":"systemd-tpm2","tpm2-pcrs":"8"}}}' '{"keyslots":7}' \
		'{"tokens":{"0":{"type":"systemd-tpm2","keyslots":[[],{}],"tpm2-pcrs":[-1,24,64,1e99,null,{}]}}}' \
		'{"tokens":{"0":{"type":"clevis","jwe":"eyJjbGV2aXMiOnsicGluIjoic3NzIn19"}}}'; do
		header "$text"
		did enable 02:00.0 --dry-run
		silent TPM
	done
	for text in 0 4095 4096 4194305 18446744073709551615; do
		header "$sound" "$text"
		did enable 02:00.0 --dry-run
		expect_in "message for size $text" "$stderr" "is damaged"
	done
	header "$sound" 16384 3
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "is damaged or of an unknown kind"
	for text in 6 100 500 4096 5000; do
		header "$sound"
		truncate -s "$text" "$ROOT$DISK"
		did enable 02:00.0 --dry-run
	done
	printf 'LUKS\272\276\0\1' >"$ROOT$DISK"
	head -c 600 /dev/zero | tr '\0' '\377' >>"$ROOT$DISK"
	did enable 02:00.0 --dry-run
	: >"$ROOT$DISK"
	did enable 02:00.0 --dry-run
	rm "$ROOT$DISK"
	mkfifo "$ROOT$DISK"
	did enable 02:00.0 --dry-run
	rm "$ROOT$DISK"
	mkdir "$ROOT$DISK"
	did enable 02:00.0 --dry-run
}

@test "bindings within bindings end somewhere" {
	system_debian
	encrypted
	local inner number
	inner=$(jwe tpm2 '{"pcr_ids":"8"}')
	for number in {1..6}; do
		inner=$(jwe sss '{"jwe":["'"$inner"'"],"t":1}')
	done
	bound "$inner"
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "is damaged or of an unknown kind"
}

@test "the second copy of a header counts when the first is damaged" {
	system_debian
	encrypted
	sealed 8
	dd if=/dev/zero of="$ROOT$DISK" bs=4096 seek=1 count=1 conv=notrunc status=none
	did enable 02:00.0 --dry-run
	expect_in message "$stderr" "only with the present state of PCR 8,"
}

@test "check: what has been set already breaks nothing more" {
	system_debian
	encrypted
	sealed 8
	tree_cmdline "$CMDLINE rd.vfio.claim=02:00.0"
	vfio check
	expect_in output "$output" "ok       $DISK: the TPM unlocks it"
}

# --- a command line that is too long ------------------------------------------------------------

# long COUNT: so many letters
long() {
	head -c "$1" /dev/zero | tr '\0' x
}

# How many characters the kernel of the machine that runs this takes.
limit() {
	case $(uname -m) in
		x86_64 | i?86 | aarch64 | ppc*) echo 2047 ;;
		*) skip "the limit of this machine's kernel is not in this test" ;;
	esac
}

# menu_of LENGTH: the system's command line has that many characters after enable 02:00.0
menu_of() {
	local words="rd.vfio.claim=02:00.0" fixed="BOOT_IMAGE=/vmlinuz root=UUID=0b1e ro  quiet "
	local fill=$(($1 - ${#fixed} - ${#words} - 2))
	sed -i "s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX=\"x=$(long "$fill")\"/" "$ROOT/etc/default/grub"
	chroot "$ROOT" /usr/sbin/update-grub
	tree_cmdline "$CMDLINE x=$(long "$fill")"
	rm -f "$ROOT/log"
}

# triable: GRUB's own tool, with which try chooses an entry once
triable() {
	tree_root_on 0000:03:00.0
	tool /usr/sbin/grub-reboot <<<'exit 0'
	# shellcheck disable=SC2016 # for GRUB
	printf '%s\n' 'if [ "${next_entry}" ]; then set default="${next_entry}"; set next_entry=; save_env next_entry; fi' \
		'if [ -f $prefix/custom.cfg ]; then source $prefix/custom.cfg; fi' >"$ROOT/tmp/rest"
	# shellcheck disable=SC2016 # for the stub
	echo 'cat /tmp/rest >>"$2"' >>"$ROOT/usr/sbin/grub-mkconfig"
	cat "$ROOT/tmp/rest" >>"$MENU"
	printf '# GRUB Environment Block\n%s' "$(head -c 999 /dev/zero | tr '\0' '#')" >"$ROOT/boot/grub/grubenv"
}

@test "a command line that the kernel would cut off is refused; the longest that it takes is not" {
	system_debian
	triable
	local limit
	limit=$(limit)
	menu_of $((limit - 3))
	did enable 02:00.0 --dry-run
	silent "cuts it off"
	menu_of $((limit + 20))
	refused "and the kernel cuts it off after $limit" enable 02:00.0
	refused "and the kernel cuts it off after $limit" enable 02:00.0 --dry-run
	refused "and the kernel cuts it off after $limit" try 02:00.0
	vfio check 02:00.0
	expect_in output "$output" "problem  the kernel command line would be"
	did enable 02:00.0 --config --dry-run
	silent "cuts it off"
}

@test "one that was too long before can be made shorter" {
	system_debian
	local limit
	limit=$(limit)
	menu_of $((limit - 3))
	did enable 02:00.0
	tree_cmdline "$(<"$ROOT/proc/cmdline") rd.vfio.claim=02:00.0 y=$(long 100)"
	sed -i "s/ro x=/ro y=$(long 100) x=/" "$MENU" "$ROOT/etc/default/grub"
	did disable
}

@test "GRUB's environment block has no room for the words" {
	system_centos8
	printf '# GRUB Environment Block\nsaved_entry=0123-%s\nkernelopts=root=UUID=0b1e ro x=%s \n##########' "$KVER" \
		"$(long 925)" >"$ROOT/boot/grub2/grubenv"
	refused "GRUB's environment block, which holds the kernel command line" enable 02:00.0
	system_centos9
	mkdir -p "$ROOT/boot/grub2"
	printf '# GRUB Environment Block\nkernelopts=root=UUID=0b1e ro x=%s \n##########' "$(long 925)" >"$ROOT/boot/grub2/grubenv"
	did enable 02:00.0 --dry-run
}

# --- room ---------------------------------------------------------------------------------------

# on_disk SIZE COMMAND...: runs vfio-claim with /boot on a file system of that size; gone afterwards
on_disk() {
	local size=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr unshare -m sh -c '
		program=$1 root=$2 size=$3
		shift 3
		cp -a "$root/boot" "$root/boot.kept" && mount -t tmpfs -o "size=$size" boot "$root/boot" &&
			cp -a "$root/boot.kept/." "$root/boot" && rm -r "$root/boot.kept" || exit 99
		before=$(ls -l "$root/boot")
		"$program" --sysroot "$root" "$@"
		status=$?
		[ "$before" = "$(ls -l "$root/boot")" ] || echo "something has changed in /boot" >&2
		exit $status' - "$VFIO_CLAIM" "$ROOT" "$size" "$@"
	expect "that there was such a file system" "$((status == 99))" 0
}

@test "a /boot that has no room for a second image is refused beforehand, with what is missing" {
	system_debian
	triable
	packed "$IMAGE" "no vfio-claim here"
	head -c 3000000 /dev/zero >>"$IMAGE"
	on_disk 5m enable 02:00.0
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "vfio-claim: /boot: not enough space for what is to be written: "
	expect_in message "$stderr" " MiB short (3.9 MiB needed, 2.1 MiB free)"
	expect_in message "$stderr" "nothing was changed"
	silent "something has changed"
	[ ! -e "$ROOT/log" ]
	on_disk 5m enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 1
	on_disk 5m check 02:00.0
	expect_in output "$output" "/boot: not enough space for what is to be written"
	on_disk 5m try 02:00.0
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "/boot: not enough space"
	on_disk 12m enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 0
	on_disk 12m check 02:00.0
	silent "not enough space"
}

@test "dracut and mkinitcpio write over the old image: only what it grows by is needed" {
	system_centos9
	rm "$ROOT/boot/initrd.img-$KVER"
	packed "$IMAGE" "no vfio-claim here"
	head -c 3000000 /dev/zero >>"$IMAGE"
	on_disk 5m enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 0
	on_disk 3500k enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "/boot: not enough space for what is to be written"
}

@test "without an image to be made a few kilobytes are enough" {
	system_debian
	head -c 3000000 /dev/zero >>"$IMAGE"
	on_disk 3200k enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 0
	on_disk 2936k enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "KiB short"
}

@test "the copies that are kept need room, too, where they are" {
	system_debian
	packed "$IMAGE" "no vfio-claim here"
	head -c 3000000 /dev/zero >>"$IMAGE"
	local small=$BATS_TEST_TMPDIR/small
	mkdir "$small"
	# shellcheck disable=SC2016
	TMPDIR=$small run --separate-stderr unshare -m sh -c \
		'mount -t tmpfs -o size=2m small "$TMPDIR" && shift && exec "$@"' - x \
		"$VFIO_CLAIM" --sysroot "$ROOT" enable 02:00.0 --dry-run
	expect "status ($output $stderr)" "$status" 1
	expect_in message "$stderr" "$small: not enough space for what is to be written: "
}

# --- the only keyboard --------------------------------------------------------------------------

# controller SLOT NUMBER: a USB controller and its root hub
controller() {
	tree_device "$1" 8086:a36d 0c0330
	mkdir -p "$(readlink -f "$PCI/devices/$1")/usb$2"
}

# usb_device SLOT BUS PORT PRODUCT PROTOCOL...: with a HID interface for each
usb_device() {
	local dir name protocol number=0
	dir=$(readlink -f "$PCI/devices/$1")/usb$2/$2-$3 name=$2-$3
	mkdir -p "$dir" "$ROOT/sys/bus/usb/devices"
	echo "$4" >"$dir/product"
	echo 046d >"$dir/idVendor"
	ln -sfnr "$dir" "$ROOT/sys/bus/usb/devices/$name"
	shift 4
	for protocol; do
		mkdir -p "$dir/$name:1.$number"
		echo 03 >"$dir/$name:1.$number/bInterfaceClass"
		echo 01 >"$dir/$name:1.$number/bInterfaceSubClass"
		echo "$protocol" >"$dir/$name:1.$number/bInterfaceProtocol"
		ln -sfnr "$dir/$name:1.$number" "$ROOT/sys/bus/usb/devices/$name:1.$number"
		number=$((number + 1))
	done
}

# input DIRECTORY NUMBER NAME KEYS: an input device below it
input() {
	mkdir -p "$1/input/input$2/capabilities" "$1/input/input$2/event$2" "$ROOT/sys/class/input"
	echo "$3" >"$1/input/input$2/name"
	echo "$4" >"$1/input/input$2/capabilities/key"
	ln -sfnr "$1/input/input$2" "$1/input/input$2/event$2/device"
	ln -sfnr "$1/input/input$2" "$ROOT/sys/class/input/input$2"
	ln -sfnr "$1/input/input$2/event$2" "$ROOT/sys/class/input/event$2"
}

ALL_KEYS="1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
X=0000:00:14.0

@test "the only keyboard, and a passphrase is asked for: plan, check, enable and try warn" {
	system_debian
	controller "$X" 1
	usb_device "$X" 1 2 "Logitech K120" 01 00
	echo "root /dev/sda3 none luks" >"$ROOT/etc/crypttab"
	local command
	triable
	for command in plan enable try; do
		[ "$command" = plan ] && vfio plan 00:14.0 || vfio "$command" 00:14.0 --dry-run
		expect_in "message of $command" "$stderr" "warning: $X: the only keyboard (Logitech K120) is attached to it, but \
the boot asks for a passphrase (/etc/crypttab), which nobody can then type"
	done
	vfio check 00:14.0
	expect_in output "$output" "warning  $X: the only keyboard (Logitech K120) is attached to it, but the boot asks"
	vfio plan 02:00.0
	silent keyboard
}

@test "without a passphrase it is only the console" {
	system_debian
	controller "$X" 1
	usb_device "$X" 1 2 "Logitech K120" 01
	local line
	for line in "" "swap /dev/sda2 /dev/urandom swap" "data /dev/sdb1 /etc/key luks" "usb /dev/sdc1 none luks,noauto" \
		"# root /dev/sda3 none"; do
		echo "$line" >"$ROOT/etc/crypttab"
		vfio plan 00:14.0
		expect_in "message for $line" "$stderr" "$X: the only keyboard (Logitech K120) is attached to it: the console will have no keyboard; use"
	done
	for line in "rd.luks.uuid=luks-0b1e0b1e" "luks.name=0b1e0b1e=root" "cryptdevice=UUID=1:root" \
		"cryptopts=target=root,source=/dev/sda3" "rd.luks.partuuid=1234-5678"; do
		tree_cmdline "$CMDLINE $line"
		vfio plan 00:14.0
		expect_in "message for $line" "$stderr" "asks for a passphrase"
		vfio plan --cmdline "rd.vfio.claim=00:14.0"
		expect_in "message for $line" "$stderr" "asks for a passphrase"
	done
	for line in "rd.luks.uuid=0b1e0b1e rd.luks.key=0b1e0b1e=/key" "rd.luks.uuid=0b1e0b1e rd.luks=0"; do
		tree_cmdline "$CMDLINE $line"
		vfio plan 00:14.0
		expect_in message "$stderr" ": the console will have no keyboard"
	done
	tree_cmdline "$CMDLINE rd.luks.uuid=0b1e0b1e"
	vfio plan --cmdline "rd.vfio.claim=00:14.0 rd.luks=0"
	expect_in message "$stderr" ": the console will have no keyboard"
}

@test "another keyboard that stays: nothing is said; a mouse, a token, a button are none" {
	system_debian
	controller "$X" 1
	controller 0000:00:15.0 2
	usb_device "$X" 1 2 "Logitech K120" 01
	usb_device 0000:00:15.0 2 1 "Gaming Mouse" 02 01
	usb_device 0000:00:15.0 2 2 "YubiKey" 01
	echo 1050 >"$ROOT/sys/bus/usb/devices/2-2/idVendor"
	usb_device 0000:00:15.0 2 3 "Headset" 00
	input "$ROOT/sys/devices/LNXSYSTM:00/LNXPWRBN:00" 0 "Power Button" "10000000000000 0"
	input "$ROOT/sys/devices/virtual" 9 "a program's keyboard" "$ALL_KEYS"
	vfio plan 00:14.0
	expect_in message "$stderr" "$X: the only keyboard"
	usb_device 0000:00:15.0 2 4 "Unifying Receiver" 01 02
	vfio plan 00:14.0
	silent keyboard
	vfio plan 00:15.0
	silent keyboard
	vfio plan 00:14.0,00:15.0
	expect_in message "$stderr" "$X: a keyboard (Logitech K120) is attached to it, and all others are claimed, too: the console will have no keyboard"
	expect_in message "$stderr" "0000:00:15.0: a keyboard (Unifying"
}

@test "a keyboard on another bus than USB stays" {
	system_debian
	controller "$X" 1
	usb_device "$X" 1 2 "Logitech K120" 01
	local port=$ROOT/sys/devices/platform/i8042/serio0
	input "$port" 3 "AT Translated Set 2 keyboard" "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"
	vfio plan 00:14.0
	silent keyboard
	rm -r "$port/input" "$ROOT/sys/class/input"
	vfio plan 00:14.0
	expect_in message "$stderr" "only keyboard"
	mkdir -p "$ROOT"/sys/bus/serio/{devices,drivers/atkbd}
	ln -sfnr "$port" "$ROOT/sys/bus/serio/devices/serio0"
	ln -sfnr "$ROOT/sys/bus/serio/drivers/atkbd" "$port/driver"
	vfio plan 00:14.0
	silent keyboard
}

@test "a keyboard is found by its keys, behind hubs and whatever its interface says; once" {
	system_debian
	controller "$X" 1
	usb_device "$X" 1 2 $'odd\e[31m keyboard' 00
	input "$(readlink -f "$ROOT/sys/bus/usb/devices/1-2:1.0")/0003:046D:C31C.0001" 5 "odd keyboard" "$ALL_KEYS"
	vfio plan 00:14.0
	expect_in message "$stderr" "$X: the only keyboard (odd\\x1b[31m keyboard) is attached to it: the console"
	expect "how often it is said" "$(grep -c keyboard <<<"$stderr")" 1
}

@test "what a boot does not claim it does not take" {
	system_debian
	controller "$X" 1
	usb_device "$X" 1 2 "Logitech K120" 01
	vfio plan --cmdline "rd.vfio.claim=00:14.0 rd.vfio.keep=00:14.0"
	silent keyboard
	vfio plan --cmdline "rd.vfio.claim=00:14.0 rd.vfio=0"
	silent keyboard
}
