"""Any sequence of operations leaves the ledger where a small model of it says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from common import tenancy
from common.ids import uuid7
from ledger import selectors
from ledger import services as ledger
from ledger.contracts import Op, Transfer, TransferRefused
from tests.ledger.conftest import install_small_chart, move

MOVES = [
    ("bank", "acme", "deposit"),
    ("acme", "bank", "withdrawal"),
    ("acme", "globex", "gift"),
    ("globex", "acme", "gift"),
    ("acme", "provider", "order"),
    ("globex", "provider", "order"),
    ("provider", "fee", "fee"),
    ("stock", "bank", "buy_in"),
    ("bank", "stock", "sell_off"),
    ("acme", "fee", "fee"),  # no flow
]
FLOORS = {"acme": "D", "globex": "D", "stock": "C"}
CODES = ["bank", "acme", "globex", "provider", "fee", "stock"]
one_move = st.tuples(st.sampled_from(MOVES), st.integers(1, 300))


class Model:
    """The ledger in forty lines: four sums an account, open holds, identifiers seen."""

    def __init__(self) -> None:
        self.sums = {code: [0, 0, 0, 0] for code in CODES}  # dd, cc, dp, cp
        self.open: dict = {}
        self.resolved: dict = {}
        self.seen: dict = {}

    def attempt(self, batch: list[Transfer]) -> str | None:  # noqa: C901 - the rules at one glance
        """Apply a batch whole, or change nothing and return why not."""
        sums = {code: list(values) for code, values in self.sums.items()}
        opened, closed = dict(self.open), dict(self.resolved)
        for one in batch:
            if one.id in self.seen:
                continue
            if (one.debit, one.credit, one.reason) not in MOVES[:-1]:
                return "flow_not_allowed"
            if one.op == Op.HOLD:
                opened[one.id] = one
                self._shift(sums, one, 2, one.amount)
        for one in (one for one in batch if one.op >= Op.CAPTURE and one.id not in self.seen):
            if one.hold_id in closed:
                return "hold_resolved"
            held = opened.pop(one.hold_id)
            closed[one.hold_id] = one
            if one.amount > held.amount or (one.op == Op.RELEASE and one.amount != held.amount):
                return "hold_mismatch"
            self._shift(sums, one, 2, -held.amount)
        for one in batch:
            if one.op.moves and one.id not in self.seen:
                self._shift(sums, one, 0, one.amount)
        for code, floor in FLOORS.items():
            dd, cc, dp, cp = sums[code]
            if (dd + dp > cc) if floor == "D" else (cc + cp > dd):
                return "insufficient_funds"
        self.sums, self.open, self.resolved = sums, opened, closed
        self.seen |= {one.id: one for one in batch}
        return None

    @staticmethod
    def _shift(sums: dict, one: Transfer, place: int, amount: int) -> None:
        sums[one.debit][place] += amount
        sums[one.credit][place + 1] += amount


class AnyHistory(RuleBasedStateMachine):
    """Random batches go to the ledger and to the model; both answer the same."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        install_small_chart()
        self.model = Model()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def post(self, batch: list[Transfer]) -> None:
        expected = self.model.attempt(batch)
        try:
            ledger.post(transfers=batch)
            code = None
        except TransferRefused as refusal:
            code = refusal.code
        assert code == expected

    @rule(moves=st.lists(one_move, min_size=1, max_size=6))
    def posts(self, moves):
        self.post([move(*sides[:2], amount, sides[2]) for sides, amount in moves])

    @rule(moves=st.lists(one_move, min_size=1, max_size=4))
    def holds(self, moves):
        self.post([move(*sides[:2], amount, sides[2], op=Op.HOLD) for sides, amount in moves])

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), share=st.integers(0, 110), again=st.booleans())
    def captures(self, data, share, again):
        held = data.draw(st.sampled_from(list(self.model.open.values())))
        amount = max(held.amount * share // 100, 1)
        batch = [replace(held, id=uuid7(), op=Op.CAPTURE, hold_id=held.id, amount=amount)]
        if again and held.amount > amount:
            batch.append(replace(held, id=uuid7(), amount=held.amount - amount))
        self.post(batch)

    @precondition(lambda self: self.model.open)
    @rule(data=st.data())
    def releases(self, data):
        held = data.draw(st.sampled_from(list(self.model.open.values())))
        self.post([replace(held, id=uuid7(), op=Op.RELEASE, hold_id=held.id)])

    @precondition(lambda self: self.model.resolved)
    @rule(data=st.data())
    def resolves_again(self, data):
        done = data.draw(st.sampled_from(list(self.model.resolved.values())))
        self.post([replace(done, id=uuid7())])

    @precondition(lambda self: self.model.seen)
    @rule(data=st.data())
    def repeats(self, data):
        batch = data.draw(
            st.lists(st.sampled_from(list(self.model.seen.values())), max_size=5, unique=True)
        )
        outcome = ledger.post(transfers=batch)
        assert (set(outcome.duplicates), outcome.posted) == ({one.id for one in batch}, ())

    @rule(moves=st.lists(one_move, min_size=2, max_size=8))
    def posts_what_it_can(self, moves):
        batch = [move(*sides[:2], amount, sides[2]) for sides, amount in moves]
        outcome = ledger.post(transfers=batch, partial=True)
        by_id = {one.id: one for one in batch}
        assert set(outcome.posted) | {one.transfer_id for one in outcome.refused} == set(by_id)
        assert self.model.attempt([by_id[key] for key in outcome.posted]) is None

    @rule()
    def folds(self):
        ledger.roll_up()

    @invariant()
    def both_agree(self):
        with tenancy.acting_as_platform():
            balances = selectors.balances(CODES)
            lines = selectors.trial_balance()
        for code, sums in self.model.sums.items():
            is_turned = FLOORS.get(code) == "C"
            debits, credit, outgoing, incoming = (
                [sums[1], sums[0], sums[3], sums[2]] if is_turned else sums
            )
            found = balances[code]
            assert (found.posted, found.pending, found.incoming) == (
                credit - debits,
                outgoing,
                incoming,
            )
            assert found.available == found.posted - outgoing
        for part in ("", "_pending"):
            debits, credits_ = (
                sum(getattr(line, side + part) for line in lines) for side in ("debits", "credits")
            )
            assert debits == credits_


def test_any_history_agrees_with_the_model(db):
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=5,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_many_more_histories_agree_with_the_model(db):
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_can_fail():
    """The negative control: a model that forgets a floor disagrees."""
    model = Model()
    overdraft = move("acme", "provider", 1, "order", effective_at=datetime.now(UTC))

    assert model.attempt([overdraft]) == "insufficient_funds"
    assert model.sums["acme"] == [0, 0, 0, 0]
