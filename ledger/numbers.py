"""
The numbers behind the names of accounts, assets and reasons, remembered for each session.

Names never change their numbers. Only a rolled-back transaction can leave a number behind that
does not exist; the database refuses it, and the caller forgets and looks again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from threading import local
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Cursor

from common import tenancy
from ledger import columns
from ledger.models import Account, Asset, Reason

NAMES_MAX: Final = 200_000


@dataclass(slots=True)
class Numbers:
    """What one session with the database has looked up, and the cursor that batches go through."""

    cursor: Cursor[Any]  # kept, for a new one would have to learn anew how values are sent
    accounts: dict[str, int] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    is_fresh: bool = True  # nothing in here is older than the current batch

    def learn(
        self, *, accounts: Collection[str], assets: Collection[str], reasons: Collection[str]
    ) -> None:
        """Look up the names that are not known yet."""
        new_accounts = [code for code in accounts if code not in self.accounts]
        new_assets = [code for code in assets if code not in self.assets]
        new_reasons = [name for name in reasons if name not in self.reasons]
        looked_up = len(new_accounts) + len(new_assets) + len(new_reasons)
        if looked_up < len(accounts) + len(assets) + len(reasons):
            self.is_fresh = False
        if not (new_accounts or new_assets or new_reasons):
            return
        if len(self.accounts) > NAMES_MAX:
            self.accounts.clear()
            new_accounts = list(accounts)
        with tenancy.acting_as_platform():
            self.accounts.update(
                Account.objects.filter(code__in=new_accounts).values_list("code", "id")
            )
            self.assets.update(Asset.objects.filter(code__in=new_assets).values_list("code", "id"))
            self.reasons.update(
                Reason.objects.filter(name__in=new_reasons).values_list("name", "id")
            )


class _Memory(local):
    """The memory of the session that this thread posted through last."""

    numbers: Numbers | None = None


_memory = _Memory()


def of_this_session() -> Numbers:
    """Return what the current session remembers."""
    session = connections[DEFAULT_DB_ALIAS]
    session.close_if_health_check_failed()  # or else looking names up might connect anew
    known = _memory.numbers
    if known is None or known.cursor.connection is not session.connection:
        session.ensure_connection()
        return forget()
    return known


def forget() -> Numbers:
    """Drop what the current session remembers, and return an empty memory."""
    # Django's own cursors would write every value into the text of the statement.
    cursor = Cursor(connections[DEFAULT_DB_ALIAS].connection)
    columns.teach(cursor)
    _memory.numbers = Numbers(cursor)
    return _memory.numbers
