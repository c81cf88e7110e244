"""Grants of prefixes: what is granted now, and what becomes of it."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import Refusal
from identity import allotments, services
from identity.contracts import GrantNotFound, GrantState

SHOWN_MAX: Final = 1_000
STATES: Final = {"suspend": GrantState.SUSPENDED, "resume": GrantState.ACTIVE}


class Command(commands.Command):
    help = "List grants of prefixes; suspend, resume or renew one; end those whose time is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")
        ways = parser.add_subparsers(dest="way", required=True)
        shown = ways.add_parser("list", help="what is granted now, the latest first")
        shown.add_argument("--below", default="", metavar="PREFIX", help="right below a prefix")
        for name, told in (
            ("suspend", "nothing below it is sold, or registered"),
            ("resume", "what is below it is sold again"),
        ):
            move = ways.add_parser(name, help=told)
            move.add_argument("prefix")
            move.add_argument("--reason", required=True)
        ways.add_parser("renew", help="for another of its lives").add_argument("prefix")
        ways.add_parser("expire", help="end those whose time is over, now")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                told = _done(options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        if options["json"]:
            self.stdout.write(json.dumps(told, default=str, ensure_ascii=False))
            return
        for each in told.get("grants", [told]):
            self.stdout.write(" ".join(f"{name}={value}" for name, value in each.items()))


def _done(options: dict[str, Any]) -> dict[str, Any]:
    way, now = options["way"], clock.now()
    if way == "expire":
        return {"ended": services.expire_grants(now=now)}
    if way == "list":
        below = options["below"]
        found = allotments.grants_below(below) if below else allotments.all_grants()
        return {"grants": [_told(each) for each in found[:SHOWN_MAX]]}
    grant = allotments.current_grants([options["prefix"]]).first()
    if grant is None:
        raise GrantNotFound
    if way == "renew":
        return _told(services.renew_grant(grant_id=grant.pk, now=now))
    return _told(
        services.move_grant(grant_id=grant.pk, state=STATES[way], reason=options["reason"], now=now)
    )


def _told(grant: Any) -> dict[str, Any]:
    return {
        "prefix": grant.prefix,
        "level": grant.level,
        "state": grant.state,
        "sequence": grant.sequence,
        "issuer": grant.issuer,
        "host": grant.host,
        "name": grant.name,
        "not_after": grant.not_after,
    }
