import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands, tenancy
from marketplace.portal import reviews


class Command(commands.Command):
    """List work that was set aside for a check, or have it tried again."""

    help = "List work that was set aside because it failed alone; --retry has it tried again."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kind.name for kind in reviews.KINDS]
        parser.add_argument("--kind", choices=kinds, help="list only these")
        parser.add_argument(
            "--retry",
            nargs="+",
            metavar=("KIND", "ID"),
            help="try some rows of a kind again, by id or number; 'all' for all of the kind",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a row")

    def handle(self, **options: Any) -> None:
        with tenancy.acting_as_platform():
            if options["retry"]:
                self._retry(*options["retry"])
            else:
                self._list(options["kind"], as_json=options["json"])

    def _list(self, kind: str | None, *, as_json: bool) -> None:
        rows = reviews.waiting([reviews.kind(kind)] if kind else reviews.KINDS)
        for row in rows:
            if as_json:
                facts = {name: str(getattr(row, name)) for name in row.__slots__}
                self.stdout.write(json.dumps(facts, ensure_ascii=False))
            else:
                since = f"{row.since:%Y-%m-%dT%H:%M:%SZ}"
                self.stdout.write(
                    f"{row.kind:10} {row.number:24} {since} {row.code:20} {row.detail}  {row.id}"
                )
        if not rows and not as_json:
            self.stdout.write("Nothing waits for a check.")

    def _retry(self, name: str, *ids: str) -> None:
        try:
            kind = reviews.kind(name)
        except LookupError as error:
            raise CommandError(str(error), returncode=2) from error
        if not ids:
            message = "--retry needs a kind and at least one id or number, or 'all'"
            raise CommandError(message, returncode=2)
        wanted = [str(row.id) for row in reviews.waiting([kind])] if ids == ("all",) else ids
        tried, unknown = reviews.retry(kind, wanted)
        for row in tried:
            self.stdout.write(f"{row.kind} {row.number} is tried again")
        if unknown:
            message = f"no {name} waits for a check under {', '.join(unknown)}"
            raise CommandError(message, returncode=1)
