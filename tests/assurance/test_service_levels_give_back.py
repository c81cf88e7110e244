"""What was promised is counted by hand's figures, and what was missed goes back by itself, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.canonical import content_hash, plain
from common.ids import uuid7
from common.period import Period
from gateway.sensing.contracts import Health, StateSource
from marketplace import accounts
from marketplace.assurance import dispute_subjects, level_facts, locks
from marketplace.assurance.level_1 import counted_times
from marketplace.assurance.level_contracts import LevelFacts
from marketplace.assurance.models import LevelCredit
from marketplace.settlement import services as settlement
from tests.assurance.levels import HOUR, MINUTE, NOON, Promising, close, run, stand_still
from tests.settlement.cast import balance, is_balanced, yuan

pytestmark = pytest.mark.django_db


def test_an_accountant_counts_ten_hours_by_hand():
    """
    Ten hours of one card, ¥120.00. The machine stood still for 30 minutes, the network for 20.

    Down counts once, the network one and a half times: 30 + 1.5 × 20 = 60 minutes. The buffer gives
    back 10: (600 − 60 + 10) / 600 = 91.6666 %, below 95 %: all that was charged. Of the interrupted
    30 minutes nothing was charged in the first place: ¥114.00 goes back.
    """
    market = Promising()
    order = run(market)
    stand_still(market, order, 30)
    down = (NOON + 4 * HOUR, NOON + 4 * HOUR + 20 * MINUTE)
    market.told(StateSource.PROBE, Health.DOWN, *down)
    market.told(StateSource.AGENT, Health.OK, NOON, NOON + 10 * HOUR)
    close(market, order)
    assert yuan(market.contract(order).gross_minor) == "114.00"
    before = market.cash()[0]

    done = market.count()

    assert (done.evaluated, done.missed, done.booked) == (1, 1, 1)
    (found,) = market.evaluated()
    assert found.availability_ppm == 916_666
    assert (found.credit_bp, found.credits) == (10_000, {"CNY": 11_400})
    minutes = [
        (each[2], (datetime.fromisoformat(each[1]) - datetime.fromisoformat(each[0])) // MINUTE)
        for each in found.document["result"]["times"]
    ]
    assert minutes == [("machine", 30), ("network", 20)]
    assert (before, market.cash()[0]) == ("99886.00", "100000.00")
    (booked,) = market.adjustments()
    assert (booked.by_rule, booked.proposal_id, booked.trade_record.gross_minor) == (
        "level-1",
        None,
        -11_400,
    )
    assert is_balanced()


def test_many_are_counted_as_each_alone():
    """What a set shares (words of a resource, moments written down) changes nothing of one."""
    market = Promising()
    hours = {run(market, hours=each): each for each in (4, 10)}
    stand_still(market, max(hours, key=hours.__getitem__), 30)
    market.told(StateSource.PROBE, Health.DOWN, NOON + 3.5 * HOUR, NOON + 5 * HOUR)
    market.told(StateSource.AGENT, Health.OK, NOON, NOON + 10 * HOUR)
    for order, each in hours.items():
        close(market, order, hours=each)
    assert market.count().evaluated == 2

    months = market.months()
    with tenancy.acting_as_platform():
        together = dict(level_facts.facts_of(months))
        alone = {each: facts for one in months for each, facts in level_facts.facts_of([one])}
    assert together == alone
    assert len({facts.told for facts in together.values() if facts}) == 2
    for row in market.evaluated():
        assert plain(row.document) == row.document
        assert content_hash(row.document) == row.content_hash


def test_a_quarter_goes_back_and_the_market_keeps_its_fee():
    """Ten hours: 25 minutes down, 10 of them given: 97.5 %, below 99 %: a quarter of ¥115.00."""
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    assert (market.contract(order).gross_minor, market.fees()) == (11_500, "3.45")

    market.count()

    (found,) = market.evaluated()
    assert (found.availability_ppm, found.credit_bp) == (975_000, 2_500)
    assert market.credits() == [("CNY", 2_875)]  # 115.00 × 25 % = 28.75
    assert (market.cash()[0], market.fees()) == ("99913.75", "3.45")
    assert market.payable() == "82.80"  # 115.00 − 3.45 − 28.75


def test_ten_minutes_are_forgiven_and_nothing_is_booked():
    market = Promising()
    order = run(market)
    stand_still(market, order, 10)
    close(market, order)

    done = market.count()

    assert (done.evaluated, done.missed, market.credits()) == (1, 0, [])
    assert market.evaluated()[0].availability_ppm == 1_000_000


def test_what_vouchers_paid_goes_back_to_the_vouchers_and_never_to_cash():
    """¥115.00, of it 30 % by voucher: 34.50. A quarter: 8.63 to the voucher, 20.13 in cash."""
    market = Promising()
    code = market.voucher("1000.00", share="0.30")
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    contract = market.contract(order)
    assert (contract.voucher_minor, contract.cash_minor) == (3_450, 8_050)
    claim = accounts.voucher_claim(code, market.provider.pk)
    cash, claimed = market.cash()[0], balance(claim).posted

    market.count()

    assert dict(market.credits()) == {"CNY": 2_013, f"VCH-{code}": 863}
    assert (cash, market.cash()[0]) == ("99919.50", "99939.63")
    assert abs(claimed) - abs(balance(claim).posted) == 863
    back = next(each for each in market.adjustments() if each.asset != "CNY")
    assert (back.trade_record.voucher_minor, back.trade_record.cash_minor) == (-863, 0)
    assert is_balanced()


def test_it_is_counted_twice_and_booked_once():
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)

    runs = [market.count(at=NOON + timedelta(days=3, minutes=n)) for n in range(3)]

    assert [each.booked for each in runs] == [1, 0, 0]
    assert len(market.adjustments()) == len(market.evaluated()) == 1


def test_it_is_booked_within_the_hour_after_the_month_is_over_also_while_the_contract_runs():
    """From the 20th to beyond the end of November: the credit comes before the contract settles."""
    market = Promising()
    hours = 24 * 12
    order = run(market, hours=hours)
    stand_still(market, order, 55)
    for hour in range(10):
        market.use(order, "1", hour=hour)
    settlement.open_contracts(now=NOON + MINUTE)
    market.charge(at=NOON + timedelta(days=2))
    over = datetime(2026, 11, 30, 16, tzinfo=UTC)  # midnight where the market is

    assert market.count(at=over + 9 * MINUTE).evaluated == 0
    done = market.count(at=over + 10 * MINUTE)

    assert (done.evaluated, done.booked) == (1, 1)
    (found,) = market.evaluated()
    # 244 hours less 45 minutes that count.
    assert found.availability_ppm == (14_640 - 45) * 1_000_000 // 14_640
    assert (found.credit_bp, found.ends_at) == (1_000, over)
    (booked,) = market.adjustments()
    assert (booked.contract_id, booked.amount_minor) == (None, 1_090)  # a tenth of 109.00
    assert booked.booked_at - found.ends_at <= HOUR
    with tenancy.acting_as_platform():  # No dispute gets that tenth a second time.
        assert dispute_subjects.claimable_minor(market.contract(order)) == 109_00 - 10_90


def test_what_waits_until_it_settles_is_not_counted_at_each_ring(monkeypatch):
    taken = []

    def level_months_due(now, *, limit):
        taken.append(due(now, limit=limit))
        return taken[-1]

    due = locks.level_months_due
    monkeypatch.setattr(locks, "level_months_due", level_months_due)
    market = Promising()
    market.voucher("1000.00", share="0.30")
    order = run(market)
    stand_still(market, order, 25)
    for hour in range(10):
        market.use(order, "1", hour=hour)
    settlement.open_contracts(now=NOON + MINUTE)
    at = NOON + 10 * HOUR + 20 * MINUTE  # over, not settled
    market.charge(at=at)
    for _ring in range(2):
        market.count(at=at)
    (month,) = market.months()
    assert (month.revision, month.due_at > at) == (1, True)
    assert [len(each) for each in taken] == [1, 0]

    market.settle()
    market.count()
    assert [asset for asset, _minor in market.credits()][-1].startswith("VCH-")
    (month,) = market.months()
    assert month.due_at is None


def test_announced_maintenance_is_excused_and_counts_nowhere():
    facts = LevelFacts(
        period=Period(NOON, NOON + 10 * HOUR),
        runs_from=None,
        asked_at=None,
        interrupted=(),
        told=(),
        excused=(Period(NOON + HOUR, NOON + 3 * HOUR),),
        probes=0,
        probes_within=0,
        charged={},
    )
    assert [str(each.count) for each in counted_times(facts)] == ["up", "excused", "up"]


def test_the_database_takes_no_credit_that_nothing_computed():
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    market.count()
    (made,) = market.adjustments()
    (found,) = market.evaluated()
    columns = [field.column for field in made._meta.concrete_fields]
    swapped = {"id": "%s", "sequence": "9", "number": "'J-9'", "reference": "'x'"}
    swapped |= {"trade_record_id": "NULL", "contract_id": "NULL"}
    listed = ", ".join(swapped.get(column, column) for column in columns)
    attacks = [
        (
            f"INSERT INTO settlement_adjustment ({', '.join(columns)}) SELECT {listed}"
            " FROM settlement_adjustment WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE",
            [uuid7(), made.pk],
        ),
        (
            "INSERT INTO assurance_levelcredit (id, evaluation_id, buyer_id, provider_id, asset,"
            " signed_minor, booked_at) SELECT %s, evaluation_id, buyer_id, provider_id, 'VCH-X',"
            " 1, booked_at FROM assurance_levelcredit",
            [uuid7()],
        ),
        ("UPDATE assurance_levelevaluation SET credit_bp = 1 WHERE id = %s", [found.pk]),
        ("DELETE FROM assurance_levelcredit", []),
    ]
    for statement, values in attacks:
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(statement, values)
    with tenancy.acting_as_platform():
        assert LevelCredit.objects.count() == 1
