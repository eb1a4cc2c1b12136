# SPDX-License-Identifier: GPL-2.0-or-later
"""Random machines: what QEMU is told, and which functions the kernel will find for that.

Slots are known beforehand: the firmware numbers buses depth first, in the order of the slots above them.
"""

# The functions that every machine of the lab has: (device, function), ID, class.
CHIPSET = [
    (0x00, 0, "8086:29c0:1af4:1100", "060000", "host bridge"),
    (0x1E, 0, "1af4:1001:1af4:0002", "010000", "disk"),
    (0x1F, 0, "8086:2918:1af4:1100", "060100", "ISA bridge"),
    (0x1F, 2, "8086:2922:1af4:1100", "010601", "SATA"),
    (0x1F, 3, "8086:2930:1af4:1100", "0c0500", "SMBus"),
]
DISK = "0000:00:1e.0"  # with the root file system

# Kind: QEMU's device, ID, class. The ID of virtio differs where the bus is not PCI Express.
ENDPOINTS = {
    "display": ("bochs-display,vgamem=4M", "1234:1111:1af4:1100", "038000"),
    "edu": ("edu", "1234:11e8:1af4:1100", "00ff00"),
    "net": ("e1000e,romfile=", "8086:10d3:8086:0000", "020000"),
    "nvme": ("nvme,serial=soak{n}", "1b36:0010:1af4:1100", "010802"),
    "usb": ("qemu-xhci", "1b36:000d:1af4:1100", "0c0330"),
    "watchdog": ("i6300esb", "8086:25ab:1af4:1100", "088000"),
    "rng": ("virtio-rng-pci", "1af4:1044:1af4:1100", "00ff00"),
    "sound": ("ich9-intel-hda,id=hda{n}", "8086:293e:1af4:1100", "040300"),
    "serial": ("pci-serial,chardev=serial{n}", "1b36:0002:1af4:1100", "070002"),
    "pvpanic": ("pvpanic-pci", "1b36:0011:1af4:1100", "088000"),
    "carrier": ("tpci200", "1498:30c8:1498:300a", "068000"),
    "vga": ("VGA", "1234:1111:1af4:1100", "030000"),
}
RNG_CONVENTIONAL = "1af4:1005:1af4:0004"
BRIDGES = {
    "port": ("pcie-root-port,id=b{n},chassis={n},slot={n}", "1b36:000c"),
    "upstream": ("x3130-upstream,id=b{n}", "104c:8232"),
    "downstream": ("xio3130-downstream,id=b{n},chassis={n},slot={n}", "104c:8233"),
    "conventional": ("pcie-pci-bridge,id=b{n}", "1b36:000e"),
}
# Most of what is asked for at boot has many of these; the rest is there to be left alone.
COMMON = ("display", "edu", "nvme", "usb", "rng", "net", "sound")
RARE = ("serial", "pvpanic", "watchdog", "carrier")
LIMITS = {"display": 6, "usb": 4, "sound": 3, "nvme": 6, "net": 4}
# Most machines are small, because each function costs time.
MOST_FUNCTIONS = (8, 8, 12, 24)


class Function:
    """A PCI function; children are behind it if it is a bridge."""

    def __init__(self, kind, device, function, above, number, conventional=False):
        self.kind = kind
        self.device = device
        self.function = function
        self.above = above
        self.number = number
        self.conventional = conventional  # the bus that it is on
        self.bus = 0  # of what is behind it
        self.children = []
        if above:
            above.children.append(self)

    @property
    def bridge(self):
        return self.kind in BRIDGES

    @property
    def slot(self):
        bus = self.above.bus if self.above else 0
        return "0000:%02x:%02x.%d" % (bus, self.device, self.function)

    @property
    def steps(self):
        """The way from the root bus, as (device, function)."""
        return (self.above.steps if self.above else []) + [(self.device, self.function)]

    @property
    def directory(self):
        """Below /sys/devices."""
        return (self.above.directory if self.above else "pci0000:00") + "/" + self.slot

    @property
    def id(self):
        """vendor:device:subvendor:subdevice."""
        if self.bridge:
            return BRIDGES[self.kind][1] + ":0000:0000"
        if self.kind == "rng" and (self.conventional or not self.above):
            return RNG_CONVENTIONAL
        return ENDPOINTS[self.kind][1]

    @property
    def class_(self):
        return "060400" if self.bridge else ENDPOINTS[self.kind][2]

    def qemu(self):
        """The options for QEMU."""
        table = BRIDGES if self.bridge else ENDPOINTS
        where = "bus=b%d," % self.above.number if self.above else ""
        device = table[self.kind][0].format(n=self.number)
        device += ",%saddr=%x.%d,multifunction=on" % (where, self.device, self.function)
        before = after = ""
        if self.kind == "serial":
            before = "-chardev null,id=serial%d " % self.number
        elif self.kind == "sound":
            before = "-audiodev none,id=audio%d " % self.number
            after = " -device hda-duplex,bus=hda%d.0,audiodev=audio%d" % (self.number, self.number)
        return before + "-device " + device + after


class Chipset(Function):
    """What QEMU's q35 or tests/lab/boot adds."""

    def __init__(self, device, function, id_, class_, kind):
        super().__init__(kind, device, function, None, 0)
        self.words = id_, class_

    id = property(lambda self: self.words[0])
    class_ = property(lambda self: self.words[1])


class Machine:
    """A machine drawn from rng; needs: a kind that it must have, or None."""

    def __init__(self, rng, needs=None):
        self.rng = rng
        self.functions = []
        self.most = rng.choice(MOST_FUNCTIONS)
        self.counts = {}
        self.iommu_device = True
        if rng.random() < 0.3:
            self.add("vga", 2, 0, None)
        self.draw_root_bus()
        if needs and not self.counts.get(needs):
            self.add(needs, 0x0D, 0, None)
        self.number_buses()
        self.functions += [Chipset(*words) for words in CHIPSET]
        self.functions.sort(key=lambda function: function.slot)

    def full(self):
        return len(self.functions) >= self.most

    def add(self, kind, device, function, above, conventional=False):
        made = Function(kind, device, function, above, len(self.functions) + 1, conventional)
        self.functions.append(made)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return made

    def endpoint_kind(self):
        while True:
            kind = self.rng.choice(COMMON if self.rng.random() < 0.8 else RARE)
            if self.counts.get(kind, 0) < LIMITS.get(kind, 3):
                return kind

    def add_card(self, device, above, conventional=False):
        """One device, with one function or more; not all of them in a row."""
        functions = [0]
        if self.rng.random() < 0.35:
            functions += sorted(self.rng.sample(range(1, 8), self.rng.randint(1, 3)))
        kind = self.endpoint_kind()
        for function in functions:
            if not self.full():
                self.add(kind, device, function, above, conventional)
            if self.rng.random() < 0.7:
                kind = self.endpoint_kind()

    def draw_root_bus(self):
        for device in sorted(self.rng.sample(range(3, 0x0D), self.rng.randint(0, 3))):
            self.add_card(device, None)
        wanted = self.rng.randint(1, 5)
        device = 0x10
        while wanted > 0:
            together = self.rng.randint(1, 3) if self.rng.random() < 0.3 else 1
            for function in range(together):
                if not self.full():
                    self.fill(self.add("port", device, function, None))
            wanted -= together
            device += self.rng.randint(1, 2)

    def fill(self, port):
        """What is behind a root port: a card, a switch, a bridge to conventional PCI, or nothing."""
        what = self.rng.random()
        if what < 0.08 or self.full():
            return
        if what < 0.7:
            self.add_card(0, port)
        elif what < 0.87:
            switch = self.add("upstream", 0, 0, port)
            for device in sorted(self.rng.sample(range(8), self.rng.randint(1, 3))):
                if not self.full():
                    self.fill_slot(self.add("downstream", device, 0, switch))
        else:
            bridge = self.add("conventional", 0, 0, port)
            for device in sorted(self.rng.sample(range(1, 8), self.rng.randint(1, 3))):
                if not self.full():
                    self.add_card(device, bridge, conventional=True)

    def fill_slot(self, downstream):
        if self.rng.random() < 0.85 and not self.full():
            self.add_card(0, downstream)

    def number_buses(self):
        self.last_bus = 0
        self.number_below([f for f in self.functions if not f.above])

    def number_below(self, functions):
        for function in sorted(functions, key=lambda f: (f.device, f.function)):
            if function.bridge:
                self.last_bus += 1
                function.bus = self.last_bus
                self.number_below(function.children)

    def description(self):
        """For tests/lab/boot."""
        lines = [] if self.iommu_device else ["no_iommu"]
        made = [f for f in self.functions if not isinstance(f, Chipset)]
        lines += ["qemu " + f.qemu() for f in sorted(made, key=lambda f: f.number)]
        return "".join(line + "\n" for line in lines)
