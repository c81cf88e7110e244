"""Let a code move to another node, expect one here, or take either back."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import NotFound, Refusal
from gateway.peering import selectors, services
from gateway.peering.contracts import MoveState
from identity import selectors as identity_selectors


class Command(commands.Command):
    help = "Ask that a code moves to another node; with --expect, that one of another moves here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="a code that is registered here")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--to", help="the code at the other node that it becomes")
        which.add_argument("--expect", help="the code at the other node that becomes this one")
        parser.add_argument("--reason", default="")
        parser.add_argument("--withdraw", action="store_true", help="take it back, while it waits")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        act = self._withdraw if options["withdraw"] else self._ask
        try:
            with tenancy.acting_as_platform():
                found = identity_selectors.resolve_identifier(options["code"])
                act(found, options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        told = {
            "code": found.identifier,
            "other": options["to"] or options["expect"],
            "withdrawn": options["withdraw"],
        }
        kept = "Withdrawn" if options["withdraw"] else "Kept"
        self.stdout.write(json.dumps(told) if options["json"] else f"{kept}: {found.identifier}.")

    def _ask(self, found: Any, options: dict[str, Any]) -> None:
        now = clock.now()
        if options["expect"]:
            services.expect_move(
                resource_id=found.pk,
                provider_id=found.provider_id,
                from_code=options["expect"],
                by_id=None,
                now=now,
            )
        else:
            services.ask_move(
                resource_id=found.pk,
                provider_id=found.provider_id,
                to=options["to"],
                reason=options["reason"],
                by_id=None,
                now=now,
            )

    def _withdraw(self, found: Any, options: dict[str, Any]) -> None:
        owner, now = found.provider_id, clock.now()
        if options["expect"]:
            expected = selectors.expected_move(options["expect"], found.identifier)
            if expected is None:
                raise NotFound
            services.withdraw_expected(expected_id=expected.pk, provider_id=owner, now=now)
            return
        asked = selectors.moves_of(owner).filter(
            from_code=found.identifier, to_code=options["to"], state=MoveState.ASKED
        )
        waiting = asked.first()
        if waiting is None:
            raise NotFound
        services.withdraw_move(move_id=waiting.pk, provider_id=owner, now=now)
