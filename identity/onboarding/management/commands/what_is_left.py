"""Say what an organisation still has that must end before it is closed."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands
from identity import selectors
from identity.onboarding import leaving
from identity.onboarding.selectors import life_of


class Command(commands.Command):
    help = "Say what must come to an end before an organisation is closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uscc", help="the organisation's credit code")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = selectors.organization_by_uscc(options["uscc"])
        if found is None:
            raise CommandError("No organisation has this code.")
        left = leaving.left_of(found.pk, now=clock.now())
        if options["json"]:
            told = {"life": life_of(found.pk), "left": [asdict(each) for each in left]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in left:
            self.stdout.write(f"{each.count:>6}  {each.label}")
