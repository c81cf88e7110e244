import json
from typing import Any

from django.core.management.base import CommandParser

from common import clock, commands, tenancy
from marketplace.catalog import selectors, services


class Command(commands.Command):
    """Show the orders by which prices are compared, or compute what is due."""

    help = "Show the reference orders, which two operators announce; --compute prices now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compute", action="store_true", help="compute what is due")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        now = clock.now()
        if options["compute"]:
            done = 0
            while computed := services.compute_due_all_in(now=now):
                done += computed
            self.stdout.write(json.dumps({"listings": done}))
            return
        with tenancy.acting_as_platform():
            found = [
                {
                    "number": row.number,
                    "starts_at": row.starts_at.isoformat(),
                    "content": row.content,
                    "content_hash": row.content_hash,
                    "reason": row.reason,
                }
                for row in selectors.reference_orders()
            ]
        if options["json"]:
            self.stdout.write(json.dumps({"reference_orders": found}))
            return
        for each in found:
            self.stdout.write(f"{each['number']:>4}  {each['starts_at']}  {each['reason']}")
            self.stdout.write(f"      {json.dumps(each['content'], sort_keys=True)}")
