"""A halted book takes no orders and clears none; what waits goes on waiting, and may leave."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from common import tenancy
from identity.approvals import services as approvals
from identity.approvals.contracts import Person, ProposalExpired, Proposed
from identity.contracts import Role, SecondPersonRequired
from marketplace.catalog.models import Book
from marketplace.orders import selectors, services
from marketplace.orders.contracts import (
    BookAlreadyHalted,
    BookHalted,
    BookTrades,
    HaltReasonMissing,
    HaltRepeated,
)
from marketplace.orders.due import WORK
from marketplace.orders.models import BookHalt, Order
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.orders.cast import buyer, clear, needs, place, seen, told_of, wish

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def listing():
    return supply.listed(cards=4)


@pytest.fixture
def operators():
    office = cast.organization("Office")
    return [Person(cast.member(office, Role.OPERATOR).pk, office.pk) for _each in range(2)]


def halted(listing, by, *, at=NOW, reason="wrong prices"):
    return services.halt_book(
        resource_class=listing.resource_class, hub=listing.hub, reason=reason, by=by, now=at
    )


def proposed(listing, by, *, at=NOW, reason="a broken meter", act=services.propose_halt):
    return act(resource_class=listing.resource_class, hub=listing.hub, reason=reason, by=by, now=at)


def agreed(proposal, by, *, at=NOW, act=services.confirm_halt):
    return act(proposal_id=proposal.id, person_id=by.id, organization_id=by.organization_id, now=at)


def test_what_waits_neither_clears_nor_is_due_until_the_hour_is_over(listing, operators):
    order = place(buyer("100"), wish(listing, start=NOW + 3 * HOUR))
    halted(listing, operators[0])

    assert clear(listing).round_number == ""
    assert seen(order).state == "PLACED"
    with tenancy.acting_as_platform():
        assert selectors.books_waiting(now=NOW, limit=10) == []
        assert WORK[0].read(NOW).rows == 0
        assert selectors.books_waiting(now=NOW + HOUR, limit=10) == [listing.book_id]
    assert clear(listing, NOW + HOUR).cleared == 1


def test_nobody_orders_in_it_by_name_or_by_requirement_and_a_retry_is_answered(listing, operators):
    owner, asked = buyer("100"), wish(listing, key="first")
    order = place(owner, asked)
    halted(listing, operators[0])

    for wanted in (wish(listing), needs(hub=listing.hub, resource_class=listing.resource_class)):
        with pytest.raises(BookHalted) as refused:
            place(owner, wanted)
        assert "wrong prices" in str(refused.value)
    assert place(owner, asked).pk == order.pk
    with tenancy.acting_as_platform():
        assert Order.objects.count() == 1


def test_another_book_goes_on(listing, operators):
    other = supply.listed_vcpu()
    halted(listing, operators[0])

    assert place(buyer("1000"), wish(other)).state == "PLACED"


def test_what_waits_may_be_cancelled(listing, operators):
    owner = buyer("100")
    order = place(owner, wish(listing))
    halted(listing, operators[0])

    with tenancy.acting_as(owner.pk):
        services.cancel_order(order_id=order.pk, buyer_id=owner.pk, now=NOW)

    assert told_of(order, to=owner.pk)[-1] == "cancelled"


def test_one_person_halts_for_an_hour_and_not_again_within_a_day(listing, operators):
    halt = halted(listing, operators[0])

    assert halt.until == NOW + HOUR
    with pytest.raises(BookAlreadyHalted):
        halted(listing, operators[1], at=NOW + HOUR - timedelta(microseconds=1))
    with pytest.raises(HaltRepeated):
        halted(listing, operators[1], at=NOW + 24 * HOUR - timedelta(microseconds=1))
    assert halted(listing, operators[1], at=NOW + 24 * HOUR).until == NOW + 25 * HOUR


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_halt_has_a_reason(listing, operators, reason):
    with pytest.raises(HaltReasonMissing):
        halted(listing, operators[0], reason=reason)
    assert not BookHalt.objects.exists()


def test_two_halt_until_two_resume_and_what_waited_clears(listing, operators):
    first, second = operators
    order = place(buyer("100"), wish(listing, start=NOW + 48 * HOUR))
    lone = halted(listing, first)
    proposal = proposed(listing, first)

    with pytest.raises(SecondPersonRequired):
        agreed(proposal, first)
    halt = agreed(proposal, second, at=NOW + HOUR / 2)

    assert (halt.until, halt.reason) == (None, "a broken meter")
    assert BookHalt.objects.get(pk=lone.pk).ended_at == NOW + HOUR / 2
    assert clear(listing, NOW + 24 * HOUR).round_number == ""
    with pytest.raises(BookAlreadyHalted):
        proposed(listing, second, at=NOW + HOUR)
    again = proposed(listing, second, at=NOW + 24 * HOUR, act=services.propose_resume)
    with pytest.raises(SecondPersonRequired):
        agreed(again, second, at=NOW + 24 * HOUR, act=services.resume_book)
    agreed(again, first, at=NOW + 24 * HOUR, act=services.resume_book)

    clear(listing, NOW + 24 * HOUR)
    assert seen(order).state == "CLEARED"
    with pytest.raises(BookTrades):
        proposed(listing, first, at=NOW + 24 * HOUR, act=services.propose_resume)


def test_a_halt_that_is_over_is_not_resumed(listing, operators):
    first, second = operators
    halted(listing, first)
    proposal = proposed(listing, first, act=services.propose_resume)

    with pytest.raises(ProposalExpired):
        agreed(proposal, second, at=NOW + HOUR, act=services.resume_book)
    assert BookHalt.objects.get().resumed_by_id is None


def test_nothing_of_a_halt_changes_but_its_end_and_nobody_forges_the_second_person(
    listing, operators
):
    first, second = operators
    halted(listing, first)
    forged = {
        "book_id": listing.book_id,
        "reason": "forged",
        "since": NOW,
        "halted_by_id": first.id,
        "agreed_by_id": second.id,
    }
    with tenancy.acting_as_platform():
        waiting = proposed(listing, first)
    for act in (
        lambda: BookHalt.objects.update(reason="another"),
        lambda: BookHalt.objects.update(until=NOW + 2 * HOUR),
        lambda: BookHalt.objects.all().delete(),
        lambda: BookHalt.objects.create(**forged, proposal_id=waiting.id),
        lambda: BookHalt.objects.create(**forged | {"agreed_by_id": None}, until=NOW + 2 * HOUR),
    ):
        with pytest.raises(DatabaseError), tenancy.acting_as_platform():
            act()
    assert BookHalt.objects.get().reason == "wrong prices"


def test_a_refused_proposal_halts_nothing(listing, operators):
    first, second = operators
    proposal = proposed(listing, first)

    approvals.refuse(proposal_id=proposal.id, by=second, reason="no need", now=NOW)

    assert selectors.halt_in_force(book_id=listing.book_id, at=NOW) is None
    assert isinstance(proposed(listing, first), Proposed)


def test_everybody_reads_why_and_only_operators_halt_over_the_api(listing, operators):
    address = f"/api/v1/books/{listing.resource_class}/{listing.hub}"
    member = cast.signed_in(cast.member(buyer(), Role.BUYER))
    office = cast.organization("Desk")
    operator, other = (cast.signed_in(cast.member(office, Role.OPERATOR)) for _each in range(2))

    def send(browser, act, **body):
        return browser.post(
            f"{address}/{act}",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": f"{act}-{len(body)}-{id(browser)}"},
        )

    assert send(member, "halt", reason="mine").status_code == 403
    assert send(operator, "halt").status_code == 400
    assert send(operator, "resume", reason="it trades").json()["code"] == "book_not_halted"
    assert send(operator, "halt", reason="wrong prices").status_code == 201
    assert send(other, "halt", reason="again").json()["code"] == "book_already_halted"
    assert send(other, "halt", reason="longer", until_resumed=True).status_code == 202
    (told,) = member.get("/api/v1/book-halts").json()["results"]
    assert (told["reason"], told["hub"], told["ended_at"]) == ("wrong prices", listing.hub, None)
    nowhere = operator.post(
        "/api/v1/books/AI/nowhere/halt",
        {"reason": "x"},
        content_type="application/json",
        headers={"Idempotency-Key": "nowhere"},
    )
    assert nowhere.status_code == 404
    assert Book.objects.filter(hub="nowhere").count() == 0
