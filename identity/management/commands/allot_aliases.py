"""Give resources of other profiles a further code in a pool, each that has none."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import NotFound, Refusal
from identity import selectors, services


class Command(commands.Command):
    help = "Give an organisation's resources of other profiles a further code in one of its pools."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uscc", help="the organisation's credit code")
        parser.add_argument("--pool", required=True, metavar="PREFIX", help="one of its pools")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                owner = selectors.organization_by_uscc(options["uscc"])
                if owner is None:
                    raise NotFound
                made = services.allot_aliases(
                    provider_id=owner.pk, prefix=options["pool"], now=clock.now()
                )
                told = {each.resource.identifier: each.code for each in made}
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"aliases": told}))
            return
        for code, alias in told.items():
            self.stdout.write(f"{code} {alias}")
