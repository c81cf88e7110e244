"""Serve a peer that misbehaves, to try a node with."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from common import commands
from gateway.peering.fake import MODES, FakePeer


class Command(commands.Command):
    help = "Serve a peer on loopback that lies, stalls, floods or forges, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", default="P99999", help="the node that it says it is")
        parser.add_argument("--mode", choices=MODES, default="honest")
        parser.add_argument("--asker", default="", help="the node that a loop leads back to")
        parser.add_argument("--port", type=int, default=0)
        parser.add_argument("--seconds", type=float, default=0, help="0: until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        peer = FakePeer(
            options["code"], mode=options["mode"], port=options["port"], asker=options["asker"]
        ).start()
        told = {"url": peer.url, "code": peer.code, "mode": peer.mode, "root": peer.root}
        text = json.dumps(told) if options["json"] else f"{peer.mode} at {peer.url}"
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        ends_at = time.monotonic() + options["seconds"] if options["seconds"] else None
        try:
            while ends_at is None or time.monotonic() < ends_at:
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        finally:
            peer.stop()
