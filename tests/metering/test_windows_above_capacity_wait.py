from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
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


def decide(meter, by, verdict):
    with tenancy.acting_as_platform():
        return services.decide_window(
            window_id=window_of(meter).pk,
            decided_by=by.pk,
            verdict=verdict,
            reason="two agents counted the same card",
            now=cast.NOON + timedelta(days=2),
        )


def waits(order, meter):
    with tenancy.acting_as_platform():
        return selectors.open_subjects(resources={order: meter.resource_id}) == {order}


def test_a_window_above_capacity_yields_nothing_and_its_order_waits(meter, order):
    assert window_of(meter).state == "SET_ASIDE"
    assert cast.records(meter) == []
    assert waits(order, meter)


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

    with pytest.raises(IntegrityError, match="append-only"):
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
    assert post(browser, "k2").json()["code"] == "window_not_set_aside"
    address = f"/api/v1/metering/windows/{10**30}/decisions"
    assert post(browser, "k3").status_code == 404
    with tenancy.acting_as_platform():
        assert WindowDecision.objects.count() == 1
