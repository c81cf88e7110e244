"""List who was invited, and what became of it; by number and role, for programs too."""

import json
from argparse import ArgumentParser
from typing import Any

from common import clock, commands, tenancy
from identity.contracts import Role
from identity.entry import selectors
from identity.entry.contracts import InvitationState


class Command(commands.Command):
    help = "List invitations, the newest first: of an organisation, or of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uscc", nargs="?", default="", help="the organisation's credit code")
        parser.add_argument("--waiting", action="store_true", help="those not answered yet alone")
        parser.add_argument("--limit", type=int, default=100)
        parser.add_argument("--json", action="store_true", help="print one list")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = clock.now()
        with tenancy.acting_as_platform():
            found = selectors.all_invitations(uscc=options["uscc"])
            if options["waiting"]:
                found = found.filter(state=InvitationState.WAITING)
            told = [
                {
                    "id": str(each.pk),
                    "organization": each.organization.uscc,
                    "person": each.user_id,
                    "role": each.role,
                    "state": each.state,
                    "sends": each.sends,
                    "sent_at": each.sent_at.isoformat(),
                    "expires_at": each.expires_at.isoformat(),
                    "is_over": each.expires_at <= now or each.over_at is not None,
                }
                for each in found[: options["limit"]]
            ]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in told:
            self.stdout.write(
                f"{each['organization']}  #{each['person']}  {Role(str(each['role'])).label}"
                f"  {InvitationState(str(each['state'])).label}  {each['expires_at']}"
            )
