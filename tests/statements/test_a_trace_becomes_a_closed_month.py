"""Use of a trace becomes statements and a closed month that an independent count agrees with."""

import csv
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from common import tenancy
from common.period import Period
from identity.approvals.contracts import Person
from identity.contracts import Role
from ledger import journals, reports
from marketplace import accounts
from marketplace.statements import selectors, services, subjects
from marketplace.statements.contracts import Grouping
from metering import services as metering
from tests import cast, factories
from tests.ledger.test_reports import bean_check, run_hledger
from tests.settlement.cast import HOUR, NOON, Market, balance
from tests.statements.cast import ISSUED, MONTH, buyer, lines, provider

pytestmark = pytest.mark.django_db
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PRICE = Decimal(12)  # yuan an A100 card-hour
PAID_IN = 40_000_000_00
FEN = Decimal("0.01")
TWELFTH = Decimal("1e-12")
DAY_SECONDS = 86_400
LAST_DAY = 148  # of the openb trace, the busiest
TOKENS_A_SECOND = 1_000  # that a card is taken to do, so that tokens become time on it
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


class Job(NamedTuple):
    """Cards in thousandths, from a second of the day until another, in one or more readings."""

    milli: int
    begins: int
    ends: int


def a_few_jobs() -> Iterator[list[Job]]:
    """Fractions of cards, parts of hours, hours without use, and a job that never ran."""
    draw = random.Random(5)  # noqa: S311 - a day that is the same every time
    for _number in range(6):
        begins = draw.randrange(0, 8 * 3600)
        yield [Job(draw.randrange(1, 9) * 250, begins, begins + draw.randrange(1, 4 * 3600))]
    yield []


def openb_jobs() -> Iterator[list[Job]]:
    """Those of a day of a production cluster; what waits to be scheduled used nothing."""
    path = DATA / "openb" / "openb_pod_list_default.csv"
    if not path.exists():
        pytest.skip("the openb trace is not on this machine")
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            milli = int(row["num_gpu"]) * int(row["gpu_milli"] or 0)
            if not row["scheduled_time"]:
                continue
            begins = int(float(row["scheduled_time"])) - LAST_DAY * DAY_SECONDS
            ends = int(float(row["deletion_time"])) - LAST_DAY * DAY_SECONDS
            if milli and 0 <= begins < min(ends, DAY_SECONDS):
                yield [Job(milli, begins, min(ends, DAY_SECONDS))]


def azure_jobs() -> Iterator[list[Job]]:
    """One order of eight cards, on which each request is a reading of the hour it came in."""
    path = DATA / "azure" / "AzureLLMInferenceTrace_code.csv"
    if not path.exists():
        pytest.skip("the Azure trace is not on this machine")
    jobs = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            tokens = int(row["ContextTokens"]) + int(row["GeneratedTokens"])
            hour = int(row["TIMESTAMP"][11:13]) - 18
            milliseconds = tokens * 1_000 // TOKENS_A_SECOND
            jobs.append(Job(milliseconds, hour * 3600, hour * 3600 + 1))  # thousandths × a second
    yield jobs


def by_hour(jobs: list[Job]) -> Iterator[tuple[int, Decimal]]:
    """Yield card-seconds of each job in each hour of the day that it ran in."""
    for job in jobs:
        for hour in range(job.begins // 3600, -(-job.ends // 3600)):
            seconds = min(job.ends, (hour + 1) * 3600) - max(job.begins, hour * 3600)
            yield hour, Decimal(job.milli * seconds) / 1000


def played(orders: list[list[Job]]) -> tuple[Market, dict[str, list[tuple[int, Decimal]]]]:
    """Order, measure, charge and settle it all; return the market and what each order used."""
    market = Market(cash=str(PAID_IN // 100), cards=8_000)
    used, readings = {}, []
    for jobs in orders:
        hours = list(by_hour(jobs))
        first = min((hour for hour, _used in hours), default=0)
        last = max((hour for hour, _used in hours), default=0)
        cards = max(8, -(-max((job.milli for job in jobs), default=0) // 1000))
        order = market.order(cards=cards, hours=last - first + 1, starts_at=NOON + first * HOUR)
        used[order.number] = hours
        readings += [
            factories.ReadingFactory(
                meter=market.meter,
                starts_at=NOON + hour * HOUR,
                quantity=quantity,
                unit=market.unit,
                subject=order.pk,
            )
            for hour, quantity in hours
        ]
    at = NOON + timedelta(days=2)
    with tenancy.acting_as(market.provider.pk):
        for start in range(0, len(readings), 1_000):
            taken = metering.ingest(
                provider_id=market.provider.pk,
                readings=readings[start : start + 1_000],
                received_at=at,
            )
            assert not taken.refused, taken.refused
    with tenancy.acting_as_platform():
        while metering.close_windows(now=at).is_full:
            continue
    while market.settle(at=at).is_full:
        continue
    return market, used


def in_fen(yuan: Decimal) -> int:
    return int(yuan.quantize(FEN, ROUND_HALF_UP) * 100)


def counted(used: dict[str, list[tuple[int, Decimal]]]) -> dict[str, tuple[int, int]]:
    """
    Count again, with nothing of the market's: what all use of an order costs, and its fee.

    Hours of a window are measured to twelve digits; money is rounded once.
    """
    told = {}
    for number, hours in used.items():
        windows: dict[int, Decimal] = defaultdict(Decimal)
        for hour, seconds in hours:
            windows[hour] += seconds
        measured = sum((each / 3600).quantize(TWELFTH, ROUND_HALF_UP) for each in windows.values())
        charged = in_fen(PRICE * measured)
        told[number] = charged, in_fen(Decimal(charged) / 100 * Decimal("0.03"))
    return told


TRACES = {
    "a_few_jobs": a_few_jobs,
    "openb": openb_jobs,
    "azure": azure_jobs,
}


@pytest.mark.parametrize(
    "trace",
    [
        "a_few_jobs",
        pytest.param("openb", marks=pytest.mark.slow),
        pytest.param("azure", marks=pytest.mark.slow),
    ],
)
def test_lines_statements_ledger_and_an_independent_count_agree_to_the_fen(
    trace, tmp_path, settings
):
    settings.ORDERS_PLACED_PER_MINUTE = 1_000_000  # one buyer stands for a whole market
    market, used = played(list(TRACES[trace]()))
    expected = counted(used)
    cost = sum(charged for charged, _fee in expected.values())
    fees = sum(fee for _charged, fee in expected.values())
    services.begin_rounds(now=ISSUED)
    while services.issue_due(now=ISSUED):
        continue

    with tenancy.acting_as_platform():
        subject_of = (buyer(market), provider(market), subjects.MARKET)
        bought, sold, earned = map(selectors.latest, subject_of)
        orders = {each.key: each for each in selectors.summed(bought.pk, Grouping.ORDER)}
    assert {
        number: -each.net_minor for number, each in orders.items() if number.startswith("O-")
    } == {number: charged for number, (charged, _fee) in expected.items() if charged}
    assert sum(each.amount_minor for each in lines(bought)) == bought.closing_minor
    assert bought.closing_minor == PAID_IN - cost
    assert sold.closing_minor == cost - fees
    assert earned.closing_minor == fees
    assert bought.closing_minor == balance(accounts.buyer_cash(market.buyer.pk)).posted
    assert sold.closing_minor == balance(accounts.provider_payable(market.provider.pk)).posted
    closed()
    with tenancy.acting_as_platform():
        found = reports.journal(period=YEAR)
        written = {form: journals.written(found, form=form) for form in ("hledger", "beancount")}
    assert bean_check(written["beancount"], tmp_path) == ""
    if shutil.which("hledger"):
        checked = run_hledger(written["hledger"], tmp_path, "check", "--strict")
        assert checked.returncode == 0, checked.stderr


def closed() -> None:
    """Close the month by two persons."""
    desk = cast.organization("Desk")
    first, second = (Person(cast.member(desk, Role.FINANCE).pk, desk.pk) for _n in range(2))
    _closing, proposed = services.propose_closing(month=MONTH, by=first, now=ISSUED)
    done = services.close_month(
        proposal_id=proposed.id, person_id=second.id, organization_id=desk.pk, now=ISSUED
    )
    assert done.state == "CLOSED"
