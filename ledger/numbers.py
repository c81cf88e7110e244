"""
The numbers behind the names of accounts, assets and reasons, remembered for each session.

Names never change their numbers. Only a rolled-back transaction can leave a number behind that
does not exist; the database refuses it, and the caller forgets and looks again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Cursor

from ledger import columns

NAMES_MAX: Final = 200_000
_MEMORY: Final = "_ledger_numbers"
_LOOK_UP: Final = (
    "SELECT kind, name, number FROM ledger_numbers(%s::text[], %s::text[], %s::text[])"
)


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
        self.cursor.execute(_LOOK_UP, [new_accounts, new_assets, new_reasons])
        found = {"account": self.accounts, "asset": self.assets, "reason": self.reasons}
        for kind, name, number in self.cursor:
            found[kind][name] = number


def of_this_session() -> Numbers:
    """Return what the current session remembers."""
    session = connections[DEFAULT_DB_ALIAS]
    session.close_if_health_check_failed()
    if session.connection is None:
        session.ensure_connection()
    known: Numbers | None = getattr(session.connection, _MEMORY, None)
    return known or forget()


def forget() -> Numbers:
    """Drop what the current session remembers, and return an empty memory."""
    session = connections[DEFAULT_DB_ALIAS].connection
    # Django's own cursors would write every value into the text of the statement.
    cursor = Cursor(session)
    columns.teach(cursor)
    empty = Numbers(cursor)
    # With the session itself: a pool hands it from thread to thread, and others come between.
    setattr(session, _MEMORY, empty)
    return empty
