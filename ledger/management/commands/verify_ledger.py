import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from common import commands
from ledger import verification


class Command(commands.Command):
    help = "Verify that balances equal a replay, value is conserved and the seals are intact."
    requires_system_checks = ()  # the ledger is verified, not the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, **options: Any) -> None:
        report = (lambda _: None) if options["json"] else self._tell
        found = verification.verify(report=report)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": found.is_sound} | asdict(found), indent=2))
        else:
            for fault in found.faults:
                self.stdout.write(self.style.ERROR(f"FAULT  {fault}"))
            if found.is_sound:
                self.stdout.write(
                    self.style.SUCCESS(
                        f"OK     {found.transfers} transfers; {found.sealed} entries sealed under"
                        f" {found.checkpoints} checkpoints, {found.unsealed} not yet"
                    )
                )
        if not found.is_sound:
            sys.exit(1)

    def _tell(self, promise: str) -> None:
        self.stdout.write(f"check  {promise}")
