"""What settlement still needs: raw readings of months that are not charged, settled and sealed."""

from datetime import date

from django.db import connection

from identity.privacy import removers
from identity.privacy.removers import PartStanding


def objection(key: str) -> PartStanding:
    """Return why the raw readings of a month stay; the table's trigger says the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_month_stands(%s)", [date.fromisoformat(f"{key}-01")])
        return PartStanding(cursor.fetchone()[0])


removers.object_to("metering_reading", objection)
