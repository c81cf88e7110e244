import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from common.reviews import REASON_MAX, Closing, ReviewKind
from identity import selectors as identity_selectors
from marketplace.portal import reviews


class Command(commands.Command):
    """List work that was set aside for a check, have it tried again, or close it."""

    help = (
        "List work that was set aside because it failed alone; --retry has it tried again,"
        " --close ends it for good with a reason."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kind.name for kind in reviews.KINDS]
        parser.add_argument("--kind", choices=kinds, help="list only these")
        parser.add_argument(
            "--retry",
            nargs="+",
            metavar=("KIND", "ID"),
            help="try some rows of a kind again, by id or number; 'all' for all of the kind",
        )
        parser.add_argument(
            "--close",
            nargs="+",
            metavar=("KIND", "ID"),
            help="close some rows of a kind, by id or number; needs --reason and --by",
        )
        parser.add_argument("--reason", default="", help="why, in a sentence; it is kept")
        parser.add_argument("--by", default="", metavar="EMAIL", help="the operator who closes it")
        parser.add_argument("--json", action="store_true", help="print one JSON object a row")

    def handle(self, **options: Any) -> None:
        with tenancy.acting_as_platform():
            if options["retry"]:
                self._retry(*options["retry"])
            elif options["close"]:
                self._close(*options["close"], reason=options["reason"], by=options["by"])
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
        kind = _kind(name)
        if not ids:
            message = "--retry needs a kind and at least one id or number, or 'all'"
            raise CommandError(message, returncode=2)
        wanted = [row.id for row in kind.waiting(limit=None)] if ids == ("all",) else ids
        tried, unknown = reviews.retry(kind, wanted)
        for row in tried:
            self.stdout.write(f"{row.kind} {row.number} is tried again")
        if unknown:
            message = f"no {name} waits for a check under {', '.join(unknown)}"
            raise CommandError(message, returncode=1)

    def _close(self, name: str, *ids: str, reason: str, by: str) -> None:
        kind = _kind(name)
        if not ids or not reason.strip() or not by:
            message = "--close needs a kind, at least one id or number, --reason and --by"
            raise CommandError(message, returncode=2)
        if len(reason) > REASON_MAX:
            message = f"--reason holds at most {REASON_MAX} characters"
            raise CommandError(message, returncode=2)
        actor = identity_selectors.operator_named(by)
        if actor is None:
            message = f"{by} is no operator of this market"
            raise CommandError(message, returncode=2)
        for each in ids:
            closing = Closing(actor.person_id, actor.organization_id, reason.strip(), clock.now())
            try:
                row = reviews.close(kind, each, closing)
            except Refusal as refusal:
                message = f"{name} {each}: {refusal.code}: {refusal}"
                raise CommandError(message, returncode=1) from refusal
            self.stdout.write(f"{row.kind} {row.number} is closed")


def _kind(name: str) -> ReviewKind:
    try:
        return reviews.kind(name)
    except LookupError as error:
        raise CommandError(str(error), returncode=2) from error
