# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Reads FILE, the OUTFILE of tests/lab/boot; sourced by tests.
#   lab_table FILE          SLOT CLASS VENDOR:DEVICE GROUP OVERRIDE DRIVER per line
#   lab_report FILE         /run/vfio-claim/boot, empty if there was none
#   lab_plan FILE           the output of vfio-claim plan for this boot
#   lab_status FILE         the output of vfio-claim status, and its exit status
#   lab_dmesg FILE          the kernel log
#   lab_vfio FILE           the kernel command line, then the vfio parameters
#   lab_running FILE        the output of tests/lab/running
#   lab_uptime FILE         whole seconds from the kernel's start to the real root
#   lab_driver FILE SLOT    the driver, - if none, nothing if there is no such slot
#   lab_override FILE SLOT  the driver_override, - if none
#   lab_group FILE SLOT     the IOMMU group, - if none
# SLOT is 0000:01:00.0; the domain may be omitted.

lab_section() {
	sed -n "/^=== $2\$/,/^=== /{/^=== /!p;}" "$1"
}

lab_table() {
	lab_section "$1" table
}

lab_report() {
	lab_section "$1" report
}

lab_plan() {
	lab_section "$1" plan
}

lab_status() {
	lab_section "$1" status
}

lab_dmesg() {
	lab_section "$1" dmesg
}

lab_vfio() {
	lab_section "$1" vfio
}

lab_running() {
	lab_section "$1" running
}

lab_uptime() {
	lab_section "$1" uptime | cut -d . -f 1
}

# lab_column FILE SLOT NUMBER
lab_column() {
	lab_table "$1" | awk -v slot="$2" -v column="$3" \
		'$1 == slot || $1 == "0000:" slot { print $column }'
}

lab_group() {
	lab_column "$1" "$2" 4
}

lab_override() {
	lab_column "$1" "$2" 5
}

lab_driver() {
	lab_column "$1" "$2" 6
}
