#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random machines and what somebody might ask of them, as cases for model.py and plan.

Usage: generate.py [--seed N] [--first N] [--count N]

A case depends on the seed and its number alone, so that any one of them can be had again. The
alphabets are small on purpose: twins, shared groups, guards that nearly hold and selectors that
nearly match are what goes wrong.
"""

import argparse
import random
import sys

sys.dont_write_bytecode = True
from model import escape  # noqa: E402

IDS = (
    ("10de:1e07", "030000"),
    ("10de:10f7", "040300"),
    ("10de:2342", "030200"),
    ("15b3:101e", "020000"),
    ("144d:a808", "010802"),
    ("8086:a808", "0c0330"),
    ("1022:1480", "060000"),
    ("8086:2822", "010400"),
)
VMDS = (("8086:9a0b", "010400"),) * 5 + (("1022:9a0b", "010400"), ("8086:9a0b", "010601"))
SUBSYSTEMS = ("0000:0000", "3842:2487", "10de:1e07", "1af4:1100")
# A header type that is not 0 comes with such a class, also with that of a device whose class the
# kernel did not believe; see the README.
BRIDGES = (("8086:a33c", "060400"),) * 5 + (
    ("10de:1e07", "060401"),
    ("144d:a808", "060700"),
    ("8086:a808", "068000"),
    ("10de:10f7", "000000"),
)
DRIVERS = ("-", "-", "nouveau", "nvme", "xhci_hcd", "vfio-pci", "mlx5_vfio_pci", "pci-stub", "pcieport")
OVERRIDES = ("-", "-", "-", "vfio-pci", "pci-stub")
ROOTS = (
    ("pci0000:00", 0, 0x00),
    ("pci0000:40", 0, 0x40),
    ("pci0001:00", 1, 0x00),
    ("pciffff:00", 0xFFFF, 0x00),
    ("platform/soc/40000000.pcie/pci0002:00", 2, 0x00),
)
VARIANTS = (
    "vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci",
    "vfio_pci:v000010DEd*sv*sd*bc*sc*i* whole-vendor",
    "vfio_pci:v000010DEd*sv*sd*bc03sc*i* any_display",
    "vfio_pci:v000010DEd00001E07sv*sd*bc03sc00i* this-display",
    "vfio_pci:v000010DEd00001E07sv00003842sd*bc*sc*i* board",
    "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5-vfio-pci",
    "vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci",
    "vfio_pci:v*d*sv*sd*bc01sc08i* any-nvme",
    "vfio_pci:v*08*sv*sd*bc*i* odd_one",
    "pci:v000010DEd*sv*sd*bc*sc*i* nouveau",
    "vfio_pci:v000010ded00001e07sv*sd*bc*sc*i* small_letters",
    "vfio_pci:v000010DEd????????sv*sd*bc*sc*i* question",
)
NOISE = (
    "quiet",
    "root=/dev/sda1",
    "root=UUID=5a5a",
    "root=block:LABEL=x",
    "root=nfs:1.2.3.4:/",
    "root=/dev/nbd0",
    "root",
    "rd.iscsi.initiator=x",
    "ip=ibft",
    "rd.vfiox=1",
    "vfio.claim=01:00.0",
    "rd_vfio.claim=01:00.0",
    "rd.vfio-claim=01:00.0",
    "rd.vfio_claim=01:00.0",
    "rd.vfio-claim",
    "01:00.0",
    "10de:1e07,01:00",
    "boot-vga",
    "a:b",
    "-:",
    "RD.VFIO.CLAIM=01:00.0",
    "vfio_pci.disable_vga=1",
    "vfio_pci.idsx=10de:1e07",
    'foo="a rd.vfio.claim=10de:1e07 b"',
    "=rd.vfio=0",
    "--x",
    "-- =",
    "--=1",
    '""',
    '"x y"',
)
SWITCHES = ("1", "0", "no", "off", "n", "false", "yes", "", "2", "No", "off ", "true")
SWITCHES += ("none", "0x0", "0x1", "0x", "00", "OFF", "On", "o", "never", "disabled", "Enable", "x")
SWITCHES += ("abc", "01:00.0", "100000000", "1 ", "T", "F", "foo", " 0")
SECONDS = ("1", "5", "10", "30", "60", "61", "0", "05", "100", "-5", "+5", "5s", "", "0x10", "1.5")
SETTINGS = ("claim",) * 12 + ("keep", "force") * 4 + ("group",) * 3 + ("strict", "timeout", "debug", "vfs")
NO_VALUE = ("rd.vfio", '"rd.vfio"', "rd.vfio.claim", "rd.vfio.group", "vfio-pci.ids")
BAD_LINES = (
    "claim",
    "claim 01:00.0",
    "clam = 01:00.0",
    "vfio = 0",
    "= 1",
    "group",
    "rd.vfio.claim = 01:00.0",
    "Claim = 01:00.0",
    "claim == 01:00.0",
    "x",
)
TYPOS = "0123456789abcdefgx:./*@,- \"="
BAD = (
    "nonsense",
    "10de",
    "10de:",
    ":1e07",
    "10de::1e07",
    "10de:1e07:",
    "10de:1e07:3842:2487:030000:ff0000:0",
    "10de:1e07:*:*:030000:*",
    "10de:1e07:*:*:1030000",
    "10de:1e07:*:*:030000:1ff0000",
    "110de:1e07",
    "0x:0x",
    "100000000:1e07",
    "01:00",
    "1:0",
    "01:*",
    "*:00",
    "01:0x0",
    "0x01:00",
    "010:00",
    "0000:01:00",
    "0000:01:*",
    "0000:01:000",
    "0000:01:0x1",
    "0001:001:00",
    "10000:e1:00",
    "0000:01:00:0",
    "00:14:0",
    "01:00:*",
    "01.00.0",
    "pci_0000_01_00_0",
    "[10de:1e07]",
    "01:00.0-1",
    "01:00.0 02:00.0",
    "*:*",
    "*:*:*:*",
    "*:*:*:*:*",
    "*:*:*:*:030000:0",
    "ffff:ffff",
    "01:00.8",
    "01:20.0",
    "100:00.0",
    "01:*.0",
    "*:00.0",
    "0x01:00.0",
    "100000000:01:00.0",
    "1:2:3:4.0",
    "01.0",
    ".",
    ".*",
    "01:00.",
    "01:00.0/",
    "/00.0",
    "01:00.*/00.0",
    "01:00.*/*",
    "01:00.0/*/00.0",
    "01:00.0/*.0",
    "01:00.0/**",
    "01:00.0/*/",
    "*/*",
    "/*",
    "01:00.0*",
    "01:00.0/01:00.0",
    "01:00.0/00.8",
    "01:00.0@",
    "01:00.0@10de",
    "01:00.0@10de:1e07:3842",
    "01:00.0@10de:11e07",
    "01:00.0@10de:1e07@10de:1e07",
    "@10de:1e07",
    "boot-vga@10de:1e07",
    "boot_vga",
    "Boot-VGA",
    "pci:10de:1e07",
    "01:00.0;02:00.0",
    "\xe9",
    "10de\\:1e07",
)
LENIENT = (
    "10de:1e07:",
    "10de:1e07,",
    "10de:1e07:*",
    "10de:1e07:*:2487",
    "10de:1e07: *",
    "10de:1e07*",
    "10de:1e07;10de:10f7",
    "10de:1e07;",
    "10de:1e07:;x",
    "10de:1e07:0x;x",
    "10de:1e07:100000000;x",
    "10de:1e07/+x",
    "01:00.0",
    "0000:01:00.0",
    "01:00",
    "01:00:0",
    "0x1:00.0",
    "0000: 01:00.0",
    "10de:1e07 and more",
    "10de: 1e07",
    "10de :1e07",
    "0x10de:0x1e07",
    "0X10DE:0X1E07",
    "10de:1e07:ffffffff:ffffffff",
    "10de:ffffffff",
    "ffffffff:ffffffff",
    "ffffffff:ffffffff:ffffffff:ffffffff:030000",
    "ffffffff:ffffffff:ffffffff:ffffffff:030000:0",
    "ffffffff:ffffffff:ffffffff:ffffffff:030000:ff0000",
    "ffffffff:ffffffff:ffffffff:ffffffff:000300:ffff00",
    "ffffffff:ffffffff:ffffffff:ffffffff:1030000:ffffff",
    "ffffffff:ffffffff:ffffffff:ffffffff:1030000:1ffffff",
    "ffff:ffff",
    "110de:1e07",
    "1000010de:1e07",
    "1000010de",
    "10de:100001e07",
    "10de:1e07:100000000",
    "10de:1e07:ffffffff:100000000:1",
    "000000000010de:1e07",
    "0x:0x",
    "0x:1e07",
    "10de:1e07:*:*:020000:ff0000",
    "10de:1e07:ffffffff:ffffffff:020000",
    "10de:1e07:ffffffff:ffffffff:020000:ff0000",
    "10de:1e07:ffffffff:ffffffff:030000:ff0000:9",
    "10de:1e07:3842:2487:-1",
    "10de",
    "-1:-1",
    "x10de:1e07",
    "\xa010de:\xa01e07",
)


class Machine:
    """Devices below their root buses; of each the path, and what a selector may speak of."""

    def __init__(self, pick, chance):
        self.pick = pick
        self.chance = chance
        self.pool = [pick(IDS) for _ in range(3)]
        self.subsystems = [pick(SUBSYSTEMS) for _ in range(2)]
        self.devices = []  # (path, chain of addresses, ID, class, bridge)
        self.next_bus = 0
        if chance(0.01):
            self.fill(ROOTS[0], 17 + pick((0, 1, 2)))
            return
        root = pick(ROOTS)
        second = pick(ROOTS[1:])
        self.fill(root, 0)
        if second is not root and chance(0.35):
            self.fill(second, 0)
        if chance(0.2):
            self.add(root[0], [], (root[1], root[2], 0x0E, 0), False)
            vmd, chain, id_, class_, bridge = self.devices[-1]
            if chance(0.8):
                name, class_ = self.pick(VMDS)
                id_ = "-" if id_ == "-" else name + id_[-10:]
                self.devices[-1] = (vmd, chain, id_, class_, bridge)
            self.fill((vmd + "/pci10000:e0", 0x10000, 0xE0), 0)

    def fill(self, root, depth):
        path, domain, bus = root
        self.next_bus = bus + 1
        if depth:
            self.deep(path, domain, bus, depth)
            return
        numbers = {self.pick((0x00, 0x01, 0x02, 0x1C, 0x1F)) for _ in range(self.pick((1, 2, 3)))}
        for device in sorted(numbers):
            if self.chance(0.7):
                self.below(path, [], (domain, bus, device, self.pick((0, 0, 0, 1, 4))))
            else:
                self.functions(path, [], (domain, bus, device))

    def below(self, path, chain, slot):
        """A bridge and the bus behind it."""
        self.add(path, chain, slot, True)
        bridge, chain = self.devices[-1][:2]
        bus = self.next_bus
        self.next_bus += 1
        for device in (0, 1) if self.chance(0.15) else (0,):
            if self.chance(0.2) and len(chain) < 4:
                self.below(bridge, chain, (slot[0], bus, device, 0))
            else:
                self.functions(bridge, chain, (slot[0], bus, device))

    def deep(self, path, domain, bus, depth):
        chain = []
        for level in range(depth):
            self.add(path, chain, (domain, bus + level, 0, 0), level < depth - 1)
            path, chain = self.devices[-1][:2]

    def functions(self, path, chain, slot):
        count = self.pick((1, 1, 2, 2, 3))
        for function in range(count):
            if function == 0 and count > 1 and self.chance(0.05):
                continue  # function 0 is missing: a device that has just been removed
            bridge = self.chance(0.08)
            self.add(path, chain, slot + (function,), bridge)

    def add(self, path, chain, slot, bridge):
        id_, class_ = self.pick(BRIDGES if bridge else self.pool)
        id_ += ":" + self.pick(self.subsystems)
        if self.chance(0.05):
            id_ = "-"
        chain = chain + [slot]
        self.devices.append((path + "/%04x:%02x:%02x.%x" % slot, chain, id_, class_, bridge))

    def lines(self):
        pick, chance = self.pick, self.chance
        numbers = pick((0, 1, 1, 2, 2, 2, 2, 3))  # no groups, one for each slot, at random
        boot_vga = pick(self.devices)[0]
        vmd_group = None
        direct = [group for group in (0, 1, 2, 3, 11) if chance(0.08)]
        for path, chain, id_, class_, bridge in self.devices:
            slot = chain[-1]
            group = "-"
            if numbers == 1:
                group = slot[1] * 32 + slot[2]
            elif numbers and not chance(0.1):
                group = pick((0, 1, 2, 3, 11))
            if path.endswith(":0e.0"):
                vmd_group = group
            if vmd_group and chain[-1][0] > 0xFFFF and chance(0.7):
                group = vmd_group  # whose DMA it does
            vga = "-"
            if class_ == "030000" and not bridge:
                vga = "1" if path == boot_vga else "0"
            yield "device %s %s %s %d %s %s %s %s %s %d" % (
                path,
                id_,
                class_,
                bridge,
                vga,
                group,
                pick(DRIVERS),
                pick(OVERRIDES),
                pick(("-", "-", "-", "-", "0", "0", "2")),
                group in direct or (numbers == 1 and group != "-" and group % 13 == 0),
            )


class Asker:
    """What somebody may write about a machine."""

    def __init__(self, machine):
        self.machine = machine
        self.endpoints = [device for device in machine.devices if not device[4]]
        self.pick = machine.pick
        self.chance = machine.chance

    def hex(self, number, width):
        style = self.pick((0, 0, 0, 0, 0, 0, 0, 1, 2, 3))
        if style == 1:
            return "%x" % number
        text = "%0*x" % (width, number)
        return text if style == 0 else text.upper() if style == 2 else "0" + text

    def id_field(self, text, any_chance):
        if self.chance(any_chance):
            return "*"
        style = self.pick((0,) * 12 + (1, 2, 3))
        return (text, "0x" + text, text.upper(), text.lstrip("0") or "0")[style]

    def device(self):
        if self.endpoints and self.chance(0.7):
            return self.pick(self.endpoints)
        return self.pick(self.machine.devices)

    def id_of(self, device):
        return device[2] if device[2] != "-" else "10de:1e07:0000:0000"

    def id(self):
        device = self.device()
        fields = self.id_of(device).split(":")
        count = self.pick((2, 2, 2, 2, 3, 4, 5, 6))
        text = [self.id_field(fields[0], 0.06), self.id_field(fields[1], 0.15)]
        text += [self.id_field(field, 0.6) for field in fields[2:count]]
        if count > 4:
            text.append(self.id_field(device[3], 0.1))
        if count > 5:
            masks = ("ffffff", "ffff00", "ff0000", "000000", "ffffffff")
            text.append(self.id_field(self.pick(masks), 0.03))
        return ":".join(text)

    def place(self, domain, bus, device, function):
        text = "%s:%s.%s" % (self.hex(bus, 2), self.hex(device, 2), function)
        if self.chance(0.5) if domain == 0 else self.chance(0.9):
            return self.hex(domain, 4) + ":" + text
        return text

    def guard(self, device):
        style = self.pick((0, 0, 0, 1, 2, 3))
        fields = self.id_of(device).split(":")
        if style == 1:  # what its function 0 has
            for other in self.machine.devices:
                if other[1][-1] == device[1][-1][:3] + (0,):
                    fields = self.id_of(other).split(":")
        elif style == 2:
            fields = self.pick(self.machine.pool)[0].split(":")
        return "@%s:%s" % (self.id_field(fields[0], 0.1), self.id_field(fields[1], 0.2))

    def address(self):
        device = self.device()
        chain = device[1]
        if "/pci10000" in device[0] and self.chance(0.15):
            chain = [(0, 0, 0x0E, 0)] + chain
        slot = chain[-1]
        function = "*" if self.chance(0.35) else "%x" % slot[3]
        start = len(chain) - 1
        if start and self.chance(0.45):
            start = self.pick(range(start)) if self.chance(0.5) else 0
        if start == len(chain) - 1:
            text = self.place(*slot[:3], function)
        else:
            steps = ["%x" % step[3] for step in chain[start:-1]] + [function]
            if self.chance(0.05):
                steps[self.pick(range(len(steps)))] = self.pick("01*")
            text = self.place(*chain[start][:3], steps[0])
            for step, number in zip(chain[start + 1 :], steps[1:]):
                text += "/%s.%s" % (self.hex(step[2], 2), number)
            if self.chance(0.05):
                text = text.split("/", 1)[1] if self.chance(0.5) else text + "/00.0"
            elif self.chance(0.25):
                # Everything below the bridge above, or below the one above that.
                text = "/".join(text.split("/")[: -self.pick((1, 1, 1, 2))] or [text]) + "/*"
        return text + self.guard(device) if self.chance(0.35) else text

    def selector(self):
        roll = self.pick((0,) * 10 + (1,) * 20 + (2, 3))
        if roll == 3:
            return self.pick(BAD)
        text = self.id() if roll == 0 else self.address()
        if roll == 2:
            at = self.pick(range(len(text)))
            text = text[:at] + self.pick(TYPOS) + text[at + self.pick((0, 1)) :]
            text = text[: at + 1] + text[at + 2 :] if self.chance(0.3) else text
        return text

    def list_of(self, item):
        """A few items, sometimes with odd commas and blanks."""
        count = self.pick((1, 1, 1, 1, 2, 2, 3))
        if self.chance(0.03):
            return self.pick(("", ",", ",,", " ", " , "))
        comma = "," if self.chance(0.9) else self.pick((",,", ", ", " ,", " ,\t"))
        text = comma.join(item() for _ in range(count))
        return text if self.chance(0.97) else self.pick((",", " ")) + text + self.pick((",", " "))

    def keep_item(self):
        return "boot-vga" if self.chance(0.25) else self.selector()

    def kernel_id(self):
        if self.chance(0.4):
            return self.pick(LENIENT)
        if self.chance(0.05):
            return self.pick(BAD)
        return self.id()

    def kernel_ids(self):
        text = self.list_of(self.kernel_id)
        if self.chance(0.02):
            filler = ",dead:beef:%04x" % self.pick(range(4))
            text += filler * 80
            text = text[: self.pick((1022, 1023, 1024, 1025, 1100))]
        return text

    def setting(self):
        """A parameter or a key of the file, and its value."""
        name = self.pick(SETTINGS)
        if name in ("claim", "force"):
            return name, self.list_of(self.selector if self.chance(0.98) else self.keep_item)
        if name == "keep":
            return name, self.list_of(self.keep_item)
        if name == "timeout":
            return name, self.pick(SECONDS)
        return name, "1" if self.chance(0.6) else self.pick(SWITCHES)

    def argument(self):
        roll = self.pick((0,) * 20 + (1,) * 5 + (2, 3, 4, 4))
        if roll == 4:
            return self.pick(NOISE)
        if roll == 1:
            name = self.pick(("vfio-pci.ids", "vfio_pci.ids"))
            value = self.kernel_ids()
        elif roll == 2:
            name = self.pick(("rd.vfio", "rd.vfio", "rd.vfio.", "rd.vfio.clam", "rd.vfio.Claim"))
            value = self.pick(SWITCHES)
        elif roll == 3 and self.chance(0.5):
            return self.pick(NO_VALUE)
        else:
            name, value = self.setting()
            name = "rd.vfio." + name
        style = self.pick((0,) * 12 + (1, 2, 3, 4))
        if style == 0 and (" " in value or "\t" in value) and self.chance(0.9):
            style = self.pick((1, 2))
        if style == 1:
            return '%s="%s"' % (name, value)
        if style == 2:
            return '"%s=%s"' % (name, value)
        text = "%s=%s" % (name, value)
        if style >= 3 and self.chance(0.3):  # a quote in an odd place
            at = self.pick(range(len(text) + 1))
            text = text[:at] + '"' + text[at:]
            if style == 4:
                at = self.pick(range(len(text) + 1))
                text = text[:at] + '"' + text[at:]
        return text

    def cmdline(self):
        words = [self.argument() for _ in range(self.pick((0, 1, 1, 2, 2, 3, 3, 4, 5)))]
        if self.chance(0.04):
            words.insert(self.pick(range(len(words) + 1)), self.pick(("--", '"--"')))
        blank = " " if self.chance(0.9) else self.pick(("  ", "\t", "\n", "\v", "\f", "\r", "\xa0"))
        if self.chance(0.5):
            words.append("root=/dev/sda1")
        text = blank.join(words) + self.pick(("", "\n"))
        return " " + text if self.chance(0.05) else text

    def conf_line(self):
        roll = self.pick((0,) * 12 + (1, 2, 3))
        if roll == 1:
            return self.pick(("", " ", "# claim = 10de:1e07", "\t#claim=10de:1e07", "#"))
        if roll == 2:
            return self.pick(BAD_LINES)
        name, value = self.setting()
        equals = self.pick((" = ", "=", "= ", "\t=\t"))
        return (" " if roll == 3 else "") + name + equals + value

    def protected_line(self):
        if self.chance(0.03):
            return self.pick(("", "nonsense /", "# 01:00.0 /"))
        text = self.address()
        if self.chance(0.7) and "@" not in text:
            text += self.guard(self.device())
        return text + " " + self.pick(("/", "/,swap", "swap", "network (default route)"))


def case(seed, number):
    """The lines of one case."""
    roll = random.Random(seed << 32 | number).random

    def pick(choices):
        return choices[int(roll() * len(choices))]

    def chance(of_one):
        return roll() < of_one

    machine = Machine(pick, chance)
    asker = Asker(machine)
    lines = ["case %d" % number, "cmdline " + escape(asker.cmdline())]
    if chance(0.25):
        lines += ["conf " + asker.conf_line() for _ in range(pick((1, 2, 3)))]
    if chance(0.3):
        lines += ["protected " + asker.protected_line() for _ in range(pick((1, 2)))]
    if chance(0.3):
        lines += ["variants " + pick(VARIANTS) for _ in range(pick((1, 2, 3, 4)))]
    lines.append("iommu %d" % chance(0.6))
    lines += machine.lines()
    lines += ["depth all", "end"]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="latin-1")
    for number in range(options.first, options.first + options.count):
        print("\n".join(case(options.seed, number)))


if __name__ == "__main__":
    main()
