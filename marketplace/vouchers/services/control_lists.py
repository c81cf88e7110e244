"""Lists that control goes by: marks of parties, the dishonest, what other cities supported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from common import tenancy
from identity.events import services as events
from marketplace.vouchers import control, selectors
from marketplace.vouchers.control_contracts import ROWS_MAX
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import (
    Application,
    DishonestEntry,
    ForeignSupport,
    NamedContract,
    PartyMark,
)
from marketplace.vouchers.services.controlling import LIVE, look_for_fraud

EXPORT_COLUMNS: Final = ("exchange", "fingerprint", "city")


@dataclass(frozen=True, slots=True)
class BroughtMark:
    """A mark of a party as a list says it."""

    uscc: str
    kind: str
    value: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class BroughtEntry:
    """An entry of a list of the dishonest."""

    uscc: str
    reference: str
    listed_on: date
    removed_on: date | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a list: how many rows are new or changed, and what control found by them."""

    rows: int
    findings: int


@transaction.atomic
def bring_marks(rows: Sequence[BroughtMark], *, source: str, now: datetime) -> Brought:
    """Bring in marks of parties; one that is known only learns its end. Again changes nothing."""
    with tenancy.acting_as_platform():
        made = PartyMark.objects.bulk_create(
            [
                PartyMark(
                    uscc=row.uscc,
                    kind=row.kind,
                    digest=control.digest_of(row.kind, row.value, secret=settings.SECRET_KEY),
                    shown=control.masked_mark(row.value),
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                    source=source,
                    brought_at=now,
                )
                for row in rows[:ROWS_MAX]
            ],
            update_conflicts=True,
            unique_fields=["uscc", "kind", "digest", "valid_from"],
            update_fields=["valid_to"],
        )
        return _told("marks", {row.uscc for row in rows}, len(made), source, now=now)


@transaction.atomic
def bring_dishonest(rows: Sequence[BroughtEntry], *, source: str, now: datetime) -> Brought:
    """Bring in a list of the dishonest; an entry that is known only learns its end."""
    with tenancy.acting_as_platform():
        made = DishonestEntry.objects.bulk_create(
            [
                DishonestEntry(
                    uscc=row.uscc,
                    listed_on=row.listed_on,
                    removed_on=row.removed_on,
                    source=source,
                    reference=row.reference,
                    brought_at=now,
                )
                for row in rows[:ROWS_MAX]
            ],
            update_conflicts=True,
            unique_fields=["source", "reference"],
            update_fields=["removed_on"],
        )
        return _told("dishonest", {row.uscc for row in rows}, len(made), source, now=now)


@transaction.atomic
def bring_supports(rows: Sequence[tuple[str, str]], *, exchange: str, now: datetime) -> Brought:
    """Bring in the fingerprints that other cities supported: (fingerprint, city)."""
    with tenancy.acting_as_platform():
        before = ForeignSupport.objects.filter(exchange=exchange).count()
        ForeignSupport.objects.bulk_create(
            [
                ForeignSupport(exchange=exchange, fingerprint=mark, city=city, brought_at=now)
                for mark, city in rows[:ROWS_MAX]
            ],
            ignore_conflicts=True,
        )
        added = ForeignSupport.objects.filter(exchange=exchange).count() - before
        usccs = {
            each.applicant.uscc
            for each, mark in _own_prints(exchange)
            if mark in {fingerprint for fingerprint, _city in rows}
        }
        return _told("supports", usccs, added, exchange, now=now)


def own_supports(exchange: str, *, city: str) -> list[tuple[str, str, str]]:
    """Return what live applications here are for, blinded for an exchange: what others bring in."""
    with tenancy.acting_as_platform():
        return sorted({(exchange, mark, city) for _each, mark in _own_prints(exchange)})


def _own_prints(exchange: str) -> list[tuple[NamedContract, str]]:
    secret = selectors.exchange_secrets()[exchange].encode()
    found = NamedContract.objects.filter(application__state__in=LIVE).select_related("applicant")
    rows = list(found.order_by("id"))
    facts = selectors.contract_facts(rows)
    return [
        (row, control.fingerprint(secret, row.applicant.uscc, each))
        for row, each in zip(rows, facts, strict=True)
    ]


def _told(kind: str, usccs: Iterable[str], rows: int, source: str, *, now: datetime) -> Brought:
    """Look again at the live applications of parties on a list, and tell of the list."""
    touched = Application.objects.filter(applicant__uscc__in=set(usccs), state__in=LIVE)
    sold = Application.objects.filter(contracts__seller_uscc__in=set(usccs), state__in=LIVE)
    again = (touched.order_by() | sold.order_by()).distinct().order_by("id")
    found = [
        finding
        for each in again.select_related("programme_version__programme")
        for finding in look_for_fraud(each, now=now)
    ]
    event = events.Event(
        name=VoucherEvent.CONTROL_LIST,
        object_kind="control_list",
        object_id=source[:120],
        object_label=f"{kind} {source}"[:120],
        facts={"rows": rows, "findings": len(found)},
        at=now,
    )
    events.record([event])
    return Brought(rows=rows, findings=len(found))
