"""Jobs as processes of this machine: bounded in time, processor, files, and in what they see."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Final

from suanpan_agent.driving import bounded
from suanpan_agent.driving.jobs import DrivenJob, JobStanding

LOG_TAIL: Final = 4_000  # bytes, so at most as many characters
CONTROL: Final = "control"
WORK: Final = "jobs"
NOT_RUN: Final = 126  # as shells say of what may not be run
KILLED: Final = bounded.KILLED + signal.SIGKILL


class LocalBackend:
    """
    Runs each job in a folder of its own, without a shell, in a process group that ends with it.

    What runs is on the disk: a driver that was started anew finds it, and how it ended. That lies
    beside the folder in which the job works and not inside, so that nothing a job leaves there is
    taken for it. It keeps jobs from running on, not from each other's files: run it as a user with
    no rights.
    """

    runs_at_once = True

    def __init__(self, folder: Path, only: Collection[str] = ()) -> None:
        self._folder = folder.absolute()
        self._only = frozenset(only)  # the programs that jobs may run; none named: any
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def start(self, job: DrivenJob) -> None:
        """Start the job's command; without one nothing is run."""
        with self._lock:
            place, work = self._place(job.delivery_id), self._work(job.delivery_id)
            if not job.command or place.exists():
                return
            place.mkdir(parents=True)
            if self._only and job.command[0] not in self._only:
                named = ", ".join(sorted(self._only))
                (place / "output").write_text(f"This driver runs these: {named}.\n")
                bounded.leave(place, NOT_RUN)
                return
            work.mkdir(parents=True, exist_ok=True)
            seen = {"PATH": os.defpath, "HOME": str(work), "LANG": "C.UTF-8"}
            runner = [sys.executable, "-I", bounded.__file__, str(place), str(job.wall_seconds)]
            with (place / "output").open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 - what the order says; no shell
                    [*runner, *job.command],
                    cwd=work,
                    env=dict(job.environment) | seen,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._started[job.delivery_id] = process

    def look(self, delivery_id: str) -> JobStanding:
        """Return where the job stands; one whose end nobody saw was killed."""
        with self._lock:
            place = self._place(delivery_id)
            if not place.exists():
                return JobStanding(is_running=True)  # The machine itself.
            if (code := _code(place)) is not None:
                self._reap(delivery_id)
                return JobStanding(exit_code=code, log_tail=_tail(place / "output"))
            if self._runner(delivery_id) is not None:
                return JobStanding(is_running=True)
            if (code := _code(place)) is None:  # It may have ended between the two looks.
                bounded.leave(place, code := KILLED)
            return JobStanding(exit_code=code, log_tail=_tail(place / "output"))

    def stop(self, delivery_id: str) -> None:
        """End the job and all that it started."""
        with self._lock:
            place = self._place(delivery_id)
            if not place.exists():
                place.mkdir(parents=True)
                bounded.leave(place, 0)
            elif _code(place) is None and (runner := self._runner(delivery_id)) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(runner, signal.SIGTERM)  # It ends its job, and leaves the code.

    def wipe(self, delivery_id: str) -> None:
        """Remove the folder in which the job worked, then what was known of it."""
        for each in (self._work(delivery_id), self._place(delivery_id)):
            shutil.rmtree(each, ignore_errors=True)

    def close(self) -> None:
        """End whatever still runs."""
        for delivery_id in list(self._started):
            self.stop(delivery_id)
            self._started[delivery_id].wait()

    def _runner(self, delivery_id: str) -> int | None:
        """Return the process that runs a job, if it is there; one of the same number is not it."""
        started = self._started.get(delivery_id)
        if started is not None:
            return started.pid if started.poll() is None else None
        place = self._place(delivery_id)
        try:
            pid = int((place / "runner").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if str(place).encode() in words else None

    def _place(self, delivery_id: str) -> Path:
        """Return where it stands who runs a job, how it ended, and what it wrote."""
        return self._folder / CONTROL / delivery_id

    def _work(self, delivery_id: str) -> Path:
        """Return the folder in which a job works."""
        return self._folder / WORK / delivery_id

    def _reap(self, delivery_id: str) -> None:
        started = self._started.pop(delivery_id, None)
        if started is not None:
            started.wait()


def _tail(output: Path) -> str:
    """Return the end of what a job wrote; nothing where it wrote nothing."""
    try:
        with output.open("rb") as file:
            file.seek(max(0, output.stat().st_size - LOG_TAIL))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _code(place: Path) -> int | None:
    try:
        return int((place / "exit_code").read_text())
    except (FileNotFoundError, ValueError):
        return None
