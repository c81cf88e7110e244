"""
Run one job, bounded, and leave how it ended: `bounded.py FOLDER WALL_SECONDS WORD…`.

It is the parent of the job, so that a driver that was started anew learns the exit code. What it
writes into FOLDER: `runner`, its own number, and `exit_code`, in one step. It needs Python alone.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

GRACE_SECONDS = 1  # in which a job that has all of its time ends by itself
OPEN_FILES = 256
FILE_BYTES = 64 * 1024 * 1024
KILLED, TIMED_OUT, NOT_STARTED = 128, 124, 127
DIES_WITH_PARENT = 1  # of prctl


def main(folder: Path, wall_seconds: int, words: list[str]) -> int:
    """Run the words as one process group; return 0 once its code is written down."""
    (folder / "runner").write_text(str(os.getpid()))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        process = subprocess.Popen(  # noqa: S603 - what the order says; no shell
            words,
            start_new_session=True,
            preexec_fn=lambda: bound(wall_seconds),  # noqa: PLW1509 - it has no threads
        )
    except OSError:
        leave(folder, NOT_STARTED)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: end(process))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    try:
        code = process.wait(timeout=wall_seconds + GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        end(process)
        process.wait()
        code = TIMED_OUT
    end(process)  # What it left running.
    leave(folder, code if code >= 0 else min(KILLED - code, 255))
    return 0


def bound(wall_seconds: int) -> None:
    """Bound what the job may use, and let it end with its runner."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CPU, (wall_seconds, wall_seconds))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the job and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def leave(folder: Path, code: int) -> None:
    """Write an exit code down, whole or not at all."""
    unfinished = folder / "exit_code.unfinished"
    unfinished.write_text(str(code))
    unfinished.replace(folder / "exit_code")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
