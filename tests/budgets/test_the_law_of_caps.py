"""Whatever is taken and given back in whatever sequence: what is held stays within the cap."""

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import tenancy
from marketplace.budgets import services
from marketplace.budgets.contracts import CapPeriod, CapWish
from tests.budgets import cast as budgets
from tests.orders.cast import NOW, buyer

pytestmark = pytest.mark.django_db
LIMIT = 10_000
STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "keep"]), st.integers(0, 9), st.integers(1, 6_000)),
    max_size=25,
)


@pytest.fixture
def acme():
    return buyer("1")


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_sequence_keeps_within_the_cap(acme, steps):
    cap = budgets.cap(acme, "100", period=CapPeriod.TOTAL)
    held: dict[UUID, int] = {}
    names = [uuid4() for _each in range(10)]
    before = budgets.used(cap)
    with tenancy.acting_as_platform():
        for act, place, minor in steps:
            key = names[place]
            if act == "keep":
                services.return_room([key], kept_minor=minor)
                held[key] = min(held.get(key, 0), minor)
            elif key not in held:
                stopped = services.take([CapWish(key, acme.pk, None, None, minor)], at=NOW)
                fits = before + sum(held.values()) + minor <= LIMIT
                assert (not stopped) == fits
                if fits:
                    held[key] = minor
            assert budgets.used(cap) == before + sum(held.values()) <= LIMIT
        services.return_room(names)
    assert budgets.used(cap) == before
