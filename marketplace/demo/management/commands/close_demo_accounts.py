"""`manage.py close_demo_accounts`: nobody signs in as a person of the sample market any more."""

from typing import Any

from common import commands
from identity import services as identity_services
from marketplace.demo import cast, files


class Command(commands.Command):
    help = "Close the accounts of the sample market, their sessions and API keys included."

    def handle(self, *_args: Any, **_options: Any) -> None:
        emails = [entry["email"] for entry in files.entries("people")]
        closed = identity_services.close_accounts(emails=emails)
        cast.accounts_file().unlink(missing_ok=True)
        self.stdout.write(f"Closed {closed} demo accounts; bin/demo opens them again.")
