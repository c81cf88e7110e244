"""List the incidents that are open, and who has to be told yet."""

import json
from argparse import ArgumentParser
from typing import Any

from common import clock, commands, tenancy
from identity.rights import selectors


class Command(commands.Command):
    help = "List open incidents with who has to be told by when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one list")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = clock.now()
        with tenancy.acting_as_platform():
            told = [
                {
                    "id": str(each.pk),
                    "title": each.title,
                    "severity": each.severity,
                    "noticed_at": each.noticed_at.isoformat(),
                    "to_tell": [
                        {"kind": duty.kind, "by": duty.by.isoformat(), "is_late": duty.is_late(now)}
                        for duty in selectors.duties(each)
                        if duty.told_at is None
                    ],
                }
                for each in selectors.incidents().filter(closed_at=None)
            ]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in told:
            self.stdout.write(f"{each['severity']:>8}  {each['noticed_at']}  {each['title']}")
