import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands, tenancy
from common.rulebooks import UnknownRuleVersion
from marketplace.orders import selectors
from marketplace.orders.contracts import RoundNotFound


class Command(commands.Command):
    """Compute a clearing round again from its stored snapshot and compare the hashes."""

    help = "Compute a clearing round again from its stored snapshot; exit 1 if anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the number of the round, such as B-20261120-00014")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                replay = selectors.replay(number=options["number"])
        except RoundNotFound as error:
            message = f"There is no round {options['number']}."
            raise CommandError(message, returncode=2) from error
        except UnknownRuleVersion as error:
            raise CommandError(str(error), returncode=2) from error
        facts = {
            "round": replay.number,
            "rule_version": replay.rule_version,
            "orders": replay.orders,
            "input_hash": replay.input_hash,
            "input_is_intact": replay.input_is_intact,
            "output_hash": replay.output_hash,
            "output_is_the_same": replay.output_is_the_same,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            for name, value in facts.items():
                self.stdout.write(f"{name:20} {value}")
        if not replay.is_right:
            message = f"Round {replay.number} does not compute to what it stored."
            raise CommandError(message, returncode=1)
