import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands, tenancy
from common.canonical import plain
from identity import selectors as identity_selectors
from pricing import group_selectors


class Command(commands.Command):
    """Print whom a provider entered into its price groups."""

    help = "Print a provider's price groups: whom, which group, from when to when."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uscc", help="the provider's unified social credit code")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, **options: Any) -> None:
        with tenancy.acting_as_platform():
            provider = identity_selectors.organization_by_uscc(options["uscc"])
            if provider is None:
                message = "no organisation has this code"
                raise CommandError(message, returncode=2)
            for entry in group_selectors.entries_of_provider(provider.pk).iterator():
                told = {
                    "group": entry.price_group,
                    "buyer": entry.buyer.uscc if entry.buyer else "related",
                    "project": entry.project_code,
                    "starts_at": plain(entry.starts_at),
                    "ends_at": plain(entry.ends_at),
                }
                line = json.dumps(told) if options["json"] else "  ".join(map(str, told.values()))
                self.stdout.write(line)
