"""
A supervisor in one screen: it starts services, starts again what dies, and stops all together.

One thread, no framework. Each service leads a process group of its own; the kernel signals it if
the supervisor itself is killed.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded import processes
from embedded.logfile import LogPump
from embedded.users import SystemUser

BACK_OFF_FIRST_SECONDS: Final = 0.2
BACK_OFF_SECONDS_MAX: Final = 10.0
# A service that lived this long is healthy; its next death is the first again.
HEALTHY_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
CHORE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Service:
    """What is to be kept running, and how to end it well."""

    name: str
    command: Sequence[str]
    log: Path
    directory: Path
    environment: Mapping[str, str]
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 10.0
    account: SystemUser | None = None
    sockets: Sequence[int] = ()
    before_start: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Child:
    """A service and its process of the moment."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_not_before: float = 0.0
    deaths: int = 0
    restarts: int = 0
    log: LogPump | None = None

    def start(self) -> None:
        """Start the process; its output goes to the service's log."""
        service = self.service
        service.before_start()
        self.log = self.log or LogPump.started(service.log)
        arguments = service.account.popen_arguments() if service.account else {}
        self.process = subprocess.Popen(  # noqa: S603 - commands of ours
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=self.log.writing,
            stderr=subprocess.STDOUT,
            cwd=service.directory,
            env=dict(service.environment),
            start_new_session=True,
            pass_fds=service.sockets,
            preexec_fn=processes.dies_with_parent(service.stop_signal),  # noqa: PLW1509
            **arguments,
        )
        self.started_at = time.monotonic()

    def is_alive(self) -> bool:
        """Tell whether the process runs; what a dead one left in its group is ended."""
        if self.process is None or self.process.returncode is not None:
            return False
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self.process.pid, look) is None:
            return True
        processes.end_group(self.process.pid)
        self.process.wait()
        return False

    def note_death(self) -> None:
        """Set when to start again: at once after a healthy life, later and later otherwise."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started_at > HEALTHY_SECONDS else self.deaths + 1
        delay = min(BACK_OFF_FIRST_SECONDS * 2 ** (self.deaths - 1), BACK_OFF_SECONDS_MAX)
        self.start_not_before = now + delay
        self.process = None

    def ask_to_stop(self) -> None:
        """Send the signal at which the service finishes what it has in hand."""
        if self.is_alive() and self.process is not None:
            self.process.send_signal(self.service.stop_signal)

    def see_stopped(self) -> None:
        """Wait for the end; after the grace time, kill."""
        deadline = time.monotonic() + self.service.grace_seconds
        while self.is_alive():
            if time.monotonic() > deadline and self.process is not None:
                processes.end_group(self.process.pid)
            time.sleep(POLL_SECONDS / 2)
        if self.log is not None:
            self.log.close()
            self.log = None


class Supervisor:
    """Keeps services alive, in the order in which they were added."""

    def __init__(
        self, say: Callable[[str], None], chore: Callable[[], None] = lambda: None
    ) -> None:
        self.children: dict[str, Child] = {}
        self.say = say
        self._chore = chore
        self._chore_at = 0.0
        self._stopped = processes.Stopped()

    def start(self, service: Service) -> Child:
        """Start a service and keep it from now on."""
        child = Child(service)
        self.children[service.name] = child
        child.start()
        return child

    def tend(self) -> None:
        """Look once at every child; start again what died; do the chore now and then."""
        if time.monotonic() - self._chore_at > CHORE_SECONDS:
            self._chore_at = time.monotonic()
            with contextlib.suppress(OSError):  # A full or broken disk: next time.
                self._chore()
            self._wake()
        for child in self.children.values():
            if child.process is not None and not child.is_alive():
                code = child.process.returncode
                child.note_death()
                self._tell(f"{child.service.name} ended ({describe(code)}); it starts again")
            if child.process is None and time.monotonic() >= child.start_not_before:
                self._start_again(child)

    def _wake(self) -> None:
        """Let processes go on that were stopped: no service waits for whoever did that."""
        processes_now = (child.process for child in self.children.values())
        leaders = {process.pid for process in processes_now if process is not None}
        for pid in self._stopped.let_go_on(leaders):
            self._tell(f"process {pid} was stopped; it goes on")

    def _start_again(self, child: Child) -> None:
        child.restarts += 1
        try:
            child.start()
        except (
            OSError,
            subprocess.SubprocessError,
        ) as error:  # No memory, no descriptors, no disk.
            child.note_death()
            self._tell(f"{child.service.name} cannot start ({error}); it is tried again")

    def _tell(self, sentence: str) -> None:
        """Say something; nobody listening, or a full disk behind the output, ends no service."""
        with contextlib.suppress(OSError, ValueError):
            self.say(sentence)

    def watch(self, *, until: Callable[[], bool]) -> None:
        """Tend the children until a condition holds."""
        while not until():
            self.tend()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop everything: all but the first service together, then the first, the database."""
        children = list(self.children.values())
        for group in (children[1:], children[:1]):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.see_stopped()
        self.children.clear()


def describe(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit {code}"
