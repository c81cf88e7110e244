"""Operators are told of an appeal, and its organisation of the answer."""

from typing import Any

import pytest

from common import tenancy
from identity.appeals.contracts import AppealOutcome
from identity.events import selectors as events
from identity.notices import services as notices
from identity.notices.models import Notice
from tests import frontier
from tests.appeals.cast import Case
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture(autouse=True)
def patient_readers() -> Any:
    with frontier.beyond_other_databases():
        yield


def told(name: str) -> list[Notice]:
    with tenancy.acting_as_platform():
        while notices.spread(now=NOW).has_more:
            continue
        return list(Notice.objects.filter(name=name))


def test_operators_are_told_of_it_and_the_organisation_of_the_answer():
    case = Case()
    made = case.appeal()

    asked = told("appeals.appeal.made")
    case.answer(made, AppealOutcome.KEEP)
    answered = told("appeals.appeal.kept")

    assert {each.user_id for each in asked} >= {case.first.id, case.second.pk}
    assert [each.user_id for each in answered] == [case.person.pk]
    assert all(each.answered_at for each in told("appeals.appeal.made"))
    with tenancy.acting_as_platform():
        names = {each.name for each in events.recorded(case.owner.pk)}
    assert {"appeals.appeal.made", "appeals.appeal.kept"} <= names
