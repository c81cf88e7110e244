"""`manage.py check_health`: how every part of the market is; exit 1 when one is not well."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError

from common import commands
from config.pulse import clocks, report
from config.pulse.report import Part


class Command(commands.Command):
    help = "Show how every part of the market is. Exit 1: something needs a look."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")
        parser.add_argument(
            "--accept-clock",
            action="store_true",
            help="the database's time is right: go by it from now on, after a clock was set",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["accept_clock"]:
                reading = clocks.accept()
                self.stderr.write(f"Accepted: it is {reading.database_at:%Y-%m-%d %H:%M:%S} UTC.")
            parts = report.parts("command")
        except DatabaseError as error:
            message = "database: unreachable"
            raise CommandError(message) from error
        status = report.overall(parts)
        if options["json"]:
            told = {part.name: part.as_dict() for part in parts}
            self.stdout.write(json.dumps({"status": status, "parts": told}))
        else:
            self.stdout.write("\n".join(map(_line, parts)))
        if status != report.OK:
            message = f"the market is {status}"
            raise CommandError(message, returncode=1)


def _line(part: Part) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in part.facts.items())
    return f"{part.name}: {part.status}" + (f" ({facts})" if facts else "")
