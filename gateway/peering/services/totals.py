"""Days in figures: signed once they are over, pushed upward, and kept by class."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
from django.db import connection, transaction

from common import doorbell, statements, tenancy
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, own_code
from gateway.models import SignedStatement
from gateway.peering.models import DayTotals
from gateway.peering.rules import totals
from gateway.peering.rules.totals import ClassTotals, TotalsShape
from gateway.services.keeping import StatementDraft
from identity.contracts import ResourceClass

FIELDS = (
    "capacity",
    "trades",
    "standard_hours",
    "price",
    "pue",
    "green_share",
    "withheld",
    "digest",
    "sequence",
    "said_at",
    "kept_at",
)


@transaction.atomic
def say_totals(
    *, day: date, classes: Sequence[ClassTotals], now: datetime
) -> SignedStatement | None:
    """
    Sign what a day was like; it goes to the peers above. None if that day was signed already.

    :raises KeyUnusable: if there is no key for it
    """
    with tenancy.acting_as_platform():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('gateway_totals', 11))")
        subject = day.isoformat()
        if gateway_selectors.latest("totals", subject=subject, issuer=own_code()) is not None:
            return None
        body = totals.body(day, classes=classes, sequence=1, at=now)
        draft = StatementDraft("totals", subject, 1, body)
        (made,) = gateway_services.say([draft], purpose=KeyPurpose.REGISTER, now=now)
        read = totals.read(statements.parse(made.text).body)
        assert read is not None
        keep_totals([(own_code(), made.digest, read)], now=now)
        doorbell.ring("peers.waiting")
        return made


@transaction.atomic
def keep_totals(said: Sequence[tuple[str, str, TotalsShape]], *, now: datetime) -> int:
    """
    Keep the figures of nodes, by node, digest and what was read; a later word replaces an earlier.

    An earlier word that comes after a later one, as by a repair, is passed over. The caller acts
    for the platform, and has verified all of it. Returns how many rows are kept.
    """
    known = set(ResourceClass.values)
    made = {
        (node, read.day, each.resource_class): DayTotals(
            node=node,
            day=read.day,
            resource_class=each.resource_class,
            capacity=msgspec.to_builtins(each.capacity),
            trades=each.traded.trades if each.traded else None,
            standard_hours=Decimal(each.traded.standard_hours) if each.traded else None,
            price=Decimal(each.traded.price) if each.traded and each.traded.price else None,
            pue=Decimal(each.pue) if each.pue else None,
            green_share=Decimal(each.green_share) if each.green_share else None,
            withheld=each.withheld,
            digest=digest,
            sequence=read.sequence,
            said_at=read.at,
            kept_at=now,
        )
        for node, digest, read in sorted(said, key=lambda one: one[2].sequence)
        for each in read.classes
        if each.resource_class in known
    }
    there = DayTotals.objects.select_for_update(no_key=True).filter(
        node__in={node for node, _day, _class in made}, day__in={day for _node, day, _class in made}
    )
    later = {(each.node, each.day, each.resource_class): each.sequence for each in there}
    fresh = [row for place, row in made.items() if row.sequence >= later.get(place, 0)]
    DayTotals.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["node", "day", "resource_class"],
        update_fields=FIELDS,
        batch_size=500,
    )
    return len(fresh)
