# SPDX-License-Identifier: GPL-2.0-or-later
# The machine on which every fault is tried, the boot that it goes through, and what must be so at the end.
# shellcheck shell=bash disable=SC2034,SC2154

# shellcheck source=tests/unit/tree.bash
. "$HERE/../unit/tree.bash"

# The devices by their letters: what they are, who takes them when nobody asks, and whether that driver
# has them before we begin, as one that is built into the kernel has.
declare -A SLOT=([R]=0000:00:01.0 [A]=0000:01:00.0 [B]=0000:02:00.0 [C]=0000:03:00.0
	[D]=0000:04:00.0 [E]=0000:05:00.0)
declare -A NATIVE=([R]=pcieport [A]=nouveau [B]=nouveau [C]=snd_hda_intel [D]=xhci_hcd [E]=nvme)
LETTERS="R A B C D E"

# B and C are claimed by slot, D by its ID; A is B's twin and nobody's business, as are the bridge R and
# the disk E.
CLAIMS="02:00.0,03:00.0,1912:0014"

# machine_make DIR
machine_make() {
	local letter group=1
	tree_make "$1"
	tree_device "${SLOT[R]}" 1b36:000c 060400 pcieport
	tree_device "${SLOT[A]}" 10de:1e07 030000
	tree_device "${SLOT[B]}" 10de:1e07 030000
	tree_device "${SLOT[C]}" 10de:10f7 040300
	tree_device "${SLOT[D]}" 1912:0014 0c0330 xhci_hcd
	tree_device "${SLOT[E]}" 144d:a808 010802 nvme
	tree_driver nouveau
	tree_driver snd_hda_intel
	for letter in $LETTERS; do
		machine_group "${SLOT[$letter]}" $((++group))
	done
	machine_modprobe ""
}

# machine_group SLOT NUMBER: the device is alone in this IOMMU group
machine_group() {
	local group=$ROOT/sys/kernel/iommu_groups/$2 device=$PCI/devices/$1
	mkdir -p "$group/devices"
	ln -sfnr "$device" "$group/devices/$1"
	ln -sfnr "$group" "$(readlink -f "$device")/iommu_group"
	printf '0x00000000fee00000 0x00000000feefffff msi\n' >"$group/reserved_regions"
}

# --- for the first column of the table ------------------------------------------------------------

# asks TEXT: the kernel command line, with a short deadline
asks() {
	tree_cmdline "quiet rd.vfio.timeout=1 $*"
}

# machine_modprobe [SLOT…]: a modprobe that loads vfio-pci, which takes every unbound device whose override
# names it, but those
machine_modprobe() {
	modprobe <<-EOF
		[ -d "$PCI/drivers/vfio-pci" ] || {
			mkdir "$ROOT/new"
			: >"$ROOT/new/bind"
			: >"$ROOT/new/unbind"
			: >"$ROOT/new/remove_id"
			# A driver appears with all its files at once.
			mv "$ROOT/new" "$PCI/drivers/vfio-pci"
		}
		for dir in "$PCI"/devices/*; do
			[ ! -h "\$dir/driver" ] && read -r override <"\$dir/driver_override" || continue
			case " $* " in *" \${dir##*/} "*) continue ;; esac
			[ "\$override" != vfio-pci ] ||
				ln -s ../../../../bus/pci/drivers/vfio-pci "\$dir/driver"
		done
	EOF
}

# modprobe: what stands on standard input is the image's modprobe; the one before it becomes sbin/real
modprobe() {
	[ ! -e "$ROOT/sbin/modprobe" ] || mv "$ROOT/sbin/modprobe" "$ROOT/sbin/real"
	{
		echo '#!/bin/sh'
		cat
	} >"$ROOT/sbin/modprobe"
	chmod +x "$ROOT/sbin/modprobe"
}

# loads: vfio-pci is there from the beginning, as one that is built into the kernel
loads() {
	tree_driver vfio-pci
}

# held LETTER [DRIVER]: a driver has the device
held() {
	[ -z "${2:-}" ] || NATIVE[$1]=$2
	tree_driver "${NATIVE[$1]}"
	ln -sfn "../../../../bus/pci/drivers/${NATIVE[$1]}" "$PCI/devices/${SLOT[$1]}/driver"
}

# more COUNT: so many devices more, m1 at 0000:11:00.0 and so on, held by e1000e and claimed
more() {
	local i
	tree_driver e1000e
	for ((i = 1; i <= $1; i++)); do
		SLOT[m$i]=0000:$((i + 10)):00.0
		NATIVE[m$i]=e1000e
		LETTERS+=" m$i"
		CLAIMED+=" ${SLOT[m$i]}"
		tree_device "${SLOT[m$i]}" 8086:10d3 020000 e1000e
	done
	asks "rd.vfio.claim=$CLAIMS,8086:10d3"
}

# empty FILE, cut FILE (its newline is gone), endless FILE, directory FILE, dangling FILE
empty() {
	: >"$1"
}
cut_newline() {
	printf %s "$(<"$1")" >"$1"
}
endless() {
	head -c 65536 /dev/zero | tr '\0' x >"$1"
}
directory() {
	rm -f "$1"
	mkdir "$1"
}
dangling() {
	rm -f "$1"
	ln -s nowhere "$1"
}

# touches PATTERN…: whoever else is at the machine, during the boot, changes what is called so
touches() {
	local pattern
	for pattern; do TOUCHES+=${TOUCHES:+|}$pattern; done
}

# before VERB WORDS: WORDS are run before the boot comes to VERB
before() {
	BEFORE[$1]+="${*:2}"$'\n'
}

# twice: every verb is run twice at the same time; what one writes aside, the other may have put in place
twice() {
	ALSO="write run/vfio-claim/boot="
	# shellcheck disable=SC2016 # bash is to expand them
	COMMAND=(bash -c '"$0" --sysroot "$1" "$2" & "$0" --sysroot "$1" "$2"
		status=$?
		wait $! || status=$?
		exit $status' "$BOOT" "$ROOT" VERB)
}

# baked FILE TEXT: the image has it
baked() {
	mkdir -p "$ROOT/${1%/*}"
	printf '%s\n' "$2" >"$ROOT/$1"
}

# disk: E is claimed too, and the system runs from it
disk() {
	CLAIMED+=" ${SLOT[E]}"
	asks "rd.vfio.claim=$CLAIMS,05:00.0"
	baked usr/lib/vfio-claim/protected "${SLOT[E]}@144d:a808 /"
}

# guide: an old guide has given vfio-pci the disk E, which the system runs from
guide() {
	loads
	CLAIMED+=" ${SLOT[E]}"
	baked usr/lib/vfio-claim/protected "${SLOT[E]}@144d:a808 /"
	ln -sfn "../../../../bus/pci/drivers/vfio-pci" "$PCI/devices/${SLOT[E]}/driver"
	ln -s "../../../../devices/pci0000:05/${SLOT[E]}" "$PCI/drivers/vfio-pci/${SLOT[E]}"
}

# variant: there is a driver that is better for B than vfio-pci
variant() {
	baked usr/lib/vfio-claim/variants 'vfio_pci:v000010DEd00001E07sv*sd*bc*sc*i* lab_vfio_pci'
	mkdir -p "$ROOT/sys/module/lab_vfio_pci/drivers/pci:lab-vfio-pci"
	tree_driver lab-vfio-pci
}

# framebuffer: the firmware's has memory of B
framebuffer() {
	local driver=$ROOT/sys/bus/platform/drivers/efi-framebuffer
	mkdir -p "$driver"
	: >"$driver/unbind"
	printf '%s\n' "c0000000-cfffffff : PCI Bus 0000:00" "  c0000000-c1ffffff : ${SLOT[B]}" \
		"    c0000000-c02fffff : BOOTFB" >"$ROOT/proc/iomem"
	touches efi-framebuffer
}

# later: F, which is claimed, appears when the boot is over, and its own driver is faster than we are
later() {
	SLOT[F]=0000:06:00.0
	NATIVE[F]=e1000e
	LETTERS+=" F"
	CLAIMED+=" ${SLOT[F]}"
	VERBS+=" late"
	asks "rd.vfio.claim=$CLAIMS,06:00.0"
	touches 0000:06 e1000e
	before late 'tree_device "${SLOT[F]}" 8086:10d3 020000 e1000e'
}

# strict: what cannot be claimed is to stay without a driver, and nobody may say that it was given back
strict() {
	asks "rd.vfio.strict=1 rd.vfio.claim=$CLAIMS"
	must 'said 0 "; given back"'
}

# regions LETTER TYPE: one reserved region more for its IOMMU group
regions() {
	printf '0x%016x 0x%016x %s\n' 1048576 2097151 "$2" \
		>>"$PCI/devices/${SLOT[$1]}/iommu_group/reserved_regions"
}

# unread: nobody listens to what the program prints
unread() {
	# shellcheck disable=SC2016 # bash is to expand them
	COMMAND=(bash -c '(sleep 0.1; exec "$0" --sysroot "$1" "$2") 2>&1 | true; exit "${PIPESTATUS[0]}"' \
		"$BOOT" "$ROOT" VERB)
}

# said TIMES WORDS: so often they are in the kernel log
said() {
	[ "$(grep -cF -e "$2" "$ROOT/dev/kmsg")" = "$1" ]
}

# must COMMAND: it must succeed when the boot is over
must() {
	MUST+=("$1")
}

# --- the boot -------------------------------------------------------------------------------------

# coldplug: what udev does to the devices that nobody has asked for
coldplug() {
	local letter dir override
	for letter in $LETTERS; do
		dir=$PCI/devices/${SLOT[$letter]}
		look_at_override "$dir"
		[ -d "$dir" ] && [ ! -h "$dir/driver" ] && [ -z "$override" ] || continue
		ln -s "../../../../bus/pci/drivers/${NATIVE[$letter]}" "$dir/driver"
	done
}

# look_at_override DIR: the override of the device, or nothing, in $override
look_at_override() {
	override=
	[ ! -f "$1/driver_override" ] || read -r override <"$1/driver_override"
	[ "$override" != "(null)" ] || override=
}

# look_at LETTER: its driver, or "-", in $driver, and its override
look_at() {
	local dir=$PCI/devices/${SLOT[$1]}
	driver=-
	[ ! -h "$dir/driver" ] || driver=$(readlink "$dir/driver")
	driver=${driver##*/}
	look_at_override "$dir"
}

# state: every file of the machine with what it holds
state() {
	(
		cd "$ROOT" || exit
		find . -mindepth 1 -printf '%P %y%m %l\n' -type f -exec md5sum {} +
	) | sort
}

# verb VERB: the program once, with the faults of the row
verb() {
	local letter options=() fault for command=("${COMMAND[@]//VERB/$1}")
	[ "$1" != late ] || command+=("${SLOT[F]}")
	[ -z "${BEFORE[$1]:-}" ] || eval "${BEFORE[$1]}" || complain "cannot prepare $1"
	for letter in $LETTERS; do options+=(--native "${SLOT[$letter]}=${NATIVE[$letter]}"); done
	for fault in "${FAULTS[@]}"; do
		for=$1
		case $fault in reserve:* | bind-early:* | bind:* | late:*)
			for=${fault%%: *}
			fault=${fault#*: }
			;;
		esac
		[ "$for" = "$1" ] || fault="never-called * fails"
		options+=(--fault "$fault")
	done
	"$KERNEL" --watch "$BOOT" --root "$ROOT" --log "$WORK/log.$1" --limit "$LIMIT" "${options[@]}" \
		-- "${command[@]}" >>"$WORK/output" 2>&1
	judge_verb "$1"
	[ "$1" != reserve ] || judge_reserved
}

# --- what must be so ------------------------------------------------------------------------------

# complain WORDS
complain() {
	echo "  $*"
}

# claimed_slot SLOT: whether the command line claims it
claimed_slot() {
	[[ " $CLAIMED " == *" $1 "* ]]
}

# allowed LINE: a change that the program may make
allowed() {
	local slot
	case $1 in
	"write pipe:"* | "write $WORK/output="*) ;;
	"open dev/kmsg" | "write dev/kmsg="*) ;;
	"mkdir run" | "mkdir run/vfio-claim" | "open run/vfio-claim/lock") ;;
	"open run/vfio-claim/"*.new | "write run/vfio-claim/"*.new=* | "unlink run/vfio-claim/"*.new) ;;
	"rename run/vfio-claim/"*.new=run/vfio-claim/*) ;;
	"open run/vfio-claim/late" | "write run/vfio-claim/late="*) ;;
	"mkdir run/udev" | "mkdir run/udev/rules.d" | *" run/udev/rules.d/"[0-9][0-9]-vfio-claim.rules*) ;;
	"open sys/bus/platform/drivers/"*-framebuffer/unbind | \
		"write sys/bus/platform/drivers/efi-framebuffer/unbind=efi-framebuffer.0") ;;
	"open sys/"*/driver_override | "write sys/"*/driver_override= | \
		"write sys/"*/driver_override=vfio-pci | "write sys/"*/driver_override=lab[-_]vfio[-_]pci)
		slot=${1%/driver_override*}
		claimed_slot "${slot##*/}"
		;;
	"open sys/bus/pci/drivers_probe" | "open sys/bus/pci/drivers/"*/bind | \
		"open sys/bus/pci/drivers/"*/unbind) ;;
	# Of what vfio-pci must not have.
	"open sys/bus/pci/drivers/vfio-pci/remove_id" | \
		"write sys/bus/pci/drivers/vfio-pci/remove_id="*) ;;
	"write sys/bus/pci/drivers_probe="* | "write sys/bus/pci/drivers/"*/bind=* | \
		"write sys/bus/pci/drivers/"*/unbind=*)
		claimed_slot "${1##*=}"
		;;
	*) false ;;
	esac
}

# judge_verb VERB: the boot goes on, and nothing outside the plan was written
judge_verb() {
	local line i=0
	while read -r line; do
		case $line in
		"exit "*)
			STATUS[$1]=${line#exit }
			STATUS[$1]=${STATUS[$1]% *}
			TOOK+=" $1 ${line##* } ms"
			[[ ${STATUS[$1]} = [01] ]] || complain "$1: exit status ${STATUS[$1]}"
			;;
		"signal "*) complain "$1: ended by signal ${line#signal }" ;;
		"hung "*) complain "$1: had not ended after ${line#hung } ms" ;;
		"struck "*)
			line=${line#struck }
			STRUCK[i]=$((${STRUCK[i]:-0} + ${line% of *}))
			((++i))
			;;
		*) allowed "$line" || [[ -n $ALSO && $line == "$ALSO"* ]] || complain "$1: $line" ;;
		esac
	done <"$WORK/log.$1"
	[ -n "${STATUS[$1]:-}" ] || STATUS[$1]=none
}

# judge_tree: nothing but what the program is for has changed
judge_tree() {
	local line path slot
	state >"$WORK/state"
	while read -r line; do
		line=${line#[<>] }
		# "PATH TYPE LINK", or "HASH  ./PATH"
		[[ $line == *"  ./"* ]] && path=${line#*  ./} || path=${line%% *}
		case $path in
		sys/*/driver | sys/bus/pci/drivers/vfio-pci*) ;;
		dev/kmsg | run | run/vfio-claim | run/vfio-claim/*) ;;
		run/udev | run/udev/rules.d | run/udev/rules.d/*-vfio-claim.rules) ;;
		sys/*/driver_override)
			slot=${path%/driver_override}
			claimed_slot "${slot##*/}" || complain "changed: $path"
			;;
		*) [[ -n $TOUCHES && $path =~ $TOUCHES ]] || complain "changed: $path" ;;
		esac
	done < <(comm -3 --output-delimiter=' ' "$WORK/state.before" "$WORK/state" | sed 's/^ *//')
}

# last_word LETTER: the last that was said of the device, in $word
last_word() {
	local i
	for ((i = ${#SAID[@]} - 1; i >= 0; i--)); do
		word=${SAID[i]}
		[[ $word != *"${SLOT[$1]}: "* ]] || return 0
	done
	word=
}

# judge_device LETTER OUTCOME
judge_device() {
	local override driver word native=${NATIVE[$1]}
	[ "$2" != gone ] || {
		[ ! -e "$PCI/devices/${SLOT[$1]}" ] || complain "$1 is there again"
		return
	}
	look_at "$1"
	last_word "$1"
	case $2:$driver:$override in
	claimed:vfio-pci:vfio-pci | variant:lab-vfio-pci:lab-vfio-pci) ;;
	back:"$native": | stuck:"$native":* | bare:-:*vfio-pci) ;;
	either:vfio-pci:vfio-pci | either:"$native": | free:-: | foreign:-:[!v]*) ;;
	*) complain "$1: driver $driver, override ${override:0:40}, should be $2; it was said: $word" ;;
	esac
	# What is said is so.
	[[ $driver != *vfio-pci ]] || [ -n "$MUTE" ] || [[ $word == *": claimed by $driver"* ]] ||
		complain "$1 is with $driver, and it was said: $word"
	[[ $driver == *vfio-pci ]] || [[ $word != *": claimed by "* ]] ||
		complain "$1 is with $driver, and it was said: $word"
	[ -z "$override" ] || [[ $word != *"; given back"* ]] ||
		complain "$1 has the override $override, and it was said: $word"
}

# read_outcomes WORDS: what is to become of each device, in OUTCOME
read_outcomes() {
	local word letter
	OUTCOME=()
	for letter in $LETTERS; do
		OUTCOME[$letter]=back
		! claimed_slot "${SLOT[$letter]}" || OUTCOME[$letter]=claimed
	done
	for word in $1; do
		for letter in $LETTERS; do
			[[ ${OUTCOME[$letter]} != claimed || $word != all=* ]] || OUTCOME[$letter]=${word#*=}
		done
		OUTCOME[${word%%=*}]=${word#*=}
	done
}

# judge_reserved: what is to be claimed is nobody else's from now on
judge_reserved() {
	local letter override
	for letter in $LETTERS; do
		[ "${OUTCOME[$letter]}" = claimed ] && [ -d "$PCI/devices/${SLOT[$letter]}" ] || continue
		look_at_override "$PCI/devices/${SLOT[$letter]}"
		[ "$override" = vfio-pci ] || complain "$letter is not reserved"
	done
}

# judge_machine: each device is claimed or has its own driver
judge_machine() {
	local letter status=0 SAID
	mapfile -t SAID < <(tr -d '\0' <"$WORK/said")
	for letter in $LETTERS; do
		judge_device "$letter" "${OUTCOME[$letter]}"
		! claimed_slot "${SLOT[$letter]}" || [ "${OUTCOME[$letter]}" = claimed ] || status=1
	done
	status=${OUTCOME[bind]:-$status}
	[[ ${STATUS[bind]} = ["$status"] ]] ||
		complain "bind: exit status ${STATUS[bind]}, should be $status"
}

# judge_words PIECES: what the log or the report must have, with " & " between two
judge_words() {
	local piece pieces=$1
	while [ -n "$pieces" ]; do
		piece=${pieces%% & *}
		pieces=${pieces#"$piece"}
		pieces=${pieces# & }
		grep -qF -e "$piece" "$WORK/said" || complain "nobody said: $piece"
	done
}

judge_faults() {
	local i
	for i in "${!FAULTS[@]}"; do
		[ "${STRUCK[i]:-0}" -gt 0 ] || complain "never struck: ${FAULTS[i]}"
	done
}

judge_rest() {
	local command
	for command in "${MUST[@]}"; do
		eval "$command" || complain "not so: $command"
	done
}
