"""What a run decides on, read from one moment of the database: sets, in a few statements."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import merge
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from identity import selectors as identity_selectors
from identity.events import selectors as events
from identity.evidence import certificates_between, facts_of_many
from marketplace.assurance import selectors as assurance_selectors
from marketplace.policy.contracts import WorkbenchWish
from marketplace.policy.inputs import (
    TriedApplication,
    TriedCertificate,
    TriedCharge,
    TriedContract,
    TriedParty,
)
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ApplicationState

CHUNK: Final = 5_000
HOUR: Final = timedelta(hours=1)


class Calendar:
    """Moments moved by whole years, and their days in the market."""

    def __init__(self, years: int) -> None:
        self.years = years
        self._days: dict[datetime, date] = {}

    def moved(self, moment: datetime) -> datetime:
        """Return a moment some years later."""
        if not self.years:
            return moment
        try:
            return moment.replace(year=moment.year + self.years)
        except ValueError:  # 29 February
            return moment.replace(year=moment.year + self.years, day=28)

    def moved_day(self, day: date) -> date:
        """Return a day some years later; far ones stay."""
        if not self.years or day.year + self.years > date.max.year:
            return day
        try:
            return day.replace(year=day.year + self.years)
        except ValueError:
            return day.replace(year=day.year + self.years, day=28)

    def day(self, moment: datetime) -> date:
        """Return the market's day of a moment; zones differ by whole quarters of an hour."""
        near = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
        found = self._days.get(near)
        if found is None:
            found = self._days[near] = market_date(near)
        return found


@dataclass(slots=True)
class TriedInputs:
    """All of a run's inputs but the charges, and a way to read those."""

    wish: WorkbenchWish
    calendar: Calendar
    parties: list[TriedParty] = field(default_factory=list)
    applications: list[TriedApplication] = field(default_factory=list)
    contracts: dict[UUID, TriedContract] = field(default_factory=dict)

    def charges(self) -> Iterator[TriedCharge]:
        """Yield the charges of the period in the order of their use."""
        rows = (
            _charges(self.wish)
            .order_by("starts_at", "id")
            .values_list("contract_id", "starts_at", "gross_minor")
        )
        calendar, contracts = self.calendar, self.contracts
        for contract_id, starts_at, gross_minor in rows.iterator(chunk_size=CHUNK):
            contract = contracts.get(contract_id)
            if contract is not None:
                at = calendar.moved(starts_at)
                yield TriedCharge(contract, at, calendar.day(at), gross_minor)

    def in_order(self, charges: Iterator[TriedCharge]) -> Iterator[TriedApplication | TriedCharge]:
        """Yield applications and charges as time has them; of one moment, applications first."""
        return merge(self.applications, charges, key=_when)


def _when(tried: TriedApplication | TriedCharge) -> datetime:
    return tried.at


def counts(wish: WorkbenchWish, *, issuer_id: UUID) -> tuple[int, int]:
    """Return how many applications and charges a run would decide."""
    return _applications(wish, issuer_id).count(), _charges(wish).order_by().count()


def read(wish: WorkbenchWish, *, issuer_id: UUID) -> TriedInputs:
    """Return the inputs of a run; whoever calls reads everybody's."""
    calendar = Calendar(wish.years_later)
    applications = list(
        _applications(wish, issuer_id)
        .order_by("applied_at", "id")
        .values_list("id", "applicant_id", "applied_at", "amount_minor")
    )
    contracts = list(
        _contracts(wish)
        .order_by("sequence")
        .values_list(
            "id",
            "sequence",
            "buyer_id",
            "provider_id",
            "order__placed_at",
            "listing__resource_class",
            "resource__form",
            "relation",
            "order_id",
        )
    )
    buyers = {row[1] for row in applications} | {row[2] for row in contracts}
    parties = _parties(buyers, {row[3] for row in contracts}, wish, calendar)
    support, cases = _supported(wish), assurance_selectors.patterns_by_order()
    found = TriedInputs(wish, calendar, sorted(parties.values(), key=_key))
    for place, (_pk, applicant, at, amount) in enumerate(applications, start=1):
        moved = calendar.moved(at)
        found.applications.append(
            TriedApplication(
                f"A{place:06d}", parties[applicant], moved, calendar.day(moved), amount
            )
        )
    for pk, sequence, buyer, supplier, at, resource_class, form, relation, order in contracts:
        found.contracts[pk] = TriedContract(
            key=f"C{sequence:08d}",
            buyer=parties[buyer],
            supplier=parties[supplier],
            ordered_at=calendar.moved(at),
            resource_class=resource_class,
            form=form,
            is_related=bool(relation),
            supported_by=tuple(sorted(support.get(pk, ()))),
            case=cases.get(order, ""),
        )
    return found


def _key(party: TriedParty) -> str:
    return party.key


def _applications(wish: WorkbenchWish, issuer_id: UUID) -> Any:
    """Return the applications of a period: to the programme, or to its issuer if it is new."""
    found = vouchers_selectors.applications(issuer_id=issuer_id).filter(
        applied_at__gte=wish.starts_at, applied_at__lt=wish.ends_at
    )
    found = found.exclude(state=ApplicationState.DRAFT)
    is_known = vouchers_selectors.programmes().filter(code=wish.code, issuer_id=issuer_id).exists()
    return found.filter(programme_version__programme__code=wish.code) if is_known else found


def _contracts(wish: WorkbenchWish) -> Any:
    return settlement_selectors.contracts().filter(
        starts_at__lt=wish.ends_at, ends_at__gt=wish.starts_at
    )


def _charges(wish: WorkbenchWish) -> Any:
    # A charge is made after its use: older ones are left out by the index of identifiers.
    return settlement_selectors.charges().filter(
        id__gte=events.first_id(wish.starts_at),
        starts_at__gte=wish.starts_at,
        starts_at__lt=wish.ends_at,
    )


def _supported(wish: WorkbenchWish) -> dict[UUID, set[str]]:
    """Return the codes of the programmes whose vouchers paid contracts."""
    codes = dict(vouchers_selectors.programmes().order_by().values_list("asset", "code"))
    rows = (
        _contracts(wish)
        .filter(funds__voucher_id__isnull=False, funds__captured_minor__gt=0)
        .order_by()
        .values_list("id", "funds__asset")
    )
    found: dict[UUID, set[str]] = {}
    for pk, asset in rows:
        if asset in codes:
            found.setdefault(pk, set()).add(codes[asset])
    return found


def _parties(
    buyers: Collection[UUID],
    suppliers: Collection[UUID],
    wish: WorkbenchWish,
    calendar: Calendar,
) -> dict[UUID, TriedParty]:
    """Return what is known of enterprises: their certificates by days, the rest at the end."""
    first, last = market_date(wish.starts_at), market_date(wish.ends_at) + timedelta(days=1)
    found: dict[UUID, TriedParty] = {}
    ordered = sorted({*buyers, *suppliers})
    for first_place in range(0, len(ordered), CHUNK):
        ids = ordered[first_place : first_place + CHUNK]
        known = facts_of_many(ids, wish.ends_at)
        held = certificates_between(ids, first, last)
        uscc = {
            pk: each.uscc
            for pk, each in identity_selectors.organizations_by_id(
                [pk for pk in ids if pk in suppliers]
            ).items()
        }
        for place, pk in enumerate(ids, start=first_place + 1):
            facts = known[pk]
            found[pk] = TriedParty(
                key=f"P{place:06d}",
                uscc=uscc.get(pk, ""),
                region=facts.region.value or "",
                industry=facts.industry.value or "",
                size=str(facts.size.value or ""),
                certificates=tuple(
                    TriedCertificate(
                        str(each.kind),
                        calendar.moved_day(each.valid_from),
                        calendar.moved_day(each.valid_to),
                    )
                    for each in held[pk]
                ),
                id=pk,
            )
    return found
