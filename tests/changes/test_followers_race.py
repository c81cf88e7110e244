"""Several followers and several writers at one instant."""

from functools import partial

import pytest

from gateway.changes import services
from gateway.changes.models import RegisterChange
from identity.contracts import ResourceStatus
from tests import factories
from tests.changes.test_changes_are_numbered_and_told import move, number, suspend
from tests.instant import at_once


@pytest.mark.slow
def test_followers_and_writers_at_once_leave_no_gap(fresh_database):
    resources = [factories.ResourceFactory() for _each in range(4)]

    def writes(resource):
        for _turn in range(5):
            suspend(resource)
            move(resource, ResourceStatus.ACTIVE)

    def follows():
        for _turn in range(30):
            services.number_changes()

    wrong = at_once(*[partial(writes, each) for each in resources], follows, follows, follows)
    number()
    assert not wrong
    numbers = list(RegisterChange.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert RegisterChange.objects.filter(kind="STATUS").count() == 40
