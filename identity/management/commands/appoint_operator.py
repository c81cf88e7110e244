"""Give the market its first operator; everyone else is invited over the API."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import Refusal
from common.moments import market_date
from identity import services


class Command(commands.Command):
    help = "Make a person operator of the market, entering person and organisation if they are new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--uscc", required=True, help="the organisation's credit code")
        parser.add_argument("--name", required=True, help="the organisation's name, if it is new")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                membership = services.appoint_operator(
                    email=options["email"],
                    uscc=options["uscc"],
                    name=options["name"],
                    on=market_date(clock.now()),
                )
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        self.stdout.write(f"{membership.user} is operator, for {membership.organization}.")
        if not membership.user.has_usable_password():
            self.stdout.write(f"Set a password: manage.py changepassword {membership.user}")
