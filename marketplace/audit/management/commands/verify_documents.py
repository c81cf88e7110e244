import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands
from marketplace.audit import documents, verification


class Command(commands.Command):
    """Compare every sealed document with what is stored now, and name what was altered."""

    help = "Compare every sealed document with what is stored; exit 1 if one differs or is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", choices=sorted(documents.KINDS), help="this kind alone")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        names = [options["kind"]] if options["kind"] else sorted(documents.KINDS)
        found = [verification.verify(documents.KINDS[name]) for name in names]
        faults = [fault for each in found for fault in each.faults]
        sealed = {each.kind: each.sealed for each in found}
        if options["json"]:
            self.stdout.write(json.dumps({"sealed": sealed, "faults": faults}))
        else:
            for name, count in sealed.items():
                self.stdout.write(f"{name:28} {count} sealed")
            for fault in faults:
                self.stdout.write(f"FAULT  {fault}")
        if faults:
            message = f"{len(faults)} documents are not what was sealed."
            raise CommandError(message, returncode=1)
