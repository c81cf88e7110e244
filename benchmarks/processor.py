"""
How much processor time programs took, so that a figure means something on a busy machine.

Read from Linux's `/proc`: user and system time of whole trees of processes, what has ended and was
waited for included.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def seconds_by_program(roots: Iterable[int]) -> dict[str, float]:
    """
    Return the processor seconds of processes and of all that they started so far, by program.

    A program is a root or what a root started itself, under the names that the caller reads.
    """
    table = _table()
    wanted = set(roots)
    found: dict[str, float] = {}
    for pid, (_parent, spent) in table.items():
        line = _line(pid, table, wanted)
        if line:
            name = _name(line[-2] if len(line) > 1 else line[-1])
            found[name] = found.get(name, 0.0) + spent
    return found


def postmaster() -> int:
    """Return the process that started all of PostgreSQL's, of the benchmark's cluster."""
    from tests import databases

    with databases.admin() as connection:
        return _table()[connection.info.backend_pid][0]


def _table() -> dict[int, tuple[int, float]]:
    """Return of every process who started it, and its seconds."""
    table = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (fields := _fields(entry)) is not None:
            table[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15])) / _TICKS
    return table


def _line(pid: int, table: Mapping[int, tuple[int, float]], roots: set[int]) -> list[int]:
    """Return a process and those above it up to a root; nothing if it has none."""
    line = [pid]
    while line[-1] not in roots:
        above = table.get(line[-1], (0, 0.0))[0]
        if not above:
            return []
        line.append(above)
    return line


def _name(pid: int) -> str:
    """Return what a process is called: the module that it runs, or its program."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode().split("\0")
    except OSError:
        return ""
    if "-m" in words[:-1]:
        module = words.index("-m") + 1
        return " ".join(word for word in words[module:] if not word.startswith("-"))
    return Path(words[0].split(" ", 1)[0]).name


def _fields(entry: Path) -> list[str] | None:
    """Return the fields after a process's name, its state first; none if it is gone."""
    try:
        return (entry / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
