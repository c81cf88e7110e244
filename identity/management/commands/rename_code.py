"""Let a code give way to others, for ever."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import Refusal
from identity import selectors, services
from identity.contracts import RenameKind


class Command(commands.Command):
    help = "Let the code of a resource give way to other codes, for ever."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="the code that gives way")
        parser.add_argument("--to", action="append", required=True, help="repeat for several")
        parser.add_argument("--kind", choices=RenameKind.values, default="rename")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                found = selectors.resolve_identifier(options["code"])
                made = services.rename_code(
                    resource_id=found.pk,
                    provider_id=found.provider_id,
                    to=options["to"],
                    kind=RenameKind(options["kind"]),
                    reason=options["reason"],
                    now=clock.now(),
                )
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        told = {"from": made.from_code, "to": made.to_codes, "kind": made.kind}
        self.stdout.write(json.dumps(told) if options["json"] else f"Renamed: {made.from_code}.")
