from typing import Any

from django.db import transaction

from common import commands
from marketplace import accounts


class Command(commands.Command):
    """Define the market's assets, kinds of account and flows in the ledger; safe to repeat."""

    help = "Install the chart of accounts in the ledger; safe to repeat."

    @transaction.atomic
    def handle(self, **_options: Any) -> None:
        accounts.install_chart()
        self.stdout.write(
            f"{len(accounts.KINDS)} kinds of account,"
            f" {len(accounts.CASH_FLOWS)} flows of {accounts.CNY},"
            f" {len(accounts.VOUCHER_FLOWS)} flows of vouchers."
        )
