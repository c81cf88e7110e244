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
from gateway.peering import services, suite


class Command(commands.Command):
    help = "Ask a node as a stranger does, and say what it answered otherwise than it must."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="https://host[:port]")
        parser.add_argument("--code", default="", help="a code that it answers for")
        parser.add_argument("--as", dest="node", default="", help="the peer that the key is of")
        parser.add_argument("--key", default="", help="file with the seed of its http key, base64")
        parser.add_argument("--only", default="", help="one case, such as D36")
        parser.add_argument("--keep-for", default="", help="the node whose checklist gets the run")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        key = None
        if options["key"]:
            try:
                words = Path(options["key"]).read_text(encoding="ascii").split()
                key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(words[-1]))
            except (OSError, ValueError, IndexError) as error:
                message = f"{options['key']} holds no seed of a key"
                raise CommandError(message) from error
        target = suite.SuiteTarget(
            options["url"].rstrip("/"), options["code"], options["node"], key
        )
        report = suite.run(target, only=options["only"])
        if options["keep_for"]:
            try:
                services.keep_run(node=options["keep_for"], report=report, now=clock.now())
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
        if options["json"]:
            sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        else:
            for case in report["cases"]:
                mark = "ok  " if case["ok"] else "FAIL"
                self.stdout.write(f"{mark} {case['id']:4} {case['name']}: {case['seen']}")
            self.stdout.write(f"{report['passed']} passed, {report['failed']} failed.")
        if report["failed"]:
            sys.exit(1)
