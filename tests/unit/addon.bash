# SPDX-License-Identifier: GPL-2.0-or-later
# A system with a vendor's unified kernel image, and a ukify that writes what the real one writes, as far as vfio-claim
# looks; for tests that load system.bash.
# shellcheck shell=bash disable=SC2034,SC2154

# pe FILE [--signed] SECTION=TEXT...: a PE file; TEXT may be @FILE
pe() {
	mkdir -p "${1%/*}"
	python3 - "$@" <<-'EOF'
		import struct, sys
		words = sys.argv[2:]
		signed = words[:1] == ["--signed"]
		sections = [word.split("=", 1) for word in words[signed:]]
		head = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
		head += struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 240, 0x22)
		head += (struct.pack("<H", 0x20b).ljust(144, b"\0") + struct.pack("<II", 4096, 8 * signed)).ljust(240, b"\0")
		at = len(head) + 40 * len(sections)
		body = b""
		for name, text in sections:
		    data = open(text[1:], "rb").read() if text.startswith("@") else text.encode()
		    head += name.encode().ljust(8, b"\0") + struct.pack("<IIII", len(data), 0, len(data), at + len(body)) + bytes(16)
		    body += data
		open(sys.argv[1], "wb").write(head + body)
	EOF
}

# image [VERSION [CMDLINE [FILE...]]]: a vendor's unified kernel image, with this version of systemd-stub, whose
# initramfs has these files; vfio-claim, if none are named
image() {
	MENU=$ROOT/efi/EFI/Linux/0123-$KVER.efi
	packed "$BATS_TEST_TMPDIR/initrd" made=0 "${@:3}" $([ $# -gt 2 ] || echo "$OURS")
	pe "$MENU" ".sdmagic=#### LoaderInfo: systemd-stub ${1-257.13-1} ####" ".osrel=ID=debian" ".uname=$KVER" \
		".cmdline=${2-$CMDLINE}" ".initrd=@$BATS_TEST_TMPDIR/initrd"
}

# system_addon: boots it, and has ukify
system_addon() {
	system_make
	rm -f "$ROOT/boot/initrd.img-$KVER"
	image
	ADDON=$ROOT/efi/loader/addons/vfio-claim.addon.efi
	mkdir -p "$ROOT/usr/lib/systemd/boot/efi"
	: >"$ROOT/usr/lib/systemd/boot/efi/addonx64.efi.stub"
	system_programs wc
	tool /usr/bin/ukify <<-'END'
		echo "ukify $*" >>/log
		signed=0 initrd=/dev/null
		for word; do
			case $word in
				--cmdline=*) cmdline=${word#*=} ;;
				--initrd=*) initrd=${word#*=} ;;
				--output=*) output=${word#*=} ;;
				--secureboot-private-key=*) signed=8 ;;
			esac
		done
		length=$(wc -c <"$initrd")
		zeros() { i=0; while [ $i -lt "$1" ]; do printf '\0'; i=$((i + 1)); done; }
		byte() { printf "\\$(($1 / 64))$(($1 / 8 % 8))$(($1 % 8))"; }
		word() { byte $(($1 % 256)) && byte $(($1 / 256 % 256)) && byte $(($1 / 65536 % 256)) && zeros 1; }
		{
			printf 'MZ' && zeros 58 && printf '\100\0\0\0PE\0\0\144\206\2\0' && zeros 12 && printf '\360\0\42\0'
			printf '\13\2' && zeros 146 && byte $signed && zeros 91
			printf '.cmdline' && word ${#cmdline} && zeros 4 && word ${#cmdline} && word 408 && zeros 16
			printf '.initrd' && zeros 1 && word $length && zeros 4 && word $length && word $((408 + ${#cmdline})) && zeros 16
			printf %s "$cmdline" && cat "$initrd"
		} >"$output"
	END
}
