"""List how organisations sign in their people by their own providers; never the secrets."""

import json
from argparse import ArgumentParser
from typing import Any

from common import commands, tenancy
from identity.entry import selectors


class Command(commands.Command):
    help = "List connections to identity providers: of an organisation, or of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uscc", nargs="?", default="", help="the organisation's credit code")
        parser.add_argument("--ended", action="store_true", help="also those that ended")
        parser.add_argument("--json", action="store_true", help="print one list")

    def handle(self, *_args: Any, **options: Any) -> None:
        with tenancy.acting_as_platform():
            found = selectors.all_connections(uscc=options["uscc"])
            if not options["ended"]:
                found = found.filter(ended_at=None)
            told = [
                {
                    "id": str(each.pk),
                    "organization": each.organization.uscc,
                    "issuer": each.issuer,
                    "client_id": each.client_id,
                    "domains": each.domains,
                    "roles_claim": each.roles_claim,
                    "roles": each.roles,
                    "has_secret": bool(each.secret),
                    "connected_at": each.connected_at.isoformat(),
                    "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                    "people": people,
                }
                for each, people in selectors.with_people(found)
            ]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in told:
            domains = ", ".join(each["domains"])
            self.stdout.write(
                f"{each['organization']}  {each['issuer']}  {domains}  {each['people']}"
            )
