"""Give an organisation a pool of codes, and its owner's code with the first."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import NotFound, Refusal
from identity import selectors, services


class Command(commands.Command):
    help = "Allot an organisation the next pool of compute identifiers of profile 2."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uscc", help="the organisation's credit code")
        parser.add_argument("--name", required=True, help="of the pool")
        parser.add_argument("--resources", type=int, default=10_000, help="how many it may hold")
        parser.add_argument("--node", default="", help="instead of SUANPAN_NODE_CODE")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                owner = selectors.organization_by_uscc(options["uscc"])
                if owner is None:
                    raise NotFound
                made = services.allot_pool(
                    organization_id=owner.pk,
                    name=options["name"],
                    resources_max=options["resources"],
                    now=clock.now(),
                    node=options["node"],
                )
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        told = {"prefix": made.prefix, "resources_max": made.resources_max}
        self.stdout.write(json.dumps(told) if options["json"] else f"Allotted: {made.prefix}.")
