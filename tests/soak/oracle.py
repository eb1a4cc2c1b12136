# SPDX-License-Identifier: GPL-2.0-or-later
"""Which driver each function must have in the real root, and what the log must say.

What is decided comes from tests/model/model.py, the rules written a second time, from the manual and the kernel's
sources; what becomes of a decision is written here. Of the boot only this is read: the table of functions that the
real root printed (of which the groups are the kernel's own), and the kernel log.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../model"))
import faults  # noqa: E402
import model  # noqa: E402

VFIO = "vfio-pci"
# A function's own driver when the real root begins. No image has those of the other kinds (tests/lab/image), and the
# real root loads no modules.
NATIVE = {
    "display": "bochs-drm",
    "vga": "bochs-drm",
    "nvme": "nvme",
    "usb": "xhci_hcd",
    "rng": "virtio-pci",
    "disk": "virtio-pci",
    "sound": "snd_hda_intel",
    "serial": "serial",
    "pvpanic": "pvpanic-pci",
}
# These have a driver before anything in the image runs.
BUILT_IN = {"bookworm": ("serial",), "trixie": ("serial", "rng", "disk")}


class Row:
    """A line of the table."""

    def __init__(self, line):
        self.slot, self.class_, self.id, self.group, self.override, self.driver = line.split()


class Expected:
    """What a function may end with, and why; override is None where it does not matter."""

    def __init__(self, drivers, override, why, log=None):
        self.drivers = drivers
        self.override = override
        self.why = why
        self.log = log  # a regular expression for what follows "SLOT: "


def native(function, boot):
    if boot.fault.kind == faults.STUCK and function.kind == "edu":
        return "stuck"
    return NATIVE.get(function.kind, "-")


def is_held_before(function, boot):
    """Whether a driver has it before `reserve`."""
    return function.kind in BUILT_IN[boot.suite] or native(function, boot) == "stuck"


def case_of(boot, groups):
    """The case for the model: no list of what is protected, since the image is built in a chroot."""
    case = model.Case("boot")
    case.cmdline = boot.command_line()
    case.conf = list(boot.requests.conf)
    case.iommu = boot.fault.kind != faults.IOMMU
    for function in boot.machine.functions:
        group = groups.get(function.slot, "-")
        held = native(function, boot) if is_held_before(function, boot) else "-"
        words = (function.directory, function.id, function.class_, int(function.bridge))
        words += (int(function.kind == "vga"), group, held, "-", "-", "-")
        case.devices.append(" ".join(map(str, words)))
    return case


def plan(boot, groups):
    """The model's lines, each split into words."""
    return [line.split() for line in model.decide(case_of(boot, groups))]


def claimed(lines):
    """The slots to be claimed, and whether each is forced."""
    return {line[1]: "forced" in line[4:] for line in lines if line[0] == "claim"}


def stays(function, boot, log=None):
    if function.bridge:
        return Expected(None, None, "a bridge keeps its driver", log)
    if boot.foreign == function.slot:
        return Expected({"-"}, "pci-stub", "another program has reserved it", log)
    return Expected({native(function, boot)}, "-", "it is not to be claimed", log)


def fails(function, boot, strict):
    """vfio-pci cannot be loaded: the function goes back, or with strict stays without a driver."""
    own = native(function, boot)
    if not strict:
        return Expected({own}, "-", "vfio-pci cannot be loaded: it is given back", "not claimed: ")
    if is_held_before(function, boot):
        why = "vfio-pci cannot be loaded; strict, but nothing says that its driver must let go"
        return Expected({own, "-"}, None, why, "not claimed: ")
    return Expected({"-"}, VFIO, "vfio-pci cannot be loaded, and strict", "not claimed: ")


def is_claimed(function, boot, forced, strict):
    """What becomes of a function that is to be claimed."""
    if boot.foreign == function.slot and not forced:
        return Expected({"-"}, "pci-stub", "another program's, not forced", "not claimed: ")
    if boot.fault.kind == faults.MODULES:
        return fails(function, boot, strict)
    if native(function, boot) == "stuck":
        # The kernel removes the driver link first (__device_release_driver() in drivers/base/dd.c).
        return Expected({"-"}, None, "its driver never lets go", ".*not finished within 3 s; its driver is stuck")
    return Expected({VFIO}, VFIO, "it is to be claimed", "claimed by vfio-pci ")


def expectations(boot, lines):
    """SLOT: Expected for every function, and regular expressions for lines of the log."""
    strict = ["strict"] in lines
    by_slot = {}
    log = []
    words = {}
    for line in lines:
        if line[0] == "left":
            words[line[1]] = "left alone: "
        elif line[0] == "refused":
            log.append(re.escape(" ".join(line[1:])).replace("\\=", "=").rstrip("=") + ": ignored: ")
        elif line[0] == "unmatched":
            log.append(re.escape(" ".join(line[1:])) + ": no such device")
    targets = claimed(lines)
    for function in boot.machine.functions:
        slot = function.slot
        if slot in targets:
            by_slot[slot] = is_claimed(function, boot, targets[slot], strict)
        else:
            by_slot[slot] = stays(function, boot, words.get(slot))
    return by_slot, log


def compare_machine(boot, rows):
    """What the kernel has found must be what was described, or the oracle is of no use."""
    described = {f.slot: (f.id[:9], f.class_) for f in boot.machine.functions}
    found = {row.slot: (row.id, row.class_) for row in rows}
    for slot in sorted(described.keys() | found.keys()):
        if described.get(slot) != found.get(slot):
            yield "the machine: %s is %s, described as %s" % (
                slot,
                found.get(slot),
                described.get(slot),
            )


def compare_function(row, expected, log):
    if expected.drivers is None:
        if row.driver == VFIO:
            yield "%s is a bridge and has vfio-pci" % row.slot
    elif row.driver not in expected.drivers:
        wanted = " or ".join(sorted(expected.drivers))
        yield "%s has the driver %s, expected %s: %s" % (row.slot, row.driver, wanted, expected.why)
    if expected.override and row.override not in (expected.override, "?"):
        words = (row.slot, row.override, expected.override, expected.why)
        yield "%s has the driver_override %s, expected %s: %s" % words
    if expected.log and not re.search("vfio-claim: %s: %s" % (row.slot, expected.log), log):
        yield "the log lacks %s: %s (%s)" % (row.slot, expected.log, expected.why)
    if expected.log != "claimed by vfio-pci " and "vfio-claim: %s: claimed" % row.slot in log:
        yield "the log says that %s is claimed: %s" % (row.slot, expected.why)


def judge(boot, table, log):
    """What is wrong, as sentences; none if all is as it must be."""
    rows = [Row(line) for line in table.splitlines()]
    wrong = list(compare_machine(boot, rows))
    if wrong:
        return wrong
    groups = {row.slot: row.group for row in rows}
    by_slot, texts = expectations(boot, plan(boot, groups))
    for row in rows:
        wrong += compare_function(row, by_slot[row.slot], log)
    wrong += ["the log lacks: " + text for text in texts if not re.search("vfio-claim: " + text, log)]
    return wrong
