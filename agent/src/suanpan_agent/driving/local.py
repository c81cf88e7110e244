"""Jobs as processes of this machine: bounded in time, processor, files, and in what they see."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from suanpan_agent.driving.jobs import DrivenJob, JobStanding

OPEN_FILES: Final = 256
FILE_BYTES: Final = 64 * 1024 * 1024
KILLED: Final = 128
TIMED_OUT: Final = 124


class LocalBackend:
    """
    Runs each job in a folder of its own, without a shell, in a process group that ends with it.

    It keeps jobs from running on, not from each other's files: run it as a user with no rights.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        self._ended: dict[str, int] = {}
        self._lock = threading.Lock()

    def start(self, job: DrivenJob) -> None:
        """Start the job's command; without one nothing is run."""
        with self._lock:
            known = {*self._running, *self._ended}
            if job.delivery_id in known or not job.command:
                return
            place = self._folder / job.delivery_id
            place.mkdir(parents=True, exist_ok=True)
            seen = {"PATH": os.defpath, "HOME": str(place), "LANG": "C.UTF-8"}
            with (place / "output").open("wb") as output:
                try:
                    process = subprocess.Popen(  # noqa: S603 - what the order says; no shell
                        list(job.command),
                        cwd=place,
                        env=dict(job.environment) | seen,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                        preexec_fn=lambda: _bound(job.wall_seconds),  # noqa: PLW1509 - no threads of its own yet
                    )
                except OSError:
                    self._ended[job.delivery_id] = 127
                    return
            self._running[job.delivery_id] = (process, time.monotonic() + job.wall_seconds)

    def look(self, delivery_id: str) -> JobStanding:
        """Return where the job stands; one that ran too long is ended."""
        with self._lock:
            if delivery_id in self._ended:
                return JobStanding(exit_code=self._ended[delivery_id])
            if delivery_id not in self._running:
                return JobStanding(is_running=True)  # The machine itself.
            process, until = self._running[delivery_id]
            code = process.poll()
            if code is None and time.monotonic() > until:
                _end(process)
                process.wait()
                code = TIMED_OUT
            if code is None:
                return JobStanding(is_running=True)
            self._ended[delivery_id] = code if code >= 0 else min(KILLED - code, 255)
            del self._running[delivery_id]
            _end(process)  # What it left running.
            return JobStanding(exit_code=self._ended[delivery_id])

    def stop(self, delivery_id: str) -> None:
        """End the job and all that it started."""
        with self._lock:
            if delivery_id in self._running:
                _end(self._running[delivery_id][0])
                return
            self._ended.setdefault(delivery_id, 0)

    def wipe(self, delivery_id: str) -> None:
        """Remove the job's folder."""
        shutil.rmtree(self._folder / delivery_id, ignore_errors=True)

    def close(self) -> None:
        """End whatever still runs."""
        with self._lock:
            for process, _until in self._running.values():
                _end(process)
                process.wait()


def _bound(wall_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (wall_seconds, wall_seconds))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
