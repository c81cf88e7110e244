"""A voucher is taken back by two people: its rest at once, and what it paid is wanted back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from common import tenancy
from common.errors import Refusal
from identity.approvals.contracts import Person, ProposalWaits
from identity.contracts import Actor, Role, SecondPersonRequired
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.claims import selectors, services
from marketplace.claims.contracts import (
    ClawBackTooLate,
    GroundNotNamed,
    ReasonNeeded,
    RecoveryNotFound,
    RecoveryRepaid,
)
from marketplace.claims.models import ClawBack, Recovery
from marketplace.claims.services import claiming
from marketplace.orders import services as orders
from marketplace.orders.models import OrderCover
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import AlreadyClawedBack, VoucherState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.terms import ClawBackGround
from tests import cast
from tests.catalog.supply import listed
from tests.claims.cast import Claimed
from tests.orders.cast import NOW, buyer, clear, left, place, pool, programme, voucher, wish
from tests.settlement.cast import NOON, is_balanced
from tests.vouchers.cast import yuan
from tests.vouchers.published import rules_2

G = ClawBackGround


def officers_of(of) -> list[Person]:
    return [Person(cast.member(of.issuer, Role.ISSUER).pk, of.issuer_id) for _n in range(2)]


def propose(card, by, **facts):
    wanted = {"ground": G.FALSE_EVIDENCE, "reason": "false", "evidence": "letter 7", "now": NOW}
    with tenancy.acting_as_platform():  # As an issuer's request does.
        return services.propose_claw_back(voucher_id=card.pk, by=by, **wanted | facts)


def confirm(proposed, by, now=NOW):
    return services.confirm_claw_back(
        proposal_id=proposed.id, person_id=by.id, organization_id=by.organization_id, now=now
    )


def taken(card, officers, **facts):
    return confirm(propose(card, officers[0], **facts), officers[1])


def the_card(world: Claimed | None = None) -> Voucher:
    """Return the voucher of the one world there is, or of one of several."""
    of = {} if world is None else {"holder_id": world.market.buyer.pk}
    with tenancy.acting_as_platform():
        return Voucher.objects.get(**of)


@pytest.mark.django_db
class TestTwoPeopleTakeBack:
    def test_what_is_left_goes_back_and_what_was_paid_is_wanted_of_the_payee(self):
        claimed = Claimed()
        card = the_card()
        before = pool(claimed.programme)

        row = taken(card, claimed.officers, now=NOON)

        with tenancy.acting_as_platform():
            (recovery,) = Recovery.objects.all()
        assert the_card().state == VoucherState.CLAWED_BACK
        assert (recovery.amount_minor, recovery.payee_id) == (18_00, claimed.provider.pk)
        assert row.returned_minor == yuan("5000") - 18_00
        assert pool(claimed.programme) == before + row.returned_minor
        assert is_balanced()

    def test_what_is_paid_back_is_in_the_pool_again_once(self):
        claimed = Claimed()
        taken(the_card(), claimed.officers, now=NOON)
        with tenancy.acting_as_platform():
            (recovery,) = Recovery.objects.all()
        before = pool(claimed.programme)
        facts = {"recovery_id": recovery.pk, "by": claimed.officers[0], "now": NOON}

        for _n in range(2):
            services.record_repayment(payment_reference="PAY-9", **facts)

        assert pool(claimed.programme) == before + 18_00
        with pytest.raises(RecoveryRepaid):
            services.record_repayment(payment_reference="PAY-10", **facts)
        stranger = Person(claimed.clerk.pk, claimed.provider.pk)
        with pytest.raises(RecoveryNotFound):
            services.record_repayment(payment_reference="PAY-9", **facts | {"by": stranger})
        with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
            Recovery.objects.update(amount_minor=1)

    @pytest.mark.parametrize("is_repaid", [False, True])
    def test_what_is_corrected_down_afterwards_is_wanted_no_more(self, is_repaid):
        claimed = Claimed()
        taken(the_card(), claimed.officers, now=NOON)
        with tenancy.acting_as_platform():
            (recovery,) = Recovery.objects.all()
        if is_repaid:
            services.record_repayment(
                recovery_id=recovery.pk,
                payment_reference="PAY-9",
                by=claimed.officers[0],
                now=NOON,
            )
        claimed.market.revise(claimed.order, "4", hour=1)
        claimed.market.charge(at=NOON + timedelta(days=3))

        assert [services.lower_recoveries(now=NOON) for _n in range(2)] == [1, 0]

        captured = 14_40
        with tenancy.acting_as_platform():
            recovery.refresh_from_db()
            found = ledger.balances([accounts.voucher_budget(claimed.code)])
            trial = ledger.balances([accounts.voucher_claim(claimed.code, claimed.provider.pk)])
        assert trial[accounts.voucher_claim(claimed.code, claimed.provider.pk)].posted == captured
        assert (recovery.due_minor, recovery.amount_minor) == (captured, 18_00)
        drawn = yuan("5000") + (captured if is_repaid else 0)
        assert -found[accounts.voucher_budget(claimed.code)].posted == drawn
        assert is_balanced()

    def test_nobody_decides_alone_nor_twice(self):
        of = programme("1000")
        card, officers = voucher(buyer(), "100", of), officers_of(of)
        proposed = propose(card, officers[0])

        with pytest.raises(SecondPersonRequired):
            confirm(proposed, officers[0])
        with pytest.raises(ProposalWaits):
            propose(card, officers[1], reason="another")
        confirm(proposed, officers[1])

        with pytest.raises(AlreadyClawedBack):
            propose(card, officers[0])
        assert pool(of) == yuan("1000")

    def test_it_has_a_reason_and_evidence(self):
        of = programme("1000")
        card, officers = voucher(buyer(), "100", of), officers_of(of)

        for lacks in ("reason", "evidence"):
            with pytest.raises(ReasonNeeded) as refused:
                propose(card, officers[0], **{lacks: "  "})
            assert refused.value.field == lacks

    def test_the_rules_say_for_what_and_for_how_long_with_their_clause(self):
        of = programme("1000", **rules_2(publicity_days=0))
        card, officers = voucher(buyer(), "100", of), officers_of(of)

        with pytest.raises(GroundNotNamed) as ground:
            propose(card, officers[0], ground=G.NOT_USED)
        last = card.issued_at + timedelta(days=730)
        with pytest.raises(ClawBackTooLate) as late:
            propose(card, officers[0], now=last + timedelta(seconds=1))
        propose(card, officers[0], now=last)

        assert all("第17条" in str(each.value) for each in (ground, late)), str(ground.value)

    def test_what_orders_hold_comes_back_when_they_let_it_go(self):
        of, owner, listing = programme("1000"), buyer("1000"), listed()
        card, officers = voucher(owner, "100", of), officers_of(of)
        order = place(owner, wish(listing, voucher_ids=(card.pk,)))
        clear(listing)
        held = left(card)[0] - left(card)[1]
        assert held > 0

        taken(card, officers)
        with tenancy.acting_as_platform():
            orders.cancel_order(order_id=order.pk, buyer_id=owner.pk, now=NOW)
            vouchers.expire_vouchers(now=NOW + timedelta(minutes=11))
            services.complete_claw_backs(now=NOW + timedelta(minutes=11))

        assert (left(card), pool(of)) == ((0, 0), yuan("1000"))
        with tenancy.acting_as_platform():
            assert ClawBack.objects.get().is_over
            assert not Recovery.objects.exists()

    def test_what_is_charged_after_it_is_wanted_back_too(self):
        claimed = Claimed()
        market, card = claimed.market, the_card()
        order = market.order(cards=8, hours=2, starts_at=NOON + timedelta(hours=3))
        taken(card, claimed.officers, now=NOON)
        market.use(order, "5", hour=3)
        market.settle()

        made = services.complete_claw_backs(now=NOON)
        again = services.complete_claw_backs(now=NOON)

        with tenancy.acting_as_platform():
            amounts = [each.amount_minor for each in Recovery.objects.order_by("id")]
        assert (made, again, amounts) == (1, 0, [18_00, 18_00])

    def test_one_that_an_order_holds_for_long_keeps_no_other_waiting(self):
        worlds = [Claimed(), Claimed()]
        orders_held = []
        for world in worlds:
            card = the_card(world)
            start = NOON + timedelta(hours=3)
            orders_held.append(world.market.order(cards=8, hours=2, starts_at=start))
            taken(card, world.officers, now=NOON)
        worlds[1].market.use(orders_held[1], "5", hour=3)
        worlds[1].market.settle()

        made = services.complete_claw_backs(now=NOON, limit=1)

        with tenancy.acting_as_platform():
            waiting = list(ClawBack.objects.order_by("id").values_list("is_over", flat=True))
        assert (made, waiting[0]) == (1, False)

    def test_each_side_reads_its_own(self):
        claimed = Claimed()
        taken(the_card(), claimed.officers, now=NOON)

        def seen(organization_id, role):
            with tenancy.acting_as(organization_id):
                return selectors.recoveries_of(Actor(organization_id, frozenset({role}), 1)).count()

        assert seen(claimed.provider.pk, Role.PROVIDER) == 1
        assert seen(claimed.programme.issuer_id, Role.ISSUER) == 1
        assert seen(cast.organization("Other").pk, Role.PROVIDER) == 0


def at_once(*acts) -> list[str]:
    """Do everything at the same moment; return what each was refused with, or nothing."""
    start = threading.Barrier(len(acts))

    def act(number: int) -> str:
        try:
            start.wait(timeout=30)
            acts[number]()
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool_:
        return list(pool_.map(act, range(len(acts))))


def test_taking_back_and_claiming_at_one_instant(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        claimed = Claimed()
        proposed = propose(the_card(), claimed.officers[0], now=NOON)

        said = at_once(
            lambda: confirm(proposed, claimed.officers[1], now=NOON),
            claimed.submit,
            lambda: confirm(proposed, claimed.officers[1], now=NOON),
            claimed.submit,
        )

        with tenancy.acting_as_platform():
            recovered = [each.amount_minor for each in Recovery.objects.all()]
            code = accounts.voucher_claimed(claimed.code, claimed.provider.pk)
            claiming = ledger.balances([code])[code].posted
        assert sorted(said) == ["", "", "nothing_to_claim", "proposal_already_decided"]
        assert (recovered, claiming) == ([18_00], 18_00)
        assert is_balanced()


@pytest.mark.slow
def test_without_turns_two_claim_at_one_instant_while_it_is_taken_back(
    fresh_database, django_db_blocker, monkeypatch
):
    """The negative control: both find the trade unclaimed, and only the database refuses one."""
    together = threading.Barrier(2)
    read = selectors.unclaimed

    def unclaimed(**facts):
        found = list(read(**facts))
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=20)
        return found

    walls = []

    def submitting(claimed):
        try:
            claimed.submit()
        except IntegrityError as error:
            walls.append(error)

    with django_db_blocker.unblock():
        claimed = Claimed()
        proposed = propose(the_card(), claimed.officers[0], now=NOON)
        monkeypatch.setattr(claiming.limits, "take_turns", lambda _name: None)
        monkeypatch.setattr(claiming.selectors, "unclaimed", unclaimed)

        said = at_once(
            lambda: confirm(proposed, claimed.officers[1], now=NOON),
            lambda: submitting(claimed),
            lambda: submitting(claimed),
        )

        assert said == ["", "", ""]
        assert len(walls) == 1, "the race did not happen: the test above would prove nothing"
        with tenancy.acting_as_platform():
            code = accounts.voucher_claimed(claimed.code, claimed.provider.pk)
            assert ledger.balances([code])[code].posted == 18_00
        assert is_balanced()


@pytest.mark.parametrize("end", ["taken back", "expired"])
def test_redeeming_and_the_end_of_a_voucher_at_one_instant(fresh_database, django_db_blocker, end):
    """Eight books redeem one voucher while it ends: each fen is held or back in the pool."""
    with django_db_blocker.unblock():
        of, owner = programme("1000"), buyer("1000")
        card, officers = voucher(owner, "20", of), officers_of(of)
        last = card.expires_at
        now = last - timedelta(seconds=1) if end == "expired" else NOW
        books = [listed(region=each) for each in ("640500", "520100", "110000", "310000")]
        for listing in books:
            start = now + timedelta(hours=1)
            place(owner, wish(listing, cards="4", start=start, voucher_ids=(card.pk,)), at=now)
        if end == "expired":
            ending = lambda: vouchers.expire_vouchers(now=last)  # noqa: E731
        else:
            proposed = propose(card, officers[0])
            ending = lambda: confirm(proposed, officers[1])  # noqa: E731

        said = at_once(ending, *[lambda book=book: clear(book, at=now) for book in books])

        assert set(said) == {""}
        posted, available = left(card)
        assert available == 0, "nothing is left that no order holds"
        assert pool(of) + posted == yuan("1000")
        assert the_card().returned_minor == yuan("20") - posted


@pytest.mark.slow
def test_holding_and_cancelling_a_thousand_times_loses_nothing(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        of, owner, listing = programme("1000"), buyer("1000"), listed(cards=64)
        card = voucher(owner, "500", of)
        for turn in range(20):
            rows = [
                place(owner, wish(listing, cards="1", voucher_ids=(card.pk,))) for _n in range(50)
            ]
            clear(listing)
            assert left(card)[1] < left(card)[0], turn
            with tenancy.acting_as_platform():
                for row in rows:
                    orders.cancel_order(order_id=row.pk, buyer_id=owner.pk, now=NOW)
            assert left(card) == (yuan("500"), yuan("500")), turn


@pytest.mark.slow
def test_a_voucher_split_over_a_thousand_orders_is_held_and_freed_to_the_fen(
    fresh_database, django_db_blocker
):
    with django_db_blocker.unblock():
        of, owner, listing = programme("1000"), buyer("10000"), listed(cards=1_000)
        card = voucher(owner, "500", of)
        rows = [place(owner, wish(listing, voucher_ids=(card.pk,))) for _n in range(1_000)]
        while clear(listing).cleared:
            pass
        with tenancy.acting_as_platform():
            parts = list(OrderCover.objects.values_list("amount_minor", flat=True))
            posted, available = left(card)
            assert posted - available == sum(parts)
            assert available == max(0, yuan("500") - sum(parts))
            paid = set(OrderCover.objects.values_list("order_id", flat=True))
            for row in rows:
                if row.pk in paid:
                    orders.cancel_order(order_id=row.pk, buyer_id=owner.pk, now=NOW)
        assert left(card) == (yuan("500"), yuan("500"))
