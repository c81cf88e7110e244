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
from suanpan_agent.driving.access import AccessProgram
from suanpan_agent.driving.jobs import Backend, DrivenJob
from suanpan_agent.driving.journal import DrivingJournal

BODY_BYTES_MAX: Final = 64 * 1024
LOOK_SECONDS: Final = 0.2
ENDING_SECONDS: Final = 2.0
TRIES_MAX: Final = 200
STEPS: Final = ("prepare", "connect", "access", "schedule", "run", "stop", "exit", "wipe")
CANNOT: Final = (OSError, ValueError, KeyError, subprocess.SubprocessError)


@dataclass
class Driven:
    """What the driver knows of a delivery."""

    job: DrivenJob
    callback: str
    told: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    has_started: bool = False
    access: dict[str, Any] = field(default_factory=dict)  # as it is told: sealed
    asked: set[int] = field(default_factory=set)  # requests that may let somebody in


@dataclass
class Word:
    """A message that waits until it was heard, under one name."""

    callback: str
    content: dict[str, Any]
    name: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    tries: int = 0


class ProviderDriverProgram:
    """
    Takes signed calls, each once, and lets a backend do what they say.

    With a journal it goes on after a restart where it was: what it took, what it said, and what was
    not heard yet.
    """

    def __init__(
        self,
        backend: Backend,
        secret: str,
        journal: DrivingJournal | None = None,
        access: AccessProgram | None = None,
    ) -> None:
        self._backend, self._secret, self._access = backend, secret, access
        self._driven: dict[str, Driven] = {}
        self._names: dict[str, int] = {}
        self._words: list[Word] = []
        self._lock = threading.RLock()
        self._is_closed = threading.Event()
        self._journal = journal
        if journal is not None:
            self._remember(journal)

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
                status = self._do(step, data)
                if status >= 500:
                    return status  # Not done: the market sends it again.
                self._names[name] = status
                if status < 300:
                    self._write(call=name, step=step, status=status, data=data)
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
        if step in ("connect", "access"):
            status = self._let_in(known, step, data.get("access"))
            if status != 200:
                return status
        known.told.add(step)
        return self._undo(known, step)

    def _undo(self, known: Driven, step: str) -> int:
        """
        Do a step of the way back; one of the way ahead is done when its time has come.

        Return the status: nothing is wiped, nor said to be, while somebody may be let in.
        """
        if step in ("stop", "exit"):
            self._backend.stop(known.job.delivery_id)
            self._let_out(known)
        elif step == "wipe":
            if not self._end(known):
                return 503
            self._backend.wipe(known.job.delivery_id)
            self._say(known, "wiped")
        return 200

    def _let_in(self, known: Driven, step: str, asked: Any) -> int:
        """Return the status: access is granted, the former one withdrawn; 503 where that failed."""
        if "exit" in known.told or (step == "access" and not asked):
            return 409
        if self._access is None:
            return 200 if step == "connect" else 409  # People hand it over, on the page.
        if not asked:
            return 200
        try:
            number = int(asked["request"])
            if number not in known.asked:  # Noted first: it may have granted what it did not say.
                known.asked.add(number)
                self._write(asked=known.job.delivery_id, request=number)
            granted = self._access.grant(known.job.delivery_id, asked)
            for former in sorted(known.asked - {number}):
                self._access.revoke(known.job.delivery_id, former)
        except CANNOT:
            return 503
        known.access, known.asked = granted, {number}
        self._write(access=known.job.delivery_id, granted=granted)
        if step == "access":
            self._say(known, "access", once=f"access {granted['request']}", access=granted)
        return 200

    def _let_out(self, known: Driven) -> bool:
        """Withdraw access; return whether nobody is let in: else wiping tries it again."""
        if self._access is None or not known.asked:
            return True
        try:
            for number in sorted(known.asked):
                self._access.revoke(known.job.delivery_id, number)
        except CANNOT:
            return False
        known.access, known.asked = {}, set()
        self._write(access=known.job.delivery_id, granted={})
        return True

    def _end(self, known: Driven) -> bool:
        """
        Wait a moment for the job's end, so that its code is not wiped away with it.

        Return whether nobody is let in any more.
        """
        if not self._let_out(known):
            return False
        until = time.monotonic() + ENDING_SECONDS
        while known.has_started and "exited" not in known.said and time.monotonic() < until:
            self._look(known)
            time.sleep(0.02)
        return True

    def _say(self, known: Driven, word: str, *, once: str = "", **data: Any) -> None:
        if (once or word) in known.said:
            return
        known.said.add(once or word)
        content = {
            "type": f"delivery.{word}",
            "data": {"delivery_id": known.job.delivery_id, **data},
        }
        made = Word(known.callback, content)
        self._words.append(made)
        self._write(said=once or word, name=made.name, callback=made.callback, content=content)

    def _look(self, known: Driven) -> None:
        """Start what is due, and say what is new of a job."""
        is_due = not known.job.command or time.time() >= known.job.starts_at
        if "run" in known.told and is_due and not known.has_started and "exit" not in known.told:
            self._backend.start(known.job)
            known.has_started = True
            self._write(started=known.job.delivery_id)
        if not known.has_started:
            if "exit" in known.told or "stop" in known.told:
                self._say(known, "exited", exit_code=0)
            elif self._backend.runs_at_once:
                self._ready(known)  # It begins at its moment, and not before.
            return
        standing = self._backend.look(known.job.delivery_id)
        if standing.is_running or standing.is_over:
            self._ready(known)
        if standing.is_over:
            told = {"log_tail": standing.log_tail} if standing.log_tail else {}
            self._say(known, "exited", exit_code=standing.exit_code, **told)

    def _ready(self, known: Driven) -> None:
        if known.access:
            self._say(known, "ready", access=known.access)
        else:
            self._say(known, "ready")

    def follow(self) -> None:
        """Look at every job once, and say what is new."""
        with self._lock:
            for known in self._driven.values():
                if "run" not in known.told or "exited" in known.said:
                    continue
                try:
                    self._look(known)
                except CANNOT:
                    continue  # Where it stands is not known now; it is looked at again.
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
        is_heard = status < 500 or word.tries >= TRIES_MAX
        if is_heard:
            self._write(heard=word.name)
        return is_heard

    def _write(self, **entry: Any) -> None:
        if self._journal is not None:
            self._journal.write(entry)

    def _remember(self, journal: DrivingJournal) -> None:
        """Take up what was written down before a restart; what was wiped is forgotten."""
        entries = list(journal.entries())
        heard = {entry["heard"] for entry in entries if "heard" in entry}
        over = {
            entry["content"]["data"]["delivery_id"]
            for entry in entries
            if entry.get("said") == "wiped" and entry["name"] in heard
        }
        kept = [e for e in entries if _delivery_of(e) not in over and "heard" not in e]
        words = {entry["name"] for entry in kept if "said" in entry}
        kept += [e for e in entries if e.get("heard") in words]
        for entry in kept:
            self._recall(entry, heard)
        journal.replace(kept)

    def _recall(self, entry: Mapping[str, Any], heard: set[str]) -> None:
        if "call" in entry:
            data = entry["data"]
            job = DrivenJob.read(data)
            known = self._driven.setdefault(job.delivery_id, Driven(job, data["callback_url"]))
            known.told.add(entry["step"])
            self._names[entry["call"]] = entry["status"]
            return
        known_or_none = self._driven.get(_delivery_of(entry))
        if known_or_none is None:
            return
        if "started" in entry:
            known_or_none.has_started = True
        elif "asked" in entry:
            known_or_none.asked.add(entry["request"])
        elif "access" in entry:
            known_or_none.access = granted = entry["granted"]
            known_or_none.asked = {granted["request"]} if granted else set()
        elif "said" in entry:
            known_or_none.said.add(entry["said"])
            if entry["name"] not in heard:
                self._words.append(Word(entry["callback"], entry["content"], entry["name"]))

    def run(self) -> None:
        """Follow until closed."""
        while not self._is_closed.wait(LOOK_SECONDS):
            self.follow()

    def close(self) -> None:
        """Follow no more."""
        self._is_closed.set()


def _delivery_of(entry: Mapping[str, Any]) -> str:
    """Return the delivery that a line of the journal is about; none for what was heard."""
    for act in ("started", "asked", "access"):
        if act in entry:
            return str(entry[act])
    data = entry.get("data") or entry.get("content", {}).get("data", {})
    return str(data.get("delivery_id", ""))


def serve(program: ProviderDriverProgram, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that hands calls to the driver; the caller lets it serve."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # The market keeps its line to a driver.
        timeout = 60

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()) or int(length) > BODY_BYTES_MAX:
                self.close_connection = True
                self._answer(413)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(program.take(headers, self.rfile.read(int(length))))

        def do_GET(self) -> None:
            """Say that somebody is there, to whoever asks for health alone."""
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing: what was called stands at the market."""

    return ThreadingHTTPServer((host, port), Handler)
