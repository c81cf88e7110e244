"""
Check a driver against the interface: run it as `python3 check_driver.py URL` with DRIVER_SECRET.

It plays the market: sends signed calls, listens for the driver's messages, and names each case that
failed. It needs Python alone, and cryptography 47 or newer for `--access`. The cases below are
data; each begins with a delivery of its own.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

AHEAD: Final = ["prepare", "connect", "schedule", "run"]
TAKEN, REFUSED = [200, 299], [400, 499]
# Each case: its name, what it shows, and what is done. `call` sends a step and names the least and
# the greatest status that will do; `hear` waits for a message; `quiet` waits that none comes;
# `restart` runs the command of `--restart`. `needs` names the option without which it is not tried;
# `access` is the request that a call tells of, or that a message has to answer with what opens.
CASES: Final[list[dict[str, Any]]] = [
    {
        "name": "test_is_answered",
        "told": "a call of type driver.test is taken",
        "do": [{"call": "test", "status": TAKEN}],
    },
    {
        "name": "unsigned_is_refused",
        "told": "a call without a signature is answered 401",
        "do": [{"call": "prepare", "sign": "none", "status": [401, 401]}],
    },
    {
        "name": "forged_is_refused",
        "told": "a call that another secret signed is answered 401",
        "do": [{"call": "prepare", "sign": "forged", "status": [401, 401]}],
    },
    {
        "name": "old_is_refused",
        "told": "a call that was signed ten minutes ago is answered 401",
        "do": [{"call": "prepare", "sign": "old", "status": [401, 401]}],
    },
    {
        "name": "future_is_refused",
        "told": "a call whose time lies ten minutes ahead is answered 401",
        "do": [{"call": "prepare", "sign": "future", "status": [401, 401]}],
    },
    {
        "name": "changed_is_refused",
        "told": "a call whose body was changed after it was signed is answered 401",
        "do": [{"call": "prepare", "sign": "changed", "status": [401, 401]}],
    },
    {
        "name": "broken_is_refused",
        "told": "a body that is no JSON is answered 4xx, not 5xx",
        "do": [{"call": "prepare", "body": "{", "status": REFUSED}],
    },
    {
        "name": "unknown_step_is_refused",
        "told": "a step that the interface does not have is answered 4xx",
        "do": [{"call": "explode", "status": REFUSED}],
    },
    {
        "name": "steps_are_taken",
        "told": "prepare, connect, schedule and run are taken, and ready is told",
        "do": [*({"call": step, "status": TAKEN} for step in AHEAD), {"hear": "delivery.ready"}],
    },
    {
        "name": "again_is_the_same",
        "told": "a call that comes twice under one name is taken twice and done once",
        "do": [
            *({"call": step, "twice": True, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready"},
            {"quiet": "delivery.ready"},
        ],
    },
    {
        "name": "job_that_succeeds",
        "told": "a job that ends with 0 is told as exited with exit_code 0",
        "job": ["true"],
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.exited", "exit_code": 0},
        ],
    },
    {
        "name": "job_that_fails",
        "told": "a job that ends with 3 is told as exited with exit_code 3",
        "job": ["sh", "-c", "exit 3"],
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.exited", "exit_code": 3},
        ],
    },
    {
        "name": "stop_ends_the_job",
        "told": "a job that is stopped is told as exited",
        "job": ["sleep", "60"],
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready"},
            {"call": "stop", "status": TAKEN},
            {"hear": "delivery.exited"},
        ],
    },
    {
        "name": "wiped_is_told",
        "told": "after exit and wipe the driver says that data is wiped",
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready"},
            {"call": "stop", "status": TAKEN},
            {"call": "exit", "status": TAKEN},
            {"call": "wipe", "status": TAKEN},
            {"hear": "delivery.wiped"},
        ],
    },
    {
        "name": "run_needs_prepare",
        "told": "run of a delivery that was never prepared is answered 4xx",
        "do": [{"call": "run", "status": REFUSED}],
    },
    {
        "name": "way_back_without_a_way_ahead",
        "told": "exit and wipe of a delivery that was only prepared are taken",
        "do": [
            {"call": "prepare", "status": TAKEN},
            {"call": "exit", "status": TAKEN},
            {"call": "wipe", "status": TAKEN},
        ],
    },
    {
        "name": "restart_loses_nothing",
        "told": "a driver that was restarted after connect takes the rest, and is ready",
        "needs": "restart",
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD[:2]),
            {"restart": True},
            *({"call": step, "status": TAKEN} for step in AHEAD[2:]),
            {"hear": "delivery.ready"},
        ],
    },
    {
        "name": "restart_before_ready",
        "told": "a driver that was restarted right after run still says ready, once, and the end",
        "needs": "restart",
        "job": ["sleep", "3"],
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"restart": True},
            {"hear": "delivery.ready"},
            {"quiet": "delivery.ready"},
            {"hear": "delivery.exited"},
        ],
    },
    {
        "name": "restart_does_nothing_twice",
        "told": "a call that comes again after a restart is done once",
        "needs": "restart",
        "do": [
            *({"call": step, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready"},
            {"restart": True},
            {"call": "run", "again": True, "status": TAKEN},
            {"quiet": "delivery.ready"},
        ],
    },
    {
        "name": "access_is_handed_over",
        "told": "ready bears endpoint and secret in a sealed document that the buyer's key opens",
        "needs": "access",
        "do": [
            *({"call": step, "access": 1, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready", "access": 1},
        ],
    },
    {
        "name": "access_is_renewed",
        "told": "access asked anew is answered with another secret",
        "needs": "access",
        "do": [
            *({"call": step, "access": 1, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready", "access": 1},
            {"call": "access", "access": 2, "status": TAKEN},
            {"hear": "delivery.access", "access": 2},
        ],
    },
    {
        "name": "access_ends_at_the_exit",
        "told": "after exit access is refused, and wiped is told",
        "needs": "access",
        "do": [
            *({"call": step, "access": 1, "status": TAKEN} for step in AHEAD),
            {"hear": "delivery.ready", "access": 1},
            *({"call": step, "status": TAKEN} for step in ("stop", "exit")),
            {"call": "access", "access": 2, "status": REFUSED},
            {"call": "wipe", "status": TAKEN},
            {"hear": "delivery.wiped"},
        ],
    },
]


@dataclass
class Ear:
    """What the driver said, and whether it was signed."""

    secret: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    unsigned: int = 0
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer to a message."""
        name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        expected = signature(self.secret, name, stamp, body)
        given = headers.get("webhook-signature", "").split()
        is_now = stamp.isdigit() and abs(time.time() - int(stamp)) <= 300
        with self.came:
            if not (name and is_now and f"v1,{expected}" in given):
                self.unsigned += 1
                return 401
            self.heard.append(json.loads(body) | {"name": name})
            self.came.notify_all()
        return 200

    def wait(
        self, delivery: str, word: str, seconds: float, past: int = 0
    ) -> dict[str, Any] | None:
        """Return a message of a delivery once more than some came, or nothing."""
        until = time.monotonic() + seconds
        with self.came:
            while True:
                found = {
                    each["name"]: each
                    for each in self.heard
                    if each.get("type") == word and each["data"].get("delivery_id") == delivery
                }
                if len(found) > past:
                    return list(found.values())[past]
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self.came.wait(left)


def signature(secret: str, name: str, stamp: str, body: bytes) -> str:
    """Return the signature of the Standard Webhooks, without its version."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{name}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


class SealingPair:
    """A buyer's pair, which opens what was sealed to it."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hpke
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        self._suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
        self._key = X25519PrivateKey.generate()
        raw = self._key.public_key().public_bytes_raw()
        self.public = base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def problem(self, delivery: str, request: int, access: Any, earlier: set[bytes]) -> str:
        """Return what is wrong with access that was handed over; nothing if it opens."""
        if not isinstance(access, dict) or access.get("request") != request:
            return f"its access answers no request {request}"
        if access.get("endpoint"):
            return "its access has an endpoint in the open, which nobody asked for"
        if access.get("format") != 2:
            return "its access is not of format 2: endpoint and secret sealed in one document"
        text = str(access.get("sealed", ""))
        info = f"suanpan-handover/2:{delivery}:{request}"
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            secret = self._suite.decrypt(sealed, self._key, info=info.encode())
        except Exception as error:
            return f"its secret does not open ({type(error).__name__})"
        return self._document_problem(secret, earlier)

    def _document_problem(self, found: bytes, earlier: set[bytes]) -> str:
        """Return what is wrong with what was sealed: a canonical document with both parts."""
        try:
            document = json.loads(found)
        except ValueError:
            return "what it sealed is no document"
        if not isinstance(document, dict) or document.get("format") != "suanpan-access/2":
            return "what it sealed is no document of suanpan-access/2"
        canonical = json.dumps(
            document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        if set(document) != {"endpoint", "format", "secret"} or canonical != found:
            return "its document has other members, or is not canonical"
        if not document["endpoint"]:
            return "its document has no endpoint"
        if found in earlier:
            return "its secret is the former one"
        earlier.add(found)
        return ""


@dataclass
class Course:
    """One case as it goes: its delivery, and what was sent and heard."""

    delivery: str
    job: Sequence[str]
    names: dict[str, tuple[str, str]] = field(default_factory=dict)  # of each step: name and body
    heard: dict[str, int] = field(default_factory=dict)
    secrets: set[bytes] = field(default_factory=set)


@dataclass
class Check:
    """The market, as a driver meets it."""

    url: str
    secret: str
    callback: str
    ear: Ear
    seconds: float
    restart: str = ""
    pair: SealingPair | None = None

    def run(self, case: Mapping[str, Any]) -> str:
        """Return how a case failed; nothing if it passed."""
        course = Course(str(uuid.uuid4()), case.get("job", ["sleep", "60"]))
        for act in case["do"]:
            if "call" in act:
                problem = self._call(act, course)
            elif "hear" in act:
                problem = self._hear(act, course)
            elif "restart" in act:
                problem = self._restart()
            else:
                past = course.heard.get(act["quiet"], 0)
                more = self.ear.wait(course.delivery, act["quiet"], min(self.seconds, 2), past)
                problem = f"{act['quiet']} was told twice" if more else ""
            if problem:
                return problem
        return ""

    def tries(self, case: Mapping[str, Any]) -> bool:
        """Return whether a case can be tried."""
        given = {"restart": bool(self.restart), "access": self.pair is not None}
        return given.get(case.get("needs", ""), True)

    def _hear(self, act: Mapping[str, Any], course: Course) -> str:
        word: str = act["hear"]
        found = self.ear.wait(course.delivery, word, self.seconds)
        if found is None:
            unsigned = f" ({self.ear.unsigned} were not signed)" if self.ear.unsigned else ""
            return f"no message {word} came within {self.seconds:.0f} s{unsigned}"
        course.heard[word] = course.heard.get(word, 0) + 1
        code = found["data"].get("exit_code")
        if "exit_code" in act and code != act["exit_code"]:
            return f"{word} has exit_code {code}, not {act['exit_code']}"
        if "access" in act and self.pair is not None:
            access = found["data"].get("access")
            problem = self.pair.problem(course.delivery, act["access"], access, course.secrets)
            return f"{word}: {problem}" if problem else ""
        return ""

    def _restart(self) -> str:
        """Run the command, and wait until the driver answers again."""
        done = subprocess.run(  # noqa: S602 - what the caller wrote
            self.restart, shell=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            return f"the command of --restart failed ({done.returncode})"
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            try:
                self._post(f"call_{uuid.uuid4().hex}", b"{}", "none")
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            else:
                return ""
        return "no answer after the restart"

    def _call(self, act: Mapping[str, Any], course: Course) -> str:
        step = act["call"]
        name = f"call_{uuid.uuid4().hex}"
        body = act.get("body") or self._body(step, course, act.get("access", 0))
        if act.get("again"):
            name, body = course.names[step]
        course.names[step] = name, body
        least, greatest = act["status"]
        for _time in range(2 if act.get("twice") else 1):
            try:
                status = self._post(name, body.encode(), act.get("sign", "right"))
            except (OSError, http.client.HTTPException) as error:
                return f"{step}: no answer ({type(error).__name__})"
            if not least <= status <= greatest:
                return f"{step}: answered {status}, not {least} to {greatest}"
        return ""

    def _body(self, step: str, course: Course, request: int) -> str:
        now = datetime.now(UTC)
        asked = None
        if request and self.pair is not None and step in ("connect", "access"):
            asked = {
                "request": request,
                "ssh_keys": [],
                "sealing_key": self.pair.public,
                "format": 2,
                "is_unsealed": False,
                "reason": "",
            }
        data = {
            "delivery_id": course.delivery,
            "order_number": "O-CHECK",
            "listing": "L-CHECK",
            "units_milli": 1000,
            "starts_at": now.isoformat(),
            "leaves_at": (now + timedelta(hours=1)).isoformat(),
            "callback_url": self.callback,
            "access": asked,
            "job": {
                "command": list(course.job),
                "image": "",
                "data_reference": "",
                "result_reference": "",
                "environment": {},
                "sealed_names": [],
                "wall_seconds": 600,
            },
        }
        content = {"type": f"driver.{step}", "timestamp": now.isoformat(), "version": 1}
        return json.dumps(content | {"data": {} if step == "test" else data})

    def _post(self, name: str, body: bytes, sign: str) -> int:
        shift = {"old": -600, "future": 600}.get(sign, 0)
        stamp = str(int(time.time()) + shift)
        secret = base64.b64encode(os.urandom(32)).decode() if sign == "forged" else self.secret
        headers = {"webhook-id": name, "webhook-timestamp": stamp}
        if sign != "none":
            headers["webhook-signature"] = f"v1,{signature(secret, name, stamp, body)}"
        headers |= {"Content-Type": "application/json", "Idempotency-Key": name}
        place = urlsplit(self.url)
        kind = (
            http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        )
        line = kind(place.netloc, timeout=10)
        try:
            sent = body + b" " if sign == "changed" else body
            line.request("POST", place.path or "/", sent, headers)
            answer = line.getresponse()
            answer.read()
            return answer.status
        finally:
            line.close()


def check(
    url: str,
    secret: str,
    *,
    seconds: float = 10,
    listen: str = "127.0.0.1:0",
    restart: str = "",
    access: bool = False,
) -> dict[str, Any]:
    """Return how a driver did in every case; `restart` is a command, `access` asks for the pair."""
    ear = Ear(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status = ear.take({name.lower(): text for name, text in self.headers.items()}, body)
            sent = b'{"outcome": "taken", "code": ""}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    host, _colon, port = listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        place = f"http://{host}:{server.server_address[1]}/messages"
        pair = SealingPair() if access else None
        market = Check(url, secret, place, ear, seconds, restart, pair)
        results = []
        for case in CASES:
            if not market.tries(case):
                continue
            problem = market.run(case)
            results.append({"case": case["name"], "told": case["told"], "problem": problem})
    finally:
        server.shutdown()
        server.server_close()
    failed = [each["case"] for each in results if each["problem"]]
    tried = {each["case"] for each in results}
    return {
        "url": url,
        "passed": len(results) - len(failed),
        "failed": failed,
        "not_tried": [case["name"] for case in CASES if case["name"] not in tried],
        "cases": results,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one driver; 0 if it passed, 1 if not, 2 if it was not asked properly."""
    parser = argparse.ArgumentParser(description="Check a driver against the interface.")
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=10, help="to wait for each message")
    parser.add_argument("--listen", default="127.0.0.1:0", help="where messages are sent to")
    parser.add_argument("--restart", default="", help="the command that restarts the driver")
    parser.add_argument("--access", action="store_true", help="it hands access over")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    secret = os.environ.get("DRIVER_SECRET", "")
    if not secret.startswith("whsec_"):
        sys.stderr.write("DRIVER_SECRET has to hold the secret that the driver was started with.\n")
        return 2
    report = check(
        given.url,
        secret,
        seconds=given.seconds,
        listen=given.listen,
        restart=given.restart,
        access=given.access,
    )
    if given.json:
        sys.stdout.write(json.dumps(report) + "\n")
    else:
        for each in report["cases"]:
            mark = f"FAILED: {each['problem']}" if each["problem"] else "passed"
            sys.stdout.write(f"{each['case']:30} {mark}\n")
        for name in report["not_tried"]:
            sys.stdout.write(f"{name:30} not tried: see --restart and --access\n")
        sys.stdout.write(f"{report['passed']} of {len(report['cases'])} cases passed\n")
    return 1 if report["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
