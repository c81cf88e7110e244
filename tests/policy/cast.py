"""A small year of trades, made from numbers: the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.policy.contracts import WorkbenchBasis, WorkbenchWish
from marketplace.policy.inputs import (
    TriedApplication,
    TriedCertificate,
    TriedCharge,
    TriedContract,
    TriedParty,
)
from marketplace.policy.selectors.reading import Calendar, TriedInputs
from tests.vouchers.published import rules_2, share

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
REGIONS = ("510104", "510107", "110108", "")
SIZES = ("MICRO", "MEDIUM", "LARGE", "")
KINDS = ("SME", "TECHNOLOGY_SME", "START_UP")


def wish(
    rules: dict[str, Any], base: dict[str, Any] | None = None, **changes: Any
) -> WorkbenchWish:
    said: dict[str, Any] = {
        "title": "A try",
        "code": "CITY",
        "rules": rules,
        "base_rules": base,
        "basis": WorkbenchBasis.TRADES,
        "starts_at": BEGIN,
        "ends_at": END,
        "years_later": 0,
        "budget_minor": 10**9,
    }
    return WorkbenchWish(**said | changes)


def party(number: int) -> TriedParty:
    held = ()
    if number % 5:
        first = date(2025, 1 + number % 12, 1)
        held = (TriedCertificate(KINDS[number % 3], first, date(2026, 1 + number % 12, 15)),)
    return TriedParty(
        key=f"P{number:06d}",
        uscc="",
        region=REGIONS[number % 4],
        industry=("I65", "C39", "")[number % 3],
        size=SIZES[number % 4],
        certificates=held,
    )


def supplier(number: int) -> TriedParty:
    return TriedParty(f"P9{number:05d}", f"91510100MA{number:08d}", "510104", "I65", "")


@dataclass(slots=True)
class MadeInputs(TriedInputs):
    """Inputs whose charges are made and not read."""

    rows: int = 0
    bought: list[TriedContract] = field(default_factory=list)

    def charges(self) -> Iterator[TriedCharge]:
        step = (END - BEGIN) / max(self.rows, 1)
        for number in range(self.rows):
            at = BEGIN + step * number
            at = at.replace(microsecond=0)
            contract = self.bought[(number * 7919) % len(self.bought)]
            gross = 10_000 + number * 37 % 90_001
            if number % 41 == 40:
                gross = -gross // 3
            yield TriedCharge(contract, at, self.calendar.day(at), gross)


def inputs(
    asked: WorkbenchWish, *, parties: int = 40, applications: int = 60, rows: int = 3_000
) -> MadeInputs:
    """Return so many parties, applications and charges; a third as many contracts as parties ×4."""
    calendar = Calendar(0)
    buyers = [party(number) for number in range(parties)]
    sellers = [supplier(number) for number in range(1 + parties // 10)]
    made = MadeInputs(asked, calendar, [*buyers, *sellers], rows=rows)
    for number in range(applications):
        at = BEGIN + timedelta(minutes=number * 500_000 // max(applications, 1))
        made.applications.append(
            TriedApplication(
                f"A{number:06d}",
                buyers[number * 31 % parties],
                at,
                calendar.day(at),
                1_000_000 + number % 9 * 100_000,
            )
        )
    for number in range(parties * 4):
        at = BEGIN + timedelta(days=number % 200)
        made.bought.append(
            TriedContract(
                key=f"C{number:08d}",
                buyer=buyers[number % parties],
                supplier=sellers[number % len(sellers)],
                ordered_at=at,
                resource_class=("AI", "GENERAL", "HPC")[number % 3],
                form=("BARE_METAL", "CONTAINER")[number % 2],
                is_related=number % 17 == 0,
                supported_by=("OTHER",) if number % 13 == 0 else (),
                case="wash_trades" if number % 29 == 0 else "",
            )
        )
    made.contracts = {UUID(int=place): each for place, each in enumerate(made.bought, start=1)}
    return made


def strict_rules() -> dict[str, Any]:
    """Return rules that use nearly every member."""
    return rules_2(
        beneficiaries={
            "regions": {"table": "2025-01-01", "codes": ["510100"]},
            "sizes": ["MICRO", "SMALL", "MEDIUM"],
            "certificates": ["SME", "TECHNOLOGY_SME"],
            "clean_years": 3,
        },
        scope={
            "classes": ["AI", "GENERAL"],
            "contracts_from": "2026-01-10T00:00:00+08:00",
            "paid_until": "2026-11-20T10:00:00+08:00",
        },
        rates=[share("0.3"), share("0.5", beneficiary="STARTUP"), share("0.333333")],
        limits={"per_order_minor": 300_000, "per_entity_year_minor": 1_200_000},
        stacking={"combines": False, "excludes": ["OTHER"]},
        windows=[
            {
                "opens": "2026-02-01T00:00:00+08:00",
                "closes": "2026-09-01T00:00:00+08:00",
                "cap_minor": 20_000_000,
            }
        ],
        validity_days=90,
    )
