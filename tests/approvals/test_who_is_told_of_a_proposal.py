"""Whoever may decide is told of a proposal, and nobody of another desk."""

import pytest

from common import clock, doing, tenancy
from identity.contracts import Role
from identity.notices import services as notices
from tests import cast as people
from tests.approvals import examples
from tests.approvals.cast import propose
from tests.cast import NOW
from tests.frontier import beyond_other_databases
from tests.notices.cast import told

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def desk():
    return people.organization("Desk")


@pytest.fixture
def clerk(desk):
    return people.member(desk, Role.FINANCE)


def spread():
    with beyond_other_databases():
        while notices.spread(now=NOW).has_more:
            continue


def named(user):
    return [each.name for each in told(user)]


def test_where_one_desk_decides_another_is_told_nothing(desk, clerk):
    second, stranger = (
        people.member(where, Role.FINANCE) for where in (desk, people.organization("Other"))
    )
    propose(clerk, desk, desk_id=desk.pk)

    spread()

    assert named(second) == ["approvals.proposal.made"]
    assert named(stranger) == []


def test_where_any_desk_decides_everybody_of_the_role_is_told(desk, clerk):
    other = people.member(people.organization("Other"), Role.FINANCE)
    auditor = people.member(desk, Role.AUDITOR)
    with doing.by(doing.Doer(person_id=clerk.pk)):
        propose(clerk, desk)

    spread()

    assert named(other) == ["approvals.proposal.made"]
    assert named(clerk) == named(auditor) == []


def test_an_issuer_is_told_of_its_own_programmes_alone():
    stranger = people.member(people.organization("Other issuer"), Role.ISSUER)
    with tenancy.acting_as_platform():
        example = examples.a_funding(clock.now())

    spread()

    assert "approvals.proposal.made" in named(example.second)
    assert named(stranger) == []
