"""Since when an account is not at zero, by the moments of booking."""

from datetime import datetime
from typing import Final

from django.db import connection

from ledger import account_pages, selectors
from ledger.contracts import TIME_END

_ACCOUNT: Final = "SELECT id FROM ledger_account WHERE code = %s"
_SINCE: Final = """
    WITH moved AS (
        SELECT e.net, e.recorded_at,
               row_number() OVER (ORDER BY e.entry NULLS LAST, e.recorded_at, e.id) AS place
        FROM ledger_account_entries(%(account)s, %(after)s) e WHERE e.recorded_at >= %(since)s
    ), ran AS (
        SELECT place, recorded_at, %(opening)s + sum(net) OVER (ORDER BY place) AS balance
        FROM moved
    ), cleared AS (
        SELECT coalesce(max(place) FILTER (WHERE balance = 0), 0) AS place FROM ran
    )
    SELECT c.place, (SELECT balance FROM ran ORDER BY place DESC LIMIT 1),
           (SELECT min(recorded_at) FROM ran WHERE ran.place > c.place)
    FROM cleared c
"""


def uncleared_since(*, account: str, since: datetime) -> datetime | None:
    """
    Return since when an account has not been at zero, no earlier than a moment; None if it is.

    None as well if it does not exist or is someone else's.
    """
    before = selectors.balance_as_of(account=account, effect_before=TIME_END, booked_before=since)
    if before is None:
        return None
    opening = before.credits - before.debits
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, [account])
        number = cursor.fetchone()[0]
        entries = account_pages.history(account_id=number)[0].last_entry
        after = (
            account_pages.entries_before(account_id=number, moment=since, entries=entries)
            if entries
            else 0
        )
        given = {"account": number, "after": after, "since": since, "opening": opening}
        cursor.execute(_SINCE, given)
        cleared, balance, began_at = cursor.fetchone()
    if balance is None:
        return since if opening else None
    if balance == 0:
        return None
    return since if opening and not cleared else began_at
