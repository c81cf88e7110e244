"""A batch job is an order: its driver is told what to run, and its exit code is the result."""

from dataclasses import replace

import pytest

from common import networks, tenancy
from common.period import Period
from identity.contracts import Role
from marketplace.drivers import job_rules
from marketplace.drivers.job_contracts import BatchJobInvalid, JobWish
from marketplace.drivers.models import BatchJob
from marketplace.drivers.services import place_job
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from tests import cast as people
from tests.drivers.cast import HOUR, MINUTE, NOON, Driving
from tests.drivers.fake_provider import serving
from tests.fulfilment.test_deliveries_on_pages import signed_in

JOB = JobWish(("train", "--epochs=3"), 1_800, image="train:1", environment={"SEED": "7"})


@pytest.mark.parametrize(
    ("field", "job"),
    [
        ("command", JobWish((), 60)),
        ("command", JobWish(("a" * 1_001,), 60)),
        ("wall_seconds", JobWish(("a",), 3_601)),
        ("wall_seconds", JobWish(("a",), 0)),
        ("environment", JobWish(("a",), 60, environment={"DB_PASSWORD": "x"})),
        ("environment", JobWish(("a",), 60, environment={"A B": "x"})),
        ("environment", JobWish(("a",), 60, environment={f"A{n}": "x" for n in range(51)})),
        ("sealed_names", JobWish(("a",), 60, environment={"A": "x"}, sealed_names=("A",))),
        ("sealed_names", JobWish(("a",), 60, sealed_names=("a", "b!"))),
        ("data_reference", JobWish(("a",), 60, data_reference="x" * 501)),
    ],
)
def test_what_cannot_be_run_is_refused(field, job):
    with pytest.raises(BatchJobInvalid) as refused:
        job_rules.check_job(job, seconds=3_600)
    assert refused.value.field == field


def test_secrets_are_named_and_not_told():
    job_rules.check_job(JobWish(("a",), 60, sealed_names=("DB_PASSWORD",)), seconds=60)


@pytest.mark.django_db
def test_under_a_key_stands_one_job_and_no_plain_order_gets_one(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        market = Driving(fake)
    period = Period(NOON, NOON + HOUR)
    plain, wish = (
        OrderWish(key, 1_000, period, listing_id=market.listing.pk) for key in ("plain", "job 1")
    )
    owner, at = market.buyer.pk, NOON - 5 * MINUTE
    with tenancy.acting_as(owner):
        place_job(buyer_id=owner, wish=wish, job=JOB, placed_at=at)
        for other in ({"image": "train:2"}, {"environment": {"SEED": "8"}}, {"wall_seconds": 60}):
            with pytest.raises(BatchJobInvalid):
                place_job(buyer_id=owner, wish=wish, job=replace(JOB, **other), placed_at=at)
        orders.place_order(buyer_id=owner, wish=plain, placed_at=at)
        with pytest.raises(BatchJobInvalid):
            place_job(buyer_id=owner, wish=plain, job=JOB, placed_at=at + MINUTE)
        assert BatchJob.objects.count() == 1


@pytest.mark.django_db
def test_a_job_runs_and_its_exit_code_is_the_result(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        market = Driving(fake)
        wish = OrderWish("job 1", 1_000, Period(NOON, NOON + HOUR), listing_id=market.listing.pk)
        with tenancy.acting_as(market.buyer.pk):
            made = place_job(
                buyer_id=market.buyer.pk, wish=wish, job=JOB, placed_at=NOON - 5 * MINUTE
            )
            again = place_job(
                buyer_id=market.buyer.pk, wish=wish, job=JOB, placed_at=NOON - 5 * MINUTE
            )
        with tenancy.acting_as_platform():
            order = Order.objects.get(pk=made.order_id)
            orders.clear_book(book_id=order.book_id, now=NOON - 4 * MINUTE)
        market.drive(NOON - MINUTE)
        market.say_signed(order, "delivery.ready", at=NOON)
        market.say_signed(order, "delivery.exited", at=NOON + MINUTE, exit_code=3)

    assert again.pk == made.pk
    told = [each["data"]["job"] for each in fake.bodies]
    assert told[0]["command"] == ["train", "--epochs=3"]
    assert told[0]["environment"] == {"SEED": "7"}
    delivery = market.delivery(order)
    for owner, role in ((market.buyer, Role.BUYER), (market.provider, Role.PROVIDER)):
        page = signed_in(owner, role).get(f"/deliveries/{delivery.pk}/").content.decode()
        assert "train --epochs=3" in page
        assert "Exit code 3" in page
    with tenancy.acting_as(people.organization("Other").pk):
        assert not BatchJob.objects.exists()
