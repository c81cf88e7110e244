"""
The numbers behind the names of accounts, assets and reasons, remembered for each session.

Names never change their numbers. Only a rolled-back transaction can leave a number behind that
does not exist; the database refuses it, and the caller forgets and looks again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections

from common import tenancy
from ledger import columns
from ledger.models import Account, Asset, Reason

NAMES_MAX: Final = 200_000


@dataclass(slots=True)
class Numbers:
    """What one session with the database has looked up."""

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


_sessions: WeakKeyDictionary[Any, Numbers] = WeakKeyDictionary()


def of_this_session() -> Numbers:
    """Return what the current session remembers."""
    session = connections[DEFAULT_DB_ALIAS]
    session.ensure_connection()
    known = _sessions.get(session.connection)
    return forget() if known is None else known


def forget() -> Numbers:
    """Drop what the current session remembers, and return an empty memory."""
    session = connections[DEFAULT_DB_ALIAS].connection
    columns.teach(session)
    _sessions[session] = Numbers()
    return _sessions[session]
