"""Appeals against suspensions that wait for an answer."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from common import commands, tenancy
from identity.appeals import selectors

LISTED_MAX: Final = 1_000


class Command(commands.Command):
    help = "List appeals against suspensions that wait for an answer, the longest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        with tenancy.acting_as_platform():
            waiting = [
                {
                    "appeal": str(each.pk),
                    "organization": each.organization.uscc,
                    "name": each.organization.name,
                    "suspended_since": each.suspension.since.isoformat(),
                    "made_at": each.made_at.isoformat(),
                    "files": len(each.files),
                }
                for each in selectors.waiting_appeals()[:LISTED_MAX]
            ]
        if options["json"]:
            self.stdout.write(json.dumps({"waiting": waiting}, ensure_ascii=False))
            return
        for line in waiting:
            self.stdout.write(" ".join(f"{name}={value}" for name, value in line.items()))
