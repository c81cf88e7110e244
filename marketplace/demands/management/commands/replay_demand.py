import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands, tenancy
from common.rulebooks import UnknownRuleVersion
from marketplace.demands import selectors
from marketplace.demands.contracts import DemandNotFound


class Command(commands.Command):
    """Compute how a demand was decided again from what was stored, and compare the hashes."""

    help = "Compute a demand's decision again from its stored input; exit 1 if anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the number of the demand, such as D-20261120-00014")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        number = options["number"]
        try:
            with tenancy.acting_as_platform():
                found = selectors.decision_of_number(number)
                is_right = selectors.replays(found)
        except DemandNotFound as error:
            message = f"There is no decision of a demand {number}."
            raise CommandError(message, returncode=2) from error
        except UnknownRuleVersion as error:
            raise CommandError(str(error), returncode=2) from error
        facts = {
            "demand": number,
            "revision": found.revision,
            "rule_version": found.rule_version,
            "seed": found.seed,
            "input_hash": found.input_hash,
            "output_hash": found.output_hash,
            "late_code": found.late_code,
            "is_the_same": is_right,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            for name, value in facts.items():
                self.stdout.write(f"{name:20} {value}")
        if not is_right:
            message = f"Demand {number} does not compute to what was stored."
            raise CommandError(message, returncode=1)
