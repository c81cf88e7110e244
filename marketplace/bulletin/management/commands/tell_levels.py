"""Sign the figures of the day that is over, for the nodes above."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands
from common.errors import Refusal
from marketplace.bulletin import levels


class Command(commands.Command):
    help = "Sign the figures of the day that is over, once; they are pushed upward."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            is_new = levels.tell_day(now=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        told = "Signed." if is_new else "Nothing new: a market by itself, or signed before."
        self.stdout.write(json.dumps({"signed": is_new}) if options["json"] else told)
