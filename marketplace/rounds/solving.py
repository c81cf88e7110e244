"""A process that decides a round by a deadline: it is ended on time, and its last word counts."""

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

import msgspec

from marketplace.rounds.packing import Puzzle, RoundAnswer, answer_of

ROOT: Final = Path(__file__).resolve().parents[2]
GRACE: Final = 0.5  # seconds that a process has beyond what it was given
START: Final = 20.0  # what it may take to begin, on a busy machine
CHUNK: Final = 1 << 16


class NoAnswerError(RuntimeError):
    """The process ended, or was ended, before it said anything."""


def solve(puzzle: Puzzle, *, seconds: float) -> RoundAnswer:
    """
    Return the best answer that a process of its own finds in some seconds of the wall's clock.

    :raises NoAnswerError: if it found none
    """
    deadline = time.monotonic() + seconds + START + GRACE
    command = [sys.executable, "-m", "marketplace.rounds.solve", str(seconds)]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    ) as process:
        try:
            return _last_word(process, msgspec.json.encode(puzzle), deadline)
        finally:
            process.kill()


def _last_word(process: "subprocess.Popen[bytes]", given: bytes, deadline: float) -> RoundAnswer:
    assert process.stdin is not None
    assert process.stdout is not None
    _give(process.stdin, given, deadline)
    said = _heard(process.stdout, deadline)
    lines = [line for line in said.split(b"\n")[:-1] if line]  # What has no end is not whole.
    if not lines:
        raise NoAnswerError(f"exit {process.poll()}")
    return answer_of(json.loads(lines[-1]))


def _give(pipe: IO[bytes], given: bytes, deadline: float) -> None:
    """Write all of it, but never beyond the deadline to a process that does not read."""
    os.set_blocking(pipe.fileno(), False)
    view = memoryview(given)
    with selectors.DefaultSelector() as watch:
        watch.register(pipe, selectors.EVENT_WRITE)
        try:
            while view and watch.select(max(deadline - time.monotonic(), 0)):
                view = view[os.write(pipe.fileno(), view[:CHUNK]) :]
            pipe.close()
        except BrokenPipeError:
            return


def _heard(pipe: IO[bytes], deadline: float) -> bytes:
    said = bytearray()
    with selectors.DefaultSelector() as watch:
        watch.register(pipe, selectors.EVENT_READ)
        while watch.select(max(deadline - time.monotonic(), 0)):
            more = os.read(pipe.fileno(), CHUNK)
            if not more:
                break
            said += more
    return bytes(said)
