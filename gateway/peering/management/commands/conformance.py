"""Run the conformance suite against a node's address, and keep what it found."""

import base64
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management.base import CommandError

from common import clock, commands
from common.errors import Refusal
from gateway.contracts import KeyPurpose
from gateway.peering import services, suite, suite_data
from gateway.peering.fake import FakePeer
from gateway.peering.suite_asker import SuiteTarget


class Command(commands.Command):
    help = "Ask a node as a stranger does, and say what it answered otherwise than it must."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", nargs="?", default="", help="https://host[:port]")
        parser.add_argument("--list", action="store_true", help="name every case, and ask nothing")
        parser.add_argument("--code", default="", help="a code that it answers for")
        parser.add_argument("--as", dest="node", default="", help="the peer that the keys are of")
        parser.add_argument("--key", default="", help="file with the seed of its http key, base64")
        parser.add_argument(
            "--keys", default="", help="folder of all its keys, PURPOSE.keys: it serves and lies"
        )
        parser.add_argument("--port", type=int, default=0, help="where it serves, on loopback")
        parser.add_argument("--under", default="", help="a code of a prefix granted to it")
        parser.add_argument("--token", default="", help="file with an API key of the node")
        parser.add_argument(
            "--log", default="", help="origin of a log that the node's policy names"
        )
        parser.add_argument("--log-key", default="", help="file with the seed of the log's key")
        parser.add_argument("--quick", action="store_true", help="leave out what takes seconds")
        parser.add_argument("--only", default="", help="cases that begin so, such as D36 or E")
        parser.add_argument("--keep-for", default="", help="the node whose checklist gets the run")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["list"]:
            self._list(as_json=options["json"])
            return
        if not options["url"]:
            message = "Say which address to ask."
            raise CommandError(message)
        report = _report(_target(options), only=options["only"])
        if options["keep_for"]:
            try:
                services.keep_run(node=options["keep_for"], report=report, now=clock.now())
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
        self._tell(report, as_json=options["json"])
        if report["failed"]:
            sys.exit(1)

    def _tell(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        else:
            for case in report["cases"]:
                mark = "ok  " if case["ok"] else "FAIL"
                self.stdout.write(f"{mark} {case['id']:4} {case['name']}: {case['seen']}")
            for left in report["skipped"]:
                self.stdout.write(f"left {left}")
            self.stdout.write(f"{report['passed']} passed, {report['failed']} failed.")

    def _list(self, *, as_json: bool) -> None:
        cases = suite_data.listed()
        if as_json:
            sys.stdout.write(json.dumps(cases, ensure_ascii=False) + "\n")
            return
        for case in cases:
            more = f" ({case['why']})" if case["why"] else ""
            self.stdout.write(f"{case['id']:4} {case['needs']:6} {case['name']}{more}")


def _report(target: SuiteTarget, *, only: str) -> dict[str, Any]:
    if target.liar is None:
        return suite.run(target, only=only)
    target.liar.start()
    try:
        return suite.run(target, only=only)
    finally:
        target.liar.stop()


def _target(options: dict[str, Any]) -> SuiteTarget:
    folder = options["keys"]
    http_file = options["key"] or (f"{folder}/http.keys" if folder else "")
    key = _key(http_file) if http_file else None
    liar = None
    if folder:
        keys = {
            purpose: _key(str(path))
            for purpose in KeyPurpose
            if (path := Path(folder) / f"{purpose.value}.keys").exists()
        }
        liar = FakePeer(options["node"], port=options["port"], keys=keys)
    return SuiteTarget(
        options["url"].rstrip("/"),
        code=options["code"],
        node=options["node"],
        key=key,
        liar=liar,
        under=options["under"],
        token=_words(options["token"])[-1] if options["token"] else "",
        log_origin=options["log"],
        log_key=_key(options["log_key"]) if options["log_key"] else None,
        with_slow=not options["quick"],
    )


def _words(file: str) -> list[str]:
    try:
        words = Path(file).read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        message = f"{file} cannot be read"
        raise CommandError(message) from error
    if not words:
        message = f"{file} is empty"
        raise CommandError(message)
    return words


def _key(file: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(_words(file)[-1]))
    except ValueError as error:
        message = f"{file} holds no seed of a key"
        raise CommandError(message) from error
