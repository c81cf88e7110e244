"""Show what is over and why it stays, or remove it now instead of within the hour."""

import json
from argparse import ArgumentParser
from typing import Any

from common import clock, commands
from identity.privacy import services


class Command(commands.Command):
    help = "List records whose term is over; with --run, remove those that nothing keeps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", action="store_true", help="remove them")
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_args: Any, **options: Any) -> None:
        work = services.remove_over if options["run"] else services.preview
        found = work(now=clock.now())
        if options["json"]:
            parts = [
                {
                    "table": each.table,
                    "data_class": each.data_class,
                    "part": each.key,
                    "over_at": each.over_at.isoformat(),
                    "rows": each.rows,
                    "stays_because": str(each.standing.value),
                    "is_removed": each.is_removed,
                }
                for each in found
            ]
            self.stdout.write(json.dumps({"is_run": options["run"], "parts": parts}))
            return
        for each in found:
            told = "removed" if each.is_removed else each.standing.label or "would be removed"
            rows = "?" if each.rows is None else f"{each.rows:,}"
            self.stdout.write(f"{each.table} {each.key}: {rows} rows, {told}")
        if not found:
            self.stdout.write("Nothing is over.")
