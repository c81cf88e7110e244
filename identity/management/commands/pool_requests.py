"""Requests for pools of codes that wait for an answer."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from common import commands, tenancy
from identity import pool_requests

LISTED_MAX: Final = 1_000


class Command(commands.Command):
    help = "List requests for pools of codes that wait for an answer, the oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        with tenancy.acting_as_platform():
            waiting = [
                {
                    "request": str(each.pk),
                    "organization": each.organization.uscc,
                    "name": each.name,
                    "resources_max": each.resources_max,
                    "asked_at": each.asked_at.isoformat(),
                    "proposed": pool_requests.is_proposed(each.pk),
                }
                for each in pool_requests.waiting_pool_requests()[:LISTED_MAX]
            ]
        if options["json"]:
            self.stdout.write(json.dumps({"waiting": waiting}, ensure_ascii=False))
            return
        for line in waiting:
            self.stdout.write(" ".join(f"{name}={value}" for name, value in line.items()))
