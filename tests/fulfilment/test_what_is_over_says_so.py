"""An order says what became of its delivery; a job that is done by hand leaves its result."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from identity.contracts import Role
from marketplace.drivers import selectors as drivers
from marketplace.drivers.models import BatchJob
from marketplace.fulfilment import services
from marketplace.fulfilment.contracts import (
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    MoveRefused,
    WorkLeft,
    WorkNotOver,
)
from marketplace.orders.models import Order
from marketplace.portal import papers
from marketplace.portal.views import orders as order_views
from marketplace.portal.views.deliveries import MoveForm
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.assurance import levels
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READY, EXIT, FAIL = DeliveryMove.READY, DeliveryMove.EXIT, DeliveryMove.FAIL


@pytest.fixture
def market() -> Delivering:
    return Delivering()


@pytest.fixture
def moment(monkeypatch):
    """Let pages be looked at at a moment of the market's."""
    return lambda at: monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture
def paper(monkeypatch):
    """Return what an order's paper is made from, without setting it."""
    made: dict[str, object] = {}

    def keep(order, **facts):
        made.update(facts, no_days=papers.order._no_days(facts["not_delivered"]))
        return b"%PDF"

    monkeypatch.setattr(order_views.papers, "order_paper", keep)
    return made


def state_of(order: Order) -> str:
    with tenancy.acting_as_platform():
        return str(Order.objects.get(pk=order.pk).state)


def test_what_was_not_delivered_has_a_receipt_without_lines(market, paper, moment):
    order = market.order()
    market.asked(order)
    market.say(order, FAIL, at=NOON - MINUTE, reason="hardware_fault")
    assert state_of(order) == "CANCELLED"
    moment(NOON)
    buyer = signed_in(market.buyer, Role.BUYER)
    address = f"/orders/{order.pk}/"
    page = buyer.get(address).content.decode()
    assert "Not delivered: Fault of the hardware. Its receipt has no lines: ¥0.00" in page
    assert "Cancelled" not in page
    assert f"/orders/{order.pk}/dispute/" not in page  # There is no contract to dispute.
    charges = buyer.get(f"{address}?part=charges").content.decode()
    assert "Receipt: not delivered, Fault of the hardware. Lines: 0. Total: ¥0.00." in charges
    assert "Nothing was delivered, so nothing is charged." in charges
    assert buyer.get(f"{address}paper/").status_code == 200
    assert paper["no_days"] == (
        "Receipt: not delivered, Fault of the hardware. Lines: 0. Total: ¥0.00."
    )
    in_zh = buyer.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert "未交付" in in_zh


def test_what_the_buyer_cancelled_is_still_cancelled(market, moment):
    order = market.order()
    market.asked(order)
    moment(NOON - MINUTE)
    buyer = signed_in(market.buyer, Role.BUYER)
    buyer.post(f"/orders/{order.pk}/cancel/")
    services.advance(now=NOON)
    page = buyer.get(f"/orders/{order.pk}/").content.decode()
    assert "Cancelled on" in page
    assert "Not delivered" not in page


def test_what_exited_no_longer_runs_on_the_page_of_its_order(market, moment):
    order = market.order(hours=5)
    market.asked(order)
    settlement.open_contracts(now=NOON)
    market.say(order, READY, at=NOON)
    market.say(order, EXIT, at=NOON + 5 * MINUTE, reason="job_done")
    buyer = signed_in(market.buyer, Role.BUYER)
    for ended in (False, True):  # Before the market saw it, and after.
        if ended:
            assert settlement.end_undelivered(now=NOON + 6 * MINUTE) == 1
        moment(NOON + 6 * MINUTE)
        page = buyer.get(f"/orders/{order.pk}/").content.decode()
        assert "Nothing is delivered any more; its last windows close" in page
        for gone in (">Running", "it ends in", "in progress", "undelivered-1"):
            assert gone not in page
        assert f"/orders/{order.pk}/dispute/" not in page  # Nothing is charged yet.
        assert "Nothing runs. What you order shows here" in buyer.get("/home/").content.decode()


def test_what_exits_before_its_start_gives_everything_back(market, moment):
    order = market.order()
    market.asked(order)
    market.say(order, READY, at=NOON - 3 * MINUTE)
    market.say(order, EXIT, at=NOON - 2 * MINUTE, reason="job_done")
    assert (market.delivery(order).state, state_of(order)) == ("EXITED", "CANCELLED")
    moment(NOON - MINUTE)
    buyer = signed_in(market.buyer, Role.BUYER)
    page = buyer.get(f"/orders/{order.pk}/").content.decode()
    shown = buyer.get(f"/deliveries/{market.delivery(order).pk}/").content.decode()
    for each in (page, shown):
        assert f"/orders/{order.pk}/dispute/" not in each
    assert "It exited before its time began" in page
    for gone in ("Scheduled", "Cancel order", "it begins in"):
        assert gone not in page
    market.say(order, DeliveryMove.WIPE, at=NOON)
    assert market.delivery(order).wiped_at == NOON


@pytest.mark.parametrize(
    ("state", "move", "fits", "does_not"),
    [
        ("RUNNING", "INTERRUPT", "network_fault", "job_done"),
        ("RUNNING", "EXIT", "job_done", "never_ready"),
        ("PREPARING", "FAIL", "declined", "job_done"),
    ],
)
def test_reasons_fit_what_happened(state, move, fits, does_not):
    moves = [DeliveryMove.INTERRUPT, EXIT] if state == "RUNNING" else [READY, FAIL]
    for reason, is_valid in ((fits, True), (does_not, False)):
        sent = {
            "key": "0190a0a0-0000-7000-8000-000000000000",
            "move": move,
            "reason": reason,
            "detail": "",
        }
        form = MoveForm(sent, moves=moves, is_job=False)
        assert form.is_valid() is is_valid
        assert ("reason" in form.errors) is not is_valid
    assert "reason" not in MoveForm(moves=[DeliveryMove.WIPE], is_job=True).fields
    assert "exit_code" not in MoveForm(moves=moves, is_job=False).fields


def with_job(order: Order) -> None:
    with tenancy.acting_as_platform():
        BatchJob.objects.create(
            order_id=order.pk,
            buyer_id=order.buyer_id,
            command=["train"],
            wall_seconds=60,
            made_at=NOON,
        )


def test_a_job_that_is_done_by_hand_leaves_its_result(market, moment):
    order = market.order()
    with_job(order)
    asked = market.asked(order)
    market.say(order, READY, at=NOON)
    moment(NOON + MINUTE)
    provider = signed_in(market.provider, Role.PROVIDER)
    address = f"/deliveries/{asked.pk}/"
    page = provider.get(address)
    sent = {
        "key": key_of(page),
        "move": "EXIT",
        "reason": "job_done",
        "detail": "",
        "exit_code": "3",
        "result_reference": "s3://out/7",
        "log_tail": "first\nlast line",
    }
    assert provider.post(address, sent | {"exit_code": "256"}).status_code == 422
    interrupted = provider.post(address, sent | {"move": "INTERRUPT", "reason": "maintenance"})
    assert interrupted.status_code == 422
    assert provider.post(address, sent).status_code == 302
    seen = signed_in(market.buyer, Role.BUYER).get(f"/orders/{order.pk}/").content.decode()
    for told in ("Exit code 3", "s3://out/7", "last line"):
        assert told in seen
    assert "Not ended" not in seen
    with tenancy.acting_as_platform():
        row = drivers.job_with_outcome(order.pk)
    assert (row.exit_code, row.exited_at) == (3, NOON + MINUTE)


def test_only_an_exit_leaves_a_result(market):
    order = market.order()
    market.asked(order)
    with pytest.raises(WorkNotOver):
        market.say(order, READY, at=NOON, left=WorkLeft(exit_code=0))
    market.say(order, READY, at=NOON)
    with pytest.raises(MoveRefused):
        market.say(order, FAIL, at=NOON, reason=str(DeliveryReason.DECLINED))
    copied = (
        "INSERT INTO fulfilment_deliverystep (id, delivery_id, buyer_id, provider_id, sequence,"
        " move, state, at, exit_code) SELECT uuidv7(), delivery_id, buyer_id, provider_id, 90,"
        " move, state, at, 0 FROM fulfilment_deliverystep WHERE move = 'READY'"
    )
    with (
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="delivery_step_leaves_at_exit"),
        transaction.atomic(),
    ):
        cursor.execute(copied)
    market.say(order, EXIT, at=NOON + HOUR / 4, reason="job_done", left=WorkLeft(0, "", "done"))
    assert market.delivery(order).state == FulfilmentState.EXITED


def test_everybody_reads_the_policy(client, market):
    page = client.get("/deliveries/policy/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "Charged only while it is in operation" in page.content.decode()
    assert client.post("/deliveries/policy/", {}).status_code == 405


def test_everybody_reads_scores_with_their_inputs(client):
    found = levels.a_score(people.organization("Provider"))
    for address in (
        f"/scores/resources/{found.resource_id}/",
        f"/scores/providers/{found.provider_id}/",
        f"/scores/providers/{found.provider_id}/export/",
        "/scores/verify_scores.py",
    ):
        assert client.get(address).status_code == 200
    page = client.get(f"/scores/resources/{found.resource_id}/").content.decode()
    assert found.content_hash in page
