# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of a run, and its copy in docs/measured.md."""

import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(TOP, "build/soak/table.md")
PAGE = os.path.join(TOP, "docs/measured.md")
VERDICTS = ("ok", "WRONG", "LOST")


def commit():
    command = ["git", "-C", TOP, "describe", "--always", "--dirty"]
    return subprocess.run(command, stdout=subprocess.PIPE).stdout.decode().strip() or "?"


def row(name, boots, verdicts):
    functions = sum(bool(f.number) for boot in boots for f in boot.machine.functions)
    claimed = sum(len(boot.claimed()) for boot in boots)
    given = [verdicts[boot.seed] for boot in boots]
    cells = [name, len(boots), functions, claimed] + [given.count(verdict) for verdict in VERDICTS]
    return "| %s |" % " | ".join(str(cell) for cell in cells)


def by(boots, key):
    """(value, boots) for each value of the key, by name."""
    values = sorted({key(boot) for boot in boots})
    return [(value, [boot for boot in boots if key(boot) == value]) for value in values]


def table(boots, verdicts):
    """What was booted, by generator and by fault; verdicts: by seed."""
    seeds = sorted(boot.seed for boot in boots)
    lines = ["Seeds %d to %d on commit %s." % (seeds[0], seeds[-1], commit()), ""]
    lines += ["| boots with | boots | functions | to be claimed | %s |" % " | ".join(VERDICTS)]
    lines += ["|---|" + "---:|" * 6]
    lines += [row(cell, some, verdicts) for cell, some in by(boots, lambda boot: boot.cell())]
    lines += [row("fault: " + name, some, verdicts) for name, some in by(boots, lambda boot: boot.fault.name)]
    lines += [row("all", boots, verdicts), ""]
    return "\n".join(lines)


def keep(boots, verdicts):
    with open(TABLE, "w", encoding="ascii") as file:
        file.write(table(boots, verdicts))


def publish():
    """Puts the kept table into the page."""
    with open(TABLE, encoding="ascii") as file:
        text = file.read()
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    begin, end = "<!-- soak: begin, from tests/soak/run -->\n", "<!-- soak: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit("%s has no place for the table" % PAGE)
    page = re.sub(begin + ".*" + end, lambda _: begin + "\n" + text + "\n" + end, page, flags=re.S)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)
