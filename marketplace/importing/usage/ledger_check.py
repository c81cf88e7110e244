"""Whether the ledger is in balance after an import."""

from common import tenancy
from ledger import selectors as ledger_selectors
from marketplace.importing.usage.contracts import Imported


def add_ledger(imported: Imported) -> None:
    """Add the sums of all debits and all credits."""
    with tenancy.acting_as_platform():
        lines = ledger_selectors.trial_balance()
    imported.ledger_debits_minor = sum(line.debits for line in lines)
    imported.ledger_credits_minor = sum(line.credits for line in lines)
