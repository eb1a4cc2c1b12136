#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A second opinion on what vfio-claim decides.

Written from the design and from the kernel's sources, never from the C code: where the two differ,
one of them has misread the rules. Reads cases from standard input and prints a plan for each; the
formats are described in tests/model/README.md.

Text is handled as Latin-1, one character a byte, so that any byte survives.
"""

import functools
import re
import sys

# What the kernel's isspace() takes for white space: 0xa0 is among it, whatever the encoding.
SPACE = "\t\n\v\f\r \xa0"

# A word's characters are not white space, or stand in quotes; a quote that nobody closes lasts to
# the end.
WORD = re.compile(r'(?:[^"%s]|"[^"]*(?:"|\Z))+' % SPACE)
BLANKS = re.compile("[%s]+" % SPACE)

ANY_ID = 0xFFFFFFFF  # PCI_ANY_ID
IDS_SIZE = 1024  # the kernel's char ids[1024], its NUL included
MOST_STEPS = 16

# How a selector stands to a device: it names it, or its address does and its guard does not hold.
NAMES = 1
OTHER_ID = 2


# --- the kernel's reading of a command line -------------------------------------------------------


def arguments(text):
    """The (name, value) of each argument, the value None without a '='; ends at a bare '--'.

    As next_arg() and parse_args() do it: any quote toggles, the first '=' that is not the first
    character splits, and quotes are taken away only around the whole argument or around the value.
    """
    for word in WORD.findall(text.split("\0", 1)[0]):
        quoted = word[0] == '"'
        if quoted:
            word = word[1:]
        equals = word.find("=", 1)
        if equals < 0:
            if quoted and word.endswith('"'):
                word = word[:-1]
            if word == "--":
                return
            yield word, None
            continue
        value = word[equals + 1 :]
        if value.startswith('"'):
            value = value[1:]
            quoted = True
        if quoted and value.endswith('"'):
            value = value[:-1]
        yield word[:equals], value


def items(text):
    """What a list separated by commas holds."""
    return [item for item in (part.strip(SPACE) for part in text.split(",")) if item]


def switch(value):
    """True, False, or None for what is neither, as kstrtobool() reads words; a number is a number."""
    begin = value[:2].lower()
    if begin[:1] in ("d", "f", "n") or begin == "of":
        return False
    if begin[:1] in ("e", "t", "y") or begin == "on":
        return True
    number = re.match(r"(?=[0-9])(?:0[xX])?([0-9A-Fa-f]+)\Z", value)
    if not number or int(number.group(1), 16) > 0xFFFFFFFF:
        return None
    return int(number.group(1), 16) != 0


# --- selectors ------------------------------------------------------------------------------------


class Selector:
    """What each kind of selector can be asked; most have one answer for all devices."""

    __slots__ = ()
    wildcard = False

    def is_every_device(self):
        return False

    def is_twin(self, _device):
        """Whether it is the ID of a guard, elsewhere: it may be what was in the guarded place."""
        return False


class Id(Selector):
    """vendor:device[:subvendor[:subdevice[:class[:mask]]]]; None is any, no mask is any class."""

    __slots__ = ("numbers", "class_", "mask")

    def __init__(self, numbers, class_, mask):
        self.numbers = numbers
        self.class_ = class_
        self.mask = mask

    def is_every_device(self):
        return self.numbers == [None] * 4 and not self.mask

    def stands_to(self, device, _machine):
        if device.id is None or (self.class_ ^ device.class_) & self.mask:
            return 0
        for wanted, number in zip(self.numbers, device.id):
            if wanted is not None and wanted != number:
                return 0
        return NAMES


class Address(Selector):
    """[domain:]bus:device.function[/device.function]…[/*][@vendor:device]; the function None is all.

    With /* it is not what is there, but everything below that.
    """

    __slots__ = ("domain", "bus", "steps", "below", "wildcard", "guard")

    def __init__(self, domain, bus, steps, below, guard):
        self.domain = domain
        self.bus = bus
        self.steps = steps  # the first one's device and function are here too
        self.below = below
        self.wildcard = below or steps[-1][1] is None
        self.guard = guard

    def is_twin(self, device):
        return (
            self.guard is not None
            and device.id is not None
            and not self.is_at(device)
            and self.has_id_of_guard(device)
        )

    def is_at(self, device):
        if not self.below:
            return self.leads_to(device.chain)
        return any(self.leads_to(device.chain[:end]) for end in range(1, len(device.chain)))

    def leads_to(self, chain):
        """From right to left, from the end of the chain through the bridges above it."""
        above = len(chain) - len(self.steps)
        if above < 0:
            return False
        first = chain[above]
        if first[0] != self.domain or first[1] != self.bus:
            return False
        last = chain[-1]
        wanted = self.steps[-1]
        if last[2] != wanted[0] or (wanted[1] is not None and last[3] != wanted[1]):
            return False
        for place, step in zip(chain[above:-1], self.steps):
            if place[2:] != step:
                return False
        return True

    def holds(self, device, machine):
        if self.guard is None:
            return True
        if self.wildcard and device.slot[3] != 0:
            device = machine.at.get(device.slot[:3] + (0,))
        return device is not None and device.id is not None and self.has_id_of_guard(device)

    def has_id_of_guard(self, device):
        return all(
            wanted is None or wanted == number for wanted, number in zip(self.guard, device.id)
        )

    def stands_to(self, device, machine):
        if not self.is_at(device):
            return 0
        return NAMES if self.holds(device, machine) else OTHER_ID


class BootVga(Selector):
    """The display that the firmware uses."""

    __slots__ = ()

    def stands_to(self, device, _machine):
        return NAMES if device.boot_vga else 0


HEX = re.compile(r"[0-9A-Fa-f]+\Z")
ID_NUMBER = re.compile(r"(?:0[xX])?([0-9A-Fa-f]+)\Z")
FIRST = re.compile(r"(?:([0-9A-Fa-f]+):)?([0-9A-Fa-f]+):([0-9A-Fa-f]+)\.([0-7*])\Z")
STEP = re.compile(r"([0-9A-Fa-f]+)\.([0-7*])\Z")
KERNEL_NUMBER = re.compile("[%s]*(?:0[xX]|(?!0[xX]))([0-9A-Fa-f]+)" % SPACE)


# A slot without its function, or with a colon before it, in the place of an ID: vendor or device are
# longer in any ID. A mere bus, too.
SLOT_AS_ID = re.compile(
    r"[0-9A-Fa-f]{1,2}:(?:\*|[0-9A-Fa-f]{1,2}(?![0-9A-Fa-fxX]))"
    r"|[0-9A-Fa-f]+:[0-9A-Fa-f]{1,2}:(?:\*|[0-9A-Fa-f]{1,2}(?![0-9A-Fa-f]))"
)
# What of an item of vfio-pci.ids= the kernel does not read, though somebody meant something by it.
UNREAD = re.compile(r"(?:[ \t;|+&/]+(?=.)|(?=\*))(.*)", re.DOTALL)
# Behind a list, a word of its own that was to be in it.
STRAY = re.compile(r"boot-vga\Z|(?=.*:)[0-9A-Fa-fxX:.*/@,]+\Z")
# A list, or a typo that begins like one.
LISTS = ("rd.vfio.claim", "rd.vfio.keep", "rd.vfio.force", "rd.vfio.vfs")


class Malformed(Exception):
    pass


def id_number(text, bits):
    """A number of an ID, None for any: '*' or, as the kernel writes it, ffffffff."""
    if text == "*":
        return None
    found = ID_NUMBER.match(text)
    if not found:
        raise Malformed
    number = int(found.group(1), 16)
    if number == ANY_ID:
        return None
    if number >> bits:
        raise Malformed
    return number


def place(device, function):
    """The device and function of a step, the function None for '*'."""
    device = int(device, 16)
    if device > 0x1F:
        raise Malformed
    return device, None if function == "*" else int(function)


def parse_guard(text):
    fields = text.split(":")
    if len(fields) != 2:
        raise Malformed
    return [id_number(field, 16) for field in fields]


def parse_address(text):
    text, at, guard = text.partition("@")
    guard = parse_guard(guard) if at else None
    parts = text.split("/")
    if len(parts) > 1 + MOST_STEPS:
        raise Malformed
    below = len(parts) > 1 and parts[-1] == "*"
    if below:
        del parts[-1]
    first = FIRST.match(parts[0])
    if not first:
        raise Malformed
    domain = int(first.group(1) or "0", 16)
    bus = int(first.group(2), 16)
    if domain > 0xFFFFFFFF or bus > 0xFF:
        raise Malformed
    steps = [place(first.group(3), first.group(4))]
    for part in parts[1:]:
        step = STEP.match(part)
        if not step:
            raise Malformed
        steps.append(place(step.group(1), step.group(2)))
    if any(function is None for _device, function in steps[: None if below else -1]):
        raise Malformed
    return Address(domain, bus, steps, below, guard)


def parse_id(text):
    fields = text.split(":")
    if not 2 <= len(fields) <= 6 or SLOT_AS_ID.match(text):
        raise Malformed
    numbers = [id_number(field, 16) for field in fields[:4]]
    numbers += [None] * (4 - len(numbers))
    class_ = id_number(fields[4], 24) if len(fields) > 4 else None
    mask = ANY_ID
    if len(fields) > 5:
        if fields[5] == "*":
            raise Malformed
        mask = id_number(fields[5], 32)
        mask = ANY_ID if mask is None else mask
    if class_ is None:
        class_ = mask = 0
    return Id(numbers, class_, mask)


@functools.lru_cache(maxsize=65536)
def parse_selector(text, names_to_claim):
    """A selector in our own grammar, or None where it is malformed.

    names_to_claim: it is a claim or a force; those must not name every device, nor boot-vga.
    """
    try:
        if text == "boot-vga":
            return None if names_to_claim else BootVga()
        selector = parse_address(text) if "." in text else parse_id(text)
    except Malformed:
        return None
    return None if names_to_claim and selector.is_every_device() else selector


@functools.lru_cache(maxsize=65536)
def parse_kernel_id(text):
    """An item of vfio-pci.ids=, as sscanf("%x:%x:%x:%x:%x:%x") in vfio_pci_fill_ids() reads it.

    But for what can only be a typo: 0x without a digit, to the kernel 0, and what has more than 32
    bits, of which the kernel takes the last, both end the reading; and a slot is no ID.

    Returns the selector, or None, and what of the item was not read and is worth a word, or None.
    """
    if SLOT_AS_ID.match(text):
        return None, None
    numbers = []
    at = 0
    while True:
        found = KERNEL_NUMBER.match(text, at)
        if not found:
            break
        number = int(found.group(1), 16)
        if number > 0xFFFFFFFF:
            break
        numbers.append(number)
        at = found.end()
        if len(numbers) == 6 or text[at : at + 1] != ":":
            break
        at += 1
        while text[at : at + 1] in (" ", "\t"):
            at += 1
    if len(numbers) < 2:
        return None, None
    defaults = [ANY_ID, ANY_ID, ANY_ID, ANY_ID, 0, 0]
    numbers += defaults[len(numbers) :]
    who = [None if number == ANY_ID else number for number in numbers[:4]]
    selector = Id(who, numbers[4], numbers[5])
    unread = UNREAD.match(text, at)
    if selector.is_every_device():
        return None, None
    return selector, unread.group(1) if unread else None


# --- requests -------------------------------------------------------------------------------------


LOCAL_ROOT = ("/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "gpt-auto", "ZFS=", "zfs")
REMOTE_ROOT = ("/dev/nfs", "/dev/nbd", "/dev/ram")
NETWORK_ROOT = ("netroot", "rd.iscsi", "iscsi", "rd.nvmf", "nvmf", "rd.fcoe", "fcoe", "nbdroot")
NETWORK_ROOT += ("rd.nbd", "nfsroot", "aoeroot")


def is_local_disk(value):
    """Whether root= names a disk of this machine; dracut allows for "block:" in front of it."""
    if value.startswith("block:"):
        value = value[len("block:") :]
    return value.startswith(LOCAL_ROOT) and not value.startswith(REMOTE_ROOT)


class Requests:
    """What the configuration file, the command line and the tables of the image ask for.

    Claims, keeps, forces and protected devices are pairs: what to call them, and the selector.
    """

    def __init__(self, case):
        self.conf_claims = []
        self.claims = []
        self.keeps = []
        self.forces = []
        self.ids = None
        self.refused = []
        self.off = False
        self.group = False
        self.strict = False
        self.timeout = 10
        self.local_root = False
        self.network = False
        self.listed = bool(case.protected)
        for line in case.conf:
            self.read_conf_line(line)
        last_list = None
        for name, value in arguments(case.cmdline):
            if last_list and value is None and STRAY.match(name):
                self.refuse(last_list, name)
                continue
            self.read_argument(name, value)
            last_list = name if name.startswith(LISTS) else None
            if name.replace("-", "_") == "vfio_pci.ids":
                last_list = "vfio-pci.ids"
        self.claims = self.conf_claims + self.claims
        if self.ids is not None:
            self.read_ids(self.ids)
        self.protected = []
        for line in case.protected:
            self.read_protected_line(line)

    def refuse(self, name, value):
        self.refused.append("refused %s=%s" % (name, value))

    def read_conf_line(self, line):
        line = line.lstrip(SPACE + "=").rstrip(SPACE)
        if not line or line[0] == "#":
            return
        key, equals, value = line.partition("=")
        key = key.rstrip(SPACE)
        value = value.strip(SPACE)
        if not equals or not value:
            self.refuse(key, "")
        elif key == "claim":
            self.add(self.conf_claims, key, value, True)
        else:
            self.set(key, key, value)

    def read_argument(self, name, value):
        if name == "rd.vfio" or name.startswith(("rd.vfio.", "rd.vfio-", "rd.vfio_")):
            if value is None:
                self.refuse(name, "")
            elif name == "rd.vfio":
                on = self.switch(not self.off, name, value)
                self.off = not on
            elif name[len("rd.vfio")] != ".":
                self.refuse(name, value)
            elif name == "rd.vfio.claim":
                self.conf_claims = []
                self.add(self.claims, name, value, True)
            else:
                self.set(name[len("rd.vfio.") :], name, value)
        elif name.replace("-", "_") == "vfio_pci.ids":
            if value is None:
                self.refuse("vfio-pci.ids", "")
            else:
                self.ids = value
                if len(value) >= IDS_SIZE:
                    self.refuse("vfio-pci.ids", "...")
        elif name == "root" and value is not None:
            self.local_root = is_local_disk(value)
        elif name.startswith(NETWORK_ROOT) or (name == "ip" and "ibft" in (value or "")):
            self.network = True

    def set(self, what, name, value):
        if what == "keep":
            self.add(self.keeps, name, value, False)
        elif what == "force":
            self.add(self.forces, name, value, True)
        elif what == "group":
            self.group = self.switch(self.group, name, value)
        elif what == "strict":
            self.strict = self.switch(self.strict, name, value)
        elif what == "debug":
            # What is logged with it is not a decision.
            self.switch(False, name, value)
        elif what == "vfs":
            # For the real root.
            pass
        elif what == "timeout" and re.match(r"0*(?:[1-9]|[1-5][0-9]|60)\Z", value):
            self.timeout = int(value[-2:])
        else:
            self.refuse(name, value)

    def switch(self, before, name, value):
        is_on = switch(value)
        if is_on is None:
            self.refuse(name, value)
            return before
        return is_on

    def add(self, pairs, name, value, names_to_claim):
        for item in items(value):
            selector = parse_selector(item, names_to_claim)
            if selector:
                pairs.append(("%s=%s" % (name, item), selector))
            else:
                self.refuse(name, item)

    def read_ids(self, value):
        for item in items(value):
            selector, unread = parse_kernel_id(item)
            if selector:
                self.claims.append(("vfio-pci.ids=%s" % item, selector))
                if unread is not None:
                    self.refuse("vfio-pci.ids", unread)
            else:
                self.refuse("vfio-pci.ids", item)

    def read_protected_line(self, line):
        """SELECTOR WHAT, where WHAT may hold blanks."""
        text, *what = BLANKS.split(line.strip(SPACE), 1)
        selector = parse_selector(text, False)
        if selector:
            self.protected.append(("%s=%s" % ("".join(what), text), selector))
        elif text:
            self.refuse("protected", text)


# --- the machine ----------------------------------------------------------------------------------

SLOT = re.compile(r"([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])\Z")


@functools.lru_cache(maxsize=65536)
def chain_of(dirpath):
    """The addresses from below the root bus down to the device.

    Only what pci_upstream_bridge() would walk: a root bus ends it, also one behind another device
    (VMD: pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0).
    """
    chain = []
    for component in reversed(dirpath.split("/")):
        slot = SLOT.match(component)
        if not slot:
            break
        chain.append(tuple(int(number, 16) for number in slot.groups()))
    chain.reverse()
    return chain


class Device:
    __slots__ = (
        "name",
        "chain",
        "slot",
        "id",
        "class_",
        "modalias",
        "bridge",
        "boot_vga",
        "group",
        "driver",
        "has_vfs",
        "direct",
        "because",
        "claimed",
        "held",
        "override",
        "spoiler",
    )

    def __init__(self, line):
        path, id_, class_, header, boot_vga, group, driver, override, vfs, direct = line.split()
        self.name = path[path.rfind("/") + 1 :]
        self.chain = chain_of(path)
        self.slot = self.chain[-1]
        self.id = None if id_ == "-" else tuple(int(number, 16) for number in id_.split(":"))
        self.class_ = int(class_, 16) if self.id else 0
        self.modalias = (id_, class_)
        self.bridge = header != "0"
        self.boot_vga = boot_vga == "1"
        self.group = None if group == "-" else group
        self.driver = None if driver == "-" else driver
        self.has_vfs = vfs not in ("-", "0")
        self.direct = direct == "1"
        self.because = None  # the first claim that names it, and that claim's selector
        self.claimed = False
        self.held = driver == "vfio-pci"
        self.override = override
        self.spoiler = None  # what keeps it from every virtual machine, although it is claimed

    def is_behind_vmd(self):
        """vmd_find_free_domain() begins where the firmware's domains of 16 bits end."""
        return self.slot[0] > 0xFFFF

    def is_vmd(self):
        return (
            self.id is not None
            and self.id[0] == 0x8086
            and self.class_ >> 8 == 0x0104
            and not self.is_behind_vmd()
        )

    def is_idle_host_bridge(self):
        return self.id is not None and self.class_ >> 8 == 0x0600 and self.leaves_group()

    def leaves_group(self):
        """Whether its driver is one for which the kernel lets its group go (driver_managed_dma)."""
        return not self.driver or "vfio" in self.driver or self.driver in ("pci-stub", "pcieport")

    def best_variant(self, variants):
        """The module of the alias with the fewest wildcards, '-' for plain vfio-pci."""
        best = None
        id_, class_ = self.modalias
        modalias = "vfio_pci:v0000%sd0000%ssv0000%ssd0000%s" % tuple(id_.upper().split(":"))
        modalias += "bc%ssc%si%s" % (class_[:2].upper(), class_[2:4].upper(), class_[4:].upper())
        for alias, module in variants:
            if best and alias.count("*") >= best[0]:
                continue
            if alias.startswith("vfio_pci:") and glob(alias).match(modalias):
                best = (alias.count("*"), module.replace("-", "_"))
        return best[1] if best else "-"


@functools.lru_cache(maxsize=4096)
def glob(pattern):
    """'*' is any run of characters, all else is itself."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))) + r"\Z", re.DOTALL)


class Machine:
    def __init__(self, case):
        self.devices = sorted(map(Device, case.devices), key=lambda device: device.slot)
        self.at = {device.slot: device for device in self.devices}
        self.iommu = case.iommu
        self.variants = [words for words in map(str.split, case.variants) if len(words) == 2]


# --- deciding -------------------------------------------------------------------------------------


def first_that_names(pairs, device, machine):
    for because, selector in pairs:
        if selector.stands_to(device, machine) == NAMES:
            return because
    return None


def first_that_protects(requests, device, machine):
    """In its place, or anywhere by its ID as long as what is protected is not in its place."""
    for because, selector in requests.protected:
        if selector.stands_to(device, machine) == NAMES:
            return because
        if selector.is_twin(device) and not any(
            selector.stands_to(other, machine) == NAMES for other in machine.devices
        ):
            return because
    return None


def looked_at(named, requests, machine):
    """All that the program has to know of: more than what is named."""
    groups = {device.group for device in named if device.group}
    found = [device for device in machine.devices if device in named or device.group in groups]
    selectors = [selector for _because, selector in requests.protected]
    if not any(selector.is_twin(device) for selector in selectors for device in found):
        return found
    # Is the one that is protected still in its place?
    return found + [
        device
        for device in machine.devices
        if device not in found
        and any(selector.stands_to(device, machine) for selector in selectors)
    ]


def is_controller(device):
    """Of disks: mass storage and Fibre Channel."""
    return device.id is not None and (device.class_ >> 16 == 1 or device.class_ >> 8 == 0x0C04)


def may_hold_root(device):
    """Also USB, SD, FireWire, CXL memory, and what is older than the classes; not below a VMD."""
    others = (0x0C03, 0x0805, 0x0880, 0x0C00, 0x0502)
    if device.id is None or device.slot[0] >= 0x10000:
        return False
    return is_controller(device) or device.class_ >> 8 in others or device.class_ >> 16 == 0


def only_at_large(requests, device, machine):
    """Whether it is claimed, but only by its ID or by what is above it."""
    claims = [
        selector
        for _because, selector in requests.claims
        if selector.stands_to(device, machine) == NAMES
    ]
    return bool(claims) and all(isinstance(claim, Id) or claim.below for claim in claims)


def takes_last_storage(requests, machine):
    """Whether claims by ID or of all below a bridge take all that the root file system can be on."""
    if requests.listed or not requests.local_root or requests.network:
        return False
    if not any(
        is_controller(device)
        and only_at_large(requests, device, machine)
        and not first_that_names(requests.keeps, device, machine)
        and not first_that_names(requests.forces, device, machine)
        for device in machine.devices
    ):
        return False
    return not any(
        may_hold_root(device)
        and (
            not first_that_names(requests.claims, device, machine)
            or first_that_names(requests.keeps, device, machine)
        )
        for device in machine.devices
    )


def strays(requests, machine, lines):
    """The lines of what vfio-pci holds, and nobody has named it or brought it in by its group."""
    found = {}
    for device in machine.devices:
        line = lines.get(device, "neighbour")
        vmd = vmd_above(device, machine)
        if not device.held or not line or not line.startswith("neighbour"):
            continue
        if vmd and vmd.claimed:
            continue
        protected = first_that_protects(requests, device, machine)
        if protected:
            found[device] = "stray %s %s" % (device.name, protected)
        elif requests.claims and device.override != "vfio-pci":
            found[device] = "stray %s" % device.name
    return found


def verdict(device, because, requests, machine, has_iommu):
    """The line for an endpoint or an exactly named bridge that a claim names."""
    if device.bridge:
        return "left %s bridge %s" % (device.name, because)
    kept = first_that_names(requests.keeps, device, machine)
    if kept:
        return "left %s keep %s" % (device.name, kept)
    if device.id is None:
        return "left %s unreadable %s" % (device.name, because)
    if not has_iommu:
        return "left %s no-iommu %s" % (device.name, because)
    forced = first_that_names(requests.forces, device, machine)
    if not forced:
        protected = first_that_protects(requests, device, machine)
        if protected:
            return "left %s protected %s" % (device.name, protected)
        if is_controller(device) and takes_last_storage(requests, machine):
            if only_at_large(requests, device, machine):
                return "left %s last-storage %s" % (device.name, because)
        if device.has_vfs:
            return "left %s has-vfs %s" % (device.name, because)
        if device.direct:
            return "left %s direct %s" % (device.name, because)
    device.claimed = True
    module = device.best_variant(machine.variants)
    return "claim %s %s %s%s" % (device.name, because, module, " forced" if forced else "")


def vmd_above(device, machine):
    """The VMD controller in the group of what is behind one, which it shares by its DMA; without groups, a claimed one."""
    if not device.is_behind_vmd():
        return None
    for other in machine.devices:
        if other.is_vmd() and other.group == device.group and (device.group or other.claimed):
            return other
    return None


def spoiler_of(claim, requests, machine):
    """What of a claimed device's group no setting but a force lets anybody claim."""
    for device in machine.devices:
        if (
            claim.group
            and device.group == claim.group
            and not device.claimed
            and not device.bridge
            and not first_that_names(requests.forces, device, machine)
            and first_that_protects(requests, device, machine)
        ):
            return device
    return vmd_above(claim, machine)


def may_be_in_the_way(device, machine):
    vmd = vmd_above(device, machine)
    gone = vmd and vmd.claimed
    return not (device.bridge or device.is_idle_host_bridge() or gone)


def neighbour(device, because, spoilt, requests, machine, has_iommu):
    """The line for what nobody names in a claimed group."""
    kept = first_that_names(requests.keeps, device, machine)
    needed = (
        device.id
        and not first_that_names(requests.forces, device, machine)
        and first_that_protects(requests, device, machine)
    )
    if kept or (requests.group and (needed or not spoilt)):
        return verdict(device, because, requests, machine, has_iommu)
    return "neighbour %s" % device.name


def decide(case):
    """The lines of a case's plan."""
    requests = Requests(case)
    if requests.off:
        return ["off"]
    machine = Machine(case)
    if not requests.claims and not requests.refused:
        return sorted(map(escape, strays(requests, machine, {}).values()))
    plan = list(requests.refused)
    named = []
    others = []
    lines = {}  # of each device the line about it

    seen = [False] * len(requests.claims)
    for device in machine.devices:
        other = None
        for number, (because, selector) in enumerate(requests.claims):
            stands = selector.stands_to(device, machine)
            if not stands:
                continue
            seen[number] = True
            if stands == NAMES and not device.because:
                device.because = because, selector
            elif stands == OTHER_ID and not other:
                other = because, selector
        if device.because:
            named.append(device)
        elif other:
            others.append((device, other))
    for (because, _selector), was_seen in zip(requests.claims, seen):
        if not was_seen:
            plan.append("unmatched %s" % because)
    for device, (because, selector) in others:
        passed = device.bridge and selector.wildcard
        lines[device] = None if passed else "left %s other-id %s" % (device.name, because)

    # A group proves an IOMMU; only of these devices has the program read it.
    known = looked_at(named + [device for device, _other in others], requests, machine)
    has_iommu = machine.iommu or any(device.group for device in known)
    for device in named:
        because, selector = device.because
        passed = device.bridge and selector.wildcard
        lines[device] = None if passed else verdict(device, because, requests, machine, has_iommu)

    # What is behind a VMD controller goes with that.
    for device in machine.devices:
        vmd = vmd_above(device, machine)
        if vmd and vmd.claimed:
            lines[device] = None
            device.claimed = False

    # The claim of the lowest address speaks for the group.
    groups = {}
    spoilt = {}
    for device in named:
        if device.claimed and device.group:
            device.spoiler = spoiler_of(device, requests, machine)
            groups.setdefault(device.group, device.because[0])
            if device.spoiler:
                spoilt.setdefault(device.group, device.spoiler)
    for device in machine.devices:
        if device in lines or device.group not in groups or not may_be_in_the_way(device, machine):
            continue
        because = groups[device.group]
        lines[device] = neighbour(
            device, because, device.group in spoilt, requests, machine, has_iommu
        )

    lines.update(strays(requests, machine, lines))
    for device, line in lines.items():
        if not line or line.startswith("stray "):
            plan += [line] if line else []
            continue
        if device.claimed:
            line += " useless" if device.spoiler else ""
        elif device.group in groups and may_be_in_the_way(device, machine):
            line += "" if device.driver and device.leaves_group() else " in-the-way"
        plan.append(line)

    by_ids = [selector for because, selector in requests.claims if because.startswith("vfio-pci.")]
    if (
        requests.keeps
        or requests.refused
        or not by_ids
        or not all(
            device.claimed
            for device in machine.devices
            if any(selector.stands_to(device, machine) == NAMES for selector in by_ids)
        )
    ):
        plan.append("ids-hidden")
    if requests.strict:
        plan.append("strict")
    if requests.group:
        plan.append("group")
    if requests.timeout != 10:
        plan.append("timeout %d" % requests.timeout)
    return sorted(map(escape, plan))


# --- cases ----------------------------------------------------------------------------------------


class Case:
    def __init__(self, name):
        self.name = name
        self.cmdline = ""
        self.conf = []
        self.protected = []
        self.variants = []
        self.iommu = False
        self.devices = []


PLAIN = re.compile(r"[ -\[\]-~]*\Z")
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")


def escape(text):
    """The text without anything that a line of text could not hold."""
    if PLAIN.match(text):
        return text
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return "".join(c if " " <= c <= "~" else "\\x%02x" % ord(c) for c in text)


def unescape(text):
    if "\\" not in text:
        return text
    return ESCAPE.sub(
        lambda found: chr(int(found.group(1), 16))
        if found.group(1)
        else {"n": "\n", "t": "\t"}.get(found.group(2), found.group(2)),
        text,
    )


def read_cases(lines):
    """The cases of an iterable of lines without their newline."""
    case = None
    for line in lines:
        word, _blank, rest = line.partition(" ")
        if word == "device":
            case.devices.append(rest)
        elif word == "cmdline":
            case.cmdline = unescape(rest)
        elif word in ("conf", "protected", "variants"):
            getattr(case, word).append(rest)
        elif word == "iommu":
            case.iommu = rest == "1"
        elif word == "case":
            case = Case(rest)
        elif word == "end":
            yield case


def main():
    sys.stdin.reconfigure(encoding="latin-1", newline="\n")
    for case in read_cases(line.rstrip("\n") for line in sys.stdin):
        print("\n".join(["case " + case.name, *decide(case), "end"]))


if __name__ == "__main__":
    main()
