import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from marketplace.catalog import selectors, services


class Command(commands.Command):
    """Show the order by which prices are compared, announce the next, or compute what is due."""

    help = "Show the reference orders; --publish FILE announces another, --compute prices now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--publish", metavar="FILE", help="a file with the next one's content")
        parser.add_argument("--starts", help="from when on, seven days ahead at least")
        parser.add_argument("--reason", default="", help="why, in a sentence")
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
        try:
            if options["publish"]:
                services.publish_reference(
                    content=json.loads(Path(options["publish"]).read_text(encoding="utf-8")),
                    reason=options["reason"],
                    starts_at=commands.moment(options["starts"] or "", option="--starts"),
                    published_by_id=None,
                    now=now,
                )
        except (OSError, Refusal, ValueError) as error:
            raise CommandError(commands.describe_error(error), returncode=2) from error
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
