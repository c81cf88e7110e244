"""All meters of a resource together record no more than it can deliver."""

from datetime import timedelta

import pytest

from common import tenancy
from common.ids import uuid7
from identity.contracts import Role
from metering import services
from metering.contracts import SetAsideReason, Verdict, WindowState
from metering.models import Window
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db
WHOLE = 8 * 3600  # card-seconds of eight cards in an hour


@pytest.fixture
def two():
    first = cast.meter()
    return first, cast.meter(first.provider, resource=first.resource, name="second")


def use(meter, quantity, subject=None):
    cast.ingest(meter, cast.reading(meter, quantity, seconds=3600, subject=subject or uuid7()))


def states(*meters) -> list[tuple[str, str]]:
    with tenancy.acting_as_platform():
        return [
            Window.objects.filter(meter=each).values_list("state", "set_aside_reason").get()
            for each in meters
        ]


CLOSED = (WindowState.CLOSED, "")
CROWDED = (WindowState.SET_ASIDE, SetAsideReason.CROWDED)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_two_meters_count_for_two_subjects_adds_up(two, at_once):
    use(two[0], WHOLE)
    if not at_once:
        cast.close()
    use(two[1], 1)
    cast.close()

    assert states(*two) == [CLOSED, CROWDED]


def test_as_much_as_the_resource_can_deliver_is_measured(two):
    use(two[0], WHOLE - 3600)
    use(two[1], 3600)
    cast.close()

    assert states(*two) == [CLOSED, CLOSED]


def test_the_same_use_seen_by_two_meters_is_no_more_than_once(two):
    subject = uuid7()
    use(two[0], WHOLE, subject)
    use(two[1], WHOLE, subject)
    cast.close()

    assert states(*two) == [CLOSED, CLOSED]


def test_a_trial_beside_counts_for_nothing(two):
    trial = cast.meter(two[0].provider, resource=two[0].resource, name="trial", is_trial=True)
    use(two[0], WHOLE)
    use(trial, WHOLE)
    cast.close()

    assert states(two[0], trial) == [CLOSED, CLOSED]


def test_what_was_admitted_is_measured_beside_the_others(two):
    use(two[0], WHOLE)
    use(two[1], 60)
    cast.close()
    desk = people.organization("Desk")
    person = people.member(desk, Role.OPERATOR)
    with tenancy.acting_as_platform():
        services.decide_window(
            window_id=Window.objects.get(meter=two[1]).pk,
            decided_by=desk.pk,
            decided_by_person=person.pk,
            verdict=Verdict.ADMIT,
            reason="Eight cards were added by hand that day.",
            now=cast.NOON + timedelta(days=2),
        )
    cast.close()

    assert states(*two) == [CLOSED, CLOSED]
