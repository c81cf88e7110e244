"""The driver itself: takes calls, follows jobs, and says what happened until it was heard."""

import json
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from suanpan_agent.driving import wire
from suanpan_agent.driving.jobs import Backend, DrivenJob

BODY_BYTES_MAX: Final = 64 * 1024
LOOK_SECONDS: Final = 0.2
TRIES_MAX: Final = 200
STEPS: Final = ("prepare", "connect", "schedule", "run", "stop", "exit", "wipe")


@dataclass
class Driven:
    """What the driver knows of a delivery."""

    job: DrivenJob
    callback: str
    told: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)


@dataclass
class Word:
    """A message that waits until it was heard, under one name."""

    callback: str
    content: dict[str, Any]
    name: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    tries: int = 0


class ProviderDriverProgram:
    """Takes signed calls, each once, and lets a backend do what they say."""

    def __init__(self, backend: Backend, secret: str) -> None:
        self._backend, self._secret = backend, secret
        self._driven: dict[str, Driven] = {}
        self._names: dict[str, int] = {}
        self._words: list[Word] = []
        self._lock = threading.RLock()
        self._is_closed = threading.Event()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer to a call."""
        if not wire.is_signed(self._secret, headers, body, now=time.time()):
            return 401
        try:
            content = json.loads(body)
            kind, step = str(content["type"]).split(".", 1)
            data = content["data"]
        except (ValueError, KeyError, TypeError):
            return 400
        if kind != "driver" or not isinstance(data, dict):
            return 400
        if step == "test":
            return 200
        name = headers["webhook-id"]
        with self._lock:
            if name not in self._names:
                self._names[name] = self._do(step, data)
            return self._names[name]

    def _do(self, step: str, data: Mapping[str, Any]) -> int:
        if step not in STEPS:
            return 400
        try:
            job, callback = DrivenJob.read(data), str(data["callback_url"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return 400
        if step == "prepare":
            self._driven.setdefault(job.delivery_id, Driven(job, callback))
        known = self._driven.get(job.delivery_id)
        if known is None:
            return 409
        known.told.add(step)
        if step == "run":
            self._backend.start(known.job)
        elif step in ("stop", "exit"):
            self._backend.stop(job.delivery_id)
        elif step == "wipe":
            self._backend.wipe(job.delivery_id)
            self._say(known, "wiped")
        return 200

    def _say(self, known: Driven, word: str, **data: Any) -> None:
        if word in known.said:
            return
        known.said.add(word)
        content = {
            "type": f"delivery.{word}",
            "data": {"delivery_id": known.job.delivery_id, **data},
        }
        self._words.append(Word(known.callback, content))

    def follow(self) -> None:
        """Look at every job once, and say what is new."""
        with self._lock:
            for known in self._driven.values():
                if "run" not in known.told or "exited" in known.said:
                    continue
                try:
                    standing = self._backend.look(known.job.delivery_id)
                except (OSError, ValueError, subprocess.SubprocessError):
                    continue  # Where it stands is not known now; it is looked at again.
                if standing.is_running or standing.is_over:
                    self._say(known, "ready")
                if standing.is_over:
                    self._say(known, "exited", exit_code=standing.exit_code)
            waiting, self._words = self._words, []
        left: list[Word] = []
        for word in waiting:
            is_held = any(word.callback == other.callback for other in left)
            if is_held or not self._was_heard(word):
                left.append(word)
        with self._lock:
            self._words = left + self._words

    def _was_heard(self, word: Word) -> bool:
        """Return whether nothing more comes of a message: heard, refused, or tried too often."""
        word.tries += 1
        try:
            status = wire.post(word.callback, self._secret, word.name, word.content)
        except OSError:
            status = 503
        return status < 500 or word.tries >= TRIES_MAX

    def run(self) -> None:
        """Follow until closed."""
        while not self._is_closed.wait(LOOK_SECONDS):
            self.follow()

    def close(self) -> None:
        """Follow no more."""
        self._is_closed.set()


def serve(program: ProviderDriverProgram, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that hands calls to the driver; the caller lets it serve."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > BODY_BYTES_MAX:
                self._answer(413)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(program.take(headers, self.rfile.read(int(length))))

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing: what was called stands at the market."""

    return ThreadingHTTPServer((host, port), Handler)
