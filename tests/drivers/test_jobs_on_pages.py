"""Jobs are ordered on a page and over HTTP, listed, agreed on by two, and run again."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError

from common import clock, networks, tenancy
from common.errors import Refusal
from common.period import Period
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.drivers import job_rules, selectors
from marketplace.drivers.job_contracts import JobNotForDriver, JobNotFound, JobWish
from marketplace.drivers.models import BatchJob, ProviderDriver
from marketplace.drivers.registry import KINDS
from marketplace.drivers.services import cancel_job, confirm_job, place_or_propose_job
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from tests import cast as people
from tests import factories
from tests.budgets import cast as budgets
from tests.drivers.cast import HOUR, MINUTE, NOON, Driving
from tests.drivers.fake_provider import serving
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in
from tests.orders.cast import NOW, buyer, wish

pytestmark = pytest.mark.django_db
JOB = JobWish(("train", "--name", "a b"), 1_800, image="train:1", result_reference="s3://out/1")


@pytest.fixture
def acme():
    return buyer("10000")


@pytest.fixture
def listing():
    return factories.ListingFactory()


def asked(acme, person, listing, job=JOB):
    with tenancy.acting_as(acme.pk):
        return place_or_propose_job(
            buyer_id=acme.pk,
            wish=wish(listing),
            job=job,
            by=Person(person.pk, acme.pk),
            placed_at=NOW,
        )


def confirmed(acme, person, proposed):
    with tenancy.acting_as(acme.pk):
        return confirm_job(
            proposal_id=proposed.id, person_id=person.pk, organization_id=acme.pk, now=NOW
        )


def test_a_job_that_two_agree_on_is_what_runs(acme, listing):
    ada, bob = people.member(acme, Role.BUYER), people.member(acme, Role.BUYER)
    budgets.cap(acme, "1000", approve_from_minor=1)
    proposed = asked(acme, ada, listing)
    assert isinstance(proposed, Proposed)
    with tenancy.acting_as_platform():
        assert not Order.objects.exists()
    with pytest.raises(Refusal):
        confirmed(acme, ada, proposed)

    browser = people.signed_in(bob)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = browser.get(f"/approvals/{proposed.id}/").content.decode()
    for said in ("train --name &#x27;a b&#x27;", "train:1", "s3://out/1", job_rules.hash_of(JOB)):
        assert said in page
    made = confirmed(acme, bob, proposed)

    with tenancy.acting_as_platform():
        row = BatchJob.objects.get()
    assert row.proposal_id == proposed.id
    assert made.content_hash == job_rules.hash_of(JOB)
    assert job_rules.job_from(selectors.kept_of(row)) == JOB
    with pytest.raises(Refusal):
        confirmed(acme, bob, proposed)


@pytest.mark.parametrize(
    "change", ["command = '[\"rm\"]'", "image = 'other:1'", "content_hash = repeat('0', 64)"]
)
def test_a_row_that_says_something_else_than_was_agreed_on_is_refused(acme, listing, change):
    ada, bob = people.member(acme, Role.BUYER), people.member(acme, Role.BUYER)
    budgets.cap(acme, "1000", approve_from_minor=1)
    confirmed(acme, bob, asked(acme, ada, listing))
    name, _sign, value = change.partition(" = ")
    columns = (
        "order_id, buyer_id, command, image, data_reference, result_reference, environment,"
        " sealed_names, wall_seconds, content_hash, proposal_id, made_at"
    )
    chosen = ", ".join(value if each == name else each for each in columns.split(", "))
    copied = f"INSERT INTO drivers_batchjob ({columns}) SELECT {chosen} FROM drivers_batchjob"

    def insert(statement):
        with tenancy.acting_as_platform(), connection.cursor() as cursor, transaction.atomic():
            cursor.execute(statement)

    with pytest.raises(IntegrityError, match="what was agreed on"):
        insert(copied)
    with pytest.raises(IntegrityError, match="duplicate key"):  # the same again is the only way
        insert(copied.replace(chosen, columns))


def test_what_a_driver_cannot_run_is_refused():
    with pytest.raises(JobNotForDriver):
        job_rules.check_driver_takes(JobWish(("a",), 60), KINDS["kubernetes-1"])
    for name in ("local-1", "slurm-1"):
        with pytest.raises(JobNotForDriver):
            job_rules.check_driver_takes(JobWish(("a",), 60, image="x"), KINDS[name])
        job_rules.check_driver_takes(JobWish(("a",), 60), KINDS[name])
    for name in ("manual-1", "webhook-1", "kubernetes-1"):
        job_rules.check_driver_takes(JobWish(("a",), 60, image="x"), KINDS[name])


def test_a_job_is_seen_and_cancelled_by_its_parties_alone(acme, listing):
    asked(acme, people.member(acme, Role.BUYER), listing)
    other = people.organization("Other")
    with tenancy.acting_as_platform():
        order_id = BatchJob.objects.get().pk
    with tenancy.acting_as(other.pk), pytest.raises(JobNotFound):
        cancel_job(order_id=order_id, buyer_id=other.pk, now=NOW)
    with tenancy.acting_as(acme.pk):
        cancel_job(order_id=order_id, buyer_id=acme.pk, now=NOW)
        assert selectors.jobs_of(acme.pk)[0].order.state == "CANCELLED"


def test_a_job_is_ordered_over_http_listed_and_ordered_again(acme, listing, capsys):
    browser = signed_in(acme, Role.BUYER)
    start = clock.now().replace(microsecond=0) + timedelta(hours=1)
    body = {
        "listing_id": str(listing.pk),
        "units_milli": 1_000,
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=1)).isoformat(),
        "job": {"command": ["train"], "wall_seconds": 60, "result_reference": "s3://out"},
    }

    def post(address, content, key):
        return browser.post(
            address, content, content_type="application/json", headers={"Idempotency-Key": key}
        )

    made = post("/api/v1/job-orders", body, "one")
    assert made.status_code == 201, made.content
    order_id = made.json()["order_id"]
    address = f"/api/v1/job-orders/{order_id}"
    again = {"starts_at": (start + timedelta(days=1)).isoformat()}
    assert post(f"{address}/again", again, "two").status_code == 201
    rows = browser.get("/api/v1/job-orders?state=PLACED").json()["results"]
    assert [row["command"] for row in rows] == [["train"], ["train"]]
    assert browser.get("/api/v1/job-orders?outcome=GOOD").json()["results"] == []
    cancelled = post(f"{address}/cancel", {}, "three")
    assert (cancelled.status_code, cancelled.json()["order_state"]) == (200, "CANCELLED")
    assert cancelled.json()["log_tail"] == ""
    call_command("jobs", "list", organization=acme.uscc, json=True)
    assert '"result_reference": "s3://out"' in capsys.readouterr().out
    stranger = signed_in(people.organization("Other"), Role.BUYER)
    assert stranger.get(address).status_code == 404
    assert stranger.get("/api/v1/job-orders").json()["results"] == []


def test_a_buyer_orders_a_job_on_a_page(acme, listing):
    browser = signed_in(acme, Role.BUYER)
    assert "No jobs" in browser.get("/batch-jobs/").content.decode()
    address = f"/market/{listing.pk}/job/"
    assert address in browser.get(f"/market/{listing.pk}/").content.decode()
    page = browser.get(address)
    assert "By hand" in page.content.decode()
    form = page.context["form"]
    sent = {
        **{name: form[name].value() or "" for name in form.fields},
        "key": key_of(page),
        "use_vouchers": "",
        "units": "1",
        "command": "train 'a",
        "environment": "DB_PASSWORD=x",
    }
    refused = browser.post(address, sent)
    assert refused.status_code == 422
    assert "A quote is not closed." in refused.content.decode()
    secret = browser.post(address, sent | {"command": "train"}).content.decode()
    assert "handed over sealed" in secret
    sent |= {"command": "train 'a b'", "environment": "SEED=7", "sealed_names": "KEY", "wall": "30"}
    quoted = browser.post(address, sent)
    assert quoted.status_code == 200
    confirmed_ = browser.post(
        address, sent | {"action": "order", "quote_id": quoted.context["quote"].id}
    )
    assert confirmed_.status_code == 302
    with tenancy.acting_as_platform():
        row = BatchJob.objects.get()
    assert (row.command, row.environment, row.sealed_names) == (
        ["train", "a b"],
        {"SEED": "7"},
        ["KEY"],
    )
    assert row.wall_seconds == 1_800
    shown = browser.get(confirmed_["Location"]).content.decode()
    assert "train &#x27;a b&#x27;" in shown
    assert f"{address}?again={row.pk}" in shown
    again = browser.get(f"{address}?again={row.pk}")
    assert again.context["form"]["command"].value() == "train 'a b'"
    assert "train &#x27;a b&#x27;" in browser.get("/batch-jobs/").content.decode()


def test_the_end_of_a_log_is_told_to_both_parties(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        market = Driving(fake)
        person = people.member(market.buyer, Role.BUYER)
        with tenancy.acting_as(market.buyer.pk):
            made = place_or_propose_job(
                buyer_id=market.buyer.pk,
                wish=market_wish(market),
                job=JOB,
                by=Person(person.pk, market.buyer.pk),
                placed_at=NOON - 5 * MINUTE,
            )
        with tenancy.acting_as_platform():
            order = Order.objects.get(pk=made.pk)
        with tenancy.acting_as_platform():
            orders.clear_book(book_id=order.book_id, now=NOON - 4 * MINUTE)
        market.drive(NOON - MINUTE)
        market.say_signed(order, "delivery.ready", at=NOON)
        market.say_signed(
            order, "delivery.exited", at=NOON + MINUTE, exit_code=0, log_tail="epoch 3\nloss\t0.1"
        )
    assert fake.bodies[0]["data"]["job"]["result_reference"] == "s3://out/1"
    for owner, role in ((market.buyer, Role.BUYER), (market.provider, Role.PROVIDER)):
        page = signed_in(owner, role).get(f"/orders/{order.pk}/").content.decode()
        assert "epoch 3\nloss 0.1" in page
        assert "Exit code 0" in page
        assert (
            order.number in signed_in(owner, role).get("/batch-jobs/?outcome=GOOD").content.decode()
        )


def market_wish(market):
    return OrderWish("job 1", 1_000, Period(NOON, NOON + HOUR), listing_id=market.listing.pk)


def test_what_a_listing_can_run_is_told_without_its_provider_driver(acme, listing):
    with tenancy.acting_as(acme.pk):
        assert selectors.kind_for_listing(listing.pk).name == "manual-1"
        assert not ProviderDriver.objects.exists()


def test_a_job_that_failed_without_a_code_ended(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        market = Driving(fake)
        person = people.member(market.buyer, Role.BUYER)
        with tenancy.acting_as(market.buyer.pk):
            made = place_or_propose_job(
                buyer_id=market.buyer.pk,
                wish=market_wish(market),
                job=JOB,
                by=Person(person.pk, market.buyer.pk),
                placed_at=NOON - 5 * MINUTE,
            )
        with tenancy.acting_as_platform():
            order = Order.objects.get(pk=made.pk)
            orders.clear_book(book_id=order.book_id, now=NOON - 4 * MINUTE)
        browser = signed_in(market.buyer, Role.BUYER)

        def found():
            return {
                outcome
                for outcome in ("OPEN", "GOOD", "BAD")
                if browser.get(f"/api/v1/job-orders?outcome={outcome}").json()["results"]
            }

        assert found() == {"OPEN"}
        market.drive(NOON - MINUTE)
        market.say_signed(order, "delivery.failed", at=NOON)
        assert found() == {"BAD"}
