"""Processes of this machine: whose they are, what they belong to, how to end them."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

# Every supervised process carries this variable, so that what a killed supervisor left behind is
# found by what it is, and not by a pid that somebody else may have by now.
MARK: Final = "SUANPAN_SUPERVISED_IN"
PR_SET_PDEATHSIG: Final = 1
POLL_SECONDS: Final = 0.05
# Tools that look into a process stop it for a moment; nothing of ours stops one for longer.
STOPPED_SECONDS_MAX: Final = 60.0


def dies_with_parent(signal_number: int) -> Callable[[], None]:
    """Return what a child runs before exec: the kernel signals it when its parent is gone."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # It was already gone.
            os._exit(1)

    return ask_kernel


def end_group(leader: int) -> None:
    """Kill what is left of a child's process group. The leader is not reaped yet."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_leftovers(*, state_dir: Path, working_in: Path) -> int:
    """Kill what an earlier supervisor of this state directory left behind; return how many."""
    ended: set[int] = set()
    deadline = time.monotonic() + 10
    while pids := set(leftovers(state_dir=state_dir, working_in=working_in)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended |= pids
        if time.monotonic() > deadline:
            message = f"cannot end the processes of an earlier run: {sorted(pids)}"
            raise RuntimeError(message)
        time.sleep(POLL_SECONDS)
    return len(ended)


def leftovers(*, state_dir: Path, working_in: Path) -> Iterator[int]:
    """Return pids that carry the mark of a state directory or work in its database directory."""
    mark = f"{MARK}={state_dir}".encode()
    spared: Collection[int] = {os.getpid(), os.getppid()}
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if pid not in spared and (_works_in(entry, working_in) or _carries(entry, mark)):
            yield pid


class Stopped:
    """Looks for processes that a signal stopped, and lets them go on after a while."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def let_go_on(self, leaders: Collection[int]) -> list[int]:
        """Look once at services and what they started; return whom it let go on."""
        now = time.monotonic()
        found = {pid for pid, state, parent in members(leaders) if state == "T"}
        self._since = {pid: self._since.get(pid, now) for pid in found}
        late = [pid for pid, since in self._since.items() if now - since > STOPPED_SECONDS_MAX]
        for pid in late:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGCONT)
        return late


def members(leaders: Collection[int]) -> Iterator[tuple[int, str, int]]:
    """Return pid, state and parent of services' first processes and of their children."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # It has ended.
            continue
        if int(entry.name) in leaders or int(parent) in leaders:
            yield int(entry.name), state, int(parent)


def _works_in(entry: Path, directory: Path) -> bool:
    # PostgreSQL's processes write their titles over their environment; their directory stays.
    try:
        return (entry / "cwd").readlink() == directory
    except OSError:
        return False


def _carries(entry: Path, mark: bytes) -> bool:
    try:
        return mark in (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
