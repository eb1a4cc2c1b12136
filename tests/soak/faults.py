# SPDX-License-Identifier: GPL-2.0-or-later
"""Random faults: what they add to the command line and to the files of the image.

A script that is to run before everything else is INIT, which is started instead of the image's init and starts it, or
EARLY, which runs just before `reserve` (the image variant early). The words put, modprobe_vfio and load_early are
those of tests/boot/scenario.sh.
"""

INIT = """put usr/lib/lab/init <<-'END'
#!/bin/sh
%s
exec /init "$@"
END
"""
EARLY = """early <<-'END'
%s
END
"""
MODPROBE = """modprobe_vfio <<-'END'
%s
END
"""
REPORTS = "mkdir -p /run/vfio-claim\nmount -t tmpfs -o %s lab /run/vfio-claim"
VFIO_PCI = "/lib/modules/*/kernel/drivers/vfio/pci/vfio-pci.ko*"
SHORT = "rd.vfio.timeout=3"

# What a fault does to a claim that is otherwise right; the oracle knows what follows.
HARMLESS = "harmless"  # it is claimed all the same
MODULES = "modules"  # vfio-pci cannot be loaded
IOMMU = "iommu"  # there is no IOMMU
STUCK = "stuck"  # the driver of edu never lets go
FOREIGN = "foreign"  # another program has set the driver_override of one function


class Fault:
    def __init__(self, name, kind, weight, arguments="", files="", needs=None, suites=None):
        self.name = name
        self.kind = kind
        self.weight = weight
        self.arguments = arguments
        self.files = files
        self.needs = needs  # a kind of function, to be there and to be claimed
        self.suites = suites  # None: all


FAULTS = [
    Fault("none", HARMLESS, 60),
    Fault("/run/vfio-claim is full", HARMLESS, 3, files=EARLY % (REPORTS % "size=4k")),
    Fault("/run/vfio-claim is read-only", HARMLESS, 3, files=EARLY % (REPORTS % "ro")),
    Fault("the image lacks vfio-pci", MODULES, 5, files=INIT % ("rm -f " + VFIO_PCI), needs="display"),
    Fault("modprobe hangs", MODULES, 4, SHORT, MODPROBE % "while :; do sleep 100; done", "display"),
    Fault("modprobe is killed", MODULES, 2, files=MODPROBE % "kill -9 $$", needs="display"),
    Fault("vfio_pci is refused", MODULES, 3, "module_blacklist=vfio_pci", needs="display"),
    Fault("vfio_pci_core is refused", MODULES, 2, "module_blacklist=vfio_pci_core", needs="display"),
    Fault("vfio is refused", MODULES, 2, "module_blacklist=vfio", needs="display"),
    Fault("the kernel has the IOMMU off", IOMMU, 3, "intel_iommu=off", needs="display"),
    Fault("the machine has no IOMMU", IOMMU, 3, needs="display"),
    # The module is compiled for this suite's kernel.
    Fault("edu's driver is stuck", STUCK, 6, SHORT, "load_early stuck\n", "edu", ("bookworm",)),
    Fault("a foreign driver_override", FOREIGN, 4, needs="display"),
]


def draw(rng, suite):
    possible = [fault for fault in FAULTS if not fault.suites or suite in fault.suites]
    return rng.choices(possible, [fault.weight for fault in possible])[0]


def draw_foreign(rng, machine):
    """The function that another program wants, and the script by which it does."""
    slot = rng.choice([f.slot for f in machine.functions if f.kind == "display"])
    return slot, EARLY % ("echo pci-stub > /sys/bus/pci/devices/%s/driver_override" % slot)
