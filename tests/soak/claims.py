# SPDX-License-Identifier: GPL-2.0-or-later
"""Random requests: the command line and the configuration file, for the devices of a machine."""

import machine as machines

TYPOS = [
    "{bus}:{device}",
    "0000:{bus}:{device}",
    "{bus}:{device}.x",
    "{bus}:{device}.8",
    "{bus}:{device}.0@",
    "{vendor}",
    "{vendor}:",
    "{vendor}:zzzz",
    "{bus}:{device}.0/",
    "*:*",
    "x{bus}:{device}.0",
]


class Requests:
    """What this boot asks for: arguments of the command line and lines of vfio-claim.conf.

    With wanted, a kind of function, one of these is claimed nearly always.
    """

    def __init__(self, rng, machine, wanted=None):
        self.rng = rng
        self.targets = [f for f in machine.functions if f.slot != machines.DISK]
        self.arguments = []
        self.conf = []
        slots = [f.slot for f in machine.functions if f.kind == wanted]
        if slots and rng.random() < 0.9:
            self.argue("rd.vfio.claim", self.selectors(1, 3) + [rng.choice(slots)])
        elif rng.random() < 0.85:
            self.argue("rd.vfio.claim", self.selectors(1, 5))
        if rng.random() < 0.25:
            self.argue(rng.choice(("vfio-pci.ids", "vfio_pci.ids")), self.kernel_ids())
        if rng.random() < 0.25:
            self.write_conf()
        if rng.random() < 0.3:
            self.argue("rd.vfio.keep", self.keeps())
        if rng.random() < 0.15:
            self.argue("rd.vfio.force", self.selectors(1, 2))
        if rng.random() < 0.3:
            self.arguments.append("rd.vfio.group=1")
        if rng.random() < 0.2:
            self.arguments.append("rd.vfio.strict=1")
        if rng.random() < 0.1:
            self.arguments.append("rd.vfio.debug=1")
        if rng.random() < 0.06:
            typo = ("rd.vfio.clam=01:00.0", "rd.vfio.timeout=0", "rd.vfio.group=maybe", "rd.vfio.keep")
            self.arguments.append(rng.choice(typo))
        if rng.random() < 0.04:
            self.arguments.append(rng.choice(("rd.vfio=0", "rd.vfio=off")))
        rng.shuffle(self.arguments)

    def argue(self, name, items):
        if len(items) > 1 and self.rng.random() < 0.1:
            self.arguments.append('%s="%s"' % (name, ", ".join(items)))
        elif len(items) > 1 and self.rng.random() < 0.1 and not name.endswith("ids"):
            self.arguments += ["%s=%s" % (name, item) for item in items]
        else:
            self.arguments.append("%s=%s" % (name, ",".join(items)))

    def write_conf(self):
        rng = self.rng
        self.conf = ["# drawn", "claim = " + ", ".join(self.selectors(1, 3))]
        if rng.random() < 0.3:
            self.conf.append("keep=" + ",".join(self.keeps()))
        if rng.random() < 0.2:
            self.conf.append("group = 1")
        if rng.random() < 0.2:
            self.conf.append(rng.choice(("strict = 1", "clam = 01:00.0", "claim", "timeout = 61")))

    def target(self):
        """Mostly what somebody would pass through."""
        ends = [f for f in self.targets if not f.bridge and not isinstance(f, machines.Chipset)]
        return self.rng.choice(ends if ends and self.rng.random() < 0.9 else self.targets)

    def selectors(self, least, most):
        return [self.selector() for _ in range(self.rng.randint(least, most))]

    def keeps(self):
        kept = self.selectors(1, 2)
        return kept + ["boot-vga"] if self.rng.random() < 0.3 else kept

    def selector(self):
        function = self.target()
        forms = (self.slot, self.card, self.short_id, self.long_id, self.path, self.guard)
        form = self.rng.choices(forms + (self.typo, self.missing), (6, 3, 3, 2, 3, 3, 1.2, 0.8))[0]
        return form(function)

    def slot(self, function):
        return function.slot if self.rng.random() < 0.5 else function.slot[5:]

    def card(self, function):
        return self.slot(function)[:-1] + "*"

    def short_id(self, function):
        vendor, device, *_ = function.id.split(":")
        text = "%s:%s" % (vendor, device if self.rng.random() < 0.8 else "*")
        return text.upper() if self.rng.random() < 0.1 else text

    def long_id(self, function):
        vendor, device, subvendor, subdevice = function.id.split(":")
        device = self.rng.choice((device, "*"))
        form = self.rng.randint(1, 4)
        if form == 1:
            return ":".join((vendor, device, subvendor))
        if form == 2:
            return ":".join((vendor, device, subvendor, subdevice))
        if form == 3:
            return ":".join((vendor, device, "*", "*", function.class_))
        base = function.class_[:2] + "0000"
        return ":".join((vendor, device, subvendor, "*", base, "ff0000"))

    def path(self, function):
        steps = ["%02x.%d" % step for step in function.steps]
        if self.rng.random() < 0.2:
            steps[-1] = steps[-1][:-1] + "*"
        return self.rng.choice(("0000:00:", "00:")) + "/".join(steps)

    def guard(self, function):
        """An address whose guard holds, or not."""
        address = self.path(function) if self.rng.random() < 0.4 else self.slot(function)
        other = function if self.rng.random() < 0.7 else self.target()
        vendor, device, *_ = other.id.split(":")
        return "%s@%s:%s" % (address, vendor, self.rng.choice((device, device, "*")))

    def typo(self, function):
        vendor = function.id[:4]
        bus, device = function.slot[5:7], function.slot[8:10]
        return self.rng.choice(TYPOS).format(bus=bus, device=device, vendor=vendor)

    def missing(self, _function):
        return self.rng.choice(("7f:00.0", "10de:1e07", "0001:00:00.0", "00:10.0/1f.7"))

    def kernel_ids(self):
        return [self.kernel_id() for _ in range(self.rng.randint(1, 3))]

    def kernel_id(self):
        """In the kernel's grammar: no asterisk, a class only with its mask."""
        function = self.target()
        vendor, device, subvendor, subdevice = function.id.split(":")
        short = "%s:%s" % (vendor, device)
        forms = (short, short, "%s:%s:%s" % (short, subvendor, subdevice), vendor)
        masked = "%s:ffffffff:ffffffff:ffffffff:%s:ffffff" % (vendor, function.class_)
        return self.rng.choice(forms + (masked,))
