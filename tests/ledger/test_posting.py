"""Posting, holding, capturing, releasing and reversing through the services."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from common import tenancy
from common.ids import uuid7
from common.period import Period
from ledger import batches, selectors
from ledger import services as ledger
from ledger.contracts import (
    AccountSpec,
    Balance,
    DefinitionConflict,
    KindSpec,
    Op,
    Refused,
    Transfer,
    TransferRefused,
    derived_id,
)
from tests.ledger.conftest import ACME, GLOBEX, move


def balance(code: str) -> Balance:
    with tenancy.acting_as_platform():
        return selectors.balances([code])[code]


def refused_code(**call) -> str:
    with pytest.raises(TransferRefused) as refusal:
        ledger.post(**call)
    return refusal.value.code


def test_a_deposit_reaches_the_buyer(funded):
    assert balance("acme") == Balance(posted=100_000, pending=0, available=100_000)
    assert balance("bank").posted == -100_000


def test_posting_again_moves_nothing(chart):
    deposit = move("bank", "acme", 500, "deposit", reference="R-1", meta={"slip": 7})

    first = ledger.post(transfers=[deposit])
    second = ledger.post(transfers=[deposit, move("bank", "acme", 1, "deposit")])

    assert first.posted == (deposit.id,)
    assert second.duplicates == (deposit.id,)
    assert len(second.posted) == 1
    assert balance("acme").posted == 501


def test_the_same_identifier_with_other_content_is_a_conflict(funded):
    deposit = move("bank", "acme", 500, "deposit")
    ledger.post(transfers=[deposit])

    code = refused_code(transfers=[replace(deposit, amount=501)])

    assert code == "transfer_conflict"
    assert balance("acme").posted == 100_500


def test_a_hold_counts_against_the_floor_until_it_is_released(funded):
    hold = move("acme", "provider", 80_000, "order")
    ledger.hold(transfers=[hold])

    assert balance("acme") == Balance(posted=100_000, pending=80_000, available=20_000)
    assert balance("provider").incoming == 80_000
    assert refused_code(transfers=[move("acme", "provider", 20_001, "order")]) == (
        "insufficient_funds"
    )

    ledger.release(transfers=[replace(hold, id=uuid7(), hold_id=hold.id)])

    assert balance("acme") == Balance(posted=100_000, pending=0, available=100_000)


def test_a_partial_capture_lets_the_rest_go_unless_it_is_held_again(funded):
    hold = move("acme", "provider", 80_000, "order")
    ledger.hold(transfers=[hold])

    rest = replace(hold, id=uuid7(), op=Op.HOLD, amount=50_000)
    ledger.post(
        transfers=[replace(hold, id=uuid7(), op=Op.CAPTURE, hold_id=hold.id, amount=30_000), rest]
    )

    assert balance("acme") == Balance(posted=70_000, pending=50_000, available=20_000)
    assert balance("provider") == Balance(
        posted=30_000, pending=0, available=30_000, incoming=50_000
    )


@pytest.mark.parametrize("second", [Op.CAPTURE, Op.RELEASE])
@pytest.mark.parametrize("first", [Op.CAPTURE, Op.RELEASE])
def test_a_hold_is_resolved_once(funded, first, second):
    hold = move("acme", "provider", 100, "order")
    ledger.hold(transfers=[hold])
    ledger.post(transfers=[replace(hold, id=uuid7(), op=first, hold_id=hold.id)])

    again = replace(hold, id=uuid7(), op=second, hold_id=hold.id)

    assert refused_code(transfers=[again]) == "hold_resolved"


def test_two_resolutions_of_a_hold_in_one_batch_are_refused(funded):
    hold = move("acme", "provider", 100, "order")
    ledger.hold(transfers=[hold])

    both = [
        replace(hold, id=uuid7(), op=Op.CAPTURE, hold_id=hold.id, amount=40),
        replace(hold, id=uuid7(), op=Op.RELEASE, hold_id=hold.id),
    ]

    assert refused_code(transfers=both) == "hold_resolved"
    assert balance("acme").pending == 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 101}, "hold_mismatch"),
        ({"credit": "bank", "reason": "withdrawal"}, "hold_mismatch"),
        ({"op": Op.RELEASE, "amount": 99}, "hold_mismatch"),
        ({"hold_id": uuid7()}, "hold_unknown"),
    ],
)
def test_a_resolution_matches_its_hold(funded, change, code):
    hold = move("acme", "provider", 100, "order")
    ledger.hold(transfers=[hold])

    wrong = replace(hold, **({"id": uuid7(), "op": Op.CAPTURE, "hold_id": hold.id} | change))

    assert refused_code(transfers=[wrong]) == code
    assert balance("acme").pending == 100


def test_an_expired_hold_can_be_released_but_not_captured(funded):
    hold = move("acme", "provider", 100, "order", expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    ledger.hold(transfers=[hold])

    late = replace(hold, id=uuid7(), op=Op.CAPTURE, hold_id=hold.id, expires_at=None)

    assert refused_code(transfers=[late]) == "hold_expired"
    ledger.release(transfers=[replace(late, op=Op.RELEASE)])
    assert balance("acme").available == 100_000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "invalid_amount"),
        ({"amount": -5}, "invalid_amount"),
        ({"amount": 10**19}, "invalid_amount"),
        ({"amount": 5.0}, "invalid_amount"),
        ({"amount": float("nan")}, "invalid_amount"),
        ({"amount": True}, "invalid_amount"),
        ({"debit": "nobody"}, "unknown_account"),
        ({"asset": "DOGE"}, "unknown_asset"),
        ({"asset": "VCH-1"}, "unknown_account"),
        ({"credit": "fee"}, "flow_not_allowed"),
        ({"reason": "because"}, "flow_not_allowed"),
        ({"credit": "bank"}, "invalid_transfer"),
        ({"id": uuid4()}, "invalid_id"),
        ({"effective_at": datetime(2026, 1, 1)}, "invalid_transfer"),  # noqa: DTZ001
        ({"reference": "x" * 201}, "invalid_transfer"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_nothing_moves(funded, change, code):
    assert refused_code(transfers=[replace(move("bank", "acme", 5, "deposit"), **change)]) == code
    assert balance("acme").posted == 100_000


def test_a_transfer_in_another_asset_is_refused_when_all_names_are_known(funded):
    ledger.post(transfers=[move("budget", "pool", 5, "budget", asset="VCH-1")])

    wrong = move("bank", "acme", 5, "deposit", asset="VCH-1")

    assert refused_code(transfers=[wrong]) == "unknown_account"
    assert balance("acme").posted == 100_000


def test_a_refusal_names_transfer_and_account(funded):
    fine = move("acme", "provider", 1, "order")
    short = move("globex", "provider", 1, "order")

    with pytest.raises(TransferRefused) as refusal:
        ledger.post(transfers=[fine, short])

    assert refusal.value.transfer_id == short.id
    assert refusal.value.account == "globex"
    assert balance("acme").posted == 100_000


def test_a_partial_batch_posts_all_groups_but_the_short_ones(funded):
    group = uuid7()
    fine = [move("acme", "provider", 10, "order") for _ in range(20)]
    short = [
        move("acme", "provider", 10, "order", group=group),
        move("globex", "provider", 10, "order", group=group),
    ]

    outcome = ledger.post(transfers=[*fine[:9], *short, *fine[9:]], partial=True)

    assert set(outcome.posted) == {one.id for one in fine}
    assert {(one.transfer_id, one.code) for one in outcome.refused} == {
        (one.id, "insufficient_funds") for one in short
    }
    assert balance("acme").posted == 100_000 - 200


def test_a_partial_batch_may_be_larger_than_a_statement(funded, monkeypatch):
    """A round of clearing with many vouchers an order must not fail for its size."""
    for module in (batches, ledger):
        monkeypatch.setattr(module, "BATCH_MAX", 5)
    fine = [move("bank", "acme", 1, "deposit") for _ in range(4)]
    groups = [uuid7(), uuid7()]
    pairs = [move("bank", "acme", 1, "deposit", group=each) for each in groups for _ in range(2)]
    short = move("acme", "provider", 10**9, "order")

    outcome = ledger.post(transfers=[*fine, *pairs, short], partial=True)

    assert set(outcome.posted) == {one.id for one in (*fine, *pairs)}
    assert [(one.transfer_id, one.code) for one in outcome.refused] == [
        (short.id, "insufficient_funds")
    ]
    assert balance("acme").posted == 100_008


def test_credits_within_debits_is_a_floor_too(chart):
    ledger.post(transfers=[move("stock", "bank", 70, "buy_in")])

    assert balance("stock") == Balance(posted=70, pending=0, available=70)
    assert refused_code(transfers=[move("bank", "stock", 71, "sell_off")]) == "insufficient_funds"


@pytest.mark.parametrize("op", [Op.POST, Op.HOLD])
@pytest.mark.parametrize("beside", [0, 1], ids=["alone", "in a batch"])
@pytest.mark.parametrize(
    ("fill", "leave"),
    [
        (("bank", "acme", "deposit"), ("acme", "provider", "order")),
        (("stock", "bank", "buy_in"), ("bank", "stock", "sell_off")),
    ],
    ids=["debits within credits", "credits within debits"],
)
def test_a_floor_lets_go_what_is_there_and_not_held_to_the_last_fen(chart, fill, leave, beside, op):
    (*filling, reason), (*leaving, why) = fill, leave
    ledger.post(transfers=[move(*filling, 100, reason)])
    ledger.hold(transfers=[move(*leaving, 30, why)])
    others = [move("bank", "globex", 1, "deposit") for _ in range(beside)]

    assert refused_code(transfers=[move(*leaving, 71, why, op=op), *others]) == (
        "insufficient_funds"
    )
    ledger.post(transfers=[move(*leaving, 70, why, op=op), *others])
    assert refused_code(transfers=[move(*leaving, 1, why, op=op)]) == "insufficient_funds"


def test_a_reversal_points_at_what_it_takes_back_and_happens_once(funded):
    order = move("acme", "provider", 300, "order")
    ledger.post(transfers=[order])
    new_id = uuid7()

    ledger.reverse(transfer_id=order.id, new_id=new_id, reason="correction", now=datetime.now(UTC))

    with tenancy.acting_as_platform():
        assert selectors.transfer(new_id).reverses == order.id
    assert balance("acme").posted == 100_000
    with pytest.raises(TransferRefused) as refusal:
        ledger.reverse(
            transfer_id=order.id, new_id=uuid7(), reason="correction", now=datetime.now(UTC)
        )
    assert refusal.value.code == "already_reversed"


def test_a_refusal_names_the_transfer_that_comes_second(funded):
    order = move("acme", "provider", 40, "order")
    ledger.post(transfers=[order])
    sound = move("bank", "acme", 1, "deposit")
    back = [move("provider", "acme", 40, "correction", reverses=order.id) for _ in range(2)]
    back.sort(key=lambda one: one.id)  # of two, the later identifier is one too many
    ahead = move("bank", "acme", 5, "deposit", id=derived_id(datetime(2099, 1, 1, tzinfo=UTC)))

    def refused(*transfers: Transfer) -> Refused:
        with pytest.raises(TransferRefused) as refusal:
            ledger.post(transfers=transfers)
        return refusal.value.refused

    assert refused(sound, *back) == Refused(back[1].id, None, "already_reversed")
    ledger.post(transfers=back[:1])
    assert refused(sound, back[1]) == Refused(back[1].id, None, "already_reversed")
    assert refused(sound, ahead) == Refused(ahead.id, None, "invalid_id")


@pytest.mark.parametrize("year", [1969, 3000, 9999])
@pytest.mark.parametrize("option", ["effective_at", "expires_at"])
def test_no_time_lies_beyond_every_calendar(funded, option, year):
    moment = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    one = move("acme", "provider", 1, "order", op=Op.HOLD, **{option: moment})

    assert refused_code(transfers=[one]) == "invalid_transfer"


def test_a_closed_period_takes_no_transfer(funded):
    may = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    ledger.close_period(period=may)
    ledger.close_period(period=may)

    inside = move("bank", "acme", 1, "deposit", effective_at=may.ends_at - timedelta(seconds=1))

    assert refused_code(transfers=[inside]) == "period_closed"
    ledger.post(transfers=[replace(inside, effective_at=may.ends_at)])
    with pytest.raises(DefinitionConflict):
        ledger.close_period(period=Period(may.starts_at, may.ends_at + timedelta(days=1)))


def test_a_deferred_account_shows_its_deltas_before_and_after_they_are_folded(funded):
    ledger.post(transfers=[move("acme", "provider", 100, "order")])
    ledger.post(transfers=[move("provider", "fee", 3, "fee")])
    ledger.post(transfers=[move("provider", "fee", 4, "fee")])

    before = balance("fee")
    folded = ledger.roll_up()

    assert folded == 2
    assert before == balance("fee") == Balance(posted=7, pending=0, available=7)
    assert ledger.roll_up() == 0


def test_a_trial_balance_balances(funded):
    ledger.post(transfers=[move("acme", "provider", 100, "order")])
    ledger.post(transfers=[move("provider", "fee", 3, "fee")])
    ledger.hold(transfers=[move("acme", "provider", 50, "order")])

    with tenancy.acting_as_platform():
        lines = [line for line in selectors.trial_balance() if line.asset == "CNY"]

    assert sum(line.debits for line in lines) == sum(line.credits for line in lines) == 100_103
    assert sum(line.debits_pending for line in lines) == 50
    assert sum(line.credits_pending for line in lines) == 50


def test_an_organisation_sees_its_accounts_and_their_transfers_alone(funded):
    ledger.post(transfers=[move("acme", "provider", 100, "order")])

    with tenancy.acting_as(ACME):
        assert set(selectors.balances(["acme", "globex", "bank"])) == {"acme"}
        seen = [(one.debit, one.credit) for one in selectors.transfers()]
        assert seen == [("bank", "acme"), ("acme", "payable")]
    with tenancy.acting_as(GLOBEX):
        assert [one.amount for one in selectors.transfers()] == [100]
    with tenancy.acting_as(uuid7()):
        assert selectors.transfers() == []
        assert selectors.trial_balance() == []


def test_definitions_are_idempotent_and_never_change(chart):
    ledger.define_kinds(specs=[KindSpec("cash", "D")])
    ledger.open_accounts(specs=[AccountSpec("acme", "CNY", "cash", ACME)])

    with pytest.raises(DefinitionConflict):
        ledger.define_kinds(specs=[KindSpec("new", "N"), KindSpec("cash", "N")])
    with pytest.raises(DefinitionConflict):
        ledger.define_asset(code="CNY", scale=3, asset_class="money")
    with pytest.raises(DefinitionConflict):
        ledger.open_accounts(specs=[AccountSpec("acme", "CNY", "cash", GLOBEX)])


@pytest.mark.parametrize("are_known", [False, True], ids=["first", "names are known"])
@pytest.mark.parametrize(
    "option",
    [
        {"reference": "PO-1"},
        {"meta": {"a": 1}},
        {"meta": {}},
        {"group": ACME},
        {"effective_at": datetime(2026, 5, 6, tzinfo=UTC)},
    ],
    ids=str,
)
def test_one_option_alone_is_recorded(funded, option, are_known):
    one = move("acme", "provider", 5, "order", **option)
    if are_known:
        ledger.post(transfers=[move("acme", "provider", 1, "order")])

    ledger.post(transfers=[one])

    with tenancy.acting_as_platform():
        recorded = selectors.transfer(one.id)
    assert {name: getattr(recorded, name) for name in option} == option


def test_a_refusal_names_the_account_that_is_short_beside_a_hold_of_the_same_batch(funded):
    ledger.open_accounts(specs=[AccountSpec("poor", "CNY", "cash")])
    hold = move("acme", "provider", 80_000, "order", op=Op.HOLD)
    capture = move("acme", "provider", 80_000, "order", op=Op.CAPTURE, hold_id=hold.id)
    overdraft = move("poor", "provider", 1, "order")

    with pytest.raises(TransferRefused) as refusal:
        ledger.post(transfers=[hold, capture, overdraft])

    assert refusal.value.refused.account == "poor"
    assert refusal.value.refused.transfer_id == overdraft.id
