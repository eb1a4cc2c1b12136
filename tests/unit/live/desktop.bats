#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim claim --desktop and release --desktop on a machine of files; tests/faults/kernel plays the bus, stubs play
# systemctl and modprobe. With a real systemd, console and display: tests/boot/scenarios/desktop.
# shellcheck disable=SC2154,SC2034

bats_require_minimum_version 1.5.0

load ../machine
load ../system

setup_file() {
	machine_setup_file
}

# The only card, with a picture that a display manager shows; below it the firmware's framebuffer and the console.
setup() {
	[ "$(id -u)" = 0 ] || skip "only root can use chroot(2)"
	machine_setup
	system_programs sh cat rm mkdir ls
	mkdir -p "$ROOT"/{tmp,usr/bin,run/systemd/system} "$ROOT"/sys/class/vtconsole/vtcon{0,1} \
		"$ROOT"/sys/bus/platform/{devices,drivers/{efi,simple}-framebuffer}
	console vtcon0 "(S) dummy device" 0
	console vtcon1 "(M) frame buffer device" 1
	: >"$ROOT/sys/bus/platform/drivers/efi-framebuffer/bind"
	: >"$ROOT/sys/bus/platform/drivers/efi-framebuffer/unbind"
	: >"$ROOT/sys/bus/platform/drivers/efi-framebuffer/uevent"
	NOTES=$ROOT/run/vfio-claim.desktop
	units gdm.service=active
	systemctl_stub
	thing $CARD drm/card0 drm 226:0
}

# console NAME WHAT BOUND
console() {
	mkdir -p "$ROOT/sys/class/vtconsole/$1"
	echo "$2" >"$ROOT/sys/class/vtconsole/$1/name"
	echo "$3" >"$ROOT/sys/class/vtconsole/$1/bind"
}

# firmware DRIVER DEVICE: the firmware's framebuffer; the kernel's part of unbind and bind
firmware() {
	local driver=$ROOT/sys/bus/platform/drivers/$1
	: >"$driver/bind"
	: >"$driver/unbind"
	mkdir -p "$ROOT/sys/devices/platform/$2"
	ln -s "../../../devices/platform/$2" "$ROOT/sys/bus/platform/devices/$2"
	ln -s "../../../../devices/platform/$2" "$driver/$2"
	fault "write sys/bus/platform/drivers/$1/unbind !rm -f '$driver/$2'"
	fault "write sys/bus/platform/drivers/$1/bind !ln -sfn ../../../../devices/platform/$2 '$driver/$2'"
}

# units NAME=STATE…: what systemd runs
units() {
	local unit
	mkdir -p "$ROOT/units"
	for unit; do
		echo "${unit#*=}" >"$ROOT/units/${unit%%=*}"
	done
}

# A systemctl for these; display-manager.service is an alias of gdm.service. Like the real one, "show" knows an inactive
# unit of any name, and "start" and "stop" end when the job has. /closes runs when the display manager has stopped.
systemctl_stub() {
	tool /usr/bin/systemctl <<-'END'
		verb=$1
		echo "systemctl $*" >>/log
		echo "$PPID" >/caller
		for unit; do :; done
		[ "$unit" != display-manager.service ] || unit=gdm.service
		state=inactive
		[ ! -e "/units/$unit" ] || state=$(cat "/units/$unit")
		case $verb in
			show)
				case $3 in
					ActiveState) echo "ActiveState=$state" ;;
					Id) echo "Id=$unit" ;;
				esac
				;;
			stop)
				[ ! -e /stop-fails ] || { echo "Job for $unit canceled." >&2; exit 1; }
				[ -e /stop-lies ] || echo inactive >"/units/$unit"
				[ "$unit" != gdm.service ] || [ ! -e /closes ] || . /closes
				;;
			start)
				[ ! -e /start-fails ] || { echo "Job for $unit failed." >&2; exit 1; }
				echo active >"/units/$unit"
				;;
		esac
	END
}

# closes: the display manager's programs, of process 7, end with it
closes() {
	process 7 Xorg dri/card0
	echo 'rm -rf /proc/7' >"$ROOT/closes"
}

# asked: what systemctl and modprobe were told to do
asked() {
	[ ! -e "$ROOT/log" ] || sed -n '/^systemctl show/d; s/ -- / /; s/^systemctl //; p' "$ROOT/log"
}

# as_before: the desktop, and nothing is noted any more
as_before() {
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
	expect "the console" "$(<"$ROOT/sys/class/vtconsole/vtcon1/bind")" 1
	expect "the card's driver" "$(driver $CARD)" nouveau
	expect "the sound's driver" "$(driver $SOUND)" snd_hda_intel
	[ ! -e "$NOTES" ]
}

@test "there: display manager, console, framebuffer, in this order, then the card; and back in reverse" {
	closes
	firmware efi-framebuffer efi-framebuffer.0
	changing claim --desktop '01:00.*'
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect output "$output" "gdm.service: stopped
console vtcon1: unbound
framebuffer efi-framebuffer.0: unbound
$CARD: claimed by vfio-pci
$SOUND: claimed by vfio-pci"
	expect "the dummy console" "$(<"$ROOT/sys/class/vtconsole/vtcon0/bind")" 0
	expect "the console" "$(<"$ROOT/sys/class/vtconsole/vtcon1/bind")" 0
	expect driver "$(driver $CARD)" vfio-pci
	expect notes "$(<"$NOTES")" "device $CARD
device $SOUND
unit gdm.service
console vtcon1
framebuffer efi-framebuffer efi-framebuffer.0"
	changing release --desktop '01:00.*'
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect output "$output" "$CARD: released to nouveau
$SOUND: released to snd_hda_intel
framebuffer efi-framebuffer.0: bound
console vtcon1: bound
gdm.service: started"
	expect asked "$(asked)" "stop gdm.service
start gdm.service"
	as_before
}

@test "without a desktop nothing is stopped, and nothing is started afterwards" {
	units gdm.service=inactive
	console vtcon1 "(M) frame buffer device" 0
	changing claim --desktop 01:00.0 --group
	expect output "$output" "$CARD: claimed by vfio-pci
$SOUND: claimed by vfio-pci"
	[ ! -e "$NOTES" ]
	changing release --desktop '01:00.*'
	expect status "$status" 0
	expect asked "$(asked)" ""
	expect "the console" "$(<"$ROOT/sys/class/vtconsole/vtcon1/bind")" 0
}

@test "without systemd nothing is asked of it" {
	rm -r "$ROOT/run/systemd"
	changing claim --desktop '01:00.*'
	expect status "$status" 0
	expect asked "$(asked)" ""
	[ ! -e "$ROOT/log" ]
}

@test "what vfio-pci has already costs no desktop" {
	on_vfio $CARD $SOUND
	changing claim --desktop '01:00.*'
	expect status "$status" 0
	expect output "$output" "$CARD: already with vfio-pci
$SOUND: already with vfio-pci"
	expect asked "$(asked)" ""
	[ ! -e "$NOTES" ]
}

@test "what would be refused anyway is refused before the desktop is stopped" {
	disk $DRIVE nvme/nvme0 nvme0n1 259:0
	mount_at ext4 /dev/nvme0n1p1 259:1 /boot
	local words
	for words in "01:00.0 02:00.0" "01:00.0 00:01.0" "01:00.0 09:00.0" "01:00.0@1002:*"; do
		# shellcheck disable=SC2086 # two words
		changing claim --desktop $words
		expect "status of $words" "$status" 1
		expect_in stderr "$stderr" "vfio-claim: nothing was changed"
		expect asked "$(asked)" ""
	done
	interface $NET "" eth0 0x1003 up
	changing claim --desktop 01:00.0 03:00.0
	expect_in stderr "$stderr" "$NET: "
	expect_in stderr "$stderr" "vfio-claim: nothing was changed"
	expect asked "$(asked)" ""
	rm -r "$PCI/drivers/vfio-pci"
	changing claim --desktop '01:00.*'
	expect_in stderr "$stderr" "has no module directory"
	expect_in stderr "$stderr" "vfio-claim: nothing was changed"
	expect asked "$(asked)" ""
	as_before
}

# bats test_tags=slow
@test "a program that ends a while after its display manager is waited for" {
	process 7 gnome-shell dri/card0
	(
		until [ -e "$ROOT/log" ] && grep -q 'stop ' "$ROOT/log"; do sleep 0.1; done
		sleep 1
		rm -r "$ROOT/proc/7"
	) 3>&- &
	changing claim --desktop '01:00.*'
	wait
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect driver "$(driver $CARD)" vfio-pci
}

# bats test_tags=slow
@test "a user's services have longer than the timeout to end" {
	process 7 wireplumber dri/card0
	(
		until [ -e "$ROOT/log" ] && grep -q 'stop ' "$ROOT/log"; do sleep 0.1; done
		sleep 2
		rm -r "$ROOT/proc/7"
	) 3>&- &
	changing claim --desktop '01:00.*' --timeout 1
	wait
	expect stderr "$stderr" ""
	expect status "$status" 0
}

# bats test_tags=slow
@test "a user's services that outlive the desktop: how they are ended" {
	process 7 wireplumber dri/card0
	echo 0::/user.slice/user-1000.slice/user@1000.service/session.slice/wireplumber.service >"$ROOT/proc/7/cgroup"
	process 8 sway dri/card0
	echo 0::/user.slice/user-1001.slice/session-2.scope >"$ROOT/proc/8/cgroup"
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $CARD: process 7 (wireplumber) has /dev/dri/card0 open
vfio-claim: $CARD: process 8 (sway) has /dev/dri/card0 open
vfio-claim: user@1000.service outlives the desktop: that user has another session or lingers; 'loginctl \
terminate-user 1000' ends all of that
vfio-claim: the claim was undone; gdm.service runs again"
	as_before
}

@test "a command that would end with the desktop is refused; without a display manager it is not" {
	echo 0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal.scope >"$ROOT/proc/self/cgroup"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: this command would end with the desktop, as it runs in user@1000.service: run it \
with 'systemd-run', or by ssh as root
vfio-claim: nothing was changed"
	expect asked "$(asked)" ""
	units gdm.service=inactive
	changing claim --desktop '01:00.*'
	expect status "$status" 0
}

# bats test_tags=slow
@test "a program that stays is named, and the desktop comes back" {
	process 7 sway dri/card0
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect stderr "$stderr" "vfio-claim: $CARD: process 7 (sway) has /dev/dri/card0 open
vfio-claim: the claim was undone; gdm.service runs again"
	expect asked "$(asked)" "stop gdm.service
start gdm.service"
	expect bus "$(wrote)" ""
	as_before
}

# bats test_tags=slow
@test "--force takes the card from a program that stays" {
	process 7 sway dri/card0
	changing claim --desktop '01:00.*' --timeout 1 --force
	expect status "$status" 0
	expect_in stderr "$stderr" "process 7 (sway) has /dev/dri/card0 open; it is taken by force"
	expect driver "$(driver $CARD)" vfio-pci
	expect notes "$(sed '/^device /d' "$NOTES")" "unit gdm.service
console vtcon1"
}

@test "a display manager that cannot be stopped, or does not stop, is started again" {
	: >"$ROOT/stop-fails"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "'systemctl stop -- gdm.service' failed with status 1"
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	as_before
	rm "$ROOT/stop-fails"
	: >"$ROOT/stop-lies"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "gdm.service: 'systemctl stop' has succeeded, but"
	expect bus "$(wrote)" ""
	as_before
}

# bats test_tags=slow
@test "a console or a framebuffer that hangs or stays ends the claim in time, and the desktop comes back" {
	fault "write sys/class/vtconsole/vtcon1/bind hang 1"
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "console vtcon1: not unbound: not finished within 1 s"
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	expect bus "$(wrote)" ""
	as_before
	FAULTS=()
	firmware efi-framebuffer efi-framebuffer.0
	FAULTS=()
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "framebuffer efi-framebuffer.0: not unbound: "
	expect bus "$(wrote)" ""
	as_before
}

@test "a card that cannot be bound goes back to its driver, and the desktop comes back" {
	closes
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$CARD EINVAL"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "$CARD: not claimed: "
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	expect_in output "$output" "$SOUND: released to snd_hda_intel"
	as_before
}

@test "undoing leaves with vfio-pci what was there before" {
	on_vfio $SOUND
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$CARD EINVAL"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect driver "$(driver $SOUND)" vfio-pci
	expect driver "$(driver $CARD)" nouveau
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
}

@test "a killed claim is undone by release: notes are written before a step" {
	fault "rename run/*vfio-claim.desktop* kill 2"
	changing claim --desktop '01:00.*'
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" inactive
	FAULTS=()
	expect_in notes "$(<"$NOTES")" "unit gdm.service"
	changing release --desktop '01:00.*'
	expect status "$status" 0
	expect_in output "$output" "gdm.service: started"
	as_before
}

@test "release: a display manager that does not start stays noted for the next try" {
	changing claim --desktop '01:00.*'
	: >"$ROOT/start-fails"
	changing release --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "'systemctl start -- gdm.service' failed with status 1"
	expect "the console" "$(<"$ROOT/sys/class/vtconsole/vtcon1/bind")" 1
	expect notes "$(<"$NOTES")" "device $CARD
device $SOUND
unit gdm.service"
	rm "$ROOT/start-fails"
	changing release --desktop '01:00.*'
	expect status "$status" 0
	as_before
}

# bats test_tags=slow
@test "release: a console that does not come back does not keep the display manager from starting" {
	changing claim --desktop '01:00.*'
	rm -r "$ROOT/sys/class/vtconsole/vtcon1"
	mkdir -p "$ROOT/sys/class/graphics/fb0"
	changing release --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "console: no framebuffer console has come back within 1 s"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
}

# bats test_tags=slow
@test "release: a driver without a framebuffer has no console, which is soon seen and no failure" {
	local began=$SECONDS
	changing claim --desktop '01:00.*'
	rm -r "$ROOT/sys/class/vtconsole/vtcon1"
	mkdir -p "$ROOT/sys/class/graphics/fbcon"
	changing release --desktop '01:00.*'
	expect status "$status" 0
	[ $((SECONDS - began)) -le 8 ]
	expect stderr "$stderr" "vfio-claim: warning: no framebuffer console has come back: the driver of this display has \
made no framebuffer"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
	[ ! -e "$NOTES" ]
}

# bats test_tags=slow
@test "release: a driver that is stuck costs no desktop" {
	changing claim --desktop '01:00.*'
	fault "read */$CARD/modalias hang"
	changing release --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "looking at the devices was not finished within 1 s
vfio-claim: no device was released"
	expect bus "$(wrote)" ""
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
	expect "the console" "$(<"$ROOT/sys/class/vtconsole/vtcon1/bind")" 1
}

@test "release: another device does not bring back a desktop whose card a guest has" {
	changing claim --desktop '01:00.*'
	changing claim --desktop 03:00.0
	expect status "$status" 0
	vfio_group 14
	process 4242 qemu-system-x86 vfio/vfio vfio/14
	changing release --desktop 03:00.0
	expect status "$status" 1
	expect driver "$(driver $NET)" igb
	expect stderr "$stderr" "vfio-claim: $CARD: process 4242 (qemu-system-x86) has /dev/vfio/14 open; the desktop stays \
stopped until 'vfio-claim release --desktop' of that device"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" inactive
	rm -r "$ROOT/proc/4242"
	changing release --desktop '01:00.*'
	expect status "$status" 0
	as_before
}

@test "release: a desktop stays stopped for a device that was claimed afterwards" {
	changing claim --desktop '01:00.*'
	tree_group 17 $NET
	changing claim --desktop 03:00.0
	vfio_group 17
	process 4242 qemu-system-x86 vfio/vfio vfio/17
	changing release --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "$NET: process 4242 (qemu-system-x86) has /dev/vfio/17 open; the desktop stays stopped"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" inactive
}

# bats test_tags=slow
@test "release: a console that hangs costs the timeout once" {
	changing claim --desktop '01:00.*'
	fault "write sys/class/vtconsole/vtcon1/bind hang"
	changing release --desktop '01:00.*' --timeout 2
	expect "tries" "$(grep -c "^write sys/class/vtconsole/vtcon1/bind" "$BATS_TEST_TMPDIR/log")" 1
	expect status "$status" 1
	expect_in stderr "$stderr" "console: not bound: not finished within 2 s"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
	expect notes "$(sed '/^device /d' "$NOTES")" "console vtcon1"
}

# bats test_tags=slow
@test "release: a console that blocks whoever reads it does not keep the display manager from starting" {
	local began=$SECONDS
	changing claim --desktop '01:00.*'
	fault "read sys/class/vtconsole/vtcon1/bind hang"
	changing release --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	[ $((SECONDS - began)) -le 8 ]
	expect_in stderr "$stderr" "console: not bound: not finished within 1 s"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
}

# bats test_tags=slow
@test "a console that blocks whoever reads it ends the claim in time, and the desktop comes back" {
	fault "read sys/class/vtconsole/vtcon1/bind hang"
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "console vtcon1: not unbound: not finished within 1 s"
	expect bus "$(wrote)" ""
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
}

@test "release: a console that comes back under another name, and a framebuffer that the driver has replaced" {
	firmware efi-framebuffer efi-framebuffer.0
	changing claim --desktop '01:00.*'
	rm -r "$ROOT/sys/class/vtconsole/vtcon1" "$ROOT/sys/bus/platform/devices/efi-framebuffer.0"
	console vtcon2 "(M) frame buffer device" 0
	changing release --desktop '01:00.*'
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect_in output "$output" "console vtcon2: bound"
	expect_not_in output "$output" "framebuffer"
	[ ! -e "$NOTES" ]
}

@test "release: a guest that still has the card keeps it, and the desktop stays stopped" {
	changing claim --desktop '01:00.*'
	vfio_group 14
	process 4242 qemu-system-x86 vfio/vfio vfio/14
	changing release --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "process 4242 (qemu-system-x86) has /dev/vfio/14 open"
	expect "drivers" "$(driver "$CARD") $(driver "$SOUND")" "vfio-pci vfio-pci"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" inactive
	[ -e "$NOTES" ]
}

@test "release: a card that has disappeared costs no desktop" {
	changing claim --desktop '01:00.*'
	rm -r "$PCI/devices/$CARD" "$PCI/devices/$SOUND"
	changing release --desktop 01:00.0
	expect status "$status" 1
	expect_in stderr "$stderr" "01:00.0: no such device"
	expect "the display manager" "$(<"$ROOT/units/gdm.service")" active
}

# bats test_tags=slow
@test "NVIDIA's driver: its daemon is stopped and its modules unloaded before, and loaded after" {
	tree_driver nvidia
	ln -sfn ../../../../bus/pci/drivers/nvidia "$PCI/devices/$CARD/driver"
	mkdir -p "$ROOT"/sys/module/nvidia{,_drm,_modeset}
	units nvidia-persistenced.service=active
	# A module in use: modprobe(8) fails, as when a file of it is open.
	tool /usr/bin/modprobe <<-'END'
		echo "modprobe $*" >>/log
		[ "$1" = -r ] || exit 0
		if [ -e /proc/7 ] || [ -e /busy ]; then
			[ ! -e /busier ] || { rm /busier; exit 1; }
			rm -f /busy
			echo "modprobe: FATAL: Module nvidia_drm is in use." >&2
			exit 1
		fi
		rm -r /sys/module/nvidia_*
	END
	process 7 gnome-shell dri/card0
	(
		until [ -e "$ROOT/log" ] && grep -q 'stop .*nvidia' "$ROOT/log"; do sleep 0.1; done
		sleep 1
		rm -r "$ROOT/proc/7"
	) 3>&- &
	: >"$ROOT/busy"
	: >"$ROOT/busier"
	changing claim --desktop 01:00.0 01:00.1
	wait
	expect stderr "$stderr" ""
	expect status "$status" 0
	expect asked "$(asked)" "stop gdm.service
stop nvidia-persistenced.service
modprobe -r nvidia_drm
modprobe -r nvidia_drm
modprobe -r nvidia_drm"
	changing release --desktop 01:00.0 01:00.1
	expect_in asked "$(asked)" "modprobe nvidia_drm
start nvidia-persistenced.service
start gdm.service"
	# A card with another driver needs none of this.
	rm "$ROOT/log"
	ln -sfn ../../../../bus/pci/drivers/nouveau "$PCI/devices/$CARD/driver"
	mkdir -p "$ROOT"/sys/module/nvidia_drm
	changing claim --desktop '01:00.*'
	expect asked "$(asked)" "stop gdm.service"
}

# bats test_tags=slow
@test "NVIDIA's driver: a module that stays in use ends the claim, and a card that is not claimed refuses it" {
	tree_driver nvidia
	ln -sfn ../../../../bus/pci/drivers/nvidia "$PCI/devices/$CARD/driver"
	ln -s ../../../../devices/x "$PCI/drivers/nvidia/$CARD"
	mkdir -p "$ROOT"/sys/module/nvidia{,_drm,_modeset}
	tool /usr/bin/modprobe <<-'END'
		[ "$1" != -r ] || { echo "modprobe: FATAL: Module nvidia_drm is in use." >&2; exit 1; }
	END
	changing claim --desktop '01:00.*' --timeout 1
	expect status "$status" 1
	expect_in stderr "$stderr" "modprobe: FATAL: Module nvidia_drm is in use."
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	expect bus "$(wrote)" ""
	rm "$ROOT/log"
	ln -s ../../../../devices/x "$PCI/drivers/nvidia/$NET"
	changing claim --desktop '01:00.*'
	expect status "$status" 1
	expect_in stderr "$stderr" "$NET: it would lose its driver nvidia, whose modules must be unloaded: claim it, too"
	expect_in stderr "$stderr" "vfio-claim: nothing was changed"
	expect asked "$(asked)" ""
}

@test "a signal undoes what was done" {
	process 7 sway dri/card0
	(
		until [ -e "$NOTES" ] && grep -q console "$NOTES"; do sleep 0.1; done
		sleep 0.5
		kill -TERM "$(<"$ROOT/caller")"
	) 3>&- &
	changing claim --desktop '01:00.*' --timeout 10
	wait
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	as_before
}

@test "a signal after the claim of one device undoes that, too" {
	fault "write sys/bus/pci/drivers/vfio-pci/bind=$SOUND !kill -TERM \$(<$ROOT/caller)"
	changing claim --desktop '01:00.*'
	expect_in stderr "$stderr" "$CARD: not claimed: "
	expect_in stderr "$stderr" "the claim was undone; gdm.service runs again"
	as_before
}
