"""A set of applications is decided as if each came alone, in as many statements as one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import tenancy
from identity.contracts import Role
from identity.models import Membership
from marketplace.vouchers import services
from marketplace.vouchers.contracts import ApplicationState
from marketplace.vouchers.models import Application, Voucher
from marketplace.vouchers.services.granting import GrantsLeft
from tests.cast import officer
from tests.orders.cast import NOW, buyer, pool, programme
from tests.vouchers.cast import yuan
from tests.vouchers.published import rules_2
from tests.vouchers.test_applications_at_one_instant import asked

S = ApplicationState
pytestmark = pytest.mark.django_db
WINDOW = {"opens": "2026-01-01T00:00:00+08:00", "closes": None, "cap_minor": 250_00}


def issued(city, rows, by=None):
    """Issue applications; return what became of each, in the order of their beginning."""
    by = by or officer(city.issuer, Role.ISSUER)
    with tenancy.acting_as_platform():
        done = services.issue_vouchers(
            application_ids=[each.pk for each in rows],
            issuer_id=city.issuer_id,
            issued_by_id=by.pk,
            now=NOW,
        )
    return ["" if each.refusal is None else each.refusal.code for each in done]


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        ({"per_entity_year_cap_minor": yuan("250")}, "entity_year_cap_reached"),
        (rules_2(publicity_days=0, windows=[WINDOW]), "programme_cap_reached"),
        (
            rules_2(publicity_days=0, limits={"programme_minor": 250_00}),
            "programme_cap_reached",
        ),
    ],
    ids=["entity and year", "window", "whole programme"],
)
def test_what_one_of_a_set_takes_the_next_does_not_get(rules, refusal):
    with tenancy.acting_as_platform():
        city, owner = programme("1000", **rules), buyer()
        rows = [asked(city, owner) for _n in range(3)]
        small = asked(city, owner, "50")

    assert issued(city, [*rows, small]) == ["", "", refusal, ""]
    assert pool(city) == yuan("750")
    with tenancy.acting_as_platform():
        kept = Application.objects.get(pk=rows[1].pk)
        (left,) = [each["found"] for each in kept.checks if each["rule"] == "budget"]
    assert left == str(yuan("900"))  # As the second finds the pool.


def test_each_is_refused_for_its_own_reason_and_keeps_no_other_back():
    with tenancy.acting_as_platform():
        city = programme("150")
        own, twice, first, second = (asked(city, buyer()) for _n in range(4))
        clerk = officer(city.issuer, Role.ISSUER)
        Membership.objects.create(user=clerk, organization=own.applicant, role=Role.BUYER)
        services.withdraw_application(
            application_id=twice.pk,
            applicant_id=twice.applicant_id,
            person_id=twice.applied_by_id,
            now=NOW,
        )

    assert issued(city, [own, twice, first, second], by=clerk) == [
        "second_person_required",
        "application_already_decided",
        "",
        "programme_exhausted",
    ]


def test_a_pool_that_fell_short_meanwhile_refuses_those_that_it_does_not_cover(monkeypatch):
    with tenancy.acting_as_platform():
        city = programme("150")
        rows = [asked(city, buyer()), asked(city, buyer()), asked(city, buyer(), "50")]
    monkeypatch.setattr(GrantsLeft, "of_pool", lambda _left: yuan("1000000"))

    assert issued(city, rows) == ["", "programme_exhausted", ""]

    assert pool(city) == 0
    with tenancy.acting_as_platform():
        states = list(Application.objects.order_by("id").values_list("state", flat=True))
        assert states == [
            ApplicationState.ISSUED,
            ApplicationState.APPROVED,
            ApplicationState.ISSUED,
        ]
        assert Voucher.objects.count() == 2


def test_ten_take_as_many_statements_as_two():
    with tenancy.acting_as_platform():
        city = programme("10000")
        rows = [asked(city, buyer()) for _n in range(14)]
    clerk = officer(city.issuer, Role.ISSUER)
    issued(city, rows[:2], by=clerk)  # What is kept from then on.

    counts = []
    for some in (rows[2:4], rows[4:14]):
        with CaptureQueriesContext(
            connection,
        ) as told:
            issued(city, some, by=clerk)
        counts.append(len(told))

    assert counts[0] == counts[1] <= 40
