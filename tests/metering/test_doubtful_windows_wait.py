from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import override_settings

from common import tenancy
from identity.contracts import Role
from metering import selectors, services
from metering.contracts import OwnWindow, Verdict, WindowNotFound, WindowNotSetAside
from metering.models import Window, WindowDecision
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return uuid4()


@pytest.fixture
def meter(order):
    """Return a meter of eight cards that claims nine card-hours in one hour."""
    meter = cast.meter()
    cast.ingest(
        meter, cast.reading(meter, 28_800, subject=order), cast.reading(meter, 3600, subject=order)
    )
    cast.close()
    return meter


@pytest.fixture
def operator():
    return people.organization("Operator")


def window_of(meter):
    with tenancy.acting_as_platform():
        return Window.objects.get(meter=meter)


def decide(meter, by, verdict, person=None):
    with tenancy.acting_as_platform():
        return services.decide_window(
            window_id=window_of(meter).pk,
            decided_by=by.pk,
            decided_by_person=(person or people.somebody()).pk,
            verdict=verdict,
            reason="two agents counted the same card",
            now=cast.NOON + timedelta(days=2),
        )


def waits(order, meter):
    with tenancy.acting_as_platform():
        return selectors.open_subjects(resources={order: meter.resource_id}) == {order}


def test_a_window_above_capacity_yields_nothing_and_its_order_waits(meter, order):
    window = window_of(meter)
    assert (window.state, window.set_aside_reason) == ("SET_ASIDE", "above_capacity")
    assert cast.records(meter) == []
    assert waits(order, meter)


def overlap(meter, **facts):
    """Return two readings in which one source counts the same half hour twice."""
    half = timedelta(minutes=30)
    return (
        cast.reading(meter, 3600, subject=facts.get("first"), source="urn:card:1"),
        cast.reading(
            meter,
            1800,
            at=half,
            seconds=1800,
            subject=facts.get("second", facts.get("first")),
            source=facts.get("source", "urn:card:1"),
        ),
    )


def test_a_source_that_counts_the_same_time_twice_is_not_believed():
    meter = cast.meter()
    cast.ingest(meter, *overlap(meter))

    assert cast.close().set_aside == 1
    window = window_of(meter)
    assert (window.state, window.set_aside_reason) == ("SET_ASIDE", "overlapping_readings")
    assert cast.records(meter) == []


@pytest.mark.parametrize(
    "facts",
    [{"source": "urn:card:2"}, {"second": uuid4()}],
    ids=["another card", "another order"],
)
def test_two_cards_or_two_orders_may_share_the_time(facts):
    meter = cast.meter()
    cast.ingest(meter, *overlap(meter, first=uuid4(), **facts))

    assert cast.close().set_aside == 0


def test_readings_that_touch_do_not_overlap():
    meter = cast.meter()
    cast.ingest(
        meter,
        *[
            cast.reading(meter, 600, at=minute * timedelta(minutes=1), seconds=600, source="s")
            for minute in range(0, 60, 10)
        ],
    )

    assert cast.close().records == 1


def test_the_order_in_which_overlapping_readings_come_does_not_matter():
    meter = cast.meter()
    first, second = overlap(meter)
    cast.ingest(meter, second)
    cast.close()

    cast.ingest(meter, first)

    assert cast.close().set_aside == 1
    assert [record.quantity for record in cast.records(meter)] == [1800]


def test_tokens_may_be_counted_at_the_same_time():
    meter = cast.meter(rule="tokens")
    cast.ingest(meter, *[cast.reading(meter, 10, unit="token", source="s") for _ in range(2)])

    assert cast.close().records == 1


def test_an_admitted_window_is_measured_as_read(meter, order, operator):
    decision = decide(meter, operator, Verdict.ADMIT)

    cast.close()

    (record,) = cast.records(meter)
    assert (decision.quantity, record.quantity) == (32_400, 32_400)
    assert not waits(order, meter)


def test_a_discarded_window_yields_nothing_and_holds_nobody_up(meter, order, operator):
    decide(meter, operator, Verdict.DISCARD)

    assert cast.close().windows == 0
    assert cast.records(meter) == []
    assert not waits(order, meter)


def test_more_than_was_admitted_is_set_aside_again(meter, order, operator):
    decide(meter, operator, Verdict.ADMIT)
    cast.close()

    cast.ingest(meter, cast.reading(meter, 1, subject=order))

    assert cast.close().set_aside == 1
    assert len(cast.records(meter)) == 1


def test_what_is_not_set_aside_cannot_be_decided(meter, operator):
    decide(meter, operator, Verdict.DISCARD)

    with pytest.raises(WindowNotSetAside):
        decide(meter, operator, Verdict.ADMIT)
    with pytest.raises(WindowNotFound), tenancy.acting_as_platform():
        services.decide_window(
            window_id=0,
            decided_by=operator.pk,
            decided_by_person=people.somebody().pk,
            verdict=Verdict.ADMIT,
            reason="none",
            now=cast.NOON,
        )


def test_nobody_decides_about_their_own_readings(meter):
    with pytest.raises(OwnWindow):
        decide(meter, meter.provider, Verdict.ADMIT)

    assert window_of(meter).state == "SET_ASIDE"


def test_a_decision_is_never_edited(meter, operator):
    decide(meter, operator, Verdict.DISCARD)

    with pytest.raises(DatabaseError, match=r"append-only|permission denied"):
        overwrite_reasons()


def overwrite_reasons():
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("UPDATE metering_windowdecision SET reason = 'other'")


@override_settings(SUANPAN_MFA_REQUIRED=False)
def test_the_operator_finds_and_decides_it_over_http(meter, operator):
    browser = people.signed_in(people.member(operator, Role.OPERATOR))
    provider = people.signed_in(people.member(meter.provider, Role.PROVIDER))
    (window,) = browser.get("/api/v1/metering/windows", {"state": "SET_ASIDE"}).json()["results"]
    address = f"/api/v1/metering/windows/{window['id']}/decisions"
    body = {"verdict": "ADMIT", "reason": "the rack was extended that day"}

    def post(browser, key):
        return browser.post(
            address, body, content_type="application/json", headers={"Idempotency-Key": key}
        )

    assert post(provider, "k0").status_code == 403
    decided = post(browser, "k1")
    assert decided.status_code == 201
    assert decided.json()["quantity"] == "32400"
    assert post(browser, "k1").json() == decided.json()
    assert provider.get(address).json()["results"] == [decided.json()]
    stranger = people.signed_in(people.member(people.organization(), Role.PROVIDER))
    assert stranger.get(address).status_code == 404
    assert post(browser, "k2").json()["code"] == "window_not_set_aside"
    address = f"/api/v1/metering/windows/{10**30}/decisions"
    assert post(browser, "k3").status_code == 404
    with tenancy.acting_as_platform():
        assert WindowDecision.objects.count() == 1
